//! A raw record, log event or event that could not pass: its bytes, and all that is needed to try it again.

use base64::Engine;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Version of this layout.
pub const DEAD_LETTER_VERSION: u32 = 1;

/// Where along the way it could not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// A raw record could not be unpacked, or a part of it was no envelope.
    Decode,
    /// A log event could not be made an event, not even a plain one.
    Parse,
    /// An event record of the event stream could not be read.
    EventRecord,
    /// A sink refused an event for good.
    Sink,
    /// A mapping gave a record up: older than the mapping's record age.
    Mapping,
}

/// Where the bytes lay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Origin {
    /// Stream's name.
    pub stream: String,
    /// Shard's id.
    pub shard: String,
    /// Sequence number within the shard.
    pub sequence_number: String,
    /// Partition key of the record.
    pub partition_key: String,
    /// When the stream took the record, milliseconds since the epoch.
    pub arrival_millis: i64,
    /// Index of the user record within the record, a KPL aggregate, from 0, where the bytes are one or of one.
    pub user_record: Option<u64>,
    /// Account, log group, log stream and id of the log event, where the bytes are one.
    pub log_event: Option<LogEventOrigin>,
    /// Number of the log event within its raw or user record, or of the line within its unpacked event record, from 0,
    /// where the bytes are one.
    pub ordinal: Option<u64>,
}

/// Which log event it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LogEventOrigin {
    /// AWS account that owns the log group.
    pub account: String,
    /// Log group.
    pub log_group: String,
    /// Log stream.
    pub log_stream: String,
    /// Source id.
    pub id: String,
    /// The log event's own time, milliseconds since the epoch.
    pub timestamp_millis: i64,
}

/// What could not pass. Holds the original bytes: every view of it must redact them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeadLetter {
    /// Version of this layout.
    pub version: u32,
    /// The same for the same bytes at the same place and stage, so that a retried batch leaves it once.
    pub id: String,
    /// Where it could not pass.
    pub stage: Stage,
    /// The sink that refused it, if one did.
    pub sink: Option<String>,
    /// Why, in a word that can be counted, such as `gzip_crc`.
    pub reason: String,
    /// Why, in full; no payload.
    pub detail: String,
    /// Where the bytes lay.
    pub origin: Origin,
    /// First try, milliseconds since the epoch.
    pub first_try_millis: i64,
    /// Last try, milliseconds since the epoch.
    pub last_try_millis: i64,
    /// Number of tries.
    pub tries: u32,
    /// The bytes as they were, base64.
    #[serde(with = "base64_bytes")]
    #[schemars(with = "String")]
    pub bytes: Vec<u8>,
}

/// What the finder of a fault knows; the shell around it adds tries and times ([`Fault::into_letter`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where it could not pass.
    pub stage: Stage,
    /// The sink that refused it, if one did.
    pub sink: Option<String>,
    /// Why, in a word that can be counted.
    pub reason: String,
    /// Why, in full; no payload.
    pub detail: String,
    /// Where the bytes lay.
    pub origin: Origin,
    /// The bytes as they were.
    pub bytes: Vec<u8>,
}

impl Fault {
    /// The dead letter, first tried and last tried at these times (milliseconds since the epoch).
    pub fn into_letter(self, first_try_millis: i64, last_try_millis: i64, tries: u32) -> DeadLetter {
        DeadLetter {
            version: DEAD_LETTER_VERSION,
            id: self.id(),
            stage: self.stage,
            sink: self.sink,
            reason: self.reason,
            detail: self.detail,
            origin: self.origin,
            first_try_millis,
            last_try_millis,
            tries,
            bytes: self.bytes,
        }
    }

    fn id(&self) -> String {
        let mut hasher = blake3::Hasher::new_derive_key("catchwater 2026 dead letter id");
        let stage = format!("{:?}", self.stage);
        let sink = self.sink.as_deref().unwrap_or_default();
        let o = &self.origin;
        let log_event = o.log_event.as_ref().map(|l| l.id.as_str()).unwrap_or_default();
        for text in [&stage, sink, &o.stream, &o.shard, &o.sequence_number, log_event] {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
        // Equal log events of one record are as many letters.
        hasher.update(&o.ordinal.map_or(0, |ordinal| ordinal + 1).to_le_bytes());
        if let Some(index) = o.user_record {
            hasher.update(b"user record");
            hasher.update(&index.to_le_bytes());
        }
        hasher.update(&self.bytes);
        hasher.finalize().to_hex()[..32].to_string()
    }
}

mod base64_bytes {
    use super::*;
    use base64::engine::general_purpose::STANDARD;

    pub fn serialize<S: serde::Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_back_and_the_same_id_again() {
        let fault = Fault {
            stage: Stage::Decode,
            sink: None,
            reason: "gzip_crc".into(),
            detail: "the checksum of member 1 differs".into(),
            origin: Origin { stream: "raw".into(), sequence_number: "7".into(), ..Origin::default() },
            bytes: vec![0x1f, 0x8b, 0xff],
        };
        let letter = fault.clone().into_letter(1, 2, 3);
        let text = serde_json::to_string(&letter).unwrap();
        assert_eq!(serde_json::from_str::<DeadLetter>(&text).unwrap(), letter);
        assert_eq!(fault.clone().into_letter(5, 6, 1).id, letter.id);
        let elsewhere = Fault { stage: Stage::Parse, ..fault.clone() };
        assert_ne!(elsewhere.into_letter(1, 2, 3).id, letter.id);
        let of_line = |ordinal| {
            let origin = Origin { ordinal: Some(ordinal), ..fault.origin.clone() };
            Fault { origin, ..fault.clone() }.into_letter(1, 2, 3).id
        };
        assert!(
            of_line(0) != of_line(1) && of_line(0) != letter.id,
            "equal bytes on two lines are two letters"
        );
    }
}
