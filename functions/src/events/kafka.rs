//! Records of a Kafka topic, from Amazon MSK or a cluster of one's own: Lambda developer guide, "Using Lambda with Amazon
//! MSK" and "Using Lambda with self-managed Apache Kafka".
//!
//! ```json
//! {"eventSource":"aws:kafka","eventSourceArn":"arn:aws:kafka:us-east-1:123456789012:cluster/vpc/51b…-2","bootstrapServers":"b-2…",
//!  "records":{"mytopic-0":[{"topic":"mytopic","partition":0,"offset":15,"timestamp":1545084650987,"timestampType":"CREATE_TIME",
//!    "key":"abcDEF…==","value":"SGVs…","headers":[{"headerKey":[104,101]}]}]}}
//! ```
//!
//! A partition is a shard, an offset a sequence number. Offsets begin at 0 on each cluster, so that of MSK the cluster's
//! name and UUID stand in the shard's id too: events of two clusters must not have one id. What runs on a cluster of
//! one's own has no name that stays; where there are several, their topics need names of their own.
//!
//! A null value (a tombstone: the key is deleted) is an empty record: the transform counts it as filtered. Headers are
//! passed over.

use catchwater_mapping::lambda_event::{BAD_BASE64, Broken, MALFORMED, ShardBatch, Text, decode, typed};
use catchwater_mapping::stream::{Record, SequenceNumber};
use catchwater_schemas::dead_letter::Origin;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::fmt;

/// What `eventSource` is: of MSK, and of clusters of one's own.
pub const SOURCES: [&str; 2] = ["aws:kafka", "SelfManagedKafka"];
/// Stands between partition and cluster in a shard's id; no topic has it in its name.
const AT: char = '@';

/// An event's records by partition, as they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KafkaEvent {
    /// One a partition: topic as the stream, `topic-partition` (and `@cluster`) as the shard.
    pub partitions: Vec<ShardBatch>,
    /// Records with a null value.
    pub tombstones: u64,
}

/// The name that Lambda has for the partition of a shard: `topic-partition`.
pub fn partition_of(shard: &str) -> &str {
    shard.split(AT).next().unwrap_or(shard)
}

/// The map of partitions in its order; none is lost though a name came twice.
struct Partitions<'a>(Vec<(Text<'a>, Vec<&'a RawValue>)>);

impl<'de> Deserialize<'de> for Partitions<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Partitions<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("records by partition")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut all = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    all.push(entry);
                }
                Ok(Partitions(all))
            }
        }
        deserializer.deserialize_map(All)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry<'a> {
    #[serde(borrow)]
    offset: Option<&'a RawValue>,
    #[serde(borrow)]
    timestamp: Option<&'a RawValue>,
    #[serde(borrow)]
    key: Option<&'a RawValue>,
    #[serde(borrow, deserialize_with = "present")]
    value: Option<&'a RawValue>,
}

/// A null is a value here; a field that is missing is none.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

impl KafkaEvent {
    /// Reads the member `records`; `None` where it is no map of lists.
    pub fn read(records: &RawValue, cluster_arn: Option<&str>) -> Option<Self> {
        let partitions: Partitions<'_> = typed(Some(records))?;
        let cluster = cluster_arn.and_then(cluster_of);
        let mut event = Self::default();
        for (name, records) in partitions.0 {
            let topic = name.0.rsplit_once('-').map_or(name.0.as_ref(), |(topic, _)| topic);
            let shard = match cluster {
                Some(cluster) => format!("{}{AT}{cluster}", name.0),
                None => name.0.to_string(),
            };
            let mut batch = ShardBatch { stream: topic.to_string(), shard, ..ShardBatch::default() };
            for raw in records {
                event.tombstones += u64::from(batch.read(raw.get()));
            }
            event.partitions.push(batch);
        }
        Some(event)
    }
}

/// Reads records into a partition's batch.
trait ReadRecord {
    /// Was it a tombstone?
    fn read(&mut self, json: &str) -> bool;
}

impl ReadRecord for ShardBatch {
    fn read(&mut self, json: &str) -> bool {
        let entry: Entry<'_> = serde_json::from_str(json).unwrap_or_default();
        let offset: Option<u64> = typed(entry.offset);
        let timestamp: Option<i64> = typed(entry.timestamp);
        let key: Option<Text<'_>> = typed(entry.key);
        let key = key.and_then(|key| decode(&key.0).ok()).unwrap_or_default();
        let origin = Origin {
            stream: self.stream.clone(),
            shard: self.shard.clone(),
            sequence_number: offset.map(|offset| offset.to_string()).unwrap_or_default(),
            partition_key: String::from_utf8_lossy(&key).into_owned(),
            // -1: none, in messages of the oldest layout.
            arrival_millis: timestamp.unwrap_or_default().max(0),
            ..Origin::default()
        };
        let is_tombstone = entry.value.is_some_and(|value| value.get() == "null");
        let value: Option<Text<'_>> = if is_tombstone { None } else { typed(entry.value) };
        let found = match (&value, timestamp, offset) {
            (Some(value), Some(_), Some(_)) => {
                decode(&value.0).map_err(|detail| (BAD_BASE64, detail, value.0.as_bytes().to_vec()))
            }
            (None, Some(_), Some(_)) if is_tombstone => Ok(Vec::new()),
            _ => {
                let detail = "offset, timestamp or value is missing or of another type".to_string();
                Err((MALFORMED, detail, json.as_bytes().to_vec()))
            }
        };
        match found {
            Ok(data) => self.records.push(Record {
                sequence_number: SequenceNumber(origin.sequence_number),
                partition_key: origin.partition_key,
                arrival_millis: origin.arrival_millis,
                data: data.into(),
            }),
            Err((reason, detail, bytes)) => {
                self.broken.push(Broken { before: self.records.len(), reason, detail, origin, bytes });
            }
        }
        is_tombstone
    }
}

/// `name/uuid` of `arn:aws:kafka:us-east-1:123456789012:cluster/name/uuid`.
fn cluster_of(arn: &str) -> Option<&str> {
    arn.split_once(":cluster/").map(|(_, cluster)| cluster).filter(|cluster| !cluster.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::Invocation;
    use super::*;

    /// The example of the developer guide, with a tombstone, a record without key and broken ones added.
    const EVENT: &str = r#"{"eventSource":"aws:kafka",
      "eventSourceArn":"arn:aws:kafka:us-east-1:123456789012:cluster/vpc-2priv-2pub/751d2973-a626-431c-9d4e-d7975eb44dd7-2",
      "bootstrapServers":"b-2.demo-cluster-1.a1bcde.c1.kafka.us-east-1.amazonaws.com:9092",
      "records":{"my-topic-0":[
        {"topic":"my-topic","partition":0,"offset":9,"timestamp":1545084650987,"timestampType":"CREATE_TIME",
         "key":"a2V5","value":"SGVsbG8=","headers":[{"headerKey":[104,101,97,100]}]},
        {"topic":"my-topic","partition":0,"offset":10,"timestamp":1545084650988,"value":null,"key":"a2V5","headers":[]},
        {"topic":"my-topic","partition":0,"offset":11,"timestamp":-1,"value":"/w==","key":null},
        {"topic":"my-topic","partition":0,"offset":12,"timestamp":1,"value":"/w="},
        {"topic":"my-topic","partition":0,"offset":13,"timestamp":1},
        {"topic":"my-topic","partition":0,"offset":"x","timestamp":1,"value":"aGk="}],
       "my-topic-1":[{"offset":0,"timestamp":5,"value":"aGk="}]}}"#;

    fn read(text: &str) -> KafkaEvent {
        match Invocation::read(text.as_bytes()) {
            Ok(Invocation::Kafka(event)) => event,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn partitions_are_shards_and_offsets_sequence_numbers() {
        let event = read(EVENT);
        assert_eq!((event.partitions.len(), event.tombstones), (2, 1));
        let first = &event.partitions[0];
        assert_eq!(first.stream, "my-topic");
        assert_eq!(first.shard, "my-topic-0@vpc-2priv-2pub/751d2973-a626-431c-9d4e-d7975eb44dd7-2");
        assert_eq!(partition_of(&first.shard), "my-topic-0");
        let got: Vec<(&str, &str, i64, &[u8])> = first
            .records
            .iter()
            .map(|r| {
                (r.sequence_number.0.as_str(), r.partition_key.as_str(), r.arrival_millis, r.data.as_ref())
            })
            .collect();
        assert_eq!(
            got,
            [
                ("9", "key", 1545084650987, b"Hello".as_slice()),
                ("10", "key", 1545084650988, b""),
                ("11", "", 0, b"\xff"),
            ]
        );
        let broken: Vec<(usize, &str, &str)> =
            first.broken.iter().map(|b| (b.before, b.reason, b.origin.sequence_number.as_str())).collect();
        assert_eq!(broken, [(3, BAD_BASE64, "12"), (3, MALFORMED, "13"), (3, MALFORMED, "")]);
        assert_eq!(first.broken[0].bytes, b"/w=");
        assert_eq!(event.partitions[1].records[0].data, b"hi"[..]);
    }

    #[test]
    fn a_cluster_of_ones_own_has_no_name() {
        let event = read(&EVENT.replace("aws:kafka\"", "SelfManagedKafka\"").replace("eventSourceArn", "x"));
        assert_eq!(event.partitions[0].shard, "my-topic-0");
    }
}
