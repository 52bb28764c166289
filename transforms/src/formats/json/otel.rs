//! OpenTelemetry's log records: names of attributes, and the file exporter's documents of many records
//! (<https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/>, `opentelemetry/proto/logs/v1/logs.proto`).

use super::access::{self, Shape};
use super::names::{self, Ecs};
use super::value;
use crate::emit::Emit;
use crate::formats::{LogEvent, Refusal};
use crate::json::{Cursor, Invalid, Json, JsonStr, MOST_DEPTH, ObjectWriter, member};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Fields;
use std::collections::HashSet;

/// Records of one document, at most: more would be an event for every few bytes.
const MOST_RECORDS: usize = 20_000;
/// Bytes of their resources' attributes, which each record repeats, at most.
const MOST_REPEATED: usize = 16 << 20;

/// The field of an attribute, by its name in the semantic conventions
/// (<https://opentelemetry.io/docs/specs/semconv/registry/attributes/>); many are ECS's.
pub(super) fn attribute(name: &str) -> Option<Field> {
    Some(match name {
        "http.method" => Field::HttpRequestMethod,
        "http.status_code" => Field::HttpResponseStatusCode,
        "http.target" | "http.url" | "url.full" => Field::UrlOriginal,
        "http.user_agent" => Field::UserAgentOriginal,
        "client.address" | "net.peer.ip" | "network.peer.address" => Field::SourceIp,
        "exception.type" => Field::ErrorType,
        "exception.message" => Field::ErrorMessage,
        "exception.stacktrace" => Field::ErrorStackTrace,
        "code.function" | "code.function.name" => Field::LogOriginFunction,
        "code.filepath" | "code.file.path" => Field::LogOriginFileName,
        "code.lineno" | "code.line.number" => Field::LogOriginFileLine,
        "thread.id" => Field::ProcessThreadId,
        "thread.name" => Field::ProcessThreadName,
        "enduser.id" => Field::UserId,
        "k8s.pod.name" => Field::OrchestratorResourceName,
        "k8s.namespace.name" => Field::OrchestratorNamespace,
        "k8s.container.name" => Field::ContainerName,
        "log.file.name" | "event.name" => return None,
        _ => match names::ecs(name)? {
            Ecs::Field(Field::Timestamp | Field::Message | Field::Tags) | Ecs::Object => return None,
            Ecs::Field(field) => field,
        },
    })
}

/// The name of a severity's number.
pub(super) fn level(number: &str) -> Option<&'static str> {
    Some(match number.parse::<u8>().ok()? {
        1..=4 => "TRACE",
        5..=8 => "DEBUG",
        9..=12 => "INFO",
        13..=16 => "WARN",
        17..=20 => "ERROR",
        21..=24 => "FATAL",
        _ => return None,
    })
}

/// Emits the records of a document of the file exporter. `false`: it holds none.
pub(super) fn emit_records(
    resources: &str,
    event: LogEvent<'_>,
    emit: &mut Emit<'_>,
) -> Result<bool, Refusal> {
    let (mut records, mut repeated) = (Vec::new(), 0);
    each(resources, |resource| {
        let of_resource = object(resource, "resource");
        let attributes = of_resource.as_deref().and_then(|object| array(object, "attributes"));
        let scopes = array(resource, "scopeLogs").or_else(|| array(resource, "instrumentationLibraryLogs"));
        each(&scopes.unwrap_or_default(), |scope| {
            let name = object(scope, "scope").and_then(|scope| text(&scope, "name"));
            each(&array(scope, "logRecords").unwrap_or_default(), |record| {
                let of_resource = attributes.as_deref().unwrap_or_default();
                repeated += of_resource.len();
                if records.len() <= MOST_RECORDS && repeated <= MOST_REPEATED {
                    records.push(read(record, of_resource, name.as_deref(), event.zone_seconds));
                }
            });
        });
    });
    if records.len() > MOST_RECORDS || repeated > MOST_REPEATED {
        return Err(Refusal("too_many_records"));
    }
    let any = !records.is_empty();
    for (fields, kind) in records {
        emit.event(kind, fields);
    }
    Ok(any)
}

fn read(record: &str, of_resource: &str, scope: Option<&str>, zone_seconds: i32) -> (Fields<'static>, Kind) {
    let (mut fields, mut free) = (Fields::new(), ObjectWriter::default());
    let mut read = Read { zone_seconds, fields: &mut fields, free: &mut free, kept: HashSet::new() };
    let mut cursor = Cursor::new(record, MOST_DEPTH);
    let _ = read.members(&mut cursor);
    read.attributes(of_resource);
    if let Some(scope) = scope.filter(|scope| !scope.is_empty() && !fields.has(Field::LogLogger)) {
        fields.set(Field::LogLogger, scope.to_string());
    }
    let shape = Shape { access: fields.has(Field::HttpRequestMethod), otel: true, ..Shape::default() };
    let kind = access::conclude(&mut fields, &shape);
    free.set(&mut fields);
    (fields, kind)
}

struct Read<'r> {
    zone_seconds: i32,
    fields: &'r mut Fields<'static>,
    free: &'r mut ObjectWriter,
    /// Names that stand among the free ones.
    kept: HashSet<String>,
}

impl Read<'_> {
    /// Keeps a free value; of one name the first, which is the record's own.
    fn keep(&mut self, key: JsonStr<'_>, json: &Json<'_>) {
        if self.kept.insert(key.text().into_owned()) {
            self.free.member(key, json);
        }
    }

    fn members(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Invalid> {
        let (mut number, mut observed) = (None, None);
        cursor.begin_object()?;
        while let Some(key) = cursor.next_key()? {
            let json = cursor.value()?;
            let field = match key.raw() {
                "timeUnixNano" => Field::Timestamp,
                "severityText" => Field::LogLevel,
                "severityNumber" => {
                    if let Json::Number(text) = &json {
                        number = level(text);
                    }
                    Field::EventSeverity
                }
                "traceId" => Field::TraceId,
                "spanId" => Field::SpanId,
                "eventName" => Field::EventAction,
                "body" => {
                    self.body(key, &json);
                    continue;
                }
                "attributes" => {
                    if let Json::Array(list) = &json {
                        self.attributes(list);
                    }
                    continue;
                }
                "observedTimeUnixNano" => {
                    observed = Some((key, json));
                    continue;
                }
                _ => {
                    self.keep(key, &json);
                    continue;
                }
            };
            self.set(field, key, &json);
        }
        // When a collector saw it tells when it happened, where the record itself does not.
        if let Some((key, json)) = observed {
            self.set(Field::Timestamp, key, &json);
        }
        if let Some(level) = number.filter(|_| !self.fields.has(Field::LogLevel)) {
            self.fields.set(Field::LogLevel, level);
        }
        Ok(())
    }

    fn set(&mut self, field: Field, key: JsonStr<'_>, json: &Json<'_>) {
        let is_open = !self.fields.has(field);
        let fitting =
            is_open.then(|| value::fit(field, json, self.zone_seconds, &Shape::default())).flatten();
        match fitting {
            Some(value) => self.fields.set(field, value.into_owned()),
            // Zero times and empty ids mean that there is none.
            None if matches!(json, Json::String(text) if matches!(text.raw(), "" | "0")) => (),
            None => self.keep(key, json),
        }
    }

    fn body(&mut self, key: JsonStr<'_>, json: &Json<'_>) {
        let Json::Object(any) = json else { return self.keep(key, json) };
        match inside(any) {
            Some(text @ Json::String(_)) => self.set(Field::Message, key, &text),
            Some(other) => self.keep(key, &other),
            None => (),
        }
    }

    /// `[{"key":"a","value":{"stringValue":"b"}}]`.
    fn attributes(&mut self, list: &str) {
        each(list, |attribute| {
            let key = match member(Cursor::new(attribute, MOST_DEPTH), "key") {
                Some(Json::String(key)) if !key.is_empty() => key,
                _ => return,
            };
            let Some(json) = object(attribute, "value") else { return };
            let Some(json) = inside(&json) else { return };
            match self::attribute(&key.text()) {
                Some(field) => self.set(field, key, &json),
                None => self.keep(key, &json),
            }
        });
    }
}

/// The value in `{"stringValue":"b"}`.
fn inside(any: &str) -> Option<Json<'_>> {
    let mut cursor = Cursor::new(any, MOST_DEPTH);
    cursor.begin_object().ok()?;
    cursor.next_key().ok()??;
    cursor.value().ok()
}

/// Calls with each object of a list.
fn each(list: &str, mut call: impl FnMut(&str)) {
    let mut cursor = Cursor::new(list, MOST_DEPTH);
    if list.is_empty() || cursor.begin_array().is_err() {
        return;
    }
    while let Ok(true) = cursor.next_element() {
        match cursor.value() {
            Ok(Json::Object(raw)) => call(&raw),
            Ok(_) => (),
            Err(_) => return,
        }
    }
}

fn object(raw: &str, name: &str) -> Option<String> {
    match member(Cursor::new(raw, MOST_DEPTH), name)? {
        Json::Object(raw) => Some(raw.into_owned()),
        _ => None,
    }
}

fn array(raw: &str, name: &str) -> Option<String> {
    match member(Cursor::new(raw, MOST_DEPTH), name)? {
        Json::Array(raw) => Some(raw.into_owned()),
        _ => None,
    }
}

fn text(raw: &str, name: &str) -> Option<String> {
    Some(member(Cursor::new(raw, MOST_DEPTH), name)?.string()?.text().into_owned())
}
