//! Requests as lograge writes them, one line each (<https://github.com/roidrage/lograge>). [`pairs`] and [`object`] read
//! the notations, [`request`] knows what the keys mean.

mod object;
mod pairs;
mod request;
#[cfg(test)]
mod tests;

use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::scan::access_line::WEB;
use crate::scan::log_time::Context;
use crate::scan::tagged_line::{self, RubyLine};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::time::Timestamp;
use pairs::Pairs;
use request::{Request, Written};
use std::borrow::Cow;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "lograge",
    title: "Requests of Ruby on Rails by lograge",
    doc: "Reads what the formatters of lograge write (<https://github.com/roidrage/lograge>): `KeyValue` (the default, \
          `method=GET path=/ format=html controller=HomeController action=index status=200 duration=79.00 view=78.80 \
          db=0.00`), `KeyValueDeep`, `L2met`, `LTSV`, `Json`, `Logstash`, `Graylog2`, `Cee` (`@cee: {…}`), and the line of \
          the first versions (`GET /jobs/1.json format=json action=jobs#show status=200 …`), also behind the prefix of \
          Ruby's `Logger`. `duration` is `event.duration`; `view` and `db` are `rails.view_runtime_ms` and \
          `rails.db_runtime_ms`. What an application adds is known by usual names (`request_id`, `ip`, `remote_ip`, \
          `user_id`, `user`, `host`, `user_agent`, `time`, `exception`, `params` …), every other key is a free field. \
          `host` is the host that was asked for, as in lograge's own example, in the objects of logstash and Graylog the \
          server. A value that is not quoted ends where the next `key=` begins. `error='Class: message'` is `error.*`; the \
          text of the parameter `q` is `catchwater.query.text`. The operation is method and path, of requests without a \
          path (Action Cable) `Controller#action`.",
    example: "method=GET path=/jobs/833552.json format=json controller=JobsController action=show status=200 duration=58.33 view=40.43 db=15.26",
    detect,
    parse,
    ..Format::DEFAULTS
};

/// How a line notes its request.
enum Notation {
    KeyValue,
    /// `GET /path` and then pairs.
    Old,
    Ltsv,
    Object,
}

const ANY_TIME: Context = Context { zone_seconds: 0, near: Timestamp::from_nanos(0) };

fn detect(message: &str) -> bool {
    let first = message.as_bytes().first().copied().unwrap_or_default();
    if first == b'{' {
        return object::is_sure(message);
    }
    // Most lines have no such word.
    if memchr::memmem::find(message.as_bytes(), b"status").is_none() {
        return false;
    }
    let line = tagged_line::read(message, ANY_TIME);
    notation(line.text).is_some_and(|notation| match notation {
        Notation::Object => object::is_sure(object::of_cee(line.text)),
        _ => true,
    })
}

/// The notation of a text that is surely lograge's.
fn notation(text: &str) -> Option<Notation> {
    let has = |part: &str| memchr::memmem::find(text.as_bytes(), part.as_bytes()).is_some();
    if text.starts_with("method=") {
        let of_page = has(" controller=") || has(" source=") || has("measure#page.");
        return (has(" path=") && has(" status=") && of_page).then_some(Notation::KeyValue);
    }
    if text.starts_with("method:") {
        return (has("\tpath:") && has("\tstatus:") && has("\tcontroller:")).then_some(Notation::Ltsv);
    }
    if object::of_cee(text).starts_with('{') {
        return Some(Notation::Object);
    }
    let old = has(" action=") && has(" status=") && old_head(text).is_some();
    old.then_some(Notation::Old)
}

/// Method and path, and the pairs behind them.
fn old_head(text: &str) -> Option<(&str, &str, &str)> {
    let (method, rest) = text.split_once(' ')?;
    let (path, rest) = rest.split_once(' ')?;
    let is_method = (3..=10).contains(&method.len()) && method.bytes().all(|b| b.is_ascii_uppercase());
    (is_method && path.starts_with('/') && rest.starts_with("format=")).then_some((method, path, rest))
}

fn parse(_: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let context = Context { zone_seconds: event.zone_seconds, near: event.time };
    let line = tagged_line::read(event.message, context);
    let mut request = Request::new(context);
    match notation(line.text) {
        Some(Notation::Object) => object::read(object::of_cee(line.text), event.json_depth, &mut request)?,
        Some(Notation::KeyValue) => read_pairs(line.text, &mut request),
        Some(Notation::Ltsv) => {
            for (key, value) in line.text.split('\t').filter_map(|field| field.split_once(':')) {
                request.set(key, text(value));
            }
        }
        Some(Notation::Old) => {
            let (method, path, rest) = old_head(line.text).ok_or(Refusal("no_lograge_line"))?;
            request.set("method", text(method));
            request.set("path", text(path));
            read_pairs(rest, &mut request);
        }
        // A line that begins as one and ends early.
        None if line.text.starts_with("method=") && line.text.contains(" path=") => {
            return Err(Refusal("lograge_line_cut"));
        }
        None => return Err(Refusal("no_lograge_line")),
    }
    set_prefix(&line, &mut request);
    emit.event_sharing(Kind::ServiceQuery, WEB, request.into_fields());
    Ok(())
}

fn text(value: &str) -> Written<'_> {
    match value {
        "" | "nil" => Written::Nothing,
        text => Written::Text(Cow::Borrowed(text)),
    }
}

fn read_pairs<'a>(line: &'a str, request: &mut Request<'a>) {
    for (key, value) in Pairs::of(line) {
        request.set(key, text(value));
    }
}

/// What the logger says, where the request itself does not.
fn set_prefix<'a>(line: &RubyLine<'a>, request: &mut Request<'a>) {
    let fields = &mut request.fields;
    if let Some(time) = line.time.filter(|_| !fields.has(Field::Timestamp)) {
        fields.set(Field::Timestamp, time);
    }
    for (key, value) in [
        ("level", line.level),
        ("hostname", line.host),
        ("request_id", line.request_id().unwrap_or_default()),
    ] {
        request.set(key, text(value));
    }
    let fields = &mut request.fields;
    if let Some(pid) = line.pid {
        fields.set(Field::ProcessPid, pid);
    }
    fields.set_present(Field::LogLogger, line.logger);
    fields.set_present(Field::ProcessName, line.program);
}
