//! A Kinesis stream as a mapping reads it.

use bytes::Bytes;
use futures::future::BoxFuture;
use std::fmt;

/// Sequence number of a record, unique and rising within its shard. Kinesis writes it as up to 129 decimal digits
/// without leading zeros (API reference, `Record`), so that length and then text give the order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SequenceNumber(pub String);

impl Ord for SequenceNumber {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0.len(), &self.0).cmp(&(other.0.len(), &other.0))
    }
}

impl PartialOrd for SequenceNumber {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for SequenceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A record as the stream gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Place in the shard.
    pub sequence_number: SequenceNumber,
    /// Partition key.
    pub partition_key: String,
    /// `ApproximateArrivalTimestamp`, milliseconds since the epoch.
    pub arrival_millis: i64,
    /// The payload; shared, for whoever works on a batch may outlive the call that brought it.
    pub data: Bytes,
}

/// A shard of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Such as `shardId-000000000000`.
    pub id: String,
    /// Shards that it came of by split or merge; all their records come before its own.
    pub parents: Vec<String>,
}

/// What one read of a shard gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// Records after the given place, in order; empty if there is none now.
    pub records: Vec<Record>,
    /// The shard was split or merged and no record comes after these.
    pub ended: bool,
    /// `MillisBehindLatest`: age of the place reached, 0 at the tip.
    pub behind_millis: i64,
}

/// The stream failed.
#[derive(Debug, thiserror::Error)]
#[error("stream {stream}: {cause}")]
pub struct StreamDown {
    /// Stream's name.
    pub stream: String,
    /// Why.
    pub cause: String,
}

/// A stream as a mapping reads it.
pub trait Stream: Send + Sync + 'static {
    /// Stream's name.
    fn name(&self) -> &str;

    /// Hours for which the stream keeps records.
    fn retention_hours(&self) -> BoxFuture<'_, Result<u32, StreamDown>>;

    /// All shards that still hold records or are open.
    fn shards(&self) -> BoxFuture<'_, Result<Vec<Shard>, StreamDown>>;

    /// Records of a shard after a sequence number, from the oldest if `None`; at most `max_records` and, but for one
    /// larger record, `max_bytes` of data.
    fn read<'a>(
        &'a self,
        shard: &'a str,
        after: Option<&'a SequenceNumber>,
        max_records: usize,
        max_bytes: usize,
    ) -> BoxFuture<'a, Result<Read, StreamDown>>;

    /// Is ready when the shard holds a record after `after`, has ended, or new shards exist; may be ready sooner.
    fn changed<'a>(&'a self, shard: &'a str, after: Option<&'a SequenceNumber>) -> BoxFuture<'a, ()>;
}
