//! One entry: its attributes, what was set before its statement, and the statement.

use super::attributes::{self, Pairs};
use crate::emit::Emit;
use crate::scan::decimal;
use crate::scan::free_fields::FreeFields;
use crate::scan::mysql_account::MysqlAccount;
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::time::Timestamp;
use std::borrow::Cow;

/// What all statements of a database share.
const DATABASE: crate::emit::Shared = &[
    (Field::EventCategory, Value::Json(Cow::Borrowed("[\"database\"]"))),
    (Field::EventType, Value::Escaped("access")),
];

/// An entry, read.
pub(super) struct Entry<'a> {
    /// Of its `# Time:`.
    pub written: Option<Timestamp>,
    /// That had a zone.
    pub zoned: bool,
    /// Nothing but `# Time:` stands in it.
    pub is_time_alone: bool,
    pub has_query_time: bool,
    is_administration: bool,
    fields: Fields<'a>,
    free: FreeFields,
    names: Vec<&'a str>,
    explain: Option<(usize, usize)>,
    set: Option<Timestamp>,
    text: &'a str,
}

impl<'a> Entry<'a> {
    pub fn read(text: &'a str, zone_seconds: i32) -> Self {
        let mut entry = Self {
            written: None,
            zoned: false,
            is_time_alone: true,
            has_query_time: false,
            is_administration: false,
            fields: Fields::new(),
            free: FreeFields::default(),
            names: Vec::new(),
            explain: None,
            set: None,
            text,
        };
        let mut at = 0;
        while at < text.len() && text[at..].starts_with('#') {
            let end = memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |n| at + n);
            let line = text[at..end].trim_end();
            if line.starts_with("# administrator command: ") {
                break;
            }
            entry.attribute(line, at, end, zone_seconds);
            at = text.len().min(end + 1);
        }
        entry.statement(&text[at..]);
        entry
    }

    fn attribute(&mut self, line: &'a str, at: usize, end: usize, zone_seconds: i32) {
        if let Some((time, zoned)) = attributes::time(line, zone_seconds) {
            (self.written, self.zoned) = (Some(time), zoned);
            return;
        }
        self.is_time_alone = false;
        if let Some((account, id)) = attributes::user_and_host(line) {
            self.user(account, id);
        } else if line.starts_with("# explain: ") {
            let from = self.explain.map_or(at, |(from, _)| from);
            self.explain = Some((from, end));
        } else {
            Pairs::of(line).for_each(|(name, value)| self.pair(name, value));
        }
    }

    fn user(&mut self, account: MysqlAccount<'a>, id: &str) {
        // A second account would be a comment in a statement.
        if !self.fields.has(Field::UserName) && self.is_new("current_user") {
            account.set(&mut self.fields, &mut self.free);
            self.number(Field::ProcessThreadId, id);
        }
    }

    fn number(&mut self, field: Field, digits: &str) {
        if let Some(number) = decimal::unsigned(digits) {
            self.fields.set(field, number);
        }
    }

    /// A name must come once only.
    fn is_new(&mut self, name: &'a str) -> bool {
        let new = self.names.len() < 100 && !self.names.contains(&name);
        if new {
            self.names.push(name);
        }
        new
    }

    fn pair(&mut self, name: &'a str, value: &'a str) {
        match name {
            "Query_time" => {
                if let Some(nanos) = decimal::seconds_to_nanos(value) {
                    self.has_query_time = true;
                    self.fields.set(Field::EventDuration, nanos);
                }
            }
            "Lock_time" => {
                if let Some(seconds) = decimal::json_number(value) {
                    self.fields.set(Field::MysqlLockTime, Value::Number(seconds));
                }
            }
            "Rows_sent" => self.number(Field::MysqlRowsSent, value),
            "Rows_examined" => self.number(Field::MysqlRowsExamined, value),
            "Rows_affected" => self.number(Field::MysqlRowsAffected, value),
            "Thread_id" | "Id" => self.number(Field::ProcessThreadId, value),
            "Schema" => self.fields.set_present(Field::DbNamespace, value),
            "Start" | "End" => {
                if let Some(time) = Timestamp::parse_rfc3339(value, 0) {
                    self.fields.set(if name == "Start" { Field::EventStart } else { Field::EventEnd }, time);
                }
            }
            "Errno" | "Last_errno" => {
                // The first is the statement's own; the second may be that of a warning.
                if value != "0" {
                    self.fields.set_present(Field::ErrorCode, value);
                }
                if name == "Errno" {
                    self.fields.set(Field::EventOutcome, if value == "0" { "success" } else { "failure" });
                }
            }
            _ => {
                // All servers' names begin with a capital: the scheme of a URL is no name.
                if name.starts_with(|c: char| c.is_ascii_uppercase()) && self.is_new(name) {
                    self.free.add(name, value);
                }
            }
        }
    }

    /// `use db;` and `SET …timestamp=…;`, then the statement or an administrator's command.
    fn statement(&mut self, text: &'a str) {
        let mut rest = text;
        if let Some((name, behind)) = line_with(rest, "use ") {
            let name = name.strip_prefix('`').and_then(|n| n.strip_suffix('`')).unwrap_or(name);
            self.fields.set_present(Field::DbNamespace, name);
            rest = behind;
        }
        if let Some((settings, behind)) = line_with(rest, "SET ")
            && let Some((_, seconds)) = settings.rsplit_once("timestamp=")
            && let Some(seconds) = decimal::unsigned(seconds.split('.').next().unwrap_or(seconds))
        {
            self.set = i64::try_from(seconds).ok().and_then(Timestamp::from_seconds);
            rest = behind;
        }
        let statement = rest.trim();
        self.is_time_alone &= statement.is_empty();
        if let Some(command) = statement.strip_prefix("# administrator command: ") {
            self.is_administration = true;
            self.fields.set_present(Field::EventAction, command.trim_end_matches(';'));
        } else if !statement.is_empty() {
            self.fields.set(Field::EventAction, "statement");
            self.fields.set(Field::QueryText, statement);
            self.fields.set(Field::QueryLanguage, "sql");
        }
    }

    /// Emits the event; `last` is the last time without zone.
    pub fn emit(mut self, last: Option<Timestamp>, emit: &mut Emit<'_>) {
        let own = self.written.filter(|_| self.zoned);
        if let Some(time) = own.or(self.set).or(self.written).or(last) {
            self.fields.set(Field::Timestamp, time);
        }
        if let Some((from, end)) = self.explain {
            let lines = self.text[from..end].split('\n');
            let lines: Vec<&str> = lines.filter_map(|line| line.strip_prefix("# explain: ")).collect();
            self.free.add("explain", &lines.join("\n"));
        }
        self.free.set(&mut self.fields);
        let kind = if self.is_administration { Kind::Log } else { Kind::ServiceQuery };
        emit.event_sharing(kind, DATABASE, self.fields);
    }
}

/// What stands between this start of a text and the `;` that ends its first line; and the text behind that line.
fn line_with<'a>(text: &'a str, start: &str) -> Option<(&'a str, &'a str)> {
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    Some((line.strip_prefix(start)?.trim_end().strip_suffix(';')?, rest))
}
