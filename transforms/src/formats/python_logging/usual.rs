//! The layouts that are often met, in Python's own syntax, by what the line begins with.

use super::style;
use crate::scan::entry_start;
use crate::scan::layout::matching::{Matched, Matcher, is_level};
use crate::scan::layout::{Item, What, date};
use crate::scan::log_time::{self, Context};
use catchwater_schemas::time::Timestamp;
use std::sync::LazyLock;

/// Does a line of this layout tell that Python wrote it?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sure {
    /// Yes.
    Yes,
    /// Only where the logger is named as a Python module is.
    Module,
    /// Only where the file is one of Python.
    File,
    /// Only where a comma stands before the milliseconds, as `logging` has it by default.
    Comma,
    /// No.
    No,
}

use Sure::*;

/// Behind `2012-07-02 10:22:40,672` and behind `[2012-07-02 10:22:40,672]`; the first that fits is taken.
const BEHIND_TIME: &[(Sure, &str)] = &[
    // The documentation's own (<https://docs.python.org/3/howto/logging.html>), with the place, and without the name.
    (File, " - %(name)s - %(levelname)s - %(filename)s:%(lineno)d - %(message)s"),
    (File, " - %(name)s - %(levelname)s - [%(filename)s:%(lineno)d] - %(message)s"),
    (Yes, " - %(name)s - %(levelname)s - %(message)s"),
    (Yes, " - %(name)s - %(levelname)s: %(message)s"),
    (Yes, " - %(name)s - [%(levelname)s] - %(message)s"),
    (Module, " - %(name)s:%(lineno)d - %(levelname)s - %(message)s"),
    (File, " - %(filename)s:%(lineno)d - %(levelname)s - %(message)s"),
    (File, " - %(levelname)s - %(filename)s:%(lineno)d - %(message)s"),
    (Module, " - %(levelname)s - %(name)s - %(message)s"),
    (Module, " - [%(levelname)s] - %(name)s - %(message)s"),
    (Comma, " - %(levelname)s - %(message)s"),
    // loguru.
    (Yes, " | %(levelname)s | %(name)s:%(funcName)s:%(lineno)d - %(message)s"),
    (Module, " | %(levelname)s | %(name)s | %(message)s"),
    (No, " | %(levelname)s | %(message)s"),
    // Salt, Pyramid and CKAN, Home Assistant.
    (Yes, " [%(name)s:%(lineno)d][%(levelname)s][%(process)d] %(message)s"),
    (Module, " %(levelname)s [%(name)s:%(lineno)d][%(threadName)s] %(message)s"),
    (Module, " %(levelname)s [%(name)s:%(lineno)d] %(message)s"),
    (Module, " %(levelname)s [%(name)s] %(message)s"),
    (Module, " %(levelname)s (%(threadName)s) [%(name)s] %(message)s"),
    // OpenStack, Odoo, fail2ban.
    (Module, " %(process)d %(levelname)s %(name)s [%(request)s] %(message)s"),
    (Module, " %(process)d %(levelname)s %(database)s %(name)s: %(message)s"),
    (Module, " %(name)s [%(process)d]: %(levelname)s %(message)s"),
    // Scrapy, discord.py and others with brackets.
    (Module, " [%(name)s] %(levelname)s: %(message)s"),
    (Module, " [%(levelname)s] %(name)s: %(message)s"),
    (Module, " [%(levelname)s] %(name)s - %(message)s"),
    (Module, " [%(levelname)s] [%(name)s] %(message)s"),
    (Module, " [%(name)s] [%(levelname)s] %(message)s"),
    (Module, " [%(process)d] [%(levelname)s] [%(name)s] %(message)s"),
    (File, " [%(levelname)s] %(filename)s:%(lineno)d - %(message)s"),
    (File, " [%(levelname)s] %(filename)s:%(lineno)d: %(message)s"),
    (File, " %(levelname)s [%(filename)s:%(lineno)d] %(message)s"),
    (File, " [%(filename)s:%(lineno)d] %(levelname)s %(message)s"),
    // With colons and spaces.
    (Module, ":%(levelname)s:%(name)s:%(message)s"),
    (No, ":%(levelname)s:%(message)s"),
    (File, " %(levelname)s %(filename)s:%(lineno)d: %(message)s"),
    (File, " %(levelname)s %(filename)s:%(lineno)d %(message)s"),
    (File, " %(filename)s:%(lineno)d %(levelname)s %(message)s"),
    (Module, " %(levelname)s %(name)s:%(lineno)d %(message)s"),
    (Module, " %(levelname)s %(name)s: %(message)s"),
    (Module, " %(levelname)s: %(name)s: %(message)s"),
    (Module, " %(levelname)s %(name)s - %(message)s"),
    (Module, " %(name)s - %(levelname)s - %(message)s"),
    (Module, " %(name)s: %(levelname)s: %(message)s"),
    (Module, " %(name)s %(levelname)s: %(message)s"),
    (Module, " %(name)s [%(levelname)s] %(message)s"),
    (Module, " %(name)s %(levelname)s %(message)s"),
    (Module, " %(levelname)s %(name)s %(message)s"),
    // No logger.
    (No, " [%(levelname)s] %(message)s"),
    (No, " %(levelname)s: %(message)s"),
    (No, " %(levelname)s - %(message)s"),
    (No, " %(levelname)s %(message)s"),
];

/// Behind `[2012-07-02 10:22:40,672]` only: gunicorn, Airflow.
const BEHIND_BRACKET: &[(Sure, &str)] = &[
    (Yes, " [%(process)d] [%(levelname)s] %(message)s"),
    (Yes, " {%(filename)s:%(lineno)d} %(levelname)s - %(message)s"),
    (Yes, " {%(filename)s:%(lineno)d} [%(request)s] %(levelname)s - %(message)s"),
];

/// Behind `[2012-07-02 10:22:40,672`: Celery.
const IN_BRACKET: &[(Sure, &str)] = &[
    (Yes, ": %(levelname)s/%(processName)s] %(message)s"),
    (Yes, ": %(levelname)s] %(message)s"),
    (Module, " - %(name)s - %(levelname)s] %(message)s"),
];

/// Behind a level and a time: Django's documentation, and others.
const BEHIND_LEVEL: &[(Sure, &str)] = &[
    (Yes, " %(module)s %(process)d %(thread)d %(message)s"),
    (Module, " [%(name)s:%(lineno)d] %(message)s"),
    (Module, " [%(name)s] %(message)s"),
    (Module, " %(name)s: %(message)s"),
    (Module, " %(name)s:%(lineno)d %(message)s"),
    (Module, " %(name)s - %(message)s"),
    (Module, " %(name)s %(message)s"),
    (No, " %(message)s"),
];

/// No time at all: `logging.basicConfig`'s (which must stand first), uvicorn's, and what leaves the time to others.
const NO_TIME: &[(Sure, &str)] = &[
    (Yes, "%(levelname)s:%(name)s:%(message)s"),
    (No, "%(levelprefix)s %(message)s"),
    (Module, "[%(levelname)s] %(name)s: %(message)s"),
    (No, "[%(levelname)s] %(message)s"),
    (Module, "%(levelname)s %(name)s: %(message)s"),
    (No, "%(levelname)s - %(message)s"),
    (No, "%(levelname)s %(message)s"),
];

/// A layout, and the byte that its text begins with behind spaces; 0: a value.
struct Usual {
    items: Vec<Item>,
    first: u8,
    sure: Sure,
}

fn compiled(list: &[(Sure, &str)]) -> Vec<Usual> {
    let one = |(sure, format): &(Sure, &str)| {
        let items = style::compile(format, None).ok()?;
        let first = match items.first() {
            Some(Item::Literal(text)) => text.bytes().find(|b| *b != b' ').unwrap_or_default(),
            _ => 0,
        };
        Some(Usual { items, first, sure: *sure })
    };
    list.iter().filter_map(one).collect()
}

static TIME: LazyLock<Vec<Usual>> = LazyLock::new(|| compiled(BEHIND_TIME));
static BRACKET: LazyLock<Vec<Usual>> = LazyLock::new(|| compiled(BEHIND_BRACKET));
static INSIDE: LazyLock<Vec<Usual>> = LazyLock::new(|| compiled(IN_BRACKET));
static LEVEL: LazyLock<Vec<Usual>> = LazyLock::new(|| compiled(BEHIND_LEVEL));
static BARE: LazyLock<Vec<Usual>> = LazyLock::new(|| compiled(NO_TIME));

/// What a line said, and whether it is surely Python's.
pub(super) struct Read<'t> {
    /// Its values.
    pub matched: Matched<'static, 't>,
    /// Its level, where it stands before the time.
    pub level: &'t str,
    /// Is it surely of a Python program?
    pub sure: bool,
}

/// Reads a line of a usual layout.
pub(super) fn read(text: &str, context: Context) -> Option<Read<'_>> {
    if let Some(inside) = text.strip_prefix('[')
        && let Some((time, rest, comma)) = time(inside, context)
    {
        let found = match rest.strip_prefix(']') {
            Some(rest) => {
                first(&BRACKET, rest, comma, context).or_else(|| first(&TIME, rest, comma, context))
            }
            None => first(&INSIDE, rest, comma, context),
        };
        return finish(found, Some(time), "");
    }
    if let Some((time, rest, comma)) = time(text, context) {
        return finish(first(&TIME, rest, comma, context), Some(time), "");
    }
    let end = text.bytes().position(|b| !b.is_ascii_uppercase())?;
    let (level, rest) = text.split_at(end);
    if end > 0
        && entry_start::is_level(level)
        && rest.starts_with(' ')
        && let Some((time, rest, comma)) = time(rest.trim_start_matches(' '), context)
    {
        return finish(first(&LEVEL, rest, comma, context), Some(time), level);
    }
    // A name touches the colon before it.
    let bare = if rest.starts_with(": ") { BARE.get(1..).unwrap_or_default() } else { &BARE };
    let mut read = finish(first(bare, text, false, context), None, "")?;
    if end > 0 && is_padded(level, rest) {
        read.sure = true;
    } else if read.sure && end > 0 {
        // `INFO:http://example.com` names no logger.
        read.sure =
            !rest.contains("://") || !rest[1..].split(':').nth(1).is_some_and(|m| m.starts_with("//"));
    }
    Some(read)
}

/// uvicorn's level: with its colon and spaces ten characters wide.
fn is_padded(level: &str, rest: &str) -> bool {
    const WIDTH: usize = 10;
    let spaces = rest.strip_prefix(':').map_or(0, |rest| rest.len() - rest.trim_start_matches(' ').len());
    spaces >= 2 && level.len() + 1 + spaces == WIDTH
}

/// A time, what follows it, and whether a comma stands before its fraction.
fn time(text: &str, context: Context) -> Option<(Timestamp, &str, bool)> {
    let (time, rest) = log_time::read(text, context).or_else(|| date::clock(text, context))?;
    let comma = text[..text.len() - rest.len()].contains(',');
    Some((time, rest, comma))
}

fn finish<'t>(
    found: Option<(Matched<'static, 't>, bool)>,
    time: Option<Timestamp>,
    level: &'t str,
) -> Option<Read<'t>> {
    let (mut matched, sure) = found?;
    matched.time = time.or(matched.time);
    Some(Read { matched, level, sure })
}

fn first<'t>(
    list: &'static [Usual],
    text: &'t str,
    comma: bool,
    context: Context,
) -> Option<(Matched<'static, 't>, bool)> {
    let begins = text.bytes().find(|b| *b != b' ').unwrap_or_default();
    let mut matcher = Matcher::new(context);
    let mut unsure = None;
    for usual in list.iter().filter(|usual| usual.first == 0 || usual.first == begins) {
        if !matcher.fits(&usual.items, text) {
            continue;
        }
        let sure = match usual.sure {
            Yes => true,
            Module => matcher.matched.logger().is_some_and(is_module),
            File => matcher.matched.values.iter().any(|(what, text)| **what == What::File && is_source(text)),
            Comma => comma,
            No => false,
        };
        // A layout that asks for a module or file is that layout only where it finds one.
        if sure || matches!(usual.sure, No | Comma) {
            return Some((matcher.matched, sure));
        }
        if unsure.is_none() && usual.sure == Module && matcher.matched.logger().is_some_and(is_name) {
            unsure = Some(usual);
        }
    }
    let usual = unsure?;
    matcher.fits(&usual.items, text).then_some((matcher.matched, false))
}

/// `myapp.views`, `root`, `__main__`: parts in small letters.
fn is_module(name: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && !part.starts_with(|c: char| c.is_ascii_digit())
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    matches!(name, "root" | "__main__") || (name.contains('.') && name.split('.').all(is_part))
}

/// What may be a logger's name where nothing tells.
fn is_name(name: &str) -> bool {
    name.len() > 1 && !is_level(name) && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

fn is_source(file: &str) -> bool {
    file.ends_with(".py")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_layout_compiles() {
        for list in [BEHIND_TIME, BEHIND_BRACKET, IN_BRACKET, BEHIND_LEVEL, NO_TIME] {
            for (_, format) in list {
                assert!(style::compile(format, None).is_ok(), "{format}: {:?}", style::compile(format, None));
            }
        }
    }

    #[test]
    fn modules_of_python() {
        for name in ["myapp.views", "root", "__main__", "django.db.backends", "a._b1"] {
            assert!(is_module(name), "{name}");
        }
        for name in ["org.example.Foo", "myapp", "", "a.", "1.2", "kafka.Server"] {
            assert!(!is_module(name), "{name}");
        }
    }
}
