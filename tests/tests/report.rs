//! `catchwater report` on the sample logs, as a user runs it: while the pipeline runs, after it, in a pipe, without a
//! store, and its page in real Chromium.

use catchwater_tests::browser::Browser;
use catchwater_tests::pipeline::{Pipeline, binary, run};
use catchwater_tests::skipped;
use catchwater_tests::store::Store;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

fn json(folder: &Path, args: &[&str]) -> Value {
    let output = run(folder, &[&["report"], args, &["--format", "json"]].concat());
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn table(folder: &Path, args: &[&str]) -> String {
    let output = run(folder, &[&["report"], args].concat());
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Sum of a column of a section, all rows.
fn sum(report: &Value, section: usize, column: &str) -> i64 {
    let rows = report["sections"][section]["rows"].as_array().unwrap();
    rows.iter().map(|row| row[column].as_i64().unwrap()).sum()
}

#[test]
fn the_samples_are_reported_while_the_pipeline_runs_and_after() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = Pipeline::start_with(folder.path(), &["up"]);
    pipeline.settle();
    let store = Store::open(&pipeline.data());
    let queries = store.number("SELECT count(*) FROM event_view WHERE kind = 'service_query'");

    let who = json(folder.path(), &["who-queries-what", "--limit", "100000", "--by", "month"]);
    assert_eq!(who["meta"]["complete"], true);
    assert_eq!(
        (sum(&who, 0, "count"), sum(&who, 1, "count"), sum(&who, 2, "count")),
        (queries, queries, queries)
    );
    assert_eq!(who["totals"]["queries"], queries);
    let shown = table(folder.path(), &["who-queries-what", "--service", "semicomplete.com", "--chart"]);
    assert!(shown.contains("queries 1,200") && shown.contains('█'), "{shown}");

    let asked = json(folder.path(), &["queries", "--limit", "100000"]);
    assert_eq!(sum(&asked, 0, "count"), queries);
    let errors = store.number(
        "SELECT count(*) FROM event_view WHERE kind = 'service_query' AND event ->> '$.event.outcome' = 'failure'",
    );
    assert_eq!(asked["totals"]["errors"], errors);

    let agent = who["sections"][0]["rows"][0]["who"].as_str().unwrap().to_string();
    let of_agent =
        store.number(&format!("SELECT count(*) FROM event_view WHERE kind <> 'log' AND who = '{agent}'"));
    let found = json(folder.path(), &["agent", &agent, "--limit", "100000"]);
    assert!(found["totals"]["events"].as_i64().unwrap() >= of_agent, "{agent}");
    assert_eq!(found["sections"][1]["rows"][0]["value"], agent.as_str());

    let moves = json(folder.path(), &["file-moves", "--limit", "1000"]);
    let completed = "SELECT count(*) FROM event_view WHERE kind = 'file_move' AND event ->> '$.event.type' IS NOT 'start'";
    assert_eq!(moves["totals"]["moves"], store.number(completed));
    assert!(
        moves["sections"][2]["rows"].as_array().unwrap().iter().any(|row| row["to_bucket"] == "hermes-eea"),
        "{moves:#}"
    );

    let printed = pipeline.interrupt();
    assert!(printed.contains("stopped"));
    let again = json(folder.path(), &["who-queries-what", "--limit", "100000", "--by", "month"]);
    assert_eq!(again["sections"], who["sections"], "the same without the pipeline");
}

#[test]
fn nothing_to_report_and_no_store_are_told_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let absent = run(folder.path(), &["report", "queries"]);
    let told = String::from_utf8_lossy(&absent.stderr).to_string();
    assert_eq!(absent.status.code(), Some(1));
    for word in ["catchwater-data/events.sqlite", "catchwater up", "--data-dir", "--store"] {
        assert!(told.contains(word), "{word}: {told}");
    }
    assert!(!folder.path().join("catchwater-data").exists(), "asking makes nothing");
    std::fs::write(folder.path().join("text"), "no database ".repeat(1000)).unwrap();
    let none = run(folder.path(), &["report", "queries", "--store", "text"]);
    assert_eq!(none.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&none.stderr).contains("text"));

    let pipeline = Pipeline::start(folder.path(), &[]);
    let empty = table(folder.path(), &["preservation-events"]);
    assert!(
        empty.contains("There are no preservation events") && empty.contains("catchwater put"),
        "{empty}"
    );
    let unknown = run(folder.path(), &["report", "queries", "--service", "x"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert_eq!(run(folder.path(), &["report", "queries", "--by", "fortnight"]).status.code(), Some(2));
    drop(pipeline);
}

#[test]
fn a_closed_pipe_ends_a_report_quietly_and_the_page_is_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = Pipeline::start_with(folder.path(), &["up"]);
    pipeline.settle();
    let script = format!(
        "set -o pipefail; '{}' report who-queries-what --format csv --limit 100000 --by minute | head -1",
        binary().display()
    );
    let output = Command::new("bash").args(["-c", &script]).current_dir(folder.path()).output().unwrap();
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        output.stdout.starts_with(b"who,organization,application,class,service,count,share,first,last\r\n")
    );

    let page = table(folder.path(), &["who-queries-what", "--by", "day", "--format", "html"]);
    let file = folder.path().join("report.html");
    std::fs::write(&file, page).unwrap();
    let Some(browser) = Browser::start() else {
        return skipped("no chromedriver: install chromium and chromium-driver");
    };
    browser.open(&format!("file://{}", file.display()));
    browser.wait_until("document.querySelectorAll('figure svg rect').length > 5");
    let rows = browser.script("return document.querySelectorAll('table')[0].tBodies[0].rows.length");
    assert_eq!(rows, 100);
    let wide = "return [...document.querySelectorAll('svg')].every((s) => s.getBoundingClientRect().width > 400) && document.body.scrollWidth <= innerWidth";
    assert_eq!(
        browser.script(wide),
        Value::Bool(true),
        "charts are drawn and the page is not wider than the window"
    );
    assert_eq!(
        browser.script("return performance.getEntriesByType('resource').length"),
        0,
        "it asks for nothing"
    );
    browser.screenshot("report-who.png");
    assert_eq!(browser.console(), Vec::<Value>::new());
}
