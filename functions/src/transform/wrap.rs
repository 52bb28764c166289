//! A record of the raw stream as a line of the raw archive: [`Wrapped`], which also reads it, for a replay.

use crate::events::firehose::FirehoseRecord;
use catchwater_schemas::wrapped::Wrapped;

/// The line of a record with this data; the base64 stays as it came.
pub fn line(stream: &str, record: &FirehoseRecord<'_>, data: &str) -> Vec<u8> {
    let place = &record.place;
    let wrapped = Wrapped {
        stream: stream.into(),
        shard: place.shard.as_ref().into(),
        sequence_number: place.sequence_number.as_ref().into(),
        partition_key: place.partition_key.as_ref().into(),
        arrival_millis: place.arrival_millis,
        user_record: place.user_record,
        data: data.into(),
    };
    wrapped.line()
}
