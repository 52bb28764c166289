//! Events of Lambda through the transform itself: what was put comes out on the event stream, once, and the answer names what did
//! not.

#![allow(clippy::unwrap_used, reason = "a panic is how a test or a benchmark fails")]

mod kafka;
mod world;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use catchwater_functions::events::{Invocation, answer};
use catchwater_functions::transform::logs;
use catchwater_mapping::lambda_event;
use catchwater_mapping::lambda_event::write::Source;
use catchwater_mapping::stream::{Record, SequenceNumber};
use catchwater_mapping::target::{Batch, BatchResponse};
use serde_json::{Value, json};
use std::sync::Arc;
use world::{MINUTE, World, envelope, settle, with};

fn lines(count: usize) -> Vec<Record> {
    let record = |n: usize| Record {
        sequence_number: SequenceNumber((1_000_000 + n).to_string()),
        partition_key: "p".into(),
        arrival_millis: 1545084650987,
        data: format!("line {n}").into_bytes().into(),
    };
    (0..count).map(record).collect()
}

/// What our own mapping sends for these records, and what it reads of the answer.
fn by_invoke(world: &Arc<World>, records: &[Record]) -> BatchResponse {
    let source = Source { stream_arn: "arn:aws:kinesis:r:1:stream/raw", invoke_identity_arn: "" };
    let (shard, tries, first_try_millis) = ("shardId-0", 2, 5);
    let batch = Batch { stream: "raw", shard, records, tries, first_try_millis, time_left: MINUTE };
    let payload = lambda_event::write::write(&batch, &source);
    let Ok(Invocation::Kinesis(event)) = Invocation::read(&payload) else { panic!("no Kinesis event") };
    let answers = settle(world, &event.shards, event.tries);
    lambda_event::answer::read(&answer::kinesis(&event, &answers)).unwrap()
}

#[test]
fn ten_thousand_records_of_our_own_mapping_come_out_in_order_and_are_counted() {
    let world = Arc::new(World::default());
    let mut records = lines(10_000);
    records[4_000].data = b"\x1f\x8b broken".to_vec().into();
    let response = by_invoke(&world, &records);
    assert_eq!(response.lowest_failure, None);
    let account = &response.account;
    assert_eq!((account.records, account.parsed, account.dead.values().sum::<u64>()), (10_000, 9_999, 1));
    let expected: Vec<String> = (0..10_000).filter(|n| *n != 4_000).map(|n| format!("line {n}")).collect();
    assert!(world.messages() == expected);
    let letters = world.letters.lock().unwrap();
    assert_eq!((letters.len(), letters[0].tries, letters[0].first_try_millis), (1, 3, 5));
}

#[test]
fn where_the_event_stream_is_down_the_first_record_is_named() {
    let world = Arc::new(World { is_down: true, ..World::default() });
    let response = by_invoke(&world, &lines(3));
    assert_eq!(response.lowest_failure, Some(SequenceNumber("1000000".into())));
    assert_eq!(response.account, Default::default());
}

#[test]
fn a_record_of_broken_base64_in_each_shard_costs_itself_alone() {
    let world = Arc::new(World::default());
    let record = |shard: usize, n: usize| {
        let data = if n == 1 { "no base64".to_string() } else { STANDARD.encode(format!("{shard} {n}")) };
        json!({"kinesis": {"partitionKey": "p", "sequenceNumber": n.to_string(), "data": data,
            "approximateArrivalTimestamp": 1545084650.5}, "eventSource": "aws:kinesis",
            "eventID": format!("s-{shard}:{n}"), "eventSourceARN": "arn:aws:kinesis:r:1:stream/raw"})
    };
    let records: Vec<Value> = (0..9).map(|n| record(n % 3, n / 3)).collect();
    let payload = json!({"Records": records}).to_string();
    let Ok(Invocation::Kinesis(event)) = Invocation::read(payload.as_bytes()) else {
        panic!("no Kinesis event")
    };
    let answers = settle(&world, &event.shards, event.tries);
    assert_eq!(answer::kinesis(&event, &answers), br#"{"batchItemFailures":[]}"#);
    assert_eq!(world.messages(), ["0 0", "0 2", "1 0", "1 2", "2 0", "2 2"]);
    let account = answer::account(&answers);
    assert!(account.transform_balances());
    assert_eq!((account.records, account.parsed, account.dead["record_base64"]), (9, 6, 3));
    assert!(world.letters.lock().unwrap().iter().all(|letter| letter.bytes == b"no base64"));
}

#[test]
fn what_cloudwatch_sends_directly_comes_out_and_fails_as_a_whole() {
    let payload = json!({"awslogs": {"data": STANDARD.encode(envelope(&[b"one", b"two"]))}}).to_string();
    for is_down in [false, true] {
        let world = Arc::new(World { is_down, ..World::default() });
        let Ok(Invocation::Logs(event)) = Invocation::read(payload.as_bytes()) else { panic!("no logs") };
        let settled = with(&world, async |streams| logs::settle(&event, "request", streams, MINUTE).await);
        match settled {
            Ok((json, answer)) => {
                assert!(!is_down);
                assert_eq!((json.as_slice(), answer.account.parsed), (b"null".as_slice(), 2));
                assert_eq!(world.messages(), ["one", "two"]);
            }
            Err(unsettled) => {
                assert!(is_down);
                assert_eq!(unsettled.shard, "awslogs");
            }
        }
    }
}
