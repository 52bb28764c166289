//! The event of a syslog line: what is surely known of its message is read, by the format that it is of, or as one of a
//! login or command.

use super::{accounts, body, commands, logins};
use crate::emit::{Emit, Shared};
use crate::formats::{LogEvent, RecordState};
use crate::scan::free_fields::FreeFields;
use crate::scan::{carried, decimal, stack_trace};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Fields;
use catchwater_schemas::time::Timestamp;

/// Emits the event of a line: `text` is its message, `fields` and `free` what stands before it, `program` whose it is.
pub fn emit<'a>(
    state: &mut RecordState,
    (event, time): (LogEvent<'a>, Option<Timestamp>),
    (program, text): (&str, &'a str),
    mut fields: Fields<'a>,
    mut free: FreeFields,
    emit: &mut Emit<'_>,
) {
    let program = program.rsplit('/').next().unwrap_or_default();
    // `message repeated 2 times: [ Failed password …]` (rsyslog).
    let (said, repeated) = match of_repetition(text) {
        Some((times, said)) => (said, times),
        None => (text, body::repetition(text).unwrap_or_default()),
    };
    free.add_number("repeated", repeated);
    if let Some(shared) = known(program, said, &mut fields, &mut free) {
        fields.set_present(Field::Message, text);
        free.set(&mut fields);
        return emit.event_sharing(Kind::Log, shared, fields);
    }
    free.set(&mut fields);
    let carried = carried_by(program, text);
    let time = time.unwrap_or(event.time);
    let message = LogEvent { message: carried, time, options: None, ..event };
    if !carried.is_empty() && carried::read(state, program, message, &fields, emit) {
        return;
    }
    let (message, trace) = stack_trace::split(text);
    fields.set_present(Field::Message, message);
    if let Some(trace) = trace {
        trace.set(&mut fields);
    }
    emit.event(Kind::Log, fields);
}

fn known<'a>(
    program: &str,
    message: &'a str,
    fields: &mut Fields<'a>,
    free: &mut FreeFields,
) -> Option<Shared> {
    logins::set(program, message, fields, free)
        .or_else(|| commands::set(program, message, fields, free))
        .or_else(|| accounts::set(program, message, fields, free))
}

/// The message without what only syslog needs: `@cee:` says that JSON follows (rsyslog's mmjsonparse); PostgreSQL numbers
/// its messages and their lines, `[5-1] ` (`syslog_sequence_numbers`).
fn carried_by<'a>(program: &str, text: &'a str) -> &'a str {
    if let Some(json) = text.strip_prefix("@cee:") {
        return json.trim_start();
    }
    let behind_number = || {
        let (numbers, rest) = text.strip_prefix('[')?.split_once("] ")?;
        let (message, line) = numbers.split_once('-')?;
        decimal::unsigned(message).and(decimal::unsigned(line)).map(|_| rest)
    };
    let numbered = if program.starts_with("postgres") { behind_number() } else { None };
    numbered.unwrap_or(text)
}

/// How often, and what.
fn of_repetition(text: &str) -> Option<(&str, &str)> {
    let (times, said) = text.strip_prefix("message repeated ")?.split_once(" times: [ ")?;
    decimal::unsigned(times)?;
    Some((times, said.strip_suffix(']')?))
}
