//! OpenTelemetry's documents.

use super::super::FORMAT;
use super::{free, parse};
use crate::formats::testing::{check_any_text, in_one_record, refused};
use proptest::prelude::*;
use serde_json::{Value, json};

fn document(records: Value) -> String {
    json!({"resourceLogs": [{
        "resource": {"attributes": [
            {"key": "service.name", "value": {"stringValue": "shop"}}, {"key": "a", "value": {"intValue": "1"}},
        ]},
        "scopeLogs": [{"scope": {"name": "app.db"}, "logRecords": records}],
    }]})
    .to_string()
}

#[test]
fn each_record_of_the_file_exporter_is_an_event() {
    let text = document(json!([
        {
            "timeUnixNano": "1721403771250000001", "observedTimeUnixNano": "1721403772000000000", "severityNumber": 17, "severityText": "Error",
            "body": {"stringValue": "m"}, "traceId": "5b8aa5a2d2c872e8321cf37308d69df2", "spanId": "5fb397be34d26b51", "flags": 1,
            "attributes": [
                {"key": "exception.type", "value": {"stringValue": "a.X"}}, {"key": "a", "value": {"boolValue": true}},
                {"key": "list", "value": {"arrayValue": {"values": [{"intValue": "1"}]}}},
            ],
        },
        {
            "timeUnixNano": "0", "observedTimeUnixNano": "1721403772000000000", "severityNumber": 9, "body": {"kvlistValue": {"values": []}}, "traceId": "",
            "attributes": [
                {"key": "http.request.method", "value": {"stringValue": "GET"}}, {"key": "url.path", "value": {"stringValue": "/a"}},
                {"key": "http.response.status_code", "value": {"intValue": "200"}},
            ],
        },
    ]));
    let events = in_one_record(&FORMAT, &[&text]);
    assert_eq!(events.len(), 2);
    let first = &events[0];
    assert_eq!(
        (&first["@timestamp"], &first["message"]),
        (&json!("2024-07-19T15:42:51.250000001Z"), &json!("m"))
    );
    assert_eq!(first["log"], json!({"level": "Error", "logger": "app.db"}));
    assert_eq!((&first["service"]["name"], &first["error"]["type"]), (&json!("shop"), &json!("a.X")));
    assert_eq!(
        (&first["trace"]["id"], &first["span"]["id"]),
        (&json!("5b8aa5a2d2c872e8321cf37308d69df2"), &json!("5fb397be34d26b51"))
    );
    // An attribute of the record goes before one of its resource.
    let left = json!({"flags": 1, "a": true, "list": {"values": [{"intValue": "1"}]}, "observedTimeUnixNano": "1721403772000000000"});
    assert_eq!(free(first), &left);
    let second = &events[1];
    assert_eq!(
        (&second["@timestamp"], &second["log"]["level"]),
        (&json!("2024-07-19T15:42:52.000Z"), &json!("INFO"))
    );
    assert_eq!(
        (&second["catchwater"]["kind"], &second["http"]["response"]["status_code"]),
        (&json!("service_query"), &json!(200))
    );
    assert_eq!(second["trace"], Value::Null);
}

#[test]
fn a_document_without_records_and_one_of_too_many() {
    let event = parse(json!({"resourceLogs": []}));
    assert_eq!(free(&event), &json!({"resourceLogs": []}));
    let text = format!(
        "{{\"resourceLogs\":[{{\"scopeLogs\":[{{\"logRecords\":[{}{{}}]}}]}}]}}",
        "{},".repeat(20_000)
    );
    assert_eq!(refused(&FORMAT, &text), Some("too_many_records"));
}

#[test]
fn the_data_model() {
    let event = parse(json!({
        "Timestamp": "1721403771250000000", "SeverityNumber": 13, "SeverityText": "", "Body": "m", "TraceId": "7f", "SpanId": "8",
        "Attributes": {"http.status_code": 500, "thread.name": "main", "x": 1}, "Resource": {"service.name": "shop", "host.name": "h"},
    }));
    assert_eq!(
        (&event["@timestamp"], &event["log"]["level"]),
        (&json!("2024-07-19T15:42:51.250Z"), &json!("WARN"))
    );
    assert_eq!((&event["message"], &event["service"]["name"]), (&json!("m"), &json!("shop")));
    assert_eq!((&event["host"]["name"], &event["process"]["thread"]["name"]), (&json!("h"), &json!("main")));
    assert_eq!(free(&event), &json!({"SeverityText": "", "Attributes": {"x": 1}}));
    let python = parse(json!({
        "body": "m", "severity_number": 9, "severity_text": "INFO", "timestamp": "2024-07-19T15:42:51.25Z", "trace_id": "0x7f",
        "attributes": {"code.function": "f", "code.lineno": 3}, "resource": {"attributes": {"service.name": "shop"}, "schema_url": ""},
    }));
    assert_eq!((&python["message"], &python["service"]["name"]), (&json!("m"), &json!("shop")));
    assert_eq!(python["log"]["origin"], json!({"file": {"line": 3}, "function": "f"}));
}

proptest! {
    #[test]
    fn any_document(inside in "(\\{|\\}|\\[|\\]|:|,|\"(key|value|a|body|stringValue|attributes|timeUnixNano|1721403771250000000|service.name)\"|1){0,30}") {
        check_any_text(&FORMAT, &format!("{{\"resourceLogs\":[{{\"scopeLogs\":[{{\"logRecords\":[{inside}]}}]}}]}}"));
        check_any_text(&FORMAT, &format!("{{\"resourceLogs\":[{inside}]}}"));
    }
}
