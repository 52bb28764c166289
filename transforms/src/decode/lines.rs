//! Bare text: a log event a line.

use memchr::memchr;
use std::borrow::Cow;

/// The line that `text` begins with, without its end, and the bytes to the next one.
pub fn first_line(text: &str) -> (&str, usize) {
    let (line, len) = match memchr(b'\n', text.as_bytes()) {
        Some(at) => (&text[..at], at + 1),
        None => (text, text.len()),
    };
    (line.strip_suffix('\r').unwrap_or(line), len)
}

/// Text that is no UTF-8, each broken part as one U+FFFD. `None` if that makes it longer than `limit` bytes.
pub fn lossy(bytes: &[u8], limit: usize) -> Option<String> {
    // Counted first: growing by doubling could take twice the limit.
    let broken = char::REPLACEMENT_CHARACTER.len_utf8();
    let part_len = |part: std::str::Utf8Chunk<'_>| {
        part.valid().len() + if part.invalid().is_empty() { 0 } else { broken }
    };
    let len: usize = bytes.utf8_chunks().map(part_len).sum();
    if len > limit {
        return None;
    }
    let mut text = String::with_capacity(len);
    for part in bytes.utf8_chunks() {
        text.push_str(part.valid());
        if !part.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    Some(text)
}

/// The message without line breaks at its end, also those that a producer escaped twice (`\n` as two characters, one or
/// more, seen in envelopes of Lambda's log groups).
pub fn trimmed(message: &str) -> &str {
    let mut text = message;
    loop {
        text = text.trim_end_matches(['\n', '\r']);
        match text.strip_suffix("\\n") {
            Some(before) if !before.ends_with('\\') => text = before,
            _ => return text,
        }
    }
}

/// The message cut to at most `limit` bytes at a character's border; is something cut off?
pub fn cut(message: &str, limit: usize) -> (&str, bool) {
    if message.len() <= limit {
        return (message, false);
    }
    (&message[..message.floor_char_boundary(limit)], true)
}

/// Text as it is, or lossy; `None` as for [`lossy`].
pub fn text(bytes: &[u8], limit: usize) -> Option<Cow<'_, str>> {
    match simdutf8::basic::from_utf8(bytes) {
        Ok(text) => Some(Cow::Borrowed(text)),
        Err(_) => lossy(bytes, limit).map(Cow::Owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ends_of_lines_and_messages() {
        assert_eq!(first_line("a\r\nb"), ("a", 3));
        assert_eq!(first_line("\n"), ("", 1));
        assert_eq!(first_line("ab"), ("ab", 2));
        for (message, expected) in [
            ("a\\n", "a"),
            ("a\\n\\n", "a"),
            ("a\\n\n\\n\r\n", "a"),
            ("a\r\n\n", "a"),
            ("a\\\\n", "a\\\\n"),
            ("a\tb\t\n", "a\tb\t"),
            ("\\n", ""),
        ] {
            assert_eq!(trimmed(message), expected);
        }
        assert_eq!(cut("aäb", 2), ("a", true));
        assert_eq!(cut("aäb", 4), ("aäb", false));
    }

    proptest! {
        #[test]
        fn lossy_is_what_the_standard_library_makes(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let expected = String::from_utf8_lossy(&bytes).into_owned();
            prop_assert_eq!(lossy(&bytes, expected.len()), Some(expected.clone()));
            if !expected.is_empty() {
                prop_assert_eq!(lossy(&bytes, expected.len() - 1), None);
            }
        }
    }
}
