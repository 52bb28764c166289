//! What the function writes, through its runtime's logger or without.
//!
//! ```text
//! [INFO]⇥2023-08-12T12:34:13.137Z⇥3f1c2f0e-6c8a-4a58-9b4b-6a9b6f0a7b11⇥message             Python
//! [ERROR] KeyError: 'x'                                                                    Python, nobody handled it
//! Traceback (most recent call last): …
//! 2020-03-05T16:30:36.113Z⇥f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb⇥DEBUG⇥message              Node.js
//! 2020-03-05T16:30:36.113Z⇥f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb⇥info⇥message               .NET
//! 2020-03-05 16:30:36 f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb INFO  Handler - message         Java, log4j2
//! 2020-03-05T16:30:36.113Z  INFO Lambda runtime invoke{requestId="f08b…" …}: message       Rust, tracing
//! 2020/03/05 16:30:36 message                                                              Go
//! ```
//! (<https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html> and the pages of the other runtimes)

use super::invocation::Invocations;
use super::telemetry::root_of;
use super::trace;
use super::{function_of, is_request_id};
use crate::emit::Emit;
use crate::formats::json::{self, Writer};
use crate::formats::{LogEvent, Refusal, plain};
use crate::json::{Cursor, Invalid, Json, MOST_DEPTH, member};
use crate::scan::log_time::{self, Context};
use crate::scan::{level, log_prefix};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::time::Timestamp;

/// A line that was read.
#[derive(Default)]
pub(super) struct Text<'a> {
    pub fields: Fields<'a>,
    /// The runtime reports an error that nobody handled: the call has failed.
    unhandled: bool,
    /// The runtime wrote where the id stands that there is none.
    outside: bool,
}

/// Does a runtime's prefix with a request's id stand at the line's start?
pub(super) fn is_sure(message: &str) -> bool {
    let epoch = Timestamp::default();
    let event = LogEvent { message, time: epoch, zone_seconds: 0, json_depth: 1, options: None };
    message.get(..40).is_some()
        && runtime_line(event).is_some_and(|text| text.fields.has(Field::AwsRequestId))
}

/// Reads a line of the function and emits its event.
pub(super) fn parse(
    calls: &mut Invocations,
    event: LogEvent<'_>,
    emit: &mut Emit<'_>,
) -> Result<(), Refusal> {
    let (mut text, kind) = match object(event) {
        Some((fields, kind)) => (Text { fields, ..Text::default() }, kind),
        None => (text(event), Kind::Log),
    };
    let fields = &mut text.fields;
    if !fields.has(Field::AwsRequestId)
        && !text.outside
        && let Some(id) = calls.only_open()
    {
        fields.set(Field::AwsRequestId, id.to_string());
    }
    if let Some(id) = fields.get(Field::AwsRequestId).cloned() {
        fields.set(Field::FaasExecution, id);
    }
    if let Some(id) = fields.text(Field::AwsRequestId).filter(|_| text.unhandled) {
        calls.unhandled(&id, fields);
    }
    if let Some(name) = function_of(emit.log_group()).filter(|_| !fields.has(Field::FaasName)) {
        fields.set(Field::FaasName, name);
    }
    emit.event(kind, text.fields);
    Ok(())
}

/// A JSON object; `None` if it is none.
fn object(event: LogEvent<'_>) -> Option<(Fields<'_>, Kind)> {
    if !event.message.starts_with('{') {
        return None;
    }
    let LogEvent { message, json_depth, zone_seconds, .. } = event;
    let (mut fields, kind) = json::read(message, json_depth, Writer::Lambda, zone_seconds).ok()?;
    // Rust's tracing has the id in the span of the call, and the message among its fields.
    if !fields.has(Field::AwsRequestId)
        && let Some(id) = member_of(message, json_depth, "span", "requestId").filter(|id| is_request_id(id))
    {
        fields.set(Field::AwsRequestId, id);
    }
    if !fields.has(Field::Message)
        && let Some(text) = member_of(message, json_depth, "fields", "message")
    {
        fields.set(Field::Message, text);
    }
    Some((fields, kind))
}

/// The text of a member of a member.
fn member_of(text: &str, depth: usize, outer: &str, inner: &str) -> Option<String> {
    let Json::Object(object) = member(Cursor::new(text, depth), outer)? else { return None };
    let found = member(Cursor::new(&object, depth), inner)?.string()?;
    (!found.is_empty()).then(|| found.text().into_owned())
}

/// Reads a line that is no JSON.
pub(super) fn text(event: LogEvent<'_>) -> Text<'_> {
    runtime_line(event).unwrap_or_else(|| {
        let mut fields = plain::read(event);
        trace::set(event.message, &mut fields);
        Text { fields, ..Text::default() }
    })
}

fn runtime_line(event: LogEvent<'_>) -> Option<Text<'_>> {
    match event.message.as_bytes().first()? {
        b'[' => python(event.message),
        b'0'..=b'9' => with_tabs(event.message)
            .or_else(|| java(event))
            .or_else(|| rust(event.message))
            .or_else(|| go(event)),
        _ => None,
    }
}

fn python(message: &str) -> Option<Text<'_>> {
    let mut text = Text::default();
    if let Some(error) = message.strip_prefix("[ERROR] ") {
        let (first, _) = error.split_once(['\n', '\r'])?;
        trace::error_line(first)?;
        if !error[first.len()..].trim_start().starts_with("Traceback") {
            return None;
        }
        trace::set(message, &mut text.fields);
        trace::set_error(first, &mut text.fields);
        text.fields.set(Field::LogLevel, "ERROR");
        text.fields.set(Field::EventOutcome, Value::Escaped("failure"));
        text.fields.set(Field::Message, error.trim_end());
        text.unhandled = true;
        return Some(text);
    }
    let prefixed = log_prefix::read(message);
    prefixed.time?;
    trace::set(prefixed.message, &mut text.fields);
    text.outside = prefixed.request_id.is_none();
    let known =
        log_prefix::Prefixed { request_id: prefixed.request_id.filter(|id| is_request_id(id)), ..prefixed };
    known.set(&mut text.fields);
    text.fields.set(Field::Message, prefixed.message);
    Some(text)
}

/// Node.js and .NET: time, id and, but in old versions, level, with tabs between them.
fn with_tabs(message: &str) -> Option<Text<'_>> {
    let (time, rest) = message.split_once('\t')?;
    let (id, rest) = rest.split_once('\t')?;
    let mut text = Text::default();
    text.fields.set(Field::Timestamp, Timestamp::parse_rfc3339(time, 0)?);
    if is_request_id(id) {
        text.fields.set(Field::AwsRequestId, id);
    } else if id == "undefined" || id.is_empty() {
        text.outside = true;
    } else {
        return None;
    }
    let message = match rest.split_once('\t').filter(|(word, _)| is_level(word)) {
        Some((level, message)) => {
            text.fields.set(Field::LogLevel, level);
            message
        }
        None => rest,
    };
    text.fields.set(Field::Message, message.trim_end());
    match unhandled_object(message) {
        Some(error) => {
            text.fields.set(Field::EventOutcome, Value::Escaped("failure"));
            text.unhandled = true;
            set_error_object(error, &mut text.fields);
        }
        None => trace::set(message, &mut text.fields),
    }
    Some(text)
}

/// Levels of the loggers of Node.js and .NET (whose own are short).
fn is_level(word: &str) -> bool {
    level::is_level(word)
        || matches!(
            word,
            "trce" | "dbug" | "info" | "warn" | "fail" | "crit" | "trace" | "debug" | "error" | "critical"
        )
}

/// The object behind the words by which Node.js's runtime reports an error that nobody handled.
fn unhandled_object(message: &str) -> Option<&str> {
    let (words, object) = message.split_once('\t')?;
    let told = ["Invoke Error", "Uncaught Exception", "Unhandled Promise Rejection"];
    (told.contains(&words.trim_end()) && object.starts_with('{')).then_some(object)
}

/// `{"errorType":"Error","errorMessage":"…","stack":["Error: …", "    at …"]}`
fn set_error_object<'a>(object: &'a str, fields: &mut Fields<'a>) {
    let of = |name| member(Cursor::new(object, MOST_DEPTH), name);
    for (field, name) in [(Field::ErrorType, "errorType"), (Field::ErrorMessage, "errorMessage")] {
        if let Some(text) = of(name).and_then(|value| value.string()).filter(|text| !text.is_empty()) {
            fields.set(field, text);
        }
    }
    if let Some(Json::Array(stack)) = of("stack") {
        let mut cursor = Cursor::new(&stack, 1);
        let mut lines = Vec::new();
        let mut read = || -> Result<(), Invalid> {
            cursor.begin_array()?;
            while cursor.next_element()? {
                lines.push(cursor.string()?.text().into_owned());
            }
            Ok(())
        };
        if read().is_ok() {
            fields.set(Field::ErrorStackTrace, lines.join("\n"));
        }
    }
}

/// log4j2 with the pattern of Lambda's guide, `%d{yyyy-MM-dd HH:mm:ss} %X{AWSRequestId} %-5p %c{1} - %m%n`.
fn java(event: LogEvent<'_>) -> Option<Text<'_>> {
    let (time, rest) = read_time(event)?;
    let (id, rest) = rest.trim_start().split_once(' ')?;
    if !is_request_id(id) {
        return None;
    }
    let mut text = Text::default();
    text.fields.set(Field::Timestamp, time);
    text.fields.set(Field::AwsRequestId, id);
    let (word, behind) = rest.split_once(' ').unwrap_or((rest, ""));
    let mut message = rest;
    if level::is_level(word) {
        text.fields.set(Field::LogLevel, word);
        message = behind.trim_start();
        if let Some((logger, behind)) = message.split_once(" - ").filter(|(logger, _)| !logger.contains(' '))
        {
            text.fields.set(Field::LogLogger, logger.split_once(':').map_or(logger, |(name, _)| name));
            message = behind;
        }
    }
    trace::set(message, &mut text.fields);
    text.fields.set(Field::Message, message.trim_end());
    Some(text)
}

/// tracing's text, with the span that the runtime opens for each call.
fn rust(message: &str) -> Option<Text<'_>> {
    let (time, rest) = message.split_once(' ')?;
    let (level, rest) = rest.trim_start().split_once(' ')?;
    let (_, span) = rest.split_once("invoke{requestId=")?;
    let (id, _) = span.trim_start_matches('"').split_at_checked(36)?;
    if !level::is_level(level) || !is_request_id(id) {
        return None;
    }
    let mut text = Text::default();
    text.fields.set(Field::Timestamp, Timestamp::parse_rfc3339(time, 0)?);
    text.fields.set(Field::LogLevel, level);
    text.fields.set(Field::AwsRequestId, id);
    if let Some(root) = span.split_once("xrayTraceId=").and_then(|(_, header)| {
        root_of(header.trim_start_matches('"').split(['"', ' ', '}']).next().unwrap_or_default())
    }) {
        text.fields.set(Field::TraceId, root);
    }
    text.fields.set(Field::Message, span.split_once("}: ").map_or(rest, |(_, message)| message).trim_end());
    Some(text)
}

/// Go's `log`: `2020/03/05 16:30:36 message`.
fn go(event: LogEvent<'_>) -> Option<Text<'_>> {
    if event.message.as_bytes().get(4) != Some(&b'/') {
        return None;
    }
    let (time, rest) = read_time(event)?;
    let message = rest.strip_prefix(' ')?;
    let mut text = Text::default();
    text.fields.set(Field::Timestamp, time);
    trace::set(message, &mut text.fields);
    text.fields.set(Field::Message, message.trim_end());
    Some(text)
}

fn read_time(event: LogEvent<'_>) -> Option<(Timestamp, &str)> {
    log_time::read(event.message, Context { zone_seconds: event.zone_seconds, near: event.time })
}
