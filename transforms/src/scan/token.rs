//! Words between single spaces.

use memchr::memchr;

/// Cuts the first word off: the text up to the first space, and the text behind it.
pub fn first(text: &str) -> (&str, &str) {
    match memchr(b' ', text.as_bytes()) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, ""),
    }
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
        fn no_text_is_lost(text in "[a, :é]{0,30}") {
            let (items, rest) = list(&text);
            prop_assert!(text.starts_with(items) && text.ends_with(rest));
            prop_assert!(text.len() - items.len() - rest.len() <= 1);
        }
    }
}
