//! Joins, and what the lines of others do not show; those are in `testdata/aws_lambda`.

use super::{Chosen, FORMAT, detect};
use crate::formats::testing::{check_any_text, check_events, in_one_record, refused, value, with_options};
use proptest::prelude::*;
use serde_json::{Value, json};

const A: &str = "06e46194-f277-454e-88d3-1dd7e3860eaa";
const B: &str = "4dfec460-05bb-4f62-8fed-e5cade099a36";

fn start(id: &str) -> String {
    format!("START RequestId: {id} Version: $LATEST")
}

fn end(id: &str) -> String {
    format!("END RequestId: {id}")
}

fn report(id: &str, tail: &str) -> String {
    format!(
        "REPORT RequestId: {id}\tDuration: 9.14 ms\tBilled Duration: 10 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t{tail}"
    )
}

fn run(lines: &[&str]) -> Vec<Value> {
    in_one_record(&FORMAT, lines)
}

#[test]
fn one_event_a_call_however_they_interleave() {
    let python = format!("[INFO]\t2023-08-12T12:34:13.137Z\t{A}\thello");
    let (a, b) =
        ([start(A), end(A), report(A, "Init Duration: 190.62 ms\t")], [start(B), end(B), report(B, "")]);
    let events = run(&[&a[0], "first", &b[0], &python, "unsure", &a[1], "second", &b[1], &b[2], &a[2]]);
    let messages: Vec<_> =
        events.iter().map(|e| (e["message"].clone(), e["faas"]["execution"].clone())).collect();
    let none = Value::Null;
    let expected = [
        (json!("first"), json!(A)),
        (json!("hello"), json!(A)),
        (json!("unsure"), none.clone()),
        (json!("second"), json!(B)),
        (none.clone(), json!(A)),
        (none, json!(B)),
    ];
    assert_eq!(messages, expected);
    let call = &events[4];
    assert_eq!(call["event"]["action"], "platform.report");
    assert_eq!(call["event"]["type"], "end");
    assert_eq!(call["event"]["duration"], 9_140_000);
    assert_eq!(call["faas"], json!({"coldstart": true, "execution": A, "version": "$LATEST"}));
    let lambda = json!({"billed_duration_ms": 10, "init_duration_ms": 190.62, "max_memory_used_mb": 36, "memory_size_mb": 128});
    assert_eq!(call["aws"]["lambda"], lambda);
    assert_eq!(call["event"].get("outcome"), None);
    assert_eq!(events[5]["faas"].get("coldstart"), None);
}

#[test]
fn parts_alone_and_a_retry_with_the_same_id_still_come_out() {
    let events = run(&[&end(A), &start(B), &report(B, ""), &start(B)]);
    let told: Vec<_> = events
        .iter()
        .map(|e| (e["event"]["action"].as_str().unwrap(), e["event"]["type"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [("platform.end", "end"), ("platform.report", "end"), ("platform.start", "start")]);
    // A report before its end is the usual order in some records.
    assert_eq!(run(&[&report(A, ""), &end(A)]).len(), 1);
}

#[test]
fn not_joined_where_the_route_says_so() {
    let chosen = Chosen { join: false };
    let lines = [start(A), end(A), report(A, "")];
    let events = with_options(&FORMAT, Some(&chosen), &lines.each_ref().map(String::as_str));
    let actions: Vec<_> = events.iter().map(|e| e["event"]["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["platform.start", "platform.end", "platform.report"]);
}

#[test]
fn outcomes_of_calls() {
    let timeout = format!("2020-06-09T15:02:26.150Z {A} Task timed out after 3.00 seconds\n\n");
    let killed =
        format!("RequestId: {A} Error: Runtime exited with error: signal: killed\nRuntime.ExitError");
    let node = format!(
        "2020-03-05T16:30:36.113Z\t{A}\tERROR\tInvoke Error \t{{\"errorType\":\"TypeError\",\"errorMessage\":\"x\",\"stack\":[\"TypeError: x\",\"    at y\"]}}"
    );
    let python =
        "[ERROR] KeyError: 'x'\rTraceback (most recent call last):\r\u{a0}\u{a0}File \"a.py\", line 3";
    for (line, tail, reason, class) in [
        (timeout.as_str(), "Status: timeout", "timeout", None),
        (&timeout, "", "timeout", None),
        (&killed, "Status: error\tError Type: Runtime.OutOfMemory", "error", Some("Runtime.OutOfMemory")),
        (&killed, "", "Runtime exited with error: signal: killed", Some("Runtime.ExitError")),
        (&node, "", "error", Some("TypeError")),
        (python, "", "error", Some("KeyError")),
        ("fine", "Status: error\tError Type: Runtime.ExitError", "error", Some("Runtime.ExitError")),
    ] {
        for lines in [[&start(A), line, &report(A, tail)], [&start(A), &report(A, tail), line]] {
            // What has no id of its own belongs to the call only while that is open.
            if lines[2] == python {
                continue;
            }
            let events = run(&lines);
            let call = events.last().unwrap();
            assert_eq!(call["event"]["outcome"], "failure", "{line}");
            assert_eq!(call["event"]["reason"], reason, "{line} {tail}");
            assert_eq!(call["error"]["type"].as_str(), class, "{line} {tail}");
        }
    }
    assert_eq!(value(&FORMAT, &timeout.replace('\n', "\\n"))["event"]["reason"], "timeout");
    let fault = value(&FORMAT, &timeout);
    assert_eq!(fault["event"]["duration"], 3_000_000_000u64);
    assert_eq!(fault["@timestamp"], "2020-06-09T15:02:26.150Z");
    assert_eq!(value(&FORMAT, &killed)["error"]["type"], "Runtime.ExitError");
}

#[test]
fn json_of_the_platform_joins_too() {
    let line = |time: &str, kind: &str, record: Value| {
        json!({"time": time, "type": kind, "record": record}).to_string()
    };
    let lines = [
        line("2024-03-13T18:56:24.046Z", "platform.initStart", json!({"initializationType": "on-demand", "phase": "init", "functionName": "f", "functionVersion": "7"})),
        line("2024-03-13T18:56:24.100Z", "platform.start", json!({"requestId": A, "version": "7", "tracing": {"spanId": "s", "value": "Root=1-2-3;Parent=4"}})),
        json!({"timestamp": "2024-03-13T18:56:24.110Z", "level": "INFO", "message": "m", "requestId": A}).to_string(),
        json!({"timestamp": "2024-03-13T18:56:24.120Z", "level": "ERROR", "fields": {"message": "m"}, "span": {"requestId": A}}).to_string(),
        line("2024-03-13T18:56:24.130Z", "platform.runtimeDone", json!({"requestId": A, "status": "timeout", "metrics": {"durationMs": 12.5, "producedBytes": 8}})),
        line("2024-03-13T18:56:24.140Z", "platform.report", json!({"requestId": A, "status": "timeout", "metrics": {"durationMs": 13.0, "billedDurationMs": 14, "memorySizeMB": 128, "maxMemoryUsedMB": 30, "restoreDurationMs": 1.5}})),
    ];
    let events = run(&lines.each_ref().map(String::as_str));
    assert_eq!(events.len(), 4);
    assert_eq!(events[0]["faas"], json!({"name": "f", "version": "7"}));
    for log in &events[1..3] {
        assert_eq!((&log["faas"]["execution"], &log["aws"]["request_id"]), (&json!(A), &json!(A)));
    }
    let call = &events[3];
    assert_eq!(call["@timestamp"], "2024-03-13T18:56:24.100Z");
    assert_eq!(call["event"]["start"], "2024-03-13T18:56:24.100Z");
    assert_eq!(call["event"]["end"], "2024-03-13T18:56:24.130Z");
    assert_eq!(
        (&call["event"]["duration"], &call["event"]["reason"]),
        (&json!(13_000_000), &json!("timeout"))
    );
    assert_eq!(call["catchwater"]["fields"], json!({"producedBytes": 8, "restoreDurationMs": 1.5}));
    assert_eq!((&call["trace"]["id"], &call["span"]["id"]), (&json!("1-2-3"), &json!("s")));
}

#[test]
fn prefixes_of_the_runtimes() {
    for (line, level, message) in [
        (format!("2020-03-05T16:30:36.113Z\t{A}\tDEBUG\tm {{}}"), json!("DEBUG"), "m {}"),
        (format!("2020-03-05T16:30:36.113Z\t{A}\tinfo\tm"), json!("info"), "m"),
        (format!("2020-03-05T16:30:36.113Z\t{A}\tm\tn"), Value::Null, "m\tn"),
        (format!("2020-03-05 16:30:36 {A} INFO  Handler:12 - m"), json!("INFO"), "m"),
        (
            format!(
                "2020-03-05T16:30:36.113Z  INFO Lambda runtime invoke{{requestId=\"{A}\" xrayTraceId=\"Root=1-2;Parent=3\"}}: m"
            ),
            json!("INFO"),
            "m",
        ),
    ] {
        let event = value(&FORMAT, &line);
        assert!(detect(&line), "{line}");
        assert_eq!((&event["log"]["level"], &event["message"]), (&level, &json!(message)), "{line}");
        assert_eq!(event["aws"]["request_id"], A, "{line}");
        assert!(event["@timestamp"].as_str().unwrap().starts_with("2020-03-05T16:30:36"), "{line}");
    }
    let outside = value(&FORMAT, "2020-03-05T16:30:36.113Z\tundefined\tINFO\tcold");
    assert_eq!(
        (&outside["message"], outside.get("aws").and_then(|a| a.get("request_id"))),
        (&json!("cold"), None)
    );
    let go = value(&FORMAT, "2020/03/05 16:30:36 hello");
    assert_eq!((&go["@timestamp"], &go["message"]), (&json!("2020-03-05T16:30:36.000Z"), &json!("hello")));
}

#[test]
fn lines_that_are_cut_are_refused_and_other_text_is_the_functions() {
    for cut in [
        format!("REPORT RequestId: {A}\tDura"),
        format!("START RequestId: {A} "),
        "END RequestId: ".to_string(),
        "{\"time\":\"2024-03-13T18:56:24.046Z\",\"type\":\"platform.report\",\"record\":{\"requ".to_string(),
    ] {
        assert!(refused(&FORMAT, &cut).is_none_or(|reason| reason == "platform_line_cut"), "{cut}");
    }
    assert_eq!(refused(&FORMAT, &format!("REPORT RequestId: {A}\tDura")), Some("platform_line_cut"));
    for text in ["REPORT invalid report log line", "START of work", "{not json}", "XRAY", "END", "[1,2]"] {
        assert_eq!(value(&FORMAT, text)["message"], text);
        assert!(!detect(text), "{text}");
    }
    let sdc =
        format!("[INFO]\t2023-08-12T12:34:13.137Z\t{A}\tCopying a.bin from swsoc-incoming to hermes-eea");
    assert!(!detect(&sdc), "told better by its own format");
}

proptest! {
    #[test]
    fn any_text(line in any::<String>()) {
        check_any_text(&FORMAT, &line);
    }

    #[test]
    fn lines_with_a_change(
        which in 0..5usize,
        at in any::<prop::sample::Index>(),
        len in 0..12usize,
        new in prop::sample::select(vec!["", "\t", " ", ":", "\\t", "é", "]", "[", "\n", "{", "\"", "RequestId: "]),
    ) {
        let mut line = match which {
            0 => report(A, "XRAY TraceId: 1-2\tSegmentId: 3\tSampled: true"),
            1 => format!("2020-06-09T15:02:26.150Z {A} Task timed out after 3.00 seconds"),
            2 => format!("2020-03-05T16:30:36.113Z\t{A}\tERROR\tInvoke Error \t{{\"stack\":[\"a\"]}}"),
            3 => format!("{{\"time\":\"2024-03-13T18:56:24.046Z\",\"type\":\"platform.report\",\"record\":{{\"requestId\":\"{A}\",\"metrics\":{{\"durationMs\":1.5}}}}}}"),
            _ => format!("[INFO]\t2023-08-12T12:34:13.137Z\t{A}\tm\nTraceback (most recent call last):\n  x\nE: f"),
        };
        let from = at.index(line.len());
        let to = (from + len).min(line.len());
        if line.is_char_boundary(from) && line.is_char_boundary(to) {
            line.replace_range(from..to, new);
        }
        check_events(&FORMAT, &line);
    }

    #[test]
    fn as_many_events_as_calls(order in prop::collection::vec((0..2usize, 0..3usize), 0..12)) {
        let lines: Vec<String> = order.iter().map(|(id, step)| {
            let id = [A, B][*id];
            [start(id), end(id), report(id, "")][*step].clone()
        }).collect();
        let events = run(&lines.iter().map(String::as_str).collect::<Vec<_>>());
        // Each line is in exactly one call, and none has a step twice.
        let starts = order.iter().filter(|(_, step)| *step == 0).count();
        prop_assert!(events.len() >= starts && events.len() <= lines.len());
        prop_assert_eq!(events.iter().filter(|e| e["faas"]["version"] == "$LATEST").count(), starts);
    }
}
