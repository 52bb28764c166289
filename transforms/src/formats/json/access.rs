//! What kind of logger wrote the object, as far as its keys mean something else by it; and lines of HTTP servers.

use super::Member;
use super::names::tells_request;
use crate::json::Json;
use crate::scan::url;
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use std::borrow::Cow;

/// What the members together tell of their writer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// MongoDB: `"t":{"$date":…}` beside a letter in `s`.
    pub mongo: bool,
    /// An HTTP server: a method beside a path or URL.
    pub access: bool,
    /// A function of Lambda: some keys tell of its call.
    pub lambda: bool,
    /// `name` is the logger's: Bunyan and Pino have numeric levels, Python `levelname`.
    pub name_is_logger: bool,
}

impl Shape {
    pub fn of(members: &[Member<'_>]) -> Self {
        let (mut mongo_time, mut mongo_level, mut method, mut target) = (false, false, false, false);
        let mut shape = Self::default();
        for Member { key, value, .. } in members {
            match (key.raw(), value) {
                ("t", Json::Object(raw)) => mongo_time = raw.contains("\"$date\""),
                ("s", Json::String(_)) => mongo_level = true,
                ("level", Json::Number(_)) | ("levelname", Json::String(_)) => shape.name_is_logger = true,
                (key, Json::String(text)) => match tells_request(key) {
                    (true, _) => method |= is_method(text.raw()),
                    (_, true) => target |= text.raw().starts_with('/') || text.raw().contains("://"),
                    _ => (),
                },
                _ => (),
            }
        }
        shape.mongo = mongo_time && mongo_level;
        shape.access = method && target;
        shape
    }
}

/// RFC 9110, section 9, with PATCH of RFC 5789; in capitals or, as some frameworks write them, small.
fn is_method(text: &str) -> bool {
    ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE"]
        .iter()
        .any(|method| method.eq_ignore_ascii_case(text))
}

/// Completes what tells of a request, and says the event's kind.
pub(super) fn conclude(fields: &mut Fields<'_>, shape: &Shape) -> Kind {
    if shape.access {
        split_target(fields);
    }
    let has_target = [Field::UrlPath, Field::UrlOriginal, Field::UrlDomain].iter().any(|f| fields.has(*f));
    if !fields.has(Field::HttpRequestMethod) || !has_target {
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
