//! A small Kinesis client: PutRecords in the JSON protocol, as an SDK sends it.

use crate::cloud::Cloud;
use base64::Engine;
use serde_json::{Value, json};

/// Calls one operation of the Kinesis API.
pub fn call(endpoint: &str, operation: &str, body: &Value) -> Result<Value, String> {
    Cloud::at(endpoint).kinesis(operation, body).map_err(|e| e.to_string())
}

/// Puts records (partition key, data) on a stream; for each whether it was accepted.
pub fn put(endpoint: &str, stream: &str, records: &[(String, Vec<u8>)]) -> Result<Vec<bool>, String> {
    let encode = |data: &[u8]| base64::engine::general_purpose::STANDARD.encode(data);
    let entries: Vec<Value> =
        records.iter().map(|(key, data)| json!({"PartitionKey": key, "Data": encode(data)})).collect();
    let answer = call(endpoint, "PutRecords", &json!({"StreamName": stream, "Records": entries}))?;
    let results = answer["Records"].as_array().ok_or("no Records in the answer")?;
    Ok(results.iter().map(|r| r["SequenceNumber"].is_string()).collect())
}
