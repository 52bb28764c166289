//! Runs log events of a case through the whole transform, as CloudWatch would deliver them.

use crate::compare::flatten;
use anyhow::{Context, Result, bail};
use catchwater_schemas::config::{Redact, Route};
use catchwater_schemas::event::Event;
use catchwater_schemas::id::{DEFAULT_KEY, IdKey, Scope};
use catchwater_transforms::raw::RawRecord;
use catchwater_transforms::trace::Entry;
use catchwater_transforms::transform::explain::Asked;
use catchwater_transforms::transform::{Ndjson, Parts, Report, Scratch, Transform};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};

/// Account of the log events.
const ACCOUNT: &str = "123456789012";
/// Log group of the log events.
const LOG_GROUP: &str = "corpus";
/// The log events' own time, 2020-09-13T12:26:40Z: lines without a year are of about then.
const TIME_MILLIS: i64 = 1_600_000_000_000;

/// What came of log events, by the line that each began with.
#[derive(Debug, Default)]
pub struct Passed {
    /// Events' JSON by first line, in order.
    pub texts: BTreeMap<usize, Vec<String>>,
    /// How the log events ended.
    pub report: Report,
}

impl Passed {
    /// The n-th event of a log event, by dotted names.
    pub fn event(&self, line: usize, sub: usize) -> Option<HashMap<String, Value>> {
        let text = self.texts.get(&line)?.get(sub)?;
        serde_json::from_str(text).ok().map(|value| flatten(&value))
    }
}

/// Runs log events, by their first line, as one raw record. `redact`: what is hidden.
pub fn pass(route: Route, log_events: &BTreeMap<usize, String>, redact: &Redact) -> Result<Passed> {
    let log_stream = route.format.clone().unwrap_or_default();
    let transform =
        Transform::new(&Parts { routes: vec![route], redact: redact.clone(), ..Parts::default() })?;
    let elements: Vec<Value> = log_events
        .iter()
        .map(|(line, message)| json!({"id": line.to_string(), "timestamp": TIME_MILLIS, "message": message}))
        .collect();
    let envelope = format!(
        "{{\"messageType\":\"DATA_MESSAGE\",\"owner\":\"{ACCOUNT}\",\"logGroup\":\"{LOG_GROUP}\",\"logStream\":{},\"logEvents\":{}}}",
        json!(log_stream),
        json!(elements)
    );
    let raw = RawRecord { data: envelope.as_bytes(), sequence_number: "1", ..RawRecord::default() };
    let (mut out, mut passed) = (Ndjson::default(), Passed::default());
    transform.record(&raw, &mut Scratch::new(), &mut out, &mut passed.report);
    if !passed.report.account.transform_balances() {
        bail!("the account does not balance: {:?}", passed.report.account);
    }
    if let Some(fault) = passed.report.faults.first() {
        bail!("a dead letter: {} {}", fault.reason, fault.detail);
    }
    let scope = Scope { account: ACCOUNT, region: "", log_group: LOG_GROUP, log_stream: &log_stream };
    let scope = IdKey::new(DEFAULT_KEY).scope(&scope);
    let lines: HashMap<[u8; 16], usize> =
        log_events.keys().map(|line| (scope.id(&line.to_string(), 0).digest, *line)).collect();
    for text in String::from_utf8(out.0)?.lines() {
        let event = Event::read(text).with_context(|| text.to_string())?;
        let line = lines.get(&event.id.digest).with_context(|| format!("of no line: {text}"))?;
        passed.texts.entry(*line).or_default().push(text.to_string());
    }
    Ok(passed)
}

/// Runs log events, in order, as [`pass`] does with the default redaction: what came of each, and what set each value.
pub fn traced(route: Route, messages: &[&str]) -> Result<Vec<Entry>> {
    let log_stream = route.format.clone().unwrap_or_default();
    let redact = Redact::default();
    let transform = Transform::new(&Parts { routes: vec![route], redact, ..Parts::default() })?;
    let asked = Asked {
        account: ACCOUNT,
        log_group: LOG_GROUP,
        log_stream: &log_stream,
        time_millis: TIME_MILLIS,
        messages,
    };
    Ok(transform.trace(&asked).0)
}

/// Nothing is hidden: expectations are of the lines as they were.
pub fn open() -> Redact {
    Redact { rules: Vec::new(), ..Redact::default() }
}
