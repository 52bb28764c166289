//! One event as sinks see it: its JSON, and the few values that they route by.

use crate::id::EventId;
use crate::time::Timestamp;
use serde::Deserialize;
use std::borrow::Cow;
use std::fmt;

/// What an event tells of.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Who asked which service what.
    ServiceQuery,
    /// PUT, DELETE, COPY or MOVE of an object between buckets or paths.
    FileMove,
    /// A PREMIS event.
    Preservation,
    /// Anything else.
    Log,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 4] = [Kind::ServiceQuery, Kind::FileMove, Kind::Preservation, Kind::Log];

    /// The name in `catchwater.kind`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::ServiceQuery => "service_query",
            Kind::FileMove => "file_move",
            Kind::Preservation => "preservation",
            Kind::Log => "log",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An event: one line of JSON and what was read of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event<'a> {
    /// The whole event, one JSON object without line break.
    pub json: &'a str,
    /// `event.id`.
    pub id: EventId,
    /// `catchwater.revision`.
    pub revision: u64,
    /// `catchwater.kind`.
    pub kind: Kind,
    /// `@timestamp`.
    pub time: Timestamp,
    /// `service.name`.
    pub service: Option<Cow<'a, str>>,
    /// `catchwater.who`.
    pub who: Option<Cow<'a, str>>,
}

/// A line of an event record is no event of a layout that this version reads.
#[derive(Debug, thiserror::Error)]
pub enum NotAnEvent {
    /// No JSON, or a part is missing or of another type.
    #[error("no event: {0}")]
    Json(#[from] serde_json::Error),
    /// The id or the time is malformed.
    #[error("no event: {0} is malformed")]
    Malformed(&'static str),
    /// Written by a version whose layout is too old or too new.
    #[error("event layout {0} is not readable by this version, which reads {current} and the one before", current = crate::SCHEMA_VERSION)]
    Layout(u64),
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(rename = "@timestamp", borrow)]
    timestamp: Cow<'a, str>,
    #[serde(borrow)]
    event: EventHead<'a>,
    #[serde(borrow)]
    catchwater: CatchwaterHead<'a>,
    #[serde(borrow)]
    service: Option<ServiceHead<'a>>,
}

#[derive(Deserialize)]
struct EventHead<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
}

#[derive(Deserialize)]
struct CatchwaterHead<'a> {
    schema: u64,
    revision: u64,
    kind: Kind,
    #[serde(borrow, default, deserialize_with = "optional_text")]
    who: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct ServiceHead<'a> {
    #[serde(borrow, default, deserialize_with = "optional_text")]
    name: Option<Cow<'a, str>>,
}

/// `Option<Cow<str>>` borrows only through a newtype: serde's own implementation always owns.
fn optional_text<'de: 'a, 'a, D: serde::Deserializer<'de>>(d: D) -> Result<Option<Cow<'a, str>>, D::Error> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    Ok(Option::<Text<'a>>::deserialize(d)?.map(|t| t.0))
}

impl<'a> Event<'a> {
    /// Reads one line of an event record; the whole line is checked to be JSON.
    pub fn read(json: &'a str) -> Result<Self, NotAnEvent> {
        let head: Head<'a> = serde_json::from_str(json)?;
        let layout = head.catchwater.schema;
        if layout > crate::SCHEMA_VERSION || layout + 1 < crate::SCHEMA_VERSION {
            return Err(NotAnEvent::Layout(layout));
        }
        Ok(Self {
            json,
            id: head.event.id.parse().map_err(|_| NotAnEvent::Malformed("event.id"))?,
            revision: head.catchwater.revision,
            kind: head.catchwater.kind,
            time: Timestamp::parse_rfc3339(&head.timestamp, 0).ok_or(NotAnEvent::Malformed("@timestamp"))?,
            service: head.service.and_then(|s| s.name),
            who: head.catchwater.who,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"@timestamp":"2020-01-01T00:00:00.000Z","service":{"name":"cat\"alogue"},"event":{"id":"0123456789abcdef0123456789abcdef-2","action":"x"},"catchwater":{"schema":1,"revision":3,"kind":"file_move","who":"bob"},"file":{"size":1}}"#;

    #[test]
    fn reads_the_keys_that_sinks_route_by() {
        let event = Event::read(LINE).unwrap();
        assert_eq!((event.revision, event.kind, event.id.ordinal), (3, Kind::FileMove, 2));
        assert_eq!(event.service.as_deref(), Some("cat\"alogue"));
        assert!(matches!(event.who, Some(Cow::Borrowed("bob"))));
        assert_eq!(event.json, LINE);
    }

    #[test]
    fn says_what_is_wrong() {
        for (from, to, message) in [
            ("\"schema\":1", "\"schema\":9", "event layout 9"),
            ("abcdef-2", "abcdef-", "event.id"),
            ("2020-01-01T", "2020-01-41T", "@timestamp"),
            ("\"revision\":3,", "", "revision"),
            ("{\"size\":1}}", "{\"size\":1}", "EOF"),
        ] {
            let broken = LINE.replace(from, to);
            let error = Event::read(&broken).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
