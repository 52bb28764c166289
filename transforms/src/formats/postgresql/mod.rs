//! The log of PostgreSQL: as text with any `log_line_prefix`, as CSV, as JSON; of Amazon RDS and Aurora, CloudNativePG.

mod csv_row;
mod entry;
mod json_record;
mod known_prefixes;
mod message;
mod pgaudit;
mod prefix;
mod severity;
#[cfg(test)]
mod tests;
mod time;

use super::{Format, Group, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::options::{self, OptionError, Options};
use crate::scan::csv;
use entry::{Entry, Last, Part};
use known_prefixes::PREFIXES;
use prefix::{Prefix, severity_ends};
use serde::Deserialize;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "postgresql",
    title: "Log of PostgreSQL, text, CSV or JSON",
    doc: "Reads the three forms of PostgreSQL's log \
          (<https://www.postgresql.org/docs/current/runtime-config-logging.html>), told apart by each line: text with \
          the route's `log_line_prefix`, or without that option one of some thirty common ones (the server's default, \
          Debian's, Amazon RDS's and Aurora's, Azure's, pgBadger's …; of an unknown one the time, the process in \
          `[…]`, severity and message are read, and the rest stands in `catchwater.fields.prefix`); CSV of 8.4 to 17; \
          JSON, also as CloudNativePG wraps it. Lines that begin with white space, or in which no severity stands, \
          and rows whose quotation marks are open, go on with the entry before.\n\n\
          A client's statement is a `service_query`: `statement` and `execute`, with or without a duration, what pgAudit \
          writes (`AUDIT:`), and the statement of an error. `parse` and `bind` are its parts, `duration` alone belongs to a \
          statement that was logged before, and a plan of `auto_explain` repeats it: those are `log`, with the query and \
          the duration. With `log_statement` and errors both logged, a statement that fails is told of twice, the \
          second time with `event.outcome: failure`.\n\n\
          As text, `DETAIL`, `HINT`, `CONTEXT`, `QUERY`, `LOCATION` and `STATEMENT` are entries of their own, as the \
          server writes them, with that word as `log.level`. A `STATEMENT` behind an error of the same process has \
          the error's message and code, and is the `service_query`. In CSV and JSON they are parts of one entry. \
          Tabs that the server puts before lines of a message stay. `[local]` (a Unix socket) is a `source.address`; `[unknown]` is \
          nobody. `%e` and `log_error_verbosity = verbose` give `event.code`. Zones are read by their abbreviations; one \
          that is not known is taken as the route's. Severities are known in English, German, French, Spanish, \
          Italian, Swedish, Russian, Japanese and Chinese; what a message tells (durations, connections, locks, checkpoints, \
          temporary files, autovacuum) is read in English.",
    example: "2021-03-17 15:18:02.744 UTC [151] postgres@accounts LOG:  duration: 0.311 ms  statement: select abalance from pgbench_accounts where aid = 7",
    detect,
    parse,
    continues: Some(continues),
    options: Some(Options {
        keys: &[(
            "log_line_prefix",
            "The server's `log_line_prefix`, in its own syntax: `%m [%p] %q%u@%d `. All escapes of the manual, `%q` and padding \
             (`%-10u`).",
        )],
        read: |given| {
            options::read(given, |given: Given| {
                let compile = |text: String| {
                    Prefix::new(&text).map_err(|e| OptionError::of("log_line_prefix", e.to_string()))
                };
                Ok(Compiled { prefix: given.log_line_prefix.map(compile).transpose()? })
            })
        },
    }),
    ..Format::DEFAULTS
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    log_line_prefix: Option<String>,
}

/// The route's options, compiled.
struct Compiled {
    prefix: Option<Prefix>,
}

fn detect(message: &str) -> bool {
    match message.as_bytes().first() {
        Some(b'{') => json_record::detect(message),
        Some(b'0'..=b'9') if csv_row::begins(message) => csv_row::read(message, 0).is_ok(),
        Some(b'0'..=b'9' | b'<') => {
            // Two spaces behind the severity are the server's own; a line break is the one place where they are missing.
            let mut entry = Entry::new();
            message.contains(":  ") && by_known_prefix(message, 0, &mut entry) && entry.zoned
        }
        _ => false,
    }
}

/// Is a row of CSV open; else whatever begins with white space or has no severity is no entry.
fn continues(group: &mut Group<'_>, message: &str) -> bool {
    // The state is what was looked at so far, and whether a mark is open there.
    let (seen, inside) = ((*group.state >> 1) as usize, *group.state & 1 == 1);
    if seen == 0 && !csv_row::begins(group.text) {
        let begins = !message.starts_with([' ', '\t'])
            && (message.starts_with('{')
                || severity::places(message).next().is_some()
                || csv_row::begins(message));
        return !begins;
    }
    let open = csv::is_open(group.text.get(seen..).unwrap_or_default(), inside);
    *group.state = (group.text.len() as u32) << 1 | u32::from(open);
    open
}

fn parse(state: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let message = event.message.trim_end_matches(['\n', '\r']);
    let entry = if message.starts_with('{') {
        json_record::read(message, event.zone_seconds, event.json_depth)?
    } else if csv_row::begins(message) {
        csv_row::read(message, event.zone_seconds)?
    } else {
        text(message, event)?
    };
    entry.emit(state.of::<Last>(FORMAT.name), emit)
}

/// An entry of the text form.
fn text<'a>(message: &'a str, event: LogEvent<'a>) -> Result<Entry<'a>, Refusal> {
    let mut entry = Entry::new();
    let found = match event.options::<Compiled>().and_then(|options| options.prefix.as_ref()) {
        Some(prefix) => {
            severity_ends(message).any(|end| prefix.read(message, end, event.zone_seconds, &mut entry))
        }
        None => {
            by_known_prefix(message, event.zone_seconds, &mut entry) || {
                entry = Entry::new();
                by_any_prefix(message, event.zone_seconds, &mut entry)
            }
        }
    };
    if found { Ok(entry) } else { Err(Refusal("no_such_log_line_prefix")) }
}

fn by_known_prefix<'a>(line: &'a str, zone_seconds: i32, entry: &mut Entry<'a>) -> bool {
    let time = time::date_time(line, zone_seconds);
    severity_ends(line).any(|end| {
        PREFIXES.iter().any(|prefix| {
            let found = match time {
                Some(time) => prefix.read_behind_time(time, end, entry),
                None => prefix.read(line, end, zone_seconds, entry),
            };
            if !found {
                entry.clear();
            }
            found
        })
    })
}

/// A time and, somewhere behind it, a severity: what is in between is not known.
fn by_any_prefix<'a>(line: &'a str, zone_seconds: i32, entry: &mut Entry<'a>) -> bool {
    let Some(read) = time::date_time(line, zone_seconds).or_else(|| time::epoch(line)) else { return false };
    let Some(at) = severity::places(read.rest).next() else { return false };
    let between = &read.rest[..at];
    let Some((word, message)) = severity::at_front(&read.rest[at..]) else { return false };
    if between.contains('\n') {
        return false;
    }
    entry.time = Some(read.time);
    let process = between.split_once('[').and_then(|(_, inside)| inside.split_once([']', '-']));
    if let Some((pid, _)) = process {
        entry.put(Part::Pid, pid);
    }
    entry.free.add("prefix", between.trim());
    entry.put(Part::Severity, word);
    entry.put(Part::Message, message);
    true
}
