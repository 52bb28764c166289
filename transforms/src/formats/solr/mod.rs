//! The log of Apache Solr: [`head`] reads what stands before a message, [`request`] the messages that tell of a request,
//! [`fault`] what was thrown.

mod fault;
mod head;
mod request;
#[cfg(test)]
mod tests;

use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::scan::free_fields::FreeFields;
use crate::scan::log_time::Context;
use crate::scan::percent::decode_form;
use crate::scan::{decimal, entry_start};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use head::{Head, Headless};
use request::{Message, Request, Update, count};
use std::borrow::Cow;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "solr",
    title: "Log of Apache Solr",
    doc: "Reads the layouts that Solr 3 to 9 came with (`java.util.logging` to 4.2, `log4j.properties` to 7.3, `log4j2.xml` \
          since; `server/resources` in <https://github.com/apache/solr>), its console's and that of slow requests; requests \
          also behind the layouts of `java_log4j` and `tomcat`. A request (`webapp=/solr path=/select params={…} hits=12 \
          status=0 QTime=3`) is a `service_query`: the handler's path is `url.path`, the parameters `url.query`, what is \
          asked `catchwater.query`, `QTime` the duration; `rows`, `start`, `defType`, `qt`, `isShard` and `distrib` are \
          free fields besides, as are shard, replica and node. `isShard` `true` marks the parts that one node asks of \
          another for a request. An update (`{add=[…],commit=} 0 12`) is one too, with the first command as \
          `event.action`, all of them under `commands`, ids as they stand and their number under `adds` and `deletes` (an \
          id with a comma and a space in it counts as two); what is deleted by query is `catchwater.query`. Solr 3 writes \
          two lines for an update: the one without path is a `log`, so that it is counted once; so is the line that debugging \
          writes when a request begins. Everything else is a `log`: commits and new searchers have an `event.action`, \
          errors `error.*`; what the layouts write twice of a stack trace stands once. A line that the logger made shorter \
          (`%maxLen`) keeps its whole parameters and is marked as truncated. Requests as Jetty logs them are \
          `apache_access`. Solr's times are in UTC unless `SOLR_TIMEZONE` says otherwise; then the route must.",
    example: "2019-12-09 15:05:11.931 INFO  (qtp2103763750-21) [c:logs4 s:shard1 r:core_node2 x:logs4_shard1_replica_n1] \
              o.a.s.c.S.Request [logs4_shard1_replica_n1]  webapp=/solr path=/select params={q=*:*&wt=javabin} hits=234868 \
              status=0 QTime=8",
    detect: head::detect,
    parse,
    continues: Some(|group, line| {
        head::needs_second_line(group.text, line)
            || entry_start::continues(group.state, group.text, line, is_others)
    }),
    ..Format::DEFAULTS
};

fn is_others(line: &str) -> bool {
    super::detect(line).is_some()
}

fn parse(_: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let context = Context { zone_seconds: event.zone_seconds, near: event.time };
    let head = match head::read(event.message, context) {
        Ok(head) => head,
        Err(Headless::Cut) => return Err(Refusal("solr_entry_cut")),
        Err(Headless::Other) => return Err(Refusal("no_solr_line")),
    };
    let mut fields = Fields::new();
    let mut free = FreeFields::default();
    let kind = match request::read(head.message) {
        Message::Request(request) => {
            head.set(&mut fields, &mut free, request.core());
            request.set(&mut fields, &mut free)
        }
        Message::Cut => return Err(Refusal("solr_request_cut")),
        Message::Other => {
            head.set(&mut fields, &mut free, "");
            set_message(&head, &mut fields);
            Kind::Log
        }
    };
    free.set(&mut fields);
    emit.event(kind, fields);
    Ok(())
}

impl<'a> Head<'a> {
    /// `core`: what the message says of it.
    fn set(&self, fields: &mut Fields<'a>, free: &mut FreeFields, core: &'a str) {
        if let Some(time) = self.time {
            fields.set(Field::Timestamp, time);
        }
        let place = &self.place;
        for (field, text) in [
            (Field::LogLevel, self.level),
            (Field::LogLogger, self.logger),
            (Field::LogOriginFunction, self.method),
            (Field::ProcessThreadName, self.thread),
            (Field::TraceId, place.trace),
            (Field::SolrCollection, place.collection),
            (Field::SolrCore, if place.core.is_empty() { core } else { place.core }),
        ] {
            fields.set_present(field, text);
        }
        for (name, text) in
            [("shard", place.shard), ("replica", place.replica), ("node", place.node), ("mdc", place.unknown)]
        {
            free.add(name, text);
        }
    }
}

/// A message that tells of no request.
fn set_message<'a>(head: &Head<'a>, fields: &mut Fields<'a>) {
    let (message, trace) = fault::split(head);
    fields.set_present(Field::Message, message.trim_end());
    if let Some(trace) = trace {
        trace.set(fields);
    }
    let (action, event_type) = if message.starts_with("start commit") {
        ("commit", "start")
    } else if message.starts_with("end_commit_flush") {
        ("commit", "end")
    } else if message.contains("Registered new searcher") {
        ("newSearcher", "")
    } else {
        return;
    };
    fields.set(Field::EventAction, action);
    fields.set_present(Field::EventType, event_type);
}

impl<'a> Request<'a> {
    /// The core that the bracket names.
    fn core(&self) -> &'a str {
        if self.bracket == "admin" && matches!(self.webapp, "" | "null") { "" } else { self.bracket }
    }

    fn set(&self, fields: &mut Fields<'a>, free: &mut FreeFields) -> Kind {
        fields.set(Field::EventCategory, Value::Json(Cow::Borrowed("[\"database\"]")));
        fields.set_present(Field::UrlPath, self.path);
        if let Some(handler) = self.path.strip_suffix('/').filter(|handler| !handler.is_empty()) {
            fields.set(Field::Operation, handler);
        }
        fields.set_present(Field::UrlQuery, self.params);
        if self.webapp != "null" {
            free.add("webapp", self.webapp);
        }
        if self.slow {
            free.add("slow", "true");
        }
        if self.truncated {
            fields.set(Field::Truncated, true);
        }
        fields.set(Field::EventAction, action(self.path));
        fields.set(Field::EventType, "access");
        self.set_params(fields, free);
        let ended = match self.update {
            Some(update) => self.set_update(update, fields, free),
            None => self.set_tail(fields, free) || self.truncated,
        };
        if ended && !self.path.is_empty() {
            return Kind::ServiceQuery;
        }
        if self.update.is_none() {
            fields.set(Field::EventType, "start");
        }
        Kind::Log
    }

    fn set_params(&self, fields: &mut Fields<'a>, free: &mut FreeFields) {
        if self.update.is_none() {
            // The stage behind reads it from the parameters.
            fields.set(Field::QueryLanguage, "solr");
        }
        let mut seen = 0u32;
        for (name, value) in self.params.split('&').filter_map(|parameter| parameter.split_once('=')) {
            const NAMES: [&str; 10] =
                ["rows", "start", "defType", "qt", "isShard", "distrib", "rid", "action", "stmt", "expr"];
            let Some(index) = NAMES.iter().position(|known| *known == name) else { continue };
            // Of a name that stands twice Solr takes the first.
            if seen & 1 << index != 0 || value.is_empty() {
                continue;
            }
            seen |= 1 << index;
            match name {
                "rows" | "start" => free.add_number(name, value),
                "rid" => fields.set_present(Field::HttpRequestId, value),
                "action" => set_action(self.path, value, fields),
                "stmt" | "expr" => set_statement(name, value, fields),
                _ => free.add(name, &decode_form(Cow::Borrowed(value))),
            }
        }
    }

    /// Did the request end?
    fn set_tail(&self, fields: &mut Fields<'a>, free: &mut FreeFields) -> bool {
        let mut others: Vec<&str> = Vec::new();
        for (name, value) in self.tail.split(' ').filter_map(|pair| pair.split_once('=')) {
            let number = decimal::unsigned(value).filter(|n| i64::try_from(*n).is_ok());
            match (name, number) {
                ("hits", Some(hits)) => fields.set(Field::SolrHits, hits),
                ("status", Some(status)) => set_status(status, fields),
                ("QTime", _) => set_duration(value, fields),
                ("rid", _) => fields.set_present(Field::HttpRequestId, value),
                _ if !is_name(name) || is_own(name) || others.contains(&name) => (),
                _ if others.len() >= MOST_OTHERS => (),
                _ => {
                    others.push(name);
                    free.add(name, value);
                }
            }
        }
        fields.has(Field::SolrStatus) || fields.has(Field::EventDuration)
    }

    fn set_update(&self, update: Update<'a>, fields: &mut Fields<'a>, free: &mut FreeFields) -> bool {
        if let Some(status) = decimal::unsigned(update.status) {
            set_status(status, fields);
        }
        set_duration(update.millis, fields);
        let mut kinds: Vec<&str> = Vec::new();
        for (kind, value) in update.commands() {
            if kinds.contains(&kind) {
                continue;
            }
            kinds.push(kind);
            let counted = match kind {
                "add" => "adds",
                "delete" => "deletes",
                "deleteByQuery" => {
                    fields.set(Field::QueryLanguage, "solr");
                    fields.set_present(Field::QueryText, without_version(value));
                    continue;
                }
                "mergeIndexes" => {
                    free.add(kind, value);
                    continue;
                }
                _ => continue,
            };
            free.add(kind, value.trim_start_matches('[').trim_end_matches(']'));
            if let Some(count) = count(value) {
                free.add_number(counted, &count.to_string());
            }
        }
        if let Some(first) = kinds.first() {
            fields.set(Field::EventAction, *first);
            let is_deletion = first.starts_with("delete");
            fields.set(Field::EventType, if is_deletion { "deletion" } else { "change" });
            if !self.path.is_empty() {
                fields.set(Field::Operation, format!("{} {first}", self.path));
            }
            free.add("commands", &kinds.join(","));
        }
        true
    }
}

/// What else may stand behind the parameters, at most.
const MOST_OTHERS: usize = 16;

/// A name as Solr's components give them: no part of a query that stands where it should not.
fn is_name(name: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    (1..=40).contains(&name.len()) && name.bytes().all(is_part)
}

/// Names of free fields that stand there already.
fn is_own(name: &str) -> bool {
    let own = ["shard", "replica", "node", "mdc", "webapp", "slow", "path", "params"];
    own.contains(&name) || ["rows", "start", "defType", "qt", "isShard", "distrib"].contains(&name)
}

/// What kind of handler it is, as far as its path says so.
fn action(path: &str) -> &'static str {
    let first = path.strip_prefix('/').map_or("", |path| path.split('/').next().unwrap_or_default());
    match first {
        "admin" => "admin",
        "get" => "get",
        "replication" => "replication",
        "update" => "update",
        "" => "update",
        _ => "query",
    }
}

/// `/admin/collections CREATE`.
fn set_action(path: &str, action: &str, fields: &mut Fields<'_>) {
    let is_word = action.len() <= 40 && action.bytes().all(|b| b.is_ascii_alphabetic());
    if is_word && path.starts_with("/admin/") {
        fields.set(Field::Operation, format!("{path} {}", action.to_ascii_uppercase()));
    }
}

/// What the handlers `/sql` and `/stream` are asked.
fn set_statement<'a>(name: &str, value: &'a str, fields: &mut Fields<'a>) {
    if !fields.has(Field::QueryText) {
        fields.set(Field::QueryLanguage, if name == "stmt" { "sql" } else { "solr" });
        fields.set(Field::QueryText, decode_form(Cow::Borrowed(value)));
    }
}

/// 0, or the status that the HTTP response had too.
fn set_status(status: u64, fields: &mut Fields<'_>) {
    fields.set(Field::SolrStatus, status);
    fields.set(Field::EventOutcome, if status == 0 { "success" } else { "failure" });
    if (400..600).contains(&status) {
        fields.set(Field::HttpResponseStatusCode, status);
    }
}

fn set_duration(millis: &str, fields: &mut Fields<'_>) {
    if let Some(nanos) = decimal::millis_to_nanos(millis).filter(|n| i64::try_from(*n).is_ok()) {
        fields.set(Field::EventDuration, nanos);
    }
}

/// `*:* (-1653925534487281664)`: the query alone.
fn without_version(text: &str) -> &str {
    let Some((query, version)) = text.strip_suffix(')').and_then(|text| text.rsplit_once(" (")) else {
        return text;
    };
    let digits = version.strip_prefix('-').unwrap_or(version);
    let is_version = digits.len() >= 15 && digits.bytes().all(|b| b.is_ascii_digit());
    if is_version { query } else { text }
}
