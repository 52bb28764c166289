//! What the documents of others do not show; those are in `testdata/aws_s3_event`.

use super::{FORMAT, detect};
use crate::formats::testing::{check_any_text, check_events, in_one_record, refused, value};
use proptest::prelude::*;
use serde_json::{Value, json};

fn record(name: &str, key: &str) -> Value {
    json!({
        "eventSource": "aws:s3", "eventTime": "2024-05-01T12:00:00.000Z", "eventName": name,
        "s3": {"bucket": {"name": "b"}, "object": {"key": key, "size": 1}},
    })
}

fn one(name: &str, key: &str) -> Value {
    value(&FORMAT, &json!({"Records": [record(name, key)]}).to_string())
}

#[test]
fn example_is_read_whole() {
    let event = value(&FORMAT, FORMAT.example);
    assert_eq!(event["catchwater"]["kind"], "file_move");
    assert_eq!(event["catchwater"]["action_type"], "PUT");
    let file = json!({
        "name": "a b.fits", "path": "2024/a b.fits", "size": 1024, "etag": "d41d8cd98f00b204e9800998ecf8427e",
        "destination": {"bucket": "incoming", "key": "2024/a b.fits"},
    });
    assert_eq!(event["file"], file);
    assert_eq!(event["source"]["ip"], "192.0.2.7");
    assert_eq!(event["user"]["id"], "AWS:AIDAEXAMPLE");
    assert_eq!(
        event["aws"]["s3"],
        json!({"event_name": "ObjectCreated:Put", "sequencer": "0055AED6DCD90281E5"})
    );
    assert_eq!(event["aws"]["request_id"], "C3D13FE58DE4C810");
}

#[test]
fn event_names_tell_what_happened() {
    for (name, kind, action, place) in [
        ("ObjectCreated:CompleteMultipartUpload", "file_move", json!("PUT"), "destination"),
        ("s3:ObjectCreated:Copy", "file_move", json!("COPY"), "destination"),
        ("ObjectRemoved:DeleteMarkerCreated", "file_move", json!("DELETE"), "source"),
        ("LifecycleExpiration:Delete", "file_move", json!("DELETE"), "source"),
        ("ObjectRestore:Post", "log", Value::Null, "source"),
        ("ObjectTagging:Put", "log", Value::Null, "source"),
        ("Whatever", "log", Value::Null, "source"),
    ] {
        let event = one(name, "k");
        assert_eq!(event["catchwater"]["kind"], kind, "{name}");
        assert_eq!(event["catchwater"]["action_type"], action, "{name}");
        assert_eq!(event["file"][place], json!({"bucket": "b", "key": "k"}), "{name}");
        let ended = if kind == "file_move" { json!("end") } else { Value::Null };
        assert_eq!(event["event"]["type"], ended, "{name}");
    }
    assert_eq!(one("ObjectCreated:Put", "folder/")["file"].get("name"), None);
}

#[test]
fn wrapped_in_sns_in_sqs() {
    let two = json!({"Records": [record("ObjectCreated:Put", "1"), record("ObjectRemoved:Delete", "2")]})
        .to_string();
    let sns = json!({"Type": "Notification", "MessageId": "m", "Message": two}).to_string();
    let sqs = json!({"Records": [{"messageId": "q", "body": sns, "eventSource": "aws:sqs"}]}).to_string();
    let answer = json!({"Messages": [{"MessageId": "q", "Body": two}]}).to_string();
    for text in [&two, &sns, &sqs, &answer] {
        assert!(detect(text), "{text}");
        let events = in_one_record(&FORMAT, &[text]);
        let keys: Vec<_> = events.iter().map(|e| e["file"]["path"].as_str().unwrap()).collect();
        assert_eq!(keys, ["1", "2"]);
        assert_ne!(events[0]["event"]["id"], events[1]["event"]["id"]);
    }
    let mut deep = two;
    for _ in 0..6 {
        deep = json!({"Message": deep}).to_string();
    }
    assert_eq!(refused(&FORMAT, &deep), Some("too_many_wrappers"));
}

#[test]
fn the_test_event_is_no_event() {
    let test = r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2014-10-13T15:57:02.089Z","Bucket":"b","RequestId":"5582815E1AEA5ADF","HostId":"8cLeGAmw"}"#;
    let good = json!({"Records": [record("ObjectCreated:Put", "1")]}).to_string();
    let mixed = json!({"Records": [{"body": test}, {"body": good}]}).to_string();
    for (text, events) in
        [(test.to_string(), 0), (json!({"Type": "Notification", "Message": test}).to_string(), 0), (mixed, 1)]
    {
        assert!(detect(&text), "{text}");
        assert_eq!(in_one_record(&FORMAT, &[&text]).len(), events, "{text}");
    }
}

#[test]
fn nothing_vanishes_from_a_queue() {
    let good = json!({"Records": [record("ObjectCreated:Put", "1")]}).to_string();
    for other in ["{}", "{\"Records\":[]}", "{\"Records\":[{\"eventName\":\"x\"}]}"] {
        let mixed = json!({"Records": [{"body": good}, {"body": other}]}).to_string();
        assert!(refused(&FORMAT, &mixed).is_some(), "{other}");
    }
    for (text, reason) in [
        ("hello", "not_json"),
        ("[]", "not_json"),
        ("{\"Records\":[]}", "no_s3_record"),
        ("{\"Records\":{}}", "no_s3_record"),
        ("{\"Message\":\"hello\"}", "not_json"),
    ] {
        assert_eq!(refused(&FORMAT, text), Some(reason), "{text}");
    }
}

#[test]
fn values_of_other_types_do_not_pass_as_the_field() {
    let text = r#"{"Records":[{"eventName":"ObjectCreated:Put","eventTime":"now","awsRegion":null,"requestParameters":[1],
        "s3":{"bucket":{"name":"b"},"object":{"key":5,"size":"big","eTag":{}}},"glacierEventData":{"a":[1,
        2]}}]}"#;
    let event = value(&FORMAT, text);
    assert_eq!(event["file"], json!({"destination": {"bucket": "b"}}));
    assert_eq!(event["catchwater"]["fields"], json!({"eventTime": "now", "glacierEventData": {"a": [1, 2]}}));
}

proptest! {
    #[test]
    fn any_text(line in any::<String>()) {
        check_any_text(&FORMAT, &line);
    }

    #[test]
    fn any_key(key in any::<String>(), name in "[A-Za-z:]{1,20}") {
        let text = json!({"Records": [record(&name, &key)]}).to_string();
        check_any_text(&FORMAT, &text);
    }

    #[test]
    fn any_change_of_a_document(
        wrapped in any::<bool>(),
        at in any::<prop::sample::Index>(),
        len in 0..40usize,
        new in prop::sample::select(vec!["", "\"", "{", "}", "null", "%", "\\ud800", "\n", "\\", "[]", "é"]),
    ) {
        let mut text = FORMAT.example.to_string();
        if wrapped {
            text = json!({"Records": [{"Sns": {"Message": text}}]}).to_string();
        }
        let from = at.index(text.len());
        let to = (from + len).min(text.len());
        if text.is_char_boundary(from) && text.is_char_boundary(to) {
            text.replace_range(from..to, new);
        }
        // A broken document may still look sure, and be refused.
        check_events(&FORMAT, &text);
    }
}
