//! Times as loggers write them.

use crate::json::{Cursor, Json, JsonStr, MOST_DEPTH, member};
use crate::scan::{clf_time, epoch};
use catchwater_schemas::time::{NANOS_PER_SECOND, Timestamp, digits};

/// The instant that a value states. Text: RFC 3339, the access logs' form, `2024/07/19 15:42:51`, or a number.
/// Numbers: the epoch. Objects: MongoDB's `$date`, Log4j's `epochSecond` and `nanoOfSecond`, Google's `seconds` and
/// `nanos`, with no other members, which would be lost. Text without zone takes `zone_seconds` east of UTC.
pub(super) fn read(value: &Json<'_>, zone_seconds: i32) -> Option<Timestamp> {
    match value {
        Json::String(string) => text(*string, zone_seconds),
        Json::Number(number) => epoch::read(number),
        Json::Object(raw) => object(raw, zone_seconds),
        _ => None,
    }
}

fn text(string: JsonStr<'_>, zone_seconds: i32) -> Option<Timestamp> {
    let text = string.text();
    let text = text.trim();
    match text.as_bytes() {
        [_, _, _, _, b'/', ..] if text.len() <= 40 => {
            Timestamp::parse_rfc3339(&text.replace('/', "-"), zone_seconds)
        }
        [b'0'..=b'9', b'0'..=b'9', b'/', ..] => clf_time::parse(text, zone_seconds),
        _ if text.bytes().all(|c| c.is_ascii_digit() || c == b'.') => epoch::read(text),
        _ => Timestamp::parse_rfc3339(text, zone_seconds),
    }
}

fn object(raw: &str, zone_seconds: i32) -> Option<Timestamp> {
    let cursor = Cursor::new(raw, MOST_DEPTH);
    let named = |name| member(cursor.clone(), name);
    let members = count(raw)?;
    match named("$date") {
        Some(_) if members > 1 => None,
        Some(Json::Object(inner)) if count(&inner)? > 1 => None,
        Some(Json::Object(inner)) => match member(Cursor::new(&inner, MOST_DEPTH), "$numberLong")? {
            Json::String(millis) => Timestamp::from_millis(millis.raw().parse().ok()?),
            _ => None,
        },
        // Extended JSON counts milliseconds, whatever the size of the number.
        Some(Json::Number(millis)) => Timestamp::from_millis(millis.parse().ok()?),
        Some(Json::String(text)) => self::text(text, zone_seconds),
        Some(_) => None,
        None => {
            let (seconds, nanos) = match (named("epochSecond"), named("seconds")) {
                (Some(seconds), _) => (seconds, named("nanoOfSecond")),
                (None, Some(seconds)) => (seconds, named("nanos")),
                (None, None) => return None,
            };
            if members > 1 + usize::from(nanos.is_some()) {
                return None;
            }
            let Json::Number(seconds) = seconds else { return None };
            let Some(Json::Number(nanos)) = nanos.or(Some(Json::Number("0"))) else { return None };
            let nanos = digits(nanos.as_bytes()).filter(|n| i64::from(*n) < NANOS_PER_SECOND)?;
            let seconds = Timestamp::from_seconds(seconds.parse().ok()?)?;
            seconds.nanos().checked_add(i64::from(nanos)).map(Timestamp::from_nanos)
        }
    }
}

/// How many members an object has.
fn count(object: &str) -> Option<usize> {
    let mut cursor = Cursor::new(object, MOST_DEPTH);
    cursor.begin_object().ok()?;
    let mut members = 0;
    while cursor.next_key().ok()?.is_some() {
        cursor.value().ok()?;
        members += 1;
    }
    Some(members)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(json: &str) -> Option<String> {
        read(&Cursor::new(json, 9).value().unwrap(), 3600).map(|t| t.to_string())
    }

    #[test]
    fn reads_what_loggers_write() {
        for (json, expected) in [
            (r#""2024-07-19T15:42:51Z""#, "2024-07-19T15:42:51.000Z"),
            (r#""2024-07-19T15:42:51.123456""#, "2024-07-19T14:42:51.123456Z"),
            (r#""2024\/07\/19 15:42:51+00:00""#, "2024-07-19T15:42:51.000Z"),
            (r#""19/Jul/2024:15:42:51 +0000""#, "2024-07-19T15:42:51.000Z"),
            ("1721403771", "2024-07-19T15:42:51.000Z"),
            ("1721403771.25", "2024-07-19T15:42:51.250Z"),
            ("1.72140377125e9", "2024-07-19T15:42:51.250Z"),
            ("1721403771250", "2024-07-19T15:42:51.250Z"),
            ("1721403771250.5", "2024-07-19T15:42:51.250500Z"),
            ("1721403771250001", "2024-07-19T15:42:51.250001Z"),
            ("1721403771250001002", "2024-07-19T15:42:51.250001002Z"),
            (r#""1721403771250""#, "2024-07-19T15:42:51.250Z"),
            (r#"{"$date":"2026-03-10T20:58:09.401+00:00"}"#, "2026-03-10T20:58:09.401Z"),
            (r#"{"$date":1}"#, "1970-01-01T00:00:00.001Z"),
            (r#"{"$date":{"$numberLong":"-1"}}"#, "1969-12-31T23:59:59.999Z"),
            (r#"{"epochSecond":1721403771,"nanoOfSecond":5}"#, "2024-07-19T15:42:51.000000005Z"),
            (r#"{"seconds":1721403771}"#, "2024-07-19T15:42:51.000Z"),
        ] {
            assert_eq!(at(json).as_deref(), Some(expected), "{json}");
        }
        for none in [
            r#""""#,
            r#""xxx""#,
            "12.5",
            "-1",
            "1e400",
            "99999999999999999999",
            "true",
            "{}",
            r#"{"$date":[]}"#,
            r#"{"$date":1,"more":"text"}"#,
            r#"{"$date":{"$numberLong":"-1","more":"text"}}"#,
            r#"{"epochSecond":1721403771,"nanoOfSecond":5,"more":"text"}"#,
            r#"{"seconds":1721403771,"epochSecond":1}"#,
        ] {
            assert_eq!(at(none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(number in "-?[0-9]{1,25}(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,4})?", text in "\\PC{0,30}") {
            let _ = epoch::read(&number);
            let json = serde_json::to_string(&text).unwrap();
            let _ = read(&Cursor::new(&json, 1).value().unwrap(), 0);
        }
    }
}
