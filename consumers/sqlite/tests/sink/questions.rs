//! The saved SQL of the documents, taken out of them and run: a query that fails, or finds nothing in a store that
//! holds an answer, fails the test.

use super::{Config, open, write};
use rusqlite::Connection;

/// Events of all kinds: those of the reports' golden files.
const EVENTS: &str = include_str!("../../../../cli/testdata/report/events.jsonl");
const QUESTIONS: &str = include_str!("../../../../docs/questions.md");
const SINKS: &str = include_str!("../../../../docs/sinks.md");

/// Each statement of the page's `sql` blocks: the comment before it, and the statement.
fn statements(page: &str) -> Vec<(String, String)> {
    let blocks = page.split("```sql\n").skip(1).filter_map(|rest| rest.split("```").next());
    let statements = blocks.flat_map(|block| block.split(";\n")).filter(|sql| !sql.trim().is_empty());
    let parts = statements.map(|statement| {
        let (comments, sql): (Vec<&str>, Vec<&str>) =
            statement.lines().filter(|line| !line.is_empty()).partition(|line| line.starts_with("--"));
        (comments.join(" "), sql.join("\n"))
    });
    parts.collect()
}

/// The rows, their values joined by `|`.
fn rows(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).unwrap_or_else(|e| panic!("{e}\n{sql}"));
    let columns = statement.column_count();
    let row = |row: &rusqlite::Row<'_>| {
        let value = |n| row.get::<_, rusqlite::types::Value>(n).map(|value| text(&value));
        Ok((0..columns).map(value).collect::<rusqlite::Result<Vec<_>>>()?.join("|"))
    };
    statement.query_map([], row).unwrap().collect::<rusqlite::Result<_>>().unwrap()
}

fn text(value: &rusqlite::types::Value) -> String {
    use rusqlite::types::Value;
    match value {
        Value::Null => String::new(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Blob(_) => "blob".into(),
    }
}

#[tokio::test]
async fn every_saved_query_is_answered() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("events.sqlite");
    let sink = open(&file, &Config::default());
    write(&sink, &EVENTS.lines().map(String::from).collect::<Vec<_>>()).await;
    let connection = Connection::open(&file).unwrap();
    // How each page's statements are told by their comments, and the first row of each.
    let expected = [
        (
            SINKS,
            vec![
                ("Who queried which service", "198.51.100.7|catalogue|4|"),
                ("How often", "2026-11-01T10|catalogue|3"),
                ("What was queried", "catalogue|GET /item/{id}|5"),
                ("What did one agent", "2026-11-01T11:15:00.000Z|catalogue|GET|/item/99|"),
                (
                    "Which file moved where",
                    "2026-11-01T12:00:02.000Z|PUT|l0/2026/305/eea_l0_2026305-000000_v0.bin|incoming|hermes-eea",
                ),
                ("What happened", "2026-11-01T01:00:00.000Z|ingestion|success|druid:bc123df4567"),
            ],
        ),
        (
            QUESTIONS,
            vec![
                (
                    "1.",
                    "198.51.100.7||harvester|bot|catalogue|4|2026-11-01T11:15:00.000Z|2026-11-02T08:00:00.000Z",
                ),
                ("1a.", "2026-11-01|catalogue|6|3"),
                ("2.", "catalogue|GET /item/{id}|5|2|2|192.2|"),
                ("2a.", "search|maps of zürich|a1b2c3d4|2|"),
                ("3.", "catalogue|GET /item/{id}|4|"),
                (
                    "4.",
                    "2026-11-01T12:00:02.000Z|PUT|l0/2026/305/eea_l0_2026305-000000_v0.bin|incoming|hermes-eea||",
                ),
                (
                    "4a.",
                    "2026-11-01T12:05:00.000Z|l0/2026/305/nemisis_l0_2026305-000500_v0.bin|hermes-nemisis",
                ),
                (
                    "5.",
                    "2026-11-01T01:00:00.000Z|ingestion|success|preservation-catalogue|version 1 accepted",
                ),
            ],
        ),
    ];
    for (page, questions) in expected {
        let statements = statements(page);
        assert_eq!(statements.len(), questions.len(), "{statements:#?}");
        for ((comment, sql), (question, first)) in statements.iter().zip(questions) {
            assert!(comment.starts_with(&format!("-- {question}")), "`{comment}` for `{question}`");
            let rows = rows(&connection, sql);
            let found = rows.first().map(String::as_str).unwrap_or_default();
            assert!(found.starts_with(first), "{comment}\nexpected {first}\nfound    {rows:#?}");
        }
    }
}
