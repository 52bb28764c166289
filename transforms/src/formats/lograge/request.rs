//! What lograge's keys mean, whatever notation they come in.

use crate::scan::access_line::set_status;
use crate::scan::free_fields::FreeFields;
use crate::scan::log_time::{self, Context};
use crate::scan::quoted::{Escapes, Quoted};
use crate::scan::{address, decimal, epoch, request_line, ruby_hash, url};
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use std::borrow::Cow;
use std::collections::HashSet;

/// A value as it was written.
#[derive(Clone, Debug)]
pub(super) enum Written<'a> {
    /// A text, or whatever notation knows nothing but texts.
    Text(Cow<'a, str>),
    /// A JSON number.
    Number(&'a str),
    /// A JSON object or array.
    Json(Cow<'a, str>),
    /// `null`, or an empty text.
    Nothing,
}

/// A request in the making.
pub(super) struct Request<'a> {
    pub fields: Fields<'a>,
    free: FreeFields,
    names: HashSet<String>,
    context: Context,
    /// Another logger put it into an object of its own (logstash, GELF), in which `host` is the server.
    pub is_enveloped: bool,
}

impl<'a> Request<'a> {
    pub fn new(context: Context) -> Self {
        let (fields, free) = (Fields::new(), FreeFields::default());
        Self { fields, free, names: HashSet::new(), context, is_enveloped: false }
    }

    /// Takes one key and its value.
    pub fn set(&mut self, key: &str, written: Written<'a>) {
        // l2met: `measure#page.duration`.
        let name = key.strip_prefix("measure#page.").unwrap_or(key);
        let (text, is_number) = match written {
            Written::Nothing => return,
            Written::Text(text) => (text, matches!(name, "allocations" | "queries" | "cached_queries")),
            Written::Number(number) => (Cow::Borrowed(number), true),
            Written::Json(json) => return self.json(name, &json),
        };
        if let Some(text) = self.known(name, text)
            && self.names.insert(key.to_string())
        {
            // What has no field is kept.
            match is_number {
                true => self.free.add_number(key, &text),
                false => self.free.add(key, &text),
            }
        }
    }

    fn json(&mut self, key: &str, json: &str) {
        match key {
            "exception" if set_exception(json, &mut self.fields) => return,
            "params" | "parameters" if !self.fields.has(Field::QueryText) => {
                let query = serde_json::from_str::<serde_json::Value>(json).ok();
                if let Some(text) = query.as_ref().and_then(|params| params["q"].as_str()) {
                    self.query(text.to_string().into());
                }
            }
            _ => {}
        }
        if self.names.insert(key.to_string()) {
            self.free.add_json(key, json);
        }
    }

    fn query(&mut self, text: Cow<'a, str>) {
        if !text.trim().is_empty() && text != "[FILTERED]" {
            self.fields.set(Field::QueryText, text);
        }
    }

    /// Sets the field of a key; gives the text back if there is none that takes it.
    fn known(&mut self, key: &str, text: Cow<'a, str>) -> Option<Cow<'a, str>> {
        let fields = &mut self.fields;
        match key {
            "method" if !text.bytes().all(|b| b.is_ascii_alphabetic()) => return Some(text),
            "path" => set_target(text, fields),
            "action" if text.contains('#') => set_action(&text, '#', fields),
            "source" if text.contains(':') && !fields.has(Field::RailsController) => {
                set_action(&text, ':', fields);
            }
            "status" => {
                let status = decimal::unsigned(&text).filter(|status| (100..=999).contains(status));
                if status.is_none() {
                    return Some(text);
                }
                set_status(status.and_then(|status| u16::try_from(status).ok()), fields);
            }
            "duration" => match decimal::millis_to_nanos(&text).filter(|n| i64::try_from(*n).is_ok()) {
                Some(nanos) => fields.set(Field::EventDuration, nanos),
                None => return Some(text),
            },
            "view" | "db" => {
                let field = if key == "view" { Field::RailsViewRuntime } else { Field::RailsDbRuntime };
                match decimal::json_number(&text).map(str::to_string) {
                    Some(number) => fields.set(field, Value::Json(number.into())),
                    None => return Some(text),
                }
            }
            "ip" | "remote_ip" | "remote_addr" | "client_ip" => {
                if !address::is_ip(&text) || fields.has(Field::SourceIp) {
                    return Some(text);
                }
                fields.set(Field::SourceIp, text);
            }
            "error" => set_error(&text, fields),
            "exception" if set_exception(&text, fields) => {}
            "params" | "parameters" => {
                let query = match &text {
                    Cow::Borrowed(hash) => ruby_hash::text(hash, "q"),
                    Cow::Owned(hash) => ruby_hash::text(hash, "q").map(|q| Cow::Owned(q.into_owned())),
                };
                if let Some(query) = query {
                    self.query(query);
                }
                return Some(text);
            }
            "time" | "timestamp" | "@timestamp" | "ts" | "datetime" | "date" => {
                match instant(&text, self.context) {
                    Some(time) => fields.set(Field::Timestamp, time),
                    None => return Some(text),
                }
            }
            "pid" => match decimal::unsigned(&text).filter(|pid| i64::try_from(*pid).is_ok()) {
                Some(pid) => fields.set(Field::ProcessPid, pid),
                None => return Some(text),
            },
            "level" | "severity" if text.bytes().all(|b| b.is_ascii_digit()) => return Some(text),
            "host" if !self.is_enveloped => fields.set(Field::UrlDomain, text),
            _ => match field_of(key).filter(|field| !fields.has(*field)) {
                Some(field) => fields.set(field, text),
                None => return Some(text),
            },
        }
        None
    }

    /// The fields of the request, complete.
    pub fn into_fields(self) -> Fields<'a> {
        let Self { mut fields, free, .. } = self;
        free.set(&mut fields);
        let has_path = fields.has(Field::UrlPath) || fields.has(Field::UrlOriginal);
        let names = (fields.text(Field::RailsController), fields.text(Field::RailsAction));
        if let (false, (Some(controller), Some(action))) = (has_path, names) {
            let operation = format!("{controller}#{action}");
            fields.set(Field::Operation, operation);
        }
        fields
    }
}

/// Fields of keys whose values need no look.
fn field_of(key: &str) -> Option<Field> {
    Some(match key {
        "method" => Field::HttpRequestMethod,
        "controller" => Field::RailsController,
        "action" => Field::RailsAction,
        "request_id" | "uuid" | "req_id" => Field::HttpRequestId,
        "user_id" | "uid" => Field::UserId,
        "user" | "username" | "user_name" | "login" | "current_user" | "email" | "user_email" => {
            Field::UserName
        }
        "user_agent" | "ua" | "agent" => Field::UserAgentOriginal,
        "referer" | "referrer" => Field::HttpRequestReferrer,
        "message" | "short_message" | "msg" => Field::Message,
        "level" | "severity" | "log_level" => Field::LogLevel,
        "hostname" | "host" => Field::HostName,
        "trace_id" | "traceId" | "dd.trace_id" => Field::TraceId,
        "span_id" | "spanId" | "dd.span_id" => Field::SpanId,
        "service" | "application" => Field::ServiceName,
        "backtrace" | "stack_trace" | "stacktrace" => Field::ErrorStackTrace,
        _ => return None,
    })
}

fn set_target<'a>(target: Cow<'a, str>, fields: &mut Fields<'a>) {
    match target {
        Cow::Borrowed(target) => {
            request_line::set_target("", target, Quoted { raw: target, escapes: Escapes::Absent }, fields);
        }
        Cow::Owned(target) => match url::split(&target) {
            Some(parts) => {
                for (field, part) in [
                    (Field::UrlScheme, parts.scheme),
                    (Field::UrlDomain, parts.domain),
                    (Field::UrlPath, parts.path),
                    (Field::UrlQuery, parts.query),
                ] {
                    if let Some(part) = part {
                        fields.set(field, part.to_string());
                    }
                }
            }
            None => fields.set(Field::UrlOriginal, target),
        },
    }
}

/// `jobs#show` of old versions, `admin-welcome:index` of l2met.
fn set_action(text: &str, mark: char, fields: &mut Fields<'_>) {
    if let Some((controller, action)) = text.split_once(mark).filter(|(c, a)| !c.is_empty() && !a.is_empty())
    {
        fields.set(Field::RailsController, controller.to_string());
        fields.set(Field::RailsAction, action.to_string());
    }
}

/// `Class: message`.
fn set_error(text: &str, fields: &mut Fields<'_>) {
    match text.split_once(": ").filter(|(class, _)| !class.contains(' ')) {
        Some((class, message)) => {
            fields.set(Field::ErrorType, class.to_string());
            fields.set(Field::ErrorMessage, message.to_string());
        }
        None => fields.set(Field::ErrorMessage, text.to_string()),
    }
}

/// `["Class", "message"]`, as Rails hands exceptions on.
fn set_exception(text: &str, fields: &mut Fields<'_>) -> bool {
    match serde_json::from_str::<[String; 2]>(text) {
        Ok([class, message]) => {
            fields.set(Field::ErrorType, class);
            fields.set(Field::ErrorMessage, message);
            true
        }
        Err(_) => false,
    }
}

fn instant(text: &str, context: Context) -> Option<catchwater_schemas::time::Timestamp> {
    let whole = log_time::read(text, context).filter(|(_, rest)| rest.trim().is_empty());
    whole.map(|(time, _)| time).or_else(|| epoch::read(text))
}
