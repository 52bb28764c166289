//! The two forms of requests and answers. Between them, blobs are base64 and times seconds, as in JSON.

use super::cbor::Cbor;
use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ferrokinesis_core::constants;
use ferrokinesis_core::error::KinesisError;
use serde_json::Value;

/// How a request is written, and so its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// `application/x-amz-json-1.1`
    Json,
    /// `application/json`
    PlainJson,
    /// `application/x-amz-cbor-1.1`
    Cbor,
}

impl Format {
    /// The form that `Content-Type` names.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let content_type = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        let formats = [Format::Json, Format::PlainJson, Format::Cbor];
        let named = content_type.split(';').next()?.trim();
        formats.into_iter().find(|f| f.content_type() == named)
    }

    /// Value of `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Format::Json => constants::CONTENT_TYPE_JSON,
            Format::PlainJson => "application/json",
            Format::Cbor => constants::CONTENT_TYPE_CBOR,
        }
    }
}

/// Reads a body to a tree; `None` if it is no object.
pub(super) fn decode(body: &[u8], format: Format) -> Option<Value> {
    let value = match format {
        Format::Json | Format::PlainJson => serde_json::from_slice(body).ok()?,
        Format::Cbor => from_cbor(ciborium::from_reader(body).ok()?)?,
    };
    Value::is_object(&value).then_some(value)
}

fn from_cbor(value: ciborium::Value) -> Option<Value> {
    use ciborium::Value as Item;
    Some(match value {
        Item::Null => Value::Null,
        Item::Bool(truth) => Value::Bool(truth),
        Item::Integer(number) => match i64::try_from(number) {
            Ok(number) => Value::from(number),
            Err(_) => Value::from(i128::from(number) as f64),
        },
        Item::Float(number) => Value::from(number),
        Item::Text(text) => Value::String(text),
        Item::Bytes(bytes) => Value::String(STANDARD.encode(bytes)),
        Item::Array(items) => Value::Array(items.into_iter().map(from_cbor).collect::<Option<_>>()?),
        Item::Map(pairs) => {
            let pair = |(key, value): (Item, Item)| Some((key.into_text().ok()?, from_cbor(value)?));
            Value::Object(pairs.into_iter().map(pair).collect::<Option<_>>()?)
        }
        Item::Tag(1, time) => Value::from(seconds(from_cbor(*time)?.as_f64()?)),
        Item::Tag(_, inner) => from_cbor(*inner)?,
        _ => return None,
    })
}

/// A time in CBOR is in milliseconds from AWS's SDKs and in seconds from who follows RFC 8949: 10^11 seconds are the
/// year 5138, 10^11 milliseconds are 1973.
fn seconds(time: f64) -> f64 {
    if time.abs() >= 1e11 { time / 1000.0 } else { time }
}

/// Writes an answer.
pub(super) fn encode(value: &Value, format: Format) -> Vec<u8> {
    match format {
        Format::Json | Format::PlainJson => value.to_string().into_bytes(),
        Format::Cbor => {
            let mut cbor = Cbor::default();
            to_cbor(&mut cbor, "", value);
            cbor.0
        }
    }
}

/// Writes an error.
pub(super) fn encode_error(error: &KinesisError, format: Format) -> Vec<u8> {
    // The type and an optional text: there is nothing in it that JSON cannot hold.
    encode(&serde_json::to_value(error).unwrap_or_default(), format)
}

fn to_cbor(cbor: &mut Cbor, key: &str, value: &Value) {
    match value {
        Value::Null => cbor.null(),
        Value::Bool(truth) => cbor.boolean(*truth),
        Value::Number(number) => {
            let float = number.as_f64().unwrap_or_default();
            match number.as_i64() {
                // All times of the API are named so.
                _ if key.ends_with("Timestamp") => cbor.time((float * 1000.0).round() as i64),
                Some(integer) => cbor.integer(integer),
                None => cbor.float(float),
            }
        }
        Value::String(text) => cbor.text(text),
        Value::Array(items) => {
            cbor.array(items.len());
            items.iter().for_each(|item| to_cbor(cbor, "", item));
        }
        Value::Object(pairs) => {
            cbor.map(pairs.len());
            for (key, value) in pairs {
                cbor.text(key);
                to_cbor(cbor, key, value);
            }
        }
    }
}
