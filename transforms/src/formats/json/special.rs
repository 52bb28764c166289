//! Members whose one text says several things: a request line, a place in the program, a host or address with its port, a
//! list of proxies, Google's name of a trace.

use super::access::Shape;
use super::http;
use crate::json::{Cursor, Json, JsonStr};
use crate::scan::address::is_ip;
use crate::scan::{clients, decimal, host_port, request_line, stack_trace};
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};

/// Sets what the member of this dotted name says, but for fields that have a value. Is it all in them, so that nothing of
/// it stays?
pub(super) fn set<'a>(path: &str, value: &Json<'a>, shape: &Shape, fields: &mut Fields<'a>) -> bool {
    let Some(text) = only_text(value) else { return false };
    match path {
        "request" if shape.access => set_request_line(text, fields),
        "caller" => set_caller(text, fields),
        "file" if shape.logrus => set_caller(text, fields),
        "full_message" if shape.gelf => set_trace(text, fields),
        "trace" | "logging.googleapis.com/trace" => set_trace_name(text, path != "trace", fields),
        _ if !shape.access => false,
        _ if http::is_host(path) => set_host(text, fields),
        _ if http::is_peer(path) => set_peer(text, fields),
        _ if http::is_forwarded_for(path) => {
            set_client(text, fields);
            false
        }
        _ => false,
    }
}

/// The text, also that of a list of one: servers of Go list the values of a header.
pub(super) fn only_text<'a>(value: &Json<'a>) -> Option<JsonStr<'a>> {
    match value {
        Json::String(text) => Some(*text),
        Json::Array(std::borrow::Cow::Borrowed(raw)) => {
            let mut cursor = Cursor::new(raw, 1);
            cursor.begin_array().ok()?;
            let first =
                (cursor.next_element().ok()? && cursor.peek() == b'"').then(|| cursor.string().ok())??;
            (!cursor.next_element().ok()?).then_some(first)
        }
        _ => None,
    }
}

fn set_new<'a>(field: Field, raw: &'a str, fields: &mut Fields<'a>) -> bool {
    let is_new = !raw.is_empty() && !raw.contains('\\') && !fields.has(field);
    if is_new {
        fields.set(field, Value::Escaped(raw));
    }
    is_new
}

fn set_request_line<'a>(text: JsonStr<'a>, fields: &mut Fields<'a>) -> bool {
    let Some(line) = request_line::split(text.raw()).filter(|line| line.version.is_some()) else {
        return false;
    };
    let all_new = !fields.has(Field::HttpRequestMethod) && !fields.has(Field::UrlOriginal);
    set_new(Field::HttpRequestMethod, line.method, fields);
    set_new(Field::HttpVersion, line.version.unwrap_or_default(), fields);
    all_new & set_new(Field::UrlOriginal, line.target, fields)
}

/// `server/main.go:42`.
fn set_caller<'a>(text: JsonStr<'a>, fields: &mut Fields<'a>) -> bool {
    let Some((file, line)) = text.raw().rsplit_once(':') else { return false };
    let Some(line) = decimal::unsigned(line).filter(|line| *line < 1 << 32) else { return false };
    if !set_new(Field::LogOriginFileName, file, fields) {
        return false;
    }
    fields.set(Field::LogOriginFileLine, line);
    true
}

/// `projects/p/traces/7f`; some write the id alone.
fn set_trace_name<'a>(text: JsonStr<'a>, may_be_id: bool, fields: &mut Fields<'a>) -> bool {
    match text.raw().rsplit_once("/traces/") {
        Some((project, id)) => project.starts_with("projects/") && set_new(Field::TraceId, id, fields),
        None => may_be_id && !text.raw().contains('/') && set_new(Field::TraceId, text.raw(), fields),
    }
}

/// GELF's long message is most often the short one with a trace behind it.
fn set_trace(text: JsonStr<'_>, fields: &mut Fields<'_>) -> bool {
    let text = text.text();
    if fields.has(Field::ErrorStackTrace) || stack_trace::split(&text).1.is_none() {
        return false;
    }
    fields.set(Field::ErrorStackTrace, text.into_owned());
    true
}

fn set_host<'a>(text: JsonStr<'a>, fields: &mut Fields<'a>) -> bool {
    let host_port::HostPort { host, port } = host_port::split(text.raw());
    let is_name = host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    if !is_name || !set_new(Field::UrlDomain, host, fields) {
        return false;
    }
    if let Some(port) = port.filter(|_| !fields.has(Field::UrlPort)) {
        fields.set(Field::UrlPort, u64::from(port));
    }
    true
}

fn set_peer<'a>(text: JsonStr<'a>, fields: &mut Fields<'a>) -> bool {
    let (host, port) = match host_port::split_with_port(text.raw()) {
        Some((host, port)) => (host, Some(port)),
        None => (text.raw(), None),
    };
    if !is_ip(host) || !set_new(Field::SourceIp, host, fields) {
        return false;
    }
    if let Some(port) = port.filter(|_| !fields.has(Field::SourcePort)) {
        fields.set(Field::SourcePort, u64::from(port));
    }
    true
}

fn set_client<'a>(text: JsonStr<'a>, fields: &mut Fields<'a>) {
    if let Some(client) = clients::client(clients::items(text.raw())).filter(|client| is_ip(client)) {
        set_new(Field::ClientIp, client, fields);
    }
}
