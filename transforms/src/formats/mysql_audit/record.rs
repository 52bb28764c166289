//! A record, whichever way it was written, and the fields that it becomes.

use crate::emit::Emit;
use crate::formats::Refusal;
use crate::scan::free_fields::FreeFields;
use crate::scan::mysql_account::MysqlAccount;
use crate::scan::{address, decimal};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::time::Timestamp;
use std::borrow::Cow;

/// A record's values; empty where it has none.
#[derive(Debug, Default)]
pub(super) struct Record<'a> {
    pub time: Option<Timestamp>,
    /// What happened: `QUERY`, `Connect`, `table_access/read`.
    pub action: Cow<'a, str>,
    /// `root[root] @ localhost []`, or a name alone.
    pub user: Cow<'a, str>,
    pub host: Cow<'a, str>,
    pub ip: Cow<'a, str>,
    pub server: Cow<'a, str>,
    pub connection: Cow<'a, str>,
    pub database: Cow<'a, str>,
    pub query: Cow<'a, str>,
    /// 0, or the error's number.
    pub status: Cow<'a, str>,
    /// Of the record, where the plugin gives it one.
    pub id: Cow<'a, str>,
    /// Nanoseconds.
    pub duration: Option<u64>,
    pub rows_sent: Option<u64>,
    pub rows_examined: Option<u64>,
    pub free: FreeFields,
    names: Vec<Cow<'a, str>>,
}

/// More names than any plugin writes.
const MOST_NAMES: usize = 60;

impl<'a> Record<'a> {
    /// Adds a value that has no field of its own; a name counts once.
    pub fn add(&mut self, name: Cow<'a, str>, value: &str) {
        if self.names.len() < MOST_NAMES && !self.names.contains(&name) {
            self.free.add(&name, value);
            self.names.push(name);
        }
    }

    /// A value under the name that XML, CSV and JSON of both plugins have for it, in lower case.
    pub fn put(&mut self, name: Cow<'a, str>, value: Cow<'a, str>) {
        let place = match name.as_ref() {
            "name" => &mut self.action,
            "timestamp" => {
                self.time = utc(&value);
                return;
            }
            "user" => &mut self.user,
            "host" => &mut self.host,
            "ip" => &mut self.ip,
            "connection_id" => &mut self.connection,
            "db" => &mut self.database,
            "sqltext" => &mut self.query,
            "status" => &mut self.status,
            "record" | "record_id" => &mut self.id,
            // Says in one digit what `status` says too.
            "status_code" => return,
            _ => return self.add(name, &value),
        };
        *place = value;
    }

    /// Emits the record's event.
    pub fn emit(mut self, emit: &mut Emit<'_>) -> Result<(), Refusal> {
        let mut free = std::mem::take(&mut self.free);
        let mut fields = Fields::new();
        if let Some(time) = self.time {
            fields.set(Field::Timestamp, time);
        }
        fields.set_present(Field::EventAction, &self.action);
        fields.set_present(Field::EventReferenceId, &self.id);
        fields.set_present(Field::HostName, &self.server);
        fields.set_present(Field::DbNamespace, &self.database);
        match MysqlAccount::read(&self.user) {
            Some((account, _)) => account.set(&mut fields, &mut free),
            None => fields.set_present(Field::UserName, &self.user),
        }
        for place in [&self.host, &self.ip] {
            address::set_source(&mut fields, place);
        }
        if let Some(connection) = decimal::unsigned(&self.connection) {
            fields.set(Field::ProcessThreadId, connection);
        }
        for (field, number) in [
            (Field::EventDuration, self.duration),
            (Field::MysqlRowsSent, self.rows_sent),
            (Field::MysqlRowsExamined, self.rows_examined),
        ] {
            if let Some(number) = number {
                fields.set(field, number);
            }
        }
        if decimal::unsigned(&self.status).is_some() {
            let failed = self.status != "0";
            fields.set(Field::EventOutcome, if failed { "failure" } else { "success" });
            if failed {
                fields.set(Field::ErrorCode, self.status.as_ref());
            }
        }
        let kind = self.kind();
        self.set_category(kind, &mut fields);
        free.set(&mut fields);
        emit.event(kind, fields);
        Ok(())
    }

    /// Is it a client's statement?
    fn kind(&self) -> Kind {
        let asked = matches!(self.action.as_ref(), "QUERY" | "Query" | "Execute" | "general/status");
        if asked && !self.query.is_empty() { Kind::ServiceQuery } else { Kind::Log }
    }

    fn set_category<'f>(&'f self, kind: Kind, fields: &mut Fields<'f>) {
        if !self.query.is_empty() {
            fields.set(Field::QueryText, self.query.as_ref());
            fields.set(Field::QueryLanguage, "sql");
        }
        let (category, event_type) = match self.action.as_ref() {
            "CONNECT" | "FAILED_CONNECT" | "PROXY_CONNECT" | "Connect" | "connection/connect" => {
                ("[\"authentication\",\"database\",\"session\"]", Some("start"))
            }
            "DISCONNECT" | "Quit" | "connection/disconnect" => ("[\"database\",\"session\"]", Some("end")),
            _ => ("[\"database\"]", (kind == Kind::ServiceQuery).then_some("access")),
        };
        fields.set(Field::EventCategory, Value::Json(Cow::Borrowed(category)));
        if let Some(event_type) = event_type {
            fields.set(Field::EventType, event_type);
        }
    }
}

/// `2014-04-21T12:34:39 UTC`, `2019-10-03 13:50:01`, both UTC.
pub(super) fn utc(text: &str) -> Option<Timestamp> {
    Timestamp::parse_rfc3339(text.strip_suffix(" UTC").unwrap_or(text), 0)
}
