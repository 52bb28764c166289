//! SIGKILL at random moments under load, twenty times on the same data folder: accepted ⊆ stored ⊆ sent, nothing
//! twice, and the accounts add up.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use catchwater_schemas::record::unpack;
use catchwater_tests::pipeline::Pipeline;
use catchwater_tests::store::Store;
use catchwater_tests::{wait_for, wire};
use flate2::write::GzEncoder;
use serde_json::json;
use std::collections::HashSet;
use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const ROUNDS: u64 = 20;
const EVENTS_PER_RECORD: u64 = 40;

#[derive(Default)]
struct Ledger {
    sent: Mutex<HashSet<String>>,
    accepted: Mutex<HashSet<String>>,
    next: AtomicU64,
}

/// One CloudWatch envelope whose messages nobody else sends.
fn envelope(first: u64, loader: u64) -> (Vec<u8>, Vec<String>) {
    let messages: Vec<String> =
        (first..first + EVENTS_PER_RECORD).map(|n| format!("message {n} of the crash test")).collect();
    let events: Vec<String> = messages
        .iter()
        .enumerate()
        .map(|(n, m)| format!(r#"{{"id":"{}","timestamp":1700000000000,"message":"{m}"}}"#, first + n as u64))
        .collect();
    let text = format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"crash","logStream":"{loader}","logEvents":[{}]}}"#,
        events.join(",")
    );
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    (encoder.finish().unwrap(), messages)
}

fn load(endpoint: &str, ledger: &Ledger, loader: u64, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let batches: Vec<_> = (0..5)
            .map(|_| envelope(ledger.next.fetch_add(EVENTS_PER_RECORD, Ordering::Relaxed), loader))
            .collect();
        ledger.sent.lock().unwrap().extend(batches.iter().flat_map(|(_, m)| m.clone()));
        let records: Vec<_> =
            batches.iter().map(|(data, _)| (format!("key {loader}"), data.clone())).collect();
        let Ok(taken) = wire::put(endpoint, "raw", &records) else { return };
        let mut accepted = ledger.accepted.lock().unwrap();
        for ((_, messages), taken) in batches.into_iter().zip(taken) {
            if taken {
                accepted.extend(messages);
            }
        }
    }
}

/// Times between which the process is killed, spread over the whole of a round and different each time.
fn moment(round: u64) -> Duration {
    let mixed = (round + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    Duration::from_millis(60 + mixed % 900)
}

#[test]
fn nothing_accepted_is_lost_and_nothing_is_stored_twice() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Arc::new(Ledger::default());
    for round in 0..ROUNDS {
        let pipeline = Pipeline::start(folder.path(), &[]);
        let endpoint = pipeline.kinesis();
        let before = ledger.accepted.lock().unwrap().len();
        let stop = Arc::new(AtomicBool::new(false));
        let loaders: Vec<_> = (0..3)
            .map(|loader| {
                let (endpoint, ledger, stop) = (endpoint.clone(), ledger.clone(), stop.clone());
                std::thread::spawn(move || load(&endpoint, &ledger, loader, &stop))
            })
            .collect();
        let killed_at = Instant::now() + moment(round);
        wait_for("load is accepted", Duration::from_secs(10), || {
            (ledger.accepted.lock().unwrap().len() > before).then_some(())
        });
        std::thread::sleep(killed_at.saturating_duration_since(Instant::now()));
        pipeline.kill();
        stop.store(true, Ordering::Relaxed);
        loaders.into_iter().for_each(|l| l.join().unwrap());
    }
    let pipeline = Pipeline::start(folder.path(), &[]);
    pipeline.settle();
    compare(&pipeline, &ledger);
}

fn compare(pipeline: &Pipeline, ledger: &Ledger) {
    let messages = Store::open(&pipeline.data()).texts("SELECT event ->> '$.message' FROM events");
    let stored: HashSet<&String> = messages.iter().collect();
    let (accepted, sent) = (ledger.accepted.lock().unwrap(), ledger.sent.lock().unwrap());
    let lost = accepted.iter().filter(|m| !stored.contains(m)).count();
    let invented = stored.iter().filter(|m| !sent.contains(**m)).count();
    println!("{ROUNDS} rounds: {} sent, {} accepted, {} stored", sent.len(), accepted.len(), stored.len());
    assert_eq!((lost, invented, messages.len() - stored.len()), (0, 0, 0), "(lost, invented, twice)");
    // Each raw record passes the transform once. Event records that were put just before a SIGKILL are put again, so
    // the sink is held against what lies on the event stream, not against what is stored.
    let taken = [("transform", messages.len() as u64), ("sqlite", events_on_stream(&pipeline.kinesis()))];
    for (mapping, expected) in taken {
        let account = pipeline.account(mapping);
        assert_eq!(account["balances"], true, "{account}");
        assert_eq!(account["taken"].as_u64(), Some(expected), "{account}");
    }
}

/// Events in all records of the event stream, read as any client would.
fn events_on_stream(endpoint: &str) -> u64 {
    let call = |operation, body| wire::call(endpoint, operation, &body).unwrap();
    let shards = call("ListShards", json!({"StreamName": "events"}));
    let mut events = 0;
    for shard in shards["Shards"].as_array().unwrap() {
        let wanted =
            json!({"StreamName": "events", "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"});
        let mut iterator = call("GetShardIterator", wanted)["ShardIterator"].clone();
        loop {
            let read = call("GetRecords", json!({"ShardIterator": iterator}));
            let records = read["Records"].as_array().unwrap();
            for record in records {
                let data = STANDARD.decode(record["Data"].as_str().unwrap()).unwrap();
                events += unpack(&data).unwrap().lines().count() as u64;
            }
            if records.is_empty() && read["MillisBehindLatest"] == 0 {
                break;
            }
            iterator = read["NextShardIterator"].clone();
        }
    }
    events
}
