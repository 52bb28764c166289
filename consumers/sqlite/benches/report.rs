//! How long each report takes: `cargo bench -p catchwater-consumer-sqlite --bench report`. Fills a store with
//! `BENCH_EVENTS` (1,000,000) events of some 700 bytes, most of them service queries, then asks each question and
//! prints the seconds, the process's highest memory, and how SQLite goes about the statements that read events.

#![allow(missing_docs, clippy::unwrap_used, reason = "a program to measure with")]

use catchwater_consumer_core::sink::Sink;
use catchwater_consumer_core::world::SystemClock;
use catchwater_consumer_sqlite::config::Config;
use catchwater_consumer_sqlite::report::{By, Filter, Question, ask};
use catchwater_consumer_sqlite::sink::SqliteSink;
use catchwater_schemas::event::Event;
use catchwater_schemas::time::Timestamp;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

const START_MILLIS: i64 = 1_577_836_800_000;

fn main() {
    let events = std::env::var("BENCH_EVENTS").map_or(1_000_000, |text| text.parse().unwrap());
    let dir = tempfile::tempdir().unwrap();
    // A store may be given, so that a second measurement need not fill it again.
    let file = std::env::var_os("BENCH_STORE").map_or(dir.path().join("events.sqlite"), PathBuf::from);
    if !file.exists() {
        fill(&file, events);
    }
    println!("{events} events, {} MB", std::fs::metadata(&file).unwrap().len() / 1_000_000);
    let day = Filter {
        since_ns: Some(START_MILLIS * 1_000_000),
        until_ns: Some((START_MILLIS + 86_400_000) * 1_000_000),
        ..Filter::default()
    };
    let by_hour = Filter { by: Some(By::Hour), ..Filter::default() };
    let questions = [
        ("who-queries-what", Question::WhoQueriesWhat),
        ("queries", Question::Queries),
        ("agent (an address)", Question::Agent("10.0.7.9".into())),
        ("agent (a user agent)", Question::Agent("Firefox/12".into())),
        ("file-moves", Question::FileMoves),
        ("preservation-events", Question::PreservationEvents { object: None }),
    ];
    for (name, question) in &questions {
        for (what, filter) in [("all", &Filter::default()), ("all by hour", &by_hour), ("a day", &day)] {
            let started = Instant::now();
            let answer = ask(&file, question, filter).unwrap();
            println!("{name:<22} {what:<12} {:>6.2} s", started.elapsed().as_secs_f64());
            assert!(!answer.is_empty, "{name}");
            if what == "all" {
                plans(&file, &answer.sql);
            }
        }
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().filter(|line| line.starts_with("VmHWM")).for_each(|line| println!("{line}"));
}

/// How SQLite reads the events for the statements that can be explained without the temporary tables.
fn plans(file: &Path, sql: &[String]) {
    let connection = rusqlite::Connection::open(file).unwrap();
    let first = &sql[0];
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {first}")).unwrap();
    // The parameters stay unbound: the plan does not depend on them.
    let mut steps = statement.raw_query();
    while let Some(step) = steps.next().unwrap() {
        println!("    {}", step.get::<_, String>(3).unwrap());
    }
}

fn fill(file: &Path, events: usize) {
    let sink = SqliteSink::open(file, &Config::default(), Arc::new(SystemClock)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let filler = "Mozilla/5.0 (X11; Linux x86_64) ".repeat(8);
    for from in (0..events).step_by(10_000) {
        let lines: Vec<String> = (from..from + 10_000).map(|n| line(n, events, &filler)).collect();
        let read: Vec<Event<'_>> = lines.iter().map(|line| Event::read(line).unwrap()).collect();
        runtime.block_on(sink.write(&read));
    }
}

/// An event of thirty days' time, a little out of order: of 100 two are file moves, one is of preservation.
fn line(n: usize, events: usize, filler: &str) -> String {
    let millis = START_MILLIS + ((n ^ 0x3ff) as i64 * (30 * 86_400_000)) / events as i64;
    let time = Timestamp::from_millis(millis).unwrap();
    let (service, status) = (n * 7 % 12, if n.is_multiple_of(17) { 500 } else { 200 });
    let who = format!("10.0.{}.{}", n * 31 % 40, n * 17 % 250);
    let (kind, more) = match n % 100 {
        3 => (
            "file_move",
            format!(
                r#","file":{{"path":"k/{n}","size":{n},"source":{{"bucket":"in"}},"destination":{{"bucket":"out-{service}"}}}}"#
            ),
        ),
        4 => (
            "file_move",
            format!(r#","file":{{"path":"k/{}","destination":{{"bucket":"out-{service}"}}}}"#, n - 1),
        ),
        5 => (
            "preservation",
            format!(
                r#","premis":{{"event":{{"type":"fixity check","outcome":"success"}},"object":{{"identifier":"druid:{}"}}}}"#,
                n % 10_000
            ),
        ),
        _ => (
            "service_query",
            format!(
                r#","http":{{"request":{{"method":"GET"}},"response":{{"status_code":{status}}}}},"organization":{{"name":"org {}"}}"#,
                n % 30
            ),
        ),
    };
    let phase = ["start", "end"][usize::from(n % 100 == 4)];
    format!(
        r#"{{"@timestamp":"{time}","service":{{"name":"service-{service}"}},"event":{{"id":"{:032x}","kind":"event","category":"web","type":"{phase}","duration":{}}},"catchwater":{{"schema":1,"revision":1,"kind":"{kind}","format":"nginx_access","who":"{who}","who_class":"person","operation":"GET /item/{{id}}/{}","query":{{"language":"search","normalized":"maps of {}","fingerprint":"{:08x}"}}}}{more},"source":{{"ip":"{who}"}},"url":{{"path":"/a/{n}"}},"user_agent":{{"original":"{filler}Firefox/{}"}}}}"#,
        // Spread as hashes are: the store finds ids by their first bytes.
        (n as u128 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835),
        n * 7_919 % 900_000_000,
        n % 200,
        n * 13 % 5_000,
        n * 13 % 5_000,
        n % 50,
    )
}
