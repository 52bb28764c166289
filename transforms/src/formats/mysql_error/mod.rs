//! The error log of MySQL, MariaDB and Percona Server.

mod json;
#[cfg(test)]
mod tests;

use super::{Format, Group, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::scan::{address, decimal, log_time};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::time::Timestamp;
use std::borrow::Cow;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "mysql_error",
    title: "Error log of MySQL, MariaDB and Percona Server",
    doc: "Reads the error log of MySQL 5.0 to 8.4 \
          (<https://dev.mysql.com/doc/refman/8.4/en/error-log-format.html>), also as its JSON sink writes it, and of \
          MariaDB (<https://mariadb.com/kb/en/error-log/>): `2020-08-06T14:25:03.109022Z 5 [Note] [MY-010051] [Server] …`, \
          `2016-12-09T12:08:33.335060Z 0 [Note] …`, `2026-11-24 10:43:30 0 [Note] …`, `131113  1:23:45 [Note] …`, with \
          those of `mysqld_safe` and of plugins that know no level. A line without a time at its start goes on with the one before, \
          such as `Version: …` and what the server writes when it crashes. Times without zone are of the route's.\n\n\
          The code (`MY-010051`) is `event.code`, the subsystem `log.logger`. The number behind the time is \
          `process.thread.id`: the connection's (in MySQL 5.6 it was the process's, which the line does not tell); threads in \
          hexadecimal are passed over. Of logins that were denied and connections that were aborted, user, host and database are read.",
    example: "2020-08-06T14:25:03.109022Z 5 [Note] [MY-010051] [Server] Event Scheduler: scheduler thread started with id 5",
    detect,
    parse,
    continues: Some(continues),
    ..Format::DEFAULTS
};

/// What stands before a message.
#[derive(Debug, Default, PartialEq, Eq)]
struct Line<'a> {
    time: Timestamp,
    /// `2016-12-09T…Z`, as MySQL writes it since 5.7.
    zoned: bool,
    thread: Option<u64>,
    level: Option<&'a str>,
    code: Option<&'a str>,
    subsystem: Option<&'a str>,
    message: &'a str,
}

impl<'a> Line<'a> {
    fn read(text: &'a str, zone_seconds: i32, near: Timestamp) -> Option<Self> {
        let (time, rest) = leading_time(text, zone_seconds, near)?;
        let zoned = text.as_bytes().get(10) == Some(&b'T');
        let mut line = Line { time, zoned, message: rest, ..Line::default() };
        let (word, behind) = rest.split_once(' ').unwrap_or((rest, ""));
        if let Some(thread) = decimal::unsigned(word).filter(|_| !behind.is_empty()) {
            (line.thread, line.message) = (Some(thread), behind.trim_start_matches(' '));
        } else if is_hexadecimal(word) {
            line.message = behind.trim_start_matches(' ');
        }
        if let Some((level, behind)) = bracketed(line.message).filter(|(level, _)| is_level(level)) {
            (line.level, line.message) = (Some(level), behind);
            if let Some((code, behind)) = bracketed(behind).filter(|(code, _)| is_code(code)) {
                (line.code, line.message) = (Some(code), behind);
                if let Some((subsystem, behind)) = bracketed(behind).filter(|(name, _)| is_name(name)) {
                    (line.subsystem, line.message) = (Some(subsystem), behind);
                }
            }
        }
        Some(line)
    }

    /// Could no other logger have written this?
    fn is_sure(&self, text: &str) -> bool {
        let short = text.as_bytes().get(6) == Some(&b' ');
        match self.level {
            Some("Note" | "Warning" | "System") => self.thread.is_some() || short,
            Some("ERROR" | "Error") => self.code.is_some() || short || (self.zoned && self.thread.is_some()),
            _ => {
                short
                    && ["mysqld_safe ", "InnoDB: ", "server_audit: "]
                        .iter()
                        .any(|s| self.message.starts_with(s))
            }
        }
    }
}

/// Four digits and a hyphen, or six digits and a space: the two kinds of dates that all versions have written.
fn leading_time(text: &str, zone_seconds: i32, near: Timestamp) -> Option<(Timestamp, &str)> {
    let digits = text.bytes().take(7).take_while(u8::is_ascii_digit).count();
    let is_date = matches!((digits, text.as_bytes().get(digits)), (4, Some(b'-')) | (6, Some(b' ')));
    let read = is_date.then(|| log_time::read(text, log_time::Context { zone_seconds, near }))?;
    let (time, rest) = read?;
    Some((time, rest.strip_prefix(' ')?.trim_start_matches(' ')))
}

fn is_hexadecimal(word: &str) -> bool {
    let digits = word.strip_prefix("0x").unwrap_or(word);
    (8..=16).contains(&digits.len()) && digits.bytes().all(|c| c.is_ascii_hexdigit())
}

/// `[Note] …`: what stands in the brackets, and behind them.
fn bracketed(text: &str) -> Option<(&str, &str)> {
    let (inside, rest) = text.strip_prefix('[')?.split_once(']')?;
    Some((inside, rest.trim_start_matches(' ')))
}

fn is_level(word: &str) -> bool {
    matches!(word, "Note" | "Warning" | "ERROR" | "Error" | "System" | "Entry" | "Information")
}

/// `MY-010051`, and of plugins that have none `MY-000000`.
fn is_code(word: &str) -> bool {
    word.strip_prefix("MY-").is_some_and(|n| !n.is_empty() && n.bytes().all(|c| c.is_ascii_digit()))
}

fn is_name(word: &str) -> bool {
    !word.is_empty() && word.len() <= 64 && word.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_')
}

fn detect(message: &str) -> bool {
    if message.starts_with('{') {
        return json::detect(message);
    }
    Line::read(message, 0, Timestamp::default()).is_some_and(|line| line.is_sure(message))
}

fn continues(group: &mut Group<'_>, message: &str) -> bool {
    let begins = message.starts_with('{') || leading_time(message, 0, Timestamp::default()).is_some();
    !begins && !group.text.starts_with('{')
}

fn parse(_: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let text = event.message.trim_end();
    let mut fields = Fields::new();
    fields.set(Field::EventCategory, Value::Json(Cow::Borrowed("[\"database\"]")));
    if text.starts_with('{') {
        let record = json::Record::read(text, event.zone_seconds, event.json_depth)?;
        record.set(&mut fields);
        set_message(&record.message, &mut fields);
        set_error(&mut fields);
        emit.event(Kind::Log, fields);
        return Ok(());
    }
    let line = Line::read(text, event.zone_seconds, event.time).ok_or(Refusal("no_mysql_error"))?;
    fields.set(Field::Timestamp, line.time);
    if let Some(thread) = line.thread {
        fields.set(Field::ProcessThreadId, thread);
    }
    for (field, text) in
        [(Field::LogLevel, line.level), (Field::EventCode, line.code), (Field::LogLogger, line.subsystem)]
    {
        if let Some(text) = text {
            fields.set(field, text);
        }
    }
    set_message(line.message, &mut fields);
    set_error(&mut fields);
    emit.event(Kind::Log, fields);
    Ok(())
}

/// What is logged as an error is one.
fn set_error(fields: &mut Fields<'_>) {
    let is_error = fields.text(Field::LogLevel).is_some_and(|level| level.eq_ignore_ascii_case("error"));
    if is_error && let Some(message) = fields.get(Field::Message).cloned() {
        fields.set(Field::EventType, "error");
        fields.set(Field::ErrorMessage, message);
    }
}

/// The message, and who it is about where it tells of a connection.
fn set_message<'a>(message: &'a str, fields: &mut Fields<'a>) {
    fields.set_present(Field::Message, message);
    if let Some(rest) = message.strip_prefix("Access denied for user '")
        && let Some((user, rest)) = rest.split_once("'@'")
        && let Some((host, _)) = rest.split_once('\'')
    {
        fields.set(Field::EventCategory, Value::Json(Cow::Borrowed("[\"authentication\",\"database\"]")));
        fields.set(Field::EventAction, "authentication");
        fields.set(Field::EventOutcome, "failure");
        fields.set_present(Field::UserName, user);
        address::set_source(fields, host);
    } else if message.starts_with("Aborted connection ") {
        fields.set(Field::EventAction, "aborted connection");
        for (name, field) in [
            (" db: '", Field::DbNamespace),
            (" user: '", Field::UserName),
            (" host: '", Field::SourceAddress),
        ] {
            let value = message.split_once(name).and_then(|(_, rest)| rest.split_once('\'')).map(|(v, _)| v);
            match value.filter(|value| !matches!(*value, "" | "unconnected" | "unauthenticated")) {
                Some(host) if field == Field::SourceAddress => address::set_source(fields, host),
                Some(value) => fields.set(field, value),
                None => (),
            }
        }
    }
}
