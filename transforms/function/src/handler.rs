//! From a batch of raw records to an answer. The contract, by the numbers that the tests name:
//! 1. A raw record is settled once all event records with events of it are accepted and its dead letters are kept.
//! 2. The answer names the lowest raw record that is not settled, and counts those below it and no other.
//! 3. The same raw records give the same events and dead letters (by id), however they are batched and tried again.
//! 4. Memory: the batch, the packer's 16 MiB and one raw record unpacked, a channel of event records and what
//!    the writer holds; dead letters go out as they arise.
//! 5. A batch makes a step however short the time: at least its first raw record is tried. After two thirds of the time
//!    no further raw record is begun, so that what is packed can still be put.

use crate::letters::keep_letters;
use crate::tally::Tally;
use crate::work::{Job, Packed, Workers};
use catchwater_consumer_core::dead_letters::DeadLetters;
use catchwater_consumer_core::world::{Clock, millis};
use catchwater_mapping::target::{Batch, BatchResponse, Target, TargetError};
use catchwater_producers::put_records::{PutRecords, PutResult};
use catchwater_schemas::record::Packing;
use catchwater_transforms::transform::Transform;
use futures::FutureExt;
use futures::future::BoxFuture;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;

/// Event records, and portions of dead letters, that wait for the writer.
const WAITING: usize = 4;
/// Time kept back before the deadline for the answer; at most a quarter of the time left.
const MARGIN: Duration = Duration::from_secs(2);

/// The transform as a mapping's target.
pub struct TransformHandler {
    transform: Arc<Transform>,
    events: PutRecords,
    dead_letters: Arc<dyn DeadLetters>,
    clock: Arc<dyn Clock>,
    workers: Arc<Workers>,
}

impl TransformHandler {
    /// Puts events to the stream of `events`.
    pub fn new(
        transform: Arc<Transform>,
        events: PutRecords,
        dead_letters: Arc<dyn DeadLetters>,
        clock: Arc<dyn Clock>,
        packing: Packing,
    ) -> Self {
        let workers = Arc::new(Workers::new(packing));
        Self { transform, events, dead_letters, clock, workers }
    }

    async fn handle(&self, batch: Batch<'_>) -> Result<BatchResponse, TargetError> {
        let time = batch.time_left - MARGIN.min(batch.time_left / 4);
        let now = self.clock.now_millis();
        let (packs, packed) = mpsc::channel(WAITING);
        let (letters, to_keep) = mpsc::channel(WAITING);
        let stop = Stop::default();
        let job = Job {
            transform: self.transform.clone(),
            clock: self.clock.clone(),
            stream: batch.stream.into(),
            shard: batch.shard.into(),
            records: batch.records.to_vec(),
            first_try_millis: batch.first_try_millis,
            tries: batch.tries.saturating_add(1),
            begin_until: now.saturating_add(millis(time * 2 / 3)),
            stop: stop.0.clone(),
            packs,
            letters,
        };
        let workers = self.workers.clone();
        let work = tokio::task::spawn_blocking(move || workers.run(job));
        let mut unput: Option<u32> = None;
        let put = self.events.put_stream(packed, Some(time), |packed: Packed, result| {
            if let PutResult::Failed { code, message } = result {
                // Nothing above it can be settled now: the thread need not go on.
                stop.0.store(true, Ordering::Relaxed);
                unput = Some(unput.map_or(packed.first_origin, |lowest| lowest.min(packed.first_origin)));
                tracing::warn!(shard = batch.shard, events = packed.events, code, message, "events not put");
            }
        });
        let keep = keep_letters(&*self.dead_letters, to_keep, &*self.clock, now.saturating_add(millis(time)));
        let (worked, (), unkept) = futures::join!(work, put, keep);
        // The message of a panic may quote the payload.
        let accounts = worked.map_err(|_| TargetError::Failed("the transform panicked".into()))?;
        if let Some(unkept) = &unkept {
            tracing::error!(
                shard = batch.shard,
                cause = unkept.cause,
                "raw records wait for their dead letters"
            );
        }
        let tally = Tally { accounts, unput, unkept: unkept.map(|u| u.origin) };
        Ok(tally.response(batch.records))
    }
}

/// Tells the thread to stop; also when the call is dropped.
#[derive(Default)]
struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Target for TransformHandler {
    fn name(&self) -> &str {
        "transform"
    }

    fn invoke<'a>(&'a self, batch: Batch<'a>) -> BoxFuture<'a, Result<BatchResponse, TargetError>> {
        self.handle(batch).boxed()
    }
}
