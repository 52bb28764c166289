//! `catchwater put`: lines, envelopes and standard input, the same file twice, and what goes wrong.

use catchwater_tests::pipeline::{Pipeline, run, run_with_input};
use catchwater_tests::store::Store;
use std::path::Path;
use std::process::Output;

const LINE: &str = r#"192.168.202.254 - - [20/Jul/2009:22:59:26 +0000] "GET /vmw/cgi/tramp HTTP/1.0" 200 134 "-" "gPXE/0.9.7""#;

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn put(folder: &Path, args: &[&str]) -> String {
    let output = run(folder, &[&["put"], args].concat());
    assert!(output.status.success(), "{}", told(&output));
    told(&output)
}

#[test]
fn a_file_put_twice_is_stored_once_and_equal_lines_stay_apart() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("access.log"),
        format!("{LINE}\n{LINE}\r\n\nno access line\nlast without newline"),
    )
    .unwrap();
    let pipeline = Pipeline::start(folder.path(), &[]);
    let first = put(folder.path(), &["access.log", "--service", "boot"]);
    assert!(first.contains("put 5 log events"), "the blank line is one too: {first}");
    pipeline.settle();
    put(folder.path(), &["access.log", "--service", "boot"]);
    pipeline.settle();
    let store = Store::open(&pipeline.data());
    assert_eq!(store.events(), 4);
    assert_eq!(
        store.number("SELECT count(*) FROM event_view WHERE kind = 'service_query' AND service = 'boot'"),
        2
    );
    let transform = pipeline.account("transform");
    assert_eq!(
        transform["filtered"],
        serde_json::json!({"empty": 2}),
        "the blank line, each time: {transform}"
    );
    let sink = pipeline.account("sqlite");
    assert_eq!((sink["delivered"].as_u64(), sink["duplicates"].as_u64()), (Some(4), Some(4)), "{sink}");
}

#[test]
fn envelopes_go_as_they_are_and_standard_input_as_lines() {
    let folder = tempfile::tempdir().unwrap();
    let envelope = r#"{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"g","logStream":"s","subscriptionFilters":["f"],"policyLevel":"ACCOUNT","logEvents":[{"id":"1","timestamp":1719922604969,"message":"one"},{"id":"2","timestamp":1719922604970,"message":"two"}]}"#;
    let control = r#"{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","subscriptionFilters":[],"logEvents":[{"id":"","timestamp":1,"message":"CWL CONTROL MESSAGE: Checking health of destination Kinesis stream."}]}"#;
    std::fs::write(folder.path().join("envelopes.jsonl"), format!("{envelope}\n{control}\n")).unwrap();
    let pipeline = Pipeline::start(folder.path(), &[]);
    put(folder.path(), &["envelopes.jsonl"]);
    let input = run_with_input(folder.path(), &["put", "-"], b"three\nfour\n");
    assert!(input.status.success(), "{}", told(&input));
    pipeline.settle();
    let messages = Store::open(&pipeline.data()).texts("SELECT event ->> '$.message' FROM events ORDER BY 1");
    assert_eq!(messages, ["four", "one", "three", "two"]);
    let account = pipeline.account("transform");
    assert_eq!(
        Store::open(&pipeline.data())
            .number("SELECT count(*) FROM events WHERE event ->> '$.cloud.account.id' = '123456789012'"),
        2
    );
    assert_eq!(
        account["filtered"].as_object().unwrap().values().map(|v| v.as_u64().unwrap()).sum::<u64>(),
        1,
        "{account}"
    );
}

#[test]
fn a_format_of_the_pipelines_configuration_can_be_named() {
    let folder = tempfile::tempdir().unwrap();
    let config = "[listen]\nkinesis = \"127.0.0.1:0\"\npage = \"127.0.0.1:0\"\n[sink.sqlite]\n[format.door]\npattern = '^(?<who>[a-z]+) opens$'\nfields = { who = \"user.name\" }\n";
    std::fs::write(folder.path().join("test.toml"), config).unwrap();
    std::fs::write(folder.path().join("door.log"), "bob opens\nnothing\n").unwrap();
    let pipeline = Pipeline::start(folder.path(), &[]);
    put(folder.path(), &["door.log", "--format", "door"]);
    pipeline.settle();
    let store = Store::open(&pipeline.data());
    let told_of = "SELECT coalesce(event ->> '$.user.name', event ->> '$.catchwater.parse_failure') FROM events ORDER BY 1";
    assert_eq!(store.texts(told_of), ["bob", "no_match"]);
    let mistyped = run(folder.path(), &["put", "--format", "doro", "door.log"]);
    assert!(told(&mistyped).contains("did you mean `door`?"), "{}", told(&mistyped));
}

#[test]
fn what_goes_wrong_is_told_with_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("access.log"), LINE).unwrap();
    let fails = |args: &[&str]| {
        let output = run(folder.path(), args);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {}", told(&output));
        told(&output)
    };
    assert!(fails(&["put", "access.log"]).contains("catchwater up"));
    let pipeline = Pipeline::start(folder.path(), &[]);
    assert!(fails(&["put", "absent.log"]).contains("absent.log"));
    // A name that is not known ends with 2, as usage errors do.
    let mistyped = run(folder.path(), &["put", "--format", "ngnix_access", "access.log"]);
    assert_eq!(mistyped.status.code(), Some(2), "{}", told(&mistyped));
    assert!(told(&mistyped).contains("did you mean `nginx_access`?"), "{}", told(&mistyped));
    // The pipeline dies without tidying up: its endpoint file stays.
    pipeline.kill();
    let gone = fails(&["put", "access.log"]);
    assert!(gone.contains("127.0.0.1") && gone.contains("catchwater up"), "{gone}");
}
