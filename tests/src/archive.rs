//! The archive as Firehose makes it of a stream: the data of its records one after the other, in objects below folders of
//! the hour.

use crate::wire::call;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::path::Path;

/// One record as GetRecords gives it.
pub struct Record {
    /// Shard that it lies on.
    pub shard: String,
    /// The answer's record: `SequenceNumber`, `PartitionKey`, `ApproximateArrivalTimestamp`.
    pub record: Value,
    /// Its data.
    pub data: Vec<u8>,
}

/// All records of a stream, read by the wire API, shard after shard.
pub fn records(endpoint: &str, stream: &str) -> Vec<Record> {
    let call = |operation, body| call(endpoint, operation, &body).expect("the stream answers");
    let shards = call("ListShards", json!({"StreamName": stream}));
    let mut found = Vec::new();
    for shard in shards["Shards"].as_array().expect("shards") {
        let shard = shard["ShardId"].as_str().expect("an id").to_string();
        let wanted = json!({"StreamName": stream, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"});
        let mut iterator = call("GetShardIterator", wanted)["ShardIterator"].clone();
        loop {
            let mut read = call("GetRecords", json!({"ShardIterator": iterator}));
            let Value::Array(records) = read["Records"].take() else { panic!("no records: {read}") };
            if records.is_empty() && read["MillisBehindLatest"] == 0 {
                break;
            }
            found.extend(records.into_iter().map(|record| {
                let data = STANDARD.decode(record["Data"].as_str().expect("data")).expect("base64");
                Record { shard: shard.clone(), record, data }
            }));
            iterator = read["NextShardIterator"].clone();
        }
    }
    found
}

/// Lays down an object of these records: `2026/11/01/05/NAME` below the archive's folder.
pub fn deliver<'a>(archive: &Path, object: &str, records: impl IntoIterator<Item = &'a Record>) {
    let data: Vec<u8> = records.into_iter().flat_map(|record| record.data.iter().copied()).collect();
    let file = archive.join(object);
    std::fs::create_dir_all(file.parent().expect("it lies in a folder")).expect("the folder can be made");
    std::fs::write(&file, data).expect("the object can be written");
}
