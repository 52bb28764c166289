//! Kinesis: streams, puts, and all that lies on a stream.

use super::{ApiError, Cloud, needed};
use crate::wait_for;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::time::Duration;

/// A record as it lies on a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamRecord {
    /// The shard's id.
    pub shard: String,
    /// Its sequence number.
    pub sequence_number: String,
    /// Its partition key.
    pub key: String,
    /// Its data.
    pub data: Vec<u8>,
}

impl Cloud {
    /// Calls one operation of Kinesis.
    pub fn kinesis(&self, operation: &str, body: &Value) -> Result<Value, ApiError> {
        self.call("kinesis", "Kinesis_20131202", operation, body)
    }

    /// Makes a stream, waits until it can be used and gives its ARN.
    pub fn create_stream(&self, name: &str, shards: u32) -> String {
        needed(name, self.kinesis("CreateStream", &json!({"StreamName": name, "ShardCount": shards})));
        wait_for("the stream is active", Duration::from_secs(20), || {
            let summary = self.kinesis("DescribeStreamSummary", &json!({"StreamName": name})).ok()?;
            let summary = &summary["StreamDescriptionSummary"];
            (summary["StreamStatus"] == "ACTIVE").then(|| summary["StreamARN"].as_str().map(String::from))?
        })
    }

    /// Puts records (partition key, data) in one call: for each the error code, `None` where it was accepted.
    pub fn put_records(
        &self,
        stream: &str,
        records: &[(&str, &[u8])],
    ) -> Result<Vec<Option<String>>, ApiError> {
        let entries: Vec<Value> = records
            .iter()
            .map(|(key, data)| json!({"PartitionKey": key, "Data": STANDARD.encode(data)}))
            .collect();
        let answer = self.kinesis("PutRecords", &json!({"StreamName": stream, "Records": entries}))?;
        let results = answer["Records"].as_array().cloned().unwrap_or_default();
        Ok(results.iter().map(|r| r["ErrorCode"].as_str().map(String::from)).collect())
    }

    /// All records of a stream, shard by shard, each in its order.
    pub fn read_stream(&self, stream: &str) -> Vec<StreamRecord> {
        let shards = needed("ListShards", self.kinesis("ListShards", &json!({"StreamName": stream})));
        let shards = shards["Shards"].as_array().expect("shards");
        shards.iter().flat_map(|s| self.read_shard(stream, s["ShardId"].as_str().expect("an id"))).collect()
    }

    fn read_shard(&self, stream: &str, shard: &str) -> Vec<StreamRecord> {
        let from = json!({"StreamName": stream, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"});
        let mut iterator =
            needed("GetShardIterator", self.kinesis("GetShardIterator", &from))["ShardIterator"].clone();
        let mut all = Vec::new();
        // A closed shard ends with no further iterator, an open one with nothing behind.
        while iterator.is_string() {
            let page = needed("GetRecords", self.kinesis("GetRecords", &json!({"ShardIterator": iterator})));
            let records = page["Records"].as_array().expect("records");
            all.extend(records.iter().map(|record| read_record(shard, record)));
            if records.is_empty() && page["MillisBehindLatest"].as_i64().unwrap_or(0) == 0 {
                break;
            }
            iterator = page["NextShardIterator"].clone();
        }
        all
    }
}

fn read_record(shard: &str, record: &Value) -> StreamRecord {
    let text = |name: &str| record[name].as_str().expect("a text").to_string();
    StreamRecord {
        shard: shard.into(),
        sequence_number: text("SequenceNumber"),
        key: text("PartitionKey"),
        data: STANDARD.decode(text("Data")).expect("base64"),
    }
}
