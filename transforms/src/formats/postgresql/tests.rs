//! Entries of all three forms.

use super::super::testing::{check_any_text, check_events, in_one_record, refused, value};
use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().filter_map(|e| e["catchwater"]["kind"].as_str()).collect()
}

#[test]
fn a_statement_with_its_duration() {
    let event = value(&FORMAT, FORMAT.example);
    assert_eq!(event["@timestamp"], "2021-03-17T15:18:02.744Z");
    assert_eq!(event["event"]["duration"], 311_000);
    assert_eq!(
        (&event["event"]["action"], &event["event"]["outcome"]),
        (&json!("statement"), &json!("success"))
    );
    assert_eq!(event["user"]["name"], "postgres");
    assert_eq!(event["db"]["namespace"], "accounts");
    assert_eq!(event["process"]["pid"], 151);
    assert_eq!(event["catchwater"]["kind"], "service_query");
    assert_eq!(event["catchwater"]["who"], "postgres");
    let query = &event["catchwater"]["query"];
    let text = "select abalance from pgbench_accounts where aid = 7";
    assert_eq!((&query["language"], &query["text"]), (&json!("sql"), &json!(text)));
}

#[test]
fn a_statement_has_the_error_of_its_process() {
    let lines = [
        "2020-01-02 03:04:05.006 UTC [7] a@b LOG:  parse x",
        "2020-01-02 03:04:05.006 UTC [7] a@b ERROR:  42P01: no t at character 15",
        "2020-01-02 03:04:05.006 UTC [7] a@b HINT:  h",
        "2020-01-02 03:04:05.006 UTC [7] a@b STATEMENT:  select * from t",
        "2020-01-02 03:04:05.007 UTC [8] a@b STATEMENT:  select 2",
        "2020-01-02 03:04:05.008 UTC [7] a@b LOG:  temporary file: path \"base/x\", size 42000",
        "2020-01-02 03:04:05.008 UTC [7] a@b STATEMENT:  select 3",
    ];
    let events = in_one_record(&FORMAT, &lines);
    assert_eq!(kinds(&events), ["log", "log", "log", "service_query", "log", "log", "log"]);
    assert_eq!(events[1]["event"]["code"], "42P01");
    assert_eq!(events[3]["error"], json!({"code": "42P01", "message": "no t at character 15"}));
    assert_eq!(events[3]["event"]["outcome"], "failure");
    assert_eq!(events[4]["catchwater"]["query"]["text"], "select 2");
    assert!(events[4].get("error").is_none() && events[6].get("error").is_none());
    assert_eq!(events[5]["file"], json!({"path": "base/x", "size": 42000}));
}

#[test]
fn steps_count_once() {
    for (message, kind, action, query) in [
        ("duration: 1.5 ms  parse <unnamed>: select 1", "log", "parse", json!("select 1")),
        ("duration: 1.5 ms  bind S_1: select 1", "log", "bind", json!("select 1")),
        ("duration: 1.5 ms  execute S_1: select 1", "service_query", "execute", json!("select 1")),
        (
            "duration: 1.5 ms  execute fetch from S_1/C_2: select 1",
            "service_query",
            "execute",
            json!("select 1"),
        ),
        ("duration: 1.5 ms", "log", "duration", Value::Null),
        ("statement: select 1", "service_query", "statement", json!("select 1")),
        ("duration: 1.5 ms  plan:\n\tQuery Text: a\n\tb\n\tResult  (cost=0", "log", "plan", json!("a\n\tb")),
    ] {
        let event = value(&FORMAT, &format!("2020-01-02 03:04:05.006 UTC [7] LOG:  {message}"));
        assert_eq!(event["catchwater"]["kind"], kind, "{message}");
        assert_eq!(event["event"]["action"], action, "{message}");
        assert_eq!(event["catchwater"]["query"]["text"], query, "{message}");
        let nanos = if message.starts_with('d') { json!(1_500_000) } else { Value::Null };
        assert_eq!(event["event"]["duration"], nanos, "{message}");
    }
}

#[test]
fn connections_locks_and_checkpoints() {
    let read = |message: &str| value(&FORMAT, &format!("2020-01-02 03:04:05.006 UTC [7] LOG:  {message}"));
    let event = read("connection received: host=::1 port=60020");
    assert_eq!(event["source"], json!({"ip": "::1", "port": 60020}));
    let event = read("disconnection: session time: 1:00:57.876 user=u database=d host=[local]");
    assert_eq!(event["event"]["duration"], 3_657_876_000_000_u64);
    assert_eq!((&event["user"]["name"], &event["source"]["address"]), (&json!("u"), &json!("[local]")));
    let event = read("process 10 still waiting for ShareLock on transaction 789 after 1000.123 ms");
    assert_eq!(
        event["catchwater"]["fields"],
        json!({"lock_mode": "ShareLock", "lock_object": "transaction 789"})
    );
    assert_eq!(event["event"]["duration"], 1_000_123_000);
    let event =
        read("checkpoint complete: wrote 43 buffers (0.3%); write=0.021 s, sync=0.155 s, total=0.216 s; x");
    assert_eq!(event["event"]["duration"], 216_000_000);
    assert_eq!(event["catchwater"]["fields"], json!({"buffers": "43"}));
}

#[test]
fn a_row_and_a_record_hold_all_of_a_report() {
    let row = "2020-01-02 03:04:05.006 UTC,\"u\",\"d\",12,\"::1:16790\",5ff.4,3,\"SELECT\",2020-01-02 03:00:00 UTC,3/4,0,\
               ERROR,42P01,\"no \"\"t\"\"\",\"de\",,,,,\"select\n1\",15,\"f, p.c:12\",\"psql\",\"client backend\",,77";
    let record = r#"{"timestamp":"2020-01-02 03:04:05.006 UTC","user":"u","dbname":"d","pid":12,"remote_host":"::1","remote_port":16790,"session_id":"5ff.4","line_num":3,"ps":"SELECT","session_start":"2020-01-02 03:00:00 UTC","vxid":"3/4","txid":0,"error_severity":"ERROR","state_code":"42P01","message":"no \"t\"","detail":"de","statement":"select\n1","cursor_position":15,"func_name":"f","file_name":"p.c","file_line_num":12,"application_name":"psql","backend_type":"client backend","query_id":77}"#;
    let (row, mut record) = (value(&FORMAT, row), value(&FORMAT, record));
    assert_eq!(row["catchwater"]["kind"], "service_query");
    assert_eq!(row["source"], json!({"ip": "::1", "port": 16790}));
    assert_eq!(row["error"], json!({"code": "42P01", "message": "no \"t\""}));
    assert_eq!(row["log"]["origin"], json!({"file": {"line": 12, "name": "p.c"}, "function": "f"}));
    record["event"]["id"] = row["event"]["id"].clone();
    assert_eq!(row, record);
    assert_eq!(refused(&FORMAT, "2020-01-02 03:04:05.006 UTC,\"u\",\"d\",12"), Some("csv_cut"));
    assert_eq!(refused(&FORMAT, "{\"a\":1}"), Some("no_postgresql_record"));
}

#[test]
fn goes_on_with_the_entry_before() {
    let goes_on = |text: &str, state: &mut u32, line: &str| continues(&mut Group { text, state }, line);
    let mut state = 0;
    let entry = "2020-01-02 03:04:05.006 UTC [7] LOG:  select";
    assert!(goes_on(entry, &mut state, "\tfrom ERROR:  x"));
    assert!(goes_on(entry, &mut state, "from t"));
    assert!(!goes_on(entry, &mut state, "2020-01-02 03:04:05.006 UTC [7] DETAIL:  x"));
    let mut text = String::from("2020-01-02 03:04:05.006 UTC,\"a\",\"b");
    for (line, open) in [("2020 LOG:  \"\"x", true), ("y\",1", true), ("2020-01-02", false)] {
        assert_eq!(goes_on(&text, &mut state, line), open, "{line}");
        text = format!("{text}\n{line}");
    }
}

#[test]
fn unknown_prefixes_and_what_is_none() {
    let event = value(&FORMAT, "2020-01-02 03:04:05 UTC [7] (x) LOG:  y");
    assert_eq!(event["catchwater"]["fields"], json!({"prefix": "[7] (x)"}));
    assert_eq!((&event["process"]["pid"], &event["message"]), (&json!(7), &json!("y")));
    for line in
        ["", "LOG", "hello LOG:  x", "2020-01-02 03:04:05 UTC [7] x", "2020-01-02 03:04:05 UTC\n LOG:  x"]
    {
        assert_eq!(refused(&FORMAT, line), Some("no_such_log_line_prefix"), "{line}");
        assert!(!detect(line), "{line}");
    }
    for unsure in ["2020-01-02 03:04:05 ERROR:  x", "2020-01-02 03:04:05 UTC ERROR: x"] {
        assert!(!detect(unsure), "{unsure}");
    }
    assert!(detect(FORMAT.example));
}

#[test]
fn the_options_name_what_is_wrong() {
    let read = |value: Value| (FORMAT.options.as_ref().unwrap().read)(value.as_object().unwrap());
    assert!(read(json!({"log_line_prefix": "%m [%p] "})).is_ok());
    assert_eq!(read(json!({"log_line_prefix": "%y"})).unwrap_err().key, "log_line_prefix");
    assert_eq!(read(json!({"prefix": ""})).unwrap_err().key, "prefix");
}

proptest! {
    #[test]
    fn any_text(line in any::<String>()) {
        check_any_text(&FORMAT, &line);
    }

    #[test]
    fn any_message(prefix in "(2020-01-02 03:04:05(\\.006)? (UTC|-03|XY)|1510258541402|)[ :\\[\\]@a7,=-]{0,12}", word in "(LOG|ERROR|STATEMENT|DETAIL|LOCATION): {0,2}", tail in "(duration: [0-9.]{1,5} ms|statement: |execute |connection |process 1 acquired |AUDIT: SESSION,|checkpoint complete: |disconnection: session time: )?[a1 \":,=()\n\té.]{0,40}") {
        check_any_text(&FORMAT, &format!("{prefix}{word}{tail}"));
    }

    #[test]
    fn any_row(tail in "(,|\"[a,\n\"]{0,4}\"|a|LOG){0,60}") {
        check_any_text(&FORMAT, &format!("2020-01-02 03:04:05.006 UTC,{tail}"));
    }

    #[test]
    fn any_record(members in "(\"(timestamp|error_severity|message|pid|record|audit)\":(\"2020-01-02 03:04:05 UTC\"|\"LOG\"|1|null|\\{\"statement\":\"a\"\\}),?){0,6}") {
        check_events(&FORMAT, &format!("{{{members}}}"));
    }
}
