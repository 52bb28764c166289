//! The event with which Lambda hands records of a stream to a function, and the function's answer, both ways: a
//! function reads the one and writes the other, and our own mapping, where its target is a deployed function, writes the
//! one and reads the other.
//!
//! [`kinesis`] reads events, [`write`] writes them; [`answer`] is what comes back. AWS's pages:
//! <https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html> (the event) and
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html> (the answer). What our own
//! mapping adds stands under keys that Lambda does not have: `catchwater` in the event ([`Tries`]), `account` in the answer.

pub mod answer;
pub mod kinesis;
pub mod write;

use crate::stream::Record;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use catchwater_schemas::dead_letter::{Fault, Origin, Stage};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// Reason of a record whose data is no base64.
pub const BAD_BASE64: &str = "record_base64";
/// Reason of a record that lacks a field, or has something else in its place.
pub const MALFORMED: &str = "record_malformed";

/// Records of one shard as an event brought them, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShardBatch {
    /// Stream's name; of Kafka the topic.
    pub stream: String,
    /// Shard's id.
    pub shard: String,
    /// The records that are whole.
    pub records: Vec<Record>,
    /// Those that are not.
    pub broken: Vec<Broken>,
}

/// A record that cannot be handed on: it becomes a dead letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Whole records of its shard that stand before it.
    pub before: usize,
    /// [`BAD_BASE64`] or [`MALFORMED`].
    pub reason: &'static str,
    /// In full; no payload.
    pub detail: String,
    /// Where it lay, as far as it says; without a sequence number no answer can name it.
    pub origin: Origin,
    /// The data as it came, in base64 that is none; of a malformed record its JSON.
    pub bytes: Vec<u8>,
}

impl Broken {
    /// As a fault of this stage and sink.
    pub fn fault(&self, stage: Stage, sink: Option<&str>) -> Fault {
        Fault {
            stage,
            sink: sink.map(String::from),
            reason: self.reason.to_string(),
            detail: self.detail.clone(),
            origin: self.origin.clone(),
            bytes: self.bytes.clone(),
        }
    }
}

/// How often our own mapping has tried the records of an event: its key `catchwater`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tries {
    /// Tries before this one.
    pub tries: u32,
    /// When the first record was first tried, milliseconds since the epoch.
    pub first_try_millis: i64,
}

/// Text of an event: borrowed from it where nothing is escaped, also within an `Option`.
#[derive(Clone, Debug, Deserialize)]
pub struct Text<'a>(#[serde(borrow)] pub Cow<'a, str>);

/// A field's value, if it is of the type that it should have.
pub fn typed<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> Option<T> {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok())
}

/// The bytes of an event's base64, or where it is broken; no payload.
pub fn decode(data: &str) -> Result<Vec<u8>, String> {
    STANDARD.decode(data).map_err(|error| {
        use base64::DecodeError::{InvalidByte, InvalidLastSymbol, InvalidLength, InvalidPadding};
        // The error's own text quotes a byte of the payload.
        match error {
            InvalidByte(at, _) => format!("no base64: a strange character at {at}"),
            InvalidLastSymbol(at, _) => format!("no base64: bits left over at {at}"),
            InvalidLength(length) => format!("no base64: {length} characters are no whole number of bytes"),
            InvalidPadding => "no base64: wrong padding".to_string(),
        }
    })
}

/// What a JSON error says, without what it quotes.
pub fn no_payload(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Data => "a field is missing or of another type",
        serde_json::error::Category::Eof => "the JSON ends early",
        _ => "no JSON",
    };
    format!("{what}, line {}, column {}", error.line(), error.column())
}

#[cfg(test)]
mod tests;
