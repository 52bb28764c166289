//! Reads one shard to its end: a batch at a time, each wholly settled before the next is read.

use crate::attempt::{Answer, attempt};
use crate::backoff::Backoff;
use crate::gather::{Gathered, gather};
use crate::give_up::{self, Circumstances, Reason};
use crate::positions::Position;
use crate::runner::Shared;
use crate::status::State;
use crate::stop::{Stop, Stopped};
use crate::stream::StreamDown;
use crate::target::Batch;
use crate::worklist::{Part, Rules, Worklist};
use catchwater_schemas::account::Account;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// Lambda's bound on a record's age: 7 days (API reference, CreateEventSourceMapping, MaximumRecordAgeInSeconds).
const LONGEST_AGE_SECONDS: u64 = 604_800;

pub(crate) struct ShardReader {
    shared: Arc<Shared>,
    shard: String,
    stop: Stop,
    position: Position,
    worklist: Worklist,
    backoff: Backoff,
    last_error: String,
}

impl ShardReader {
    pub(crate) fn new(shared: Arc<Shared>, shard: String, stop: Stop) -> Self {
        let rules = Rules {
            bisect: shared.settings.bisect_batch_on_function_error,
            retries: shared.settings.maximum_retry_attempts,
        };
        Self {
            shared,
            shard,
            stop,
            position: Position::default(),
            worklist: Worklist::new(rules),
            backoff: Backoff::default(),
            last_error: String::new(),
        }
    }

    /// Returns once the shard has ended and all of it is settled.
    pub(crate) async fn run(mut self) -> Result<(), Stopped> {
        self.start().await?;
        loop {
            self.note(State::Waiting);
            let after = self.position.after.clone();
            match gather(&self.shared, &self.shard, after.as_ref(), &mut self.stop).await? {
                Ok(Gathered::Batch(records, behind_millis)) => {
                    self.shared.board.update(&self.shard, |entry| entry.behind_millis = behind_millis);
                    self.worklist.load(records, self.shared.clock.now_millis());
                    self.settle_batch().await?;
                }
                Ok(Gathered::Ended) => break,
                Err(down) if self.is_gone(&down).await? => break,
                Err(down) => self.pause(down.to_string(), State::Retrying).await?,
            }
        }
        if !self.position.ended {
            self.move_to(Position { ended: true, ..self.position.clone() }, Account::default()).await?;
        }
        self.note(State::Ended);
        Ok(())
    }

    async fn start(&mut self) -> Result<(), Stopped> {
        let shared = self.shared.clone();
        loop {
            let kept = shared.positions.get(shared.mapping(), shared.stream.name(), &self.shard);
            match self.stop.or(kept).await? {
                Ok(position) => {
                    self.position = position;
                    self.tell_progress();
                    return Ok(());
                }
                Err(down) => self.pause(down.to_string(), State::Retrying).await?,
            }
        }
    }

    /// Has the stream removed the shard? Its records are past their retention then, and none can be read any more.
    async fn is_gone(&mut self, down: &StreamDown) -> Result<bool, Stopped> {
        let shared = self.shared.clone();
        let Ok(shards) = self.stop.or(shared.stream.shards()).await? else { return Ok(false) };
        let gone = !shards.is_empty() && shards.iter().all(|s| s.id != self.shard);
        if gone {
            tracing::error!(mapping = shared.mapping(), shard = self.shard, %down, "the shard is gone; \
                records that were not read before the stream's retention are lost");
            self.remember_error(down.to_string());
        }
        Ok(gone)
    }

    async fn settle_batch(&mut self) -> Result<(), Stopped> {
        while let Some(part) = self.worklist.next().cloned() {
            let answer = self.try_part(&part).await?;
            let last_try_millis = self.shared.clock.now_millis();
            if let Answer::Failed(error) = &answer {
                self.remember_error(error.clone());
            } else if let Answer::FailedAt(index, _) = &answer {
                let record = &self.worklist.records(part.range.clone())[*index];
                self.remember_error(format!("record {} is not settled", record.sequence_number));
            }
            let max_age = match answer {
                Answer::Settled(_) => None,
                _ => self.max_age_millis().await?,
            };
            let too_old_before = max_age.map_or(i64::MIN, |age| last_try_millis.saturating_sub(age));
            let verdict = self.worklist.judge(answer, |record| record.arrival_millis < too_old_before);
            if let Some((range, account)) = verdict.settled {
                self.pass(range, account).await?;
                self.backoff.reset();
            }
            if let Some((range, reason)) = verdict.given_up {
                self.give_up(range, reason, &part, last_try_millis).await?;
            }
            if verdict.wait {
                let error = self.last_error.clone();
                self.pause(error, State::Retrying).await?;
            }
        }
        self.worklist.unload();
        Ok(())
    }

    async fn try_part(&mut self, part: &Part) -> Result<Answer, Stopped> {
        let shared = self.shared.clone();
        let records = self.worklist.records(part.range.clone());
        shared.board.update(&self.shard, |entry| {
            entry.state = State::Running;
            entry.tries = part.tries;
            entry.oldest_millis = Some(records[0].arrival_millis);
        });
        let batch = Batch {
            stream: shared.stream.name(),
            shard: &self.shard,
            records,
            tries: part.tries,
            first_try_millis: part.first_try_millis,
            time_left: Duration::from_millis(shared.settings.timeout_ms),
        };
        self.stop.or(attempt(&*shared.target, &*shared.clock, batch)).await
    }

    /// Age at which a record is given up. `None` while the stream cannot tell its retention: nothing is given up on
    /// a guess.
    async fn max_age_millis(&mut self) -> Result<Option<i64>, Stopped> {
        let shared = self.shared.clone();
        let seconds = match shared.settings.maximum_record_age_seconds {
            Some(seconds) => seconds,
            None => match self.stop.or(shared.stream.retention_hours()).await? {
                Ok(hours) => u64::from(hours) * 3_600 * 9 / 10,
                Err(_) => return Ok(None),
            },
        };
        Ok(Some(seconds.min(LONGEST_AGE_SECONDS) as i64 * 1_000))
    }

    /// Keeps records as dead letters, however long that takes, and only then passes them.
    async fn give_up(
        &mut self,
        range: Range<usize>,
        reason: Reason,
        part: &Part,
        last_try_millis: i64,
    ) -> Result<(), Stopped> {
        let shared = self.shared.clone();
        let of = Circumstances {
            mapping: shared.mapping(),
            stream: shared.stream.name(),
            shard: &self.shard,
            reason,
            last_error: &self.last_error,
            first_try_millis: part.first_try_millis,
            last_try_millis,
            tries: part.tries + 1,
        };
        let letters = give_up::letters(self.worklist.records(range.clone()), &of);
        let oldest = letters[0].origin.arrival_millis;
        shared.board.update(&self.shard, |entry| entry.oldest_millis = Some(oldest));
        let mut backoff = Backoff::default();
        while let Err(down) = self.stop.or(shared.on_failure.keep(&letters)).await? {
            let wait = backoff.next(&*shared.rng);
            self.pause_for(wait, down.to_string(), State::BlockedByDeadLetters).await?;
        }
        tracing::warn!(
            mapping = shared.mapping(),
            shard = self.shard,
            records = letters.len(),
            first = letters[0].origin.sequence_number,
            reason = reason.as_str(),
            "records given up"
        );
        self.pass(range.clone(), give_up::account(range.len(), reason)).await
    }

    /// Moves the position past records of the batch.
    async fn pass(&mut self, range: Range<usize>, account: Account) -> Result<(), Stopped> {
        let last = self.worklist.records(range).last().map(|r| r.sequence_number.clone());
        self.move_to(Position { after: last, ended: false }, account).await
    }

    async fn move_to(&mut self, position: Position, account: Account) -> Result<(), Stopped> {
        let shared = self.shared.clone();
        let mut backoff = Backoff::default();
        // A commit is not broken off by the sign to stop: what the target has settled need not come again.
        while let Err(down) = {
            let (mapping, stream) = (shared.mapping(), shared.stream.name());
            shared.positions.commit(mapping, stream, &self.shard, &position, &account).await
        } {
            let wait = backoff.next(&*shared.rng);
            self.pause_for(wait, down.to_string(), State::Retrying).await?;
        }
        self.position = position;
        self.tell_progress();
        Ok(())
    }

    fn tell_progress(&self) {
        let after = self.position.after.clone();
        let oldest =
            self.worklist.next().map(|part| self.worklist.records(part.range.clone())[0].arrival_millis);
        self.shared.board.update(&self.shard, |entry| (entry.after, entry.oldest_millis) = (after, oldest));
        if let Some(progress) = &self.shared.progress {
            progress.passed(self.shared.mapping(), self.shared.stream.name(), &self.shard, &self.position);
        }
    }

    async fn pause(&mut self, error: String, state: State) -> Result<(), Stopped> {
        let wait = self.backoff.next(&*self.shared.rng);
        self.pause_for(wait, error, state).await
    }

    async fn pause_for(&mut self, wait: Duration, error: String, state: State) -> Result<(), Stopped> {
        let mapping = self.shared.mapping();
        tracing::warn!(
            mapping,
            shard = self.shard,
            error,
            wait_millis = wait.as_millis() as u64,
            "tries again"
        );
        self.remember_error(error);
        self.note(state);
        self.stop.or(self.shared.clock.sleep(wait)).await
    }

    fn remember_error(&mut self, error: String) {
        let now = self.shared.clock.now_millis();
        self.shared.board.update(&self.shard, |entry| entry.last_error = Some((error.clone(), now)));
        self.last_error = error;
    }

    fn note(&self, state: State) {
        let tries = self.worklist.next().map_or(0, |part| part.tries);
        self.shared.board.update(&self.shard, |entry| (entry.state, entry.tries) = (state, tries));
    }
}
