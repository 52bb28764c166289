//! Stack traces: which lines are of one, and what it tells of the error.

use super::{application, fault, platform};
use crate::formats::Group;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use std::borrow::Cow;

/// How Python's traceback begins.
const TRACEBACK: &str = "Traceback (most recent call last):";

/// Longest line of the platform, in bytes.
const MOST_LINE: usize = 2_048;

/// The group's state: a line of the platform, which nothing goes on with.
const OF_PLATFORM: u32 = 1;
/// A line of the function.
const OF_FUNCTION: u32 = 2;
/// A line of the function, and Python's traceback was begun and waits for the line that names the error.
const IN_TRACEBACK: u32 = 3;

/// Does this line go on with those before it? Lambda sends a report with its trace, and a message of the runtime, as
/// one log event each; tools that know only lines cut them up.
pub(super) fn continues(group: &mut Group<'_>, message: &str) -> bool {
    // A platform's line is short; what was joined to another does not matter, and must not be read again each time.
    let first = &group.text[..group.text.floor_char_boundary(MOST_LINE)];
    if first.starts_with("REPORT ") {
        return message.starts_with("XRAY TraceId: ");
    }
    if first.starts_with("RequestId: ") {
        return fault::is_class(message.trim_end()) && !first.contains('\n');
    }
    if *group.state == 0 {
        let is_of_platform = first.starts_with('{') || platform::read(first).is_ok_and(|line| line.is_some());
        *group.state = if is_of_platform { OF_PLATFORM } else { OF_FUNCTION };
    }
    if *group.state == OF_PLATFORM {
        return false;
    }
    if message.starts_with(TRACEBACK) {
        *group.state = IN_TRACEBACK;
        return true;
    }
    let indented = message.starts_with([' ', '\t']) && !message.trim().is_empty();
    let goes_on = indented || message.starts_with("Caused by: ");
    let names_error = *group.state == IN_TRACEBACK && !goes_on && error_line(message).is_some();
    if names_error && !application::is_sure(message) {
        *group.state = OF_FUNCTION;
        return true;
    }
    goes_on
}

/// `ValueError: message`, `botocore.exceptions.ClientError: …`, `KeyboardInterrupt`.
pub(super) fn error_line(line: &str) -> Option<(&str, &str)> {
    let (class, message) = line.split_once(": ").unwrap_or((line, ""));
    let named = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'$');
    let starts_as_name = class.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    (starts_as_name && class.len() <= 200 && class.bytes().all(named)).then_some((class, message))
}

/// Sets the stack trace in a message, and class and message of the error where it tells them.
pub(super) fn set<'a>(text: &'a str, fields: &mut Fields<'a>) {
    if let Some(at) = text.find(TRACEBACK) {
        let stack = text[at..].trim_end();
        fields.set(Field::ErrorStackTrace, stack);
        let last = stack.rsplit(['\n', '\r']).next().unwrap_or_default();
        if !last.starts_with([' ', '\t', '\u{a0}']) && last != stack {
            set_error(last, fields);
        }
    } else if text.contains("\n\tat ") || text.contains("\n    at ") {
        fields.set(Field::ErrorStackTrace, text.trim_end());
        let first = text.lines().next().unwrap_or_default();
        // `java.lang.IllegalStateException: message` and `TypeError: message`, not `Error: Handler not found`.
        if error_line(first)
            .is_some_and(|(class, _)| class.ends_with("Exception") || class.ends_with("Error"))
        {
            set_error(first, fields);
        }
    }
}

/// Sets class and message of the error that a line names.
pub(super) fn set_error<'a>(line: &'a str, fields: &mut Fields<'a>) {
    let Some((class, message)) = error_line(line) else { return };
    fields.set(Field::ErrorType, Value::Text(Cow::Borrowed(class)));
    if !message.is_empty() {
        fields.set(Field::ErrorMessage, message);
    }
}
