//! Text from logs, made harmless for whoever shows it: anybody can write anything into a log, also what moves a
//! terminal's cursor, sets its title (CWE-150), or turns the direction of a line (CVE-2021-42574).

use std::borrow::Cow;

/// Does a terminal obey it, or does it hide or turn round other text?
fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The text with a sign in place of each such character: control characters have signs of their own in Unicode, so
/// that one sees what stood there.
pub fn harmless(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_obeyed) {
        return Cow::Borrowed(text);
    }
    let sign = |c: char| match c {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        c if is_obeyed(c) => '\u{fffd}',
        c => c,
    };
    Cow::Owned(text.chars().map(sign).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_and_turned_text_are_shown_and_not_obeyed() {
        assert_eq!(harmless("a\x1b[31mb\n\x7f\u{9b}2J\u{202e}c"), "a␛[31mb␊␡\u{fffd}2J\u{fffd}c");
        assert!(matches!(harmless("Zürich 東京"), Cow::Borrowed("Zürich 東京")));
    }

    proptest! {
        #[test]
        fn nothing_is_left_to_obey(text in any::<String>()) {
            prop_assert!(!harmless(&text).chars().any(is_obeyed));
        }
    }
}
