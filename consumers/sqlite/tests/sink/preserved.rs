//! From the formats' golden events to answers: what happened to a preserved object, and which file moved where.

use super::report::{column, section};
use super::{Config, open, write};
use catchwater_consumer_sqlite::report::{Answer, Filter, Question, ask};
use std::path::PathBuf;

/// Golden events of the formats that tell of preservation and of moved files.
const EVENTS: [&str; 8] = [
    include_str!("../../../../transforms/testdata/stanford_sdr/edges/golden.jsonl"),
    include_str!("../../../../transforms/testdata/dor_event/edges/golden.jsonl"),
    include_str!("../../../../transforms/testdata/dor_events_xml/edges/golden.jsonl"),
    include_str!("../../../../transforms/testdata/premis_xml/edges/golden.jsonl"),
    include_str!("../../../../transforms/testdata/fedora_audit/edges/golden.jsonl"),
    include_str!("../../../../transforms/testdata/fedora_event/edges/golden.jsonl"),
    include_str!("../../../../transforms/testdata/hyrax_fixity/edges/golden.jsonl"),
    include_str!("../../../../transforms/testdata/sdc/edges/golden.jsonl"),
];

async fn store() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("events.sqlite");
    let lines: Vec<String> = EVENTS.iter().flat_map(|events| events.lines()).map(String::from).collect();
    write(&open(&file, &Config::default()), &lines).await;
    (dir, file)
}

/// The columns of the history, each row joined by `|`.
fn history(answer: &Answer, names: &[&str]) -> Vec<String> {
    let events = section(answer, "events");
    let columns: Vec<Vec<String>> = names.iter().map(|name| column(events, name)).collect();
    (0..events.rows.len())
        .map(|row| columns.iter().map(|c| c[row].as_str()).collect::<Vec<_>>().join("|"))
        .collect()
}

#[tokio::test]
async fn what_happened_to_an_object() {
    let (_dir, file) = store().await;
    let of = |object: &str| {
        let question = Question::PreservationEvents { object: Some(object.into()) };
        ask(&file, &question, &Filter::default()).unwrap()
    };
    // The sources write it with and without its prefix; so may who asks.
    let answer = of("bj102hs9687");
    let all = history(&answer, &["type", "outcome"]);
    assert_eq!(all, history(&of("druid:bj102hs9687"), &["type", "outcome"]));
    for expected in [
        "accession|success",
        "deletion|-",
        "fixity check|fail",
        "fixity check|success",
        "open|-",
        "publishing_complete|success",
        "replication|fail",
        "replication|success",
        "update|fail",
        "validation|success",
        "validation|warning",
        "version_open|-",
    ] {
        assert!(all.iter().any(|row| row == expected), "{expected} in {all:#?}");
    }
    let told = history(&answer, &["type", "agent", "detail"]);
    for expected in [
        "open|staff & more|Version 2 opened",
        "validation|preservation-catalog|-",
        "accession|-|added object to db as it did not exist",
        "version_open|sunetid|-",
    ] {
        assert!(told.iter().any(|row| row == expected), "{expected} in {told:#?}");
    }
    assert!(!all.iter().any(|row| row.contains("finished")), "a robot's log is no event of preservation");
    assert_eq!(history(&of("druid:bd935rr8206"), &["type", "agent"]), ["deletion|joanna"]);
    let uuid = of("52fdfc07-2182-454f-963f-5f0f9a621d72");
    assert_eq!(
        history(&uuid, &["type", "outcome", "agent", "detail"]),
        ["message digest calculation|success|Archive 1.13|fd2a…"]
    );
    assert_eq!(history(&of("R1"), &["type"]), ["virus check"], "one of several objects");
    let resource = of("http://localhost:8080/rest/path/to/resource");
    assert_eq!(history(&resource, &["type", "outcome", "agent"]), ["modification|success|fedoraAdmin"]);
    assert_eq!(
        history(&of("http://localhost:8983/rest/abc"), &["type", "outcome", "detail"]),
        ["fixity check|fail|could not be read"]
    );
}

#[tokio::test]
async fn which_file_moved_where() {
    let (_dir, file) = store().await;
    let answer = ask(&file, &Question::FileMoves, &Filter::default()).unwrap();
    let moves = section(&answer, "moves");
    let rows: Vec<String> = {
        let columns = ["action", "file", "from", "to", "outcome"].map(|name| column(moves, name));
        (0..moves.rows.len()).map(|row| columns.each_ref().map(|c| c[row].as_str()).join("|")).collect()
    };
    let eea = "hermes_EEA_l0_2023042-000000_v0.bin";
    for expected in [
        "copy|hermes_SPANI_l0_2023040-000018_v01.bin|swsoc-incoming|hermes-spani|success".to_string(),
        "upload|l1/a.cdf|-|hermes-eea|success".to_string(),
        "move|never/started.bin|-|hermes-eea|success".to_string(),
        format!("copy|in/{eea}|swsoc-incoming|hermes-eea/Hermes/eea/l0/{eea}|failure"),
    ] {
        assert!(rows.contains(&expected), "{expected} in {rows:#?}");
    }
    assert_eq!(column(section(&answer, "unfinished"), "action"), ["delete"]);
    let failures: u32 =
        column(section(&answer, "summary"), "failures").iter().map(|n| n.parse::<u32>().unwrap()).sum();
    assert_eq!(failures, 1);
}
