//! Entries of all servers.

use super::super::testing::{check_events, in_one_record, refused, value};
use super::*;
use proptest::prelude::*;
use serde_json::json;

const HEAD: &str = "# User@Host: app[app] @ localhost [10.0.0.9]  Id:     5\n\
                    # Query_time: 2.5  Lock_time: 0.000100 Rows_sent: 1  Rows_examined: 3";

#[test]
fn an_entry() {
    let event = value(&FORMAT, FORMAT.example);
    assert_eq!(event["@timestamp"], "2021-01-26T23:45:57.678222Z");
    assert_eq!(event["user"]["name"], "owncloud");
    assert_eq!(event["source"], json!({"address": "localhost"}));
    assert_eq!(event["db"]["namespace"], "owncloud");
    assert_eq!(event["process"]["thread"]["id"], 2);
    assert_eq!(event["event"]["duration"], 11_853_000);
    let slow = json!({"lock_time": {"sec": 0.011542}, "rows_sent": 268, "rows_examined": 268});
    assert_eq!(event["mysql"]["slowlog"], slow);
    let query = &event["catchwater"]["query"];
    assert_eq!(
        (&query["language"], &query["text"]),
        (&json!("sql"), &json!("SELECT * FROM `oc_appconfig`;"))
    );
    assert_eq!(event["catchwater"]["kind"], "service_query");
    assert!(detect(FORMAT.example) && detect(HEAD));
}

#[test]
fn its_time() {
    let old = format!("# Time: 190117 16:04:18\n{HEAD}\nselect 1;");
    let set = format!("# Time: 190117 16:04:18\n{HEAD}\nSET insert_id=3,timestamp=1547741059;\nselect\n1;");
    let zoned = format!("# Time: 2019-01-17T18:04:18.5+02:00\n{HEAD}\nSET timestamp=1;\nselect 1;");
    let none = format!("{HEAD}\nselect 1;");
    let events = in_one_record(&FORMAT, &[&none, &old, &none, &set, &zoned, &none]);
    let times: Vec<&str> = events.iter().filter_map(|e| e["@timestamp"].as_str()).collect();
    // The first has but the log event's own time.
    assert_eq!(
        times,
        [
            "2020-09-13T12:26:40.000Z",
            "2019-01-17T16:04:18.000Z",
            "2019-01-17T16:04:18.000Z",
            "2019-01-17T16:04:19.000Z",
            "2019-01-17T16:04:18.500Z",
            "2019-01-17T16:04:18.000Z",
        ]
    );
    assert_eq!(events[3]["catchwater"]["query"]["text"], "select\n1;");
}

#[test]
fn extras_and_administrators() {
    let event = value(
        &FORMAT,
        &format!(
            "{HEAD} Thread_id: 9 Errno: 1146 Bytes_sent: 168 Start: 2021-01-02T03:04:05.6Z End: 2021-01-02T03:04:06.6Z\n\
             # QC_Hit: No  Full_scan: Yes\n# No InnoDB statistics available for this query\n#\n\
             # explain: id\tselect_type\n# explain: 1\tSIMPLE\n#\nSET timestamp=1547741059;\n# administrator command: Quit;"
        ),
    );
    let free = json!({"Bytes_sent": "168", "QC_Hit": "No", "Full_scan": "Yes", "explain": "id\tselect_type\n1\tSIMPLE"});
    assert_eq!(event["catchwater"]["fields"], free);
    assert_eq!((&event["event"]["action"], &event["event"]["outcome"]), (&json!("Quit"), &json!("failure")));
    assert_eq!(event["error"]["code"], "1146");
    assert_eq!(event["event"]["start"], "2021-01-02T03:04:05.600Z");
    assert!(event["catchwater"].get("query").is_none());
    assert_eq!(event["catchwater"]["kind"], "log");
}

#[test]
fn several_in_one_log_event() {
    let both =
        format!("{HEAD}\nselect 1;\n# not a header\nselect 2;\n# Time: 190117 16:04:18\n{HEAD}\nselect 3;");
    let events = in_one_record(&FORMAT, &[&both]);
    let texts: Vec<_> = events.iter().map(|e| e["catchwater"]["query"]["text"].clone()).collect();
    assert_eq!(texts, ["select 1;\n# not a header\nselect 2;", "select 3;"]);
}

#[test]
fn lines_that_go_on() {
    let lines = [
        ("mysqld, Version: 5.7.10 (Homebrew). started with:", false),
        ("Tcp port: 3306  Unix socket: /tmp/mysql.sock", false),
        ("Time                 Id Command    Argument", false),
        ("# Time: 190117 16:04:18", false),
        ("# User@Host: a[a] @ b []", true),
        ("# Query_time: 1  Lock_time: 0", true),
        ("select 1", true),
        ("# comment", true),
        ("Time;", true),
        ("# User@Host: a[a] @ b []", false),
        ("# Query_time: 1", true),
        ("# Time: 190117 16:04:19", false),
    ];
    let (mut text, mut state) = (String::new(), 0);
    for (n, (line, expected)) in lines.into_iter().enumerate() {
        let goes_on = n > 0 && continues(&mut Group { text: &text, state: &mut state }, line);
        assert_eq!(goes_on, expected, "{line}");
        match goes_on {
            true => text = format!("{text}\n{line}"),
            false => (text, state) = (line.to_string(), 0),
        }
    }
    assert!(in_one_record(&FORMAT, &[lines[0].0, lines[1].0, lines[2].0, lines[3].0]).is_empty());
}

#[test]
fn refuses_what_is_none() {
    for (line, reason) in [
        ("", "no_slow_query"),
        ("select 1;", "no_slow_query"),
        ("# comment", "no_slow_query"),
        ("# Query_time: 1", "no_slow_query"),
        ("# User@Host: a[a] @ b []\nselect 1", "slow_query_cut"),
        ("# User@Host: a[a] @ b []\n# Query_time: x\nselect 1", "slow_query_cut"),
    ] {
        assert_eq!(refused(&FORMAT, line), Some(reason), "{line}");
    }
    for line in ["# Time: now", "# User@Host: x", "select 1", "# Time: 190117"] {
        assert!(!detect(line), "{line}");
    }
}

proptest! {
    #[test]
    fn any_text(line in any::<String>()) {
        prop_assert_ne!(refused(&FORMAT, &line).is_some(), detect(&line));
    }

    #[test]
    fn any_entry(time in "(# Time: (190117 16:04:18|2019-01-17T18:04:18Z|[0-9T:-]{0,8})\n)?", middle in "(# [A-Za-z_]{1,8}: {1,3}[a1.é]{0,4}\n|#\n|# explain: a\n|# User@Host: |# Time: ){0,6}", tail in "(use `?a`?;\n|SET timestamp=[0-9]{1,12};\n|[a é#;\n]){0,8}") {
        check_events(&FORMAT, &format!("{time}{HEAD}\n{middle}{tail}"));
        if let Err(text) = std::panic::catch_unwind(|| refused(&FORMAT, &format!("{time}{middle}{tail}"))) {
            std::panic::resume_unwind(text);
        }
    }
}
