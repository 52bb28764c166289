//! Lines of Python's `logging`, of loggers that write alike and of Python's servers. [`style`] compiles a layout of the
//! route, [`usual`] has the layouts that are often met, [`access`] reads requests in messages, [`uwsgi`] those of
//! uWSGI.

mod access;
mod strftime;
mod style;
#[cfg(test)]
mod tests;
mod usual;
mod uwsgi;

use super::{Format, LogEvent, RecordState, Refusal, java_log4j};
use crate::emit::Emit;
use crate::options::{self, OptionError, Options};
use crate::scan::access_line::WEB;
use crate::scan::free_fields::FreeFields;
use crate::scan::layout::Item;
use crate::scan::layout::fields::set;
use crate::scan::layout::matching::{self, Matched};
use crate::scan::log_time::{self, Context};
use crate::scan::{ansi, entry_start, stack_trace};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Fields;
use catchwater_schemas::time::Timestamp;
use serde::Deserialize;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "python_logging",
    title: "Lines of Python's logging, Django, Celery, gunicorn, uvicorn and others in Python",
    doc: "Reads the layouts that are often met: those of `logging` and its documentation (`WARNING:root:msg`, \
          `2012-07-02 10:22:40,672 - name - LEVEL - msg`, with and without place, process and thread; \
          <https://docs.python.org/3/howto/logging.html>), Django's, Celery's (`[…: INFO/MainProcess] msg`), gunicorn's, \
          uvicorn's, Airflow's, Scrapy's, loguru's, Tornado's and Jupyter's (`[I 240506 07:08:09 web:2271] msg`, levels as \
          whole words), Pyramid's, Salt's, Odoo's, OpenStack's, fail2ban's, Home Assistant's; with the option `format` any \
          other. What follows an entry and begins with neither a time nor a level goes on with it; a traceback is \
          `error.stack_trace` with `error.type` and `error.message`. Colours are left out.\n\n\
          A message by which uvicorn, werkzeug, `http.server`, Django's development server, aiohttp, Tornado or OpenStack \
          tell of a request is a `service_query`; also the lines that werkzeug and Django write without any logger's \
          prefix, and uWSGI's. Attributes of a record without a field (`processName`, what `extra` adds) are free fields of their names. \
          Times are in the program's zone, which the route names; a time of day alone is of the day nearest to the log \
          event's own time. A line that others write too (time, level and message alone) is taken where the route names \
          the format, and not told from looks. Lines of Lambda's Python runtime are those of `aws_lambda`.",
    example: "2024-05-06 07:08:09,123 - myapp.views - WARNING - Not Found: /favicon.ico",
    detect,
    parse,
    continues: Some(|group, line| entry_start::continues(group.state, group.text, line, is_others)),
    options: Some(OPTIONS),
    ..Format::DEFAULTS
};

const REFUSAL: Refusal = Refusal("no_python_log_line");

const OPTIONS: Options = Options {
    keys: &[
        (
            "format",
            "The layout of the lines as `logging.Formatter` has it, `%(asctime)s %(levelname)-8s [%(name)s:%(lineno)d] \
             %(message)s`, `{asctime} {levelname:<8} {message}` or `$asctime $message`: lines of other layouts are then \
             refused. A run of spaces stands for one or more.",
        ),
        ("datefmt", "The layout of `asctime`, `%d/%b/%Y %H:%M:%S`; without it any usual one."),
    ],
    read: |given| {
        options::read(given, |given: Given| {
            style::compile(&given.format, given.datefmt.as_deref())
                .map(|items| Layout { items })
                .map_err(|e| OptionError::of("format", e))
        })
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    format: String,
    datefmt: Option<String>,
}

/// The layout that a route gives.
struct Layout {
    items: Vec<Item>,
}

fn is_others(line: &str) -> bool {
    super::detect(line).is_some()
}

fn detect(message: &str) -> bool {
    let context = Context { zone_seconds: 0, near: Timestamp::default() };
    let first = message.split('\n').next().unwrap_or_default();
    let plain = ansi::stripped(first);
    let text = plain.trim_end();
    // All begin with a digit, a bracket, a colon of an address or a level.
    let may =
        text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '[' | ':') || c.is_ascii_uppercase());
    if !may {
        return false;
    }
    let is_sure = letter_level(text, context).is_some()
        || usual::read(text, context).is_some_and(|read| read.sure)
        || bare_request(text, 0).is_some()
        || uwsgi::read(text, context).is_some();
    is_sure && !(java_log4j::FORMAT.detect)(text)
}

/// What the line that an entry begins with said.
struct Head<'a> {
    matched: Matched<'a, 'a>,
    level: &'a str,
}

fn read<'a>(layout: Option<&'a Layout>, text: &'a str, context: Context) -> Option<Head<'a>> {
    match layout {
        Some(layout) => {
            let matched = matching::read(&layout.items, text, context)?;
            Some(Head { matched, level: "" })
        }
        None => {
            let usual::Read { matched, level, .. } = usual::read(text, context)?;
            Some(Head { matched, level })
        }
    }
}

fn parse(_: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let context = Context { zone_seconds: event.zone_seconds, near: event.time };
    let plain = ansi::stripped(event.message);
    let (text, trace) = stack_trace::split(&plain);
    let layout = event.options::<Layout>();
    let mut fields = Fields::new();
    let mut free = FreeFields::default();
    if let Some(request) = uwsgi::read(text, context).filter(|_| layout.is_none()) {
        request.set(&mut fields, &mut free);
        free.set(&mut fields);
        emit.event_sharing(Kind::ServiceQuery, WEB, fields);
        return Ok(());
    }
    let mut request = None;
    if let Some(lettered) = letter_level(text, context).filter(|_| layout.is_none()) {
        request = access::read(lettered.message, event.zone_seconds);
        lettered.set(&mut fields, &mut free);
    } else if let Some(access) = bare_request(text, event.zone_seconds).filter(|_| layout.is_none()) {
        fields.set(Field::Message, text);
        request = Some(access);
    } else {
        let first = text.split('\n').next().unwrap_or_default();
        // What stands behind the message in a layout may end its first line; the other lines are the message's too.
        let (head, more) = match read(layout, text, context) {
            Some(head) => (head, ""),
            None if first.len() < text.len() => {
                (read(layout, first, context).ok_or(REFUSAL)?, &text[first.len()..])
            }
            None => return Err(REFUSAL),
        };
        if let Some(message) = head.message() {
            request = access::read(message, event.zone_seconds);
        }
        head.set(&mut fields, &mut free);
        if !more.is_empty() {
            let message = format!("{}{more}", fields.text(Field::Message).unwrap_or_default());
            fields.set(Field::Message, message);
        }
    }
    if let Some(trace) = trace {
        trace.set(&mut fields);
    }
    free.set(&mut fields);
    match request {
        Some(request) => {
            request.set(&mut fields);
            emit.event_sharing(Kind::ServiceQuery, WEB, fields);
        }
        None => emit.event(Kind::Log, fields),
    }
    Ok(())
}

impl<'a> Head<'a> {
    fn message(&self) -> Option<&'a str> {
        let mut values = self.matched.values.iter();
        values.find(|(what, _)| **what == crate::scan::layout::What::Message).map(|(_, text)| *text)
    }

    fn set(&self, fields: &mut Fields<'a>, free: &mut FreeFields) {
        if let Some(time) = self.matched.time {
            fields.set(Field::Timestamp, time);
        }
        fields.set_present(Field::LogLevel, self.level);
        for (what, text) in &self.matched.values {
            set(what, text, fields, free);
        }
    }
}

/// A request that werkzeug or Django's development server writes without a prefix; the time's space tells it from the
/// lines of other servers.
fn bare_request(text: &str, zone_seconds: i32) -> Option<access::Access<'_>> {
    let at = text.find('[').filter(|at| *at < 60)?;
    let is_theirs = text.as_bytes().get(at + 12) == Some(&b' ') && text.as_bytes().get(at + 3) == Some(&b'/');
    is_theirs.then(|| access::read(text, zone_seconds)).flatten().filter(|access| access.time.is_some())
}

/// `[I 240506 07:08:09 web:2271] message` of Tornado, `[I 2024-05-06 07:08:09.123 ServerApp] message` of Jupyter.
struct Lettered<'a> {
    level: &'static str,
    time: Timestamp,
    source: &'a str,
    message: &'a str,
}

fn letter_level(text: &str, context: Context) -> Option<Lettered<'_>> {
    let inside = text.strip_prefix('[')?;
    let (letter, rest) = inside.split_at_checked(1)?;
    let level = match letter {
        "D" => "DEBUG",
        "I" => "INFO",
        "W" => "WARNING",
        "E" => "ERROR",
        "C" => "CRITICAL",
        _ => return None,
    };
    let rest = rest.strip_prefix(' ')?;
    let (time, rest) =
        log_time::read(rest, context).or_else(|| crate::scan::layout::date::clock(rest, context))?;
    let (source, message) = rest.strip_prefix(' ')?.split_once(']')?;
    let message = message.strip_prefix(' ').unwrap_or(message);
    let is_name = !source.is_empty() && source.len() <= 100 && !source.contains([' ', '\n']);
    is_name.then_some(Lettered { level, time, source, message })
}

impl<'a> Lettered<'a> {
    fn set(&self, fields: &mut Fields<'a>, free: &mut FreeFields) {
        use crate::scan::layout::What;
        fields.set(Field::Timestamp, self.time);
        fields.set(Field::LogLevel, self.level);
        let (logger, line) = self.source.split_once(':').unwrap_or((self.source, ""));
        set(&What::Logger, logger, fields, free);
        set(&What::Line, line, fields, free);
        set(&What::Message, self.message, fields, free);
    }
}
