//! Follows log files, as `tail -F` does, onto the raw stream. The contract, by the numbers that the tests name:
//! 1. Each line that was ended comes at least once, in order; where it comes again it has the same id.
//! 2. A renamed file is read to its end before the new one of its name; what it holds without a line break then counts
//!    as its last line. A line without its line break otherwise waits.
//! 3. A file that was cut or written anew begins again with the next generation in its ids.
//! 4. Positions on disk never pass a line that the stream has not accepted; a restart goes on from there, also where
//!    the file was renamed meanwhile.
//! 5. Memory is bounded: a round takes about [`ROUND_BYTES`] of packed lines, of all files together.
//!
//! Lost is only what nobody could see: lines written and cut off again between two looks, and files that were renamed
//! away and removed while nobody followed.
//!
//! Files are looked at every 250 ms rather than watched by inotify: that works on every file system, network and
//! container mounts too, needs no watch on folders to see a rename, and costs a `stat` and a short read a file.

mod files;
mod positions;
mod tail;
#[cfg(test)]
mod tests;

pub use positions::{PositionsFile, PositionsFileError};

use crate::envelope::{Changed, Envelope, Hint, LogStream};
use crate::put_records::{PutEntry, PutRecords, PutResult};
use catchwater_consumer_core::world::Clock;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tail::Tail;

/// Time between two looks at files that are read to their end.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// First and longest wait after the stream refused a round.
const REFUSED_WAIT: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));
/// A round ends when this much is packed.
pub const ROUND_BYTES: usize = 8 << 20;

/// A file to follow. It need not be there yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    /// Its path; the file of this name may change.
    pub path: PathBuf,
    /// Whose log it is; [`crate::file::log_stream_of`] has the default.
    pub log: LogStream,
    /// What is known of the lines.
    pub hint: Hint,
}

/// What was followed so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FollowProgress {
    /// Records that the stream accepted.
    pub records: u64,
    /// Log events in them.
    pub log_events: u64,
    /// Lines that were cut, or were no UTF-8.
    pub changed: Changed,
}

/// Follows files.
pub struct Agent {
    rounds: Option<Rounds>,
    writer: PutRecords,
    clock: Arc<dyn Clock>,
    progress: FollowProgress,
}

impl Agent {
    /// Goes on where the positions say. `writer` should have no `patience`: then a silent endpoint is waited for.
    pub fn new(
        files: Vec<Followed>,
        positions: PositionsFile,
        writer: PutRecords,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, PositionsFileError> {
        let rounds = Some(Rounds::new(files, positions)?);
        Ok(Self { rounds, writer, clock, progress: FollowProgress::default() })
    }

    /// Follows until it is dropped, which may be at any await; what was accepted and not yet noted down then comes
    /// again with the same ids. Ends only with an error: positions cannot be kept.
    pub async fn follow(
        mut self,
        mut progress: impl FnMut(&FollowProgress) + Send,
    ) -> Result<(), PositionsFileError> {
        let mut wait_refused = REFUSED_WAIT.0;
        loop {
            let now = self.clock.now_millis();
            let round = self.on_thread(move |rounds| Ok(rounds.read(now))).await?;
            if round.entries.is_empty() {
                self.on_thread(Rounds::keep).await?;
                self.clock.sleep(LOOK_EVERY).await;
                continue;
            }
            let records = round.entries.len() as u64;
            let results = self.writer.put(round.entries, None).await;
            if let Some(PutResult::Failed { code, message }) = results.into_iter().find(|r| !r.is_accepted())
            {
                tracing::warn!(records, code, message, "followed lines were not put; they are tried again");
                self.on_thread(|rounds| {
                    rounds.rewind();
                    Ok(())
                })
                .await?;
                self.clock.sleep(wait_refused).await;
                wait_refused = (wait_refused * 2).min(REFUSED_WAIT.1);
                continue;
            }
            wait_refused = REFUSED_WAIT.0;
            self.on_thread(Rounds::keep).await?;
            self.progress.records += records;
            self.progress.log_events += round.log_events;
            self.progress.changed.cut += round.changed.cut;
            self.progress.changed.replaced += round.changed.replaced;
            progress(&self.progress);
        }
    }

    /// Files are read and positions written on a thread that may block.
    async fn on_thread<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Rounds) -> Result<T, PositionsFileError> + Send + 'static,
    ) -> Result<T, PositionsFileError> {
        let mut rounds = self.rounds.take().ok_or_else(PositionsFileError::broken_off)?;
        let worked = tokio::task::spawn_blocking(move || {
            let result = work(&mut rounds);
            (rounds, result)
        });
        let (rounds, result) = worked.await.map_err(|_| PositionsFileError::broken_off())?;
        self.rounds = Some(rounds);
        result
    }
}

/// What one look at all files gave.
#[derive(Default)]
struct Round {
    /// Of the file that is read now.
    partition_key: String,
    entries: Vec<PutEntry>,
    bytes: usize,
    log_events: u64,
    changed: Changed,
}

impl Round {
    fn add(&mut self, envelopes: &mut Vec<Envelope>) {
        for envelope in envelopes.drain(..) {
            self.bytes += envelope.data.len();
            self.log_events += u64::from(envelope.log_events);
            let partition_key = self.partition_key.clone();
            self.entries.push(PutEntry {
                partition_key,
                explicit_hash_key: None,
                data: envelope.data.into(),
            });
        }
    }
}

/// Reads the files round by round: each is read, then put, then kept or rewound.
struct Rounds {
    tails: Vec<Tail>,
    positions: PositionsFile,
    /// The file that is looked at first: the next in each round, so that none starves beside a fast one.
    first: usize,
}

impl Rounds {
    fn new(files: Vec<Followed>, positions: PositionsFile) -> Result<Self, PositionsFileError> {
        let saved = positions.load()?;
        let tails = files.into_iter().map(|f| {
            let place = saved.get(&f.path).cloned();
            Tail::new(f, place)
        });
        Ok(Self { tails: tails.collect(), positions, first: 0 })
    }

    fn read(&mut self, now_millis: i64) -> Round {
        let mut round = Round::default();
        let (later, sooner) = self.tails.split_at_mut(self.first);
        for tail in sooner.iter_mut().chain(later) {
            tail.read(&mut round, now_millis);
            if round.bytes >= ROUND_BYTES {
                break;
            }
        }
        self.first = (self.first + 1) % self.tails.len().max(1);
        round
    }

    /// All that was read is accepted.
    fn keep(&mut self) -> Result<(), PositionsFileError> {
        let moved = self.tails.iter_mut().map(Tail::keep).filter(|moved| *moved).count();
        if moved == 0 {
            return Ok(());
        }
        let places = self.tails.iter().filter_map(|t| Some((t.path().clone(), t.place()?.clone())));
        self.positions.save(places.collect::<BTreeMap<_, _>>())
    }

    /// Nothing that was read since the last [`keep`](Self::keep) counts.
    fn rewind(&mut self) {
        self.tails.iter_mut().for_each(Tail::rewind);
    }
}
