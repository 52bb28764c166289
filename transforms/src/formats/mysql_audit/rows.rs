//! Comma-separated rows: of `server_audit`, and of Percona's `audit_log` with `audit_log_format = CSV`.

use super::record::{Record, utc};
use crate::formats::{Group, Refusal};
use crate::scan::csv::{Dialect, RFC_4180, take};
use crate::scan::decimal;
use catchwater_schemas::time::{Civil, Timestamp, digits};
use std::borrow::Cow;

/// A statement stands between `'`, a backslash before what would end it.
const QUOTED: Dialect = Dialect { mark: b'\'', backslash: true };

/// Does a row of `server_audit` begin here? A time, a comma, and seven more behind it, the sixth before an operation.
pub(super) fn begins(text: &str) -> bool {
    let Some((time, rest)) = text.split_once(',') else { return false };
    let operation = rest.split(',').nth(5).unwrap_or_default();
    server_time(time, 0).is_some()
        && !operation.is_empty()
        && operation.bytes().all(|c| c.is_ascii_uppercase() || c == b'_')
}

/// `20210526 12:08:45` in the server's zone, or the epoch in microseconds.
fn server_time(text: &str, zone_seconds: i32) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    if bytes.len() == 16 && bytes.iter().all(u8::is_ascii_digit) {
        let micros = i64::try_from(decimal::unsigned(text)?).ok()?;
        return Some(Timestamp::from_nanos(micros.checked_mul(1_000)?));
    }
    let (date, clock) = text.split_once(' ')?;
    let mut parts = clock.trim_start().splitn(3, ':').map(|part| digits(part.as_bytes()));
    let mut two = || parts.next().flatten().and_then(|n| u8::try_from(n).ok());
    let date = digits(date.as_bytes()).filter(|_| date.len() == 8)?;
    Timestamp::from_civil(Civil {
        year: (date / 10_000) as i32,
        month: (date / 100 % 100) as u8,
        day: (date % 100) as u8,
        hour: two()?,
        minute: two()?,
        second: two()?,
        nanosecond: 0,
        offset_seconds: zone_seconds,
    })
}

/// Reads a row of `server_audit`.
pub(super) fn server_audit(row: &str, zone_seconds: i32) -> Result<Record<'_>, Refusal> {
    let cut = Refusal("audit_row_cut");
    let mut record = Record::default();
    let mut rest = Some(row);
    let mut take_next = || -> Option<Cow<'_, str>> {
        let (value, next) = take(rest?, QUOTED)?;
        rest = next;
        Some(value)
    };
    let mut next = || take_next().ok_or(cut);
    record.time = server_time(&next()?, zone_seconds);
    record.server = next()?;
    record.user = next()?;
    record.host = next()?;
    record.connection = next()?;
    let query_id = next()?;
    record.action = next()?;
    record.database = next()?;
    let object = next()?;
    record.status = next()?;
    if query_id != "0" {
        record.add("queryid".into(), &query_id);
    }
    // Behind the database there is a table, or in quotation marks what the client sent.
    if record.action.starts_with("QUERY") {
        record.query = object;
    } else {
        record.add("object".into(), &object);
    }
    Ok(record)
}

/// Names of Percona's columns behind the record's name, id and time, by the record's name.
fn percona_columns(name: &str) -> &'static [&'static str] {
    match name {
        "Connect" | "Quit" | "Change user" => {
            &["connection_id", "status", "user", "priv_user", "os_login", "proxy_user", "host", "ip", "db"]
        }
        "Audit" | "NoAudit" => &["mysql_version", "startup_options", "os_version"],
        _ => &["command_class", "connection_id", "status", "sqltext", "user", "host", "os_user", "ip", "db"],
    }
}

/// Does a row of Percona's begin here? `"Query","49284_2014-08-27T10:47:11","2014-08-27T10:47:23 UTC",…`
pub(super) fn begins_percona(text: &str) -> bool {
    let mut values = text.splitn(4, ',');
    let name = values.next().unwrap_or_default();
    let id = values.next().and_then(|id| id.strip_prefix('"')?.strip_suffix('"')?.split_once('_'));
    let time = values.next().and_then(|time| utc(time.strip_prefix('"')?.strip_suffix('"')?));
    name.len() > 2
        && name.ends_with('"')
        && id.is_some_and(|(n, _)| decimal::unsigned(n).is_some())
        && time.is_some()
}

/// Reads a row of Percona's.
pub(super) fn percona(row: &str) -> Result<Record<'_>, Refusal> {
    let cut = Refusal("audit_row_cut");
    let mut record = Record::default();
    let mut rest = Some(row);
    let mut columns: &[&str] = &["name", "record", "timestamp"];
    let mut n = 0;
    while let Some(text) = rest {
        let (value, next) = take(text, RFC_4180).ok_or(cut)?;
        rest = next;
        let name = columns.get(n).copied();
        if name == Some("name") {
            record.action = value;
        } else if let Some(name) = name {
            record.put(name.into(), value);
        }
        n += 1;
        if name == Some("timestamp") {
            (columns, n) = (percona_columns(&record.action), 0);
        }
    }
    if record.time.is_some() && n >= 3 { Ok(record) } else { Err(cut) }
}

/// Is a quotation mark of the group's row open? What was looked at so far, and whether one was open there, is kept.
pub(super) fn is_open(group: &mut Group<'_>, percona: bool) -> bool {
    let (seen, mut inside) = ((*group.state >> 1) as usize, *group.state & 1 == 1);
    let text = group.text.get(seen..).unwrap_or_default();
    if percona {
        inside = crate::scan::csv::is_open(text, inside);
    } else {
        let mut escaped = false;
        let mut before = b'\n';
        for byte in text.bytes() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = inside,
                // A mark opens a value only at its front, or doubled: names of users may hold one.
                b'\'' if inside || matches!(before, b',' | b'\'') => inside = !inside,
                _ => (),
            }
            before = byte;
        }
    }
    *group.state = (group.text.len() as u32) << 1 | u32::from(inside);
    inside
}
