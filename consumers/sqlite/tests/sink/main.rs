//! The sink from outside: the contract of all sinks, what the page asks, and the documents beside the code.

#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod preserved;
mod query;
mod questions;
mod report;

use catchwater_consumer_core::contract::{Subject, check, event_json};
use catchwater_consumer_core::sink::Sink;
use catchwater_consumer_core::world::{Clock, SystemClock};
use catchwater_consumer_sqlite::config::Config;
use catchwater_consumer_sqlite::query::Reader;
use catchwater_consumer_sqlite::schema::OpenError;
use catchwater_consumer_sqlite::sink::SqliteSink;
use catchwater_schemas::event::Event;
use catchwater_schemas::outcome::Outcome;
use futures::future::BoxFuture;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

fn open(file: &Path, config: &Config) -> SqliteSink {
    SqliteSink::open(file, config, Arc::new(SystemClock)).unwrap()
}

async fn write(sink: &SqliteSink, json: &[String]) -> Vec<Outcome> {
    let events: Vec<Event<'_>> = json.iter().map(|line| Event::read(line).unwrap()).collect();
    sink.write(&events).await
}

struct Store(PathBuf);

impl Subject for Store {
    fn open(&mut self) -> BoxFuture<'_, Arc<dyn Sink>> {
        let sink: Arc<dyn Sink> = Arc::new(open(&self.0, &Config::default()));
        Box::pin(async move { sink })
    }

    fn held(&mut self) -> BoxFuture<'_, u64> {
        let events = Reader::open(&self.0).unwrap().totals().unwrap().events;
        Box::pin(async move { events })
    }

    fn poison(&self) -> Option<String> {
        // The one thing that SQLite cannot take: a number of 64 bits.
        Some(event_json(9_999, u64::MAX))
    }
}

#[tokio::test]
async fn keeps_the_contract_of_all_sinks() {
    let dir = tempfile::tempdir().unwrap();
    check(&mut Store(dir.path().join("events.sqlite"))).await;
}

/// A clock that stands still.
struct Still(i64);

impl Clock for Still {
    fn now_millis(&self) -> i64 {
        self.0
    }
    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(futures::future::pending())
    }
}

#[tokio::test]
async fn what_is_older_than_the_retention_goes() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("events.sqlite");
    let config = Config { retention_days: Some(1), ..Config::default() };
    // The kit's events are of the first hour of 2020, event n of its minute n: a day and 30 minutes later.
    let clock = Still(1_577_836_800_000 + 86_400_000 + 30 * 60_000);
    let sink = SqliteSink::open(&file, &config, Arc::new(clock)).unwrap();
    write(&sink, &(0..60).map(|n| event_json(n, 1)).collect::<Vec<_>>()).await;
    let reader = Reader::open(&file).unwrap();
    let started = Instant::now();
    while reader.totals().unwrap().events != 30 {
        assert!(started.elapsed() < Duration::from_secs(20), "{:?}", reader.totals());
        std::thread::yield_now();
    }
    assert_eq!(reader.ranges().unwrap()[0].from_millis, 1_577_836_800_000 + 30 * 60_000);
}

#[tokio::test]
async fn calls_at_the_same_time_all_have_their_answers() {
    let dir = tempfile::tempdir().unwrap();
    let sink = Arc::new(open(&dir.path().join("events.sqlite"), &Config::default()));
    let calls = (0..20u32).map(|call| {
        let sink = Arc::clone(&sink);
        tokio::spawn(async move {
            // Neighbours share half of their events: one of them delivers, the other finds it there.
            let lines: Vec<String> = (call * 50..call * 50 + 100).map(|n| event_json(n, 1)).collect();
            write(&sink, &lines).await
        })
    });
    let outcomes: Vec<Outcome> =
        futures::future::join_all(calls).await.into_iter().flat_map(Result::unwrap).collect();
    let delivered = outcomes.iter().filter(|o| **o == Outcome::Delivered).count();
    let duplicates = outcomes.iter().filter(|o| **o == Outcome::Duplicate).count();
    assert_eq!((delivered, duplicates), (1_050, 950));
}

#[test]
fn a_store_of_another_version_or_that_is_none_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("events.sqlite");
    drop(open(&file, &Config::default()));
    rusqlite::Connection::open(&file).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let refused =
        |file: &Path| SqliteSink::open(file, &Config::default(), Arc::new(SystemClock)).err().unwrap();
    assert!(matches!(refused(&file), OpenError::Version { found: 99, .. }));
    let none = dir.path().join("none.sqlite");
    std::fs::write(&none, "this is a text, and no database at all. ".repeat(100)).unwrap();
    assert!(refused(&none).to_string().contains("none.sqlite"));
    assert!(refused(&dir.path().join("missing/events.sqlite")).to_string().contains("missing"));
}

#[tokio::test]
async fn the_readmes_questions_are_answered() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("events.sqlite");
    let sink = open(&file, &Config::default());
    write(&sink, &[event_json(0, 1), event_json(1, 1)]).await;
    let questions =
        include_str!("../../README.md").split("```sql\n").nth(1).unwrap().split("```").next().unwrap();
    let connection = rusqlite::Connection::open(&file).unwrap();
    let answers = questions.split(';').filter(|sql| !sql.trim().is_empty()).map(|sql| {
        let mut statement = connection.prepare(sql).unwrap();
        statement.query_map([], |_| Ok(())).unwrap().count()
    });
    assert_eq!(answers.collect::<Vec<_>>(), [1, 0, 1]);
}

#[test]
fn the_readme_shows_the_sample_and_the_sample_is_the_default() {
    catchwater_consumer_core::sample::check::<Config>(
        include_str!("../../README.md"),
        include_str!("../../sample.toml"),
    );
}
