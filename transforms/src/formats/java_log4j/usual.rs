//! The layouts that are often met, in [`super::layout`]'s syntax, by what the line begins with.

use super::layout::{Layout, compile};
use crate::scan::entry_start;
use crate::scan::layout::matching::{Matched, Matcher, is_level};
use crate::scan::layout::{Item, What, date};
use crate::scan::log_time::{self, Context};
use std::sync::LazyLock;

/// A layout behind a time.
struct Usual {
    items: Vec<Item>,
    shape: Shape,
    sure: Sure,
}

/// How a text begins: its first mark and, where that is a level, the mark behind it. Most layouts are told apart by it,
/// so that few are held against a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shape {
    /// A byte; `p`: a level.
    first: u8,
    /// A byte behind a level, `0` for digits; `None` of a layout: any.
    second: Option<u8>,
}

impl Shape {
    fn of_text(text: &str) -> Self {
        let rest = text.trim_start_matches(' ');
        let end = rest.bytes().position(|b| !b.is_ascii_alphabetic()).unwrap_or(rest.len());
        if end > 0 && is_level(&rest[..end]) {
            let second =
                rest[end..].bytes().find(|b| *b != b' ').map(|b| if b.is_ascii_digit() { b'0' } else { b });
            return Self { first: b'p', second };
        }
        Self { first: rest.bytes().next().unwrap_or_default(), second: None }
    }

    fn of_layout(items: &[Item]) -> Self {
        let mark = |item: Option<&Item>| match item {
            Some(Item::Literal(text)) => text.bytes().find(|b| *b != b' '),
            _ => None,
        };
        let first = mark(items.first());
        let level = items.iter().position(|item| *item == Item::Value(What::Level));
        match first {
            None if level.is_some_and(|at| at < 2) => {
                let behind = level.map_or(0, |at| at + 1);
                let pid = items.get(behind + 1) == Some(&Item::Value(What::Pid));
                Self { first: b'p', second: mark(items.get(behind)).or(pid.then_some(b'0')) }
            }
            first => Self { first: first.unwrap_or_default(), second: None },
        }
    }

    /// May a text of this shape be of a layout of that one? A layout that begins with a value fits any.
    fn may_be(self, layout: Self) -> bool {
        layout.first == 0
            || (self.first == layout.first && (layout.second.is_none() || layout.second == self.second))
    }
}

/// Does a line of this layout tell that a logger for Java wrote it?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sure {
    /// Yes.
    Yes,
    /// Only where the logger is named as a Java class is.
    Class,
    /// No.
    No,
}

use Sure::*;

/// Behind `2017-08-04 10:48:20,377` and behind `[2017-08-04 10:48:20,377]`; the first that fits is taken.
const BEHIND_TIME: &[(Sure, &str)] = &[
    // log4j's and logback's own.
    (Yes, " %p [%t] %c - %m"),
    (Yes, " [%t] %p %c - %m"),
    // Spring Boot: with correlation (3.2), with the application's name (3.2), plain, with Sleuth (2).
    (Yes, " %p %pid --- [%X{application}] [%t] [%correlationId] %c : %m"),
    (Yes, " %p %pid --- [%t] [%correlationId] %c : %m"),
    (Yes, " %p %pid --- [%X{application}] [%t] %c : %m"),
    (Yes, " %p %pid --- [%t] %c : %m"),
    (Yes, " %p --- [%t] %c : %m"),
    (Yes, " %p [%sleuth] %pid --- [%t] %c : %m"),
    // ZooKeeper 3.
    (Yes, " - %p [%t:%C{1}@%L] - %m"),
    (Yes, " [myid:%X{myid}] - %p [%t:%C@%L] - %m"),
    // Karaf, ActiveMQ.
    (Yes, " | %p | %t | %c | %X{bundle} | %m"),
    (Class, " | %p | %m | %c | %t"),
    // The place in the program, where it is written.
    (Yes, " %p [%t] (%F:%L) - %m"),
    (Yes, " %p [%t] %c.%M(%F:%L) - %m"),
    (Yes, " %p [%t] %c (%F:%L) - %m"),
    (Yes, " %p [%t] %F:%L - %m"),
    (Yes, " [%t] %p %F:%L - %m"),
    (Yes, " [%t] %p %c (%F:%L) - %m"),
    (Yes, " %p %c:%L - %m"),
    (Yes, " %p %c{1}:%L - %m"),
    (Yes, " %p [%t] %c:%L - %m"),
    (Yes, " %p [%t] %c{1}(%L) - %m"),
    (Yes, " [%t] %p %c:%L - %m"),
    (Yes, " [%t] %p %c(%L) - %m"),
    // Hadoop, HBase and others.
    (Yes, " %p [%t] %c : %m"),
    (Yes, " %p [%t] %c: %m"),
    (Yes, " [%t] %p %c : %m"),
    (Yes, " [%t] %p %c: %m"),
    (Yes, " [%t] %p %c %x - %m"),
    (Class, " [%t] %p [%c] - %m"),
    (Class, " [%p] [%t] %c - %m"),
    (Class, " [%p] [%t] [%c] - %m"),
    (Class, " [%t] [%p] %c - %m"),
    (Class, " [%p] %c - %m"),
    // WildFly, JBoss.
    (Yes, " %p [%c] (%t) %m"),
    (Class, " %p [%c] - %m"),
    (Class, " %p [%c] %m"),
    // Spark, Hadoop, TeamCity.
    (Class, " %p %c: %m"),
    (Class, " %p %c - %m"),
    (Class, " %p - %c - %m"),
    (Class, " %p (%t) %c: %m"),
    // Jetty 9 and 8.
    (Class, ":%p:%c:%t: %m"),
    (No, ":%p::%t: %m"),
    (No, ":%p:%c:%m"),
    // No logger.
    (No, " %p [%t] %m"),
    (No, " [%t] %p %m"),
    (No, " [%p] [%t] %m"),
    (No, " [%p] %m"),
    (No, " %p: %m"),
    (No, " %p - %m"),
    (No, " %p %m"),
];

/// Behind `[2017-08-04 10:48:20,377]` only.
const BEHIND_BRACKET: &[(Sure, &str)] = &[
    // Kafka: the component stands in the message.
    (Class, " %p [%X{component}] %m (%c)"),
    (Class, " %p [%X{component}]: %m (%c)"),
    (Class, " %p %m (%c)"),
    // Logstash, then Elasticsearch and OpenSearch.
    (Yes, "[%p][%c][%X{pipeline}] %m"),
    (Yes, "[%p][%c] [%X{node}] %m"),
    (Yes, "[%p][%c] %m"),
];

/// Behind a level and a time, and a level, thread and time: Cassandra.
const BEHIND_LEVEL: &[(Sure, &str)] = &[
    (Yes, " [%t] %F:%L - %m"),
    (Yes, " %F:%L - %m"),
    (Yes, " [%t] %c - %m"),
    (Yes, " [%t] %c: %m"),
    (Class, " %c - %m"),
    (Class, " %c: %m"),
    (No, " %m"),
];

fn compiled(list: &[(Sure, &str)]) -> Vec<Usual> {
    let mut all = Vec::new();
    for (sure, pattern) in list {
        let Layout { variants } = compile(pattern).unwrap_or(Layout { variants: Vec::new() });
        all.extend(variants.into_iter().map(|items| Usual {
            shape: Shape::of_layout(&items),
            items,
            sure: *sure,
        }));
    }
    all
}

static TIME: LazyLock<Vec<Usual>> = LazyLock::new(|| compiled(BEHIND_TIME));
static BRACKET: LazyLock<Vec<Usual>> = LazyLock::new(|| compiled(BEHIND_BRACKET));
static LEVEL: LazyLock<Vec<Usual>> = LazyLock::new(|| compiled(BEHIND_LEVEL));

/// What a line said, and whether it is surely a Java logger's.
pub struct Read<'t> {
    /// Its values.
    pub matched: Matched<'static, 't>,
    /// Its level, where it stands before the time.
    pub level: &'t str,
    /// Its thread, where it stands there.
    pub thread: &'t str,
    /// Is it surely a line of such a logger?
    pub sure: bool,
}

/// Reads a line of a usual layout.
pub fn read(text: &str, context: Context) -> Option<Read<'_>> {
    if let Some(inside) = text.strip_prefix('[') {
        let (time, rest) = time(inside, context)?;
        let rest = rest.strip_prefix(']')?;
        let found =
            first(&BRACKET, rest, context).filter(|(_, sure)| *sure).or_else(|| first(&TIME, rest, context));
        return finish(found, time, "", "");
    }
    if let Some((time, rest)) = time(text, context) {
        return finish(first(&TIME, rest, context), time, "", "");
    }
    // A level stands first.
    let end = text.bytes().position(|b| !b.is_ascii_uppercase())?;
    let (level, rest) = text.split_at(end);
    let rest = rest.trim_start_matches(' ');
    let (thread, rest) = match rest.strip_prefix('[').and_then(|inside| inside.split_once("] ")) {
        Some((thread, rest)) => (thread, rest),
        None => ("", rest),
    };
    let (time, rest) = if entry_start::is_level(level) { time(rest, context)? } else { return None };
    finish(first(&LEVEL, rest, context), time, level, thread)
}

fn time(text: &str, context: Context) -> Option<(catchwater_schemas::time::Timestamp, &str)> {
    log_time::read(text, context).or_else(|| date::clock(text, context))
}

fn finish<'t>(
    found: Option<(Matched<'static, 't>, bool)>,
    time: catchwater_schemas::time::Timestamp,
    level: &'t str,
    thread: &'t str,
) -> Option<Read<'t>> {
    let (mut matched, sure) = found?;
    matched.time = Some(time);
    Some(Read { matched, level, thread, sure })
}

fn first<'t>(
    list: &'static [Usual],
    text: &'t str,
    context: Context,
) -> Option<(Matched<'static, 't>, bool)> {
    let shape = Shape::of_text(text);
    let mut matcher = Matcher::new(context);
    let usual = list.iter().find(|usual| shape.may_be(usual.shape) && matcher.fits(&usual.items, text))?;
    let sure = match usual.sure {
        Yes => true,
        No => false,
        Class => matcher.matched.logger().is_some_and(is_class),
    };
    Some((matcher.matched, sure))
}

/// `kafka.server.KafkaServer`, `o.e.n.Node`: lower-case packages and a class in capitals.
fn is_class(name: &str) -> bool {
    let Some((packages, class)) = name.rsplit_once('.') else { return false };
    let is_package = |part: &str| part.starts_with(|c: char| c.is_ascii_lowercase());
    class.starts_with(|c: char| c.is_ascii_uppercase()) && packages.split('.').next().is_some_and(is_package)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_layout_compiles() {
        for (_, pattern) in BEHIND_TIME.iter().chain(BEHIND_BRACKET).chain(BEHIND_LEVEL) {
            assert!(compile(pattern).is_ok(), "{pattern}: {:?}", compile(pattern));
        }
    }

    #[test]
    fn shapes_tell_layouts_apart() {
        let layout = |pattern: &str| Shape::of_layout(&compile(pattern).unwrap().variants[0]);
        let text = Shape::of_text(" INFO  [main] x");
        assert!(text.may_be(layout(" %p [%t] %m")) && text.may_be(layout(" %p %m")));
        assert!(
            !text.may_be(layout(" [%t] %m"))
                && !text.may_be(layout(" %p (%F) %m"))
                && !text.may_be(layout(" - %p %m"))
        );
        assert!(
            Shape::of_text(" [a] x").may_be(layout(" [%t] %m"))
                && Shape::of_text("x").may_be(layout("%c %m"))
        );
    }

    #[test]
    fn classes_of_java() {
        for name in ["kafka.server.KafkaServer", "o.e.n.Node", "executor.Executor$Task"] {
            assert!(is_class(name), "{name}");
        }
        for name in ["root", "django.request", "Remoting", "", "a."] {
            assert!(!is_class(name), "{name}");
        }
    }
}
