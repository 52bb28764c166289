//! A mapping: one reader a shard, and these promises, by the numbers that the tests name. They are Lambda's for
//! Kinesis; where they are stricter, `worklist` says so. Under <https://docs.aws.amazon.com/lambda/latest/dg/>:
//! `with-kinesis.html` (batches and windows), `services-kinesis-parameters.html` (settings and their bounds),
//! `services-kinesis-batchfailurereporting.html` (answers) and `kinesis-on-failure-destination.html` (retries,
//! bisect, giving up).
//!
//!  1. Records of a shard come in their order; the next batch comes when the one before is settled.
//!  2. A position never passes a record that has neither been settled by the target nor kept as a dead letter.
//!  3. A response without failure settles the batch; one that names a record settles what is below it, and the rest
//!     comes again, from that record, after a wait.
//!  4. An error, a panic, no answer in time, and a failure that names no record of the batch fail the whole batch.
//!  5. A batch that failed as a whole is cut in two, if bisecting is on, until the record that fails stands alone;
//!     cutting uses up no retry.
//!  6. A record that failed and is older than the record age is given up: 90 % of the stream's retention and at most
//!     7 days, or as set. Younger ones are not.
//!  7. A record that failed more often than its retries is given up; without a number of retries, never.
//!  8. Given up means kept as a dead letter, with bytes, origin, tries and times, and counted. While dead letters
//!     cannot be kept the shard waits.
//!  9. After a restart at any moment the records after the position come again; none is left out.
//! 10. A shard's records come after all records of its parents are settled; shards of a split or merge are picked
//!     up.
//! 11. A batch that is not full waits for the batching window from its first record on; without a window it goes
//!     at once. It never has more records or bytes than set, but for one record that is larger.
//! 12. Accounts count each record once: they are committed with the position that passes it.
//! 13. A stop is at once: the batch in flight is abandoned and comes again.

use crate::backoff::Backoff;
use crate::positions::Positions;
use crate::progress::Progress;
use crate::shard_reader::ShardReader;
use crate::status::{Board, Status};
use crate::stop::{Stop, Stopped};
use crate::stream::{Shard, Stream};
use crate::target::Target;
use catchwater_consumer_core::dead_letters::DeadLetters;
use catchwater_consumer_core::world::{Clock, Rng};
use catchwater_schemas::config;
use futures::FutureExt;
use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use tokio::task::JoinSet;

/// What a mapping is made of. Its name is its target's.
#[derive(Clone)]
pub struct MappingParts {
    /// Batch sizes, retries and times.
    pub settings: config::Mapping,
    /// Where records come from.
    pub stream: Arc<dyn Stream>,
    /// Where they go.
    pub target: Arc<dyn Target>,
    /// Where it is kept how far it has come.
    pub positions: Arc<dyn Positions>,
    /// Where records go that are given up.
    pub on_failure: Arc<dyn DeadLetters>,
    /// Is told of each position, so that a stream can remove what all its mappings have passed.
    pub progress: Option<Arc<dyn Progress>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The chance in waits.
    pub rng: Arc<dyn Rng>,
}

/// An event source mapping.
pub struct Mapping {
    shared: Arc<Shared>,
}

/// What all readers of a mapping share.
pub(crate) struct Shared {
    pub(crate) settings: config::Mapping,
    pub(crate) stream: Arc<dyn Stream>,
    pub(crate) target: Arc<dyn Target>,
    pub(crate) positions: Arc<dyn Positions>,
    pub(crate) on_failure: Arc<dyn DeadLetters>,
    pub(crate) progress: Option<Arc<dyn Progress>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) board: Arc<Board>,
}

impl Shared {
    pub(crate) fn mapping(&self) -> &str {
        self.target.name()
    }

    pub(crate) fn batch_size(&self) -> usize {
        self.settings.batch_size.max(1) as usize
    }
}

/// How a reader came to its end.
enum End {
    ShardEnded,
    Stopped,
    /// A bug in the stream or the positions; the shard is read again from its position.
    Panicked,
}

impl Mapping {
    /// A mapping that does not run yet.
    pub fn new(parts: MappingParts) -> Self {
        let MappingParts { settings, stream, target, positions, on_failure, progress, clock, rng } = parts;
        let board = Arc::default();
        let shared = Shared { settings, stream, target, positions, on_failure, progress, clock, rng, board };
        Self { shared: Arc::new(shared) }
    }

    /// What a page shows of it, now and while it runs.
    pub fn status(&self) -> Status {
        Status {
            mapping: self.shared.mapping().to_string(),
            stream: self.shared.stream.name().to_string(),
            board: self.shared.board.clone(),
            clock: self.shared.clock.clone(),
        }
    }

    /// Runs until `shutdown` is ready, in a tokio runtime, a task a shard. When it returns no batch is in flight.
    /// Dropping it is as safe; only batches may then be in flight a moment longer.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let (sign, stop) = Stop::new();
        let supervisor = Supervisor {
            shared: self.shared,
            stop,
            readers: JoinSet::new(),
            running: BTreeSet::new(),
            ended: BTreeSet::new(),
            backoff: Backoff::default(),
        };
        let mut run = std::pin::pin!(supervisor.run());
        tokio::select! {
            biased;
            () = shutdown => {
                sign.send_replace(true);
                run.await;
            }
            () = &mut run => (),
        }
    }
}

/// Starts readers and waits for their ends.
struct Supervisor {
    shared: Arc<Shared>,
    stop: Stop,
    readers: JoinSet<(String, End)>,
    running: BTreeSet<String>,
    /// Shards that were read to their end since the mapping started.
    ended: BTreeSet<String>,
    backoff: Backoff,
}

impl Supervisor {
    async fn run(mut self) {
        // Shards come only by split or merge, which ends the readers of their parents.
        while let Ok(shards) = self.list().await {
            self.start_readers(&shards);
            if self.wait_for_an_end().await.is_err() {
                break;
            }
        }
        while self.readers.join_next().await.is_some() {}
    }

    async fn list(&mut self) -> Result<Vec<Shard>, Stopped> {
        let shared = self.shared.clone();
        loop {
            match self.stop.or(shared.stream.shards()).await? {
                Ok(shards) => return Ok(shards),
                Err(down) => {
                    tracing::warn!(mapping = shared.mapping(), %down, "cannot list shards");
                    self.pause().await?;
                }
            }
        }
    }

    fn start_readers(&mut self, shards: &[Shard]) {
        let listed: BTreeSet<&str> = shards.iter().map(|s| s.id.as_str()).collect();
        self.ended.retain(|shard| listed.contains(shard.as_str()));
        self.shared.board.retain(|shard| listed.contains(shard) || self.running.contains(shard));
        for shard in shards {
            // A parent that the stream does not have any more has nothing left to read.
            let blocked_by = |parent: &String| {
                self.running.contains(parent)
                    || (listed.contains(parent.as_str()) && !self.ended.contains(parent))
            };
            let id = &shard.id;
            if self.running.contains(id) || self.ended.contains(id) || shard.parents.iter().any(blocked_by) {
                continue;
            }
            self.running.insert(id.clone());
            let reader = ShardReader::new(self.shared.clone(), id.clone(), self.stop.clone());
            let id = id.clone();
            self.readers.spawn(async move {
                let end = match AssertUnwindSafe(reader.run()).catch_unwind().await {
                    Ok(Ok(())) => End::ShardEnded,
                    Ok(Err(Stopped)) => End::Stopped,
                    Err(_) => End::Panicked,
                };
                (id, end)
            });
        }
    }

    async fn wait_for_an_end(&mut self) -> Result<(), Stopped> {
        match self.readers.join_next().await {
            // No shard is there to read: the stream is being made or removed.
            None => self.pause().await,
            Some(Ok((shard, end))) => {
                self.running.remove(&shard);
                match end {
                    End::ShardEnded => {
                        self.backoff.reset();
                        self.ended.insert(shard);
                        Ok(())
                    }
                    End::Stopped => Err(Stopped),
                    End::Panicked => {
                        let mapping = self.shared.mapping();
                        tracing::error!(mapping, shard, "the reader panicked; the shard is read again");
                        self.pause().await
                    }
                }
            }
            // Only an abort or the runtime's end leads here.
            Some(Err(_)) => Err(Stopped),
        }
    }

    async fn pause(&mut self) -> Result<(), Stopped> {
        let wait = self.backoff.next(&*self.shared.rng);
        let sleep = self.shared.clock.sleep(wait);
        self.stop.or(sleep).await
    }
}
