//! An entry of `log_destination = jsonlog`, since version 15
//! (<https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-JSONLOG>), and the same
//! as CloudNativePG wraps it: the CSV log's columns under `record`
//! (<https://cloudnative-pg.io/documentation/current/logging/>), those of pgAudit under its `audit`.

use super::entry::{Entry, Part};
use super::{severity, time};
use crate::formats::Refusal;
use crate::json::{Cursor, Invalid, Json};

/// The part that a member is.
fn part(key: &str) -> Option<Part> {
    Some(match key {
        "timestamp" | "log_time" => Part::Time,
        "user" | "user_name" => Part::User,
        "dbname" | "database_name" => Part::Database,
        "pid" | "process_id" => Part::Pid,
        "remote_host" => Part::Host,
        "remote_port" => Part::Port,
        "connection_from" => Part::Remote,
        "session_id" => Part::Session,
        "line_num" | "session_line_num" => Part::Line,
        "ps" | "command_tag" => Part::Tag,
        "session_start" | "session_start_time" => Part::SessionStart,
        "vxid" | "virtual_transaction_id" => Part::VirtualTransaction,
        "txid" | "transaction_id" => Part::Transaction,
        "error_severity" => Part::Severity,
        "state_code" | "sql_state_code" => Part::State,
        "message" => Part::Message,
        "detail" => Part::Detail,
        "hint" => Part::Hint,
        "internal_query" => Part::InternalQuery,
        "internal_position" | "internal_query_pos" => Part::InternalPosition,
        "context" => Part::Context,
        "statement" | "query" => Part::Query,
        "cursor_position" | "query_pos" => Part::Position,
        "location" => Part::Location,
        "func_name" => Part::Function,
        "file_name" => Part::File,
        "file_line_num" => Part::FileLine,
        "application_name" => Part::Application,
        "backend_type" => Part::BackendType,
        "leader_pid" => Part::LeaderPid,
        "query_id" => Part::QueryId,
        "logging_pod" => Part::Pod,
        _ => return None,
    })
}

/// Is this line surely a record?
pub(super) fn detect(line: &str) -> bool {
    line.starts_with('{') && line.contains("\"error_severity\"") && read(line, 0, 64).is_ok()
}

/// Reads a record.
pub(super) fn read(text: &str, zone_seconds: i32, depth: usize) -> Result<Entry<'_>, Refusal> {
    let mut entry = Entry::new();
    let mut cursor = Cursor::new(text, depth);
    members(&mut cursor, &mut entry)?;
    cursor.end()?;
    let time =
        entry.get(Part::Time).and_then(|text| time::date_time(text, zone_seconds)).map(|read| read.time);
    entry.time = time;
    let known = entry.get(Part::Severity).is_some_and(|s| severity::role(s).is_some());
    if time.is_some() && known { Ok(entry) } else { Err(Refusal("no_postgresql_record")) }
}

fn members<'a>(cursor: &mut Cursor<'a>, entry: &mut Entry<'a>) -> Result<(), Invalid> {
    cursor.begin_object()?;
    while let Some(key) = cursor.next_key()? {
        match key.raw() {
            "record" if cursor.peek() == b'{' => members(cursor, entry)?,
            "audit" if cursor.peek() == b'{' => audit(cursor, entry)?,
            name => match (part(name), cursor.value()?) {
                (Some(part), Json::String(text)) => entry.put(part, text.text()),
                (Some(part), Json::Number(digits)) => entry.put(part, digits),
                _ => (),
            },
        }
    }
    Ok(())
}

/// `{"audit_type":"SESSION","class":"READ","command":"SELECT","statement":"select 1",…}`
fn audit<'a>(cursor: &mut Cursor<'a>, entry: &mut Entry<'a>) -> Result<(), Invalid> {
    cursor.begin_object()?;
    let mut seen: Vec<&str> = Vec::new();
    while let Some(key) = cursor.next_key()? {
        let text = match cursor.value()? {
            Json::String(text) if text.raw() != "<none>" => text.text(),
            Json::Number(digits) => digits.into(),
            _ => continue,
        };
        match key.raw() {
            "statement" => {
                entry.audited = true;
                entry.put(Part::Query, text);
            }
            name if !seen.contains(&name) && seen.len() < 16 => {
                seen.push(name);
                entry.free.add(&key.text(), &text);
            }
            _ => (),
        }
    }
    Ok(())
}
