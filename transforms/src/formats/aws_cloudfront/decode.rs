//! CloudFront encodes what could break a column (spaces, `"`, `%` …) as `%XX`. What was encoded before is then encoded
//! twice, and until 2020 user agents were so in any case: a space is `%20` or `%2520`
//! (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html>).

use crate::scan::percent::decode_path;
use std::borrow::Cow;

/// A path, query or URL as the client sent it: `%2520` becomes `%20`, and what is encoded once stays, for CloudFront may
/// have encoded it or the client.
pub(super) fn url(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut copied = 0;
    for at in memchr::memmem::find_iter(text.as_bytes(), b"%25") {
        let code = text.as_bytes().get(at + 3..at + 5);
        if at >= copied && code.is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit)) {
            out.push_str(&text[copied..=at]);
            copied = at + 3;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// A header's text. The spaces in it tell how often it was encoded.
pub(super) fn header(text: &str) -> Cow<'_, str> {
    if text.contains(' ') {
        return Cow::Borrowed(text);
    }
    let once = decode_path(text);
    if text.contains("%20") || !text.contains("%2520") {
        return once;
    }
    Cow::Owned(decode_path(&once).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn urls_lose_the_second_encoding_only() {
        for (logged, sent) in [
            ("/a%2520b", "/a%20b"),
            ("/a%20b%7Ec", "/a%20b%7Ec"),
            ("/a%252520b", "/a%2520b"),
            ("q=100%25&r=%25zz%25", "q=100%25&r=%25zz%25"),
            ("/%2525", "/%25"),
            ("%25é", "%25é"),
            ("-", "-"),
        ] {
            assert_eq!(url(logged), sent, "{logged}");
        }
    }

    #[test]
    fn spaces_tell_how_often_a_header_was_encoded() {
        for (logged, sent) in [
            ("Mozilla/5.0%20(X11;%20Linux)", "Mozilla/5.0 (X11; Linux)"),
            ("Mozilla/5.0%2520(X11;%2520Linux)", "Mozilla/5.0 (X11; Linux)"),
            ("My%2520App/1%20CFNetwork", "My%20App/1 CFNetwork"),
            ("Mozilla/5.0 (100%25)", "Mozilla/5.0 (100%25)"),
            ("a%22b", "a\"b"),
            ("curl/7.0", "curl/7.0"),
        ] {
            assert_eq!(header(logged), sent, "{logged}");
        }
    }

    proptest! {
        #[test]
        fn what_cloudfront_encoded_comes_back(sent in "(/|[a-z]|%[0-9A-F]{2}){0,12}") {
            let logged = sent.replace('%', "%25");
            prop_assert_eq!(url(&logged), sent);
        }

        #[test]
        fn never_panics_and_never_grows(text in "[%250-9a-f é]{0,30}") {
            prop_assert!(url(&text).len() <= text.len() && header(&text).len() <= text.len());
        }
    }
}
