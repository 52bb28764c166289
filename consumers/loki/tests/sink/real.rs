//! On a real Loki 3.7.

use super::*;
use catchwater_consumer_core::contract::{Subject, check, event_json};
use catchwater_consumer_loki::encode::{LABELS, METADATA, MOST_METADATA_BYTES};
use catchwater_schemas::field::Field;
use catchwater_schemas::time::Timestamp;
use catchwater_tests::loki_server::{LokiServer, Set};
use futures::future::BoxFuture;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Events of all kinds: those of the reports' golden files.
pub const EVENTS: &str = include_str!("../../../../cli/testdata/report/events.jsonl");

/// An entry as the server gives it.
#[derive(Debug, PartialEq)]
pub struct Held {
    time_ns: i64,
    labels: Map<String, Value>,
    pub line: String,
    metadata: Map<String, Value>,
}

/// All entries that a server holds of a tenant.
pub fn held_of(server: &LokiServer, tenant: &str) -> Vec<Held> {
    let mut held = Vec::new();
    for year in ["2020", "2026"] {
        let (from, to) = (format!("{year}-01-01T00:00:00Z"), format!("{year}-12-31T00:00:00Z"));
        for stream in server.query("{kind=~\".+\"}", &from, &to, tenant) {
            for value in stream["values"].as_array().unwrap() {
                let mut metadata = value[2]["structuredMetadata"].as_object().cloned().unwrap_or_default();
                // Loki's own guess.
                metadata.remove("detected_level");
                held.push(Held {
                    time_ns: value[0].as_str().unwrap().parse().unwrap(),
                    labels: stream["stream"].as_object().unwrap().clone(),
                    line: value[1].as_str().unwrap().into(),
                    metadata,
                });
            }
        }
    }
    held
}

pub fn held(server: &LokiServer) -> Vec<Held> {
    held_of(server, "")
}

struct Store(LokiServer);

impl Subject for Store {
    fn open(&mut self) -> BoxFuture<'_, Arc<dyn Sink>> {
        let sink: Arc<dyn Sink> = Arc::new(sink(self.0.url(), |_| {}));
        Box::pin(async move { sink })
    }

    fn held(&mut self) -> BoxFuture<'_, u64> {
        // What is acknowledged survives a crash of the server.
        self.0.kill();
        self.0.run();
        let entries = held(&self.0);
        // A correction stands beside what it corrects: the events are told by their ids. No entry is there twice.
        let ids: BTreeSet<&str> = entries.iter().map(|e| e.metadata["event_id"].as_str().unwrap()).collect();
        let lines: BTreeSet<&str> = entries.iter().map(|entry| entry.line.as_str()).collect();
        assert_eq!(lines.len(), entries.len(), "an entry is there twice");
        let count = ids.len() as u64;
        Box::pin(async move { count })
    }

    fn poison(&self) -> Option<String> {
        // Longer than the server and the sink take.
        Some(event_json(9_999, 1).replace("revision 1", &"x".repeat(300_000)))
    }

    fn tells_duplicates(&self) -> bool {
        false
    }
}

#[tokio::test]
async fn keeps_the_contract_of_all_sinks() {
    let Some(server) = LokiServer::start() else { return };
    check(&mut Store(server)).await;
}

/// What must be held of an event for some of its fields, each as a text; worked out apart from the encoder.
fn expected(event: &Value, fields: &[(&str, Field)]) -> Map<String, Value> {
    let of = |(name, field): &(&str, Field)| {
        let value = field.info().path.split('.').try_fold(event, |value, name| value.get(name))?;
        let text = value.as_str().map_or_else(|| value.to_string(), String::from);
        // Loki would refuse the character that stands for a fault of encoding.
        let text = text[..text.floor_char_boundary(MOST_METADATA_BYTES)].replace('\u{fffd}', "?");
        (!text.is_empty()).then(|| (name.to_string(), text.into()))
    };
    fields.iter().filter_map(of).collect()
}

fn hostile() -> Vec<String> {
    let texts = [
        "a\\",
        "\\\\\"",
        "two\nlines\r\n",
        "{a=\"b\"} , = ",
        "tab\tnul\u{0}",
        "'é😀'",
        "\u{fffd}",
        "\u{7f}\u{2028}",
    ];
    let mut events = Vec::new();
    for (n, text) in texts.iter().enumerate() {
        let quoted = serde_json::to_string(text).unwrap();
        events.push(event_json(1_000 + n as u32, 1).replace("\"revision 1\"", &quoted));
        events.push(event_json(2_000 + n as u32, 1).replace("\"shop\"", &quoted));
    }
    let wide = format!("\"{}\"", "w".repeat(9_000));
    events.push(event_json(3_000, 1).replace("\"bob\"", &wide));
    events
}

#[tokio::test]
async fn what_arrived_is_what_was_sent_field_by_field_and_twice_is_once() {
    // The events are of some hours, and come in any order.
    let set = Set { limits: "reject_old_samples: false", ingester: "max_chunk_age: 2000h", tenants: None };
    let Some(server) = LokiServer::start_with(set) else { return };
    let sink = sink(server.url(), |_| {});
    let mut json: Vec<String> = EVENTS.lines().map(String::from).collect();
    json.extend(hostile());
    json.reverse();
    assert_eq!(write(&sink, &json).await, vec![Outcome::Delivered; json.len()]);
    let by_id = || -> BTreeMap<String, Held> {
        let held = held(&server).into_iter();
        held.map(|entry| (entry.metadata["event_id"].as_str().unwrap().to_string(), entry)).collect()
    };
    let first = by_id();
    for line in &json {
        let event: Value = serde_json::from_str(line).unwrap();
        let id = event["event"]["id"].as_str().unwrap();
        let entry = &first[id];
        assert_eq!(&entry.line, line, "{id}");
        let mut labels = expected(&event, &LABELS);
        // Loki makes one more of the service.
        if let Some(service) = labels.get("service").cloned() {
            labels.insert("service_name".into(), service);
        }
        assert_eq!(entry.labels, labels, "{id}");
        assert_eq!(entry.metadata, expected(&event, &METADATA), "{id}");
        let time = Timestamp::parse_rfc3339(event["@timestamp"].as_str().unwrap(), 0).unwrap().nanos();
        assert!((0..1_000_000_000).contains(&(entry.time_ns - time)), "{id}");
    }
    assert_eq!((first.len(), held(&server).len()), (json.len(), json.len()));
    json.rotate_left(7);
    for part in [&json[..], &json[3..9], &json[..]] {
        assert_eq!(write(&sink, part).await, vec![Outcome::Delivered; part.len()]);
    }
    assert_eq!((by_id() == first, held(&server).len()), (true, json.len()), "the same events again");
}

#[tokio::test]
async fn a_server_that_goes_down_in_between_loses_and_doubles_nothing() {
    let Some(mut server) = LokiServer::start() else { return };
    let sink = sink(server.url(), |_| {});
    let mut open: Vec<String> = (0..600).map(|n| event_json(n, 1)).collect();
    for step in 0..3 {
        let outcomes = write(&sink, &open[..200]).await;
        assert_eq!(outcomes, vec![Outcome::Delivered; 200], "step {step}");
        server.kill();
        let outcomes = write(&sink, &open).await;
        assert!(outcomes.iter().all(|o| matches!(o, Outcome::Retry { .. })), "{:?}", outcomes[0]);
        server.run();
        // As after a crash between write and answer: what was written comes again with the rest.
        assert_eq!(write(&sink, &open).await, vec![Outcome::Delivered; open.len()]);
        open.rotate_left(200);
    }
    let lines: BTreeSet<String> = held(&server).into_iter().map(|entry| entry.line).collect();
    assert_eq!((lines.len(), held(&server).len()), (600, 600));
    assert_eq!(lines, open.into_iter().collect());
}

/// Where idempotence ends: the README says so.
#[tokio::test]
async fn what_is_packed_is_found_once_and_what_was_flushed_may_come_twice() {
    let Some(server) = LokiServer::start() else { return };
    let sink = sink(server.url(), |_| {});
    // More than a block (`chunk_block_size`, 256 KB): one beyond it is kept again, and dropped when it is looked for.
    let wide = |n: u32| event_json(3 * n, 1).replace("revision 1", &"x".repeat(2_000));
    let json: Vec<String> = (0..400).map(wide).collect();
    let sent: BTreeSet<String> = json.iter().cloned().collect();
    let found = || {
        let held: Vec<String> = held(&server).into_iter().map(|entry| entry.line).collect();
        let count = held.len();
        assert!(held.into_iter().collect::<BTreeSet<String>>() == sent);
        count
    };
    assert_eq!(write(&sink, &json).await, vec![Outcome::Delivered; 400]);
    assert_eq!(write(&sink, &json).await, vec![Outcome::Delivered; 400]);
    assert_eq!(found(), 400);
    // A count reads each block by itself.
    let to = "2020-01-01T02:00:00Z";
    let count = server.query("sum(count_over_time({kind=~\".+\"} [3h]))", to, to, "");
    let count: usize = count[0]["value"][1].as_str().unwrap().parse().unwrap();
    assert!((401..=800).contains(&count), "counts count again: {count}");
    server.flush();
    let flushed = Instant::now();
    while server.metric("loki_ingester_chunks_stored_total") == 0.0 {
        assert!(flushed.elapsed() < Duration::from_secs(30), "nothing was flushed");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(found(), 400);
    assert_eq!(write(&sink, &json).await, vec![Outcome::Delivered; 400]);
    let again = found();
    assert!((400..=800).contains(&again), "{again}");
}
