//! How fast an empty store takes events: `cargo bench -p catchwater-consumer-sqlite`. Prints the rate of each hundred
//! thousand and of all, processor time of the process, its highest memory, and the bytes of the store.
//! `BENCH_EVENTS` (2,000,000) and `BENCH_WRITE` (events a write, 5,000) change the amount.

#![allow(missing_docs, clippy::unwrap_used, reason = "a program to measure with")]

use catchwater_consumer_core::sink::Sink;
use catchwater_consumer_core::world::SystemClock;
use catchwater_consumer_sqlite::config::Config;
use catchwater_consumer_sqlite::sink::SqliteSink;
use catchwater_schemas::event::{Event, Kind};
use catchwater_schemas::id::{IdKey, Scope};
use catchwater_schemas::outcome::Outcome;
use catchwater_schemas::time::Timestamp;
use std::sync::Arc;
use std::time::Instant;

fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

fn main() {
    let (events, portion) = (setting("BENCH_EVENTS", 2_000_000), setting("BENCH_WRITE", 5_000));
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("events.sqlite");
    let sink = SqliteSink::open(&file, &Config::default(), Arc::new(SystemClock)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let ids = IdKey::new("bench").scope(&Scope::default());
    let filler = "Mozilla/5.0 (X11; Linux x86_64) ".repeat(13);
    let mut writing = std::time::Duration::ZERO;
    let (mut number, mut bytes) = (0, 0);
    while number < events {
        let lines: Vec<(String, u64)> =
            (number..number + portion).map(|n| (line(n, &filler), n as u64)).collect();
        bytes += lines.iter().map(|l| l.0.len()).sum::<usize>();
        let batch: Vec<Event<'_>> = lines
            .iter()
            .map(|(json, n)| Event {
                json,
                id: ids.id(&n.to_string(), 0),
                revision: 1,
                kind: Kind::ServiceQuery,
                // A thousand a second, a little out of order.
                time: Timestamp::from_millis(1_577_836_800_000 + (*n as i64 ^ 0x3f)).unwrap(),
                service: Some(format!("service-{}", n % 12).into()),
                who: Some(format!("10.0.{}.{}", n * 31 % 40, n * 17 % 250).into()),
            })
            .collect();
        let before = Instant::now();
        let outcomes = runtime.block_on(sink.write(&batch));
        writing += before.elapsed();
        assert!(outcomes.iter().all(|o| *o == Outcome::Delivered));
        number += portion;
        if number % 100_000 < portion {
            println!("{number:>9} events, {:>8.0} a second so far", number as f64 / writing.as_secs_f64());
        }
    }
    let before = Instant::now();
    drop(sink);
    writing += before.elapsed();
    let rate = number as f64 / writing.as_secs_f64();
    let stored = std::fs::metadata(&file).unwrap().len();
    println!(
        "{number} events of {} bytes: {rate:.0} a second, {} bytes stored an event",
        bytes / number,
        stored / number as u64
    );
    for line in std::fs::read_to_string("/proc/self/status").unwrap_or_default().lines() {
        if line.starts_with("VmHWM") {
            println!("{line}");
        }
    }
    println!("{}", std::fs::read_to_string("/proc/self/io").unwrap_or_default());
    let stat = std::fs::read_to_string(format!("/proc/self/stat")).unwrap_or_default();
    let f: Vec<&str> = stat.split(' ').collect();
    println!(
        "user {} ms, system {} ms",
        f[13].parse::<u64>().unwrap() * 10,
        f[14].parse::<u64>().unwrap() * 10
    );
}

fn line(n: usize, filler: &str) -> String {
    format!(
        r#"{{"@timestamp":"2020-01-01T00:00:00.000Z","service":{{"name":"service-{}"}},"event":{{"id":"{n:032x}","kind":"event","category":"web","action":"GET"}},"catchwater":{{"schema":1,"revision":1,"kind":"service_query","who":"10.0.{}.{}"}},"url":{{"path":"/a/{n}"}},"user_agent":{{"original":"{filler}"}}}}"#,
        n % 12,
        n * 31 % 40,
        n * 17 % 250
    )
}
