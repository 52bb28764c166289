//! Lines of all versions.

use super::super::testing::{check_any_text, check_events, refused, value};
use super::*;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

#[test]
fn all_versions() {
    for (line, time, thread, level, code, logger, message) in [
        (
            FORMAT.example,
            "2020-08-06T14:25:03.109022Z",
            json!(5),
            "Note",
            json!("MY-010051"),
            json!("Server"),
            "Event",
        ),
        (
            "2016-12-09T12:08:33.335060Z 0 [Warning] T",
            "2016-12-09T12:08:33.335060Z",
            json!(0),
            "Warning",
            Json::Null,
            Json::Null,
            "T",
        ),
        (
            "2016-12-09T14:08:33.3+02:00 0 [ERROR] T",
            "2016-12-09T12:08:33.300Z",
            json!(0),
            "ERROR",
            Json::Null,
            Json::Null,
            "T",
        ),
        (
            "2026-11-24 10:43:30 7 [Note] T",
            "2026-11-24T10:43:30.000Z",
            json!(7),
            "Note",
            Json::Null,
            Json::Null,
            "T",
        ),
        (
            "131113  1:23:45 [Note] T",
            "2013-11-13T01:23:45.000Z",
            Json::Null,
            "Note",
            Json::Null,
            Json::Null,
            "T",
        ),
        (
            "2023-01-02T03:04:05.6Z 0 [Warning] [MY-013360] [Server] T",
            "2023-01-02T03:04:05.600Z",
            json!(0),
            "Warning",
            json!("MY-013360"),
            json!("Server"),
            "T",
        ),
    ] {
        let event = value(&FORMAT, line);
        assert_eq!(event["@timestamp"], time, "{line}");
        assert_eq!(event["process"]["thread"]["id"], thread, "{line}");
        assert_eq!(event["log"]["level"], level, "{line}");
        assert_eq!(event["event"]["code"], code, "{line}");
        assert_eq!(event["log"]["logger"], logger, "{line}");
        assert!(event["message"].as_str().unwrap().starts_with(message), "{line}");
        assert!(detect(line), "{line}");
    }
}

#[test]
fn without_a_level() {
    for (line, message) in [
        ("161209 13:08:33 mysqld_safe Starting mysqld", "mysqld_safe Starting mysqld"),
        ("161209 14:18:50 InnoDB: x", "InnoDB: x"),
        ("2013-11-13 01:23:45 7f1983c98000 InnoDB: x", "InnoDB: x"),
        ("2013-11-13 01:23:45 0x7f1983c98000  InnoDB: x", "InnoDB: x"),
        ("2013-11-13 01:23:45 5 [Note x", "[Note x"),
    ] {
        let event = value(&FORMAT, line);
        assert_eq!(event["message"], message, "{line}");
        assert!(event["log"].get("level").is_none());
    }
}

#[test]
fn who_it_is_about() {
    let event = value(
        &FORMAT,
        "2026-11-24 10:43:30 6 [Warning] Access denied for user 'app'@'10.0.0.9' (using password: YES)",
    );
    assert_eq!(event["user"]["name"], "app");
    assert_eq!(event["source"]["ip"], "10.0.0.9");
    assert_eq!(event["event"]["outcome"], "failure");
    let event = value(
        &FORMAT,
        "2023-01-02T03:04:05.6Z 12 [Note] [MY-010914] [Server] Aborted connection 12 to db: 'shop' user: 'app' host: 'h' (Got timeout)",
    );
    assert_eq!((&event["db"]["namespace"], &event["source"]["address"]), (&json!("shop"), &json!("h")));
    let event = value(&FORMAT, "2023-01-02T03:04:05.6Z 12 [ERROR] [MY-010914] [Server] x\ny");
    assert_eq!(event["error"], json!({"message": "x\ny"}));
}

#[test]
fn the_json_sink() {
    let line = r#"{ "prio": 1, "err_code": 10051, "source_line": 561, "source_file": "event_scheduler.cc", "function": "run", "msg": "Event \"x\"", "time": "2020-08-06T14:25:03.109022Z", "ts": 1596724012005, "thread": 5, "err_symbol": "ER_SCHEDULER_STARTED", "SQL_state": "HY000", "subsystem": "Server", "label": "Error" }"#;
    assert!(detect(line));
    let event = value(&FORMAT, line);
    assert_eq!(event["@timestamp"], "2020-08-06T14:25:03.109022Z");
    assert_eq!((&event["event"]["code"], &event["message"]), (&json!("MY-010051"), &json!("Event \"x\"")));
    let log = json!({"level": "Error", "logger": "Server", "origin": {"file": {"line": 561, "name": "event_scheduler.cc"}, "function": "run"}});
    assert_eq!(event["log"], log);
    assert_eq!(event["error"], json!({"message": "Event \"x\"", "type": "ER_SCHEDULER_STARTED"}));
    assert_eq!(refused(&FORMAT, "{\"msg\":\"x\"}"), Some("no_mysql_error"));
}

#[test]
fn goes_on_without_a_time() {
    let mut state = 0;
    for (line, expected) in [
        ("Version: '5.7.10'  socket: '/tmp/mysql.sock'  port: 3306", true),
        ("", true),
        ("2020", true),
        ("2016-12-09T12:08:33.335060Z 0 [Note] x", false),
        ("161209 13:08:33 mysqld_safe x", false),
        ("{\"prio\":1}", false),
    ] {
        assert_eq!(
            continues(&mut Group { text: FORMAT.example, state: &mut state }, line),
            expected,
            "{line}"
        );
    }
}

#[test]
fn refuses_and_does_not_steal() {
    for line in
        ["", "Version: '5.7.10'", "2016-12-09", "2016-12-09T12:08:33Z", "20161209 1:2:3 x", "1577836800.5 x"]
    {
        assert_eq!(refused(&FORMAT, line), Some("no_mysql_error"), "{line}");
    }
    for unsure in
        ["2026-11-24 10:43:30 7 [ERROR] T", "2026-11-24 10:43:30 [Note] T", "2016-12-09T12:08:33Z 0 T"]
    {
        assert!(!detect(unsure), "{unsure}");
    }
}

proptest! {
    #[test]
    fn any_text(line in any::<String>()) {
        check_any_text(&FORMAT, &line);
    }

    #[test]
    fn anything_behind_a_time(time in "(2016-12-09T12:08:33.3Z|2016-12-09 12:08:33|131113  1:23:45) ", head in "([0-9a-f]{0,9} )?(\\[(Note|ERROR|MY-1|Server|[a\\]]{0,3})\\] ?){0,3}", tail in "(Access denied for user '|Aborted connection 1 to db: ')?[a'@é\\]\n ]{0,20}") {
        check_any_text(&FORMAT, &format!("{time}{head}{tail}"));
    }

    #[test]
    fn any_record(members in "(\"(prio|msg|time|err_code|thread|label)\":(\"2020-08-06T14:25:03Z\"|1|-5|null),?){0,6}") {
        check_events(&FORMAT, &format!("{{{members}}}"));
    }
}
