//! A Python dict of texts as `repr` and `print` write it: `{'a': 'b', "c": "it's"}`; a value may also be an exception of one
//! text, `ValueError('no')`, and is that text
//! (<https://docs.python.org/3/reference/lexical_analysis.html#escape-sequences>).

use std::borrow::Cow;

/// A key and its value.
pub type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// Reads a dict whose keys are texts and whose values are texts or exceptions; `None` if the text is anything else.
pub fn read(text: &str) -> Option<Vec<Pair<'_>>> {
    let mut rest = text.strip_prefix('{')?.trim_start();
    let mut pairs = Vec::new();
    while !rest.starts_with('}') {
        let (key, after) = string(rest)?;
        let (value, after) = value(after.strip_prefix(':')?.trim_start())?;
        pairs.push((key, value));
        rest = match after.strip_prefix(',') {
            Some(next) => next.trim_start(),
            None if after.starts_with('}') => after,
            None => return None,
        };
    }
    (rest == "}").then_some(pairs)
}

/// Reads a string literal, or an exception whose only argument is one.
fn value(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let name = text.bytes().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'.')).count();
    if name == 0 {
        return string(text);
    }
    let (argument, after) = string(text[name..].strip_prefix('(')?)?;
    // Before Python 3.7 a comma stood behind a single argument.
    Some((argument, after.strip_prefix(',').unwrap_or(after).strip_prefix(')')?))
}

/// Reads a string literal in single or double quotation marks.
fn string(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let mark = *text.as_bytes().first().filter(|c| matches!(c, b'\'' | b'"'))?;
    let inside = &text[1..];
    let mut out: Option<String> = None;
    let mut from = 0;
    loop {
        let at = from + memchr::memchr2(mark, b'\\', &inside.as_bytes()[from..])?;
        if inside.as_bytes()[at] == mark {
            let value = match out {
                None => Cow::Borrowed(&inside[..at]),
                Some(read) => Cow::Owned(read + &inside[from..at]),
            };
            return Some((value, &inside[at + 1..]));
        }
        let (character, length) = escape(&inside[at..])?;
        let read = out.get_or_insert_default();
        read.push_str(&inside[from..at]);
        read.push(character);
        from = at + length;
    }
}

/// The character of an escape, and how many bytes it takes.
fn escape(text: &str) -> Option<(char, usize)> {
    let hex = |digits: usize| {
        let digits = text.get(2..2 + digits).filter(|t| t.bytes().all(|c| c.is_ascii_hexdigit()))?;
        Some((char::from_u32(u32::from_str_radix(digits, 16).ok()?)?, 2 + digits.len()))
    };
    match text.as_bytes().get(1)? {
        b'n' => Some(('\n', 2)),
        b't' => Some(('\t', 2)),
        b'r' => Some(('\r', 2)),
        c @ (b'\'' | b'"' | b'\\') => Some((char::from(*c), 2)),
        b'x' => hex(2),
        b'u' => hex(4),
        b'U' => hex(8),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_python_prints() {
        let pairs = read(r#"{'a': "it's", 'b\'': '\n\x41\u00e9', 'c':''}"#).unwrap();
        let expected = [("a", "it's"), ("b'", "\nAé"), ("c", "")];
        assert!(pairs.iter().map(|(k, v)| (k.as_ref(), v.as_ref())).eq(expected));
        let pairs = read(r#"{'a': ClientError('An error'), 'b': x.Y("it's",)}"#).unwrap();
        assert!(pairs.iter().map(|(_, v)| v.as_ref()).eq(["An error", "it's"]));
        assert_eq!(read("{}"), Some(Vec::new()));
        for bad in [
            "",
            "{",
            "{'a'}",
            "{'a': 1}",
            "{'a': X()}",
            "{'a': X('b'}",
            "{'a': X('b', 1)}",
            "{'a': 'b'} ",
            "{'a': 'b' 'c'}",
            r"{'a': '\q'}",
            r"{'a': '\ud800'}",
            r"{'a': '\x+1'}",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "[{}'\":, \\\\xué0]{0,40}") {
            let _ = read(&text);
            let _ = read(&format!("{{'{text}': '{text}'}}"));
        }
    }
}
