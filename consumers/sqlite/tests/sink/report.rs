//! What the reports answer, where the golden files of the command do not tell it apart: ranges, services, starts that
//! end after the range, snapshots, limits, and stores that cannot be asked.

use super::{Config, open, write};
use catchwater_consumer_sqlite::report::answer::{Cell, Section};
use catchwater_consumer_sqlite::report::{Answer, By, Filter, Question, ReportError, ask};
use catchwater_consumer_sqlite::schema::OpenError;
use catchwater_schemas::time::Timestamp;
use std::path::{Path, PathBuf};

const START: &str = "2026-11-01T00:00:00Z";

fn nanos(text: &str) -> i64 {
    Timestamp::parse_rfc3339(text, 0).unwrap().nanos()
}

/// An event of a minute after the start; `more` are further members of it.
fn event(number: u32, minute: i64, kind: &str, service: &str, who: &str, more: &str) -> String {
    let time = Timestamp::from_nanos(nanos(START) + minute * 60_000_000_000);
    format!(
        r#"{{"@timestamp":"{time}","service":{{"name":"{service}"}},"event":{{"id":"{number:08x}{number:024x}","type":"access"}},"catchwater":{{"schema":1,"revision":1,"kind":"{kind}","who":"{who}"}}{more}}}"#
    )
}

fn start_or_end(number: u32, minute: i64, phase: &str, path: &str, bucket: Option<&str>) -> String {
    let bucket = bucket.map(|b| format!(r#","destination":{{"bucket":"{b}"}}"#)).unwrap_or_default();
    let file = format!(r#","file":{{"path":"{path}"{bucket}}}"#);
    event(number, minute, "file_move", "sorter", "", &file).replace("\"access\"", &format!("\"{phase}\""))
}

async fn store(lines: &[String]) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("events.sqlite");
    write(&open(&file, &Config::default()), lines).await;
    (dir, file)
}

pub fn section<'a>(answer: &'a Answer, name: &str) -> &'a Section {
    answer.sections.iter().find(|section| section.name == name).unwrap()
}

/// The texts of a column.
pub fn column(section: &Section, name: &str) -> Vec<String> {
    let place = section.columns.iter().position(|column| column.name == name).unwrap();
    let text = |row: &Vec<Cell>| match &row[place] {
        Cell::Null => "-".to_string(),
        Cell::Text(text) => text.clone(),
        Cell::Integer(number) => number.to_string(),
        Cell::Real(number) => format!("{number:.3}"),
    };
    section.rows.iter().map(text).collect()
}

fn between(since: i64, until: i64) -> Filter {
    let at = |minute: i64| Some(nanos(START) + minute * 60_000_000_000);
    Filter { since_ns: at(since), until_ns: at(until), ..Filter::default() }
}

#[tokio::test]
async fn ranges_end_before_their_end_and_services_are_told_apart() {
    let lines: Vec<String> = (0..6u32)
        .map(|n| event(n, n.into(), "service_query", ["a", "b"][n as usize % 2], "bob", ""))
        .collect();
    let (_dir, file) = store(&lines).await;
    let count = |filter: &Filter| {
        let answer = ask(&file, &Question::WhoQueriesWhat, filter).unwrap();
        let pairs = section(&answer, "pairs");
        column(pairs, "service")
            .into_iter()
            .zip(column(pairs, "count"))
            .map(|(s, n)| s + &n)
            .collect::<Vec<_>>()
    };
    assert_eq!(count(&Filter::default()), ["b3", "a3"], "the one that came last is first");
    assert_eq!(count(&between(1, 3)), ["a1", "b1"]);
    assert_eq!(count(&Filter { service: Some("b".into()), ..between(0, 5) }), ["b2"]);
    let unknown = Filter { service: Some("c".into()), ..Filter::default() };
    match ask(&file, &Question::Queries, &unknown).unwrap_err() {
        ReportError::NoService { given, services } => assert_eq!((given.as_str(), services.len()), ("c", 2)),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_start_is_open_until_an_end_of_its_file_comes_also_after_the_range() {
    let lines = [
        start_or_end(1, 0, "start", "ended", Some("x")),
        start_or_end(2, 1, "start", "ended-late", Some("x")),
        start_or_end(3, 2, "start", "ended-elsewhere", Some("x")),
        start_or_end(4, 3, "start", "ended-before", Some("x")),
        start_or_end(5, 4, "start", "no-bucket", None),
        start_or_end(6, 4, "start", "never", None),
        start_or_end(11, 1, "end", "ended", Some("x")),
        start_or_end(12, 99, "end", "ended-late", Some("x")),
        start_or_end(13, 3, "end", "ended-elsewhere", Some("y")),
        start_or_end(14, 2, "end", "ended-before", Some("x")),
        start_or_end(15, 4, "end", "no-bucket", Some("z")),
    ];
    let (_dir, file) = store(&lines).await;
    let answer = ask(&file, &Question::FileMoves, &between(0, 50)).unwrap();
    assert_eq!(column(section(&answer, "unfinished"), "file"), ["ended-elsewhere", "ended-before", "never"]);
    assert_eq!(
        column(section(&answer, "moves"), "file"),
        ["ended", "ended-before", "ended-elsewhere", "no-bucket"]
    );
    let later = ask(&file, &Question::FileMoves, &between(50, 100)).unwrap();
    assert!(section(&later, "unfinished").rows.is_empty());
    assert_eq!(column(section(&later, "moves"), "file"), ["ended-late"]);
}

#[tokio::test]
async fn an_agent_is_found_by_each_of_its_names_and_only_by_all_of_it() {
    let agent = |n, more: &str| event(n, n.into(), "service_query", "s", &format!("who-{n}"), more);
    let lines = [
        agent(1, r#","user":{"name":"Eve"}"#),
        agent(2, r#","source":{"ip":"203.0.113.9"}"#),
        agent(3, r#","organization":{"name":"100%_org"}"#),
        agent(4, r#","user_agent":{"original":"Mozilla/5.0 (compatible; ExampleBot/2.1)"}"#),
        agent(5, r#","user":{"name":"evelyn"}"#),
        event(6, 6, "log", "s", "who-1", ""),
    ];
    let (_dir, file) = store(&lines).await;
    let found = |name: &str| {
        let answer = ask(&file, &Question::Agent(name.into()), &Filter::default()).unwrap();
        let matches = section(&answer, "matches");
        column(matches, "field")
            .into_iter()
            .zip(column(matches, "value"))
            .map(|(f, v)| format!("{f}={v}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(found("eve"), ["user.name=Eve"]);
    assert_eq!(found("eve*"), ["user.name=Eve", "user.name=evelyn"]);
    assert_eq!(found("203.0.113.9"), ["source.address=203.0.113.9"]);
    assert_eq!(found("100%_org"), ["organization.name=100%_org"]);
    assert_eq!(found("100%"), Vec::<String>::new());
    assert_eq!(found("who-1"), ["catchwater.who=who-1"]);
    assert_eq!(found("examplebot"), ["user_agent.original=Mozilla/5.0 (compatible; ExampleBot/2.1)"]);
    let answer = ask(&file, &Question::Agent("ho-".into()), &Filter::default()).unwrap();
    assert!(answer.is_empty && answer.meant.len() == 5, "{:?}", answer.meant);
}

#[tokio::test]
async fn over_time_has_every_bucket_and_few_rows_of_many_are_told_so() {
    let lines: Vec<String> = [0i64, 1, 1, 180]
        .iter()
        .zip(0u32..)
        .map(|(minute, n)| event(n, *minute, "service_query", "s", &format!("who-{n}"), ""))
        .collect();
    let (_dir, file) = store(&lines).await;
    let filter = Filter { by: Some(By::Hour), limit: 2, ..Filter::default() };
    let answer = ask(&file, &Question::WhoQueriesWhat, &filter).unwrap();
    assert_eq!(column(section(&answer, "over_time"), "count"), ["3", "0", "0", "1"]);
    assert!(section(&answer, "over_time").is_complete());
    let pairs = section(&answer, "pairs");
    assert_eq!((pairs.rows.len(), pairs.total_rows, pairs.is_complete()), (2, 4, false));
    let over_time = section(&answer, "pairs_over_time");
    assert_eq!((over_time.rows.len(), over_time.is_complete()), (3, false), "two of the first hour's three");
    assert!(!answer.is_complete());
}

#[tokio::test]
async fn answers_while_a_sink_writes() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("events.sqlite");
    let sink = open(&file, &Config::default());
    for n in 0..20u32 {
        write(&sink, &[event(n, n.into(), "service_query", "s", "bob", "")]).await;
        let answer = ask(&file, &Question::Queries, &Filter::default()).unwrap();
        assert_eq!(answer.facts[0].value, Cell::Integer(i64::from(n) + 1));
    }
}

#[test]
fn a_store_of_another_version_or_that_is_none_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("events.sqlite");
    drop(open(&file, &Config::default()));
    rusqlite::Connection::open(&file).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let refused = |file: &Path| ask(file, &Question::Queries, &Filter::default()).unwrap_err();
    assert!(matches!(refused(&file), ReportError::Open(OpenError::Version { found: 99, .. })));
    let none = dir.path().join("none.sqlite");
    std::fs::write(&none, "this is a text, and no database at all. ".repeat(100)).unwrap();
    assert!(refused(&none).to_string().contains("none.sqlite"));
}
