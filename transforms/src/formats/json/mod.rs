//! One JSON object a line, by whatever logger: ECS, Bunyan, Pino, logstash, Zap, Log4j, GELF, Serilog, MongoDB,
//! journald, or free.

pub(super) mod access;
mod assign;
mod docker;
mod duration;
pub(super) mod http;
mod inner;
pub(super) mod names;
mod nested;
mod otel;
mod special;
#[cfg(test)]
mod tests;
mod time;
mod value;

use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::json::{Cursor, Json, JsonStr};
use catchwater_schemas::event::Kind;
use catchwater_schemas::fields::Fields;
use std::collections::HashMap;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "json",
    title: "One JSON object a line, by any logger",
    doc: "Reads any JSON object. ECS names, dotted or nested, go to their fields where the value is of the field's \
          type. Of other loggers' names those are known that tell time (RFC 3339 text, or the epoch in seconds, \
          milli-, micro- or nanoseconds, told apart by size), level (numbers of Bunyan and Pino, syslog's 0 to 7, \
          MongoDB's letters and OpenTelemetry's severities become names; CLEF without level is `Information`), message, \
          logger, trace, host, process, thread, user, service, place in the program and error, by Bunyan, Pino, Winston, \
          log4j, logback, Zap, zerolog, logrus, slog, Python, structlog, Rust's tracing, Serilog, .NET, GELF, Google Cloud, \
          Fluent Bit's filter for Kubernetes, and OpenTelemetry (its data model, and the file exporter's \
          `resourceLogs`, an event for each record). A stack trace also tells `error.type` and `error.message`. With an \
          HTTP method, a target and a status, of the first level or in `req`, `request` or `httpRequest`, it is a \
          `service_query`, by the names of nginx, Envoy, Traefik, Caddy, pino-http, Serilog, logback-access and Google. \
          `event.duration` is set where name, text (`12ms`) or logger tell the unit; a bare `duration` stays free. Of \
          what Docker's `json-file` driver wraps (`log`, `stream`, `time`), the line is read by the format that it is surely \
          of (`catchwater.content_format`), else as `plain` reads it. Every \
          other member is kept as it was written under `catchwater.fields`; where a key stands twice in one object of \
          the first level, the last one counts. What is no object is refused.",
    example: r#"{"timestamp":"2024-07-19T15:42:51Z","level":"info","message":"Application started successfully.","module":"main"}"#,
    detect,
    parse,
    ..Format::DEFAULTS
};

fn detect(message: &str) -> bool {
    let message = message.trim();
    message.starts_with('{') && message.ends_with('}') && {
        // Braces also begin other notations; the whole is read when it is parsed.
        let mut cursor = Cursor::new(message, crate::json::MOST_DEPTH);
        cursor.begin_object().is_ok() && cursor.next_key().is_ok()
    }
}

/// A member of the object.
struct Member<'a> {
    key: JsonStr<'a>,
    value: Json<'a>,
    /// Before the value.
    start: Cursor<'a>,
}

fn parse(state: &mut RecordState, log_event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let members = members(log_event.message, log_event.json_depth)?;
    if let Some(wrapped) = docker::unwrap(&members) {
        wrapped.emit(state, log_event, emit);
        return Ok(());
    }
    if let [Member { key, value: Json::Array(resources), .. }] = &members[..]
        && key.raw() == "resourceLogs"
        && otel::emit_records(resources, log_event, emit)?
    {
        return Ok(());
    }
    let (fields, kind) = assign::assign(members, Writer::Any, log_event.zone_seconds);
    emit.event(kind, fields);
    Ok(())
}

/// Who wrote the object, where that is known beforehand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Writer {
    Any,
    /// A function of Lambda.
    Lambda,
}

/// Reads an object: the fields and the kind of its event.
pub(super) fn read(
    text: &str,
    depth: usize,
    writer: Writer,
    zone_seconds: i32,
) -> Result<(Fields<'_>, Kind), Refusal> {
    Ok(assign::assign(members(text, depth)?, writer, zone_seconds))
}

fn members(text: &str, depth: usize) -> Result<Vec<Member<'_>>, Refusal> {
    let mut cursor = Cursor::new(text, depth);
    if cursor.peek() != b'{' {
        return Err(Refusal("no_json_object"));
    }
    let mut members = Vec::with_capacity(16);
    cursor.begin_object()?;
    while let Some(key) = cursor.next_key()? {
        let start = cursor.clone();
        members.push(Member { key, value: cursor.value()?, start });
    }
    cursor.end()?;
    drop_repeated(&mut members);
    Ok(members)
}

/// Of members with one key the last stays: stores refuse objects with a key that stands twice.
fn drop_repeated(members: &mut Vec<Member<'_>>) {
    // A bit per length and first byte: most objects need no look at the keys themselves.
    let mut seen = 0u64;
    let repeats = members.iter().any(|member| {
        let raw = member.key.raw().as_bytes();
        let bit = 1 << ((raw.len() * 7 + raw.first().map_or(0, |b| usize::from(*b))) & 63);
        let may_repeat = seen & bit != 0 || member.key.has_escapes();
        seen |= bit;
        may_repeat
    });
    if !repeats {
        return;
    }
    let mut last = HashMap::with_capacity(members.len());
    for (index, member) in members.iter().enumerate() {
        last.insert(member.key.text(), index);
    }
    if last.len() < members.len() {
        let mut keep = vec![false; members.len()];
        last.into_values().for_each(|index| keep[index] = true);
        let mut keep = keep.into_iter();
        members.retain(|_| keep.next().unwrap_or_default());
    }
}
