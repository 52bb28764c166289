//! A line of a container, as Docker's `json-file` driver wraps it: `{"log":"…\n","stream":"stdout","time":"…"}`
//! (<https://docs.docker.com/engine/logging/drivers/json-file/>), with `attrs` where the driver is told to.

use super::{Member, time};
use crate::emit::Emit;
use crate::formats::{LogEvent, RecordState, plain};
use crate::json::{Json, JsonStr};
use crate::scan::carried;
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
    /// Emits the event of the line, by the format that is sure of it. The line's own time goes before the driver's.
    pub fn emit(&self, state: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) {
        let text = self.log.text();
        let written = time::read(&Json::String(self.time), event.zone_seconds);
        let time = written.unwrap_or(event.time);
        let line = LogEvent { message: text.trim_end_matches(['\n', '\r']), time, options: None, ..event };
        let mut around = Fields::new();
        around.set(Field::Timestamp, time);
        around.set(Field::LogIostream, Value::Escaped(self.stream));
        if let Some(attributes) = self.attributes {
            around.set(Field::FreeFields, Value::Json(format!("{{\"attrs\":{attributes}}}").into()));
        }
        if !line.message.is_empty() && carried::read(state, "", line, &around, emit) {
            return;
        }
        let mut fields = plain::read(line);
        if line.message.is_empty() {
            fields.remove(Field::Message);
        }
        around.iter().for_each(|(field, value)| fields.set(field, value.clone()));
        emit.event(Kind::Log, fields);
    }
}
