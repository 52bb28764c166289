//! The text of a JSON string that lies escaped in an event.

use std::borrow::Cow;

/// The text that the inside of a JSON string means. A half of a surrogate pair, which is no character, becomes U+FFFD.
pub fn unescaped(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\\') {
        return Cow::Borrowed(raw);
    }
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        let mut left = after.chars();
        match left.next() {
            Some('b') => text.push('\u{8}'),
            Some('f') => text.push('\u{c}'),
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('t') => text.push('\t'),
            Some('u') => {
                let (character, behind) = unicode(left.as_str());
                text.push(character);
                rest = behind;
                continue;
            }
            Some(other) => text.push(other),
            None => {}
        }
        rest = left.as_str();
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// The character of one or two `\uXXXX`, the first `\u` passed, and what follows.
fn unicode(text: &str) -> (char, &str) {
    let half = |text: &str| text.get(..4).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let Some(first) = half(text) else { return (char::REPLACEMENT_CHARACTER, text) };
    let rest = &text[4..];
    if let Some(character) = char::from_u32(first) {
        return (character, rest);
    }
    let second = rest.strip_prefix("\\u").and_then(half).filter(|half| (0xDC00..0xE000).contains(half));
    match second {
        Some(second) if first < 0xDC00 => {
            let joined = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
            (char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER), &rest[6..])
        }
        _ => (char::REPLACEMENT_CHARACTER, rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn halves_of_pairs_are_no_characters() {
        for (raw, text) in [
            (r"\ud83d", "\u{fffd}"),
            (r"\ud83dx", "\u{fffd}x"),
            (r"\ude00\ud83d", "\u{fffd}\u{fffd}"),
            (r"\ud83d\u0041", "\u{fffd}A"),
            (r"\u12", "\u{fffd}12"),
            (r"\", ""),
        ] {
            assert_eq!(unescaped(raw), text, "{raw}");
        }
    }

    proptest! {
        #[test]
        fn means_what_serde_json_reads(text in any::<String>()) {
            let json = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(unescaped(&json[1..json.len() - 1]), text.as_str());
            let all: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
            prop_assert_eq!(unescaped(&all), text);
        }

        #[test]
        fn never_panics(raw in r#"(\\|\\u|[0-9a-f]|d8|é|"){0,30}"#) {
            unescaped(&raw);
        }
    }
}
