//! The only writer to Firehose: PutRecordBatch calls over any [`PutRecordBatchApi`]. A call that "succeeds" may have failed for
//! some of its records, which only their own entries in the answer tell
//! (<https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html>).
//!
//! The contract, by the numbers that the tests name:
//! 1. Each record ends once: accepted, or failed with a code; never both, never neither.
//! 2. Only records that failed are sent again, after a random wait, as long as [`PutBatchSettings::patience`] lasts.
//! 3. A call that failed as a whole may have been taken: its records can then be delivered twice. A service that says
//!    to come again is not asked for the rest before the wait.
//! 4. A call that the service refuses is the last: the next would be refused as well.
//! 5. No call is larger than Firehose takes, and a record that is larger fails alone.

pub mod script;
#[cfg(test)]
mod tests;

use crate::failure::Failure;
use bytes::Bytes;
use catchwater_consumer_core::retry::Backoff;
use catchwater_consumer_core::world::{Clock, Rng, millis};
use futures::future::BoxFuture;
use std::sync::Arc;
use std::time::Duration;

/// Most bytes of a record: 1,000 KiB, before base64
/// (<https://docs.aws.amazon.com/firehose/latest/dev/limits.html>).
pub const RECORD_BYTES: usize = 1_000 << 10;
/// Most records of a call.
pub const CALL_RECORDS: usize = 500;
/// Most bytes of a call: 4 MiB. The text does not say whether base64 counts: here it does.
pub const CALL_BYTES: usize = 4 << 20;
/// What a record adds to a call besides its base64: `{"Data":""},`.
const ENTRY_BYTES: usize = 12;

/// Code of a record that is larger than any may be.
pub const TOO_LARGE: &str = "RecordTooLarge";
/// Code of a record whose call was not answered, or whose answer says to come again.
pub const UNAVAILABLE: &str = "Unavailable";
/// Code of a record whose call was answered, but not for each of its records.
pub const UNCLEAR: &str = "UnclearAnswer";

/// How one record ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordResult {
    /// Firehose has it.
    Accepted,
    /// Firehose does not have it, as far as is known.
    Failed {
        /// Firehose's error code, such as `ServiceUnavailableException`, or one of this module's.
        code: String,
        /// In full; no payload.
        message: String,
    },
}

impl RecordResult {
    /// Does Firehose have it?
    pub fn is_accepted(&self) -> bool {
        *self == Self::Accepted
    }

    fn failed(code: &str, message: impl Into<String>) -> Self {
        Self::Failed { code: code.into(), message: message.into() }
    }
}

/// Firehose's PutRecordBatch, one call.
pub trait PutRecordBatchApi: Send + Sync {
    /// Puts at most [`CALL_RECORDS`] records of together at most [`CALL_BYTES`]; answers with one result a record, in
    /// their order. Tries nothing again. May be dropped at any await.
    fn put_record_batch<'a>(
        &'a self,
        delivery_stream: &'a str,
        records: &'a [Bytes],
    ) -> BoxFuture<'a, Result<Vec<RecordResult>, Failure>>;
}

/// Patience of a writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PutBatchSettings {
    /// Waits between tries.
    pub backoff: Backoff,
    /// No try begins later than this after the first one, which is always made. Zero: one try.
    pub patience: Duration,
}

impl Default for PutBatchSettings {
    fn default() -> Self {
        Self { backoff: Backoff::default(), patience: Duration::from_secs(10) }
    }
}

/// Puts records to one delivery stream; see the module's contract.
#[derive(Clone)]
pub struct PutRecordBatch {
    api: Arc<dyn PutRecordBatchApi>,
    delivery_stream: Arc<str>,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    settings: PutBatchSettings,
}

impl PutRecordBatch {
    /// A writer to the delivery stream of this name.
    pub fn new(
        api: Arc<dyn PutRecordBatchApi>,
        delivery_stream: &str,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
        settings: PutBatchSettings,
    ) -> Self {
        Self { api, delivery_stream: delivery_stream.into(), clock, rng, settings }
    }

    /// The delivery stream's name.
    pub fn delivery_stream(&self) -> &str {
        &self.delivery_stream
    }

    /// Puts records; one result a record, in their order.
    pub async fn put(&self, records: &[Bytes]) -> Vec<RecordResult> {
        let too_large = |bytes| format!("a record of {bytes} bytes; Firehose takes {RECORD_BYTES}");
        let mut results: Vec<RecordResult> =
            records.iter().map(|record| RecordResult::failed(TOO_LARGE, too_large(record.len()))).collect();
        let mut open: Vec<usize> =
            (0..records.len()).filter(|index| records[*index].len() <= RECORD_BYTES).collect();
        let last_begin = self.clock.now_millis().saturating_add(millis(self.settings.patience));
        for tries in 0.. {
            open = self.round(records, &open, &mut results).await;
            let wait = self.settings.backoff.wait_millis(tries, &*self.rng);
            if open.is_empty() || self.clock.now_millis().saturating_add(wait) >= last_begin {
                break;
            }
            self.clock.sleep(Duration::from_millis(wait.unsigned_abs())).await;
        }
        results
    }

    /// One try of each open record; answers which are worth another.
    async fn round(&self, records: &[Bytes], open: &[usize], results: &mut [RecordResult]) -> Vec<usize> {
        let mut again = Vec::new();
        let mut rest = open;
        while !rest.is_empty() {
            let (call, after) = rest.split_at(call_len(records, rest));
            let data: Vec<Bytes> = call.iter().map(|index| records[*index].clone()).collect();
            match self.api.put_record_batch(&self.delivery_stream, &data).await {
                Ok(answers) if answers.len() == call.len() => {
                    for (index, answer) in call.iter().zip(answers) {
                        again.extend((!answer.is_accepted()).then_some(*index));
                        results[*index] = answer;
                    }
                }
                Ok(answers) => {
                    let unclear = format!("{} answers to {} records", answers.len(), call.len());
                    fail(call, results, &RecordResult::failed(UNCLEAR, unclear));
                    again.extend(call);
                }
                Err(Failure::ComeAgain(cause)) => {
                    fail(rest, results, &RecordResult::failed(UNAVAILABLE, cause));
                    again.extend(rest);
                    return again;
                }
                Err(Failure::Refused { code, message }) => {
                    fail(rest, results, &RecordResult::Failed { code, message });
                    return Vec::new();
                }
            }
            rest = after;
        }
        again
    }
}

fn fail(records: &[usize], results: &mut [RecordResult], result: &RecordResult) {
    records.iter().for_each(|index| results[*index] = result.clone());
}

/// How many of the open records go into the next call.
fn call_len(records: &[Bytes], open: &[usize]) -> usize {
    let mut bytes = 0;
    let fits = |index: &&usize| {
        bytes += records[**index].len().div_ceil(3) * 4 + ENTRY_BYTES;
        bytes + ENVELOPE_BYTES <= CALL_BYTES
    };
    open.iter().take(CALL_RECORDS).take_while(fits).count().max(1)
}

/// The call around its records: the delivery stream's name, of at most 64 characters, and JSON.
const ENVELOPE_BYTES: usize = 256;
