//! Logs of AWS Lambda: what the platform says of each call, and what the function itself writes
//! (<https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html>).

mod application;
mod fault;
mod invocation;
mod pairs;
mod platform;
mod telemetry;
#[cfg(test)]
mod tests;
mod trace;

use super::{Format, LogEvent, RecordState, Refusal, sdc};
use crate::emit::Emit;
use crate::options::{self, CompiledOptions, OptionError, Options};
use crate::scan::uuid::is_uuid as is_request_id;
use catchwater_schemas::event::Kind;
use invocation::{Invocation, Invocations};
use platform::Line;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "aws_lambda",
    title: "AWS Lambda: calls of functions, and what they write",
    doc: "Reads the platform's lines (`INIT_START`, `START`, `END`, `REPORT` with `XRAY`, `INIT_REPORT`, \
          `RESTORE_START`, `RESTORE_REPORT`, `EXTENSION`, `LOGS`, `TELEMETRY`), the same as JSON (`platform.start`, \
          `platform.runtimeDone`, `platform.report` …, as JSON logs and the Telemetry API have them), faults (`Task \
          timed out`, `Runtime exited with error: signal: killed`, which is how a lack of memory ends) and whatever the \
          function writes: the prefixes of the runtimes of Python, Node.js, Java, .NET, Go and Rust, JSON, and any \
          other text, with its stack trace.\n\n\
          `START`, `END` and `REPORT` of one request within one raw record come out as one event, at the time of \
          `START` and behind the record's other events: `event.duration`, \
          `aws.lambda.*`, `faas.*`, and `event.outcome` and `event.reason` where a status, a timeout, a fault or an \
          unhandled error tells them (in text logs, a call without any of these has no outcome: the \
          platform does not say that it went well). A part without the others (they lie in another record) comes out \
          alone. Lines in between are events of their own with the request's id, a line without one has that of the \
          call that is open when there is exactly one. `faas.name` is that of the log group `/aws/lambda/NAME`.\n\n\
          Source of the lines: AWS Lambda's developer guide, \
          [log formats](https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html), \
          [Telemetry API schema](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html). \
          What has no field is under `catchwater.fields` by its JSON name (`restoreDurationMs`, `runtimeVersion`, \
          `spans` …). A platform line that is cut off is refused.",
    example: "REPORT RequestId: 8f507cfc-5a3b-4b2e-9f4e-0c2b8a4d8f5d\tDuration: 9.14 ms\tBilled Duration: 10 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\tInit Duration: 190.62 ms\t",
    detect,
    parse,
    finish: Some(finish),
    continues: Some(trace::continues),
    options: Some(Options { keys: OPTION_KEYS, read: read_options }),
    ..Format::DEFAULTS
};

const OPTION_KEYS: &[(&str, &str)] = &[(
    "join",
    "`false`: `START`, `END` and `REPORT` are an event each. By default those of one request in one raw record are one.",
)];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    #[serde(default = "yes")]
    join: bool,
}

fn yes() -> bool {
    true
}

fn read_options(given: &Map<String, Value>) -> Result<CompiledOptions, OptionError> {
    options::read(given, |given: Given| Ok(Chosen { join: given.join }))
}

/// What a route says.
pub(super) struct Chosen {
    join: bool,
}

fn detect(message: &str) -> bool {
    let has_sign = if message.starts_with('{') {
        telemetry::is_sure(message)
    } else {
        platform::is_sure(message) || fault::is_sure(message) || application::is_sure(message)
    };
    // A line of the sorting function is told better by its own format.
    has_sign && !(sdc::FORMAT.detect)(message)
}

fn parse(state: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let unescaped = unescaped(event.message);
    let join = event.options::<Chosen>().is_none_or(|chosen| chosen.join);
    let calls: &mut Invocations = state.of(FORMAT.name);
    let line =
        if event.message.starts_with('{') { telemetry::read(event)? } else { platform::read(&unescaped)? };
    if let Some(line) = line {
        platform_line(line, join, calls, event, emit);
        return Ok(());
    }
    if let Some(fault) = fault::read(&unescaped) {
        calls.failed(fault.request_id, &fault);
        emit.event(Kind::Log, fault.into_fields(emit.log_group()));
        return Ok(());
    }
    application::parse(calls, event, emit)
}

/// Keeps a line of a call for its event; any other is an event of its own.
fn platform_line(
    mut line: Line<'_>,
    join: bool,
    calls: &mut Invocations,
    event: LogEvent<'_>,
    emit: &mut Emit<'_>,
) {
    if join && line.step.is_some() && !line.request_id.is_empty() {
        calls.add(&line, event, emit);
    } else {
        if line.is_of_function
            && line.request_id.is_empty()
            && let Some(id) = calls.only_open()
        {
            line.request_id = Cow::Owned(id.to_string());
        }
        let mut alone = Invocation::new(emit, event.time);
        alone.add(&line, event, emit);
        alone.emit_of_its_own(emit);
    }
}

fn finish(state: &mut RecordState, emit: &mut Emit<'_>) {
    let calls: &mut Invocations = state.of(FORMAT.name);
    calls.emit_all(emit);
}

/// Some tools write tabs and line ends as `\t` and `\n`; in a line of the platform they are nothing else.
fn unescaped(message: &str) -> Cow<'_, str> {
    let first = message.as_bytes().first().copied().unwrap_or_default();
    let has_escapes = || ["\\t", "\\n"].iter().any(|e| message.contains(e));
    if first != b'{' && message.contains("RequestId: ") && has_escapes() {
        Cow::Owned(message.replace("\\t", "\t").replace("\\n", "\n"))
    } else {
        Cow::Borrowed(message)
    }
}

/// The function's name in that of its log group.
fn function_of(log_group: &str) -> Option<&str> {
    log_group.strip_prefix("/aws/lambda/").filter(|name| !name.is_empty())
}
