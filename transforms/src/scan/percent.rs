//! Percent-encoding: the text behind it.

use std::borrow::Cow;

/// Decodes `%XX` (RFC 3986, section 2.1) and `+` for a space, as forms and queries are encoded
/// (<https://url.spec.whatwg.org/#urlencoded-parsing>). A `%` before anything else stays, and what is no encoding of
/// UTF-8 stays as a whole.
pub fn decode_form(text: Cow<'_, str>) -> Cow<'_, str> {
    if memchr::memchr2(b'%', b'+', text.as_bytes()).is_none() {
        return text;
    }
    let decoded = decoded(text.as_bytes(), b' ');
    String::from_utf8(decoded).map_or(text, Cow::Owned)
}

/// As [`decode_form`], `+` being itself, as in paths.
pub fn decode_path(text: &str) -> Cow<'_, str> {
    if memchr::memchr(b'%', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    String::from_utf8(decoded(text.as_bytes(), b'+')).map_or(Cow::Borrowed(text), Cow::Owned)
}

fn decoded(bytes: &[u8], plus: u8) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let pair = || Some(digit(*bytes.get(at + 1)?)? << 4 | digit(*bytes.get(at + 2)?)?);
        match bytes[at] {
            b'+' => out.push(plus),
            b'%' => match pair() {
                Some(byte) => {
                    out.push(byte);
                    at += 2;
                }
                None => out.push(b'%'),
            },
            other => out.push(other),
        }
        at += 1;
    }
    out
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|d| d as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decodes_what_forms_and_s3_encode() {
        for (encoded, text) in [
            ("Happy%20Face.jpg", "Happy Face.jpg"),
            ("a+b/%2B%C3%A9", "a b/+é"),
            ("100%", "100%"),
            ("%zz%4", "%zz%4"),
            ("%ff", "%ff"),
            ("plain", "plain"),
        ] {
            assert_eq!(decode_form(encoded.into()), text, "{encoded}");
        }
        assert_eq!(decode_path("a+b%2Fc"), "a+b/c");
        assert_eq!(decode_path("%e9"), "%e9");
    }

    proptest! {
        #[test]
        fn what_was_encoded_comes_back(text in any::<String>()) {
            let encoded: String = text.bytes().map(|b| format!("%{b:02X}")).collect();
            prop_assert_eq!(decode_path(&encoded), text.as_str());
            prop_assert_eq!(decode_form(encoded.into()), text);
        }

        #[test]
        fn never_panics_and_never_grows(text in "[%+a0-9A-Fé]{0,30}") {
            prop_assert!(decode_form(text.as_str().into()).len() <= text.len());
        }
    }
}
