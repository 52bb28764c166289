//! What a mapping hands batches to: code in this process, or a deployed function by Invoke.

use crate::stream::{Record, SequenceNumber};
use catchwater_schemas::account::Account;
use futures::future::BoxFuture;
use std::time::Duration;

/// Records of one shard, in order.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// Stream's name.
    pub stream: &'a str,
    /// Shard's id.
    pub shard: &'a str,
    /// Never empty.
    pub records: &'a [Record],
    /// Tries of these records before this one.
    pub tries: u32,
    /// When the first record was first tried, milliseconds since the epoch.
    pub first_try_millis: i64,
    /// Time left in which to answer.
    pub time_left: Duration,
}

/// What the target says of a batch; the JSON form is Lambda's `batchItemFailures` with the accounts beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BatchResponse {
    /// Lowest sequence number that is not settled: it and all after it come again. `None`: all are settled.
    pub lowest_failure: Option<SequenceNumber>,
    /// Counts of the records below the failure.
    pub account: Account,
}

/// The target gave no usable answer; the whole batch counts as failed.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// It did not answer in time.
    #[error("no answer within {0:?}")]
    Timeout(Duration),
    /// It failed as a whole; the text is logged and shown, so it quotes no payload.
    #[error("{0}")]
    Failed(String),
}

/// What a mapping hands batches to. Batches of one shard come one after the other.
pub trait Target: Send + Sync + 'static {
    /// Name of the mapping: `transform`, or a sink's name.
    fn name(&self) -> &str;

    /// Handles a batch. The call may be dropped at any await, when its time is over or the mapping stops; its records
    /// come again then. A call that does not await cannot be dropped: work that takes the processor for long belongs
    /// on a thread of its own.
    fn invoke<'a>(&'a self, batch: Batch<'a>) -> BoxFuture<'a, Result<BatchResponse, TargetError>>;
}
