//! JSON: of Percona's `audit_log` (`{"audit_record":{…}}`), and that of MySQL Enterprise Audit and `audit_log_filter`, whose
//! records tell their class and event.

use super::record::{Record, utc};
use crate::formats::Refusal;
use crate::json::{Cursor, Invalid, Json};
use crate::scan::decimal;
use std::borrow::Cow;

/// Is this surely a record?
pub(super) fn detect(text: &str) -> bool {
    let marked =
        text.starts_with("{\"audit_record\"") || (text.contains("\"class\"") && text.contains("\"event\""));
    marked && read(text.trim(), 64).is_ok()
}

/// Reads a record; the comma that joins it to the next may stand behind it.
pub(super) fn read(text: &str, depth: usize) -> Result<Record<'_>, Refusal> {
    let mut record = Record::default();
    let mut place = Place::default();
    let mut cursor = Cursor::new(text.trim_end_matches(','), depth);
    object(&mut cursor, &mut record, &mut place, "")?;
    cursor.end()?;
    if !place.class.is_empty() {
        record.action = format!("{}/{}", place.class, place.event).into();
        record.id = std::mem::take(&mut place.id);
    }
    let known = place.is_percona || (place.has_account && !place.class.is_empty() && !place.event.is_empty());
    if known && record.time.is_some() && !record.action.is_empty() {
        Ok(record)
    } else {
        Err(Refusal("no_audit_record"))
    }
}

/// What a record is told by.
#[derive(Default)]
struct Place<'a> {
    is_percona: bool,
    has_account: bool,
    class: Cow<'a, str>,
    event: Cow<'a, str>,
    id: Cow<'a, str>,
}

fn object<'a>(
    cursor: &mut Cursor<'a>,
    record: &mut Record<'a>,
    place: &mut Place<'a>,
    within: &str,
) -> Result<(), Invalid> {
    cursor.begin_object()?;
    while let Some(key) = cursor.next_key()? {
        let name = key.raw();
        if cursor.peek() == b'{' && within.is_empty() {
            place.is_percona |= name == "audit_record";
            // Every record of a class tells of its connection or of the server's start.
            place.has_account |= matches!(name, "account" | "startup_data" | "shutdown_data");
            object(cursor, record, place, name)?;
            continue;
        }
        let value = match cursor.value()? {
            Json::String(text) => text.text(),
            Json::Number(digits) => digits.into(),
            Json::Bool(flag) => if flag { "true" } else { "false" }.into(),
            _ => continue,
        };
        match (within, name) {
            ("audit_record", _) => record.put(key.text(), value),
            ("", _) => top(name, key.text(), value, record, place),
            _ => nested(within, name, key.text(), value, record),
        }
    }
    Ok(())
}

fn top<'a>(
    name: &str,
    key: Cow<'a, str>,
    value: Cow<'a, str>,
    record: &mut Record<'a>,
    place: &mut Place<'a>,
) {
    match name {
        "timestamp" => record.time = utc(&value),
        "id" => place.id = value,
        "class" => place.class = value,
        "event" => place.event = value,
        "connection_id" => record.connection = value,
        _ => record.add(key, &value),
    }
}

/// Members of `account`, `login`, `general_data`, `connection_data`, `table_access_data`, `query_statistics` …
fn nested<'a>(within: &str, name: &str, key: Cow<'a, str>, value: Cow<'a, str>, record: &mut Record<'a>) {
    match (within, name) {
        ("account", "user") => record.user = value,
        ("account", "host") => record.host = value,
        ("login", "ip") => record.ip = value,
        // Empty, or the same as the account's, but for anonymous and proxied ones.
        ("login", "user") if value == record.user => (),
        ("login", _) => record.add(format!("login_{key}").into(), &value),
        (_, "query") => record.query = value,
        (_, "status") => record.status = value,
        (_, "db") => record.database = value,
        ("query_statistics", "query_time") => record.duration = decimal::seconds_to_nanos(&value),
        ("query_statistics", "rows_sent") => record.rows_sent = decimal::unsigned(&value),
        ("query_statistics", "rows_examined") => record.rows_examined = decimal::unsigned(&value),
        _ => record.add(key, &value),
    }
}
