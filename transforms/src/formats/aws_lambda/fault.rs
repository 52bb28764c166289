//! How the platform says that a call failed: a timeout, a process that was killed or left, an image that does not start.
//!
//! ```text
//! 2020-06-09T15:02:26.150Z 7c9567b5-107b-4a6c-8798-0157ac21db52 Task timed out after 3.00 seconds
//! RequestId: 2ea49a23-ff39-4bf5-8761-439f99b7c5f6 Error: Runtime exited with error: signal: killed
//! RequestId: d783b35e-a91d-4251-af17-035953428a2c Process exited before completing request
//! IMAGE Launch error: exec format error⇥Entry Point: [/main]⇥Cmd: []⇥WorkingDir: [/app]
//! ```
//! (<https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html>)

use super::{function_of, is_request_id};
use crate::scan::decimal::seconds_to_nanos;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::time::Timestamp;

/// A fault.
pub(super) struct Fault<'a> {
    /// The call's id; empty for none.
    pub request_id: &'a str,
    time: Option<Timestamp>,
    /// What happened.
    pub text: &'a str,
    /// `Runtime.ExitError`; what the platform names so.
    pub error_type: Option<&'a str>,
    /// Seconds after which the platform gave up.
    seconds: Option<&'a str>,
    whole: &'a str,
}

/// Is this surely one?
pub(super) fn is_sure(message: &str) -> bool {
    read(message).is_some_and(|fault| !fault.request_id.is_empty())
}

/// Reads a fault.
pub(super) fn read(message: &str) -> Option<Fault<'_>> {
    // Some tools write the line's end as `\n`.
    let whole = message.trim_end().trim_end_matches("\\n").trim_end();
    let fault = Fault { request_id: "", time: None, text: whole, error_type: None, seconds: None, whole };
    if let Some(rest) = whole.strip_prefix("RequestId: ") {
        let (request_id, text) = rest.split_once(' ')?;
        let (text, error_type) = match text.split_once('\n') {
            Some((text, class)) => (text.trim_end(), Some(class.trim()).filter(|class| is_class(class))),
            None => (text, None),
        };
        let text = text.strip_prefix("Error: ").unwrap_or(text);
        return is_request_id(request_id).then_some(Fault { request_id, text, error_type, ..fault });
    }
    if let Some(text) =
        whole.strip_prefix("IMAGE").filter(|text| text.trim_start().starts_with("Launch error: "))
    {
        return Some(Fault { text: text.trim_start(), ..fault });
    }
    let (time, rest) = whole.split_once(' ')?;
    let (request_id, text) = rest.split_once(' ')?;
    let seconds = text.strip_prefix("Task timed out after ")?.strip_suffix(" seconds")?;
    let time = Some(Timestamp::parse_rfc3339(time, 0)?);
    is_request_id(request_id).then_some(Fault { request_id, time, text, seconds: Some(seconds), ..fault })
}

/// `Runtime.ExitError`, `Extension.Crash`.
pub(super) fn is_class(text: &str) -> bool {
    text.contains('.') && text.len() <= 80 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.')
}

impl<'a> Fault<'a> {
    /// `timeout`, as a status has it, else what happened in the platform's words.
    pub fn reason(&self) -> &'a str {
        if self.seconds.is_some() { "timeout" } else { self.text }
    }

    /// The fault as an event of its own.
    pub fn into_fields(self, log_group: &'a str) -> Fields<'a> {
        let mut fields = Fields::new();
        fields.set(Field::EventAction, "platform.fault");
        fields.set(Field::EventOutcome, Value::Escaped("failure"));
        fields.set(Field::EventReason, self.reason());
        fields.set(Field::ErrorMessage, self.text);
        fields.set(Field::Message, self.whole);
        if let Some(time) = self.time {
            fields.set(Field::Timestamp, time);
        }
        if !self.request_id.is_empty() {
            fields.set(Field::AwsRequestId, self.request_id);
            fields.set(Field::FaasExecution, self.request_id);
        }
        if let Some(class) = self.error_type {
            fields.set(Field::ErrorType, class);
        }
        if let Some(nanos) = self.seconds.and_then(seconds_to_nanos) {
            fields.set(Field::EventDuration, nanos);
        }
        if let Some(name) = function_of(log_group) {
            fields.set(Field::FaasName, name);
        }
        fields
    }
}
