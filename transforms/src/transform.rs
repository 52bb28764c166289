//! The walk of a raw record through all stages, and the count of how each of its log events ended.

pub mod explain;
mod part;
mod walker;

use crate::decode::allowance::Allowance;
use crate::decode::inflate::Inflater;
use crate::decode::kpl::{self, Aggregate};
use crate::decode::{self, DecodeError};
use crate::emit::{Pending, Stages};
use crate::formats::{Format, REGISTRY, RecordState};
use crate::identity::tables::SharedTables;
use crate::privacy::Key;
use crate::raw::RawRecord;
use crate::route::{RouteError, Routes};
use crate::rule_error::RuleError;
use crate::user_format::{FormatError, UserFormats};
use catchwater_schemas::account::Account;
use catchwater_schemas::config::{
    Limits, Operation, Pipeline, Privacy, Query, Redact, Route, UserFormat, Who,
};
use catchwater_schemas::dead_letter::{Fault, Stage};
use catchwater_schemas::id::IdKey;
use catchwater_schemas::record::{EventTooLarge, Packer};
use part::Known;
use std::borrow::Cow;
use std::collections::BTreeMap;
use walker::Walker;

/// Name of the format that takes every line.
const PLAIN: &str = "plain";

/// Raw records to events, as the configuration says. Shared by all threads; each has a [`Scratch`] of its own.
pub struct Transform {
    id_key: IdKey,
    limits: Limits,
    routes: Routes,
    stages: Stages,
    tables: SharedTables,
    formats: &'static [&'static Format],
    own: UserFormats,
    plain: &'static Format,
}

/// The parts of the configuration that say what becomes of raw records.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// Key of ids, revision.
    pub pipeline: Pipeline,
    /// Bounds on what is taken.
    pub limits: Limits,
    /// Formats and services by log group.
    pub routes: Vec<Route>,
    /// What is hidden.
    pub redact: Redact,
    /// Where the text of a query stands.
    pub query: Query,
    /// Rules for names of operations.
    pub operations: Vec<Operation>,
    /// Formats of one's own, by name.
    pub formats: BTreeMap<String, UserFormat>,
    /// Who asked.
    pub who: Who,
    /// What the tables say of who asked; others may be put in their place while the transform runs.
    pub tables: SharedTables,
    /// What of persons is kept.
    pub privacy: Privacy,
    /// The key of keyed hashes.
    pub privacy_key: Option<Key>,
}

/// A part of the configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PartsError {
    /// A route.
    #[error(transparent)]
    Route(#[from] RouteError),
    /// A format of one's own.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// A rule of a list.
    #[error(transparent)]
    Rule(#[from] RuleError),
}

/// Takes events as they are made.
pub trait Output {
    /// One event's JSON without line break. `partition_key` is that of its log stream.
    fn event(&mut self, partition_key: u8, json: &[u8]) -> Result<(), EventTooLarge>;
}

/// Packs events into event records.
pub struct Packed<'p> {
    /// Gathers them.
    pub packer: &'p mut Packer,
    /// Index of the raw record at hand within its batch.
    pub origin: u32,
}

impl Output for Packed<'_> {
    fn event(&mut self, partition_key: u8, json: &[u8]) -> Result<(), EventTooLarge> {
        self.packer.push(partition_key, json, self.origin)
    }
}

/// Events as lines.
#[derive(Clone, Debug, Default)]
pub struct Ndjson(pub Vec<u8>);

impl Output for Ndjson {
    fn event(&mut self, _: u8, json: &[u8]) -> Result<(), EventTooLarge> {
        self.0.extend_from_slice(json);
        self.0.push(b'\n');
        Ok(())
    }
}

/// What became of raw records. `account.transform_balances()` holds after each record.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How log events ended.
    pub account: Account,
    /// What could not pass.
    pub faults: Vec<Fault>,
    /// Messages that were cut.
    pub truncated: u64,
    /// Raw and user records that were no UTF-8; what was broken is U+FFFD in their events.
    pub not_utf8: u64,
}

/// Buffers used again for each raw record.
#[derive(Default)]
pub struct Scratch {
    inflater: Inflater,
    message: Vec<u8>,
    walk: WalkScratch,
}

/// What of the buffers is used while a record is walked.
#[derive(Default)]
struct WalkScratch {
    pending: Pending,
    state: RecordState,
    source_id: String,
    known: Known,
    /// Contents seen in this raw record, in an aggregate over all user records, hashed, and how often.
    contents: std::collections::HashMap<[u8; 16], u32>,
}

/// A message or event may have needed far more room than most: that much is kept.
const KEPT_BYTES: usize = 4 << 20;

impl Transform {
    /// Compiles the configuration.
    pub fn new(parts: &Parts) -> Result<Self, PartsError> {
        Self::with_formats(parts, REGISTRY)
    }

    /// As [`Transform::new`], with these formats in the registry's place; lines that none takes are `plain` even so.
    pub fn with_formats(parts: &Parts, formats: &'static [&'static Format]) -> Result<Self, PartsError> {
        let (user_formats, mistakes) = UserFormats::new(&parts.formats);
        if let Some(mistake) = mistakes.into_iter().next() {
            return Err(mistake.into());
        }
        let plain = formats.iter().chain(REGISTRY).find(|f| f.name == PLAIN);
        Ok(Self {
            id_key: IdKey::new(&parts.pipeline.id_key),
            limits: parts.limits,
            routes: Routes::new(&parts.pipeline, &parts.routes, formats, &user_formats)?,
            stages: Stages::new(parts)?,
            tables: parts.tables.clone(),
            formats,
            own: user_formats,
            plain: plain.expect("the registry has the plain format"),
        })
    }

    /// Takes one raw record: its events go to `out`, the rest is reported.
    pub fn record(
        &self,
        raw: &RawRecord<'_>,
        scratch: &mut Scratch,
        out: &mut dyn Output,
        report: &mut Report,
    ) {
        report.account.records += 1;
        // Over all user records of an aggregate: what a producer puts again may be cut into other aggregates, but in
        // none of them does a user record stand twice that was put once. So repeats within one are real.
        scratch.walk.contents.clear();
        let mut allowance = Allowance::new(self.limits.unpacked_bytes);
        if kpl::is_aggregate(raw.data) {
            self.aggregate(raw, &mut allowance, scratch, out, report);
        } else {
            self.payload(raw, &mut allowance, scratch, out, report);
        }
        scratch.shrink();
    }

    /// Takes the user records of an aggregate, each as a raw record of its own, also for what joins lines: a producer
    /// that puts them again may cut them into other aggregates.
    fn aggregate(
        &self,
        raw: &RawRecord<'_>,
        allowance: &mut Allowance,
        scratch: &mut Scratch,
        out: &mut dyn Output,
        report: &mut Report,
    ) {
        let aggregate = match Aggregate::read(raw.data) {
            Ok(aggregate) => aggregate,
            Err(error) => return report.lost(raw, &error.into()),
        };
        if aggregate.is_empty() {
            return report.empty();
        }
        for (index, user_record) in (0..).zip(aggregate.user_records()) {
            let partition_key = String::from_utf8_lossy(user_record.partition_key);
            let (data, partition_key) = (user_record.data, partition_key.as_ref());
            let raw = RawRecord { data, partition_key, user_record: Some(index), ..*raw };
            self.payload(&raw, allowance, scratch, out, report);
        }
    }

    fn payload(
        &self,
        raw: &RawRecord<'_>,
        allowance: &mut Allowance,
        scratch: &mut Scratch,
        out: &mut dyn Output,
        report: &mut Report,
    ) {
        if raw.data.trim_ascii().is_empty() {
            return report.empty();
        }
        if let Err(error) = self.walk(raw, allowance, scratch, out, report) {
            report.lost(raw, &error);
        }
    }

    fn walk(
        &self,
        raw: &RawRecord<'_>,
        allowance: &mut Allowance,
        scratch: &mut Scratch,
        out: &mut dyn Output,
        report: &mut Report,
    ) -> Result<(), DecodeError> {
        let limit = self.limits.unpacked_bytes;
        let bytes = allowance.unpack(raw.data, &mut scratch.inflater)?;
        let text = decode::lines::text(bytes, limit).ok_or(DecodeError::LossyTooLarge(limit))?;
        report.not_utf8 += u64::from(matches!(text, Cow::Owned(_)));
        scratch.walk.pending.who.tables = self.tables.load_full();
        let mut walker = Walker::new(self, raw, &mut scratch.walk, out, report);
        let walked = decode::walk(&text, self.limits.message_bytes, &mut scratch.message, &mut walker);
        if walked.is_ok() && walker.is_empty() {
            report.empty();
        }
        walked
    }
}

impl Report {
    /// Counts a raw or user record that holds nothing.
    fn empty(&mut self) {
        self.account.taken += 1;
        Account::count(&mut self.account.filtered, walker::EMPTY);
    }

    /// Counts a raw or user record, or its rest, that cannot be read.
    fn lost(&mut self, raw: &RawRecord<'_>, error: &DecodeError) {
        self.account.taken += 1;
        Account::count(&mut self.account.dead, error.reason());
        self.faults.push(Fault {
            stage: Stage::Decode,
            sink: None,
            reason: error.reason().to_string(),
            detail: error.to_string(),
            origin: raw.origin(None, None),
            bytes: raw.data.to_vec(),
        });
    }
}

impl Scratch {
    /// Empty buffers.
    pub fn new() -> Self {
        Self::default()
    }

    fn shrink(&mut self) {
        self.inflater.rest();
        self.message.clear();
        self.message.shrink_to(KEPT_BYTES);
        self.walk.pending.clear();
        self.walk.pending.shrink_to(KEPT_BYTES);
    }
}
