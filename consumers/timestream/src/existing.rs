//! A completed file move as a row of the table that a science data centre has, so that what reads it sees no difference.
//!
//! The row is that of `log_to_timestream` of <https://github.com/HERMES-SOC/sdc_aws_utils> (`sdc_aws_utils/aws.py`): five
//! dimensions, `N/A` where there is nothing, the measure `timestamp` as a DOUBLE of seconds since the epoch, the time in
//! milliseconds. That function is called after a move has succeeded, and refuses one without any bucket; so there is no row of
//! a move that was begun, that failed, or that names no bucket.

use crate::encode::{NoRecord, dimension, version};
use crate::room::{RECORD_BYTES, TIME_BYTES};
use aws_sdk_timestreamwrite::types::{MeasureValueType, Record, TimeUnit};
use catchwater_consumer_core::walk::members::Raw;
use catchwater_consumer_core::walk::unescape::unescaped;
use catchwater_consumer_core::walk::walk;
use catchwater_schemas::event::{Event, Kind};
use catchwater_schemas::field::Field;
use std::borrow::Cow;

/// The dimensions in the table's order, and the fields that they are.
pub const DIMENSIONS: [(&str, Field); 5] = [
    ("action_type", Field::ActionType),
    ("source_bucket", Field::FileSourceBucket),
    ("destination_bucket", Field::FileDestinationBucket),
    ("file_key", Field::FilePath),
    ("new_file_key", Field::FileDestinationKey),
];
const SOURCE: usize = 1;
const DESTINATION: usize = 2;

/// Name of the one measure.
pub const MEASURE: &str = "timestamp";
/// What stands where there is no value.
pub const ABSENT: &str = "N/A";

/// The event's row, if it is a completed move of a format that `takes` says.
pub(crate) fn record(event: &Event<'_>, takes: impl Fn(Option<&str>) -> bool) -> Result<Record, NoRecord> {
    if event.kind != Kind::FileMove {
        return Err(NoRecord::Filtered("kind_not_kept"));
    }
    let mut values: [Option<Cow<'_, str>>; DIMENSIONS.len()] = Default::default();
    let (mut format, mut has_begun_only, mut has_failed) = (None, false, false);
    walk(event.json, |field, value| match (field, value) {
        (Some(Field::Format), Raw::Text(text)) => format = Some(unescaped(text)),
        (Some(Field::EventType), Raw::Text(text)) => has_begun_only = text == "start",
        (Some(Field::EventType), Raw::Nested(list)) => has_begun_only = list.contains("\"start\""),
        (Some(Field::EventOutcome), Raw::Text(text)) => has_failed = text == "failure",
        (Some(field), Raw::Text(text)) => {
            if let Some(place) = DIMENSIONS.iter().position(|(_, of)| *of == field) {
                values[place] = Some(unescaped(text)).filter(|text| !text.is_empty());
            }
        }
        _ => {}
    })
    .ok_or(NoRecord::NotJson)?;
    for (is_left_out, reason) in [
        (!takes(format.as_deref()), "format_not_kept"),
        (has_begun_only, "move_not_completed"),
        (has_failed, "move_failed"),
        (values[SOURCE].is_none() && values[DESTINATION].is_none(), "move_without_bucket"),
    ] {
        if is_left_out {
            return Err(NoRecord::Filtered(reason));
        }
    }
    let (mut dimensions, mut bytes) = (Vec::with_capacity(DIMENSIONS.len()), TIME_BYTES + MEASURE.len() + 8);
    for ((name, _), value) in DIMENSIONS.iter().zip(values) {
        let value = value.map_or_else(|| ABSENT.to_string(), Cow::into_owned);
        bytes += name.len() + value.len();
        dimensions.push(dimension(name, value)?);
    }
    // They are what the row is known by: cut, they would be another row's.
    if bytes > RECORD_BYTES {
        return Err(NoRecord::TooLarge);
    }
    let millis = u64::try_from(event.time.millis()).map_err(|_| NoRecord::Time)?;
    let record = Record::builder()
        .set_dimensions(Some(dimensions))
        .measure_name(MEASURE)
        .measure_value_type(MeasureValueType::Double)
        .measure_value(seconds(millis))
        .time(millis.to_string())
        .time_unit(TimeUnit::Milliseconds)
        .version(version(event)?);
    Ok(record.build())
}

/// As Python writes a float: `1691843655.0`, `1691843655.137`. Made of the row's own time, so that rows of one time and
/// move are the same row.
fn seconds(millis: u64) -> String {
    format!("{:?}", millis as f64 / 1_000.0)
}

/// What the row is known by: rows of one key are one row.
pub(crate) fn key(record: &Record) -> String {
    let mut key = record.time().unwrap_or_default().to_string();
    for dimension in record.dimensions() {
        key.push('\0');
        key.push_str(dimension.value());
    }
    key
}

#[cfg(test)]
mod tests;
