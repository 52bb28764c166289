//! Completes what a format filled in, and writes the event.
//!
//! Events of one log event are held until the format has taken it whole: a refusal or a panic after the first
//! event leaves nothing behind.

mod carrier;
mod known;

use crate::formats::Refusal;
use crate::identity::{self, Identity};
use crate::privacy::Privacy;
use crate::query::{Asked, Queries};
use crate::redact::{Redactor, Signs};
use crate::rule_error::RuleError;
use crate::trace::{Origin, Wanted};
use crate::transform::Parts;
use carrier::Carrier;
use catchwater_schemas::config::{Extractor, RoutePrivacy};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::id::{EventId, IdScope};
use catchwater_schemas::time::Timestamp;
use known::Known;

/// What stays the same for all log events of one log stream within one raw record.
#[derive(Clone)]
pub struct Lineage<'a> {
    /// AWS account that owns the log group.
    pub account: &'a str,
    /// AWS region, where it is known.
    pub region: &'a str,
    /// Log group.
    pub log_group: &'a str,
    /// Log stream.
    pub log_stream: &'a str,
    /// The four, hashed for ids.
    pub id_scope: IdScope,
    /// The route's service.
    pub service: Option<&'a str>,
    /// `catchwater.revision`.
    pub revision: u64,
    /// Keep the line as `event.original`.
    pub original: bool,
    /// The route's order of extractors, where it has one of its own.
    pub who: Option<&'a [Extractor]>,
    /// What of persons the route keeps, where that is not as for all.
    pub privacy: RoutePrivacy,
}

/// Takes the events of one log event.
pub struct Emit<'a> {
    lineage: &'a Lineage<'a>,
    stages: &'a Stages,
    format: &'static str,
    source_id: &'a str,
    time: Timestamp,
    message: &'a str,
    pending: &'a mut Pending,
    /// Events of this log event so far; held ones not counted.
    ordinal: u32,
    parse_failure: Option<&'static str>,
    truncated: bool,
    /// Where what the event is made of may hold a secret.
    signs: Signs,
    /// Of a message that another log's line carries: its format, and what the line says ([`Emit::within`]).
    carrier: Option<Carrier<'a>>,
}

/// The stages between format and event, compiled from the configuration.
#[derive(Default)]
pub struct Stages {
    /// Finds out who asked.
    pub identity: Identity,
    /// Finds out what was asked.
    pub queries: Queries,
    /// Hides secrets.
    pub redactor: Redactor,
    /// Keeps of persons what may be kept.
    pub privacy: Privacy,
}

impl Stages {
    /// Compiles what the configuration says of them. (The default is of an empty one that hides nothing.)
    pub fn new(parts: &Parts) -> Result<Self, RuleError> {
        // What is taken for a key of an API is one.
        let mut redact = parts.redact.clone();
        redact.query_parameters.extend_from_slice(&parts.who.api_keys);
        let key = parts.privacy_key.as_ref();
        Ok(Self {
            identity: Identity::new(&parts.who, key)?,
            queries: Queries::new(&parts.query, &parts.operations)?,
            redactor: Redactor::new(&redact)?,
            privacy: Privacy::new(&parts.privacy, &parts.routes, key)?,
        })
    }
}

/// A log event that a format holds back to join later ones to it: its event keeps this identity and time.
#[derive(Clone, Debug)]
pub struct Held {
    source_id: String,
    time: Timestamp,
}

/// Events of the log event at hand, written and not yet let go.
#[derive(Default)]
pub struct Pending {
    /// The events, up to the last of `ends`; the rest is room.
    bytes: Vec<u8>,
    ends: Vec<usize>,
    id: Vec<u8>,
    known: Vec<Known>,
    /// What is known of who asks.
    pub(crate) who: identity::Scratch,
    /// Where the events' values came from; only where somebody asks.
    pub(crate) trace: Wanted,
}

/// Values that a format gives all its events of one kind.
pub type Shared = &'static [(Field, Value<'static>)];

impl Pending {
    /// Forgets all.
    pub fn clear(&mut self) {
        self.ends.clear();
    }

    /// Gives memory beyond this many bytes back.
    pub(crate) fn shrink_to(&mut self, bytes: usize) {
        if self.bytes.len() > bytes {
            self.bytes = Vec::new();
        }
    }

    /// The events' JSON, in order.
    pub fn events(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        (0..self.ends.len()).map(|n| &self.bytes[n.checked_sub(1).map_or(0, |p| self.ends[p])..self.ends[n]])
    }
}

impl<'a> Emit<'a> {
    /// Takes the events of one log event: `time` is the log event's own, `message` its whole text, `source_id` what
    /// ids are made of. What is emitted stands in `pending`.
    pub fn new(
        lineage: &'a Lineage<'a>,
        stages: &'a Stages,
        format: &'static str,
        source_id: &'a str,
        time: Timestamp,
        message: &'a str,
        pending: &'a mut Pending,
    ) -> Self {
        Self {
            lineage,
            stages,
            format,
            source_id,
            time,
            message,
            pending,
            ordinal: 0,
            parse_failure: None,
            truncated: false,
            signs: stages.redactor.look(message),
            carrier: None,
        }
    }

    /// Marks the events: the expected format refused the line for this reason; the line was cut.
    pub fn marked(mut self, parse_failure: Option<&'static str>, truncated: bool) -> Self {
        self.parse_failure = parse_failure;
        self.truncated = truncated;
        self
    }

    /// What the next events are made of also stood in other log events of the record: whether one of them had the sign of
    /// a secret is not known, so all of it is looked through. The line alone decides else, for an event must come out the
    /// same whatever stands beside it.
    pub fn suspect(&mut self) {
        self.signs = Signs::of_anything();
    }

    /// Completes and writes one event. Sets what the format did not: `@timestamp`, lineage, id, who, service.
    pub fn event(&mut self, kind: Kind, fields: Fields<'_>) {
        self.event_sharing(kind, &[], fields);
    }

    /// As [`Emit::event`], with values that the event shares with all others of the format; rendered once. A field
    /// that is in `fields` too has its value there.
    pub fn event_sharing(&mut self, kind: Kind, shared: Shared, fields: Fields<'_>) {
        let id = self.lineage.id_scope.id(self.source_id, self.ordinal);
        self.ordinal += 1;
        self.write(kind, shared, fields, id, self.time);
    }

    /// Lets `content`, a format, emit the events of a message that this line carries: they have the values `around` it
    /// where they have none themselves. `false`: it refused the message or made nothing of it, and nothing is emitted.
    pub fn within(
        &mut self,
        content: &'static str,
        around: &Fields<'_>,
        parse: impl FnOnce(&mut Emit<'_>) -> Result<(), Refusal>,
    ) -> bool {
        let before = self.pending.ends.len();
        let beyond = self.carrier.map(|carrier| carrier.beyond(around));
        let around = beyond.as_ref().unwrap_or(around);
        let mut inner = Emit {
            lineage: self.lineage,
            stages: self.stages,
            format: self.format,
            source_id: self.source_id,
            time: self.time,
            message: self.message,
            pending: &mut *self.pending,
            ordinal: self.ordinal,
            parse_failure: self.parse_failure,
            truncated: self.truncated,
            signs: self.signs.clone(),
            carrier: Some(Carrier { content, around }),
        };
        let parsed = parse(&mut inner);
        let ordinal = inner.ordinal;
        if parsed.is_err() {
            self.pending.ends.truncate(before);
            return false;
        }
        self.ordinal = ordinal;
        self.pending.ends.len() > before
    }

    /// Log group of the log event.
    pub fn log_group(&self) -> &'a str {
        self.lineage.log_group
    }

    /// Do events keep the line that they are of? What is joined of many sets `event.original` itself.
    pub fn keeps_original(&self) -> bool {
        self.lineage.original
    }

    /// Holds this log event back; only for one that emits no event of its own.
    pub fn hold(&self) -> Held {
        Held { source_id: self.source_id.to_string(), time: self.time }
    }

    /// Completes and writes the event of a log event that was held back.
    pub fn held_event(&mut self, held: &Held, kind: Kind, fields: Fields<'_>) {
        let id = self.lineage.id_scope.id(&held.source_id, 0);
        self.suspect();
        self.write(kind, &[], fields, id, held.time);
    }

    fn write<'f>(
        &'f mut self,
        kind: Kind,
        shared: Shared,
        mut fields: Fields<'f>,
        id: EventId,
        time: Timestamp,
    ) {
        let Pending { bytes, ends, id: id_text, known, who, trace } = &mut *self.pending;
        let lineage = self.lineage;
        trace.look(Origin::Format, &fields);
        id_text.clear();
        id.write(id_text);
        if let Ok(id) = std::str::from_utf8(id_text) {
            fields.set(Field::EventId, Value::Escaped(id));
        }
        if let Some(carrier) = self.carrier {
            carrier.complete(shared, &mut fields);
        }
        if !fields.has(Field::Timestamp) {
            fields.set(Field::Timestamp, time);
        }
        if let Some(reason) = self.parse_failure {
            fields.set(Field::ParseFailure, reason);
        }
        if self.truncated {
            fields.set(Field::Truncated, true);
        }
        if lineage.original && !fields.has(Field::EventOriginal) {
            fields.set(Field::EventOriginal, self.message);
        }
        trace.look(Origin::Pipeline, &fields);
        let Stages { identity, queries, redactor, privacy } = self.stages;
        identity.complete(&mut fields, lineage.who, who);
        trace.look(Origin::Identity, &fields);
        let (format, line, signs) = (self.format, self.message, &self.signs);
        queries.complete(&mut fields, &Asked { lineage, format, line, redactor, signs });
        trace.look(Origin::Query, &fields);
        redactor.complete(&mut fields, signs);
        trace.look(Origin::Redaction, &fields);
        privacy.complete(&mut fields, &lineage.privacy);
        trace.look(Origin::Privacy, &fields);
        let layout = Known::find(known, self.format, kind, shared, lineage);
        let start = ends.last().copied().unwrap_or_default();
        let end = layout.write(&fields, bytes, start);
        ends.push(end);
        trace.event(&bytes[start..end], shared, lineage);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::single;
    use catchwater_schemas::SCHEMA_VERSION;
    use catchwater_schemas::event::Event;
    use catchwater_schemas::id::Scope;

    fn lineage() -> Lineage<'static> {
        let scope = Scope { account: "123456789012", region: "", log_group: "/g", log_stream: "s" };
        Lineage { revision: 3, original: true, ..single::lineage(&scope) }
    }

    #[test]
    fn completes_what_the_format_left_open_and_hides_secrets() {
        let (lineage, mut pending) = (lineage(), Pending::default());
        let stages = Stages::new(&Parts::default()).unwrap();
        let line = "GET /?token=x \"a\"";
        let time = Timestamp::from_nanos(1);
        let mut emit =
            Emit::new(&lineage, &stages, "f", "7", time, line, &mut pending).marked(Some("why"), true);
        let mut fields = Fields::new();
        fields.set(Field::UserName, "bob");
        fields.set(Field::AwsLogStream, "own");
        fields.set(Field::UrlQuery, "token=x");
        emit.event(Kind::Log, fields);
        let event: serde_json::Value = serde_json::from_slice(pending.events().next().unwrap()).unwrap();
        let expected = serde_json::json!({
            "@timestamp": "1970-01-01T00:00:00.000000001Z",
            "service": {"name": "/g"},
            "event": {
                "id": lineage.id_scope.id("7", 0).to_string(),
                "kind": "event",
                "original": "GET /?token=REDACTED \"a\"",
            },
            "catchwater": {
                "schema": SCHEMA_VERSION, "revision": 3, "kind": "log", "format": "f", "who": "bob",
                "who_source": "user", "who_class": "person",
                "parse_failure": "why", "truncated": true,
            },
            "cloud": {"account": {"id": "123456789012"}},
            "url": {"query": "token=REDACTED"},
            "user": {"name": "bob"},
            "aws": {"cloudwatch": {"log_group": "/g", "log_stream": "own"}},
        });
        assert_eq!(event, expected);
    }

    #[test]
    fn a_held_log_event_keeps_its_identity_and_time() {
        let (lineage, stages, mut pending) = (lineage(), Stages::default(), Pending::default());
        let first = Timestamp::from_nanos(0);
        let held = Emit::new(&lineage, &stages, "f", "first", first, "", &mut pending).hold();
        let second = Timestamp::from_nanos(5);
        let mut emit = Emit::new(&lineage, &stages, "f", "second", second, "", &mut pending);
        emit.held_event(&held, Kind::Log, Fields::new());
        emit.event(Kind::Log, Fields::new());
        emit.event(Kind::Log, Fields::new());
        let texts: Vec<&str> = pending.events().map(|e| std::str::from_utf8(e).unwrap()).collect();
        let events: Vec<Event<'_>> = texts.iter().map(|t| Event::read(t).unwrap()).collect();
        let ids = ["first", "second"].map(|source| lineage.id_scope.id(source, 0));
        assert_eq!((events[0].id, events[0].time), (ids[0], first));
        assert_eq!((events[1].id, events[1].time), (ids[1], second));
        assert_eq!((events[2].id.digest, events[2].id.ordinal), (ids[1].digest, 1));
    }

    #[test]
    fn parts_of_earlier_lines_are_looked_through_though_the_last_line_has_no_sign() {
        let lineage = lineage();
        let stages = Stages { redactor: Redactor::new(&Default::default()).unwrap(), ..Stages::default() };
        let said = |emit: fn(&mut Emit<'_>, Fields<'_>)| {
            let mut pending = Pending::default();
            let mut fields = Fields::new();
            fields.set(Field::ErrorMessage, "key AKIAIOSFODNN7EXAMPLE");
            let time = Timestamp::from_nanos(0);
            emit(&mut Emit::new(&lineage, &stages, "f", "1", time, "no sign", &mut pending), fields);
            let event: serde_json::Value = serde_json::from_slice(pending.events().next().unwrap()).unwrap();
            event["error"]["message"].as_str().unwrap().to_string()
        };
        let held = said(|emit, fields| {
            let held = emit.hold();
            emit.held_event(&held, Kind::Log, fields);
        });
        let suspect = said(|emit, fields| {
            emit.suspect();
            emit.event(Kind::Log, fields);
        });
        assert_eq!((held.as_str(), suspect.as_str()), ("key REDACTED", "key REDACTED"));
    }
}
