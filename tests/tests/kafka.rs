//! The Kafka broker that tests start keeps records as they were put: keys, headers, any bytes, offsets by partition.

#![allow(clippy::unwrap_used, reason = "a panic is how a test or a benchmark fails")]

use catchwater_tests::kafka::{Kafka, Message};
use serde_json::json;

#[test]
fn a_record_makes_the_round_trip() {
    let Some(kafka) = Kafka::start() else { return };
    kafka.create_topic("logs", 2);
    let binary: Vec<u8> = (0..=255).collect();
    let headers = [("source", "web-1"), ("empty", "")];
    kafka.produce("logs", 0, &Message { key: Some("k\u{e9}"), headers: &headers, value: &binary });
    kafka.produce("logs", 1, &Message { value: b"GET /\n", ..Message::default() });
    kafka.produce("logs", 0, &Message { key: Some(""), value: b"last", ..Message::default() });
    let records = kafka.consume("logs");
    let places: Vec<(u32, u64)> = records.iter().map(|r| (r.partition, r.offset)).collect();
    assert_eq!(places, [(0, 0), (0, 1), (1, 0)]);
    assert_eq!(records[0].key.as_deref(), Some("k\u{e9}".as_bytes()));
    assert_eq!(records[0].value, binary);
    assert_eq!(records[0].headers, [("source".into(), "web-1".into()), ("empty".into(), String::new())]);
    assert_eq!((records[1].value.as_slice(), &records[1].headers), (b"last".as_slice(), &vec![]));
    assert_eq!((records[2].value.as_slice(), &records[2].key), (b"GET /\n".as_slice(), &None));
    assert!(records.iter().all(|r| r.timestamp_millis > 1_700_000_000_000), "{records:?}");

    let event = kafka.lambda_event("logs", &records);
    assert_eq!(event["records"].as_object().unwrap().len(), 2);
    let first = &event["records"]["logs-0"][0];
    assert_eq!((&first["offset"], &first["key"]), (&json!(0), &json!("a8Op")));
    assert_eq!(first["headers"][0], json!({"source": [119, 101, 98, 45, 49]}));
    assert_eq!(event["records"]["logs-1"][0].get("key"), None);
}
