//! The store against a model in memory: a map from id to the event with the highest revision.

use super::{Bundle, Store};
use crate::config::Config;
use crate::retention::remove_step;
use crate::schema::open_writer;
use catchwater_schemas::event::{Event, Kind};
use catchwater_schemas::id::EventId;
use catchwater_schemas::outcome::Outcome;
use catchwater_schemas::time::Timestamp;
use proptest::prelude::*;
use rusqlite::{Connection, ErrorCode};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

#[derive(Clone, Debug)]
struct Sample {
    id: EventId,
    revision: u64,
    kind: Kind,
    minute: i64,
    service: Option<&'static str>,
    who: Option<&'static str>,
}

impl Sample {
    fn json(&self) -> String {
        format!("{{\"of\":\"{self:?}\"}}").replace("\"S", "S").replace("Some(\"", "(").replace("\")", ")")
    }

    fn event<'a>(&self, json: &'a str) -> Event<'a> {
        Event {
            json,
            id: self.id,
            revision: self.revision,
            kind: self.kind,
            time: Timestamp::from_seconds(self.minute * 20).unwrap(),
            service: self.service.map(Into::into),
            who: self.who.map(Into::into),
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Put(Vec<Vec<Sample>>),
    Tidy,
    Reopen,
    RemoveBefore(i64),
}

/// Digests share their first six bytes three at a time, so that rows under one key must be told apart.
fn sample() -> impl Strategy<Value = Sample> {
    let (services, people) = ([None, Some("shop"), Some("mail")], [None, Some("bob"), Some("eve")]);
    (0u8..30, 0u32..2, 1u64..5, 0usize..4, -20i64..60, 0usize..3, 0usize..3).prop_map(
        move |(n, ordinal, revision, kind, minute, service, who)| {
            let mut digest = [n / 3; 16];
            digest[15] = n;
            let (id, kind) = (EventId { digest, ordinal }, Kind::ALL[kind]);
            Sample { id, revision, kind, minute, service: services[service], who: people[who] }
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    let bundles = proptest::collection::vec(proptest::collection::vec(sample(), 0..12), 1..3);
    prop_oneof![
        6 => bundles.prop_map(Step::Put),
        2 => Just(Step::Tidy),
        2 => Just(Step::Reopen),
        1 => (-20i64..60).prop_map(Step::RemoveBefore),
    ]
}

fn put(store: &mut Store<'_>, calls: &[Vec<Sample>]) -> rusqlite::Result<Vec<Vec<Outcome>>> {
    let bundle = |samples: &Vec<Sample>| {
        let json: Vec<String> = samples.iter().map(Sample::json).collect();
        let events: Vec<Event<'_>> = samples.iter().zip(&json).map(|(s, json)| s.event(json)).collect();
        Bundle::of(&events)
    };
    store.put(&calls.iter().map(bundle).collect::<Vec<_>>())
}

type Model = BTreeMap<EventId, Sample>;

fn expected(model: &mut Model, calls: &[Vec<Sample>]) -> Vec<Vec<Outcome>> {
    let mut one = |sample: &Sample| match model.get(&sample.id) {
        Some(held) if held.revision >= sample.revision => Outcome::Duplicate,
        _ => {
            model.insert(sample.id, sample.clone());
            Outcome::Delivered
        }
    };
    calls.iter().map(|call| call.iter().map(&mut one).collect()).collect()
}

fn texts(connection: &Connection, sql: &str) -> BTreeSet<String> {
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.collect::<rusqlite::Result<_>>().unwrap()
}

fn agrees(connection: &Connection, model: &Model) {
    let held = texts(connection, "SELECT id || ' ' || revision || ' ' || event FROM event_view");
    let model = model.values().map(|s| format!("{} {} {}", s.id, s.revision, s.json()));
    assert_eq!(held, model.collect());
    let rows: i64 = connection.query_row("SELECT COUNT(*) FROM events", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, held.len() as i64, "nothing twice");
    // Floor division, as the rollup has it, of times that may lie before 1970.
    let minutes = "SELECT minute || ' ' || service || ' ' || kind || ' ' || COUNT(*) FROM
        (SELECT (time_ns + 6000000000000000) / 60000000000 - 100000 AS minute, service, kind FROM events)
        GROUP BY minute, service, kind";
    let counted = "SELECT minute || ' ' || service || ' ' || kind || ' ' || count FROM service_minute";
    assert_eq!(texts(connection, counted), texts(connection, minutes));
    let pairs = "SELECT who || ' ' || service || ' ' || COUNT(*) || ' ' || MAX(time_ns) FROM events
        WHERE kind = 0 AND who <> 0 GROUP BY who, service";
    let counted = "SELECT who || ' ' || service || ' ' || count || ' ' || last_seen_ns FROM who_service";
    assert_eq!(texts(connection, counted), texts(connection, pairs));
}

fn open(file: &Path) -> Connection {
    open_writer(file, &Config::default()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn holds_what_a_map_would_and_its_counts_agree(steps in proptest::collection::vec(step(), 1..20)) {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("events.sqlite");
        let mut model = Model::new();
        let mut steps = steps.into_iter().peekable();
        while steps.peek().is_some() {
            let connection = open(&file);
            let mut store = Store::open(&connection).unwrap();
            store.ids.most_held = 9;
            for step in steps.by_ref() {
                match step {
                    Step::Put(calls) => {
                        prop_assert_eq!(put(&mut store, &calls).unwrap(), expected(&mut model, &calls));
                    }
                    Step::Tidy => store.tidy(true).unwrap(),
                    Step::RemoveBefore(minute) => {
                        let removed = remove_step(&mut store, minute * 20_000_000_000).unwrap();
                        let before = model.len();
                        model.retain(|_, sample| sample.minute >= minute);
                        prop_assert_eq!(removed, before - model.len());
                    }
                    Step::Reopen => break,
                }
                agrees(&connection, &model);
            }
        }
    }
}

#[test]
fn a_full_disk_takes_nothing_and_later_all() {
    let dir = tempfile::tempdir().unwrap();
    let connection = open(&dir.path().join("events.sqlite"));
    let mut store = Store::open(&connection).unwrap();
    let mut model = Model::new();
    let of = |n: u16| Sample {
        id: EventId {
            digest: [n.to_be_bytes()[0], n.to_be_bytes()[1], 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            ordinal: 0,
        },
        revision: 1,
        kind: Kind::ServiceQuery,
        minute: n.into(),
        service: Some("shop"),
        who: Some("bob"),
    };
    let first = [vec![of(0), of(1)]];
    assert_eq!(put(&mut store, &first).unwrap(), expected(&mut model, &first));
    let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    connection.pragma_update(None, "max_page_count", pages + 2).unwrap();
    let many = [(0..5_000).map(of).collect::<Vec<_>>()];
    let error = put(&mut store, &many).unwrap_err();
    assert_eq!(error.sqlite_error_code(), Some(ErrorCode::DiskFull));
    agrees(&connection, &model);
    connection.pragma_update(None, "max_page_count", 1_000_000).unwrap();
    assert_eq!(put(&mut store, &many).unwrap(), expected(&mut model, &many));
    agrees(&connection, &model);
}
