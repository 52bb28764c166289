//! Lines of loggers for Java: log4j, logback and those that write alike. [`layout`] compiles a PatternLayout, which
//! [`matching`] holds a line against; [`usual`] has the layouts that are often met.

mod layout;
#[cfg(test)]
mod tests;
mod usual;

use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::options::{self, OptionError, Options};
use crate::scan::free_fields::FreeFields;
use crate::scan::layout::What;
use crate::scan::layout::fields::set;
use crate::scan::layout::matching::{self, Matched};
use crate::scan::log_time::Context;
use crate::scan::{entry_start, stack_trace};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Fields;
use catchwater_schemas::time::Timestamp;
use layout::Layout;
use serde::Deserialize;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "java_log4j",
    title: "Lines of log4j, logback and other loggers for Java",
    doc: "Reads the layouts that are often met: log4j's and logback's own (`2017-08-04 10:48:20,377 INFO [main] a.B - msg`, \
          `10:48:20.377 [main] INFO a.B - msg`), Spring Boot 1 to 3 with application, Sleuth and correlation, Kafka, \
          ZooKeeper, Hadoop, HBase, Spark (`17/06/09 20:10:40`), Elasticsearch and OpenSearch, Logstash, Cassandra, \
          WildFly, Karaf, ActiveMQ, Jetty; with the option `pattern` any other. What follows an entry and begins with \
          neither a time nor a level goes on with it, as do the lines of a stack trace, which is `error.stack_trace` with \
          `error.type` and `error.message`. Keys of the MDC are free fields, of which `traceId` and `spanId` (and like \
          names) are `trace.id` and `span.id`; Kafka's component, Logstash's pipeline and Elasticsearch's node are free \
          fields of these names. Times are in the server's zone, which the route names; a time of day alone is of the \
          day nearest to the log event's own time. A line with time and level but no logger is taken where the route \
          names the format, and not told from looks.",
    example: "[2017-08-04 10:48:20,379] INFO Connecting to zookeeper on localhost:2181 (kafka.server.KafkaServer)",
    detect,
    parse,
    continues: Some(|group, line| entry_start::continues(group.state, group.text, line, is_others)),
    options: Some(OPTIONS),
    ..Format::DEFAULTS
};

const REFUSAL: Refusal = Refusal("no_java_log_line");

const OPTIONS: Options = Options {
    keys: &[(
        "pattern",
        "The layout of the lines as log4j's PatternLayout or logback has it, `%d{ISO8601} %-5p [%t] %c{1}:%L - %m%n`: \
         lines of other layouts are then refused. A run of spaces stands for one or more, colours are left out.",
    )],
    read: |given| {
        options::read(given, |given: Given| {
            layout::compile(&given.pattern).map_err(|e| OptionError::of("pattern", e))
        })
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    pattern: String,
}

fn is_others(line: &str) -> bool {
    super::detect(line).is_some()
}

fn detect(message: &str) -> bool {
    let context = Context { zone_seconds: 0, near: Timestamp::default() };
    let b = message.as_bytes();
    // All begin with a digit, a bracket or a level.
    let may = b.first().is_some_and(|b| b.is_ascii_digit() || *b == b'[' || b.is_ascii_uppercase());
    // A year of two digits before slashes is Spark's.
    let of_spark = b.len() > 5 && b[2] == b'/' && b[5] == b'/';
    let is_sure = |read: usual::Read<'_>| read.sure || (of_spark && read.matched.logger().is_some());
    may && usual::read(stack_trace::split(message).0, context).is_some_and(is_sure)
}

/// A line of a usual layout, for formats of programs that log through such a logger.
pub(super) struct Line<'a> {
    pub time: Option<Timestamp>,
    pub level: &'a str,
    pub thread: &'a str,
    pub logger: &'a str,
    pub message: &'a str,
}

/// Reads a line of a usual layout.
pub(super) fn usual_line(text: &str, context: Context) -> Option<Line<'_>> {
    let usual::Read { matched, level, thread, .. } = usual::read(text, context)?;
    let mut line =
        Line { time: matched.time, level, thread, logger: matched.logger().unwrap_or_default(), message: "" };
    for (what, text) in &matched.values {
        match what {
            What::Level => line.level = text.trim(),
            What::Thread => line.thread = text.trim(),
            What::Message => line.message = text,
            _ => (),
        }
    }
    Some(line)
}

/// What the line that an entry begins with said.
struct Head<'a> {
    sure: bool,
    matched: Matched<'a, 'a>,
    level: &'a str,
    thread: &'a str,
}

fn read<'a>(layout: Option<&'a Layout>, text: &'a str, context: Context) -> Option<Head<'a>> {
    match layout {
        Some(layout) => {
            let matched = layout.variants.iter().find_map(|items| matching::read(items, text, context))?;
            Some(Head { sure: true, matched, level: "", thread: "" })
        }
        None => {
            let usual::Read { matched, level, thread, sure } = usual::read(text, context)?;
            Some(Head { sure, matched, level, thread })
        }
    }
}

fn parse(_: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let context = Context { zone_seconds: event.zone_seconds, near: event.time };
    let (text, trace) = stack_trace::split(event.message);
    let layout = event.options::<Layout>();
    let first = text.split('\n').next().unwrap_or_default();
    let whole = read(layout, text, context);
    // What stands behind the message in a layout may end its first line; the other lines are the message's too.
    let (head, more) = match whole {
        Some(head) if head.sure => (head, ""),
        whole if first.len() == text.len() => (whole.ok_or(REFUSAL)?, ""),
        whole => match read(layout, first, context) {
            Some(head) if head.sure || whole.is_none() => (head, &text[first.len()..]),
            _ => (whole.ok_or(REFUSAL)?, ""),
        },
    };
    let mut fields = Fields::new();
    let mut free = FreeFields::default();
    head.set(&mut fields, &mut free);
    if !more.is_empty() {
        let message = format!("{}{more}", fields.text(Field::Message).unwrap_or_default());
        fields.set(Field::Message, message);
    }
    if let Some(trace) = trace {
        trace.set(&mut fields);
    }
    free.set(&mut fields);
    emit.event(Kind::Log, fields);
    Ok(())
}

impl<'a> Head<'a> {
    fn set(&self, fields: &mut Fields<'a>, free: &mut FreeFields) {
        if let Some(time) = self.matched.time {
            fields.set(Field::Timestamp, time);
        }
        fields.set_present(Field::LogLevel, self.level);
        fields.set_present(Field::ProcessThreadName, self.thread);
        for (what, text) in &self.matched.values {
            set(what, text, fields, free);
        }
    }
}
