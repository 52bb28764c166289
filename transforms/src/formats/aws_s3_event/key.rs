//! Object keys: as notifications encode them, and as files.

use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use std::borrow::Cow;

/// Decodes a key of a notification or a copy source: `%XX`, and `+` for a space ("the object key name value is URL
/// encoded", <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>). What is no
/// such encoding of UTF-8 stays as it is.
pub(in crate::formats) fn decode(key: Cow<'_, str>) -> Cow<'_, str> {
    if memchr::memchr2(b'%', b'+', key.as_bytes()).is_none() {
        return key;
    }
    let bytes = key.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let pair = || Some(digit(*bytes.get(at + 1)?)? << 4 | digit(*bytes.get(at + 2)?)?);
        match bytes[at] {
            b'+' => out.push(b' '),
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
    String::from_utf8(out).map_or(key, Cow::Owned)
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|d| d as u8)
}

/// Sets path and name of the file, and the place that it came from or went to.
pub(in crate::formats) fn set_file<'a>(fields: &mut Fields<'a>, key: Cow<'a, str>, place: Option<Field>) {
    if key.is_empty() {
        return;
    }
    let name = match &key {
        Cow::Borrowed(key) => Value::from(last_part(key)),
        Cow::Owned(key) => Value::from(last_part(key).to_string()),
    };
    if name != Value::from("") {
        fields.set(Field::FileName, name);
    }
    if let Some(place) = place {
        fields.set(place, key.clone());
    }
    fields.set(Field::FilePath, key);
}

fn last_part(key: &str) -> &str {
    key.rsplit_once('/').map_or(key, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decodes_what_s3_encodes() {
        for (encoded, key) in [
            ("Happy%20Face.jpg", "Happy Face.jpg"),
            ("a+b/%2B%C3%A9", "a b/+é"),
            ("100%", "100%"),
            ("%zz%4", "%zz%4"),
            ("%ff", "%ff"),
            ("plain", "plain"),
        ] {
            assert_eq!(decode(encoded.into()), key, "{encoded}");
        }
    }

    proptest! {
        #[test]
        fn what_was_encoded_comes_back(key in any::<String>()) {
            let encoded: String = key.bytes().map(|b| format!("%{b:02X}")).collect();
            prop_assert_eq!(decode(encoded.into()), key);
        }

        #[test]
        fn never_panics_and_never_grows(text in "[%+a0-9A-Fé]{0,30}") {
            prop_assert!(decode(text.as_str().into()).len() <= text.len());
        }
    }
}
