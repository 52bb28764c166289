//! Names of persons and hosts in texts: exact occurrences that are not a part of a longer word.

use catchwater_schemas::escape::string_into;
use memchr::memmem;
use std::borrow::Cow;

/// A text that is personal, and what stands in its place.
#[derive(Debug)]
pub(super) struct Name {
    text: String,
    pub replacement: String,
    /// A field that is nothing else is left out.
    pub drop: bool,
    /// Only digits next to it make it a part of something longer: an address may stand behind a dot or letter.
    is_address: bool,
}

impl Name {
    pub(super) fn new(text: String, replacement: String, drop: bool, is_address: bool) -> Self {
        Self { text, replacement, drop, is_address }
    }

    /// Is this text just the name?
    pub(super) fn is(&self, text: &str) -> bool {
        self.text == text
    }

    /// Where the name stands in a text.
    fn find(&self, text: &str, mut found: impl FnMut(usize, usize)) {
        let is_word = |char: Option<char>| match char {
            Some(char) if self.is_address => char.is_ascii_digit(),
            Some(char) => char.is_alphanumeric() || char == '_',
            None => false,
        };
        // Beside what is no letter anything may stand.
        let (first, last) = (self.text.chars().next(), self.text.chars().next_back());
        let (open, closed) = (is_word(first), is_word(last));
        for start in memmem::find_iter(text.as_bytes(), self.text.as_bytes()) {
            let end = start + self.text.len();
            let before = text[..start].chars().next_back();
            let behind = text[end..].chars().next();
            if !(open && is_word(before) || closed && is_word(behind)) {
                found(start, end);
            }
        }
    }
}

/// A name as it may be written: as it is, as JSON has it, and percent-encoded.
pub(super) fn spellings(text: &str) -> impl Iterator<Item = String> {
    let mut json = Vec::new();
    string_into(text, &mut json);
    let json = String::from_utf8(json).ok().map(|quoted| quoted[1..quoted.len() - 1].to_string());
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    let percent: String = text
        .bytes()
        .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    let mut all: Vec<String> = vec![text.to_string()];
    for other in json.into_iter().chain([percent]) {
        if !all.contains(&other) {
            all.push(other);
        }
    }
    all.into_iter().filter(|spelling| !spelling.is_empty())
}

/// A part of a text that is replaced.
pub(super) struct Span<'n> {
    pub start: usize,
    pub end: usize,
    pub replacement: Cow<'n, str>,
}

/// Puts where the names stand in the text to the spans.
pub(super) fn find<'n>(names: &'n [Name], text: &str, spans: &mut Vec<Span<'n>>) {
    for name in names {
        let replacement = name.replacement.as_str();
        name.find(text, |start, end| spans.push(Span { start, end, replacement: replacement.into() }));
    }
}

/// The text with the spans replaced, of those that overlap the first and longest; `None` if there is none.
pub(super) fn replaced(text: &str, mut spans: Vec<Span<'_>>) -> Option<String> {
    if spans.is_empty() {
        return None;
    }
    spans.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
    let (mut out, mut from) = (String::with_capacity(text.len()), 0);
    for span in spans {
        if span.start >= from {
            out.push_str(&text[from..span.start]);
            out.push_str(&span.replacement);
            from = span.end;
        } else if span.end > from {
            // What overlaps is personal too: its rest goes with it.
            from = span.end;
        }
    }
    out.push_str(&text[from..]);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hide(name: &str, text: &str) -> String {
        let names: Vec<Name> =
            spellings(name).map(|text| Name::new(text, "X".into(), false, false)).collect();
        let mut spans = Vec::new();
        find(&names, text, &mut spans);
        replaced(text, spans).unwrap_or_else(|| text.to_string())
    }

    #[test]
    fn whole_words_are_replaced() {
        for (name, text, expected) in [
            ("bob", "bob, bobby and /home/bob.", "X, bobby and /home/X."),
            ("bob", "user=bob&u=bob2&b_bob", "user=X&u=bob2&b_bob"),
            ("a@b.org", "mail=a%40b.org a@b.org xa@b.org", "mail=X X xa@b.org"),
            ("d\"o", r#"{"n":"d\"o"} d"o"#, r#"{"n":"X"} X"#),
            ("é", "née é", "née X"),
            ("(x)", "a(x)b", "aXb"),
        ] {
            assert_eq!(hide(name, text), expected, "{name} in {text}");
        }
    }

    #[test]
    fn what_overlaps_is_hidden_whole() {
        let span = |start, end| Span { start, end, replacement: "X".into() };
        assert_eq!(replaced("abcdef", vec![span(2, 5), span(1, 3)]).as_deref(), Some("aXf"));
        assert_eq!(replaced("abcdef", vec![span(1, 3), span(1, 5)]).as_deref(), Some("aXf"));
    }

    proptest! {
        #[test]
        fn never_panics(name in "[a-b\"é@ ]{1,3}", text in "[a-b\"\\\\é@ %40]{0,30}") {
            hide(&name, &text);
        }
    }
}
