//! Texts of line protocol (<https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/#special-characters>):
//! a tag's value has no quotes and few escapes, a string field stands in quotes.

use catchwater_consumer_core::walk::unescape::unescaped;

/// Most bytes of a tag's value; the page on limits allows a series 64 KB, but a label is short.
pub const MOST_TAG_BYTES: usize = 256;
/// Most bytes of a string field: "Strings: Length limit 64KB".
pub const MOST_STRING_BYTES: usize = 65_535;

/// Writes a tag's value: comma, space and equals sign escaped. Line protocol has no way to write a line break there, and
/// a backslash at the end would escape what follows: control characters become spaces, backslashes slashes.
pub(crate) fn tag_value(text: &str, out: &mut Vec<u8>) {
    for byte in cut(text, MOST_TAG_BYTES).bytes() {
        match byte {
            b',' | b' ' | b'=' => out.extend_from_slice(&[b'\\', byte]),
            b'\\' => out.push(b'/'),
            0..0x20 | 0x7f => out.extend_from_slice(b"\\ "),
            _ => out.push(byte),
        }
    }
}

/// Writes a string field from the inside of a JSON string: was it written whole?
///
/// A JSON string without escapes has neither quote nor backslash, and needs none here.
#[inline]
pub(crate) fn string_field(raw: &str, out: &mut Vec<u8>) -> bool {
    if raw.len() > MOST_STRING_BYTES || raw.as_bytes().contains(&b'\\') {
        return text_field(&unescaped(raw), out);
    }
    out.push(b'"');
    out.extend_from_slice(raw.as_bytes());
    out.push(b'"');
    true
}

/// Writes a text as a string field: was it written whole?
pub(crate) fn text_field(text: &str, out: &mut Vec<u8>) -> bool {
    let kept = cut(text, MOST_STRING_BYTES);
    out.push(b'"');
    for byte in kept.bytes() {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out.push(b'"');
    kept.len() == text.len()
}

/// As much of a text as fits, whole characters.
pub(crate) fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn special_characters_of_tags() {
        for (text, expected) in [
            ("shop", "shop"),
            ("a,b c=d", r"a\,b\ c\=d"),
            ("ends in a backslash\\", r"ends\ in\ a\ backslash/"),
            ("two\nlines\t\u{7f}", r"two\ lines\ \ "),
            ("\"quoted\" é", r#""quoted"\ é"#),
        ] {
            assert_eq!(written(|out| tag_value(text, out)), expected);
        }
        assert_eq!(written(|out| tag_value(&"é".repeat(200), out)), "é".repeat(128));
    }

    #[test]
    fn special_characters_of_strings() {
        for (raw, expected) in [
            ("plain, a=b 'c' é", r#""plain, a=b 'c' é""#),
            (r#"a \"b\" c:\\d\\"#, r#""a \"b\" c:\\d\\""#),
            (r"line\nbreak\/\u0041\ud83d\ude00", "\"line\nbreak/A😀\""),
        ] {
            assert_eq!(written(|out| assert!(string_field(raw, out))), expected);
        }
        let long = "é".repeat(40_000);
        let kept = written(|out| assert!(!string_field(&long, out)));
        assert_eq!(kept.len(), MOST_STRING_BYTES - 1 + 2);
    }

    proptest! {
        #[test]
        fn never_panics(raw in r#"(\\|\\u|[0-9a-f]|d8|é|"){0,30}"#) {
            string_field(&raw, &mut Vec::new());
        }
    }
}
