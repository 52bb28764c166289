//! Normal forms of texts, and how much of one is kept.

use std::borrow::Cow;

/// Most bytes of a query's text and of its normal form that an event keeps; longer ones end in `…`. The fingerprint is
/// always that of the whole.
pub(super) const MOST_BYTES: usize = 8 << 10;

/// White space folded to single spaces, none at the ends.
pub(super) fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// As [`folded`], in small letters (Unicode's simple folding by characters, no decomposition).
pub(super) fn search(text: &str) -> String {
    let folded = folded(text);
    if folded.is_ascii() {
        folded.to_ascii_lowercase()
    } else {
        folded.chars().flat_map(char::to_lowercase).collect()
    }
}

/// The text, up to [`MOST_BYTES`].
pub(super) fn cut(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.len() <= MOST_BYTES {
        return text;
    }
    Cow::Owned(format!("{}…", &text[..text.floor_char_boundary(MOST_BYTES)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_and_case_do_not_matter() {
        assert_eq!(search(" Old\u{a0}\t MAPS  ÄÖ "), "old maps äö");
        assert_eq!(folded("  A  b\n"), "A b");
        assert_eq!(search(" "), "");
    }

    #[test]
    fn what_is_long_is_cut_and_says_so() {
        assert_eq!(cut("ab".into()), "ab");
        let long = cut("ä".repeat(MOST_BYTES).into());
        assert!(long.len() <= MOST_BYTES + 3 && long.ends_with("ä…"));
    }
}
