//! The saved LogQL of the documents, taken out of them and run on a real server: a query that fails, or finds not what the
//! store holds, fails the test.

use super::real::EVENTS;
use super::*;
use catchwater_tests::loki_server::{LokiServer, Set};
use serde_json::Value;

const QUESTIONS: &str = include_str!("../../../../docs/questions.md");
const README: &str = include_str!("../../README.md");

/// Each statement of the page's `logql` blocks: the comment before it, and the statement.
fn statements(page: &str) -> Vec<(String, String)> {
    let blocks = page.split("```logql\n").skip(1).filter_map(|rest| rest.split("```").next());
    let statements = blocks.flat_map(|block| block.split("\n\n")).filter(|text| !text.trim().is_empty());
    let parts = statements.map(|statement| {
        let (comments, query): (Vec<&str>, Vec<&str>) =
            statement.lines().partition(|line| line.starts_with('#'));
        (comments.join(" "), query.join(" "))
    });
    parts.collect()
}

/// The answer's rows as texts: of a metric its labels and value (and time, where it is one over time), else the line.
fn rows(server: &LokiServer, query: &str) -> Vec<String> {
    let over_time = query.contains("[1h]");
    let (from, to) = ("2026-11-01T00:00:00Z", "2026-11-30T00:00:00Z");
    let found = match query.starts_with('{') || over_time {
        true => server.query(query, from, if over_time { "2026-11-04T00:00:00Z&step=3600" } else { to }, ""),
        false => server.query(query, to, to, ""),
    };
    let mut rows = Vec::new();
    for result in found {
        let metric = result["metric"].as_object().into_iter().flatten();
        let labels: Vec<String> =
            metric.map(|(name, value)| format!("{name}={}", value.as_str().unwrap())).collect();
        let values = result["values"].as_array().cloned().unwrap_or_else(|| vec![result["value"].clone()]);
        for value in values {
            let text = value[1].as_str().unwrap();
            rows.push(match &value[0] {
                Value::String(_) => text.to_string(),
                time if over_time => format!("{} {} at {time}", labels.join(" "), text),
                _ => format!("{} {}", labels.join(" "), text),
            });
        }
    }
    rows
}

#[tokio::test]
async fn every_saved_query_is_answered() {
    let set = Set { limits: "reject_old_samples: false", ingester: "max_chunk_age: 2000h", tenants: None };
    let Some(server) = LokiServer::start_with(set) else { return };
    let json: Vec<String> = EVENTS.lines().map(String::from).collect();
    assert_eq!(write(&sink(server.url(), |_| {}), &json).await, vec![Outcome::Delivered; json.len()]);
    // How each page's statements are told by their comments, a row of the answer, and the number of rows.
    let expected = [
        (
            QUESTIONS,
            vec![
                ("1. ", "service=catalogue who=198.51.100.7 4", 8),
                // The hour before 2026-11-01 11:00.
                ("1a. ", "service=catalogue 3 at 1793530800", 6),
                ("2. ", "operation=GET /item/{id} outcome=failure service=catalogue 2", 8),
                ("2a. ", "service=catalogue 577.1", 2),
                ("2b. ", "language=", 3),
                ("3. ", "catalogue GET /item/{id}", 4),
                ("3a. ", "operation=GET /item/{id} service=catalogue 4", 1),
                ("4. ", "COPY scans/book 17/page-0001.tif: masters -> masters-copy, AIDAEXAMPLE", 5),
                ("4a. ", "action=PUT 48318382", 2),
                ("5. ", "replication success zip-uploader", 4),
            ],
        ),
        (README, vec![("How often", "service=catalogue 3 at 1793530800", 6)]),
    ];
    for (page, expected) in expected {
        let statements = statements(page);
        assert_eq!(statements.len(), expected.len());
        for ((comment, query), (begins, holds, count)) in statements.iter().zip(expected) {
            assert!(comment.trim_start_matches("# ").starts_with(begins), "{comment}: not {begins}");
            let rows = rows(&server, query);
            assert!(rows.iter().any(|row| row.starts_with(holds)), "{query}: {rows:#?} without {holds}");
            assert_eq!(rows.len(), count, "{query}: {rows:#?}");
        }
    }
}
