//! Where each value of an event came from, for those who ask why an event is as it is. Nothing is traced unless a
//! [`Pending`](crate::emit::Pending) is told to.

use crate::emit::{Lineage, Shared};
use crate::formats::Refusal;
use catchwater_schemas::field::{FIELDS, Field};
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::layout;
use std::collections::BTreeMap;

/// What set a value or changed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The format, from the line.
    Format,
    /// The pipeline: the id, versions, the log event's own time, marks.
    Pipeline,
    /// Account, log group and log stream of the log event.
    LogStream,
    /// The route of the configuration.
    Route,
    /// The stage that finds out who asked.
    Identity,
    /// The stage that finds out what was asked.
    Query,
    /// The stage that hides secrets.
    Redaction,
    /// The stage that keeps of persons what may be kept.
    Privacy,
}

impl Origin {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Origin::Format => "format",
            Origin::Pipeline => "pipeline",
            Origin::LogStream => "log stream",
            Origin::Route => "route",
            Origin::Identity => "identity",
            Origin::Query => "query",
            Origin::Redaction => "redaction",
            Origin::Privacy => "privacy",
        }
    }
}

/// A field of an event, in the registry's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracedField {
    /// The field.
    pub field: Field,
    /// What set its value, and then what changed it.
    pub origins: Vec<Origin>,
    /// The last of them took the value away.
    pub removed: bool,
}

/// An event, and where its values came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracedEvent {
    /// Its JSON.
    pub json: String,
    /// Its fields, and those that were taken away.
    pub fields: Vec<TracedField>,
}

/// A log event, or several that were joined, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The id of the (first) log event.
    pub source_id: String,
    /// Its text.
    pub message: String,
    /// The format that was asked.
    pub asked: &'static str,
    /// Why it refused; `plain` then took it.
    pub refused: Option<Refusal>,
    /// The events; none where it was a header, or belongs to the event of another.
    pub events: Vec<TracedEvent>,
}

/// A trace where somebody wants one; else each call costs a branch.
#[derive(Default)]
pub(crate) struct Wanted(Option<Box<Trace>>);

/// The trace of all log events since it began.
#[derive(Default)]
struct Trace {
    entries: Vec<Entry>,
    /// Index of the entry whose events come now.
    at: usize,
    /// Fields of the event that is being made: their values so far, and what set them.
    values: BTreeMap<Field, Vec<u8>>,
    origins: BTreeMap<Field, Vec<Origin>>,
}

impl Wanted {
    /// A trace that is wanted.
    pub(crate) fn new() -> Self {
        Self(Some(Box::default()))
    }

    /// All entries, in order.
    pub(crate) fn take(&mut self) -> Vec<Entry> {
        self.0.take().map(|trace| trace.entries).unwrap_or_default()
    }

    /// A format is asked for a log event; again, with the `refusal` of the first, if that refused it.
    #[inline]
    pub(crate) fn ask(&mut self, id: &str, message: &str, format: &'static str, refusal: Option<Refusal>) {
        if let Some(trace) = &mut self.0 {
            trace.ask(id, message, format, refusal);
        }
    }

    /// A format ends what it held back: the events are of the last log event that it was asked for.
    #[inline]
    pub(crate) fn end(&mut self, format: &'static str) {
        if let Some(trace) = &mut self.0 {
            trace.end(format);
        }
    }

    /// Looks at the fields after `origin` had its turn.
    #[inline]
    pub(crate) fn look(&mut self, origin: Origin, fields: &Fields<'_>) {
        if let Some(trace) = &mut self.0 {
            trace.look(origin, fields);
        }
    }

    /// Ends an event: `json` is all of it, with the values that its log stream's events share.
    #[inline]
    pub(crate) fn event(&mut self, json: &[u8], shared: Shared, lineage: &Lineage<'_>) {
        if let Some(trace) = &mut self.0 {
            trace.event(json, shared, lineage);
        }
    }
}

impl Trace {
    #[cold]
    fn ask(&mut self, id: &str, message: &str, format: &'static str, refusal: Option<Refusal>) {
        match (refusal, self.entries.last_mut()) {
            (Some(_), Some(entry)) => {
                entry.refused = refusal;
                entry.events.clear();
            }
            _ => self.entries.push(Entry {
                source_id: id.to_string(),
                message: message.to_string(),
                asked: format,
                refused: None,
                events: Vec::new(),
            }),
        }
        self.at = self.entries.len() - 1;
    }

    #[cold]
    fn end(&mut self, format: &'static str) {
        if let Some(last) = self.entries.iter().rposition(|entry| entry.asked == format) {
            self.at = last;
        }
    }

    #[cold]
    fn look(&mut self, origin: Origin, fields: &Fields<'_>) {
        let now: BTreeMap<Field, Vec<u8>> = fields.iter().map(|(f, v)| (f, rendered(f, v))).collect();
        let changed = now.iter().filter(|(field, value)| self.values.get(field) != Some(value));
        let gone = self.values.keys().filter(|field| !now.contains_key(field));
        for field in changed.map(|(field, _)| field).chain(gone) {
            self.origins.entry(*field).or_default().push(origin);
        }
        self.values = now;
    }

    #[cold]
    fn event(&mut self, json: &[u8], shared: Shared, lineage: &Lineage<'_>) {
        let json = String::from_utf8_lossy(json).into_owned();
        let event: serde_json::Value = serde_json::from_str(&json).unwrap_or_default();
        let traced = (0..FIELDS.len()).map(Field::from_index).filter_map(|field| {
            let is_there = event.pointer(&pointer(field)).is_some();
            let origins = match self.origins.remove(&field) {
                Some(mut origins) if is_there && !self.values.contains_key(&field) => {
                    // The route's service, where the stages had taken another away.
                    origins.push(shared_by(field, shared, lineage));
                    origins
                }
                Some(origins) => origins,
                None if is_there => vec![shared_by(field, shared, lineage)],
                None => return None,
            };
            Some(TracedField { field, origins, removed: !is_there })
        });
        let fields = traced.collect();
        self.values.clear();
        self.origins.clear();
        if let Some(entry) = self.entries.get_mut(self.at) {
            entry.events.push(TracedEvent { json, fields });
        }
    }
}

fn pointer(field: Field) -> String {
    format!("/{}", field.info().path.replace('.', "/"))
}

fn rendered(field: Field, value: &Value<'_>) -> Vec<u8> {
    let mut alone = Fields::new();
    alone.set(field, value.clone());
    layout::event_json(&alone)
}

/// What set a value that the events of a format and log stream share.
fn shared_by(field: Field, shared: Shared, lineage: &Lineage<'_>) -> Origin {
    match field {
        _ if shared.iter().any(|(of_format, _)| *of_format == field) => Origin::Format,
        Field::Kind => Origin::Format,
        Field::EventKind | Field::Schema | Field::Revision | Field::Format => Origin::Pipeline,
        Field::ServiceName if lineage.service.is_some() => Origin::Route,
        _ => Origin::LogStream,
    }
}
