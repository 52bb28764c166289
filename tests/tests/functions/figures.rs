//! What the functions may cost: the time of their start, and memory. `cargo bench -p catchwater-tests --bench functions` prints them.

use crate::alone::{Kinesis, start};
use crate::bulk::{Call, Store};
use crate::payload;
use catchwater_consumer_core::http::script::{Reply, ScriptedServer};
use catchwater_schemas::event::Event;
use catchwater_schemas::record;
use std::time::Duration;

const INIT: Duration = Duration::from_millis(50);
const MEMORY_KIB: u64 = 96_000_000 / 1024;

/// Of the starts the fastest: the others share the machine with other tests.
#[test]
fn each_function_asks_for_work_within_50_ms() {
    let kinesis = Kinesis::start();
    for (function, _) in super::FUNCTIONS {
        let fastest = (0..9).map(|_| start(function, &kinesis, &kinesis.url).init()).min().unwrap();
        println!("{function}: {fastest:?}");
        assert!(fastest <= INIT, "{function} took {fastest:?}");
    }
}

#[test]
fn the_transform_of_a_full_event_takes_at_most_96_mb() {
    let kinesis = Kinesis::start();
    let (event, _) = payload::full_event(&payload::envelopes(80));
    let function = start("transform", &kinesis, &kinesis.url);
    for _ in 0..3 {
        let answer = function.invoke(event.clone()).0.unwrap();
        assert!(answer.starts_with(br#"{"batchItemFailures":[]"#), "{answer:?}");
    }
    let peak = function.peak_memory_kib();
    println!("{peak} KiB");
    assert!(peak <= MEMORY_KIB, "{peak} KiB");
}

#[test]
fn firehoses_answer_has_room_for_all_records_of_its_default_buffer() {
    let (event, sent) = payload::firehose_event(&payload::envelopes(30), 1);
    let kinesis = Kinesis::start();
    let answer = start("transform", &kinesis, &kinesis.url).invoke(event).0.unwrap();
    let taken = payload::firehose_answer(&answer).len();
    assert!(taken == sent && sent > 10, "{taken} of {sent}");
}

/// Event records unpack to 17 times their size: a full event is more than the function may have at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_sink_with_a_full_event_takes_at_most_96_mb() {
    let store = Store::start(|_| Call::Taken).await;
    let records = payload::event_records(&payload::transform(), &payload::envelopes(160)).0;
    let (event, held) = payload::full_event(&records);
    let events: usize = records[..held]
        .iter()
        .map(|data| record::unpack(data).unwrap().lines().filter(|line| Event::read(line).is_ok()).count())
        .sum();
    println!("{events} events");
    peak_within_96_mb("to-elasticsearch", &event, store.url()).await;
    let (written, refused) = store.held(|held| (held.written.len(), held.refused.len()));
    assert_eq!(written + refused, events);
    // What these two are answered does not depend on what they send.
    let takes_all = ScriptedServer::start(|_, _| Reply::status(204, "")).await.unwrap();
    for function in ["to-influxdb", "to-loki"] {
        peak_within_96_mb(function, &event, takes_all.url()).await;
    }
}

async fn peak_within_96_mb(function: &'static str, event: &[u8], url: String) {
    let event = event.to_vec();
    let invoked = tokio::task::spawn_blocking(move || {
        let kinesis = Kinesis::start();
        let running = start(function, &kinesis, &url);
        let answer = running.invoke(event).0.unwrap();
        assert!(answer.starts_with(br#"{"batchItemFailures":[]"#), "{function}: {answer:?}");
        running.peak_memory_kib()
    });
    let peak = invoked.await.unwrap();
    println!("{function}: {peak} KiB");
    assert!(peak <= MEMORY_KIB, "{function}: {peak} KiB");
}
