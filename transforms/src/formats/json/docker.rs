//! A line of a container, as Docker's `json-file` driver wraps it: `{"log":"…\n","stream":"stdout","time":"…"}`
//! (<https://docs.docker.com/engine/logging/drivers/json-file/>), with `attrs` where the driver is told to.

use super::{Member, time};
use crate::formats::{LogEvent, plain};
use crate::json::{Json, JsonStr};
use crate::scan::free_fields::FreeFields;
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};

/// A wrapped line.
pub(super) struct Wrapped<'a> {
    log: JsonStr<'a>,
    stream: &'a str,
    time: JsonStr<'a>,
    attributes: Option<&'a str>,
}

/// The wrapped line, if the object is nothing else.
pub(super) fn unwrap<'a>(members: &'a [Member<'_>]) -> Option<Wrapped<'a>> {
    if !(3..=4).contains(&members.len()) {
        return None;
    }
    let (mut log, mut stream, mut time, mut attributes) = (None, None, None, None);
    for Member { key, value, .. } in members {
        match (key.raw(), value) {
            ("log", Json::String(text)) => log = Some(*text),
            ("stream", Json::String(text)) if matches!(text.raw(), "stdout" | "stderr") => {
                stream = Some(text.raw());
            }
            ("time", Json::String(text)) => time = Some(*text),
            ("attrs", Json::Object(raw)) => attributes = Some(&**raw),
            _ => return None,
        }
    }
    Some(Wrapped { log: log?, stream: stream?, time: time?, attributes })
}

impl Wrapped<'_> {
    /// The event of the line.
    pub fn read(&self, event: LogEvent<'_>) -> (Fields<'static>, Kind) {
        let text = self.log.text();
        let wrapped = time::read(&Json::String(self.time), event.zone_seconds);
        let line = LogEvent {
            message: text.trim_end_matches(['\n', '\r']),
            time: wrapped.unwrap_or(event.time),
            options: None,
            ..event
        };
        let mut fields = Fields::new();
        fields.take_owned(&plain::read(line));
        // What the line itself says of its time may lack the zone.
        if let Some(time) = wrapped {
            fields.set(Field::Timestamp, time);
        }
        let mut free = FreeFields::default();
        free.add("stream", self.stream);
        free.set(&mut fields);
        if let (Some(attributes), Some(Value::Json(free))) = (self.attributes, fields.get(Field::FreeFields))
        {
            let json = format!("{},\"attrs\":{attributes}}}", free.trim_end_matches('}'));
            fields.set(Field::FreeFields, Value::Json(json.into()));
        }
        (fields, Kind::Log)
    }
}
