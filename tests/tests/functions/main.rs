//! The functions as they are shipped, on an emulator: their zips, their start, and what they do with what goes wrong. Partial
//! batch responses, bisect and retries are our own mapping's, which drives the same functions by Invoke: the emulator's mapping
//! knows none of them.

#![allow(clippy::unwrap_used, reason = "a panic is how a test or a benchmark fails")]

#[path = "../../benches/functions/alone.rs"]
mod alone;
mod bulk;
mod figures;
mod own_mapping;
mod own_stream;
#[path = "../../benches/functions/payload.rs"]
mod payload;

use bulk::{Call, Store};
use catchwater_schemas::account::Account;
use catchwater_schemas::event::Event;
use catchwater_schemas::{config, record};
use catchwater_tests::cloud::StreamRecord;
use catchwater_tests::functions::{newest_glibc, processes, zip_of};
use catchwater_transforms::raw::RawRecord;
use catchwater_transforms::transform::{Ndjson, Parts, Report, Scratch, Transform};
use own_mapping::{Bench, reasons};
use serde_json::json;
use std::io::Write;
use std::time::Duration;

/// Bytes that a zip may have: the transform has the SDK of Kinesis in it.
const FUNCTIONS: [(&str, u64); 6] = [
    ("transform", 8_000_000),
    ("to-elasticsearch", 5_000_000),
    ("to-influxdb", 5_000_000),
    ("to-loki", 5_000_000),
    ("to-firehose", 8_000_000),
    ("to-timestream", 8_000_000),
];

#[test]
fn each_zip_is_small_and_runs_on_amazon_linux_2023() {
    for (function, most_bytes) in FUNCTIONS {
        let zip = zip_of(function);
        let bytes = std::fs::metadata(&zip).unwrap().len();
        println!("{function}: {:.2} MB", bytes as f64 / 1e6);
        assert!(bytes <= most_bytes, "{function}: {bytes} bytes, {most_bytes} at most");
        let glibc = newest_glibc(&zip);
        assert!(glibc <= 34, "{function} asks for glibc 2.{glibc}, Amazon Linux 2023 has 2.34");
    }
}

/// Envelopes as CloudWatch Logs makes them, gzip: so many, of so many access lines each, their ids counted on from `first`.
fn envelopes(first: usize, count: usize, lines: usize) -> Vec<Vec<u8>> {
    let envelope = |n: usize| {
        let event = |line: usize| {
            let id = format!("{:056}", (first + n) * 1_000 + line);
            let message = format!(
                "198.51.100.{} - - [24/Nov/2026:10:{:02}:{:02} +0000] \"GET /cat?q=map{id} HTTP/1.1\" 200 {line}",
                line % 250,
                n % 60,
                line % 60
            );
            json!({"id": id, "timestamp": 1_795_514_400_000u64 + line as u64, "message": message})
        };
        let body = json!({
            "messageType": "DATA_MESSAGE", "owner": "123456789012", "logGroup": "/web", "logStream": format!("s{n}"),
            "subscriptionFilters": ["all"], "logEvents": (0..lines).map(event).collect::<Vec<_>>(),
        });
        gzip(body.to_string().as_bytes())
    };
    (0..count).map(envelope).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn mapping(batch_size: u32, seconds: u64) -> config::Mapping {
    config::Mapping { batch_size, timeout_ms: seconds * 1_000, ..config::Mapping::default() }
}

/// Keys that fall on both of two shards.
fn keyed(records: Vec<Vec<u8>>) -> Vec<(String, Vec<u8>)> {
    records.into_iter().enumerate().map(|(n, data)| (format!("key{n}"), data)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_transform_makes_events_of_all_but_a_poison_record_in_each_shard() {
    let Some(bench) = Bench::new("raw", 2) else { return };
    let cloud = bench.emulator.cloud();
    cloud.create_stream("events", 2);
    bench.deploy("transform", "", &[("CATCHWATER_EVENT_STREAM", "events")], 20);
    let mut records = envelopes(0, 20, 25);
    // Cut gzip, twelve times over both shards.
    let cut = records[0][..records[0].len() / 2].to_vec();
    records.splice(7..7, (0..12).map(|n| [&cut[..], &[n]].concat()));
    bench.put(keyed(records)).await;
    let account = bench.run("transform", mapping(5, 25)).await;
    assert_eq!((account.records, account.taken, account.parsed), (32, 512, 500), "{account:?}");
    assert_eq!(account.delivered, 500, "{account:?}");
    assert_eq!(Account::total(&account.dead), 12, "{account:?}");
    assert_eq!(reasons(&bench.letters()).len(), 12);
    let mut ids = event_ids(&cloud.read_stream("events"));
    assert_eq!(ids.len(), 500);
    ids.dedup();
    assert_eq!(ids.len(), 500, "no event stands twice");
}

/// Ids of all events on a stream of event records, in order.
fn event_ids(records: &[StreamRecord]) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for record in records {
        let lines = record::unpack(&record.data).unwrap();
        ids.extend(lines.lines().map(|line| Event::read(line).unwrap().id.to_string()));
    }
    ids.sort();
    ids
}

/// Event records as the transform makes them, each of one log stream.
fn event_records(streams: usize, lines: usize) -> Vec<(String, Vec<u8>)> {
    let transform = Transform::new(&Parts::default()).unwrap();
    let (mut scratch, mut records) = (Scratch::new(), Vec::new());
    for (n, envelope) in envelopes(0, streams, lines).into_iter().enumerate() {
        let raw = RawRecord {
            data: &envelope,
            stream: "raw",
            shard: "s",
            sequence_number: "1",
            partition_key: "k",
            arrival_millis: 0,
            user_record: None,
        };
        let (mut out, mut report) = (Ndjson::default(), Report::default());
        transform.record(&raw, &mut scratch, &mut out, &mut report);
        assert_eq!(report.account.delivered, lines as u64);
        records.push((format!("key{n}"), gzip(&out.0)));
    }
    records
}

fn elasticsearch(url: &str) -> String {
    format!("[sink.elasticsearch]\nurl = \"{url}\"\ntimeout_seconds = 2\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_of_taken_refused_and_put_off_resolves_each_event() {
    let store = Store::start(|call| if call < 3 { Call::Mixed } else { Call::Taken }).await;
    let Some(bench) = Bench::new("events", 2) else { return };
    bench.deploy("to-elasticsearch", &elasticsearch(&store.url()), &[], 20);
    let mut records = event_records(12, 30);
    // A record that is none, on either shard.
    records.extend((12..20).map(|n| (format!("key{n}"), b"\x28\xb5\x2f\xfd broken".to_vec())));
    bench.put(records).await;
    let account = bench.run("to-elasticsearch", mapping(4, 25)).await;
    let (written, refused) = store.held(|held| (held.written.len() as u64, held.refused.clone()));
    assert_eq!(written + refused.len() as u64, 360);
    assert!(refused.values().all(|times| *times == 1) && !refused.is_empty(), "none is sent again");
    assert_eq!(account.delivered + account.duplicates, written, "{account:?}");
    assert_eq!(Account::total(&account.dead), refused.len() as u64 + 8, "{account:?}");
    assert_eq!(reasons(&bench.letters()).len(), refused.len() + 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_that_is_down_delays_its_events_and_loses_none() {
    // Each invocation ends with nothing settled until the store is there again.
    let store = Store::start(|call| if call < 12 { Call::Down } else { Call::Taken }).await;
    let Some(bench) = Bench::new("events", 1) else { return };
    bench.deploy("to-elasticsearch", &elasticsearch(&store.url()), &[], 3);
    bench.put(event_records(4, 30)).await;
    let account = bench.run("to-elasticsearch", mapping(10, 4)).await;
    let (written, refused) = store.held(|held| (held.written.len() as u64, held.refused.len() as u64));
    assert_eq!((written + refused, account.delivered, account.taken), (120, written, 120), "{account:?}");
    let log = bench.emulator.cloud().function_log("to-elasticsearch");
    assert!(log.iter().any(|line| line.contains("does not take all events now")), "{log:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_is_killed_between_write_and_answer_delivers_nothing_twice() {
    let store = Store::start(|call| if call == 0 { Call::Unheard } else { Call::Taken }).await;
    let Some(bench) = Bench::new("events", 1) else { return };
    bench.deploy("to-elasticsearch", &elasticsearch(&store.url()), &[], 30);
    bench.put(event_records(4, 30)).await;
    let account = {
        let run = bench.run("to-elasticsearch", mapping(10, 35));
        let kill = async {
            while store.held(|held| held.written.is_empty()) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let processes = processes(&bench.emulator, "to-elasticsearch");
            assert_eq!(processes.len(), 1);
            processes.iter().for_each(|process| process.kill());
        };
        tokio::join!(run, kill).0
    };
    let (written, refused) = store.held(|held| (held.written.clone(), held.refused.len() as u64));
    assert!(written.values().all(|times| *times == 1));
    assert_eq!((account.delivered, account.duplicates), (0, written.len() as u64), "{account:?}");
    assert_eq!(account.taken, written.len() as u64 + refused, "{account:?}");
}
