//! A raw record as a line of the raw archive: with its place, which Firehose alone would drop, and its bytes, which it would
//! run together with those of others.
//!
//! ```json
//! {"stream":"raw","shard":"shardId-000000000000","sequence_number":"4954…","partition_key":"p","arrival_millis":1507217624302,"data":"SGVsbG8="}
//! ```

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A line of the raw archive. Holds the original bytes: every view of it must redact them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrapped<'a> {
    /// Stream's name.
    #[serde(borrow)]
    pub stream: Cow<'a, str>,
    /// Shard's id.
    #[serde(borrow)]
    pub shard: Cow<'a, str>,
    /// Sequence number within the shard.
    #[serde(borrow)]
    pub sequence_number: Cow<'a, str>,
    /// Partition key.
    #[serde(borrow)]
    pub partition_key: Cow<'a, str>,
    /// When the stream took it, milliseconds since the epoch.
    pub arrival_millis: i64,
    /// Index of the user record within its KPL aggregate, but for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_record: Option<u64>,
    /// The bytes, base64.
    #[serde(borrow)]
    pub data: Cow<'a, str>,
}

/// A line is none of the raw archive. Quotes nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLine {
    /// No JSON, or a field is missing or of another type.
    #[error("no line of a raw archive")]
    Malformed,
    /// The data is no base64.
    #[error("a line of a raw archive whose data is no base64")]
    Base64,
}

impl<'a> Wrapped<'a> {
    /// Reads a line; fields that it does not know are passed over.
    pub fn read(line: &'a str) -> Result<Self, BadLine> {
        serde_json::from_str(line).map_err(|_| BadLine::Malformed)
    }

    /// The record's bytes.
    pub fn bytes(&self) -> Result<Vec<u8>, BadLine> {
        STANDARD.decode(self.data.as_bytes()).map_err(|_| BadLine::Base64)
    }

    /// The line, with its line break.
    pub fn line(&self) -> Vec<u8> {
        let mut line = serde_json::to_vec(self).expect("text and numbers go into memory");
        line.push(b'\n');
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_record_comes_back(
            texts in ("\\PC{0,9}", "\\PC{0,9}", "[0-9]{0,56}", "(?s).{0,9}"),
            arrival_millis in any::<i64>(),
            user_record in prop::option::of(any::<u64>()),
            bytes in prop::collection::vec(any::<u8>(), 0..99),
        ) {
            let (stream, shard, sequence_number, partition_key) = &texts;
            let wrapped = Wrapped {
                stream: stream.into(),
                shard: shard.into(),
                sequence_number: sequence_number.into(),
                partition_key: partition_key.into(),
                arrival_millis,
                user_record,
                data: STANDARD.encode(&bytes).into(),
            };
            let line = String::from_utf8(wrapped.line()).unwrap();
            prop_assert_eq!(line.lines().count(), 1);
            let read = Wrapped::read(&line).unwrap();
            prop_assert_eq!(read.bytes().unwrap(), bytes);
            prop_assert_eq!(read, wrapped);
        }

        #[test]
        fn no_line_makes_it_panic(line in "\\PC{0,60}") {
            prop_assert!(Wrapped::read(&line).is_err());
        }
    }

    #[test]
    fn what_is_no_line_is_not_quoted() {
        let line = r#"{"stream":"r","shard":"s","sequence_number":"1","partition_key":"","arrival_millis":1,"data":"a","more":1}"#;
        assert_eq!(Wrapped::read(line).unwrap().bytes(), Err(BadLine::Base64));
        assert_eq!(Wrapped::read(&line.replace("\"1\"", "1")), Err(BadLine::Malformed));
    }
}
