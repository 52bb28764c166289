//! A line of a container, as Docker's `json-file` driver wraps it: `{"log":"…\n","stream":"stdout","time":"…"}`
//! (<https://docs.docker.com/engine/logging/drivers/json-file/>), with `attrs` where the driver is told to.

use super::{Member, Writer, read, time};
use crate::emit::Emit;
use crate::formats::{LogEvent, plain};
use crate::json::{Cursor, Json, JsonStr, MOST_DEPTH, member};
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
    /// Emits the event of the line: what a logger wrote as JSON is read as such.
    pub fn emit(&self, event: LogEvent<'_>, emit: &mut Emit<'_>) {
        let text = self.log.text();
        let wrapped = time::read(&Json::String(self.time), event.zone_seconds);
        let line = LogEvent {
            message: text.trim_end_matches(['\n', '\r']),
            time: wrapped.unwrap_or(event.time),
            options: None,
            ..event
        };
        let (mut fields, kind, has_time) = match of_json(line) {
            Some((fields, kind)) => {
                let has_time = fields.has(Field::Timestamp);
                (fields, kind, has_time)
            }
            // What a line of text says of its time may lack the zone.
            None => (plain::read(line), Kind::Log, false),
        };
        if let Some(time) = wrapped.filter(|_| !has_time) {
            fields.set(Field::Timestamp, time);
        }
        self.set_free(&mut fields);
        emit.event(kind, fields);
    }

    /// Puts what stands around the line among what stands in it, whose own names go first.
    fn set_free(&self, fields: &mut Fields<'_>) {
        let mut json = match fields.get(Field::FreeFields) {
            Some(Value::Json(json)) => json.clone().into_owned(),
            _ => "{}".to_string(),
        };
        let stream = format!("\"{}\"", self.stream);
        for (name, value) in [("stream", Some(&*stream)), ("attrs", self.attributes)] {
            if let Some(value) = value.filter(|_| member(Cursor::new(&json, MOST_DEPTH), name).is_none()) {
                json.truncate(json.len() - 1);
                let comma = if json.ends_with('{') { "" } else { "," };
                json.push_str(&format!("{comma}\"{name}\":{value}}}"));
            }
        }
        fields.set(Field::FreeFields, Value::Json(json.into()));
    }
}

fn of_json(line: LogEvent<'_>) -> Option<(Fields<'_>, Kind)> {
    let is_object = line.message.starts_with('{');
    is_object.then(|| read(line.message, line.json_depth, Writer::Any, line.zone_seconds).ok()).flatten()
}
