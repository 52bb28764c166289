//! What the lines of others do not show; those are in `testdata/aws_s3_access`.

use super::{FORMAT, detect};
use crate::formats::testing::{check_any_text, check_events, refused, value};
use proptest::prelude::*;
use serde_json::{Value, json};

fn line(operation: &str, key: &str, request: &str, status: &str, error: &str) -> String {
    format!(
        "0123 b [06/Feb/2019:00:01:57 +0000] 192.0.2.3 - 7B {operation} {key} {request} {status} {error} - 7 8 - \"-\" \"a\" v1"
    )
}

fn one(operation: &str, key: &str, request: &str) -> Value {
    value(&FORMAT, &line(operation, key, request, "200", "-"))
}

#[test]
fn the_example() {
    let event = value(&FORMAT, FORMAT.example);
    let file = json!({
        "name": "s3-dg draft.pdf", "path": "s3-dg draft.pdf", "size": 4_406_583,
        "destination": {"bucket": "amzn-s3-demo-bucket1", "key": "s3-dg draft.pdf"},
    });
    assert_eq!(event["file"], file);
    assert_eq!(event["catchwater"]["kind"], "file_move");
    assert_eq!(event["catchwater"]["action_type"], "PUT");
    assert_eq!(event["catchwater"]["operation"], "REST.PUT.OBJECT");
    assert_eq!(event["service"]["name"], "s3.amazonaws.com");
    assert_eq!(event["user"], json!({"id": "arn:aws:iam::123456789012:user/alice", "name": "alice"}));
    assert_eq!(event["event"]["duration"], 41_754_000_000u64);
    assert_eq!(event["url"]["domain"], "amzn-s3-demo-bucket1.s3.us-west-1.amazonaws.com");
    assert_eq!(event["tls"], json!({"cipher": "ECDHE-RSA-AES128-SHA", "version_protocol": "TLSV1.2"}));
    let free = &event["catchwater"]["fields"];
    assert_eq!((&free["turn_around_time_ms"], &free["source_region"]), (&json!(28), &json!("us-east-1")));
}

#[test]
fn operations_tell_what_happened() {
    for (operation, kind, action, place, event_type) in [
        ("REST.PUT.OBJECT", "file_move", json!("PUT"), "destination", "end"),
        ("REST.POST.UPLOAD", "file_move", json!("PUT"), "destination", "end"),
        ("REST.POST.UPLOADS", "service_query", Value::Null, "destination", "change"),
        ("REST.PUT.PART", "service_query", Value::Null, "destination", "change"),
        ("REST.COPY.OBJECT", "file_move", json!("COPY"), "destination", "end"),
        ("REST.COPY.OBJECT_GET", "service_query", Value::Null, "source", "access"),
        ("REST.COPY.PART_GET", "service_query", Value::Null, "source", "access"),
        ("REST.DELETE.OBJECT", "file_move", json!("DELETE"), "source", "end"),
        ("BATCH.DELETE.OBJECT", "file_move", json!("DELETE"), "source", "end"),
        ("S3.EXPIRE.OBJECT", "file_move", json!("DELETE"), "source", "end"),
        ("S3.CREATE.DELETEMARKER", "file_move", json!("DELETE"), "source", "end"),
        ("S3.TRANSITION_SIA.OBJECT", "log", Value::Null, "source", "change"),
        ("REST.PUT.OBJECT_TAGGING", "service_query", Value::Null, "destination", "change"),
        ("REST.HEAD.OBJECT", "service_query", Value::Null, "source", "access"),
        ("WEBSITE.GET.OBJECT", "service_query", Value::Null, "source", "access"),
        ("SOAP.CopyObject", "file_move", json!("COPY"), "destination", "end"),
        ("SOAP.ListBucket", "service_query", Value::Null, "source", "access"),
    ] {
        let event = one(operation, "k", "\"-\"");
        assert_eq!(event["catchwater"]["kind"], kind, "{operation}");
        assert_eq!(event["catchwater"]["action_type"], action, "{operation}");
        assert_eq!(event["file"][place], json!({"bucket": "b", "key": "k"}), "{operation}");
        assert_eq!(event["event"]["type"], event_type, "{operation}");
    }
    for other in ["REST", "REST.", "GET.OBJECT", "REST.GET.\"", "FTP.GET.OBJECT"] {
        assert_eq!(refused(&FORMAT, &line(other, "k", "\"-\"", "200", "-")), Some("no_s3_access_line"));
    }
}

#[test]
fn what_failed_moved_nothing() {
    // A completed upload may fail with status 200, and the error in the body.
    for (status, error) in [("403", "AccessDenied"), ("200", "InternalError"), ("500", "-")] {
        let event = value(&FORMAT, &line("REST.POST.UPLOAD", "k", "\"-\"", status, error));
        assert_eq!(event["catchwater"]["kind"], "service_query");
        assert_eq!(event["event"]["outcome"], "failure");
    }
    let own = value(&FORMAT, &line("S3.EXPIRE.OBJECT", "k", "\"-\"", "-", "-"));
    assert_eq!(own["event"]["outcome"], "success");
    let bucket = one("REST.DELETE.OBJECT", "-", "\"-\"");
    assert_eq!(
        (&bucket["catchwater"]["kind"], &bucket["event"]["category"]),
        (&json!("service_query"), &json!(["api"]))
    );
}

#[test]
fn keys_are_encoded_twice_or_once() {
    for (operation, key, request, path) in [
        ("REST.GET.OBJECT", "a%2520b/%25C3%25A9", "\"GET /b/a%20b/%C3%A9 HTTP/1.1\"", "a b/é"),
        ("REST.GET.OBJECT", "a%2520b", "\"-\"", "a b"),
        ("REST.GET.OBJECT", "a%252520b", "\"GET /a%2520b HTTP/1.1\"", "a%20b"),
        ("REST.GET.OBJECT", "a%20b", "\"GET /a%20b HTTP/1.1\"", "a b"),
        ("REST.GET.OBJECT", "a%2520b", "\"GET /a%2520b HTTP/1.1\"", "a%20b"),
        ("REST.GET.OBJECT", "a+b", "\"GET /a+b HTTP/1.1\"", "a+b"),
        ("BATCH.DELETE.OBJECT", "foo-%2525Y", "-", "foo-%25Y"),
        ("S3.EXPIRE.OBJECT", "a%20b", "\"-\"", "a b"),
        ("REST.GET.OBJECT", "%25ff", "\"-\"", "%ff"),
    ] {
        assert_eq!(one(operation, key, request)["file"]["path"], path, "{operation} {key} {request}");
    }
}

#[test]
fn ends_early_late_and_with_marks_in_the_agent() {
    let marked = line("REST.GET.OBJECT", "k", "\"-\"", "200", "-").replace("\"a\"", "\"a \"b\" \\\"");
    let event = value(&FORMAT, &marked);
    assert_eq!(event["user_agent"]["original"], "a \"b\" \\");
    assert_eq!(event["file"]["version"], "v1");
    let short = marked.strip_suffix(" v1").unwrap();
    assert!(value(&FORMAT, short)["file"].get("version").is_none());
    let late = value(&FORMAT, &format!("{} new more", FORMAT.example));
    assert_eq!(late["catchwater"]["fields"]["trailing"], "new more");
    let cut = &FORMAT.example[..FORMAT.example.find("S3Console").unwrap()];
    assert_eq!(refused(&FORMAT, cut), Some("s3_access_line_cut"));
    assert!(detect(cut) && !detect("a b [06/Feb/2019:00:01:57 +0000] c d e f g \"h\""));
}

proptest! {
    #[test]
    fn any_text(line in any::<String>()) {
        check_any_text(&FORMAT, &line);
    }

    #[test]
    fn any_tail_and_cut(at in 0usize..500, tail in "\\PC{0,30}") {
        let cut = &FORMAT.example[..at.min(FORMAT.example.len())];
        check_any_text(&FORMAT, &format!("{cut}{tail}"));
    }

    #[test]
    fn any_key(key in "[!-~é]{1,30}", path in "[!-~é]{0,30}") {
        check_events(&FORMAT, &line("REST.GET.OBJECT", &key, &format!("\"GET /{path} HTTP/1.1\""), "200", "-"));
    }
}
