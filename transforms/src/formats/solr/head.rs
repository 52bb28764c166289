//! What stands before the message, in the layouts that Solr came with.
//!
//! | Solr | layout | where it is written |
//! |---|---|---|
//! | 3 to 4.2 | `Jan 1, 2012 1:02:03 PM class method`, then `INFO: message` | `java.util.logging.SimpleFormatter` |
//! | 4.3 to 5.2 | `INFO  - 2013-08-01 10:11:12.123; class; message`, at the end with `[collection shard replica core] ` before the class | `example/resources/log4j.properties` |
//! | 4.3 to 5.2, console | `1234 [thread] INFO  class  – message` | the same |
//! | 5.3 to 7.3 | `2016-01-18 06:27:31.343 INFO  (thread) [c:… s:… r:… x:…] o.a.s.c.S.Request message` | `server/resources/log4j.properties` |
//! | 5.x, console | `1234 INFO  (thread) [   x:…] o.a.s.c.S.Request message` | the same |
//! | 7.4 to 9 | as 5.3, with `t:…`, and with ` => ` and what was thrown behind the message | `server/resources/log4j2.xml` |
//!
//! Those of other loggers, which many set instead, are [`super::super::java_log4j`]'s and [`super::super::tomcat`]'s.

use super::request;
use crate::formats::{java_log4j, tomcat};
use crate::scan::log_time::{self, Context};
use crate::scan::{entry_start, token};
use catchwater_schemas::time::Timestamp;

/// What stands before a message, and the message.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Head<'a> {
    pub time: Option<Timestamp>,
    pub level: &'a str,
    pub thread: &'a str,
    pub place: Place<'a>,
    pub logger: &'a str,
    pub method: &'a str,
    pub message: &'a str,
    /// Is it surely Solr that wrote the line?
    pub sure: bool,
}

/// Where in the cluster the line was written: the MDC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place<'a> {
    pub collection: &'a str,
    pub shard: &'a str,
    pub replica: &'a str,
    pub core: &'a str,
    pub node: &'a str,
    pub trace: &'a str,
    /// The bracket's text, where it is none of Solr's own.
    pub unknown: &'a str,
}

/// Why no head was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Headless {
    /// The first line of an entry whose message stands in the second, and that one is missing.
    Cut,
    /// No line of Solr.
    Other,
}

/// Is the entry surely Solr's? Lines of other layouts are read only if they have a request's parameters.
pub(super) fn detect(text: &str) -> bool {
    let context = Context { zone_seconds: 0, near: Timestamp::default() };
    match own(text, context) {
        Some(head) => head.sure || is_sure(&head),
        None if is_first_line(text, context) => true,
        None => text.contains(" params={") && of_java(text, context).is_some_and(|head| is_sure(&head)),
    }
}

/// Reads an entry's start.
pub(super) fn read(text: &str, context: Context) -> Result<Head<'_>, Headless> {
    match own(text, context).or_else(|| of_java(text, context)) {
        Some(head) => Ok(head),
        None if is_first_line(text, context) => Err(Headless::Cut),
        None => Err(Headless::Other),
    }
}

/// Reads it in one of the layouts that Solr came with.
fn own(text: &str, context: Context) -> Option<Head<'_>> {
    if text.bytes().next()?.is_ascii_digit() { numeric(text, context) } else { worded(text, context) }
}

/// A request to Solr, whatever the logger's layout.
fn is_sure(head: &Head<'_>) -> bool {
    request::looks_like_one(head.message) && (head.logger.is_empty() || is_of_solr(head.logger))
}

fn is_of_solr(logger: &str) -> bool {
    logger.starts_with("o.a.s.") || logger.starts_with("org.apache.solr.") || logger.starts_with("SolrCore")
}

fn numeric(text: &str, context: Context) -> Option<Head<'_>> {
    let Some((time, rest)) = log_time::read(text, context) else {
        // Consoles show the milliseconds since the start.
        let (millis, rest) = token::first(text);
        let is_count = millis.len() <= 12 && millis.bytes().all(|b| b.is_ascii_digit());
        return if is_count { bracketed(rest).or_else(|| console(rest)) } else { None };
    };
    let of_juli = || {
        // JULI's date has hyphens and the month's name.
        let is_juli = text.as_bytes().get(2) == Some(&b'-');
        is_juli.then(|| tomcat::one_line(rest).map(|entry| of_tomcat(&entry))).flatten()
    };
    bracketed(rest).or_else(of_juli).map(|head| Head { time: Some(time), ..head })
}

/// ` INFO  (thread) [c:… s:… r:… x:… t:…] logger message`.
fn bracketed(text: &str) -> Option<Head<'_>> {
    let (level, rest) = level(text.trim_start_matches(' '))?;
    let rest = rest.strip_prefix('(')?;
    let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
    let (thread, inside, rest) = match line.find(") [") {
        Some(at) => {
            let (inside, _) = line[at + 3..].split_once(']')?;
            (&rest[..at], Some(inside), &rest[at + 4 + inside.len()..])
        }
        None => line.find(") ").map(|at| (&rest[..at], None, &rest[at + 1..]))?,
    };
    let (logger, message) = cut(rest.strip_prefix(' ')?, ' ');
    let logger = logger.trim_end_matches(':');
    let (place, is_known) = place(inside.unwrap_or_default());
    // An empty bracket is no mark of Solr's; one that holds the spaces between four names is.
    let is_of_solr = || is_of_solr(logger) || logger.starts_with("o.e.j.");
    let is_marked = |inside: &str| place != Place::default() || inside.len() >= 3 || is_of_solr();
    let sure = logger.contains('.') && is_known && inside.is_some_and(is_marked);
    let is_logger = !logger.is_empty() && !logger.contains(['(', '=', '[']);
    is_logger.then_some(Head { level, thread, place, logger, message, sure, ..Head::default() })
}

/// ` [thread] INFO  class  – message`.
fn console(text: &str) -> Option<Head<'_>> {
    let (thread, rest) = text.trim_start_matches(' ').strip_prefix('[')?.split_once("] ")?;
    let (level, rest) = level(rest)?;
    let (logger, rest) = cut(rest, ' ');
    let rest = rest.trim_start_matches(' ');
    // The dash is not in every console's character set.
    let message = ["– ", "- ", "? ", "\u{fffd} "].iter().find_map(|dash| rest.strip_prefix(dash))?;
    let sure = is_of_solr(logger);
    Some(Head { level, thread, logger, message, sure, ..Head::default() })
}

fn worded(text: &str, context: Context) -> Option<Head<'_>> {
    let Some((level, rest)) = level(text) else { return two_lines(text, context) };
    if let Some(head) = of_log4j(level, rest, context) {
        return Some(head);
    }
    // An entry whose first line an agent sent on its own, or that was left out.
    let message = rest.strip_prefix(": ").filter(|message| request::looks_like_one(message))?;
    Some(Head { level, message, ..Head::default() })
}

/// `  - 2013-08-01 10:11:12.123; [place] class; message`.
fn of_log4j<'a>(level: &'a str, text: &'a str, context: Context) -> Option<Head<'a>> {
    let text = text.strip_prefix("- ").unwrap_or(text);
    let (time, rest) = log_time::read(text, context)?;
    let rest = rest.strip_prefix("; ")?;
    let (place, rest) = match rest.strip_prefix('[').and_then(|inside| inside.split_once("] ")) {
        Some((inside, rest)) => (place(inside).0, rest),
        None => (Place::default(), rest),
    };
    let (logger, message) = rest.split_once(';')?;
    let is_logger = !logger.is_empty() && !logger.contains([' ', '\n']);
    let message = message.strip_prefix(' ').unwrap_or(message);
    let sure = logger.contains('.');
    is_logger.then_some(Head { time: Some(time), level, place, logger, message, sure, ..Head::default() })
}

/// `Jan 1, 2012 1:02:03 PM class method`, then `INFO: message`.
fn two_lines(text: &str, context: Context) -> Option<Head<'_>> {
    let (time, rest) = half_day(text, context)?;
    Some(Head { time: Some(time), ..of_tomcat(&tomcat::two_lines(rest)?) })
}

fn half_day(text: &str, context: Context) -> Option<(Timestamp, &str)> {
    let (time, rest) = log_time::read(text, context)?;
    let stamp = text.get(..text.len() - rest.len())?;
    (stamp.ends_with("AM") || stamp.ends_with("PM")).then_some((time, rest))
}

fn of_tomcat<'a>(entry: &tomcat::Entry<'a>) -> Head<'a> {
    let tomcat::Entry { level, thread, class, method, message } = *entry;
    Head { level, thread, logger: class, method, message, sure: is_of_solr(class), ..Head::default() }
}

fn of_java(text: &str, context: Context) -> Option<Head<'_>> {
    let java_log4j::Line { time, level, thread, logger, message } = java_log4j::usual_line(text, context)?;
    Some(Head { time, level, thread, logger, message, ..Head::default() })
}

/// `Jan 1, 2012 1:02:03 PM org.apache.solr.core.SolrCore execute` alone.
fn is_first_line(text: &str, context: Context) -> bool {
    let class = half_day(text, context).and_then(|(_, rest)| rest.strip_prefix(' '));
    class.is_some_and(|class| class.starts_with("org.apache.solr.") && !text.contains('\n'))
}

/// Is the line the second of an entry of which the text is the first?
pub(super) fn needs_second_line(text: &str, line: &str) -> bool {
    let is_second = || level(line).is_some_and(|(_, rest)| rest.starts_with(':'));
    let context = Context { zone_seconds: 0, near: Timestamp::default() };
    !text.contains('\n') && is_second() && half_day(text, context).is_some()
}

/// A level and what follows the spaces behind it.
fn level(text: &str) -> Option<(&str, &str)> {
    let end = text.bytes().position(|b| !b.is_ascii_uppercase())?;
    let (level, rest) = text.split_at(end);
    let rest = if rest.starts_with(':') { rest } else { rest.strip_prefix(' ')?.trim_start_matches(' ') };
    entry_start::is_level(level).then_some((level, rest))
}

/// The word up to this character or the line's end, and what follows it.
fn cut(text: &str, at: char) -> (&str, &str) {
    let end = text.find([at, '\n']).unwrap_or(text.len());
    (&text[..end], text[end..].strip_prefix(at).unwrap_or(&text[end..]))
}

/// The bracket's inside, and whether all in it is named as Solr does, by letters. In 5.1 and 5.2 four names stand in
/// their order without.
fn place(inside: &str) -> (Place<'_>, bool) {
    let (mut place, mut is_known) = (Place::default(), true);
    let parts = inside.split(' ').count();
    for (index, part) in inside.split(' ').enumerate().filter(|(_, part)| !part.is_empty()) {
        let (name, value) = match part.split_once(':') {
            Some(named) => named,
            None => {
                is_known = false;
                (["c", "s", "r", "x"].get(index).copied().filter(|_| parts >= 4).unwrap_or_default(), part)
            }
        };
        let slot = match name {
            "c" => &mut place.collection,
            "s" => &mut place.shard,
            "r" => &mut place.replica,
            "x" => &mut place.core,
            "n" => &mut place.node,
            "t" => &mut place.trace,
            _ => return (Place { unknown: inside, ..Place::default() }, false),
        };
        if value != "null" {
            *slot = value;
        }
    }
    (place, is_known)
}
