//! Rows of comma-separated values (RFC 4180): values in quotation marks hold commas and line breaks, and a mark inside
//! is written twice. With MariaDB's audit log the mark is `'` and a backslash escapes the character behind it.

use memchr::{memchr, memchr2};
use std::borrow::Cow;

/// How values are quoted.
#[derive(Clone, Copy, Debug)]
pub struct Dialect {
    /// The mark.
    pub mark: u8,
    /// Does a backslash take the meaning from the character behind it?
    pub backslash: bool,
}

/// RFC 4180.
pub const RFC_4180: Dialect = Dialect { mark: b'"', backslash: false };

/// Reads the value at the front of a row; what follows is `None` behind the last one. `None` as a whole if a quoted
/// value does not end, or something stands behind its closing mark.
pub fn take(text: &str, dialect: Dialect) -> Option<(Cow<'_, str>, Option<&str>)> {
    if text.as_bytes().first() != Some(&dialect.mark) {
        return Some(match memchr(b',', text.as_bytes()) {
            Some(at) => (Cow::Borrowed(&text[..at]), Some(&text[at + 1..])),
            None => (Cow::Borrowed(text), None),
        });
    }
    let inside = &text[1..];
    let end = quoted_end(inside, dialect)?;
    let (raw, behind) = (&inside[..end], &inside[end + 1..]);
    let rest = match behind.as_bytes().first() {
        None => None,
        Some(b',') => Some(&behind[1..]),
        Some(_) => return None,
    };
    Some((unescape(raw, dialect), rest))
}

/// Where the mark stands that closes a quoted value.
fn quoted_end(inside: &str, dialect: Dialect) -> Option<usize> {
    let bytes = inside.as_bytes();
    let mut at = 0;
    loop {
        let rest = bytes.get(at..)?;
        at += match dialect.backslash {
            true => memchr2(dialect.mark, b'\\', rest)?,
            false => memchr(dialect.mark, rest)?,
        };
        let doubled = bytes[at] == dialect.mark && bytes.get(at + 1) == Some(&dialect.mark);
        if bytes[at] != b'\\' && !doubled {
            return Some(at);
        }
        at += 2;
    }
}

fn unescape(raw: &str, dialect: Dialect) -> Cow<'_, str> {
    let mark = char::from(dialect.mark);
    let is_escape = |c: char| c == mark || (dialect.backslash && c == '\\');
    if !raw.contains(is_escape) {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(is_escape) {
        out.push_str(&rest[..at]);
        let backslash = rest.as_bytes()[at] == b'\\';
        let Some(next) = rest[at + 1..].chars().next() else { break };
        rest = &rest[at + 1 + next.len_utf8()..];
        out.push(match next {
            'n' if backslash => '\n',
            'r' if backslash => '\r',
            't' if backslash => '\t',
            next => next,
        });
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Does a row go on behind this text, because a quoted value is open? `inside`: was one open before the text?
pub fn is_open(text: &str, inside: bool) -> bool {
    // A doubled mark closes and opens again.
    memchr::memchr_iter(b'"', text.as_bytes()).count() % 2 == usize::from(!inside)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(mut text: &str, dialect: Dialect) -> Option<Vec<String>> {
        let mut values = Vec::new();
        loop {
            let (value, rest) = take(text, dialect)?;
            values.push(value.into_owned());
            match rest {
                Some(rest) => text = rest,
                None => return Some(values),
            }
        }
    }

    const AUDIT: Dialect = Dialect { mark: b'\'', backslash: true };

    #[test]
    fn quoted_and_bare() {
        let row = "a,,\"b, \"\"c\"\"\nd\",é,\"\"";
        assert_eq!(all(row, RFC_4180).unwrap(), ["a", "", "b, \"c\"\nd", "é", ""]);
        assert_eq!(all("", RFC_4180).unwrap(), [""]);
        assert_eq!(all(r"db,'select \'a\'\n\\',0", AUDIT).unwrap(), ["db", "select 'a'\n\\", "0"]);
        for bad in ["\"a", "\"a\"b", "\"a\"\"", "x,\""] {
            assert_eq!(all(bad, RFC_4180), None, "{bad}");
        }
        assert_eq!(all("'a\\'", AUDIT), None);
        assert!(is_open("a,\"b", false) && !is_open("c\"", true) && !is_open("a,\"b\"\"\"", false));
    }

    proptest! {
        #[test]
        fn reads_back_what_was_written(values in prop::collection::vec("[a,\"\n'\\\\é]{0,8}", 1..6)) {
            let row: Vec<String> = values.iter().map(|v| format!("\"{}\"", v.replace('"', "\"\""))).collect();
            prop_assert_eq!(all(&row.join(","), RFC_4180).unwrap(), values.clone());
            let escape = |v: &String| format!("'{}'", v.replace('\\', "\\\\").replace('\'', "\\'"));
            let row: Vec<String> = values.iter().map(escape).collect();
            prop_assert_eq!(all(&row.join(","), AUDIT).unwrap(), values);
        }

        #[test]
        fn never_panics(text in "[a,\"'\\\\é\n]{0,30}") {
            let _ = (all(&text, RFC_4180), all(&text, AUDIT));
        }
    }
}
