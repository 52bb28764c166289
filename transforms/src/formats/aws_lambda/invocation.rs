//! Calls: the lines of one request, joined into one event.

use super::fault::Fault;
use super::function_of;
use super::platform::{Free, Line, Step};
use crate::emit::{Emit, Held};
use crate::formats::LogEvent;
use catchwater_schemas::escape::string_into;
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::time::Timestamp;
use std::collections::{BTreeSet, HashMap};

/// The calls of one log stream within one raw record, in the order in which they were met.
#[derive(Default)]
pub(super) struct Invocations {
    all: Vec<Invocation>,
    /// The last call of each id: a retry of the service has the id of the call that failed.
    by_id: HashMap<String, usize>,
    /// Calls that have started and not ended.
    open: BTreeSet<usize>,
}

/// One call.
pub(super) struct Invocation {
    held: Held,
    /// Steps that were met, a bit each.
    met: u8,
    first_time: Timestamp,
    fields: Fields<'static>,
    free: Free,
    original: String,
}

const fn bit(step: Step) -> u8 {
    1 << step as u8
}

impl Invocations {
    /// Adds a line of a call, which holds its log event back.
    pub fn add(&mut self, line: &Line<'_>, event: LogEvent<'_>, emit: &Emit<'_>) {
        let Some(step) = line.step else { return };
        let known = self.by_id.get(line.request_id.as_ref()).copied();
        let index = match known.filter(|index| self.all[*index].awaits(step)) {
            Some(index) => index,
            None => {
                self.all.push(Invocation::new(emit, event.time));
                self.by_id.insert(line.request_id.to_string(), self.all.len() - 1);
                self.all.len() - 1
            }
        };
        let call = &mut self.all[index];
        call.add(line, event, emit);
        if call.met == bit(Step::Start) {
            self.open.insert(index);
        } else {
            self.open.remove(&index);
        }
    }

    /// Marks a call as failed, if it is known.
    pub fn failed(&mut self, request_id: &str, fault: &Fault<'_>) {
        let Some(index) = self.by_id.get(request_id) else { return };
        let fields = &mut self.all[*index].fields;
        fail(fields, Some(fault.reason()), fault.error_type, Some(fault.text));
    }

    /// Marks a call as one that ended by an error that nobody handled, if it is known.
    pub fn unhandled(&mut self, request_id: &str, error: &Fields<'_>) {
        let Some(index) = self.by_id.get(request_id) else { return };
        let (class, message) = (error.text(Field::ErrorType), error.text(Field::ErrorMessage));
        fail(&mut self.all[*index].fields, Some("error"), class.as_deref(), message.as_deref());
    }

    /// The id of the call that is open, when there is exactly one.
    pub fn only_open(&self) -> Option<&str> {
        let index = self.open.first().filter(|_| self.open.len() == 1)?;
        match self.all[*index].fields.get(Field::AwsRequestId) {
            Some(Value::Text(id)) => Some(id),
            _ => None,
        }
    }

    /// Emits all calls and forgets them.
    pub fn emit_all(&mut self, emit: &mut Emit<'_>) {
        let Invocations { all, .. } = std::mem::take(self);
        for call in all {
            let log_group = emit.log_group();
            let held = call.held.clone();
            emit.held_event(&held, Kind::Log, call.into_fields(log_group));
        }
    }
}

impl Invocation {
    /// A call whose first line is that of the log event at hand.
    pub fn new(emit: &Emit<'_>, time: Timestamp) -> Self {
        Self {
            held: emit.hold(),
            met: 0,
            first_time: time,
            fields: Fields::new(),
            free: Free::new(),
            original: String::new(),
        }
    }

    /// May this step be of the call? None comes twice, and nothing before the start.
    fn awaits(&self, step: Step) -> bool {
        self.met & bit(step) == 0 && step != Step::Start
    }

    /// Adds what a line says.
    pub fn add(&mut self, line: &Line<'_>, event: LogEvent<'_>, emit: &Emit<'_>) {
        // The latest step names the call: a report says more than an end, which comes before or behind it.
        let named_before = self.fields.get(Field::EventAction).cloned();
        let time_before = self.fields.get(Field::Timestamp).cloned();
        let had_failed = self.fields.text(Field::EventOutcome).as_deref() == Some("failure");
        let was_further = line.step.is_some_and(|step| self.met >= bit(step));
        self.fields.take_owned(&line.fields);
        self.free.extend(line.free.iter().map(|(name, json)| (name.clone(), json.clone())));
        if was_further && let Some(action) = named_before {
            self.fields.set(Field::EventAction, action);
        }
        if had_failed {
            self.fields.set(Field::EventOutcome, Value::Escaped("failure"));
        }
        let time = match line.fields.get(Field::Timestamp) {
            Some(Value::Time(time)) => *time,
            _ => event.time,
        };
        if self.met == 0 {
            self.first_time = time;
        } else {
            self.fields.set(Field::Timestamp, time_before.unwrap_or(Value::Time(self.first_time)));
        }
        match line.step {
            Some(Step::Start) => self.fields.set(Field::EventStart, time),
            // A report may be made long after the function was done.
            Some(Step::Done | Step::End) => self.fields.set(Field::EventEnd, time),
            Some(Step::Report) if !self.fields.has(Field::EventEnd) => self.fields.set(Field::EventEnd, time),
            _ => (),
        }
        if !line.request_id.is_empty() {
            self.fields.set(Field::AwsRequestId, line.request_id.to_string());
            self.fields.set(Field::FaasExecution, line.request_id.to_string());
        }
        self.met |= line.step.map_or(0, bit);
        if emit.keeps_original() {
            let separator = if self.original.is_empty() { "" } else { "\n" };
            self.original.push_str(separator);
            self.original.push_str(event.message);
        }
    }

    /// Emits the line at hand, which was joined to no other.
    pub fn emit_of_its_own(self, emit: &mut Emit<'_>) {
        let log_group = emit.log_group();
        emit.event(Kind::Log, self.into_fields(log_group));
    }

    fn into_fields(mut self, log_group: &str) -> Fields<'static> {
        let event_type = match self.met {
            0 => None,
            only if only == bit(Step::Start) => Some("start"),
            _ => Some("end"),
        };
        if let Some(event_type) = event_type {
            self.fields.set(Field::EventType, Value::Escaped(event_type));
        }
        if let Some(name) = function_of(log_group).filter(|_| !self.fields.has(Field::FaasName)) {
            self.fields.set(Field::FaasName, name.to_string());
        }
        if !self.original.is_empty() {
            self.fields.set(Field::EventOriginal, self.original);
        }
        if !self.free.is_empty() {
            self.fields.set(Field::FreeFields, Value::Json(object(&self.free).into()));
        }
        self.fields
    }
}

/// Sets a failure; what was told of it before, by a status, stays.
fn fail(fields: &mut Fields<'_>, reason: Option<&str>, class: Option<&str>, message: Option<&str>) {
    fields.set(Field::EventOutcome, Value::Escaped("failure"));
    for (field, text) in
        [(Field::EventReason, reason), (Field::ErrorType, class), (Field::ErrorMessage, message)]
    {
        if let Some(text) = text.filter(|_| !fields.has(field)) {
            fields.set(field, text.to_string());
        }
    }
}

fn object(free: &Free) -> String {
    let mut out = Vec::new();
    for (name, json) in free {
        out.push(if out.is_empty() { b'{' } else { b',' });
        string_into(name, &mut out);
        out.push(b':');
        out.extend_from_slice(json.as_bytes());
    }
    out.push(b'}');
    String::from_utf8_lossy(&out).into_owned()
}
