//! One raw record's walk: each log event is routed, parsed, and ends exactly once.

use super::part::Current;
use super::{Output, Report, Transform, WalkScratch};
use crate::decode::lines::{cut, trimmed};
use crate::decode::{Found, Part, Take};
use crate::emit::Emit;
use crate::formats::{Format, LogEvent, Refusal};
use crate::join::Open;
use crate::raw::RawRecord;
use catchwater_schemas::account::Account;
use catchwater_schemas::dead_letter::{Fault, Stage};
use catchwater_schemas::time::Timestamp;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Reason under which what holds nothing is filtered.
pub(super) const EMPTY: &str = "empty";
/// CloudWatch's probes.
const CONTROL: &str = "control_message";
/// The format found nothing to make an event of, and holds nothing back.
const NO_EVENT: &str = "no_event";
const PANIC: &str = "panic";
const TOO_LARGE: &str = "event_too_large";
const NO_MESSAGE: &str = "no_message";

/// How the parse of one log event went.
enum Parsed {
    Done,
    Refused(Refusal),
    Panicked,
}

/// What could not pass: its bytes, and why.
struct Loss<'a> {
    stage: Stage,
    reason: &'static str,
    detail: String,
    bytes: &'a [u8],
    /// Number of the log event within its raw record.
    ordinal: u64,
}

/// A log event that is whole, alone or with others joined to it.
struct Entry<'e> {
    id: &'e str,
    time_millis: Option<i64>,
    /// Number of the first of its log events within the raw record, from 0.
    index: u64,
    message: &'e str,
    format: &'static Format,
}

pub(super) struct Walker<'w> {
    transform: &'w Transform,
    raw: &'w RawRecord<'w>,
    scratch: &'w mut WalkScratch,
    out: &'w mut dyn Output,
    report: &'w mut Report,
    current: Option<Current<'w>>,
    /// Log events that may go on with the next one, and their format.
    open: Option<(Open, &'static Format)>,
    /// Log events of the record so far.
    index: u64,
    anything: bool,
}

impl<'w> Walker<'w> {
    pub(super) fn new(
        transform: &'w Transform,
        raw: &'w RawRecord<'w>,
        scratch: &'w mut WalkScratch,
        out: &'w mut dyn Output,
        report: &'w mut Report,
    ) -> Self {
        Self { transform, raw, scratch, out, report, current: None, open: None, index: 0, anything: false }
    }

    /// Was nothing at all found?
    pub(super) fn is_empty(&self) -> bool {
        !self.anything
    }

    fn filter(&mut self, reason: &str) {
        Account::count(&mut self.report.account.filtered, reason);
    }

    fn fault(&mut self, loss: Loss<'_>, id: &str, time: Timestamp) {
        Account::count(&mut self.report.account.dead, loss.reason);
        let log_event = self.current.as_ref().map(|current| current.origin(id, time));
        self.report.faults.push(Fault {
            stage: loss.stage,
            sink: None,
            reason: loss.reason.to_string(),
            detail: loss.detail,
            origin: self.raw.origin(log_event, Some(loss.ordinal)),
            bytes: loss.bytes.to_vec(),
        });
    }

    fn last_index(&self) -> u64 {
        self.index.saturating_sub(1)
    }

    fn time_of(&self, time_millis: Option<i64>) -> Timestamp {
        let arrival = || Timestamp::from_millis(self.raw.arrival_millis);
        time_millis.and_then(Timestamp::from_millis).or_else(arrival).unwrap_or_default()
    }

    /// Gives the events at hand away: how many, and the size of one that fits no event record.
    fn commit(&mut self) -> (u64, Option<usize>) {
        let partition_key = self.current.as_ref().map_or(0, |c| c.partition_key);
        let (mut given, mut too_large) = (0, None);
        for json in self.scratch.pending.events() {
            match self.out.event(partition_key, json) {
                Ok(()) => given += 1,
                Err(error) => too_large = Some(error.unpacked),
            }
        }
        self.report.account.delivered += given;
        (given, too_large)
    }

    /// Parses one log event, as `plain` where its format refuses it: how that went, and the format at the end.
    /// Its events stand in the scratch.
    fn parse(&mut self, entry: &Entry<'_>, time: Timestamp) -> (Parsed, &'static Format) {
        let transform = self.transform;
        let WalkScratch { pending, state, source_id, contents, .. } = &mut *self.scratch;
        pending.clear();
        let Entry { message, format, .. } = *entry;
        let Some(current) = &mut self.current else { return (Parsed::Panicked, transform.plain) };
        let source_id = if entry.id.is_empty() {
            current.write_source_id(source_id, self.raw, entry.index, message, contents);
            source_id.as_str()
        } else {
            entry.id
        };
        let (message, truncated) = cut(message, transform.limits.message_bytes);
        self.report.truncated += u64::from(truncated);
        let lineage = current.lineage();
        let event = LogEvent {
            message,
            time,
            zone_seconds: current.rule.zone_seconds,
            json_depth: transform.limits.json_depth,
            options: current.options.as_deref(),
        };
        let mut run = |format: &'static Format, failure: Option<Refusal>| {
            let stages = &transform.stages;
            pending.trace.ask(source_id, message, format.name, failure);
            let emit = Emit::new(&lineage, stages, format.name, source_id, time, message, &mut *pending);
            let mut emit = emit.marked(failure.map(|f| f.0), truncated);
            match catch_unwind(AssertUnwindSafe(|| (format.parse)(state, event, &mut emit))) {
                Ok(Ok(())) => Parsed::Done,
                Ok(Err(refusal)) => {
                    pending.clear();
                    Parsed::Refused(refusal)
                }
                Err(_) => Parsed::Panicked,
            }
        };
        match run(format, None) {
            Parsed::Refused(refusal) if !std::ptr::eq(format, transform.plain) => {
                let parsed = run(transform.plain, Some(refusal));
                if matches!(parsed, Parsed::Done) {
                    Account::count(&mut self.report.account.unparsed, refusal.0);
                }
                (parsed, transform.plain)
            }
            parsed => {
                if format.finish.is_some() && !current.holding.iter().any(|f| std::ptr::eq(*f, format)) {
                    current.holding.push(format);
                }
                (parsed, format)
            }
        }
    }

    /// Parses a log event that is whole, and gives its events away: it has then ended.
    fn whole(&mut self, entry: &Entry<'_>) {
        let time = self.time_of(entry.time_millis);
        let (parsed, format) = self.parse(entry, time);
        let (reason, detail) = match parsed {
            Parsed::Done if self.scratch.pending.events().len() == 0 => {
                if format.finish.is_none() {
                    return self.filter(NO_EVENT);
                }
                self.report.account.joined += 1;
                if let Some(current) = &mut self.current {
                    current.held += 1;
                }
                return;
            }
            Parsed::Done => match self.commit() {
                (_, None) => {
                    self.report.account.parsed += 1;
                    return;
                }
                (_, Some(bytes)) => (TOO_LARGE, format!("an event of {bytes} bytes fits no event record")),
            },
            Parsed::Refused(refusal) => (refusal.0, format!("not even format {} takes it", format.name)),
            Parsed::Panicked => (PANIC, format!("format {} panicked", format.name)),
        };
        let id = match entry.id {
            "" => self.scratch.source_id.clone(),
            id => id.to_string(),
        };
        let (bytes, ordinal) = (entry.message.as_bytes(), entry.index);
        self.fault(Loss { stage: Stage::Parse, reason, detail, bytes, ordinal }, &id, time);
    }

    /// Parses the log events that were joined, if there are any.
    fn close(&mut self) {
        let Some((open, format)) = self.open.take() else { return };
        let Open { id, time_millis, index, text, .. } = &open;
        self.whole(&Entry { id, time_millis: *time_millis, index: *index, message: text, format });
    }

    /// Ends what a format held back, at the end of its log stream's part.
    fn finish(&mut self, format: &'static Format) {
        let Some(finish) = format.finish else { return };
        let transform = self.transform;
        let time = self.time_of(None);
        let WalkScratch { pending, state, .. } = &mut *self.scratch;
        pending.clear();
        pending.trace.end(format.name);
        let Some(current) = &self.current else { return };
        let lineage = current.lineage();
        // What a format holds has an identity of its own (`Emit::hold`); this one is for what it should not emit.
        let id = format!("{}:end", self.raw.position());
        let mut emit = Emit::new(&lineage, &transform.stages, format.name, &id, time, "", pending);
        let finished = catch_unwind(AssertUnwindSafe(|| finish(state, &mut emit)));
        if finished.is_err() {
            let detail = format!("format {} panicked at the end of a log stream's part", format.name);
            let lost = self.current.as_ref().map_or(0, |c| c.held).max(1);
            self.lose_held(
                Loss {
                    stage: Stage::Parse,
                    reason: PANIC,
                    detail,
                    bytes: self.raw.data,
                    ordinal: self.last_index(),
                },
                lost,
                time,
            );
            return;
        }
        let (given, too_large) = self.commit();
        if let Some(current) = &mut self.current {
            // Each event is that of one log event held back; what it joined stays counted as joined.
            let of_held = given.min(current.held);
            current.held -= of_held;
            self.report.account.joined -= of_held;
            self.report.account.parsed += of_held;
        }
        if let Some(bytes) = too_large {
            let detail = format!("an event of {bytes} bytes fits no event record");
            self.lose_held(
                Loss {
                    stage: Stage::Parse,
                    reason: TOO_LARGE,
                    detail,
                    bytes: self.raw.data,
                    ordinal: self.last_index(),
                },
                1,
                time,
            );
        }
    }

    /// Counts log events that were held back and are lost; the raw record is their dead letter.
    fn lose_held(&mut self, loss: Loss<'_>, count: u64, time: Timestamp) {
        let reason = loss.reason;
        self.fault(loss, "", time);
        let Some(current) = &mut self.current else { return };
        let of_held = count.min(current.held);
        current.held -= of_held;
        self.report.account.joined -= of_held;
        // A loss beyond what was held counts as something taken of its own: none goes unseen.
        self.report.account.taken += count - of_held;
        if let Some(dead) = self.report.account.dead.get_mut(reason) {
            *dead += count - 1;
        }
    }
}

impl Take for Walker<'_> {
    fn part(&mut self, part: &Part<'_>) {
        self.scratch.state.clear();
        self.current = Some(Current::new(self.transform, self.raw, part, &mut self.scratch.known));
    }

    fn log_event(&mut self, found: Found<'_>) {
        let Some(current) = &mut self.current else { return };
        current.log_events += 1;
        self.anything = true;
        self.index += 1;
        self.report.account.taken += 1;
        if current.control {
            return self.filter(CONTROL);
        }
        if let Some(reason) = &current.rule.drop {
            return self.filter(reason);
        }
        let transform = self.transform;
        let message = trimmed(found.message);
        if let Some((open, format)) = &mut self.open {
            let goes_on = open.goes_on(&current.rule.joining, format, message);
            if goes_on && !current.is_of_another(message, format, transform) {
                open.push(message, transform.limits.message_bytes);
                self.report.account.joined += 1;
                return;
            }
            self.close();
        }
        if message.is_empty() {
            return self.filter(EMPTY);
        }
        let Some(current) = &mut self.current else { return };
        let index = self.index - 1;
        let format = current.format_of(message, transform);
        let Found { id, time_millis, .. } = found;
        if current.rule.joining.may_join(format) {
            let (id, text) = (id.to_string(), message.to_string());
            self.open = Some((Open { id, time_millis, index, text, state: 0 }, format));
        } else {
            self.whole(&Entry { id, time_millis, index, message, format });
        }
    }

    fn bad_log_event(&mut self, json: &str) {
        self.close();
        let Some(current) = &mut self.current else { return };
        current.log_events += 1;
        self.anything = true;
        self.index += 1;
        self.report.account.taken += 1;
        if current.control {
            return self.filter(CONTROL);
        }
        let detail = "an element of logEvents has no message".to_string();
        let time = self.time_of(None);
        self.fault(
            Loss {
                stage: Stage::Decode,
                reason: NO_MESSAGE,
                detail,
                bytes: json.as_bytes(),
                ordinal: self.last_index(),
            },
            "",
            time,
        );
    }

    fn end(&mut self) {
        self.close();
        let Some(current) = &mut self.current else { return };
        let (log_events, control) = (current.log_events, current.control);
        for format in std::mem::take(&mut current.holding) {
            self.finish(format);
        }
        self.current = None;
        self.anything = true;
        if log_events == 0 {
            self.report.account.taken += 1;
            self.filter(if control { CONTROL } else { EMPTY });
        }
    }
}
