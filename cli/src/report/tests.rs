//! Golden files: every report in every format over `testdata/report/events.jsonl`, brought into a store by the real
//! sink. `UPDATE_GOLDEN=1 cargo test` writes them anew; look at the difference before it is kept.

use super::{Format, Look, Shown, render};
use catchwater_consumer_core::sink::Sink;
use catchwater_consumer_core::world::SystemClock;
use catchwater_consumer_sqlite::config::Config;
use catchwater_consumer_sqlite::report::{Answer, By, Filter, Question, ask};
use catchwater_consumer_sqlite::sink::SqliteSink;
use catchwater_schemas::event::Event;
use catchwater_schemas::outcome::Outcome;
use catchwater_schemas::time::Timestamp;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const EVENTS: &str = include_str!("../../testdata/report/events.jsonl");
const PLAIN: Look = Look { width: Some(120), colours: false, unicode: true, chart: true };

/// A store's file; removed when dropped.
pub(crate) struct Store(pub PathBuf, #[expect(dead_code, reason = "removed when dropped")] tempfile::TempDir);

/// The store of the golden files.
pub(crate) fn store() -> Store {
    store_of(EVENTS)
}

fn store_of(events: &str) -> Store {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.sqlite");
    let sink = SqliteSink::open(&file, &Config::default(), Arc::new(SystemClock)).unwrap();
    let events: Vec<Event<'_>> = events.lines().map(|line| Event::read(line).unwrap()).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let outcomes = runtime.block_on(sink.write(&events));
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Delivered));
    Store(file, folder)
}

fn answer(store: &Store, question: Question, filter: &Filter) -> Answer {
    ask(&store.0, &question, filter).unwrap()
}

fn shown(answer: &Answer, filter: &Filter, format: Format, look: Look) -> String {
    let made = Timestamp::parse_rfc3339("2026-11-04T00:00:00Z", 0).unwrap();
    render(&Shown { answer, filter, store: "/data/events.sqlite".into(), made }, format, look)
}

fn questions() -> [(&'static str, Question); 6] {
    [
        ("who-queries-what", Question::WhoQueriesWhat),
        ("queries", Question::Queries),
        ("agent", Question::Agent("*bot*".into())),
        ("file-moves", Question::FileMoves),
        ("preservation-events", Question::PreservationEvents { object: None }),
        ("preservation-object", Question::PreservationEvents { object: Some("bc123df4567".into()) }),
    ]
}

fn check(name: &str, found: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/report").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&file, found).unwrap();
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(expected == found, "{name} is not as it was; UPDATE_GOLDEN=1 writes it anew:\n{found}");
}

#[test]
fn every_report_in_every_format_is_as_it_was() {
    let store = store();
    let filter = Filter { by: Some(By::Day), limit: 6, ..Filter::default() };
    for (name, question) in questions() {
        let answer = answer(&store, question, &filter);
        for (format, ending) in
            [(Format::Table, "txt"), (Format::Csv, "csv"), (Format::Json, "json"), (Format::Html, "html")]
        {
            check(&format!("{name}.{ending}"), &shown(&answer, &filter, format, PLAIN));
        }
    }
}

#[test]
fn nothing_that_a_terminal_obeys_or_a_page_runs_comes_through() {
    let store = store();
    let filter = Filter { by: Some(By::Hour), ..Filter::default() };
    for (name, question) in questions() {
        let answer = answer(&store, question, &filter);
        for format in [Format::Table, Format::Csv, Format::Json, Format::Html] {
            let text = shown(&answer, &filter, format, PLAIN);
            let obeyed = |c: char| (c.is_control() && !matches!(c, '\n' | '\r')) || c == '\u{202e}';
            assert!(!text.chars().any(obeyed), "{name} {format:?}");
            if format == Format::Html {
                assert!(!text.contains("<script"), "{name}");
                for request in ["src=", "href=", "url(", "@import"] {
                    assert!(!text.contains(request), "{name}: {request}");
                }
            }
        }
    }
}

#[test]
fn a_table_fits_its_terminal_and_says_what_it_leaves_out() {
    use unicode_width::UnicodeWidthStr;
    let store = store();
    for (name, question) in questions() {
        let answer = answer(&store, question, &Filter::default());
        for width in [60, 70, 80, 200] {
            let look = Look { width: Some(width), colours: false, unicode: false, chart: true };
            let text = shown(&answer, &Filter::default(), Format::Table, look);
            let widest = text.lines().filter(|line| line.contains("  ")).map(UnicodeWidthStr::width).max();
            assert!(widest.unwrap() <= width, "{name} {width}: {widest:?}\n{text}");
            assert!(width >= 200 || text.contains("no room for"), "{name} {width}\n{text}");
        }
    }
}

#[test]
fn colours_change_no_letter() {
    let store = store();
    let answer = answer(&store, Question::Queries, &Filter::default());
    let coloured = shown(&answer, &Filter::default(), Format::Table, Look { colours: true, ..PLAIN });
    let mut plain = coloured.clone();
    for code in ["1", "2", "31", "36", "0"] {
        plain = plain.replace(&format!("\x1b[{code}m"), "");
    }
    let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert_eq!(trimmed(&plain), trimmed(&shown(&answer, &Filter::default(), Format::Table, PLAIN)));
    assert!(coloured.contains("\x1b[31m"), "errors are red");
}

#[test]
fn an_empty_answer_says_so_and_what_to_do() {
    let full = store();
    let old = Filter { until_ns: Some(0), ..Filter::default() };
    for (name, question) in questions() {
        let answer = answer(&full, question, &old);
        assert!(answer.is_empty);
        for format in [Format::Table, Format::Json, Format::Html] {
            let text = shown(&answer, &old, format, PLAIN);
            for told in ["There are no", "before 1970-01-01T00:00:00Z", "13 service_query", "Widen --since"] {
                assert!(text.contains(told), "{name} {format:?} `{told}`:\n{text}");
            }
        }
        assert_eq!(shown(&answer, &old, Format::Csv, PLAIN).lines().count(), 1, "{name}: the header alone");
    }
    let empty = store_of("");
    let text = shown(
        &answer(&empty, Question::Queries, &Filter::default()),
        &Filter::default(),
        Format::Table,
        PLAIN,
    );
    assert!(text.contains("The store is empty") && text.contains("catchwater put"), "{text}");
    let unknown =
        answer(&full, Question::Agent("deposit".into()), &Filter { until_ns: Some(0), ..Filter::default() });
    assert!(shown(&unknown, &old, Format::Table, PLAIN).contains("Did you mean deposit-service?"));
}

#[test]
fn json_is_typed_and_complete_or_not() {
    let store = store();
    let filter = Filter { limit: 2, ..Filter::default() };
    let answer = answer(&store, Question::WhoQueriesWhat, &filter);
    let value: serde_json::Value =
        serde_json::from_str(&shown(&answer, &filter, Format::Json, PLAIN)).unwrap();
    assert_eq!((&value["meta"]["complete"], &value["meta"]["limit"]), (&false.into(), &2.into()));
    let pairs = &value["sections"][0];
    assert_eq!((&pairs["total_rows"], pairs["rows"].as_array().unwrap().len()), (&8.into(), 2));
    assert_eq!(pairs["rows"][0]["count"], 4);
    assert_eq!(pairs["rows"][0]["first"], "2026-11-01T11:15:00.000Z");
    assert!(pairs["rows"][0]["organization"].is_null());
    assert!(value["meta"]["sql"][0].as_str().unwrap().contains("kind = 0"));
    assert!(value["meta"]["sql_parameters"][":limit"] == 2);
}
