//! Makes raw records for the tests and runs them through a transform.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(dead_code)] // each test file uses its own part

use catchwater_schemas::config::{Limits, Route};
use catchwater_transforms::formats::Format;
use catchwater_transforms::raw::RawRecord;
use catchwater_transforms::transform::{Ndjson, Parts, Report, Scratch, Transform};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::io::Write;

pub fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

pub fn log_event(id: &str, timestamp: i64, message: &str) -> Value {
    json!({"id": id, "timestamp": timestamp, "message": message})
}

pub fn envelope(log_group: &str, log_stream: &str, log_events: &[Value]) -> Value {
    json!({
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": log_group,
        "logStream": log_stream,
        "subscriptionFilters": ["f"],
        "logEvents": log_events,
    })
}

/// In CloudWatch's own order, the head first (serde_json sorts by name).
pub fn head_first(envelope: &Value) -> String {
    let member = |name: &str| format!("\"{name}\":{}", envelope[name]);
    let names = ["messageType", "owner", "logGroup", "logStream", "subscriptionFilters", "logEvents"];
    format!("{{{}}}", names.map(member).join(","))
}

pub fn raw<'a>(data: &'a [u8], sequence_number: &'a str) -> RawRecord<'a> {
    RawRecord {
        data,
        stream: "raw",
        shard: "shardId-000000000000",
        sequence_number,
        partition_key: "p",
        arrival_millis: 1_700_000_000_000,
        user_record: None,
    }
}

pub fn transform(routes: &[Route]) -> Transform {
    Transform::new(&Parts { routes: routes.to_vec(), ..Parts::default() }).unwrap()
}

pub fn with_formats(routes: &[Route], limits: Limits, formats: &'static [&'static Format]) -> Transform {
    Transform::with_formats(&Parts { routes: routes.to_vec(), limits, ..Parts::default() }, formats).unwrap()
}

/// Events and report of one batch of records, numbered from 1.
pub fn run(transform: &Transform, records: &[&[u8]]) -> (Vec<Value>, Report) {
    let (mut scratch, mut out, mut report) = (Scratch::new(), Ndjson::default(), Report::default());
    for (n, data) in records.iter().enumerate() {
        transform.record(&raw(data, &(n + 1).to_string()), &mut scratch, &mut out, &mut report);
        assert!(report.account.transform_balances(), "{:?}", report.account);
    }
    assert_eq!(report.account.records, records.len() as u64);
    let text = String::from_utf8(out.0).unwrap();
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.len() as u64, report.account.delivered);
    (events, report)
}

pub fn at<'v>(event: &'v Value, pointer: &str) -> &'v str {
    event.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

pub fn messages(events: &[Value]) -> Vec<&str> {
    events.iter().map(|e| at(e, "/message")).collect()
}

pub fn ids(events: &[Value]) -> Vec<&str> {
    events.iter().map(|e| at(e, "/event/id")).collect()
}
