//! What the lines of others do not show; those are in `testdata/json`.

mod loggers;
mod open_telemetry;
mod requests;

use super::{FORMAT, detect};
use crate::formats::testing::{check_any_text, refused, value};
use proptest::prelude::*;
use serde_json::{Value, json};

fn parse(members: Value) -> Value {
    value(&FORMAT, &members.to_string())
}

fn free(event: &Value) -> &Value {
    &event["catchwater"]["fields"]
}

#[test]
fn ecs_dotted_and_nested() {
    let event = parse(json!({
        "@timestamp": "2024-07-19T15:42:51Z", "log.level": "WARN", "log": {"logger": "l", "level": "other", "origin.file": "f"},
        "http": {"request": {"method": "GET"}, "response.status_code": "404"}, "url": {"path": "/a"},
        "event": {"id": "77", "kind": "alert", "action": "search", "duration": 5}, "labels": {"a": "b"}, "tags": ["x", "y"],
        "source.ip": "not one", "source": {"ip": "::1", "port": 1.5},
    }));
    assert_eq!(event["@timestamp"], "2024-07-19T15:42:51.000Z");
    assert_eq!(event["log"], json!({"level": "WARN", "logger": "l"}));
    assert_eq!(event["http"], json!({"request": {"method": "GET"}, "response": {"status_code": 404}}));
    assert_eq!(event["event"]["reference_id"], "77");
    assert_eq!((&event["event"]["action"], &event["event"]["duration"]), (&json!("search"), &json!(5)));
    assert_eq!(event["tags"], json!(["x", "y"]));
    assert_eq!(event["source"], json!({"ip": "::1"}));
    assert_eq!(event["catchwater"]["kind"], "service_query");
    assert_eq!(event["event"]["outcome"], "failure");
    let left = json!({
        "log": {"level": "other", "origin.file": "f"}, "event": {"kind": "alert"}, "labels": {"a": "b"},
        "source.ip": "not one", "source": {"port": 1.5},
    });
    assert_eq!(free(&event), &left);
}

#[test]
fn what_only_the_pipeline_may_say_stays_free() {
    let own = json!({"catchwater": {"kind": "file_move"}, "event.kind": "state", "aws": {"cloudwatch": {"log_group": "g"}}});
    let event = parse(own.clone());
    assert_eq!(event["catchwater"]["kind"], "log");
    assert_eq!(event["aws"]["cloudwatch"]["log_group"], "group");
    assert_eq!(free(&event), &own);
}

#[test]
fn the_best_name_wins_and_the_others_stay() {
    let event = parse(
        json!({"time": 1721403771, "timestamp": "2020-01-01T00:00:00Z", "ts": 12.5, "msg": "m", "event": "e", "message": ""}),
    );
    assert_eq!(event["@timestamp"], "2020-01-01T00:00:00.000Z");
    assert_eq!(event["message"], "m");
    assert_eq!(free(&event), &json!({"time": 1721403771, "ts": 12.5, "event": "e", "message": ""}));
}

#[test]
fn levels_have_names() {
    for (level, name) in [
        (json!(30), json!("info")),
        (json!("30"), json!("info")),
        (json!(3), json!("error")),
        (json!(35), json!("35")),
        (json!("Warning"), json!("Warning")),
        (json!(true), Value::Null),
        (json!(""), Value::Null),
    ] {
        assert_eq!(parse(json!({"level": level}))["log"]["level"], name, "{level}");
    }
}

#[test]
fn errors_in_their_objects() {
    let event = parse(
        json!({"err": {"type": "TypeError", "message": "x", "stack": "at y", "signal": 9}, "name": "svc", "level": 50}),
    );
    assert_eq!(event["error"], json!({"message": "x", "stack_trace": "at y", "type": "TypeError"}));
    assert_eq!(event["log"], json!({"level": "error", "logger": "svc"}));
    assert_eq!(free(&event), &json!({"err": {"signal": 9}}));
    let event = parse(json!({"error": "boom", "exception": "at z", "name": "nobody"}));
    assert_eq!(event["error"], json!({"message": "boom", "stack_trace": "at z"}));
    assert_eq!(free(&event), &json!({"name": "nobody"}));
}

#[test]
fn journald() {
    let journal = parse(
        json!({"__REALTIME_TIMESTAMP": "1721403771000001", "PRIORITY": "4", "MESSAGE": "m", "_PID": "12", "_HOSTNAME": "h"}),
    );
    assert_eq!(journal["@timestamp"], "2024-07-19T15:42:51.000001Z");
    assert_eq!((&journal["process"]["pid"], &journal["log"]["level"]), (&json!(12), &json!("warning")));
}

#[test]
fn requests_are_service_queries() {
    let line = json!({"method": "get", "url": "https://h:8443/a?b=c", "status": 200, "ip": "1.2.3.4", "user_agent": "ua", "path": 7});
    let event = parse(line);
    assert_eq!(event["catchwater"]["kind"], "service_query");
    assert_eq!(
        event["url"],
        json!({"domain": "h", "path": "/a", "port": 8443, "query": "b=c", "scheme": "https"})
    );
    assert_eq!(event["http"], json!({"request": {"method": "get"}, "response": {"status_code": 200}}));
    assert_eq!(event["event"]["outcome"], "success");
    assert_eq!(free(&event), &json!({"path": 7}));
    // The same words elsewhere mean something else.
    for other in [
        json!({"method": "median", "path": "/a", "status": 1}),
        json!({"method": "GET", "path": "x"}),
        json!({"url": "/a", "ip": "1.2.3.4"}),
    ] {
        let event = parse(other.clone());
        assert_eq!((&event["catchwater"]["kind"], free(&event)), (&json!("log"), &other));
    }
}

#[test]
fn of_a_key_that_stands_twice_the_last_counts() {
    let event = value(&FORMAT, r#"{"a":1,"msg":"x","b":{},"a":2,"\u0061":3,"msg":"y"}"#);
    assert_eq!(event["message"], "y");
    let text = event["catchwater"]["fields"].to_string();
    assert_eq!(text, r#"{"a":3,"b":{}}"#);
}

#[test]
fn objects_over_many_lines_are_read_and_written_on_one() {
    let text = "{\n  \"log\": {\n \"level\": \"info\",\n \"x\": [\n1 ] },\r\n \"y\": {\n} }\n";
    let event = value(&FORMAT, text);
    assert_eq!(event["log"]["level"], "info");
    assert_eq!(free(&event), &json!({"log": {"x": [1]}, "y": {}}));
}

#[test]
fn refuses_what_is_no_object() {
    for (text, reason) in [
        ("[]", "no_json_object"),
        ("1", "no_json_object"),
        ("", "no_json_object"),
        ("{\"a\":1", "not_json"),
        ("{'a': 1}", "not_json"),
    ] {
        assert_eq!(refused(&FORMAT, text), Some(reason), "{text}");
        assert!(!detect(text), "{text}");
    }
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(64), "]".repeat(64));
    assert_eq!(refused(&FORMAT, &deep), Some("json_too_deep"));
    assert_eq!(parse(json!({}))["catchwater"]["kind"], "log");
}

fn names() -> impl Strategy<Value = String> {
    let known = [
        "time",
        "level",
        "msg",
        "message",
        "error",
        "log",
        "http",
        "request",
        "method",
        "path",
        "status",
        "t",
        "s",
        "event",
        "id",
        "log.level",
        "source.ip",
        "$date",
        "tags",
        "host",
        "a",
    ];
    prop_oneof![4 => prop::sample::select(known.to_vec()).prop_map(String::from), 1 => any::<String>()]
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(vec!["GET", "/a?b", "1.2.3.4", "2024-07-19T15:42:51Z", "info", ""])
            .prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 30, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((names(), inner), 0..5)
                .prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    })
}

/// All strings and numbers, as a measure of what is there.
fn leaves(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.values().for_each(|v| leaves(v, out)),
        Value::Array(list) => list.iter().for_each(|v| leaves(v, out)),
        Value::String(text) if text.len() > 6 => out.push(text.clone()),
        _ => (),
    }
}

proptest! {
    #[test]
    fn any_text(line in any::<String>(), object in "\\{[\"a:1,{}\\[\\] \\\\u]{0,40}\\}") {
        check_any_text(&FORMAT, &line);
        check_any_text(&FORMAT, &object);
    }

    #[test]
    fn any_object_is_taken_and_no_text_is_lost(members in prop::collection::vec((names(), values()), 0..12), pretty in any::<bool>()) {
        let object = Value::Object(members.into_iter().collect());
        let text = if pretty { serde_json::to_string_pretty(&object) } else { serde_json::to_string(&object) }.unwrap();
        check_any_text(&FORMAT, &text);
        let event = value(&FORMAT, &text);
        let (mut before, mut after) = (Vec::new(), Vec::new());
        leaves(&object, &mut before);
        leaves(&event, &mut after);
        for text in before {
            // Times and targets are written anew.
            if !text.starts_with("2024-") {
                prop_assert!(after.contains(&text), "{text} is lost in {event}");
            }
        }
    }
}
