//! A small Kinesis client: PutRecords in the JSON protocol, as an SDK sends it.

use base64::Engine;
use serde_json::{Value, json};

/// Calls one operation of the Kinesis API.
pub fn call(endpoint: &str, operation: &str, body: &Value) -> Result<Value, String> {
    let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
    let response = agent
        .post(endpoint)
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", format!("Kinesis_20131202.{operation}"))
        .send(body.to_string());
    let mut response = response.map_err(|e| e.to_string())?;
    let text =
        response.body_mut().with_config().limit(64 << 20).read_to_string().map_err(|e| e.to_string())?;
    if !response.status().is_success() {
        return Err(format!("{}: {text}", response.status()));
    }
    serde_json::from_str(if text.is_empty() { "{}" } else { &text }).map_err(|e| e.to_string())
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
