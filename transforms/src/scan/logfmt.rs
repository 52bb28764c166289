//! `key=value` pairs as logfmt has them (<https://brandur.org/logfmt>, <https://pkg.go.dev/github.com/kr/logfmt>): a value
//! with a space, a quotation mark or nothing printable in it stands in quotation marks, escaped as Go's `strconv.Quote`
//! or JSON does.

use std::borrow::Cow;

/// A key and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair<'a> {
    /// As it stands there.
    pub key: &'a str,
    /// Without quotation marks; `None`: a word alone.
    pub value: Option<&'a str>,
    /// Are there escapes in the value?
    pub has_escapes: bool,
    /// All of it as it stands there.
    pub raw: &'a str,
}

impl<'a> Pair<'a> {
    /// The value, its escapes read; of a word alone `true`.
    pub fn text(&self) -> Cow<'a, str> {
        match self.value {
            None => Cow::Borrowed("true"),
            Some(value) if self.has_escapes => unquoted(value),
            Some(value) => Cow::Borrowed(value),
        }
    }
}

/// Walks the pairs of a text.
#[derive(Clone, Debug)]
pub struct Pairs<'a> {
    rest: &'a str,
    /// A quoted value had no end.
    pub is_cut: bool,
}

impl<'a> Pairs<'a> {
    /// Of this text.
    pub fn of(text: &'a str) -> Self {
        Self { rest: text, is_cut: false }
    }
}

impl<'a> Iterator for Pairs<'a> {
    type Item = Pair<'a>;

    fn next(&mut self) -> Option<Pair<'a>> {
        let text = self.rest.trim_start_matches(is_space);
        if text.is_empty() {
            self.rest = text;
            return None;
        }
        let bytes = text.as_bytes();
        let end = bytes.iter().position(|b| *b <= b' ' || *b == b'=').unwrap_or(bytes.len());
        // A key has at least one character: a word that begins with the sign is one as a whole.
        if end == 0 || bytes.get(end) != Some(&b'=') {
            let end = bytes.iter().position(|b| *b <= b' ').unwrap_or(bytes.len());
            let (key, rest) = text.split_at(end);
            self.rest = rest;
            return Some(Pair { key, value: None, has_escapes: false, raw: key });
        }
        let (key, after) = (&text[..end], &text[end + 1..]);
        let (value, has_escapes, rest) = match after.strip_prefix('"') {
            Some(inside) => match end_of_quoted(inside) {
                Some((end, has_escapes)) => (&inside[..end], has_escapes, &inside[end + 1..]),
                None => {
                    self.is_cut = true;
                    (inside, false, "")
                }
            },
            None => {
                let end = after.bytes().position(|b| b <= b' ').unwrap_or(after.len());
                (&after[..end], false, &after[end..])
            }
        };
        self.rest = rest;
        Some(Pair { key, value: Some(value), has_escapes, raw: &text[..text.len() - rest.len()] })
    }
}

fn is_space(c: char) -> bool {
    c <= ' '
}

/// Where the closing mark stands, and whether an escape stands before it.
fn end_of_quoted(text: &str) -> Option<(usize, bool)> {
    let bytes = text.as_bytes();
    let (mut at, mut has_escapes) = (0, false);
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some((at, has_escapes));
        }
        has_escapes = true;
        at += 2;
    }
}

/// Reads the escapes of Go and JSON that stand for characters; leaves all others, bytes (`\xff`) among them.
pub fn unquoted(raw: &str) -> Cow<'_, str> {
    let Some(first) = raw.find('\\') else { return Cow::Borrowed(raw) };
    let mut out = String::with_capacity(raw.len());
    out.push_str(&raw[..first]);
    let mut rest = &raw[first..];
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let hex = |from: usize, digits: usize| {
            let digits =
                rest.get(from..from + digits).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
            u32::from_str_radix(digits, 16).ok()
        };
        let character = match rest.as_bytes().get(1) {
            Some(b'n') => Some(('\n', 2)),
            Some(b't') => Some(('\t', 2)),
            Some(b'r') => Some(('\r', 2)),
            Some(b'b') => Some(('\u{8}', 2)),
            Some(b'f') => Some(('\u{c}', 2)),
            Some(b'a') => Some(('\u{7}', 2)),
            Some(b'v') => Some(('\u{b}', 2)),
            Some(c @ (b'"' | b'\\' | b'/' | b'\'')) => Some((char::from(*c), 2)),
            Some(b'x') => hex(2, 2).filter(|code| *code < 0x80).and_then(char::from_u32).map(|c| (c, 4)),
            Some(b'u') => hex(2, 4).and_then(|high| match (high, rest.get(6..8)) {
                // JSON writes what is beyond 16 bits as a pair.
                (0xd800..0xdc00, Some("\\u")) => {
                    let low = hex(8, 4).filter(|low| (0xdc00..0xe000).contains(low))?;
                    char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)).map(|c| (c, 12))
                }
                _ => char::from_u32(high).map(|c| (c, 6)),
            }),
            Some(b'U') => hex(2, 8).and_then(char::from_u32).map(|c| (c, 10)),
            _ => None,
        };
        let (character, length) = character.unwrap_or(('\\', 1));
        out.push(character);
        rest = &rest[length..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Vec<(String, String)> {
        Pairs::of(text).map(|pair| (pair.key.to_string(), pair.text().into_owned())).collect()
    }

    #[test]
    fn quoted_bare_and_alone() {
        let expected = [
            ("a", "1"),
            ("b.c", "x \"y\"\n"),
            ("d", ""),
            ("e", ""),
            ("flag", "true"),
            ("=(k)", "true"),
            ("f", "g=h"),
        ];
        let expected = expected.map(|(k, v)| (k.to_string(), v.to_string()));
        assert_eq!(read(r#"a=1  b.c="x \"y\"\n" d= e="" flag =(k)	f=g=h"#), expected);
        let raw: Vec<&str> = Pairs::of(" a=1 b=\"x y\" c").map(|pair| pair.raw).collect();
        assert_eq!(raw, ["a=1", "b=\"x y\"", "c"]);
        let mut cut = Pairs::of("a=1 b=\"x");
        assert_eq!(cut.by_ref().count(), 2);
        assert!(cut.is_cut);
        // Without a space behind the mark the next pair follows at once.
        assert_eq!(read(r#"a="1"b=2"#), [("a".into(), "1".into()), ("b".into(), "2".into())]);
    }

    #[test]
    fn escapes_of_go_and_json() {
        let raw = r#"\u00e9 \x41 \xff \U0001F600 \ud83d\ude00 \\ \/ \q \u12 \ud83d"#;
        assert_eq!(unquoted(raw), "é A \\xff 😀 😀 \\ / \\q \\u12 \\ud83d");
        assert_eq!(unquoted("\\"), "\\");
    }

    proptest! {
        #[test]
        fn never_panics_and_ends(text in "[a=\"\\\\ é\n\tux0-9]{0,60}") {
            let pairs: Vec<Pair<'_>> = Pairs::of(&text).collect();
            prop_assert!(pairs.len() <= text.len());
            prop_assert!(pairs.iter().all(|pair| pair.text().len() <= 4 * pair.raw.len()));
        }
    }
}
