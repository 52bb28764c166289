//! The platform's lines as text: `START RequestId: …`, `REPORT RequestId: …`, `INIT_START Runtime Version: …`.

use super::is_request_id;
use super::pairs::{Pair, Pairs};
use crate::formats::Refusal;
use crate::scan::decimal::{json_number, millis_to_nanos, unsigned};
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What a line of the platform tells, whichever way it is written.
#[derive(Default)]
pub(super) struct Line<'a> {
    /// Its place in a call's life; `None` for what is of no call.
    pub step: Option<Step>,
    /// The call's id; empty for none.
    pub request_id: Cow<'a, str>,
    /// The function or an extension wrote it, and the platform wrapped it.
    pub is_of_function: bool,
    pub fields: Fields<'a>,
    pub free: Free,
}

/// What has no field of its own: JSON values by name.
pub(super) type Free = BTreeMap<String, String>;

/// Steps of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Start,
    Done,
    End,
    Report,
}

/// Lines by their first word: their name in JSON, their step, and what they must tell.
const WORDS: [(&str, &str, Option<Step>, &str); 10] = [
    ("START", "platform.start", Some(Step::Start), "Version"),
    ("END", "platform.end", Some(Step::End), "RequestId"),
    ("REPORT", "platform.report", Some(Step::Report), "Duration"),
    ("INIT_START", "platform.initStart", None, "Runtime Version"),
    ("INIT_REPORT", "platform.initReport", None, "Init Duration"),
    ("RESTORE_START", "platform.restoreStart", None, "Runtime Version"),
    ("RESTORE_REPORT", "platform.restoreReport", None, "Restore Duration"),
    ("EXTENSION", "platform.extension", None, "Name"),
    ("LOGS", "platform.logsSubscription", None, "Name"),
    ("TELEMETRY", "platform.telemetrySubscription", None, "Name"),
];

/// The tracing's line, where it stands alone; most often it is the second of a report.
const XRAY: &str = "XRAY TraceId: ";

/// Is this surely a line of the platform? Those of a call have its id, the others a name that nobody else uses.
pub(super) fn is_sure(message: &str) -> bool {
    let Some((word, rest)) = message.split_once([' ', '\t']) else { return false };
    match word {
        "START" | "END" | "REPORT" => {
            let id = rest.strip_prefix("RequestId: ").and_then(|rest| rest.get(..36));
            id.is_some_and(is_request_id) && read(message).is_ok_and(|line| line.is_some())
        }
        "INIT_START" | "RESTORE_START" => rest.starts_with("Runtime Version: "),
        "INIT_REPORT" => rest.starts_with("Init Duration: "),
        "RESTORE_REPORT" => rest.starts_with("Restore Duration: "),
        "EXTENSION" | "LOGS" | "TELEMETRY" => {
            message.as_bytes()[word.len()] == b'\t'
                && rest.starts_with("Name: ")
                && rest.contains("\tState: ")
        }
        "XRAY" => message.starts_with("XRAY TraceId: 1-") && rest.contains("SegmentId: "),
        _ => false,
    }
}

/// Reads a line; `None` if the platform wrote none such. One that surely began as one of a call and lacks the rest is
/// refused.
pub(super) fn read(message: &str) -> Result<Option<Line<'_>>, Refusal> {
    let mut line = Line::default();
    if message.starts_with(XRAY) {
        line.fields.set(Field::EventAction, "XRAY");
        Pairs::of(message).for_each(|pair| line.pair(pair));
        return Ok(Some(line));
    }
    let Some((word, rest)) = message.split_once([' ', '\t']) else { return Ok(None) };
    let Some((_, action, step, must)) = WORDS.iter().find(|w| w.0 == word) else { return Ok(None) };
    line.step = *step;
    line.fields.set(Field::EventAction, *action);
    let mut complete = false;
    for pair in Pairs::of(rest) {
        complete |= pair.name == *must && !pair.value.is_empty();
        line.pair(pair);
    }
    match step {
        Some(_) if !rest.starts_with("RequestId: ") => Ok(None),
        Some(_) if !complete || line.request_id.is_empty() => Err(Refusal("platform_line_cut")),
        None if !complete => Ok(None),
        _ => {
            line.conclude();
            Ok(Some(line))
        }
    }
}

impl<'a> Line<'a> {
    fn pair(&mut self, Pair { name, value, unit }: Pair<'a>) {
        let number = match unit {
            "ms" => value,
            "MB" if unsigned(value).is_some() => value,
            _ => "",
        };
        match (name, unit) {
            ("RequestId", "") => self.request_id = Cow::Borrowed(value),
            ("Version", "") => self.fields.set(Field::FaasVersion, value),
            ("Error Type", "") => self.fields.set(Field::ErrorType, value),
            ("TraceId" | "XRAY TraceId", "") => self.fields.set(Field::TraceId, value),
            ("SegmentId", "") => self.fields.set(Field::SpanId, value),
            ("Status", "") => self.status(value),
            ("Name" | "State" | "Events" | "Types" | "Phase" | "Sampled", "") => {
                self.text(&name.to_ascii_lowercase(), value);
            }
            ("Runtime Version", "") => self.text("runtimeVersion", value),
            ("Runtime Version ARN", "") => self.text("runtimeVersionArn", value),
            _ => match measure_of(name) {
                Some(json_name) if !number.is_empty() => self.measure(json_name, number),
                _ => self.text(name, &format!("{value} {unit}")),
            },
        }
    }

    /// Keeps a text by the name that it has in JSON; brackets of a list stay.
    pub fn text(&mut self, name: &str, value: &str) {
        let value = value.trim_end();
        if !value.is_empty() {
            let mut json = Vec::with_capacity(value.len() + 2);
            catchwater_schemas::escape::string_into(value, &mut json);
            self.free.insert(name.to_string(), String::from_utf8_lossy(&json).into_owned());
        }
    }

    /// Sets a measure, named as in JSON; one that is no plain number is kept as a free one, if it is any.
    pub fn measure(&mut self, name: &str, number: &'a str) {
        let (field, whole) = match name {
            "durationMs" => (Field::EventDuration, false),
            "billedDurationMs" => (Field::AwsLambdaBilledDuration, false),
            "initDurationMs" => (Field::AwsLambdaInitDuration, false),
            "memorySizeMB" => (Field::AwsLambdaMemorySize, true),
            "maxMemoryUsedMB" => (Field::AwsLambdaMaxMemoryUsed, true),
            _ => return self.free_number(name, number),
        };
        match (field, millis_to_nanos(number), json_number(number)) {
            (Field::EventDuration, Some(nanos), _) => self.fields.set(field, nanos),
            (Field::EventDuration, ..) => self.free_number(name, number),
            (_, _, Some(number)) if !whole || unsigned(number).is_some() => {
                self.fields.set(field, Value::Number(number));
            }
            _ => self.free_number(name, number),
        }
    }

    fn free_number(&mut self, name: &str, number: &str) {
        match json_number(number) {
            Some(number) => {
                self.free.insert(name.to_string(), number.to_string());
            }
            None => self.text(name, number),
        }
    }

    /// Sets how it ended, in JSON's words or the text's.
    pub fn status(&mut self, word: &'a str) {
        match word {
            "success" => self.fields.set(Field::EventOutcome, Value::Escaped("success")),
            "failure" | "error" | "timeout" => {
                self.fields.set(Field::EventOutcome, Value::Escaped("failure"));
                self.fields.set(Field::EventReason, word);
            }
            _ => self.text("status", word),
        }
    }

    /// Sets what follows from what was read.
    pub fn conclude(&mut self) {
        if self.step == Some(Step::Report) && self.fields.has(Field::AwsLambdaInitDuration) {
            self.fields.set(Field::FaasColdstart, true);
        }
        let is_done = |field| self.fields.has(field) && !self.fields.has(Field::EventDuration);
        if self.step.is_none() && is_done(Field::AwsLambdaInitDuration) {
            let init = match self.fields.get(Field::AwsLambdaInitDuration) {
                Some(Value::Number(number)) => millis_to_nanos(number),
                _ => None,
            };
            if let Some(nanos) = init {
                self.fields.set(Field::EventDuration, nanos);
            }
        }
    }
}

/// The name in JSON of a measure in text.
fn measure_of(name: &str) -> Option<&'static str> {
    Some(match name {
        "Duration" => "durationMs",
        "Billed Duration" => "billedDurationMs",
        "Init Duration" => "initDurationMs",
        "Memory Size" => "memorySizeMB",
        "Max Memory Used" => "maxMemoryUsedMB",
        "Restore Duration" => "restoreDurationMs",
        "Billed Restore Duration" => "billedRestoreDurationMs",
        _ => return None,
    })
}
