//! What kind of logger wrote the object, as far as its keys mean something else by it; and lines of HTTP servers.

use super::Member;
use super::http;
use crate::json::{Cursor, Invalid, Json, MOST_DEPTH, member};
use crate::scan::{request_line, url};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use std::borrow::Cow;

/// What the members together tell of their writer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::formats) struct Shape {
    /// MongoDB: `"t":{"$date":…}` beside a letter in `s`.
    pub mongo: bool,
    /// An HTTP server: a method beside a path or URL.
    pub access: bool,
    /// A function of Lambda: some keys tell of its call.
    pub lambda: bool,
    /// `name` is the logger's: Bunyan and Pino have numeric levels, Python `levelname`.
    pub name_is_logger: bool,
    /// The request stands in an object of its own.
    pub request_in_object: bool,
    /// Caddy: its logger's name.
    pub caddy: bool,
    /// Serilog's compact form: `@t`.
    pub clef: bool,
    /// .NET's own console: `LogLevel` and `Category`.
    pub dotnet: bool,
    /// Envoy: `response_flags`.
    pub envoy: bool,
    /// GELF: `short_message`.
    pub gelf: bool,
    /// logrus that tells its caller: `func` and `file`.
    pub logrus: bool,
    /// OpenTelemetry's data model: a severity and attributes or a resource.
    pub otel: bool,
    /// Python: `levelname`, or `lineno` and `process`.
    pub python: bool,
    /// Rust's tracing: a message in `fields`, beside a level or `target`.
    pub tracing: bool,
    /// Traefik: `DownstreamStatus`.
    pub traefik: bool,
}

impl Shape {
    pub(super) fn of(members: &[Member<'_>]) -> Self {
        let mut seen = Seen::default();
        let mut shape = Self::default();
        for Member { key, value, .. } in members {
            match (key.raw(), value) {
                ("t", Json::Object(raw)) => seen.mongo_time = raw.contains("\"$date\""),
                ("s", Json::String(_)) => seen.mongo_level = true,
                ("levelname", Json::String(_)) => (shape.name_is_logger, shape.python) = (true, true),
                ("lineno", Json::Number(_)) => shape.python = true,
                ("level", Json::Number(_)) => shape.name_is_logger = true,
                ("LogLevel", Json::String(_)) => shape.dotnet = true,
                ("@t", Json::String(_)) => shape.clef = true,
                ("response_flags", _) => shape.envoy = true,
                ("DownstreamStatus", _) => shape.traefik = true,
                ("short_message", Json::String(_)) => shape.gelf = true,
                ("func", Json::String(_)) => seen.function = true,
                ("file", Json::String(_)) => seen.file = true,
                ("target", Json::String(_)) => seen.target = true,
                ("fields", Json::Object(raw)) => {
                    seen.fields = member(Cursor::new(raw, MOST_DEPTH), "message").is_some();
                }
                ("level", Json::String(_)) => seen.level = true,
                ("SeverityText" | "SeverityNumber" | "severity_text" | "severity_number", _) => {
                    seen.severity = true
                }
                ("attributes" | "Attributes" | "resource" | "Resource", Json::Object(_)) => {
                    seen.attributes = true
                }
                ("logger", Json::String(text)) => shape.caddy = text.raw().starts_with("http.log.access"),
                (key, Json::Object(raw)) if http::holds_request(key) => {
                    shape.request_in_object |= is_request(raw)
                }
                ("request", Json::String(text)) => {
                    let line = request_line::split(text.raw());
                    shape.access |= line.is_some_and(|line| line.version.is_some() && is_method(line.method));
                }
                (key, Json::String(text)) => match http::tells_request(key) {
                    (true, _) => seen.method |= is_method(text.raw()),
                    (_, true) => seen.target_of_request |= is_target(text.raw()),
                    _ => (),
                },
                _ => (),
            }
        }
        shape.mongo = seen.mongo_time && seen.mongo_level;
        shape.logrus = seen.function && seen.file;
        shape.tracing = seen.fields && (seen.target || seen.level);
        shape.otel = seen.severity && seen.attributes;
        shape.access |= shape.request_in_object || (seen.method && seen.target_of_request);
        shape
    }
}

/// Members that tell something only together.
#[derive(Default)]
struct Seen {
    mongo_time: bool,
    mongo_level: bool,
    method: bool,
    target_of_request: bool,
    function: bool,
    file: bool,
    target: bool,
    fields: bool,
    level: bool,
    severity: bool,
    attributes: bool,
}

/// Does an object hold a method and a target?
fn is_request(object: &str) -> bool {
    let mut cursor = Cursor::new(object, MOST_DEPTH);
    let (mut method, mut target) = (false, false);
    let mut look = || -> Result<(), Invalid> {
        cursor.begin_object()?;
        while let Some(key) = cursor.next_key()? {
            let Json::String(text) = cursor.value()? else { continue };
            match http::tells_request(key.raw()) {
                (true, _) => method |= is_method(text.raw()),
                (_, true) => target |= is_target(text.raw()),
                _ => (),
            }
        }
        Ok(())
    };
    look().is_ok() && method && target
}

fn is_target(text: &str) -> bool {
    text.starts_with('/') || text.contains("://") || text.starts_with("\\/")
}

/// RFC 9110, section 9, with PATCH of RFC 5789; in capitals or, as some frameworks write them, small.
pub(in crate::formats) fn is_method(text: &str) -> bool {
    ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE"]
        .iter()
        .any(|method| method.eq_ignore_ascii_case(text))
}

/// Completes what tells of a request, and says the event's kind.
pub(in crate::formats) fn conclude(fields: &mut Fields<'_>, shape: &Shape) -> Kind {
    if shape.access {
        split_target(fields);
    }
    let has_target = [Field::UrlPath, Field::UrlOriginal, Field::UrlDomain].iter().any(|f| fields.has(*f));
    let is_answered = fields.has(Field::HttpRequestMethod) && fields.has(Field::HttpResponseStatusCode);
    // What an application says while it works on a request is no request of its own.
    if !is_answered || !has_target {
        return Kind::Log;
    }
    if !fields.has(Field::EventCategory) {
        fields.set(Field::EventCategory, Value::Json("[\"web\"]".into()));
    }
    if !fields.has(Field::EventType) {
        fields.set(Field::EventType, Value::Escaped("access"));
    }
    if !fields.has(Field::EventOutcome)
        && let Some(Value::Number(status)) = fields.get(Field::HttpResponseStatusCode)
    {
        let failed = status.len() == 3 && matches!(status.as_bytes()[0], b'4' | b'5');
        fields.set(Field::EventOutcome, Value::Escaped(if failed { "failure" } else { "success" }));
    }
    Kind::ServiceQuery
}

/// Splits a target that came whole.
fn split_target(fields: &mut Fields<'_>) {
    let Some(target) = fields.text(Field::UrlOriginal).map(Cow::into_owned) else { return };
    let Some(url) = url::split(&target) else { return };
    let parts = [
        (Field::UrlPath, url.path),
        (Field::UrlQuery, url.query),
        (Field::UrlDomain, url.domain),
        (Field::UrlScheme, url.scheme),
    ];
    for (field, part) in parts {
        if let Some(part) = part.filter(|_| !fields.has(field)) {
            fields.set(field, part.to_string());
        }
    }
    if let Some(port) = url.port.filter(|_| !fields.has(Field::UrlPort)) {
        fields.set(Field::UrlPort, u64::from(port));
    }
    fields.remove(Field::UrlOriginal);
}
