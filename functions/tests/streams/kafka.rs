//! Records of Kafka: of the developer guide's form, and of a real broker.

use super::world::{World, envelope, settle};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use catchwater_functions::events::Invocation;
use catchwater_functions::events::answer::{self, KafkaFailures};
use catchwater_functions::events::kafka::KafkaEvent;
use catchwater_tests::kafka::{Kafka, Message};
use serde_json::{Value, json};
use std::sync::Arc;

fn read(event: &Value) -> KafkaEvent {
    match Invocation::read(event.to_string().as_bytes()) {
        Ok(Invocation::Kafka(event)) => event,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_tombstone_of_kafka_is_counted_and_offsets_are_named() {
    let payload = json!({"eventSource": "SelfManagedKafka", "bootstrapServers": "b:9092", "records": {"logs-0": [
        {"offset": 7, "timestamp": 1545084650987i64, "value": STANDARD.encode("one")},
        {"offset": 8, "timestamp": 1545084650987i64, "value": null, "key": "a2V5"},
        {"offset": 9, "timestamp": 1545084650987i64, "value": STANDARD.encode("two")}]}});
    let event = read(&payload);
    let world = Arc::new(World::default());
    let answers = settle(&world, &event.partitions, None);
    assert_eq!(world.messages(), ["one", "two"]);
    let account = answer::account(&answers);
    assert_eq!((account.records, account.parsed, account.filtered["empty"]), (3, 2, 1));
    assert_eq!(answer::kafka(&answers, KafkaFailures::Whole).unwrap(), br#"{"batchItemFailures":[]}"#);

    let down = Arc::new(World { is_down: true, ..World::default() });
    let answers = settle(&down, &event.partitions, None);
    assert!(answer::kafka(&answers, KafkaFailures::Whole).is_err());
    assert_eq!(
        answer::kafka(&answers, KafkaFailures::Partial).unwrap(),
        br#"{"batchItemFailures":[{"itemIdentifier":{"partition":"logs-0","offset":7}}]}"#
    );
}

#[test]
fn a_real_brokers_records_come_out_once_and_in_each_partitions_order() {
    let Some(kafka) = Kafka::start() else { return };
    kafka.create_topic("web-logs", 2);
    let packed = envelope(&[b"packed 1", b"packed 2"]);
    let headers = [("source", "web-1")];
    for (partition, message) in [
        (0, Message { key: Some("host-1"), headers: &headers, value: b"plain 1" }),
        (1, Message { value: b"other 1\nother 2", ..Message::default() }),
        (0, Message { key: Some("host-1"), value: &packed, ..Message::default() }),
        (0, Message { value: b"\x1f\x8b broken", ..Message::default() }),
        (0, Message { value: "plain 2 \u{e9}".as_bytes(), ..Message::default() }),
        (1, Message { value: b"other 3", ..Message::default() }),
    ] {
        kafka.produce("web-logs", partition, &message);
    }
    let records = kafka.consume("web-logs");
    assert_eq!(records.len(), 6);
    let lambda_event = kafka.lambda_event("web-logs", &records);
    let event = read(&lambda_event);
    let shards: Vec<(&str, &str)> =
        event.partitions.iter().map(|p| (p.stream.as_str(), p.shard.as_str())).collect();
    assert_eq!(shards, [("web-logs", "web-logs-0"), ("web-logs", "web-logs-1")]);
    for (partition, read) in event.partitions.iter().enumerate() {
        let produced: Vec<_> = records.iter().filter(|r| r.partition as usize == partition).collect();
        assert_eq!(read.records.len(), produced.len());
        for (read, produced) in read.records.iter().zip(produced) {
            assert_eq!(
                (&read.data[..], read.arrival_millis),
                (&produced.value[..], produced.timestamp_millis)
            );
            assert_eq!(read.sequence_number.0, produced.offset.to_string());
            assert_eq!(read.partition_key.as_bytes(), produced.key.as_deref().unwrap_or_default());
        }
    }

    let world = Arc::new(World::default());
    let answers = settle(&world, &event.partitions, None);
    assert!(answers.iter().all(|answer| answer.lowest_failure.is_none()));
    let mut messages = world.messages();
    // Event records of several log streams go out beside each other.
    messages.sort();
    assert_eq!(
        messages,
        ["other 1", "other 2", "other 3", "packed 1", "packed 2", "plain 1", "plain 2 \u{e9}"]
    );
    let account = answer::account(&answers);
    assert_eq!((account.records, account.taken, account.parsed), (6, 8, 7));
    let letters = world.letters.lock().unwrap();
    let place = |letter: &catchwater_schemas::dead_letter::DeadLetter| {
        (letter.origin.shard.clone(), letter.origin.sequence_number.clone())
    };
    assert_eq!(letters.iter().map(place).collect::<Vec<_>>(), [("web-logs-0".into(), "2".into())]);

    let down = Arc::new(World { is_down: true, ..World::default() });
    let answers = settle(&down, &event.partitions, None);
    let answer: Value =
        serde_json::from_slice(&answer::kafka(&answers, KafkaFailures::Partial).unwrap()).unwrap();
    let first = |partition: &str| json!({"itemIdentifier": {"partition": partition, "offset": 0}});
    assert_eq!(answer, json!({"batchItemFailures": [first("web-logs-0"), first("web-logs-1")]}));
}
