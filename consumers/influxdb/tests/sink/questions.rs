//! The saved InfluxQL of the documents, taken out of them and run on a real server: a query that fails, or finds nothing
//! in a database that holds an answer, fails the test.

use super::real::EVENTS;
use super::*;
use catchwater_tests::influxdb_server::InfluxdbServer;

const QUESTIONS: &str = include_str!("../../../../docs/questions.md");
const README: &str = include_str!("../../README.md");

/// Each statement of the page's `influxql` blocks: the comment before it, and the statement.
fn statements(page: &str) -> Vec<(String, String)> {
    let blocks = page.split("```influxql\n").skip(1).filter_map(|rest| rest.split("```").next());
    let statements = blocks.flat_map(|block| block.split("\n\n")).filter(|text| !text.trim().is_empty());
    let parts = statements.map(|statement| {
        let (comments, query): (Vec<&str>, Vec<&str>) =
            statement.lines().partition(|line| line.starts_with("--"));
        (comments.join(" "), query.join(" "))
    });
    parts.collect()
}

#[tokio::test]
async fn every_saved_query_is_answered() {
    let Some(server) = InfluxdbServer::start() else { return };
    write(&sink(server.url(), |_| {}), &EVENTS.lines().map(String::from).collect::<Vec<_>>()).await;
    // How each page's statements are told by their comments, and a part of an answer's row.
    let expected = [
        (
            QUESTIONS,
            vec![
                (
                    "1. ",
                    "service=catalogue|who_class=person|time=1793491200000000000|queries=4|different_who=3",
                ),
                ("1a. ", "service=catalogue|time=1793527200000000000|queries=3"),
                ("2. ", "outcome=success|service=catalogue|time=0|queries=3|median_ms=2.3|p95_ms=4.5"),
                ("3. ", "service=catalogue|catchwater.operation=GET /item/{id}"),
                (
                    "4. ",
                    "action_type=COPY|file.path=scans/book 17/page-0001.tif|file.source.bucket=masters|file.destination.bucket=masters-copy",
                ),
                ("4a. ", "action_type=PUT|time=0|moves=6|bytes=48318382"),
                (
                    "5. ",
                    "premis.event.type=replication|premis.event.outcome=success|premis.agent.name=zip-uploader",
                ),
            ],
        ),
        (README, vec![("How often", "service=catalogue|time=1793527200000000000|count=3")]),
    ];
    for (page, expected) in expected {
        let statements = statements(page);
        assert_eq!(statements.len(), expected.len());
        for ((comment, query), (begins, holds)) in statements.iter().zip(expected) {
            assert!(comment.trim_start_matches("-- ").starts_with(begins), "{comment}: not {begins}");
            let rows: Vec<String> = server
                .rows(query)
                .iter()
                .map(|row| {
                    let cells = row.iter().map(|(name, value)| match value.as_str() {
                        Some(text) => format!("{name}={text}"),
                        None => format!("{name}={value}"),
                    });
                    cells.collect::<Vec<_>>().join("|")
                })
                .collect();
            assert!(rows.iter().any(|row| row.contains(holds)), "{query}: {rows:?} without {holds}");
        }
    }
}
