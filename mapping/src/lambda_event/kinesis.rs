//! Reads Lambda's event of a Kinesis stream, record by record: what is wrong with one costs that one.
//!
//! ```json
//! {"Records":[{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":"1","sequenceNumber":"4959…898","data":"SGVsbG8=",
//!    "approximateArrivalTimestamp":1545084650.987},"eventSource":"aws:kinesis","eventVersion":"1.0",
//!   "eventID":"shardId-000000000006:4959…898","eventName":"aws:kinesis:record","invokeIdentityArn":"arn:aws:iam::…",
//!   "awsRegion":"us-east-2","eventSourceARN":"arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream"}]}
//! ```

use super::{BAD_BASE64, Broken, MALFORMED, ShardBatch, Text, Tries, decode, no_payload, typed};
use crate::stream::{Record, SequenceNumber};
use catchwater_schemas::dead_letter::Origin;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::HashMap;

/// What `eventSource` is of a stream's records.
pub const SOURCE: &str = "aws:kinesis";

/// An event's records by stream and shard, in the order in which each shard first comes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KinesisEvent {
    /// Never two of one stream and shard. Lambda sends one.
    pub shards: Vec<ShardBatch>,
    /// Set by our own mapping: it wants the account in the answer.
    pub tries: Option<Tries>,
}

/// Any field, here and in `kinesis`, may be missing or of another type without a loss of the others.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry<'a> {
    #[serde(borrow)]
    kinesis: Option<&'a RawValue>,
    #[serde(borrow, rename = "eventID")]
    event_id: Option<&'a RawValue>,
    #[serde(borrow, rename = "eventSourceARN")]
    arn: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Inner<'a> {
    #[serde(borrow)]
    partition_key: Option<&'a RawValue>,
    #[serde(borrow)]
    sequence_number: Option<&'a RawValue>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    approximate_arrival_timestamp: Option<&'a RawValue>,
}

impl KinesisEvent {
    /// Sorts the elements of `Records` by shard.
    pub fn read(records: &[&RawValue], tries: Option<Tries>) -> Self {
        let mut event = Self { shards: Vec::new(), tries };
        // By ARN: streams of two accounts may have one name.
        let mut places: HashMap<(String, String), usize> = HashMap::new();
        for raw in records {
            let (arn, origin, found) = read_record(raw.get());
            let key = (arn, origin.shard);
            let place = match places.get(&key) {
                Some(place) => *place,
                None => {
                    let (stream, shard) = (origin.stream.clone(), key.1.clone());
                    event.shards.push(ShardBatch { stream, shard, ..ShardBatch::default() });
                    places.insert(key.clone(), event.shards.len() - 1);
                    event.shards.len() - 1
                }
            };
            let batch = &mut event.shards[place];
            match found {
                Ok(data) => batch.records.push(Record {
                    sequence_number: SequenceNumber(origin.sequence_number),
                    partition_key: origin.partition_key,
                    arrival_millis: origin.arrival_millis,
                    data: data.into(),
                }),
                Err((reason, detail, bytes)) => {
                    let (before, origin) = (batch.records.len(), Origin { shard: key.1, ..origin });
                    batch.broken.push(Broken { before, reason, detail, origin, bytes });
                }
            }
        }
        event
    }
}

type Found = Result<Vec<u8>, (&'static str, String, Vec<u8>)>;

/// A record's stream (ARN), where it lay, as far as it says, and its data.
fn read_record(json: &str) -> (String, Origin, Found) {
    let malformed = |detail: String| Err((MALFORMED, detail, json.as_bytes().to_vec()));
    let entry: Entry<'_> = match serde_json::from_str(json) {
        Ok(entry) => entry,
        Err(error) => return (String::new(), Origin::default(), malformed(no_payload(&error))),
    };
    let arn: String = typed(entry.arn).unwrap_or_default();
    let inner: Inner<'_> = typed(entry.kinesis).unwrap_or_default();
    let id: Option<Text<'_>> = typed(entry.event_id);
    let id = id.as_ref().and_then(|id| id.0.rsplit_once(':'));
    let sequence_number: Option<String> = typed(inner.sequence_number);
    let arrival_millis = typed(inner.approximate_arrival_timestamp).and_then(millis);
    let origin = Origin {
        stream: stream_name(&arn).to_string(),
        shard: id.map(|(shard, _)| shard.to_string()).unwrap_or_default(),
        // It stands in both places.
        sequence_number: sequence_number.or_else(|| Some(id?.1.to_string())).unwrap_or_default(),
        partition_key: typed(inner.partition_key).unwrap_or_default(),
        arrival_millis: arrival_millis.unwrap_or_default(),
        ..Origin::default()
    };
    let data: Option<Text<'_>> = typed(inner.data);
    let found = match &data {
        Some(data) if !is_lacking(&origin) && arrival_millis.is_some() => {
            decode(&data.0).map_err(|detail| (BAD_BASE64, detail, data.0.as_bytes().to_vec()))
        }
        _ => malformed("a field is missing or of another type".into()),
    };
    (arn, origin, found)
}

/// Without these a record has no place: its events would have no id of their own.
fn is_lacking(origin: &Origin) -> bool {
    origin.stream.is_empty() || origin.shard.is_empty() || origin.sequence_number.is_empty()
}

/// The name at the end of a stream's ARN, `arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream`. Of an enhanced
/// fan-out consumer's, `…:stream/lambda-stream/consumer/con:1545…`, the stream's too.
pub fn stream_name(arn: &str) -> &str {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or(arn);
    let path = resource.strip_prefix("stream/").unwrap_or(resource);
    path.split('/').next().unwrap_or(path)
}

/// Seconds since the epoch, with a fraction, as milliseconds.
fn millis(seconds: f64) -> Option<i64> {
    let millis = (seconds * 1000.0).round();
    // A double holds each of them exactly.
    (millis.abs() < 9e15).then_some(millis as i64)
}
