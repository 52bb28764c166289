//! Layouts in the syntax of log4j's PatternLayout (<https://logging.apache.org/log4j/2.x/manual/pattern-layout.html>) and
//! logback's (<https://logback.qos.ch/manual/layouts.html>), compiled once.

use crate::scan::layout::{Item, What, check, date, push_literal};

/// A layout, and its variants where parts of it may be missing.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// Each variant's parts.
    pub variants: Vec<Vec<Item>>,
}

/// Parts that may be missing double the variants: so many at most.
const MOST_VARIANTS: usize = 16;
/// Nesting of `%highlight{%style{…}{…}}`.
const MOST_NESTED: usize = 8;

/// Compiles a pattern; the error says what is wrong.
pub fn compile(pattern: &str) -> Result<Layout, String> {
    let variants = sequence(pattern, 0)?;
    for items in &variants {
        check(items, "%m")?;
    }
    Ok(Layout { variants })
}

fn join(variants: Vec<Vec<Item>>, others: &[Vec<Item>]) -> Result<Vec<Vec<Item>>, String> {
    if variants.len() * others.len() > MOST_VARIANTS {
        return Err("too many parts that may be missing".into());
    }
    let join = |start: &Vec<Item>, end: &Vec<Item>| {
        let mut joined = start.clone();
        for item in end {
            match item {
                Item::Literal(text) => push_literal(&mut joined, text),
                Item::Value(_) => joined.push(item.clone()),
            }
        }
        joined
    };
    Ok(variants.iter().flat_map(|start| others.iter().map(move |end| join(start, end))).collect())
}

fn sequence(pattern: &str, depth: usize) -> Result<Vec<Vec<Item>>, String> {
    if depth > MOST_NESTED {
        return Err("nested too deep".into());
    }
    let mut variants = vec![Vec::new()];
    let mut rest = pattern;
    while let Some(at) = rest.find(['%', '\\']) {
        let literal = &rest[..at];
        let sign = rest.as_bytes()[at];
        rest = &rest[at + 1..];
        variants = join(variants, &[vec![Item::Literal(literal.to_string())]])?;
        if sign == b'\\' {
            let character = rest.chars().next().unwrap_or('\\');
            let text = match character {
                't' => '\t',
                'n' => '\n',
                other => other,
            };
            rest = &rest[if rest.is_empty() { 0 } else { character.len_utf8() }..];
            variants = join(variants, &[vec![Item::Literal(text.to_string())]])?;
            continue;
        }
        let (converted, after) = conversion(rest, depth)?;
        rest = after;
        variants = join(variants, &converted)?;
    }
    variants = join(variants, &[vec![Item::Literal(rest.to_string())]])?;
    for items in &mut variants {
        // A line ends with its line break, or with a trace: neither is part of it.
        while let Some(Item::Literal(text)) = items.last_mut() {
            let kept = text.trim_end().len();
            if kept > 0 {
                text.truncate(kept);
                break;
            }
            items.pop();
        }
    }
    Ok(if depth == 0 { variants } else { untrimmed(pattern, variants) })
}

/// Inner patterns keep the spaces at their end.
fn untrimmed(pattern: &str, mut variants: Vec<Vec<Item>>) -> Vec<Vec<Item>> {
    let spaces = &pattern[pattern.trim_end_matches(' ').len()..];
    variants.iter_mut().for_each(|items| push_literal(items, spaces));
    variants
}

/// What stands behind a `%`: modifiers, a word, braces.
fn conversion(text: &str, depth: usize) -> Result<(Vec<Vec<Item>>, &str), String> {
    if let Some(rest) = text.strip_prefix('%') {
        return Ok((vec![vec![Item::Literal("%".into())]], rest));
    }
    let modifiers = text.bytes().take_while(|b| b.is_ascii_digit() || matches!(b, b'-' | b'.')).count();
    let rest = &text[modifiers..];
    if rest.starts_with('(') {
        let (inside, after) = balanced(rest, '(', ')').ok_or("a bracket is not closed")?;
        return Ok((sequence(inside, depth + 1)?, after));
    }
    let end = rest.bytes().position(|b| !b.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let (mut word, mut rest) = rest.split_at(end);
    // log4j takes the longest word that it knows: `%mtext` is a message and a text.
    while !word.is_empty() && !is_known(word) {
        let shorter = &word[..word.len() - 1];
        rest = &text[text.len() - rest.len() - 1..];
        word = shorter;
    }
    if word.is_empty() {
        return Err(format!("unknown: %{}", text.chars().take(12).collect::<String>()));
    }
    if rest.starts_with('(') && matches!(word, "highlight" | "clr" | "replace")
        || (is_colour(word) && rest.starts_with('('))
    {
        let (inside, after) = balanced(rest, '(', ')').ok_or("a bracket is not closed")?;
        let (_, after) = braces(after);
        return Ok((sequence(inside, depth + 1)?, after));
    }
    let (options, rest) = braces(rest);
    let first = options.first().copied().unwrap_or_default();
    let converted = match word {
        "style" | "highlight" | "enc" | "encode" | "maxLen" | "maxLength" | "replace" => {
            sequence(first, depth + 1)?
        }
        "notEmpty" | "varsNotEmpty" | "variablesNotEmpty" => {
            let mut with = sequence(first, depth + 1)?;
            with.push(Vec::new());
            with
        }
        _ => value(word, &options)?.map_or_else(|| vec![Vec::new()], |item| vec![vec![item]]),
    };
    Ok((converted, rest))
}

fn is_colour(word: &str) -> bool {
    let colours = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white", "gray"];
    let name = word.strip_prefix("bold").map_or(word.to_string(), str::to_ascii_lowercase);
    colours.contains(&name.as_str())
}

fn is_known(word: &str) -> bool {
    is_colour(word)
        || matches!(
            word,
            "style"
                | "highlight"
                | "clr"
                | "enc"
                | "encode"
                | "maxLen"
                | "maxLength"
                | "replace"
                | "notEmpty"
        )
        || matches!(word, "varsNotEmpty" | "variablesNotEmpty")
        || value(word, &[]).is_ok()
}

/// The value that a word stands for; `None`: it writes nothing that is part of the line's head (`%n`, `%ex`).
fn value(word: &str, options: &[&str]) -> Result<Option<Item>, String> {
    let first = options.first().copied().unwrap_or_default();
    Ok(Some(Item::Value(match word {
        "d" | "date" => What::Time(date::compile(first, options.get(1).copied())?),
        "p" | "le" | "level" => What::Level,
        "t" | "tn" | "thread" | "threadName" => What::Thread,
        "c" | "lo" | "logger" if matches!(first, "0" | "1") => What::ShortLogger,
        "c" | "lo" | "logger" => What::Logger,
        "C" | "class" if first == "1" => What::ShortLogger,
        "C" | "class" => What::Class,
        "M" | "method" => What::Method,
        "F" | "file" => What::File,
        "L" | "line" => What::Line,
        "l" | "location" => What::Location,
        "m" | "msg" | "message" => What::Message,
        "pid" | "processId" => What::Pid,
        "T" | "tid" | "threadId" => What::ThreadId,
        "sn" | "sequenceNumber" => What::Sequence,
        "r" | "relative" | "N" | "nano" | "tp" | "threadPriority" => What::Digits,
        "X" | "mdc" | "MDC" => What::Free(mdc_name(first)),
        "x" | "NDC" => What::Free("ndc".into()),
        "marker" | "markerSimpleName" => What::Free("marker".into()),
        "fqcn" | "u" | "uuid" | "cn" | "contextName" | "property" | "endOfBatch" | "equals" | "caller"
        | "K" | "kvp" | "map" | "MAP" => What::Skip,
        "correlationId" => What::Correlation,
        "sleuth" => What::Sleuth,
        "n" => return Ok(Some(Item::Literal("\n".into()))),
        "ex" | "exception" | "throwable" | "xEx" | "xException" | "xThrowable" | "rEx" | "rException"
        | "rThrowable" | "wEx" | "wex" | "nopex" | "nopexception" | "rootException" => return Ok(None),
        _ => return Err(format!("unknown: %{word}")),
    })))
}

/// `key` or `key:-default`; all of the MDC where no key is named.
fn mdc_name(option: &str) -> String {
    let key = option.split(":-").next().unwrap_or_default();
    if key.is_empty() { "mdc".into() } else { key.to_string() }
}

/// Options in braces, one after the other.
fn braces(text: &str) -> (Vec<&str>, &str) {
    let (mut options, mut rest) = (Vec::new(), text);
    while let Some((inside, after)) = balanced(rest, '{', '}') {
        options.push(inside);
        rest = after;
    }
    (options, rest)
}

/// What stands between a bracket at the front and the one that closes it.
fn balanced(text: &str, open: char, close: char) -> Option<(&str, &str)> {
    let inside = text.strip_prefix(open)?;
    let mut depth = 0usize;
    for (at, c) in inside.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            if depth == 0 {
                return Some((&inside[..at], &inside[at + 1..]));
            }
            depth -= 1;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::layout::date::Date;
    use proptest::prelude::*;

    fn one(pattern: &str) -> Vec<Item> {
        compile(pattern).unwrap_or_else(|e| panic!("{pattern}: {e}")).variants.remove(0)
    }

    #[test]
    fn words_modifiers_and_nested_patterns() {
        use Item::{Literal, Value};
        let space = || Literal(" ".into());
        let expected = vec![
            Value(What::Time(Date::Usual)),
            space(),
            Value(What::Level),
            Literal(" [".into()),
            Value(What::Thread),
            Literal("] ".into()),
            Value(What::ShortLogger),
            Literal(":".into()),
            Value(What::Line),
            Literal(" - ".into()),
            Value(What::Message),
        ];
        assert_eq!(one("%d{ISO8601} %-5p [%t] %c{1}:%L - %m%n"), expected);
        assert_eq!(
            one("%clr(%d){faint} %highlight{%-5level} [%.15thread] %logger{1}:%line - %msg%n%wEx"),
            expected
        );
        assert_eq!(one("%mtext %%"), [Value(What::Message), Literal("text %".into())]);
        let optional = compile("%p%notEmpty{[%X{a:-b}]} %m").unwrap();
        assert_eq!(optional.variants.len(), 2);
        assert_eq!(optional.variants[1], [Value(What::Level), space(), Value(What::Message)]);
        assert_eq!(optional.variants[0][2], Value(What::Free("a".into())));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (pattern, said) in [
            ("%d %p", "no message"),
            ("%q %m", "unknown: %q"),
            ("%t%c %m", "touch"),
            ("%d{yyyy QQ} %m", "letter Q"),
            ("%-5(%p %m", "not closed"),
            ("${PATTERN}", "no message"),
        ] {
            let error = compile(pattern).unwrap_err();
            assert!(error.contains(said), "{pattern}: {error}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(pattern in "(%|%-5|[pdtcCMFLmnXxr]|\\{|\\}|\\(|\\)|notEmpty|é| |\\\\){0,20}") {
            let _ = compile(&pattern);
        }
    }
}
