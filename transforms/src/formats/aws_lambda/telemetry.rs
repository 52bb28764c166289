//! The platform's lines as JSON, `{"time":"…","type":"platform.report","record":{…}}`, and the records of the Telemetry
//! API, which wrap a function's lines the same way
//! (<https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html>).

use super::platform::{Line, Step};
use super::{application, fault};
use crate::formats::json::{self, Writer};
use crate::formats::{LogEvent, Refusal};
use crate::json::{Cursor, Invalid, Json, JsonStr, member};
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Value;
use catchwater_schemas::time::Timestamp;
use std::borrow::Cow;

/// The three members of such an object.
#[derive(Default)]
struct Envelope<'a> {
    time: JsonStr<'a>,
    kind: JsonStr<'a>,
    /// Before the record.
    record: Option<Cursor<'a>>,
}

/// Is this surely one?
pub(super) fn is_sure(message: &str) -> bool {
    let mut cursor = Cursor::new(message, crate::json::MOST_DEPTH);
    let mut envelope = Envelope::default();
    // One that is cut off within its record is one too: it is refused as such.
    let _ = envelope.read(&mut cursor);
    envelope.is_of_lambda()
}

/// Reads one; `None` if it is another kind of object, or no JSON.
pub(super) fn read(event: LogEvent<'_>) -> Result<Option<Line<'_>>, Refusal> {
    let mut cursor = Cursor::new(event.message, event.json_depth);
    let mut envelope = Envelope::default();
    let read = envelope.read(&mut cursor);
    if !envelope.is_of_lambda() {
        return Ok(None);
    }
    match read {
        Ok(true) => (),
        Ok(false) => return Ok(None),
        Err(Invalid::TooDeep(_)) => return Err(Refusal("json_too_deep")),
        Err(Invalid::Syntax(_)) => return Err(Refusal("platform_line_cut")),
    }
    let is_of_function = matches!(envelope.kind.raw(), "function" | "extension");
    let mut line = Line { is_of_function, step: step_of(envelope.kind.raw()), ..Line::default() };
    if let Some(record) = envelope.record {
        match record.peek() {
            _ if is_of_function => function(&mut line, record, event)?,
            b'{' => platform(&mut line, record)?,
            b'"' => told(&mut line, record)?,
            _ => return Ok(None),
        }
    }
    line.fields.set(Field::EventAction, envelope.kind);
    if let Some(time) = Timestamp::parse_rfc3339(envelope.time.raw(), 0) {
        line.fields.set(Field::Timestamp, time);
    }
    line.conclude();
    if line.step.is_some() && line.request_id.is_empty() {
        return Err(Refusal("no_request_id"));
    }
    Ok(Some(line))
}

impl<'a> Envelope<'a> {
    /// `false` for an object that has other members.
    fn read(&mut self, cursor: &mut Cursor<'a>) -> Result<bool, Invalid> {
        cursor.begin_object()?;
        while let Some(key) = cursor.next_key()? {
            match key.raw() {
                "time" if cursor.peek() == b'"' => self.time = cursor.string()?,
                "type" if cursor.peek() == b'"' => self.kind = cursor.string()?,
                "record" => {
                    self.record = Some(cursor.clone());
                    cursor.skip()?;
                }
                _ => return Ok(false),
            }
        }
        cursor.end()?;
        Ok(true)
    }

    fn is_of_lambda(&self) -> bool {
        let kind = self.kind.raw();
        let known = kind.starts_with("platform.") || matches!(kind, "function" | "extension");
        known && !self.time.is_empty() && self.record.is_some()
    }
}

fn step_of(kind: &str) -> Option<Step> {
    Some(match kind {
        "platform.start" => Step::Start,
        "platform.runtimeDone" => Step::Done,
        "platform.end" => Step::End,
        "platform.report" => Step::Report,
        _ => return None,
    })
}

/// What the platform says.
fn platform<'a>(line: &mut Line<'a>, mut cursor: Cursor<'a>) -> Result<(), Invalid> {
    cursor.begin_object()?;
    while let Some(key) = cursor.next_key()? {
        let start = cursor.clone();
        let value = cursor.value()?;
        match (key.raw(), &value) {
            ("requestId", Json::String(text)) => line.request_id = text.text(),
            ("status", Json::String(text)) => line.status(text.raw()),
            ("version" | "functionVersion", Json::String(text)) => line.fields.set(Field::FaasVersion, *text),
            ("functionName", Json::String(text)) => line.fields.set(Field::FaasName, *text),
            ("errorType", Json::String(text)) => line.fields.set(Field::ErrorType, *text),
            ("metrics", Json::Object(_)) => metrics(line, start)?,
            ("tracing", Json::Object(_)) => tracing(line, start),
            (_, Json::Null) => (),
            (name, _) => keep(line, name, start)?,
        }
    }
    Ok(())
}

fn metrics<'a>(line: &mut Line<'a>, mut cursor: Cursor<'a>) -> Result<(), Invalid> {
    cursor.begin_object()?;
    while let Some(key) = cursor.next_key()? {
        let start = cursor.clone();
        match cursor.value()? {
            Json::Number(number) => line.measure(key.raw(), number),
            Json::Null => (),
            _ => keep(line, key.raw(), start)?,
        }
    }
    Ok(())
}

/// `{"spanId":"…","type":"X-Amzn-Trace-Id","value":"Root=1-…;Parent=…;Sampled=1"}`
fn tracing<'a>(line: &mut Line<'a>, cursor: Cursor<'a>) {
    if let Some(Json::String(span)) = member(cursor.clone(), "spanId").filter(|s| *s != empty()) {
        line.fields.set(Field::SpanId, span);
    }
    let value = member(cursor, "value").and_then(|value| value.string());
    let root = value.and_then(|value| root_of(value.raw()));
    if let Some(root) = root {
        line.fields.set(Field::TraceId, Value::Escaped(root));
    }
}

fn empty() -> Json<'static> {
    Json::String(JsonStr::default())
}

/// The trace in a header `Root=…;Parent=…;Sampled=1`
/// (<https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader>).
pub(super) fn root_of(header: &str) -> Option<&str> {
    let root = header.split(';').find_map(|part| part.strip_prefix("Root="))?;
    let valid = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    (!root.is_empty() && root.bytes().all(valid)).then_some(root)
}

fn keep(line: &mut Line<'_>, name: &str, mut value: Cursor<'_>) -> Result<(), Invalid> {
    line.free.insert(name.to_string(), value.raw()?.into_owned());
    Ok(())
}

/// What the platform says in words, as the Logs API did: `platform.fault`.
fn told<'a>(line: &mut Line<'a>, mut cursor: Cursor<'a>) -> Result<(), Invalid> {
    let text = cursor.string()?;
    if let Some(fault) = fault::read(&text.text()) {
        line.request_id = Cow::Owned(fault.request_id.to_string());
        line.fields.take_owned(&fault.into_fields(""));
    }
    line.fields.set(Field::Message, text);
    Ok(())
}

/// What the function or an extension wrote: a text, or an object of its logger.
fn function<'a>(line: &mut Line<'a>, mut cursor: Cursor<'a>, event: LogEvent<'_>) -> Result<(), Refusal> {
    if cursor.peek() == b'"' {
        let text = cursor.string()?.text();
        line.fields.take_owned(&application::text(LogEvent { message: &text, ..event }).fields);
    } else if cursor.peek() == b'{' {
        let before = cursor.rest();
        cursor.skip()?;
        let record = &before[..before.len() - cursor.rest().len()];
        line.fields = json::read(record, event.json_depth, Writer::Lambda, event.zone_seconds)?.0;
        if let Some(Value::Json(free)) = line.fields.get(Field::FreeFields).cloned() {
            line.fields.remove(Field::FreeFields);
            line.free.insert("record".to_string(), free.into_owned());
        }
    } else {
        keep(line, "record", cursor)?;
    }
    if let Some(id) = line.fields.text(Field::AwsRequestId) {
        line.request_id = Cow::Owned(id.into_owned());
    }
    Ok(())
}
