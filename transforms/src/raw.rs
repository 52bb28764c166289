//! A raw record as the stream hands it over.

use catchwater_schemas::dead_letter::{LogEventOrigin, Origin};
use std::fmt;

/// One record of the raw stream, or one user record of an aggregate there, with where it lay.
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
    /// Partition key of the record; of a user record its own.
    pub partition_key: &'a str,
    /// When the stream took the record, milliseconds since the epoch.
    pub arrival_millis: i64,
    /// Index of the user record within its KPL aggregate, from 0; `None`: the whole record.
    pub user_record: Option<u64>,
}

/// Where a record lay, as text: `shard:sequence number`, and `:index` of a user record.
#[derive(Clone, Copy, Debug)]
pub struct Position<'r, 'a>(&'r RawRecord<'a>);

impl fmt::Display for Position<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RawRecord { shard, sequence_number, user_record, .. } = self.0;
        write!(f, "{shard}:{sequence_number}")?;
        user_record.map_or(Ok(()), |index| write!(f, ":{index}"))
    }
}

impl<'a> RawRecord<'a> {
    /// What names the record within its stream.
    pub fn position(&self) -> Position<'_, 'a> {
        Position(self)
    }

    /// Where the record, or one of its log events, lay.
    pub fn origin(&self, log_event: Option<LogEventOrigin>, ordinal: Option<u64>) -> Origin {
        Origin {
            stream: self.stream.to_string(),
            shard: self.shard.to_string(),
            sequence_number: self.sequence_number.to_string(),
            partition_key: self.partition_key.to_string(),
            arrival_millis: self.arrival_millis,
            user_record: self.user_record,
            log_event,
            ordinal,
        }
    }
}
