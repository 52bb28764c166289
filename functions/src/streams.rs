//! Records of shards to a target, the transform's handler or a sink's, one shard after the other. The rules, by the numbers
//! that the tests name:
//! 1. What is broken becomes a dead letter, and no record of its shard after it is settled before that is kept.
//! 2. Where it cannot be kept, the answer names it; where it has no sequence number, the invocation fails.
//! 3. An account covers the records below the failure and no other, the broken ones counted as dead.
//! 4. Each shard has its share of the time that is left; one shard's failure leaves the others to go on.

use crate::events::answer::{self, ShardAnswer, Unsettled};
use crate::metrics::Measured;
use catchwater_consumer_core::dead_letters::{DeadLetters, keep_until};
use catchwater_consumer_core::world::{Clock, millis};
use catchwater_mapping::lambda_event::{Broken, ShardBatch, Tries};
use catchwater_mapping::stream::SequenceNumber;
use catchwater_mapping::target::{Batch, BatchResponse, Target};
use catchwater_schemas::account::Account;
use catchwater_schemas::dead_letter::{DeadLetter, Stage};
use std::time::Duration;

/// Where records go, and what could not be read of them.
pub struct Streams<'a> {
    /// Takes the records.
    pub target: &'a dyn Target,
    /// Keeps what is broken.
    pub dead_letters: &'a dyn DeadLetters,
    /// Time.
    pub clock: &'a dyn Clock,
    /// What a broken record is broken for: [`Stage::Decode`], of event records [`Stage::EventRecord`].
    pub stage: Stage,
    /// The sink, if the target is one's.
    pub sink: Option<&'a str>,
}

impl Streams<'_> {
    /// Settles what can be settled: an answer a shard, in their order. Without `tries` all count as tried now for the
    /// first time: Lambda does not tell.
    pub async fn settle(
        &self,
        shards: &[ShardBatch],
        tries: Option<Tries>,
        time_left: Duration,
    ) -> Result<Vec<ShardAnswer>, Unsettled> {
        let now = self.clock.now_millis();
        let tries = tries.unwrap_or(Tries { tries: 0, first_try_millis: now });
        let end = now.saturating_add(millis(time_left));
        let mut answers = Vec::with_capacity(shards.len());
        for (index, shard) in shards.iter().enumerate() {
            let open = u32::try_from(shards.len() - index).unwrap_or(u32::MAX);
            let share = self.clock.left(end) / open;
            answers.push(self.shard(shard, tries, share).await?);
        }
        Ok(answers)
    }

    async fn shard(
        &self,
        shard: &ShardBatch,
        tries: Tries,
        time: Duration,
    ) -> Result<ShardAnswer, Unsettled> {
        let end = self.clock.now_millis().saturating_add(millis(time));
        let unkept = self.keep(shard, tries, time).await;
        let whole = match &unkept {
            Some((broken, cause)) if broken.origin.sequence_number.is_empty() => {
                return Err(Unsettled { shard: shard.shard.clone(), cause: Some(cause.clone()) });
            }
            Some((broken, _)) => broken.before,
            None => shard.records.len(),
        };
        let response = match &shard.records[..whole] {
            [] => BatchResponse::default(),
            records => {
                let batch = Batch {
                    stream: &shard.stream,
                    shard: &shard.shard,
                    records,
                    tries: tries.tries,
                    first_try_millis: tries.first_try_millis,
                    time_left: self.clock.left(end),
                };
                self.target.invoke(batch).await.unwrap_or_else(|error| {
                    tracing::warn!(shard = shard.shard, records = records.len(), %error, "a batch failed");
                    let lowest_failure = Some(records[0].sequence_number.clone());
                    BatchResponse { lowest_failure, account: Account::default() }
                })
            }
        };
        let mut answer = ShardAnswer {
            shard: shard.shard.clone(),
            lowest_failure: response.lowest_failure,
            account: response.account,
        };
        let settled = answer.lowest_failure.as_ref().map_or(Some(whole), |lowest| {
            shard.records[..whole].iter().position(|record| record.sequence_number == *lowest)
        });
        let Some(settled) = settled else {
            let cause = Some("the target names a record that is not in the batch".into());
            return Err(Unsettled { shard: shard.shard.clone(), cause });
        };
        let first_unkept = unkept.map(|(broken, _)| broken);
        answer.account.records = settled as u64;
        for broken in &shard.broken {
            if broken.before > settled || first_unkept.is_some_and(|first| std::ptr::eq(first, broken)) {
                break;
            }
            answer.account.records += 1;
            answer.account.taken += 1;
            Account::count(&mut answer.account.dead, broken.reason);
        }
        if answer.lowest_failure.is_none() {
            answer.lowest_failure =
                first_unkept.map(|broken| SequenceNumber(broken.origin.sequence_number.clone()));
        }
        Ok(answer)
    }

    /// Keeps the letters of what is broken; the first of those that are not kept, and why.
    async fn keep<'s>(
        &self,
        shard: &'s ShardBatch,
        tries: Tries,
        time: Duration,
    ) -> Option<(&'s Broken, String)> {
        let first = shard.broken.first()?;
        let now = self.clock.now_millis();
        let letter = |broken: &Broken| {
            let fault = broken.fault(self.stage, self.sink);
            fault.into_letter(tries.first_try_millis, now, tries.tries.saturating_add(1))
        };
        let letters: Vec<DeadLetter> = shard.broken.iter().map(letter).collect();
        // Half of the time: the other is the records'.
        let until = now.saturating_add(millis(time / 2));
        let kept = keep_until(self.dead_letters, &letters, self.clock, until).await;
        let Err(cause) = kept else { return None };
        let letters = letters.len();
        tracing::error!(shard = shard.shard, letters, cause, "records wait for their dead letters");
        // Any of them may be without a number: then none after it may be settled, and it cannot be named.
        let nameless = shard.broken.iter().find(|broken| broken.origin.sequence_number.is_empty());
        Some((nameless.unwrap_or(first), cause))
    }
}

/// What became of an event's records, for the metrics.
pub fn measured(shards: &[ShardBatch], answers: &[ShardAnswer], now_millis: i64) -> Measured {
    let account = answer::account(answers);
    let came: usize = shards.iter().map(|shard| shard.records.len() + shard.broken.len()).sum();
    // 0: the source did not tell.
    let arrivals = shards.iter().flat_map(|shard| &shard.records).map(|record| record.arrival_millis);
    let oldest = arrivals.filter(|millis| *millis > 0).min();
    Measured {
        unsettled: (came as u64).saturating_sub(account.records),
        oldest_millis: oldest.map(|millis| u64::try_from(now_millis.saturating_sub(millis)).unwrap_or(0)),
        account,
        ..Measured::default()
    }
}

#[cfg(test)]
mod tests;
