//! Values as fields take them: a store refuses an event whose value is not of the field's type.

use super::access::Shape;
use super::time;
use crate::json::{Cursor, Json, JsonStr};
use crate::scan::address::is_ip;
use catchwater_schemas::field::{Field, FieldType};
use catchwater_schemas::fields::Value;
use std::borrow::Cow;

/// The value as this field takes it; `None` if it does not.
pub(super) fn fit<'a>(field: Field, json: &Json<'a>, zone_seconds: i32, shape: &Shape) -> Option<Value<'a>> {
    match field {
        Field::LogLevel => return level(json, shape),
        Field::HttpVersion => return version(json.string()?.raw()),
        _ => (),
    }
    match (field.info().field_type, json) {
        (FieldType::Date, _) => time::read(json, zone_seconds).map(Value::Time),
        (FieldType::Ip, Json::String(text)) => is_ip(text.raw()).then(|| (*text).into()),
        (FieldType::Keyword | FieldType::Text, Json::String(text)) => {
            (!text.is_empty()).then(|| (*text).into())
        }
        // Ids and codes are numbers in some loggers.
        (FieldType::Keyword | FieldType::Text, Json::Number(number)) if field != Field::UrlOriginal => {
            Some(Value::from(*number))
        }
        (FieldType::Keyword, Json::Array(raw)) if is_list(field) => {
            texts(raw).then(|| Value::Json(raw.clone()))
        }
        (FieldType::Long, Json::Number(number)) => is_long(number).then_some(Value::Number(number)),
        (FieldType::Long, Json::String(text)) => is_long(text.raw()).then_some(Value::Number(text.raw())),
        (FieldType::Double, Json::Number(number)) => is_double(number).then_some(Value::Number(number)),
        (FieldType::Boolean, Json::Bool(flag)) => Some(Value::Bool(*flag)),
        _ => None,
    }
}

/// `1.1`, also as `HTTP/1.1`.
fn version(text: &str) -> Option<Value<'_>> {
    let number = text.strip_prefix("HTTP/").unwrap_or(text);
    let is_number =
        (1..=3).contains(&number.len()) && number.bytes().all(|c| c.is_ascii_digit() || c == b'.');
    is_number.then_some(Value::Escaped(number))
}

/// Fields that hold lists in ECS.
fn is_list(field: Field) -> bool {
    matches!(field, Field::Tags | Field::EventCategory | Field::EventType)
}

fn texts(array: &str) -> bool {
    let mut cursor = Cursor::new(array, 1);
    let mut all = || -> Result<(), crate::json::Invalid> {
        cursor.begin_array()?;
        while cursor.next_element()? {
            cursor.string()?;
        }
        Ok(())
    };
    all().is_ok()
}

/// A whole number of JSON that 64 bits hold.
fn is_long(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number);
    let canonical = digits.len() == 1 || !digits.starts_with('0');
    canonical && (1..=18).contains(&digits.len()) && digits.bytes().all(|c| c.is_ascii_digit())
}

fn is_double(number: &str) -> bool {
    number.parse::<f64>().is_ok_and(f64::is_finite)
}

/// A level's name. Numbers are those of Bunyan and Pino (10 to 60), or syslog's (0 to 7, RFC 5424, 6.2.1).
fn level<'a>(json: &Json<'a>, shape: &Shape) -> Option<Value<'a>> {
    match json {
        Json::String(text) if shape.mongo => Some(mongo_level(*text)),
        Json::String(text) => match text.raw() {
            "" => None,
            digits if digits.len() <= 2 && digits.bytes().all(|c| c.is_ascii_digit()) => {
                Some(numbered(digits))
            }
            _ => Some((*text).into()),
        },
        Json::Number(number) => Some(numbered(number)),
        _ => None,
    }
}

fn numbered(number: &str) -> Value<'_> {
    let name = match number {
        "10" => "trace",
        "20" => "debug",
        "30" => "info",
        "40" => "warn",
        "50" => "error",
        "60" => "fatal",
        "0" => "emergency",
        "1" => "alert",
        "2" => "critical",
        "3" => "error",
        "4" => "warning",
        "5" => "notice",
        "6" => "info",
        "7" => "debug",
        other => other,
    };
    Value::Text(Cow::Borrowed(name))
}

/// <https://www.mongodb.com/docs/manual/reference/log-messages/#severity-levels>
fn mongo_level(text: JsonStr<'_>) -> Value<'_> {
    Value::from(match text.raw() {
        "F" => "fatal",
        "E" => "error",
        "W" => "warn",
        "I" => "info",
        "D" | "D1" | "D2" | "D3" | "D4" | "D5" => "debug",
        _ => return text.into(),
    })
}
