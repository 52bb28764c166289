//! Layouts in the three styles of `logging.Formatter`: `%(levelname)s`, `{levelname}` and `$levelname`
//! (<https://docs.python.org/3/library/logging.html#logrecord-attributes>), compiled once.

use super::strftime;
use crate::scan::layout::date::{Date, Piece};
use crate::scan::layout::{Item, What, check, push_literal};

/// Compiles a layout; the error says what is wrong. `date`: the layout of `asctime`, letters of `strftime`.
pub(super) fn compile(format: &str, date: Option<&str>) -> Result<Vec<Item>, String> {
    let date = date.map_or(Ok(Date::Usual), strftime::compile)?;
    let items = if format.contains("%(") {
        percent(format, &date)?
    } else if format.contains('{') && !format.contains("${") {
        braces(format, &date)?
    } else {
        dollar(format, &date)?
    };
    let mut items = with_fraction(items);
    trim_end(&mut items);
    check(&items, "%(message)s")?;
    Ok(items)
}

/// `%(name)-8s`.
fn percent(format: &str, date: &Date) -> Result<Vec<Item>, String> {
    let mut items = Vec::new();
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        push_literal(&mut items, &rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            push_literal(&mut items, "%");
            rest = after;
            continue;
        }
        let inside = rest.strip_prefix('(').ok_or_else(|| unknown(rest))?;
        let (name, after) = inside.split_once(')').ok_or("a bracket is not closed")?;
        let end = after.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(|| unknown(rest))?;
        if !after[..end].bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b' ' | b'#' | b'.'))
        {
            return Err(unknown(rest));
        }
        value(name, date, &mut items);
        rest = &after[end + 1..];
    }
    push_literal(&mut items, rest);
    Ok(items)
}

/// `{name:<8}`.
fn braces(format: &str, date: &Date) -> Result<Vec<Item>, String> {
    let mut items = Vec::new();
    let mut rest = format;
    while let Some(at) = rest.find(['{', '}']) {
        push_literal(&mut items, &rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            push_literal(&mut items, brace);
            rest = after;
            continue;
        }
        let (inside, after) = match brace {
            "{" => rest.split_once('}').ok_or("a brace is not closed")?,
            _ => return Err("a brace is closed that is not open".into()),
        };
        value(inside.split(['!', ':']).next().unwrap_or_default(), date, &mut items);
        rest = after;
    }
    push_literal(&mut items, rest);
    Ok(items)
}

/// `$name`, `${name}`.
fn dollar(format: &str, date: &Date) -> Result<Vec<Item>, String> {
    let mut items = Vec::new();
    let mut rest = format;
    while let Some(at) = rest.find('$') {
        push_literal(&mut items, &rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            push_literal(&mut items, "$");
            rest = after;
        } else if let Some(inside) = rest.strip_prefix('{') {
            let (name, after) = inside.split_once('}').ok_or("a brace is not closed")?;
            value(name, date, &mut items);
            rest = after;
        } else {
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
            if end == 0 {
                return Err(format!("no name behind $: {}", rest.chars().take(12).collect::<String>()));
            }
            value(&rest[..end], date, &mut items);
            rest = &rest[end..];
        }
    }
    push_literal(&mut items, rest);
    Ok(items)
}

fn unknown(text: &str) -> String {
    format!("unknown: %{}", text.chars().take(12).collect::<String>())
}

/// Adds the attribute of a record; what no record has by itself (`extra=`) is a free field.
fn value(name: &str, date: &Date, items: &mut Vec<Item>) {
    let what = match name {
        "asctime" => What::Time(date.clone()),
        "created" => What::Time(Date::Usual),
        // Django's development server.
        "server_time" => What::Time(strftime::compile("%d/%b/%Y %H:%M:%S").unwrap_or(Date::Usual)),
        "name" => What::Logger,
        "levelname" => What::Level,
        // uvicorn.
        "levelprefix" => {
            items.push(Item::Value(What::Level));
            push_literal(items, ":");
            return;
        }
        "module" => What::Class,
        "filename" | "pathname" => What::File,
        "lineno" => What::Line,
        "funcName" => What::Method,
        "process" => What::Pid,
        "thread" => What::ThreadId,
        "threadName" => What::Thread,
        "message" => What::Message,
        "msecs" | "levelno" => What::Digits,
        other => What::Free(other.to_string()),
    };
    items.push(Item::Value(what));
}

/// `%(asctime)s.%(msecs)03d`: the milliseconds are the time's.
fn with_fraction(items: Vec<Item>) -> Vec<Item> {
    let mut joined: Vec<Item> = Vec::with_capacity(items.len());
    let mut rest = items.into_iter().peekable();
    while let Some(item) = rest.next() {
        let is_mark = matches!(&item, Item::Literal(text) if text == "." || text == ",");
        if is_mark
            && rest.peek() == Some(&Item::Value(What::Digits))
            && let Some(Item::Value(What::Time(date))) = joined.last_mut()
        {
            if let (Date::Letters(pieces, _), Item::Literal(mark)) = (date, item) {
                pieces.extend([Piece::Literal(mark), Piece::Letter('S', 3)]);
            }
            rest.next();
            continue;
        }
        joined.push(item);
    }
    joined
}

/// A line's end is no part of it.
fn trim_end(items: &mut Vec<Item>) {
    if let Some(Item::Literal(text)) = items.last_mut() {
        text.truncate(text.trim_end().len());
        if text.is_empty() {
            items.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn three_styles_are_one_layout() {
        use Item::{Literal, Value};
        let expected = vec![
            Value(What::Time(Date::Usual)),
            Literal(" [".into()),
            Value(What::Level),
            Literal("] ".into()),
            Value(What::Logger),
            Literal(":".into()),
            Value(What::Line),
            Literal(" 100% ".into()),
            Value(What::Message),
        ];
        for format in [
            "%(asctime)s [%(levelname)-8s] %(name)s:%(lineno)d 100%% %(message)s\n",
            "{asctime} [{levelname:<8}] {name!s}:{lineno:d} 100% {message}",
            "$asctime [${levelname}] $name:$lineno 100% $message",
        ] {
            assert_eq!(compile(format, None), Ok(expected.clone()), "{format}");
        }
        let fraction = compile("%(asctime)s.%(msecs)03d %(user)s %(message)s", None).unwrap();
        assert_eq!(fraction[..2], [Value(What::Time(Date::Usual)), Literal(" ".into())]);
        assert_eq!(fraction[2], Value(What::Free("user".into())));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (format, said) in [
            ("%(asctime)s", "no message"),
            ("%(name %(message)s", "touch"),
            ("%(name", "not closed"),
            ("%(message)s %q", "unknown: %q"),
            ("{message", "not closed"),
            ("{message} }", "not open"),
            ("%(user)s%(name)s %(message)s", "touch"),
            ("hello", "no message"),
            ("$ message", "no name"),
        ] {
            let error = compile(format, None).unwrap_err();
            assert!(
                error.contains(said) || said == "touch" && error.contains("message"),
                "{format}: {error}"
            );
        }
        assert!(compile("%(asctime)s %(message)s", Some("%Q")).is_err());
    }

    proptest! {
        #[test]
        fn never_panics(format in "(%|%\\(|\\)|s|\\{|\\}|\\$|name|message|é| ){0,20}", date in "[%YmdHMSé:]{0,8}") {
            let _ = compile(&format, Some(&date));
            let _ = compile(&format, None);
        }
    }
}
