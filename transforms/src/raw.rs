//! A raw record as the stream hands it over.

use catchwater_schemas::dead_letter::{LogEventOrigin, Origin};

/// One record of the raw stream, with where it lay.
#[derive(Clone, Copy, Debug, Default)]
pub struct RawRecord<'a> {
    /// The payload: a gzip envelope, a KPL aggregate, JSON or lines.
    pub data: &'a [u8],
    /// Stream's name.
    pub stream: &'a str,
    /// Shard's id.
    pub shard: &'a str,
    /// Sequence number within the shard.
    pub sequence_number: &'a str,
    /// Partition key of the record.
    pub partition_key: &'a str,
    /// When the stream took the record, milliseconds since the epoch.
    pub arrival_millis: i64,
}

impl RawRecord<'_> {
    /// Where the record, or one of its log events, lay.
    pub fn origin(&self, log_event: Option<LogEventOrigin>, ordinal: Option<u64>) -> Origin {
        Origin {
            stream: self.stream.to_string(),
            shard: self.shard.to_string(),
            sequence_number: self.sequence_number.to_string(),
            partition_key: self.partition_key.to_string(),
            arrival_millis: self.arrival_millis,
            log_event,
            ordinal,
        }
    }
}
