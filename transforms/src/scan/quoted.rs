//! Strings in quotation marks with backslash escapes, as Apache, nginx and load balancers write them.
//!
//! Apache escapes `"` and `\` by a backslash, white space in C's way and the rest as `\xhh`
//! (<https://httpd.apache.org/docs/2.4/mod/mod_log_config.html>, "Format Notes"); nginx writes `\xHH` for `"`, `\`
//! and what is below 32 or above 126 (`log_format`, `escape=default`). Only what stands for one printable ASCII
//! character or white space is read back: other bytes need be no UTF-8, so their `\xHH` stays as it is.

use memchr::{memchr, memchr2};
use std::borrow::Cow;

/// The inside of a quoted string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quoted<'a> {
    /// The text between the marks, escapes as they are.
    pub raw: &'a str,
    /// Is there a backslash in it?
    pub escapes: Escapes,
}

/// Is there a backslash? A whole word, as its neighbours are: a flag of one byte among them is copied in pieces that
/// overlap, for which the processor waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(usize)]
pub enum Escapes {
    /// No.
    #[default]
    Absent,
    /// Yes.
    Present,
}

impl<'a> Quoted<'a> {
    /// The text with its escapes read.
    pub fn text(self) -> Cow<'a, str> {
        self.part(self.raw)
    }

    /// A part of `raw` with its escapes read.
    pub fn part(self, part: &'a str) -> Cow<'a, str> {
        if self.escapes == Escapes::Present { unescape(part) } else { Cow::Borrowed(part) }
    }

    /// Is it empty or `-`, by which logs mean "absent"?
    pub fn is_absent(self) -> bool {
        self.raw.is_empty() || self.raw == "-"
    }
}

/// Reads a quoted string at the start of `text`; the rest comes without the space that follows. The closing mark
/// is one before a space or the end, so that an unescaped mark inside (`escape=none`) does not end the string.
pub fn take(text: &str) -> Option<(Quoted<'_>, &str)> {
    let inside = text.strip_prefix('"')?;
    let bytes = inside.as_bytes();
    let mut at = 0;
    let mut escapes = Escapes::Absent;
    loop {
        at += memchr2(b'"', b'\\', &bytes[at..])?;
        if bytes[at] == b'\\' {
            escapes = Escapes::Present;
            at += 2;
            if at >= bytes.len() {
                return None;
            }
            continue;
        }
        match bytes.get(at + 1) {
            None => return Some((Quoted { raw: &inside[..at], escapes }, "")),
            Some(b' ') => return Some((Quoted { raw: &inside[..at], escapes }, &inside[at + 2..])),
            Some(_) => at += 1,
        }
    }
}

/// Reads a quoted string, or a word without marks (`-`).
pub fn take_or_word(text: &str) -> Option<(Quoted<'_>, &str)> {
    if text.starts_with('"') {
        return take(text);
    }
    let (raw, rest) = super::token::first(text);
    (!raw.is_empty()).then_some((Quoted { raw, escapes: Escapes::Absent }, rest))
}

/// Reads escapes that stand for printable ASCII or white space; leaves all others.
pub fn unescape(raw: &str) -> Cow<'_, str> {
    let Some(first) = memchr(b'\\', raw.as_bytes()) else { return Cow::Borrowed(raw) };
    let mut out = String::with_capacity(raw.len());
    let mut copied = 0;
    let mut next = Some(first);
    while let Some(at) = next {
        let (character, length) = read_escape(&raw.as_bytes()[at..]);
        if let Some(character) = character {
            out.push_str(&raw[copied..at]);
            out.push(character);
            copied = at + length;
        }
        let from = at + length;
        next = raw.as_bytes().get(from..).and_then(|rest| memchr(b'\\', rest)).map(|found| from + found);
    }
    out.push_str(&raw[copied..]);
    Cow::Owned(out)
}

/// The character that an escape stands for, if it is read, and how many bytes of ASCII it takes.
fn read_escape(bytes: &[u8]) -> (Option<char>, usize) {
    let character = match bytes {
        [_, b'x', high, low, ..] => {
            let code = char::from(*high).to_digit(16).zip(char::from(*low).to_digit(16));
            let code = code.map(|(high, low)| (high * 16 + low) as u8);
            return match code {
                Some(code @ 0x20..=0x7e) => (Some(char::from(code)), 4),
                Some(_) => (None, 4),
                None => (None, 1),
            };
        }
        [_, c @ (b'"' | b'\\'), ..] => char::from(*c),
        [_, b'n', ..] => '\n',
        [_, b't', ..] => '\t',
        [_, b'r', ..] => '\r',
        _ => return (None, 1),
    };
    (Some(character), 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ends_at_the_mark_before_a_space() {
        let (found, rest) = take(r#""a \"b\" c" 200"#).unwrap();
        assert_eq!((found.text().as_ref(), rest), (r#"a "b" c"#, "200"));
        let (found, rest) = take(r#""a"b c""#).unwrap();
        assert_eq!((found.raw, found.escapes, rest), (r#"a"b c"#, Escapes::Absent, ""));
        assert_eq!(take(r#""""#), Some((Quoted::default(), "")));
        for bad in ["", "a", "\"", "\"a", "\"a\\", "\"a\\\"", "\"a\"b"] {
            assert_eq!(take(bad), None, "{bad}");
        }
    }

    #[test]
    fn reads_printable_escapes_and_leaves_bytes() {
        assert_eq!(unescape(r"\x22a\x5Cb\tc\\d"), "\"a\\b\tc\\d");
        for kept in [r"]&\xDF\xBDV\xE7\xBB<\x10;\xA2b}\xDFM\x1D", r"\q", r"\x4", r"\xg1", "\\", r"\é"] {
            assert_eq!(unescape(kept), kept);
        }
    }

    proptest! {
        #[test]
        fn never_panics_and_never_grows(text in any::<String>()) {
            prop_assert!(unescape(&text).len() <= text.len());
            let quoted = format!("\"{text}");
            if let Some((found, rest)) = take(&quoted) {
                prop_assert!(found.raw.len() + rest.len() < quoted.len());
            }
        }

        #[test]
        fn reads_back_what_apache_escapes(text in "[ -~\t\n]{0,40}") {
            let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t");
            let line = format!("\"{escaped}\" end");
            let (found, rest) = take(&line).unwrap();
            prop_assert_eq!(found.text(), text);
            prop_assert_eq!(rest, "end");
        }
    }
}
