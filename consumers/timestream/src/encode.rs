//! An event as one multi-measure record
//! (<https://docs.aws.amazon.com/timestream/latest/developerguide/writes.html#writes.writing-data-multi-measure>).
//!
//! The measure's name is the kind; dimensions are `event_id`, `format` and `service`; the version is the revision; all else is a
//! measure under its registered path, of the type that the registry gives it, so that no two records disagree on a
//! column's type. What does not fit into a record is cut ([`room`](crate::room)) and counted in the measure `cut`.

use crate::config::{Config, Layout};
use crate::existing;
use crate::room::{Measure, RECORD_BYTES, TIME_BYTES, fit};
use aws_sdk_timestreamwrite::error::BuildError;
use aws_sdk_timestreamwrite::types::{Dimension, MeasureValue, MeasureValueType, Record, TimeUnit};
use catchwater_consumer_core::once::Part;
use catchwater_consumer_core::walk::members::Raw;
use catchwater_consumer_core::walk::unescape::unescaped;
use catchwater_consumer_core::walk::walk;
use catchwater_schemas::event::{Event, Kind};
use catchwater_schemas::field::{Field, FieldType};
use catchwater_schemas::field_set::FieldSet;
use catchwater_schemas::outcome::Outcome;
use catchwater_schemas::time::Timestamp;
use std::borrow::Cow;

/// The dimensions, and the fields of which they are made.
pub const DIMENSIONS: [(&str, Field); 3] =
    [("event_id", Field::EventId), ("format", Field::Format), ("service", Field::ServiceName)];

/// Name of the measure that counts the values of an event that were cut or left out.
pub const CUT_MEASURE: &str = "cut";

/// A dimension cannot be left out as a measure can: it is cut to this.
const DIMENSION_BYTES: usize = 256;

/// Why an event has no record.
#[derive(Debug, thiserror::Error)]
pub enum NoRecord {
    /// The configuration leaves it out; a word why.
    #[error("{0}")]
    Filtered(&'static str),
    /// Its JSON is none.
    #[error("not_json: the event cannot be read")]
    NotJson,
    /// Timestream counts from the epoch.
    #[error("time_out_of_range: Timestream knows the years 1970 to 2262")]
    Time,
    /// Timestream counts versions in 63 bits.
    #[error("revision_too_large: Timestream's versions have 63 bits")]
    Revision,
    /// What may not be cut is too long.
    #[error("record_too_large: the names and keys of the file move have more than 2 KB")]
    TooLarge,
    /// Something that the API asks for is not there.
    #[error("no_record: {0}")]
    Build(#[from] BuildError),
}

/// Makes records of events as the configuration says.
#[derive(Clone, Debug)]
pub struct Encoder {
    layout: Layout,
    kinds: Vec<Kind>,
    formats: Option<Vec<String>>,
}

impl Encoder {
    /// An encoder for the configured table.
    pub fn new(config: &Config) -> Self {
        Self { layout: config.layout, kinds: config.kinds.clone(), formats: config.formats.clone() }
    }

    /// The event's record.
    pub fn encode(&self, event: &Event<'_>) -> Result<Record, NoRecord> {
        if !self.kinds.contains(&event.kind) {
            return Err(NoRecord::Filtered("kind_not_kept"));
        }
        match self.layout {
            Layout::Events => self.measures(event),
            Layout::Existing => existing::record(event, |format| self.takes(format)),
        }
    }

    /// The event's record, or the outcome that it has without one.
    pub(crate) fn part(&self, event: &Event<'_>) -> Part<Record> {
        match self.encode(event) {
            Ok(record) => Part::Sent(record),
            Err(NoRecord::Filtered(reason)) => Part::Known(Outcome::Filtered { reason }),
            Err(none) => Part::Known(Outcome::Reject { reason: none.to_string() }),
        }
    }

    fn takes(&self, format: Option<&str>) -> bool {
        let is_one = |formats: &Vec<String>| formats.iter().any(|one| Some(one.as_str()) == format);
        self.formats.as_ref().is_none_or(is_one)
    }

    fn measures(&self, event: &Event<'_>) -> Result<Record, NoRecord> {
        let mut found = Found { measures: Vec::with_capacity(40), ..Found::default() };
        walk(event.json, |field, value| match field {
            Some(field) => found.value(field, value),
            // Of a newer layout: without a registered type it would be a guess.
            None => found.cut += 1,
        })
        .ok_or(NoRecord::NotJson)?;
        if !self.takes(found.format.as_deref()) {
            return Err(NoRecord::Filtered("format_not_kept"));
        }
        let (mut measures, mut cut) = (found.measures, found.cut);
        let mut dimensions = vec![dimension("event_id", event.id.to_string())?];
        let mut room = RECORD_BYTES - TIME_BYTES - event.kind.as_str().len();
        // The number of what was cut has its place in any case.
        room -= CUT_MEASURE.len() + 8;
        for (name, value) in [("format", found.format), ("service", found.service)] {
            let Some(value) = value.filter(|value| !value.is_empty()) else { continue };
            let end = value.floor_char_boundary(DIMENSION_BYTES);
            cut += u32::from(end < value.len());
            dimensions.push(dimension(name, value[..end].to_string())?);
        }
        room -= dimensions.iter().map(|d| d.name.len() + d.value.len()).sum::<usize>();
        cut += fit(&mut measures, room);
        if cut > 0 {
            let (value, value_type) = (cut.to_string().into(), MeasureValueType::Bigint);
            measures.push(Measure { name: CUT_MEASURE, value, value_type });
        }
        let values: Result<Vec<MeasureValue>, BuildError> = measures.into_iter().map(measure_value).collect();
        let time = event.time.nanos();
        let record = Record::builder()
            .set_dimensions(Some(dimensions))
            .measure_name(event.kind.as_str())
            .measure_value_type(MeasureValueType::Multi)
            .set_measure_values(Some(values?))
            .time(u64::try_from(time).map_err(|_| NoRecord::Time)?.to_string())
            .time_unit(TimeUnit::Nanoseconds)
            .version(version(event)?);
        Ok(record.build())
    }
}

/// The version of an event's record: the revision. Timestream's begin with 1, which is also the one of records without.
pub(crate) fn version(event: &Event<'_>) -> Result<i64, NoRecord> {
    i64::try_from(event.revision.max(1)).map_err(|_| NoRecord::Revision)
}

pub(crate) fn dimension(name: &str, value: String) -> Result<Dimension, BuildError> {
    Dimension::builder().name(name).value(value).build()
}

fn measure_value(measure: Measure<'_>) -> Result<MeasureValue, BuildError> {
    let value = MeasureValue::builder().name(measure.name).value(measure.value);
    value.r#type(measure.value_type).build()
}

/// What one event's walk has found.
#[derive(Default)]
struct Found<'a> {
    seen: FieldSet,
    format: Option<Cow<'a, str>>,
    service: Option<Cow<'a, str>>,
    measures: Vec<Measure<'a>>,
    cut: u32,
}

impl<'a> Found<'a> {
    fn value(&mut self, field: Field, value: Raw<'a>) {
        if value == Raw::Word("null") || self.seen.contains(field) {
            return;
        }
        self.seen.insert(field);
        match (field, value) {
            // The record's time, name and identity.
            (Field::Timestamp | Field::Kind | Field::EventId, _) => return,
            (Field::Format, Raw::Text(text)) => return self.format = Some(unescaped(text)),
            (Field::ServiceName, Raw::Text(text)) => return self.service = Some(unescaped(text)),
            _ => {}
        }
        match typed(field.info().field_type, value) {
            // Timestream has no empty text.
            Some((MeasureValueType::Varchar, text)) if text.is_empty() => {}
            Some((value_type, value)) => {
                self.measures.push(Measure { name: field.info().path, value, value_type });
            }
            None => self.cut += 1,
        }
    }
}

/// A value as the registry's type; `None` if it is not of the type.
fn typed(field_type: FieldType, value: Raw<'_>) -> Option<(MeasureValueType, Cow<'_, str>)> {
    Some(match (field_type, value) {
        (FieldType::Date, Raw::Text(text)) => {
            let time = Timestamp::parse_rfc3339(&unescaped(text), 0)?;
            (MeasureValueType::Bigint, time.nanos().to_string().into())
        }
        (FieldType::Long, Raw::Word(number)) => {
            number.parse::<i64>().ok()?;
            (MeasureValueType::Bigint, number.into())
        }
        (FieldType::Double, Raw::Word(number)) => {
            number.parse().ok().filter(|number: &f64| number.is_finite())?;
            (MeasureValueType::Double, number.into())
        }
        (FieldType::Boolean, Raw::Word(word @ ("true" | "false"))) => {
            (MeasureValueType::Boolean, word.into())
        }
        (FieldType::Keyword | FieldType::Text | FieldType::Ip, Raw::Text(text)) => {
            (MeasureValueType::Varchar, unescaped(text))
        }
        // A list or an object is held as its JSON, a number in place of a text as it is written.
        (
            FieldType::Keyword | FieldType::Text | FieldType::Ip | FieldType::Flattened,
            Raw::Nested(text) | Raw::Word(text),
        ) => (MeasureValueType::Varchar, text.into()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
