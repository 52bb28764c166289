//! One entry of PostgreSQL's log, whichever way it was written: what each of its parts is called, and the fields that
//! they become.

use super::message::{self, Said};
use super::severity::{self, Role};
use crate::emit::Emit;
use crate::formats::Refusal;
use crate::scan::free_fields::FreeFields;
use crate::scan::{address, decimal, host_port};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::time::Timestamp;
use std::borrow::Cow;

/// What an entry may hold. The first 26 are the columns of the CSV log, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Part {
    Time,
    User,
    Database,
    Pid,
    /// Host and port.
    Remote,
    Session,
    Line,
    Tag,
    SessionStart,
    VirtualTransaction,
    Transaction,
    Severity,
    State,
    Message,
    Detail,
    Hint,
    InternalQuery,
    InternalPosition,
    Context,
    Query,
    Position,
    Location,
    Application,
    BackendType,
    LeaderPid,
    QueryId,
    /// Host alone, and its port.
    Host,
    Port,
    LocalHost,
    Function,
    File,
    FileLine,
    Pod,
}

/// Number of parts.
const PARTS: usize = Part::Pod as usize + 1;

/// Parts that are columns of the CSV log.
pub(super) const COLUMNS: [Part; 26] = {
    use Part::*;
    [
        Time,
        User,
        Database,
        Pid,
        Remote,
        Session,
        Line,
        Tag,
        SessionStart,
        VirtualTransaction,
        Transaction,
        Severity,
        State,
        Message,
        Detail,
        Hint,
        InternalQuery,
        InternalPosition,
        Context,
        Query,
        Position,
        Location,
        Application,
        BackendType,
        LeaderPid,
        QueryId,
    ]
};

/// Texts without a field of their own, under the names of the CSV log's columns.
const FREE: [(Part, &str); 12] = [
    (Part::SessionStart, "session_start_time"),
    (Part::VirtualTransaction, "virtual_transaction_id"),
    (Part::Transaction, "transaction_id"),
    (Part::Detail, "detail"),
    (Part::Hint, "hint"),
    (Part::InternalQuery, "internal_query"),
    (Part::InternalPosition, "internal_query_pos"),
    (Part::Context, "context"),
    (Part::Position, "query_pos"),
    (Part::LeaderPid, "leader_pid"),
    (Part::QueryId, "query_id"),
    (Part::LocalHost, "local_host"),
];

/// What is kept of a report for the `STATEMENT` behind it.
#[derive(Debug, Default)]
pub(super) struct Last {
    pid: String,
    failed: bool,
    message: String,
    state: String,
}

/// An entry's parts.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    parts: [Option<Cow<'a, str>>; PARTS],
    pub time: Option<Timestamp>,
    /// The time named its zone.
    pub zoned: bool,
    /// pgAudit reports a statement.
    pub audited: bool,
    pub free: FreeFields,
}

impl<'a> Entry<'a> {
    pub fn new() -> Self {
        Self {
            parts: [const { None }; PARTS],
            time: None,
            zoned: false,
            audited: false,
            free: FreeFields::default(),
        }
    }

    /// Sets a part.
    pub fn put(&mut self, part: Part, text: impl Into<Cow<'a, str>>) {
        self.parts[part as usize] = Some(text.into());
    }

    /// Forgets what a prefix that did not fit had read.
    pub fn clear(&mut self) {
        self.parts.fill(None);
    }

    /// A part's text; none where it is empty.
    pub fn get(&self, part: Part) -> Option<&str> {
        self.parts[part as usize].as_deref().filter(|text| !text.is_empty())
    }

    /// Emits the entry's event.
    pub fn emit(mut self, last: &mut Last, emit: &mut Emit<'_>) -> Result<(), Refusal> {
        let mut free = std::mem::take(&mut self.free);
        let severity = self.get(Part::Severity).ok_or(Refusal("no_severity"))?;
        let role = severity::role(severity).unwrap_or(Role::Report);
        let message = self.get(Part::Message).unwrap_or_default();
        let mut fields = Fields::new();
        fields.set(Field::EventCategory, Value::Json(Cow::Borrowed("[\"database\"]")));
        fields.set(Field::LogLevel, severity);
        fields.set_present(Field::Message, message);
        self.set_session(&mut fields);
        self.set_place(&mut fields, &mut free);
        for (part, name) in FREE {
            // No transaction and no query have the number 0.
            if let Some(text) = self.get(part).filter(|text| *text != "0") {
                free.add(name, text);
            }
        }
        let said = match role {
            Role::Statement => Said::query(message),
            Role::Part => Said::default(),
            Role::Report | Role::Failure => message::read(message, &mut fields, &mut free),
        };
        let mut kind = self.set_query(role, &said, &mut fields);
        match role {
            Role::Report | Role::Failure => last.keep(&self, role),
            Role::Statement if last.failed && last.is_of(&self) => {
                kind = Kind::ServiceQuery;
                emit.suspect();
                fields.set_present(Field::ErrorMessage, &last.message);
                fields.set_present(Field::ErrorCode, &last.state);
                fields.set(Field::EventOutcome, "failure");
            }
            Role::Statement | Role::Part => (),
        }
        if kind == Kind::ServiceQuery {
            fields.set(Field::EventType, "access");
        }
        free.set(&mut fields);
        emit.event(kind, fields);
        Ok(())
    }

    /// Who, from where, in which session.
    fn set_session<'f>(&'f self, fields: &mut Fields<'f>) {
        if let Some(time) = self.time {
            fields.set(Field::Timestamp, time);
        }
        for (part, field) in [
            (Part::User, Field::UserName),
            (Part::Database, Field::DbNamespace),
            (Part::Application, Field::PostgresqlApplicationName),
            (Part::BackendType, Field::PostgresqlBackendType),
            (Part::Tag, Field::PostgresqlCommandTag),
            (Part::Session, Field::PostgresqlSessionId),
            (Part::State, Field::EventCode),
            (Part::Pod, Field::OrchestratorResourceName),
        ] {
            // What a session is before it has said who it is.
            let text = self.get(part).filter(|text| *text != "[unknown]");
            // A URL in a role's place was cut at the `@` of its password: half of it would no longer be known for one.
            let is_cut = |text: &str| part == Part::User && text.contains("://");
            if let Some(text) = text.filter(|text| !is_cut(text)) {
                fields.set(field, text);
            }
        }
        for (part, field) in [(Part::Pid, Field::ProcessPid), (Part::Line, Field::EventSequence)] {
            if let Some(number) = self.get(part).and_then(decimal::unsigned) {
                fields.set(field, number);
            }
        }
        if let Some(remote) = self.get(Part::Remote) {
            set_remote(fields, remote);
        } else if let Some(host) = self.get(Part::Host) {
            address::set_source(fields, host);
            set_port(fields, self.get(Part::Port).unwrap_or_default());
        }
    }

    /// Where in the server's source it was reported: `exec_simple_query, postgres.c:1081`.
    fn set_place<'f>(&'f self, fields: &mut Fields<'f>, free: &mut FreeFields) {
        let severity = self.get(Part::Severity).unwrap_or_default();
        let own = self.get(Part::Message).filter(|_| severity == "LOCATION");
        let Some(location) = self.get(Part::Location).or(own) else {
            fields.set_present(Field::LogOriginFunction, self.get(Part::Function).unwrap_or_default());
            fields.set_present(Field::LogOriginFileName, self.get(Part::File).unwrap_or_default());
            if let Some(line) = self.get(Part::FileLine).and_then(decimal::unsigned) {
                fields.set(Field::LogOriginFileLine, line);
            }
            return;
        };
        let (function, place) = location.split_once(", ").unwrap_or(("", location));
        match place.rsplit_once(':').map(|(file, line)| (file, decimal::unsigned(line))) {
            Some((file, Some(line))) if !file.contains(' ') => {
                fields.set_present(Field::LogOriginFunction, function);
                fields.set_present(Field::LogOriginFileName, file);
                fields.set(Field::LogOriginFileLine, line);
            }
            _ => free.add("location", location),
        }
    }

    /// What was asked, and how it ended; is it a client's statement?
    fn set_query<'f>(&'f self, role: Role, said: &Said<'f>, fields: &mut Fields<'f>) -> Kind {
        let query = said.query.or(self.get(Part::Query));
        if let Some(query) = query.filter(|_| !fields.has(Field::QueryText)) {
            fields.set(Field::QueryText, query);
            fields.set(Field::QueryLanguage, "sql");
        }
        if let Some(action) = said.action.or(self.audited.then_some("audit")) {
            fields.set(Field::EventAction, action);
        }
        if role == Role::Failure {
            fields.set(Field::EventOutcome, "failure");
            fields.set(Field::EventType, "error");
            fields.set_present(Field::ErrorMessage, self.get(Part::Message).unwrap_or_default());
            fields.set_present(Field::ErrorCode, self.get(Part::State).unwrap_or_default());
        }
        let failed = role == Role::Failure && query.is_some();
        if said.is_asked || failed || self.audited { Kind::ServiceQuery } else { Kind::Log }
    }
}

impl Last {
    fn keep(&mut self, entry: &Entry<'_>, role: Role) {
        self.failed = role == Role::Failure;
        for (kept, part) in
            [(&mut self.pid, Part::Pid), (&mut self.message, Part::Message), (&mut self.state, Part::State)]
        {
            kept.clear();
            kept.push_str(entry.get(part).filter(|_| self.failed).unwrap_or_default());
        }
    }

    /// The lines of one report stand together; the process tells whether the report's first line is there.
    fn is_of(&self, entry: &Entry<'_>) -> bool {
        self.pid == entry.get(Part::Pid).unwrap_or_default()
    }
}

/// `10.0.0.1(52834)` of `%r`, `10.0.0.1:52834` of the CSV log, `[local]`, a name.
fn set_remote<'a>(fields: &mut Fields<'a>, remote: &'a str) {
    if let Some((host, port)) = remote.strip_suffix(')').and_then(|r| r.rsplit_once('(')) {
        address::set_source(fields, host);
        set_port(fields, port);
    } else if let Some((host, port)) = host_port::split_with_port(remote).filter(|_| !address::is_ip(remote))
    {
        address::set_source(fields, host);
        fields.set(Field::SourcePort, u64::from(port));
    } else {
        address::set_source(fields, remote);
    }
}

pub(super) fn set_port(fields: &mut Fields<'_>, port: &str) {
    if let Some(port) = host_port::port(port) {
        fields.set(Field::SourcePort, u64::from(port));
    }
}
