//! The lines of one group become the fields of one event.

use super::flow;
use super::line::{self, Completed, Processing, Said, Started, Statement, Thrown};
use crate::scan::access_line::set_status;
use crate::scan::free_fields::FreeFields;
use crate::scan::log_time::Context;
use crate::scan::quoted::{Escapes, Quoted};
use crate::scan::tagged_line::RubyLine;
use crate::scan::{address, request_line, stack_trace, url};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::time::Timestamp;

/// What the lines of a group say.
#[derive(Debug, Default)]
pub struct Block<'a> {
    first: RubyLine<'a>,
    /// What stands before the first line that no logger is known to write.
    prefix: &'a str,
    level: &'a str,
    started: Option<Started<'a>>,
    processing: Option<Processing<'a>>,
    parameters: Option<&'a str>,
    redirected: Option<&'a str>,
    completed: Option<Completed<'a>>,
    statement: Option<Statement<'a>>,
    thrown: Option<Thrown<'a>>,
    is_rails: bool,
    /// Lines that were read into nothing else.
    rest: String,
}

/// Levels that are worse than others, the worst last.
const WORSE: [&str; 4] = ["WARN", "ERROR", "FATAL", "UNKNOWN"];

impl<'a> Block<'a> {
    /// Reads the lines of a group, whose colours are gone.
    pub fn read(text: &'a str, context: Context) -> Self {
        let mut block = Self::default();
        let mut in_session = false;
        for (n, whole) in text.split('\n').enumerate() {
            let line = flow::cut(whole, context);
            let mut said = line::read(line.text, context);
            if n == 0 {
                (block.first, block.level) = (line, line.level);
                if said == Said::Other && line.time.is_none() {
                    (block.prefix, said) = behind_unknown(whole, context).unwrap_or(("", said));
                }
                block.is_rails = line.is_formatted || line.request_id().is_some() || said != Said::Other;
            } else if rank(line.level) > rank(block.level) {
                block.level = line.level;
            }
            // A session's id of old versions goes on over lines of 60 characters.
            in_session = said == Said::Session || (in_session && said == Said::Other && is_base64(line.text));
            if !in_session {
                block.take(said, &line);
            }
        }
        block
    }

    /// Is it surely of such a log?
    pub fn is_rails(&self) -> bool {
        self.is_rails
    }

    /// Is it of a request?
    pub fn is_request(&self) -> bool {
        self.started.is_some() || self.processing.is_some() || self.completed.is_some()
    }

    /// Does a request begin in it?
    pub fn is_started(&self) -> bool {
        self.started.is_some()
            || self.processing.as_ref().is_some_and(|processing| !processing.method.is_empty())
    }

    fn take(&mut self, said: Said<'a>, line: &RubyLine<'a>) {
        match said {
            Said::Started(started) if self.started.is_none() => self.started = Some(started),
            Said::Processing(processing) if self.processing.is_none() => self.processing = Some(processing),
            Said::Parameters(hash) if self.parameters.is_none() => self.parameters = Some(hash),
            Said::Redirected(target) if self.redirected.is_none() => self.redirected = Some(target),
            Said::Completed(completed) if self.completed.is_none() => self.completed = Some(completed),
            Said::Session => {}
            said => {
                match said {
                    Said::Statement(statement) if self.rest.is_empty() => self.statement = Some(statement),
                    Said::Thrown(thrown) if self.thrown.is_none() => self.thrown = Some(thrown),
                    _ => {}
                }
                if !self.rest.is_empty() || !line.text.trim().is_empty() {
                    let separator = if self.rest.is_empty() { "" } else { "\n" };
                    self.rest.push_str(separator);
                    self.rest.push_str(line.text.trim_end());
                }
            }
        }
    }

    /// The fields, and the kind of the event.
    pub fn fields(&self) -> (Kind, Fields<'a>) {
        let mut fields = Fields::new();
        let mut free = FreeFields::default();
        self.set_prefix(&mut fields, &mut free);
        let rest = self.rest.trim();
        if let Some(thrown) = &self.thrown {
            set_thrown(thrown, &mut fields);
        }
        let kind = if self.is_request() {
            self.set_request(&mut fields, &mut free);
            set_rest(rest, &mut fields);
            Kind::ServiceQuery
        } else {
            match &self.statement {
                Some(statement) if !rest.contains('\n') => {
                    set_statement(statement, &mut fields, &mut free);
                    Kind::ServiceQuery
                }
                _ => {
                    if let Some(hash) = self.parameters {
                        free.add("parameters", hash);
                    }
                    if let Some(target) = self.redirected {
                        free.add("location", target);
                    }
                    set_rest(rest, &mut fields);
                    Kind::Log
                }
            }
        };
        free.set(&mut fields);
        (kind, fields)
    }

    fn set_prefix(&self, fields: &mut Fields<'a>, free: &mut FreeFields) {
        if let Some(time) = self.time() {
            fields.set(Field::Timestamp, time);
        }
        let first = &self.first;
        for (field, text) in [
            (Field::LogLevel, self.level),
            (Field::HostName, first.host),
            (Field::ProcessName, first.program),
            (Field::LogLogger, first.logger),
            (Field::HttpRequestId, first.request_id().unwrap_or_default()),
        ] {
            fields.set_present(field, text);
        }
        if let Some(pid) = first.pid {
            fields.set(Field::ProcessPid, pid);
        }
        let tags: Vec<&str> = first.each_tag().filter(|tag| Some(*tag) != first.request_id()).collect();
        if !tags.is_empty() {
            // A list of texts is always JSON.
            let json = serde_json::to_string(&tags).unwrap_or_default();
            fields.set(Field::Tags, Value::Json(json.into()));
        }
        free.add("prefix", self.prefix);
    }

    /// The request's own time has a zone and whole seconds, that of the logger a fraction and no zone.
    fn time(&self) -> Option<Timestamp> {
        const QUARTER: i64 = 900_000_000_000;
        const NEAR: i64 = 2_000_000_000;
        let own = self.started.as_ref().and_then(|started| started.time);
        let own = own.or_else(|| self.processing.as_ref().and_then(|processing| processing.time));
        let (Some(own), Some(logged)) = (own, self.first.time) else { return self.first.time.or(own) };
        let zones = own.nanos().checked_sub(logged.nanos())?.checked_add(QUARTER / 2)?.div_euclid(QUARTER);
        let moved = zones.checked_mul(QUARTER).and_then(|by| logged.nanos().checked_add(by))?;
        let is_same = moved.abs_diff(own.nanos()) < NEAR.unsigned_abs();
        Some(if is_same { Timestamp::from_nanos(moved) } else { own })
    }

    fn set_request(&self, fields: &mut Fields<'a>, free: &mut FreeFields) {
        if let Some(started) = &self.started {
            set_call(started.method, started.client, fields);
            let quoted = Quoted { raw: started.target, escapes: Escapes::Absent };
            request_line::set_target(started.method, started.target, quoted, fields);
        }
        if let Some(processing) = &self.processing {
            set_call(processing.method, processing.client, fields);
            fields.set(Field::RailsController, processing.controller);
            fields.set(Field::RailsAction, processing.action);
            free.add("format", processing.format);
        }
        if let Some(completed) = &self.completed {
            set_completed(completed, fields, free);
        }
        if let Some(target) = self.redirected {
            free.add("location", target);
        }
        if let Some(hash) = self.parameters {
            free.add("parameters", hash);
            // What the URL asks is read from there.
            let in_url = fields.text(Field::UrlQuery).is_some_and(|query| has_parameter(&query, "q"));
            if !in_url && let Some(text) = line::parameter(hash, "q") {
                fields.set(Field::QueryText, text);
            }
        }
        if !fields.has(Field::UrlPath)
            && !fields.has(Field::UrlOriginal)
            && let Some(Processing { controller, action, .. }) = &self.processing
        {
            fields.set(Field::Operation, format!("{controller}#{action}"));
        }
    }
}

fn rank(level: &str) -> usize {
    WORSE.iter().position(|worse| *worse == level).map_or(0, |at| at + 1)
}

/// What a known line says behind a prefix that is not known: `app: Started GET …`, `[x] Completed 200 OK in …`.
fn behind_unknown<'a>(line: &'a str, context: Context) -> Option<(&'a str, Said<'a>)> {
    const MOST_MARKS: usize = 4;
    let head = &line[..line.floor_char_boundary(200)];
    let marks = memchr::memchr2_iter(b':', b']', head.as_bytes());
    for at in marks.filter(|at| head[at + 1..].starts_with(' ')).take(MOST_MARKS) {
        match line::read(&line[at + 1..], context) {
            Said::Other | Said::Detail | Said::Session => {}
            said => return Some((line[..=at].trim(), said)),
        }
    }
    None
}

fn is_base64(line: &str) -> bool {
    let of_base64 = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'%');
    line.len() >= 20 && line.bytes().all(of_base64)
}

fn has_parameter(query: &str, name: &str) -> bool {
    query.split('&').any(|part| part.split_once('=').is_some_and(|(n, value)| n == name && !value.is_empty()))
}

fn set_call<'a>(method: &'a str, client: &'a str, fields: &mut Fields<'a>) {
    if !method.is_empty() && !fields.has(Field::HttpRequestMethod) {
        fields.set(Field::HttpRequestMethod, method);
    }
    if !client.is_empty() && !fields.has(Field::SourceIp) && !fields.has(Field::SourceAddress) {
        address::set_source(fields, client);
    }
}

fn set_completed<'a>(completed: &Completed<'a>, fields: &mut Fields<'a>, free: &mut FreeFields) {
    set_status(completed.status, fields);
    set_nanos(Field::EventDuration, completed.nanos, fields);
    for (field, nanos) in
        [(Field::RailsViewRuntime, completed.view_nanos), (Field::RailsDbRuntime, completed.db_nanos)]
    {
        if let Some(nanos) = nanos {
            fields.set(field, Value::Json(millis(nanos).into()));
        }
    }
    for (name, value) in &completed.more {
        free.add_number(name, value);
    }
    if let Some(parts) = url::split(completed.url) {
        for (field, part) in [
            (Field::UrlScheme, parts.scheme),
            (Field::UrlDomain, parts.domain),
            (Field::UrlPath, parts.path),
            (Field::UrlQuery, parts.query),
        ] {
            if let Some(part) = part.filter(|_| !fields.has(field)) {
                fields.set(field, part);
            }
        }
        if let Some(port) = parts.port {
            fields.set(Field::UrlPort, u64::from(port));
        }
    } else {
        fields.set_present(Field::UrlOriginal, completed.url);
    }
}

/// Sets a duration that a store can hold.
fn set_nanos(field: Field, nanos: Option<u64>, fields: &mut Fields<'_>) {
    if let Some(nanos) = nanos.filter(|nanos| i64::try_from(*nanos).is_ok()) {
        fields.set(field, nanos);
    }
}

/// Milliseconds, as few digits as lose nothing.
fn millis(nanos: u64) -> String {
    let text = format!("{}.{:06}", nanos / 1_000_000, nanos % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

fn set_statement<'a>(statement: &Statement<'a>, fields: &mut Fields<'a>, free: &mut FreeFields) {
    fields.set(Field::QueryLanguage, "sql");
    fields.set(Field::QueryText, statement.sql);
    fields.set(Field::EventCategory, Value::Json("[\"database\"]".into()));
    set_nanos(Field::EventDuration, Some(statement.nanos), fields);
    free.add("name", statement.name);
    free.add("binds", statement.binds);
}

fn set_thrown<'a>(thrown: &Thrown<'a>, fields: &mut Fields<'a>) {
    fields.set(Field::ErrorType, thrown.class);
    fields.set_present(Field::ErrorMessage, thrown.message);
    fields.set_present(Field::LogOriginFileName, thrown.file);
    if let Some(line) = thrown.line {
        fields.set(Field::LogOriginFileLine, line);
    }
}

/// Sets message and trace. Both are put together from lines, so that nothing can be borrowed.
fn set_rest(rest: &str, fields: &mut Fields<'_>) {
    if rest.is_empty() {
        return;
    }
    let (message, trace) = stack_trace::split(rest);
    fields.set(Field::Message, message.trim().to_string());
    let Some(trace) = trace else { return };
    fields.set(Field::ErrorStackTrace, trace.text.to_string());
    if let Some(thrown) = trace.thrown.filter(|_| !fields.has(Field::ErrorType)) {
        fields.set(Field::ErrorType, thrown.class.to_string());
        if !thrown.message.is_empty() {
            fields.set(Field::ErrorMessage, thrown.message.to_string());
        }
    }
}
