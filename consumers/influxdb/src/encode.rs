//! An event as one line of line protocol
//! (<https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/>):
//!
//! `service_query,format=nginx_access,outcome=success,service=shop,slot=a,status=2xx "fields…" 1604318400000000042`
//!
//! A measurement a kind; tags are the few keys below, fixed here; all else is a field under its registered path, of the type
//! that the registry gives it, so that no two lines disagree on a field's type. `@timestamp` is a field too: the
//! line's own time has an offset ([`Place`]).

use crate::escape::{string_field, tag_value, text_field};
use catchwater_consumer_core::place::Place;
use catchwater_consumer_core::walk::members::Raw;
use catchwater_consumer_core::walk::unescape::unescaped;
use catchwater_consumer_core::walk::walk;
use catchwater_schemas::event::Event;
use catchwater_schemas::field::{Field, FieldType};
use catchwater_schemas::time::Timestamp;
use std::ops::Range;

/// The tags in the order that InfluxDB keeps series in, and the fields of which they are made. `status` is the class of
/// the HTTP status, which is a field besides; the others are no fields. `slot` is of [`Place`].
pub const TAGS: [(&str, Option<Field>); 7] = [
    ("action_type", Some(Field::ActionType)),
    ("format", Some(Field::Format)),
    ("outcome", Some(Field::EventOutcome)),
    ("service", Some(Field::ServiceName)),
    ("slot", None),
    ("status", None),
    ("who_class", Some(Field::WhoClass)),
];
const SLOT: usize = 4;
const STATUS: usize = 5;

/// Name of the field that counts the values of an event that were cut or left out.
pub const CUT_FIELD: &str = "cut";

/// A line in the buffer that it was written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// All of it, the line break too.
    pub bytes: Range<usize>,
    /// Measurement and tags: the series.
    pub series: Range<usize>,
    /// The point's time, nanoseconds since the epoch.
    pub time_ns: i64,
}

/// Why an event has no line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoLine {
    /// Its JSON is none.
    #[error("not_json: the event cannot be read")]
    NotJson,
    /// InfluxDB has no such time.
    #[error("time_out_of_range: InfluxDB knows the years 1677 to 2262")]
    Time,
}

/// Writes events as lines; keeps its room between them.
pub struct Encoder {
    fields: Vec<u8>,
    texts: bool,
}

/// What one event's walk has found.
struct Found<'e, 'a> {
    event: &'e Event<'a>,
    fields: &'e mut Vec<u8>,
    texts: bool,
    tags: [Option<&'a str>; TAGS.len()],
    cut: u32,
}

impl Encoder {
    /// An encoder that writes string fields or, where `texts` is false, leaves them out.
    pub fn new(texts: bool) -> Self {
        Self { fields: Vec::new(), texts }
    }

    /// Appends the event's line to `out`; what was appended of an event that has no line is taken away.
    pub fn encode(&mut self, event: &Event<'_>, out: &mut Vec<u8>) -> Result<Line, NoLine> {
        let place = Place::of(&event.id, event.time).ok_or(NoLine::Time)?;
        self.fields.clear();
        let (fields, texts) = (&mut self.fields, self.texts);
        let mut found = Found { event, fields, texts, tags: [None; TAGS.len()], cut: 0 };
        let walked = walk(event.json, |field, value| match field {
            Some(field) => found.value(field, value),
            // Of a newer layout: without a registered type it would be a guess.
            None => found.cut += 1,
        });
        walked.ok_or(NoLine::NotJson)?;
        if found.fields.is_empty() {
            return Err(NoLine::NotJson);
        }
        let (mut tags, cut) = (found.tags, found.cut);
        tags[SLOT] = "0123456789abcdef".get(place.slot.into()..=place.slot.into());
        let start = out.len();
        out.extend_from_slice(event.kind.as_str().as_bytes());
        for ((name, _), value) in TAGS.iter().zip(tags) {
            if let Some(value) = value.map(unescaped).filter(|value| !value.is_empty()) {
                out.push(b',');
                out.extend_from_slice(name.as_bytes());
                out.push(b'=');
                tag_value(&value, out);
            }
        }
        let series = start..out.len();
        out.push(b' ');
        out.extend_from_slice(&self.fields);
        if cut > 0 {
            out.extend_from_slice(format!("{CUT_FIELD}={cut}i,").as_bytes());
        }
        // Each field ends with a comma.
        out.pop();
        out.push(b' ');
        out.extend_from_slice(place.time_ns.to_string().as_bytes());
        out.push(b'\n');
        Ok(Line { bytes: start..out.len(), series, time_ns: place.time_ns })
    }
}

impl<'a> Found<'_, 'a> {
    fn value(&mut self, field: Field, value: Raw<'a>) {
        if value == Raw::Word("null") || field == Field::Kind {
            return;
        }
        if let (Some(tag), Raw::Text(text)) = (tag_of(field), value) {
            self.tags[tag] = Some(text);
            return;
        }
        let is_number = matches!(
            field.info().field_type,
            FieldType::Date | FieldType::Long | FieldType::Double | FieldType::Boolean
        );
        if !self.texts && !is_number {
            return;
        }
        let before = self.fields.len();
        self.fields.extend_from_slice(field.info().path.as_bytes());
        self.fields.push(b'=');
        match self.typed(field, value) {
            Some(whole) => {
                self.fields.push(b',');
                self.cut += u32::from(!whole);
            }
            None => {
                self.fields.truncate(before);
                self.cut += 1;
            }
        }
    }

    /// Writes a value as the registry's type: is it whole? `None` if it is not of the type.
    fn typed(&mut self, field: Field, value: Raw<'a>) -> Option<bool> {
        match (field.info().field_type, value) {
            (FieldType::Date, Raw::Text(text)) => {
                let time = match field {
                    Field::Timestamp => self.event.time,
                    _ => Timestamp::parse_rfc3339(&unescaped(text), 0)?,
                };
                self.integer(&time.nanos().to_string());
            }
            (FieldType::Long, Raw::Word(number)) => {
                let whole: i64 = number.parse().ok()?;
                if field == Field::HttpResponseStatusCode {
                    self.tags[STATUS] = status_class(whole);
                }
                self.integer(number);
            }
            (FieldType::Double, Raw::Word(number)) => {
                number.parse().ok().filter(|number: &f64| number.is_finite())?;
                self.fields.extend_from_slice(number.as_bytes());
            }
            (FieldType::Boolean, Raw::Word(word @ ("true" | "false"))) => {
                self.fields.extend_from_slice(word.as_bytes());
            }
            (FieldType::Keyword | FieldType::Text | FieldType::Ip, Raw::Text(text)) => {
                return Some(string_field(text, self.fields));
            }
            // A list or an object is held as its JSON, a number in place of a text as it is written.
            (
                FieldType::Keyword | FieldType::Text | FieldType::Ip | FieldType::Flattened,
                Raw::Nested(text) | Raw::Word(text),
            ) => {
                return Some(text_field(text, self.fields));
            }
            _ => return None,
        }
        Some(true)
    }

    fn integer(&mut self, number: &str) {
        self.fields.extend_from_slice(number.as_bytes());
        self.fields.push(b'i');
    }
}

fn tag_of(field: Field) -> Option<usize> {
    TAGS.iter().position(|(_, of)| *of == Some(field))
}

fn status_class(status: i64) -> Option<&'static str> {
    const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];
    let class = usize::try_from(status / 100).ok()?.checked_sub(1)?;
    CLASSES.get(class).copied()
}

#[cfg(test)]
mod tests;
