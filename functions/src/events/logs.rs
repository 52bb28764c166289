//! What a subscription filter of CloudWatch Logs sends a function directly: `{"awslogs":{"data":"H4sI…"}}`, gzip of the same
//! envelope that a Kinesis record has (CloudWatch Logs user guide, "Real-time processing of log data with subscriptions").

use catchwater_mapping::lambda_event::{BAD_BASE64, Broken, ShardBatch, Text, decode, typed};
use catchwater_mapping::stream::{Record, SequenceNumber};
use catchwater_schemas::dead_letter::Origin;
use serde::Deserialize;
use serde_json::value::RawValue;

/// The name in the stream's place, for dead letters: there is no stream.
pub const STREAM: &str = "awslogs";

/// One envelope, in base64 yet.
#[derive(Clone, Debug)]
pub struct LogsEvent<'a>(Text<'a>);

#[derive(Deserialize)]
struct Inner<'a> {
    #[serde(borrow)]
    data: Text<'a>,
}

impl<'a> LogsEvent<'a> {
    /// Reads the member `awslogs`; `None` where it has no data.
    pub fn read(awslogs: &'a RawValue) -> Option<Self> {
        typed::<Inner<'a>>(Some(awslogs)).map(|inner| Self(inner.data))
    }

    /// The envelope as the one record of a shard. `request_id` is the invocation's: Lambda invokes a function again
    /// under the same one, so that what becomes of the envelope has the same ids then. The log events have ids and times
    /// of their own; that of the arrival is not told.
    pub fn record(&self, request_id: &str) -> ShardBatch {
        let mut batch = ShardBatch { stream: STREAM.into(), shard: STREAM.into(), ..ShardBatch::default() };
        match decode(&self.0.0) {
            Ok(data) => batch.records.push(Record {
                sequence_number: SequenceNumber(request_id.to_string()),
                partition_key: String::new(),
                arrival_millis: 0,
                data: data.into(),
            }),
            Err(detail) => {
                let origin = Origin {
                    stream: STREAM.into(),
                    shard: STREAM.into(),
                    sequence_number: request_id.to_string(),
                    ..Origin::default()
                };
                let bytes = self.0.0.as_bytes().to_vec();
                batch.broken.push(Broken { before: 0, reason: BAD_BASE64, detail, origin, bytes });
            }
        }
        batch
    }
}

#[cfg(test)]
mod tests {
    use super::super::Invocation;

    #[test]
    fn the_envelope_is_one_record_under_the_requests_id() {
        let record = |text: &str| match super::super::Invocation::read(text.as_bytes()) {
            Ok(Invocation::Logs(event)) => event.record("8f507cfc"),
            other => panic!("{other:?}"),
        };
        let batch = record(r#"{"awslogs":{"data":"H4sI\/w=="},"more":[1]}"#);
        assert_eq!(batch.records[0].data, [0x1f, 0x8b, 0x08, 0xff][..]);
        assert_eq!(batch.records[0].sequence_number.0, "8f507cfc");
        let batch = record(r#"{"awslogs":{"data":"H4s"}}"#);
        assert!(batch.records.is_empty());
        let broken = &batch.broken[0];
        assert_eq!((broken.reason, broken.bytes.as_slice()), ("record_base64", b"H4s".as_slice()));
    }
}
