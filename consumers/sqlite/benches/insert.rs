//! How fast an empty store takes events: `cargo bench -p catchwater-consumer-sqlite`. Prints the rate of each half
//! million and of all, what the writing thread alone took of a processor, the process's highest memory, and the bytes
//! of the store. `BENCH_EVENTS` (2,000,000), `BENCH_WRITE` (events a write, 5,000) and `BENCH_CALLERS` (2: as many
//! writes at a time as a stream has shards) change the amount.

#![allow(missing_docs, clippy::unwrap_used, reason = "a program to measure with")]

use catchwater_consumer_core::sink::Sink;
use catchwater_consumer_core::world::SystemClock;
use catchwater_consumer_sqlite::config::Config;
use catchwater_consumer_sqlite::sink::SqliteSink;
use catchwater_schemas::event::{Event, Kind};
use catchwater_schemas::id::{IdKey, IdScope, Scope};
use catchwater_schemas::outcome::Outcome;
use catchwater_schemas::time::Timestamp;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

fn main() {
    let events = setting("BENCH_EVENTS", 2_000_000);
    let (portion, callers) = (setting("BENCH_WRITE", 5_000), setting("BENCH_CALLERS", 2));
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("events.sqlite");
    let sink = SqliteSink::open(&file, &Config::default(), Arc::new(SystemClock)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let ids = IdKey::new("bench").scope(&Scope::default());
    let filler = "Mozilla/5.0 (X11; Linux x86_64) ".repeat(13);
    let (mut writing, mut written, mut bytes) = (Duration::ZERO, 0, 0);
    while written < events {
        let lines: Vec<(usize, String)> =
            (written..written + portion * callers).map(|n| (n, line(n, &filler))).collect();
        bytes += lines.iter().map(|(_, line)| line.len()).sum::<usize>();
        let all: Vec<Event<'_>> = lines.iter().map(|(n, json)| event(*n, json, &ids)).collect();
        let before = Instant::now();
        let writes = all.chunks(portion).map(|events| sink.write(events));
        let outcomes = runtime.block_on(futures::future::join_all(writes));
        writing += before.elapsed();
        assert!(outcomes.iter().flatten().all(|o| *o == Outcome::Delivered));
        written += portion * callers;
        if written % 500_000 < portion * callers {
            println!("{written:>9} events, {:>7.0} a second", written as f64 / writing.as_secs_f64());
        }
    }
    let before = Instant::now();
    let writer_millis = writer_millis();
    drop(sink);
    writing += before.elapsed();
    report(written, bytes, writing, writer_millis, &file);
}

fn report(events: usize, bytes: usize, writing: Duration, writer_millis: u64, file: &Path) {
    let rate = events as f64 / writing.as_secs_f64();
    let stored = std::fs::metadata(file).unwrap().len() / events as u64;
    println!(
        "{events} events of {} bytes: {rate:.0} a second, {stored} bytes stored an event",
        bytes / events
    );
    let of_a_core = events as f64 / (writer_millis as f64 / 1000.0);
    println!(
        "the writing thread was busy for {writer_millis} ms: {of_a_core:.0} events a second of one core"
    );
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().filter(|line| line.starts_with("VmHWM")).for_each(|line| println!("{line}"));
}

/// Processor time of the writing thread, user and system (proc(5), `stat` fields 14 and 15, ticks of 10 ms).
fn writer_millis() -> u64 {
    let stats = std::fs::read_dir("/proc/self/task").into_iter().flatten().filter_map(Result::ok);
    let stats = stats.filter_map(|task| std::fs::read_to_string(task.path().join("stat")).ok());
    let writer = stats.filter(|stat| stat.contains("(sqlite-writer)"));
    let ticks = writer.flat_map(|stat| {
        let after_name: Vec<String> =
            stat.rsplit(") ").next().unwrap().split(' ').map(String::from).collect();
        after_name[11..13].iter().map(|field| field.parse::<u64>().unwrap()).collect::<Vec<_>>()
    });
    ticks.sum::<u64>() * 10
}

fn event<'a>(n: usize, json: &'a str, ids: &IdScope) -> Event<'a> {
    Event {
        json,
        id: ids.id(&n.to_string(), 0),
        revision: 1,
        kind: Kind::ServiceQuery,
        // A thousand a second, a little out of order.
        time: Timestamp::from_millis(1_577_836_800_000 + (n as i64 ^ 0x3f)).unwrap(),
        service: Some(format!("service-{}", n % 12).into()),
        who: Some(format!("10.0.{}.{}", n * 31 % 40, n * 17 % 250).into()),
    }
}

fn line(n: usize, filler: &str) -> String {
    let (service, who) = (n % 12, format!("10.0.{}.{}", n * 31 % 40, n * 17 % 250));
    format!(
        r#"{{"@timestamp":"2020-01-01T00:00:00.000Z","service":{{"name":"service-{service}"}},"event":{{"id":"{n:032x}","kind":"event","category":"web","action":"GET"}},"catchwater":{{"schema":1,"revision":1,"kind":"service_query","who":"{who}"}},"url":{{"path":"/a/{n}"}},"user_agent":{{"original":"{filler}"}}}}"#
    )
}
