//! Loggers in wide use, by a line of each.

use super::{free, parse};
use serde_json::{Value, json};

/// Time, level, message and logger.
fn usual(event: &Value) -> Value {
    json!([event["@timestamp"], event["log"]["level"], event["message"], event["log"]["logger"]])
}

/// The place in the program.
fn origin(event: &Value) -> Value {
    let origin = &event["log"]["origin"];
    json!([origin["file"]["name"], origin["file"]["line"], origin["function"]])
}

const AT: &str = "2024-07-19T15:42:51.250Z";

#[test]
fn bunyan_and_pino() {
    let event = parse(json!({
        "name": "shop", "hostname": "h", "pid": 7, "level": 50, "component": "db", "msg": "no", "time": AT, "v": 0,
        "src": {"file": "/a.js", "line": 20, "func": "W.x"}, "err": {"name": "TypeError", "message": "m", "stack": "TypeError: m\n    at /a.js:1:2", "code": 3},
    }));
    assert_eq!(usual(&event), json!([AT, "error", "no", "shop"]));
    assert_eq!(origin(&event), json!(["/a.js", 20, "W.x"]));
    assert_eq!(
        event["error"],
        json!({"code": "3", "message": "m", "stack_trace": "TypeError: m\n    at /a.js:1:2", "type": "TypeError"})
    );
    assert_eq!(free(&event), &json!({"component": "db", "v": 0}));
    let event =
        parse(json!({"level": 30, "time": 1721403771250u64, "pid": 7, "hostname": "h", "msg": "yes"}));
    assert_eq!(usual(&event), json!([AT, "info", "yes", null]));
}

#[test]
fn loggers_for_java() {
    let trace = "java.lang.IllegalStateException: no\n\tat a.B.c(B.java:1)\n";
    let logback = parse(json!({
        "@timestamp": "2024-07-19T17:42:51.25+02:00", "@version": "1", "message": "m", "logger_name": "a.B", "thread_name": "main",
        "level": "ERROR", "level_value": 40000, "stack_trace": trace, "caller_class_name": "a.B", "caller_method_name": "c",
        "caller_file_name": "B.java", "caller_line_number": 12,
    }));
    assert_eq!(usual(&logback), json!([AT, "ERROR", "m", "a.B"]));
    assert_eq!(origin(&logback), json!(["B.java", 12, "c"]));
    let thrown = json!({"message": "no", "stack_trace": trace, "type": "java.lang.IllegalStateException"});
    assert_eq!(logback["error"], thrown);
    let log4j = parse(json!({
        "instant": {"epochSecond": 1721403771, "nanoOfSecond": 250000000}, "thread": "main", "level": "WARN", "loggerName": "a.B",
        "message": "m", "thrown": {"message": "no", "name": "a.X", "extendedStackTrace": trace, "commonElementCount": 0},
        "contextMap": {"traceId": "7f", "user": "u"}, "threadId": 3, "source": {"class": "a.B", "method": "c", "file": "B.java", "line": 12},
    }));
    assert_eq!(usual(&log4j), json!([AT, "WARN", "m", "a.B"]));
    assert_eq!(origin(&log4j), json!(["B.java", 12, "c"]));
    assert_eq!(log4j["error"], json!({"message": "no", "stack_trace": trace, "type": "a.X"}));
    assert_eq!(
        (&log4j["trace"]["id"], &log4j["process"]["thread"]),
        (&json!("7f"), &json!({"id": 3, "name": "main"}))
    );
    let left =
        json!({"thrown": {"commonElementCount": 0}, "contextMap": {"user": "u"}, "source": {"class": "a.B"}});
    assert_eq!(free(&log4j), &left);
}

#[test]
fn loggers_for_go() {
    let zap = parse(json!({
        "level": "error", "ts": 1721403771.25, "logger": "a.b", "caller": "server/main.go:42", "msg": "m", "error": "EOF",
        "stacktrace": "main.main\n\t/a/main.go:42", "errorVerbose": "EOF\nmain.f",
    }));
    assert_eq!(usual(&zap), json!([AT, "error", "m", "a.b"]));
    assert_eq!(origin(&zap), json!(["server/main.go", 42, null]));
    assert_eq!(zap["error"], json!({"message": "EOF", "stack_trace": "main.main\n\t/a/main.go:42"}));
    let zerolog = parse(
        json!({"level": "info", "time": 1721403771, "message": "m", "caller": "here", "latency": "12ms"}),
    );
    assert_eq!(usual(&zerolog), json!(["2024-07-19T15:42:51.000Z", "info", "m", null]));
    assert_eq!(
        (&zerolog["event"]["duration"], free(&zerolog)),
        (&json!(12_000_000), &json!({"caller": "here"}))
    );
    let slog = parse(json!({
        "time": AT, "level": "INFO", "source": {"function": "main.f", "file": "/m.go", "line": 9}, "msg": "m", "count": 3,
    }));
    assert_eq!(usual(&slog), json!([AT, "INFO", "m", null]));
    assert_eq!((origin(&slog), free(&slog)), (json!(["/m.go", 9, "main.f"]), &json!({"count": 3})));
    let logrus =
        parse(json!({"file": "/m.go:9", "func": "main.f", "level": "warning", "msg": "m", "time": AT}));
    assert_eq!((origin(&logrus), free(&logrus)), (json!(["/m.go", 9, "main.f"]), &Value::Null));
}

#[test]
fn loggers_for_python_javascript_and_rust() {
    let python = parse(json!({
        "asctime": "2024-07-19 15:42:51,250", "levelname": "ERROR", "name": "app.db", "message": "m", "process": 12, "thread": 1406,
        "threadName": "MainThread", "filename": "a.py", "lineno": 4, "funcName": "f",
        "exc_info": "Traceback (most recent call last):\n  File \"a.py\", line 4, in f\nKeyError: 'a'",
    }));
    assert_eq!(usual(&python), json!([AT, "ERROR", "m", "app.db"]));
    assert_eq!(origin(&python), json!(["a.py", 4, "f"]));
    assert_eq!((&python["process"]["pid"], &python["process"]["thread"]["id"]), (&json!(12), &json!(1406)));
    assert_eq!((&python["error"]["type"], &python["error"]["message"]), (&json!("KeyError"), &json!("'a'")));
    let structlog = parse(json!({"event": "said", "level": "info", "timestamp": AT, "user": "u"}));
    assert_eq!(usual(&structlog), json!([AT, "info", "said", null]));
    let winston = parse(
        json!({"level": "error", "message": "m", "timestamp": AT, "service": "s", "stack": "Error: m\n    at f (/a.js:1:2)"}),
    );
    assert_eq!(usual(&winston), json!([AT, "error", "m", null]));
    assert_eq!((&winston["error"]["type"], &winston["service"]["name"]), (&json!("Error"), &json!("s")));
    let tracing = parse(json!({
        "timestamp": AT, "level": "INFO", "fields": {"message": "m", "count": 2}, "target": "app::db", "span": {"name": "s"},
        "filename": "src/a.rs", "line_number": 5, "threadId": "ThreadId(1)",
    }));
    assert_eq!(usual(&tracing), json!([AT, "INFO", "m", "app::db"]));
    assert_eq!(origin(&tracing), json!(["src/a.rs", 5, null]));
    assert_eq!(
        free(&tracing),
        &json!({"fields": {"count": 2}, "span": {"name": "s"}, "threadId": "ThreadId(1)"})
    );
}

#[test]
fn loggers_for_net() {
    let clef = parse(
        json!({"@t": AT, "@mt": "User {Name}", "@x": "System.InvalidOperationException: no\n   at A.B()", "@tr": "7f", "@sp": "8", "Name": "n", "SourceContext": "A.B"}),
    );
    assert_eq!(usual(&clef), json!([AT, "Information", "User {Name}", "A.B"]));
    assert_eq!(
        (&clef["error"]["type"], &clef["trace"]["id"]),
        (&json!("System.InvalidOperationException"), &json!("7f"))
    );
    let serilog = parse(
        json!({"Timestamp": AT, "Level": "Warning", "MessageTemplate": "{A}", "RenderedMessage": "a", "Properties": {"SourceContext": "A.B", "A": "a"}}),
    );
    assert_eq!(usual(&serilog), json!([AT, "Warning", "a", "A.B"]));
    assert_eq!(free(&serilog), &json!({"MessageTemplate": "{A}", "Properties": {"A": "a"}}));
    let console = parse(
        json!({"Timestamp": AT, "EventId": 0, "LogLevel": "Information", "Category": "A.B", "Message": "m", "State": {}}),
    );
    assert_eq!(usual(&console), json!([AT, "Information", "m", "A.B"]));
}

#[test]
fn gelf_and_google() {
    let gelf = parse(json!({
        "version": "1.1", "host": "h", "short_message": "no", "full_message": "no\na.XException: y\n\tat a.B.c(B.java:1)",
        "timestamp": 1721403771.25, "level": 3, "_logger": "a.B",
    }));
    assert_eq!(usual(&gelf), json!([AT, "error", "no", null]));
    assert_eq!((&gelf["host"]["name"], &gelf["error"]["type"]), (&json!("h"), &json!("a.XException")));
    assert_eq!(free(&gelf), &json!({"version": "1.1", "_logger": "a.B"}));
    let place = json!({"file": "a.py", "line": "142", "function": "f"});
    let google = parse(json!({
        "severity": "ERROR", "message": "m", "time": AT, "logging.googleapis.com/trace": "projects/p/traces/7f",
        "logging.googleapis.com/spanId": "8", "logging.googleapis.com/labels": {"a": "b"}, "logging.googleapis.com/sourceLocation": place,
    }));
    assert_eq!(usual(&google), json!([AT, "ERROR", "m", null]));
    assert_eq!((&google["trace"]["id"], &google["span"]["id"]), (&json!("7f"), &json!("8")));
    assert_eq!(origin(&google), json!(["a.py", 142, "f"]));
    let entry = parse(json!({
        "insertId": "i", "jsonPayload": {"message": "m", "a": 1}, "severity": "INFO", "timestamp": AT, "logName": "projects/p/logs/x",
        "trace": "projects/p/traces/7f",
    }));
    assert_eq!((usual(&entry), &entry["trace"]["id"]), (json!([AT, "INFO", "m", null]), &json!("7f")));
    assert_eq!(free(&entry)["jsonPayload"], json!({"a": 1}));
}

#[test]
fn docker_and_kubernetes() {
    let wrapped =
        |log: &str| parse(json!({"log": log, "stream": "stderr", "time": "2024-07-19T15:42:51.25Z"}));
    let event = wrapped("[ERROR] said \"so\"\r\n");
    assert_eq!(usual(&event), json!([AT, "ERROR", "[ERROR] said \"so\"", null]));
    assert_eq!(event["log"]["iostream"], "stderr");
    let event = parse(json!({"log": "x\n", "stream": "stdout", "time": AT, "attrs": {"tag": "t"}}));
    assert_eq!(
        (&event["log"]["iostream"], free(&event)),
        (&json!("stdout"), &json!({"attrs": {"tag": "t"}}))
    );
    let event = wrapped("{\"level\":30,\"msg\":\"m\",\"pid\":1,\"stream\":\"own\",\"x\":{}}\n");
    assert_eq!(usual(&event), json!([AT, "info", "m", null]));
    assert_eq!(free(&event), &json!({"stream": "own", "x": {}}));
    let event = wrapped("{\"time\":\"2020-01-01T00:00:00Z\",\"msg\":\"m\"}\n");
    assert_eq!((&event["@timestamp"], &event["message"]), (&json!("2020-01-01T00:00:00.000Z"), &json!("m")));
    let event =
        wrapped("192.0.2.1 - - [10/Oct/2026:13:55:36 +0000] \"GET /a HTTP/1.1\" 200 2 \"-\" \"curl/8\"\n");
    assert_eq!(
        (&event["catchwater"]["content_format"], &event["url"]["path"]),
        (&json!("apache_access"), &json!("/a"))
    );
    assert_eq!(wrapped("{not json}\n")["message"], "{not json}");
    let event = parse(json!({
        "log": "x", "stream": "stdout", "time": AT,
        "kubernetes": {"pod_name": "p", "namespace_name": "n", "container_name": "c", "docker_id": "d", "host": "h", "labels": {}},
    }));
    assert_eq!(event["orchestrator"], json!({"namespace": "n", "resource": {"name": "p"}}));
    assert_eq!(
        (&event["container"], &event["host"]["name"]),
        (&json!({"id": "d", "name": "c"}), &json!("h"))
    );
}
