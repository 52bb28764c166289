//! What the text of an entry says: a statement and its duration, a connection, a lock, a checkpoint …
//!
//! Texts are those of the server's source (`postgres.c`, `postinit.c`, `proc.c`, `xlog.c`, `fd.c`, `vacuumlazy.c`), of
//! its module `auto_explain` and of the extension pgAudit; they are read in English only, in which clients' statements
//! are logged under every `lc_messages` but those that translate `duration` too.

use super::entry::set_port;
use super::pgaudit;
use crate::scan::free_fields::FreeFields;
use crate::scan::{address, decimal};
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use std::borrow::Cow;

/// What a text says of a statement.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said<'a> {
    pub action: Option<&'static str>,
    pub query: Option<&'a str>,
    /// A client's statement was run or is about to be: it counts as asked. Its parts, `parse` and `bind`, do not.
    pub is_asked: bool,
}

impl<'a> Said<'a> {
    /// A `STATEMENT` entry.
    pub fn query(query: &'a str) -> Self {
        let query = Some(query).filter(|q| !q.is_empty());
        Self { action: Some("statement"), query, is_asked: false }
    }

    fn action(action: &'static str) -> Self {
        Self { action: Some(action), ..Self::default() }
    }
}

/// Reads a text, sets what it says.
pub(super) fn read<'a>(text: &'a str, fields: &mut Fields<'a>, free: &mut FreeFields) -> Said<'a> {
    let Some((first, rest)) = text.split_once(' ') else { return Said::default() };
    match first {
        "duration:" => duration(rest, fields, free),
        "statement:" | "execute" | "fastpath" => {
            let asked = step(text, free).filter(|said| said.is_asked || said.query.is_none());
            asked.unwrap_or_default()
        }
        "AUDIT:" => pgaudit::read(rest, fields, free).unwrap_or_default(),
        "connection" | "replication" => connection(text, fields, free),
        "disconnection:" => disconnection(rest, fields),
        "temporary" => temporary_file(rest, fields),
        "process" => lock_wait(text, fields, free),
        "checkpoint" | "restartpoint" => checkpoint(first, rest, fields, free),
        "automatic" => automatic(rest, fields, free),
        "password" => password(rest, fields),
        _ => Said::default(),
    }
}

/// `112.337 ms  execute S_59: UPDATE …`, `6.589 ms`, `1.2 ms  plan:⏎Query Text: …`
fn duration<'a>(rest: &'a str, fields: &mut Fields<'a>, free: &mut FreeFields) -> Said<'a> {
    let Some((millis, rest)) = rest.split_once(" ms") else { return Said::default() };
    let Some(nanos) = millis_to_nanos(millis) else { return Said::default() };
    fields.set(Field::EventDuration, nanos);
    let rest = rest.trim_start_matches(' ');
    if let Some(plan) = rest.strip_prefix("plan:") {
        return Said { query: query_of_plan(plan), ..Said::action("plan") };
    }
    match step(rest, free) {
        Some(said) => {
            // A duration is logged of what succeeded.
            fields.set(Field::EventOutcome, "success");
            said
        }
        None => Said::action("duration"),
    }
}

/// `statement: SELECT 1`, `execute fetch from S_1/C_2: SELECT 1`, `parse <unnamed>: SELECT 1`
fn step<'a>(text: &'a str, free: &mut FreeFields) -> Option<Said<'a>> {
    let (word, rest) = text.split_at(text.find([' ', ':'])?);
    let action = match word {
        "statement" => "statement",
        "execute" => "execute",
        "parse" => "parse",
        "bind" => "bind",
        "fastpath" if rest.starts_with(" function call: ") => return Some(Said::action("fastpath")),
        _ => return None,
    };
    let query = if action == "statement" {
        rest.strip_prefix(':')?.trim_start_matches(' ')
    } else {
        let rest = rest.strip_prefix(' ')?;
        let rest = rest.strip_prefix("fetch from ").unwrap_or(rest);
        let (name, query) = rest.split_once(": ").or_else(|| Some((rest.strip_suffix(':')?, "")))?;
        if name != "<unnamed>" {
            free.add("query_name", name);
        }
        query
    };
    let is_asked = matches!(action, "statement" | "execute");
    Some(Said { action: Some(action), query: Some(query).filter(|q| !q.is_empty()), is_asked })
}

/// The statement in what `auto_explain` logs as text: up to the plan's first line, which tells costs.
fn query_of_plan(plan: &str) -> Option<&str> {
    let text = plan.trim_start().strip_prefix("Query Text: ")?;
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        if end > 0
            && (line.contains("  (cost=") || line.contains(" (actual ") || line.contains(" (never exec"))
        {
            break;
        }
        end += line.len();
    }
    Some(text[..end].trim_end())
}

fn millis_to_nanos(millis: &str) -> Option<u64> {
    let (whole, fraction) = millis.split_once('.').unwrap_or((millis, "0"));
    let fraction = catchwater_schemas::time::fraction_nanos(fraction.as_bytes())?;
    decimal::unsigned(whole)?.checked_mul(1_000_000)?.checked_add(u64::from(fraction / 1_000))
}

/// `key=value` words of a text, their order as the server has it. Values hold spaces only where the server does not care.
fn words(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split([' ', ',', '(', ')']).filter_map(|word| word.split_once('='))
}

/// `connection received: host=127.0.0.1 port=60020`, `connection authorized: user=u database=d SSL enabled (protocol=…`,
/// `connection authenticated: identity="u" method=peer (…/pg_hba.conf:3)`
fn connection<'a>(text: &'a str, fields: &mut Fields<'a>, free: &mut FreeFields) -> Said<'a> {
    let Some((what, rest)) = text.split_once(": ") else { return Said::default() };
    let action = match what {
        "connection received" => "connection received",
        "connection authenticated" => "connection authenticated",
        "connection authorized" => "connection authorized",
        "replication connection authorized" => "replication connection authorized",
        _ => return Said::default(),
    };
    fields.set(Field::EventCategory, Value::Json(Cow::Borrowed("[\"database\",\"session\"]")));
    fields.set(Field::EventType, if action.ends_with("authorized") { "start" } else { "info" });
    if action != "connection received" {
        fields.set(Field::EventOutcome, "success");
    }
    set_words(rest, fields, free);
    Said::action(action)
}

/// Sets the names that tell of a connection where the entry has not told them already.
fn set_words<'a>(text: &'a str, fields: &mut Fields<'a>, free: &mut FreeFields) {
    for (name, value) in words(text) {
        let field = match name {
            "user" => Field::UserName,
            "database" => Field::DbNamespace,
            "application_name" => Field::PostgresqlApplicationName,
            "protocol" => Field::TlsVersionProtocol,
            "cipher" => Field::TlsCipher,
            "host" if !fields.has(Field::SourceIp) && !fields.has(Field::SourceAddress) => {
                address::set_source(fields, value);
                continue;
            }
            "port" if !fields.has(Field::SourcePort) => {
                set_port(fields, value);
                continue;
            }
            "method" => {
                free.add("method", value);
                continue;
            }
            _ => continue,
        };
        if !fields.has(field) {
            fields.set_present(field, value);
        }
    }
}

/// `session time: 0:00:57.876 user=u database=d host=192.168.1.100 port=51762`
fn disconnection<'a>(rest: &'a str, fields: &mut Fields<'a>) -> Said<'a> {
    let Some((time, rest)) = rest.strip_prefix("session time: ").and_then(|r| r.split_once(' ')) else {
        return Said::default();
    };
    fields.set(Field::EventCategory, Value::Json(Cow::Borrowed("[\"database\",\"session\"]")));
    fields.set(Field::EventType, "end");
    if let Some(nanos) = clock_to_nanos(time) {
        fields.set(Field::EventDuration, nanos);
    }
    set_words(rest, fields, &mut FreeFields::default());
    Said::action("disconnection")
}

/// `12:34:56.789`
fn clock_to_nanos(clock: &str) -> Option<u64> {
    let mut parts = clock.splitn(3, ':');
    let (hours, minutes) = (decimal::unsigned(parts.next()?)?, decimal::unsigned(parts.next()?)?);
    let nanos = decimal::seconds_to_nanos(parts.next()?)?;
    let seconds = hours.checked_mul(60)?.checked_add(minutes)?.checked_mul(60)?;
    seconds.checked_mul(1_000_000_000)?.checked_add(nanos)
}

/// `file: path "base/pgsql_tmp/pgsql_tmp81.3", size 162381824`
fn temporary_file<'a>(rest: &'a str, fields: &mut Fields<'a>) -> Said<'a> {
    let file = rest.strip_prefix("file: path \"").and_then(|r| r.rsplit_once("\", size "));
    let Some((path, size)) = file else { return Said::default() };
    fields.set(Field::FilePath, path);
    if let Some(size) = decimal::unsigned(size.trim_end()) {
        fields.set(Field::FileSize, size);
    }
    Said::action("temporary file")
}

/// `process 10 still waiting for ShareLock on transaction 789 after 1000.1 ms`
fn lock_wait<'a>(text: &'a str, fields: &mut Fields<'a>, free: &mut FreeFields) -> Said<'a> {
    let known = [
        (" still waiting for ", "lock wait"),
        (" acquired ", "lock acquired"),
        (" avoided deadlock for ", "deadlock avoided"),
        (" detected deadlock while waiting for ", "deadlock"),
    ];
    let first_line = text.split('\n').next().unwrap_or(text);
    for (marker, action) in known {
        let Some((_, rest)) = first_line.split_once(marker) else { continue };
        let Some((mode, rest)) = rest.split_once(" on ") else { continue };
        let object = rest.split_once(" after ").map(|(object, after)| {
            if let Some(nanos) = after.split_once(" ms").and_then(|(millis, _)| millis_to_nanos(millis)) {
                fields.set(Field::EventDuration, nanos);
            }
            object
        });
        free.add("lock_mode", mode);
        free.add("lock_object", object.unwrap_or(rest));
        return Said::action(action);
    }
    Said::default()
}

/// `complete: wrote 5 buffers (0.0%); …; write=0.4 s, sync=0.0 s, total=0.5 s; …`
fn checkpoint<'a>(word: &str, rest: &'a str, fields: &mut Fields<'a>, free: &mut FreeFields) -> Said<'a> {
    let restart = word == "restartpoint";
    if let Some(reason) = rest.strip_prefix("starting:") {
        free.add("reason", reason.trim());
        return Said::action(if restart { "restartpoint starting" } else { "checkpoint starting" });
    }
    let Some(rest) = rest.strip_prefix("complete: ") else { return Said::default() };
    if let Some((_, total)) = rest.split_once("total=")
        && let Some(nanos) = decimal::seconds_to_nanos(total.split(' ').next().unwrap_or_default())
    {
        fields.set(Field::EventDuration, nanos);
    }
    if let Some((buffers, _)) = rest.strip_prefix("wrote ").and_then(|r| r.split_once(" buffers")) {
        free.add("buffers", buffers);
    }
    Said::action(if restart { "restartpoint complete" } else { "checkpoint complete" })
}

/// `vacuum of table "db.public.t": index scans: 1⏎…elapsed: 0.02 s`, `analyze of table "db.public.t" system usage: …`,
/// `aggressive vacuum to prevent wraparound of table …`
fn automatic<'a>(rest: &'a str, fields: &mut Fields<'a>, free: &mut FreeFields) -> Said<'a> {
    let Some((what, named)) = rest.split_once(" of table \"") else { return Said::default() };
    let Some((table, rest)) = named.split_once('"') else { return Said::default() };
    let action = match what {
        "analyze" => "automatic analyze",
        _ if what.contains("vacuum") => "automatic vacuum",
        _ => return Said::default(),
    };
    free.add("table", table);
    if let Some((_, elapsed)) = rest.rsplit_once("elapsed: ")
        && let Some(nanos) = decimal::seconds_to_nanos(elapsed.split(' ').next().unwrap_or_default())
    {
        fields.set(Field::EventDuration, nanos);
    }
    Said::action(action)
}

/// `authentication failed for user "root"`
fn password<'a>(rest: &'a str, fields: &mut Fields<'a>) -> Said<'a> {
    let user = rest.strip_prefix("authentication failed for user \"").and_then(|r| r.strip_suffix('"'));
    let Some(user) = user else { return Said::default() };
    fields.set(Field::EventCategory, Value::Json(Cow::Borrowed("[\"authentication\",\"database\"]")));
    if !fields.has(Field::UserName) {
        fields.set_present(Field::UserName, user);
    }
    Said::action("authentication")
}
