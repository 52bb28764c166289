//! The only writer to a stream: PutRecords calls over any [`PutRecordsApi`], be it a server or the embedded stream.
//!
//! The contract, by the numbers that the tests name:
//! 1. Each entry ends once: accepted, or failed with a code; never both, never neither.
//! 2. Records of one partition key are accepted in the order in which they came: one record a key is in flight, and
//!    what follows a record waits for it. PutRecords "does not guarantee record ordering" and may refuse some entries
//!    of a call while it takes others (API reference), so that two of one key in a call could change places.
//! 3. Only entries that failed are sent again. A call that failed as a whole may have been taken: its records can then
//!    lie on the stream twice, and `event.id` makes that harmless.
//! 4. An entry that was given up takes all that come after it under its key along ([`HELD`]), so that none passes it;
//!    but one that is too large for any record is left out alone.
//! 5. Memory is bounded by [`PutSettings::queued_bytes`]: what does not fit waits at the channel.

mod queue;
mod run;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use catchwater_consumer_core::world::{Clock, Rng};
use futures::future::BoxFuture;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Code of an entry that is larger than any record may be.
pub const TOO_LARGE: &str = "RecordTooLarge";
/// Code of an entry for which no time was left.
pub const DEADLINE: &str = "DeadlineExceeded";
/// Code of an entry that was not sent because one before it, of the same key, was given up.
pub const HELD: &str = "HeldBehindFailure";

/// One record to put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutEntry {
    /// 1 to 256 characters; records of one key keep their order.
    pub partition_key: String,
    /// Decimal 128-bit hash that overrides the key's own for the choice of the shard.
    pub explicit_hash_key: Option<String>,
    /// The payload; shared, so that sending it again copies nothing.
    pub data: Bytes,
}

/// How one entry ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PutResult {
    /// The stream holds the record.
    Accepted {
        /// Shard that took it.
        shard_id: String,
        /// Its place there.
        sequence_number: String,
    },
    /// The stream does not hold the record, as far as is known.
    Failed {
        /// Kinesis's error code, such as `ProvisionedThroughputExceededException`, or one of this module's.
        code: String,
        /// In full; no payload.
        message: String,
    },
}

impl PutResult {
    /// Does the stream hold it?
    pub fn is_accepted(&self) -> bool {
        matches!(self, PutResult::Accepted { .. })
    }

    pub(crate) fn failed(code: &str, message: impl Into<String>) -> Self {
        PutResult::Failed { code: code.into(), message: message.into() }
    }
}

/// A call failed as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PutError {
    /// No answer, or one that says to come again (HTTP 5xx, throttling): the call is tried again.
    #[error("the stream's endpoint does not answer: {0}")]
    Unavailable(String),
    /// The call itself is wrong (no such stream, no permission): the same call would fail again.
    #[error("the stream's endpoint refused the call: {code}: {message}")]
    Refused {
        /// Kinesis's error code.
        code: String,
        /// In full; no payload.
        message: String,
    },
}

/// Kinesis's PutRecords, one call.
pub trait PutRecordsApi: Send + Sync {
    /// Puts at most 500 entries of together at most 10 MiB; answers with one result an entry, in their order. May be
    /// dropped at any await.
    fn put_records<'a>(
        &'a self,
        stream: &'a str,
        entries: &'a [PutEntry],
    ) -> BoxFuture<'a, Result<Vec<PutResult>, PutError>>;
}

/// Bounds and patience of a writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PutSettings {
    /// Most entries of a call; Kinesis takes 500.
    pub call_records: usize,
    /// Most bytes of a call, data and keys; Kinesis takes 10 MiB, of which base64 and JSON want their share here.
    pub call_bytes: usize,
    /// Most bytes of a record, data and key.
    pub record_bytes: usize,
    /// Most calls in flight.
    pub calls: usize,
    /// Most bytes taken in and not yet settled, but for one record.
    pub queued_bytes: usize,
    /// First bound of the random wait before an entry is sent again, milliseconds; doubles with each try.
    pub backoff_millis: u64,
    /// Greatest bound of that wait, milliseconds.
    pub backoff_most_millis: u64,
    /// How long an entry is tried, from its first try; without it, until the deadline.
    pub patience: Option<Duration>,
}

impl Default for PutSettings {
    fn default() -> Self {
        Self {
            call_records: 500,
            call_bytes: 5 << 20,
            record_bytes: 1 << 20,
            calls: 4,
            queued_bytes: 16 << 20,
            backoff_millis: 50,
            backoff_most_millis: 5_000,
            patience: None,
        }
    }
}

/// Puts records to one stream; see the module's contract. One order of a key holds within one
/// [`put_stream`](Self::put_stream); two that run at once know nothing of each other.
#[derive(Clone)]
pub struct PutRecords {
    api: Arc<dyn PutRecordsApi>,
    stream: Arc<str>,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    settings: PutSettings,
}

impl PutRecords {
    /// A writer to the stream of this name.
    pub fn new(
        api: Arc<dyn PutRecordsApi>,
        stream: &str,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
        settings: PutSettings,
    ) -> Self {
        Self { api, stream: stream.into(), clock, rng, settings }
    }

    /// The stream's name.
    pub fn stream(&self) -> &str {
        &self.stream
    }

    /// Bounds and patience.
    pub fn settings(&self) -> &PutSettings {
        &self.settings
    }

    /// Puts what comes through the channel until it is closed, and hands each entry's tag back with how the entry
    /// ended, in the order of each key. Without a deadline it goes on until all have ended; at the deadline what is
    /// left fails with [`DEADLINE`], that in the channel too, and the channel is closed: sending then gives the entry
    /// back.
    pub async fn put_stream<T: Send>(
        &self,
        entries: mpsc::Receiver<(T, PutEntry)>,
        deadline: Option<Duration>,
        on_result: impl FnMut(T, PutResult) + Send,
    ) {
        run::Run::new(self, on_result).run(entries, deadline).await;
    }

    /// Puts these entries; one result an entry, in their order.
    pub async fn put(&self, entries: Vec<PutEntry>, deadline: Option<Duration>) -> Vec<PutResult> {
        let out_of_time = PutResult::failed(DEADLINE, "no time was left to send it");
        let mut results = vec![out_of_time; entries.len()];
        let (sender, receiver) = mpsc::channel(1);
        let feed = async move {
            for entry in entries.into_iter().enumerate() {
                if sender.send(entry).await.is_err() {
                    break;
                }
            }
        };
        let put = self.put_stream(receiver, deadline, |n: usize, result| results[n] = result);
        futures::join!(feed, put);
        results
    }
}
