//! That what is written is what Lambda sends, comes back as it was, and breaks only where it is broken.

use super::kinesis::{KinesisEvent, stream_name};
use super::write::{Source, fitting, write};
use super::*;
use crate::stream::SequenceNumber;
use crate::target::Batch;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::time::Duration;

const SOURCE: Source<'_> = Source {
    stream_arn: "arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream",
    invoke_identity_arn: "arn:aws:iam::123456789012:role/lambda-role",
};
const SHARD: &str = "shardId-000000000006";

fn batch(records: &[Record]) -> Batch<'_> {
    let time_left = Duration::ZERO;
    Batch { stream: "lambda-stream", shard: SHARD, records, tries: 3, first_try_millis: -7, time_left }
}

fn record(sequence: &str, key: &str, arrival_millis: i64, data: &[u8]) -> Record {
    let sequence_number = SequenceNumber(sequence.into());
    Record { sequence_number, partition_key: key.into(), arrival_millis, data: data.to_vec().into() }
}

fn read(json: &[u8]) -> KinesisEvent {
    #[derive(Deserialize)]
    struct Event<'a> {
        #[serde(borrow, rename = "Records")]
        records: Vec<&'a RawValue>,
        catchwater: Option<Tries>,
    }
    let event: Event<'_> = serde_json::from_slice(json).unwrap();
    KinesisEvent::read(&event.records, event.catchwater)
}

/// An event of AWS's form with this `data` in its only record.
fn event(shard: &str, sequence: &str, data: Value) -> Value {
    json!({
        "kinesis": {"kinesisSchemaVersion": "1.0", "partitionKey": "1", "sequenceNumber": sequence, "data": data,
            "approximateArrivalTimestamp": 1545084650.987},
        "eventSource": "aws:kinesis", "eventVersion": "1.0", "eventID": format!("{shard}:{sequence}"),
        "eventName": "aws:kinesis:record", "invokeIdentityArn": "arn:aws:iam::123456789012:role/lambda-role",
        "awsRegion": "us-east-2", "eventSourceARN": SOURCE.stream_arn
    })
}

#[test]
fn what_is_written_is_the_example_of_the_developer_guide() {
    let sequence = "49590338271490256608559692538361571095921575989136588898";
    let data = b"Hello, this is a test.";
    let written = write(&batch(&[record(sequence, "1", 1545084650987, data)]), &SOURCE);
    let encoded = "SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==";
    let text = std::str::from_utf8(&written).unwrap();
    let expected = json!({
        "Records": [event(SHARD, sequence, json!(encoded))],
        "catchwater": {"tries": 3, "firstTryMillis": -7}
    });
    assert_eq!(serde_json::from_str::<Value>(text).unwrap(), expected);
    assert!(text.contains(r#""approximateArrivalTimestamp":1545084650.987}"#), "{text}");
}

proptest! {
    #[test]
    fn what_is_written_comes_back(
        parts in prop::collection::vec(
            ("[1-9][0-9]{0,55}", "(?s).{0,9}", -4_000_000_000_000i64..9_000_000_000_000, prop::collection::vec(any::<u8>(), 0..99)),
            0..12,
        ),
        most in 0usize..9000,
    ) {
        let records: Vec<Record> = parts.iter().map(|(s, key, at, data)| record(s, key, *at, data)).collect();
        let read = read(&write(&batch(&records), &SOURCE));
        prop_assert_eq!(read.tries, Some(Tries { tries: 3, first_try_millis: -7 }));
        if records.is_empty() {
            prop_assert!(read.shards.is_empty());
        } else {
            let expected = ShardBatch {
                stream: "lambda-stream".into(), shard: SHARD.into(), records: records.clone(), broken: Vec::new(),
            };
            prop_assert_eq!(&read.shards, &[expected]);
        }
        let first = fitting(&batch(&records), &SOURCE, most);
        let bytes = write(&batch(&records[..first]), &SOURCE).len();
        prop_assert!(first == 0 || bytes <= most, "{} records of {} bytes", first, bytes);
    }

    #[test]
    fn a_record_that_is_anything_costs_itself_alone(text in "\\PC{0,40}") {
        let odd = json!([event("s-1", "1", json!("aGk=")), {"kinesis": text, "eventID": text}, text, event("s-1", "2", json!(text))]);
        let read = read(json!({"Records": odd}).to_string().as_bytes());
        let all = |of: fn(&ShardBatch) -> usize| read.shards.iter().map(of).sum::<usize>();
        prop_assert_eq!(all(|s| s.records.len()) + all(|s| s.broken.len()), 4);
        prop_assert_eq!(&read.shards[0].records[0].data[..], b"hi");
    }
}

#[test]
fn shards_keep_their_order_and_streams_of_one_name_are_two() {
    let mut records: Vec<Value> = (0..10_000)
        .map(|n| {
            event(
                &format!("shardId-{}", n % 3),
                &format!("{:05}", 10_000 + n),
                json!(STANDARD.encode(n.to_string())),
            )
        })
        .collect();
    let other = "arn:aws:kinesis:us-east-2:999999999999:stream/lambda-stream";
    for n in (0..10_000).step_by(100) {
        records[n]["eventSourceARN"] = json!(other);
    }
    let read = read(json!({"Records": records}).to_string().as_bytes());
    assert_eq!((read.shards.len(), read.tries), (6, None));
    let mut seen = 0;
    for shard in &read.shards {
        assert_eq!((shard.stream.as_str(), shard.broken.len()), ("lambda-stream", 0));
        let numbers: Vec<&SequenceNumber> = shard.records.iter().map(|r| &r.sequence_number).collect();
        assert!(numbers.is_sorted());
        for record in &shard.records {
            let n: usize = std::str::from_utf8(&record.data).unwrap().parse().unwrap();
            assert_eq!(record.sequence_number.0, (10_000 + n).to_string());
            assert_eq!(shard.shard, format!("shardId-{}", n % 3));
            assert_eq!(record.arrival_millis, 1545084650987);
        }
        seen += shard.records.len();
    }
    assert_eq!(seen, 10_000);
}

#[test]
fn what_is_broken_says_where_it_lay_and_keeps_its_bytes() {
    let mut no_number = event("s", "2", json!("aGk="));
    no_number["kinesis"]["sequenceNumber"] = json!(null);
    let mut no_arrival = event("s", "4", json!("aGk="));
    no_arrival["kinesis"]["approximateArrivalTimestamp"] = json!("yesterday");
    let mut no_shard = event("s", "6", json!("aGk="));
    no_shard["eventID"] = json!(6);
    let records = [
        event("s", "1", json!("aGk")),
        no_number,
        event("s", "3", json!(17)),
        no_arrival,
        event("s", "5", json!("hunter2!")),
        no_shard,
        json!(null),
    ];
    let read = read(json!({"Records": records}).to_string().as_bytes());
    let found: Vec<(&str, usize, &str, &str)> = read
        .shards
        .iter()
        .flat_map(|s| {
            s.broken.iter().map(|b| (s.shard.as_str(), b.before, b.reason, b.origin.sequence_number.as_str()))
        })
        .collect();
    assert_eq!(
        found,
        [
            ("s", 0, BAD_BASE64, "1"),
            ("s", 1, MALFORMED, "3"),
            ("s", 1, MALFORMED, "4"),
            ("s", 1, BAD_BASE64, "5"),
            ("", 0, MALFORMED, "6"),
            ("", 0, MALFORMED, ""),
        ]
    );
    // The sequence number stands in the event's id too.
    assert_eq!(read.shards[0].records[0].sequence_number.0, "2");
    let broken = &read.shards[0].broken;
    assert_eq!(broken[0].bytes, b"aGk");
    assert_eq!(serde_json::from_slice::<Value>(&broken[1].bytes).unwrap(), records[2]);
    assert!(broken.iter().all(|b| b.origin.stream == "lambda-stream" && !b.detail.contains("hunter2")));
    assert_eq!(broken[3].fault(Stage::Decode, None).bytes, b"hunter2!");
}

#[test]
fn a_streams_name_ends_its_arn() {
    for (arn, name) in [
        (SOURCE.stream_arn, "lambda-stream"),
        ("arn:aws:kinesis:r:1:stream/raw/consumer/con:1545084650", "raw"),
        ("raw", "raw"),
        ("", ""),
    ] {
        assert_eq!(stream_name(arn), name);
    }
}
