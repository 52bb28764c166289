//! Words between single spaces.

use memchr::memchr;

/// Cuts the first word off: the text up to the first space, and the text behind it.
#[inline]
pub fn first(text: &str) -> (&str, &str) {
    match first_space(text.as_bytes()) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, ""),
    }
}

/// Most words are short: sixteen bytes are looked at here, eight at a time ("Bit Twiddling Hacks", zero byte in a
/// word: the lowest mark is sure), before `memchr` is called.
#[inline]
fn first_space(text: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let Some(start) = text.first_chunk::<16>() else { return text.iter().position(|b| *b == b' ') };
    for (n, word) in start.as_chunks::<8>().0.iter().enumerate() {
        let zero = u64::from_le_bytes(*word) ^ (ONES * b' ' as u64);
        let found = zero.wrapping_sub(ONES) & !zero & (ONES << 7);
        if found != 0 {
            return Some(8 * n + (found.trailing_zeros() >> 3) as usize);
        }
    }
    memchr(b' ', &text[16..]).map(|at| 16 + at)
}

/// Cuts off a list as nginx writes it: words joined by `, ` (one server after the other) and ` : ` (an internal
/// redirect between groups of servers), `ngx_http_upstream_module`, `$upstream_addr`.
pub fn list(text: &str) -> (&str, &str) {
    let mut end = first(text).0.len();
    loop {
        let rest = &text[end..];
        let next = match rest.strip_prefix(" : ") {
            Some(next) => next,
            None if text[..end].ends_with(',') && rest.len() > 1 => &rest[1..],
            None => return (&text[..end], rest.strip_prefix(' ').unwrap_or(rest)),
        };
        end = text.len() - next.len() + first(next).0.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_list_ends_where_no_comma_and_no_colon_joins() {
        assert_eq!(list("1.1.1.1:80, 2.2.2.2:80 61, 100"), ("1.1.1.1:80, 2.2.2.2:80", "61, 100"));
        assert_eq!(list("a, b : c d"), ("a, b : c", "d"));
        assert_eq!(list("- x"), ("-", "x"));
        assert_eq!(list("a,"), ("a,", ""));
        assert_eq!(list(""), ("", ""));
    }

    proptest! {
        #[test]
        fn the_first_space(text in "[a-z!\u{a0}]{0,40}( [a ]{0,20})?") {
            prop_assert_eq!(first(&text), text.split_once(' ').unwrap_or((&text, "")));
        }

        #[test]
        fn no_text_is_lost(text in "[a, :é]{0,30}") {
            let (items, rest) = list(&text);
            prop_assert!(text.starts_with(items) && text.ends_with(rest));
            prop_assert!(text.len() - items.len() - rest.len() <= 1);
        }
    }
}
