use super::super::testing::{check_any_text, refused, value, with_options};
use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Level, logger and message.
fn parts(line: &str) -> [String; 3] {
    let event = value(&FORMAT, line);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    [&event["log"]["level"], &event["log"]["logger"], &event["message"]].map(text)
}

#[test]
fn usual_layouts() {
    const TIME: &str = "2024-05-06 07:08:09,123";
    for (sure, line, expected) in [
        (true, "WARNING:root:Watch out: x", ["WARNING", "root", "Watch out: x"]),
        (true, "DEBUG:a.b:", ["DEBUG", "a.b", ""]),
        (true, "INFO:     Started server process [7]", ["INFO", "", "Started server process [7]"]),
        (true, "WARNING:  careful", ["WARNING", "", "careful"]),
        (false, "INFO: x", ["INFO", "", "x"]),
        (false, "[INFO] x: y", ["INFO", "", "x: y"]),
        (true, "[INFO] a.b: y", ["INFO", "a.b", "y"]),
        (true, "@ - root - INFO - x - y", ["INFO", "root", "x - y"]),
        (true, "@ - a.b - WARNING - c.py:12 - x", ["WARNING", "a.b", "x"]),
        (true, "@ - CRITICAL - x", ["CRITICAL", "", "x"]),
        (false, "2024-05-06 07:08:09 - CRITICAL - x", ["CRITICAL", "", "x"]),
        (false, "@ INFO x", ["INFO", "", "x"]),
        (false, "@ [INFO] x", ["INFO", "", "x"]),
        (true, "@ INFO a.b: x", ["INFO", "a.b", "x"]),
        (false, "@ INFO Error: x", ["INFO", "", "Error: x"]),
        (true, "@ [INFO    ] discord.client: x", ["INFO", "discord.client", "x"]),
        (true, "@:DEBUG:certbot.main:x: y", ["DEBUG", "certbot.main", "x: y"]),
        (false, "@ [asyncio] ERROR: x", ["ERROR", "asyncio", "x"]),
        (true, "@ INFO (MainThread) [homeassistant.core] x", ["INFO", "homeassistant.core", "x"]),
        (true, "@ WARNI [a.b:7][MainThread] x", ["WARNI", "a.b", "x"]),
        (true, "@ | INFO     | a.b:c:12 - x", ["INFO", "a.b", "x"]),
        (true, "[@: WARNING/MainProcess] x", ["WARNING", "", "x"]),
        (
            true,
            "[2024-05-06 07:08:09 +0000] [7] [CRITICAL] WORKER TIMEOUT (pid:8)",
            ["CRITICAL", "", "WORKER TIMEOUT (pid:8)"],
        ),
        (true, "INFO @ views 12 34 x", ["INFO", "views", "x"]),
        (true, "[E 240506 07:08:09 web:1670] x", ["ERROR", "web", "x"]),
        (true, "[I 07:08:09.123 NotebookApp] x", ["INFO", "NotebookApp", "x"]),
        (true, "\u{1b}[32m@ - root - INFO - x\u{1b}[0m", ["INFO", "root", "x"]),
    ] {
        let line = line.replace('@', TIME);
        assert_eq!(parts(&line), expected.map(String::from), "{line}");
        assert_eq!(detect(&line), sure, "{line}");
    }
}

#[test]
fn tracebacks_and_more_lines() {
    let text = "2024-05-06 07:08:09,123 - root - ERROR - could not\ngo on\nTraceback (most recent call last):\n  File \"a.py\", line 1, in f\n    x\nKeyError: 'a'";
    let event = value(&FORMAT, text);
    assert_eq!(event["message"], "could not\ngo on");
    assert_eq!((&event["error"]["type"], &event["error"]["message"]), (&json!("KeyError"), &json!("'a'")));
    let mut state = 0;
    let mut goes_on = |line: &str| {
        let first = text.split('\n').next().unwrap();
        FORMAT.continues.unwrap()(&mut crate::formats::Group { text: first, state: &mut state }, line)
    };
    assert!(text.split('\n').skip(1).all(&mut goes_on));
    assert!(!goes_on("2024-05-06 07:08:10,123 - root - INFO - next") && !goes_on("{\"message\": \"other\"}"));
}

#[test]
fn requests() {
    for (line, client, status) in [
        ("INFO:     127.0.0.1:51234 - \"GET /a?b=c HTTP/1.1\" 200 OK", "127.0.0.1", 200),
        ("INFO:werkzeug:::1 - - [06/May/2024 07:08:09] \"GET /a?b=c HTTP/1.1\" 404 -", "::1", 404),
        ("127.0.0.1 - - [06/May/2024 07:08:09] \"GET /a?b=c HTTP/1.1\" 500 -", "127.0.0.1", 500),
        (
            "[pid: 24386|app: 0|req: 48/412] 10.0.0.1 () {44 vars in 1322 bytes} [Tue Jan  3 05:01:31 2012] GET /a?b=c => generated 192 bytes in 21 msecs (HTTP/1.1 200) 4 headers in 188 bytes (1 switches on core 0)",
            "10.0.0.1",
            200,
        ),
        ("[I 240506 07:08:09 web:2271] 304 GET /a?b=c (10.0.0.1) 1.23ms", "10.0.0.1", 304),
    ] {
        let event = value(&FORMAT, line);
        assert_eq!(
            (&event["source"]["ip"], &event["http"]["response"]["status_code"]),
            (&json!(client), &json!(status)),
            "{line}"
        );
        assert_eq!(
            (&event["catchwater"]["kind"], &event["url"]),
            (&json!("service_query"), &json!({"path": "/a", "query": "b=c"}))
        );
        assert!(detect(line), "{line}");
    }
    let event = value(&FORMAT, "[06/May/2024 07:08:09] \"GET / HTTP/1.1\" 200 12");
    assert_eq!(
        (&event["@timestamp"], &event["http"]["response"]["body"]["bytes"]),
        (&json!("2024-05-06T07:08:09.000Z"), &json!(12))
    );
}

#[test]
fn layouts_of_the_route() {
    let read = |options: Value, line: &str| {
        let compiled = (OPTIONS.read)(options.as_object().unwrap()).unwrap();
        with_options(&FORMAT, Some(compiled.as_ref()), &[line]).remove(0)
    };
    let event = read(
        json!({"format": "{asctime}|{levelname:<8}|{processName}|{user}|{module}.{funcName}:{lineno}|{message}", "datefmt": "%d.%m.%Y %H:%M"}),
        "06.05.2024 07:08|INFO    |MainProcess|bob|views.get:12|a|b",
    );
    assert_eq!(
        (&event["@timestamp"], &event["message"]),
        (&json!("2024-05-06T07:08:00.000Z"), &json!("a|b"))
    );
    assert_eq!(
        event["log"],
        json!({"level": "INFO", "logger": "views", "origin": {"file": {"line": 12}, "function": "get"}})
    );
    assert_eq!(event["catchwater"]["fields"], json!({"processName": "MainProcess", "user": "bob"}));
    let format = json!({"format": "%(asctime)s.%(msecs)03d [%(process)d] %(message)s (%(name)s)", "datefmt": "%Y%m%d-%H%M%S"});
    let event = read(format, "20240506-070809.250 [7] first (a.b)\nsecond");
    assert_eq!(
        (&event["@timestamp"], &event["process"]["pid"]),
        (&json!("2024-05-06T07:08:09.250Z"), &json!(7))
    );
    assert_eq!((&event["message"], &event["log"]["logger"]), (&json!("first\nsecond"), &json!("a.b")));
    let wrong = (OPTIONS.read)(json!({"format": "%(name)s"}).as_object().unwrap()).unwrap_err();
    assert_eq!((wrong.key.as_str(), wrong.message.as_str()), ("format", "no message (%(message)s) in it"));
}

#[test]
fn what_is_refused_and_what_others_write() {
    for bad in [
        "",
        "hello",
        "2024-05-06 07:08:09,123",
        "2024-05-06 07:08:09,123 LOUD x",
        "Traceback (most recent call last):",
    ] {
        assert_eq!(refused(&FORMAT, bad), Some("no_python_log_line"), "{bad}");
        assert!(!detect(bad), "{bad}");
    }
    for others in [
        "2017-08-04 10:48:20,377 INFO [main] a.B - x",
        "[2018-10-17 12:04:41,718] INFO Removed (kafka.c.Manager)",
        "INFO: Copying x [sdc_aws_utils.aws]",
        "INFO:http://x",
        "ERROR:  x",
        "2021/04/01 13:02:31 [error] 31#31: x",
        "[Thu Feb 07 12:02:42.123456 2019] [core:notice] [pid 7] x",
        "[INFO]\t2023-08-12T12:34:13.137Z\t3f1c2f0e-6c8a-4a58-9b4b-6a9b6f0a7b11\tx",
    ] {
        assert!(!detect(others), "{others}");
    }
}

proptest! {
    #[test]
    fn any_text(line in any::<String>()) {
        check_any_text(&FORMAT, &line);
    }

    #[test]
    fn any_tail(
        start in "\\[?2024-05-06 07:08:09,123\\]?|INFO|\\[I 240506 07:08:09 |WARNING:|1.2.3.4 - - \\[06/May/2024 07:08:09\\] ",
        tail in "( - |INFO|: ?|\\[|\\]|a\\.b|\\(|\\)|c\\.py:7|12 | \\| |\"GET /a HTTP/1.1\" 200 |\nTraceback \\(most recent call last\\):\n|KeyError|[é a:-]{0,4}){0,12}",
    ) {
        check_any_text(&FORMAT, &format!("{start}{tail}"));
    }
}
