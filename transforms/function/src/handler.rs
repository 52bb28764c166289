//! What becomes of a batch of raw records. The contract, by the numbers that the tests name:
//! 1. A raw record is settled once every event record with events of it is on the event stream and every dead letter of
//!    it is kept; the answer names the lowest record that is not.
//! 2. The account covers the records below that one and no other.
//! 3. Event records go out while the next raw records are read: memory holds a few of them, whatever the batch.
//! 4. At the deadline what is left is not settled; it comes again and gives the same ids.

use crate::work::{Work, Worked, work};
use catchwater_consumer_core::dead_letters::DeadLetters;
use catchwater_consumer_core::world::Clock;
use catchwater_mapping::target::{Batch, BatchResponse, Target, TargetError};
use catchwater_producers::put_records::{PutRecords, PutResult};
use catchwater_schemas::account::Account;
use catchwater_schemas::dead_letter::DeadLetter;
use catchwater_schemas::record::Packing;
use catchwater_transforms::transform::Transform;
use futures::future::BoxFuture;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Event records that wait for the writer.
const WAITING_RECORDS: usize = 4;
/// Time kept back before the deadline for dead letters and the answer; at most a quarter of the time left.
const MARGIN: Duration = Duration::from_secs(2);

/// The transform as a mapping's target.
pub struct TransformHandler {
    transform: Arc<Transform>,
    events: PutRecords,
    dead_letters: Arc<dyn DeadLetters>,
    clock: Arc<dyn Clock>,
    packing: Packing,
}

impl TransformHandler {
    /// A transform that puts its events by `events` and keeps what cannot pass in `dead_letters`.
    pub fn new(
        transform: Transform,
        events: PutRecords,
        dead_letters: Arc<dyn DeadLetters>,
        clock: Arc<dyn Clock>,
        packing: Packing,
    ) -> Self {
        Self { transform: Arc::new(transform), events, dead_letters, clock, packing }
    }

    async fn handle(&self, batch: Batch<'_>) -> Result<BatchResponse, TargetError> {
        let put_for = batch.time_left - MARGIN.min(batch.time_left / 4);
        let (sender, receiver) = mpsc::channel(WAITING_RECORDS);
        let task = Work {
            transform: self.transform.clone(),
            packing: self.packing,
            stream: batch.stream.to_string(),
            shard: batch.shard.to_string(),
            records: batch.records.to_vec(),
        };
        let working = tokio::task::spawn_blocking(move || work(&task, &sender));
        let mut lowest_unput: Option<usize> = None;
        let putting = self.events.put_stream(receiver, Some(put_for), |first_origin: usize, result: PutResult| {
            if !result.is_accepted() {
                lowest_unput = lowest(lowest_unput, Some(first_origin));
            }
        });
        let (worked, ()) = futures::join!(working, putting);
        let worked = worked.map_err(|e| TargetError::Failed(format!("the transform ended early: {e}")))?;
        Ok(self.answer(batch, worked, lowest_unput).await)
    }

    async fn answer(&self, batch: Batch<'_>, worked: Worked, lowest_unput: Option<usize>) -> BatchResponse {
        let mut failure = lowest(worked.lowest_unsent, lowest_unput);
        let below = |failure: Option<usize>| failure.unwrap_or(batch.records.len());
        let now = self.clock.now_millis();
        let mut first_letter = None;
        let mut letters: Vec<DeadLetter> = Vec::new();
        for (index, fault) in worked.faults {
            // Records from the failure on come again, and their letters with them.
            if index < below(failure) {
                first_letter.get_or_insert(index);
                letters.push(fault.into_letter(batch.first_try_millis, now, batch.tries.saturating_add(1)));
            }
        }
        if !letters.is_empty()
            && let Err(down) = self.dead_letters.keep(&letters).await
        {
            let letters = letters.len();
            tracing::error!(shard = batch.shard, letters, %down, "raw records wait for their dead letters");
            failure = lowest(failure, first_letter);
        }
        let mut account = Account::default();
        worked.accounts.iter().take(below(failure)).for_each(|a| account.add(a));
        BatchResponse { lowest_failure: failure.map(|n| batch.records[n].sequence_number.clone()), account }
    }
}

impl Target for TransformHandler {
    fn name(&self) -> &str {
        "transform"
    }

    fn invoke<'a>(&'a self, batch: Batch<'a>) -> BoxFuture<'a, Result<BatchResponse, TargetError>> {
        Box::pin(self.handle(batch))
    }
}

fn lowest(a: Option<usize>, b: Option<usize>) -> Option<usize> {
    a.into_iter().chain(b).min()
}
