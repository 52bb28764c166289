//! One envelope from CloudWatch Logs without a stream between, to the event stream: like a shard of one record.

use crate::events::answer::{self, ShardAnswer, Unsettled};
use crate::events::logs::LogsEvent;
use crate::streams::Streams;
use std::time::Duration;

/// Settles the envelope; the answer to it, and its account. Where it cannot be settled the invocation fails and Lambda,
/// which invokes asynchronously here, tries twice more; what it then gives up goes to the function's on-failure destination,
/// which must be set.
pub async fn settle(
    event: &LogsEvent<'_>,
    request_id: &str,
    streams: &Streams<'_>,
    time_left: Duration,
) -> Result<(Vec<u8>, ShardAnswer), Unsettled> {
    let answers = streams.settle(&[event.record(request_id)], None, time_left).await?;
    let answer = answers.into_iter().next().unwrap_or_default();
    Ok((answer::logs(&answer)?, answer))
}
