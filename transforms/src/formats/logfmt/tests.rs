use super::super::testing::{check_any_text, refused, value};
use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

fn free(event: &Value) -> &Value {
    &event["catchwater"]["fields"]
}

#[test]
fn names_of_loggers() {
    for (line, time) in [
        ("ts=2021-08-12T10:00:00.5Z level=info msg=x", "2021-08-12T10:00:00.500Z"),
        ("ts=1614556800.5 level=info msg=x", "2021-03-01T00:00:00.500Z"),
        ("t=2018-10-11T12:50:11+0200 lvl=info msg=x", "2018-10-11T10:50:11.000Z"),
        ("time=\"2021-09-15 21:17:11,250\" level=info msg=x", "2021-09-15T21:17:11.250Z"),
        ("timestamp=noon level=info msg=x", "2020-09-13T12:26:40.000Z"),
    ] {
        let event = value(&FORMAT, line);
        assert_eq!(
            (&event["@timestamp"], &event["log"]["level"], &event["message"]),
            (&json!(time), &json!("info"), &json!("x")),
            "{line}"
        );
        assert_eq!(
            *free(&event),
            if line.contains("noon") { json!({"timestamp": "noon"}) } else { Value::Null }
        );
    }
    let event = value(
        &FORMAT,
        "level=warn msg=\"a b\" caller=x/y.go:7 err=oh trace_id=t1 error=more took=1m2.5s elapsed=12 component=c",
    );
    assert_eq!(event["log"]["origin"]["file"], json!({"line": 7, "name": "x/y.go"}));
    assert_eq!(
        (&event["error"]["message"], &event["event"]["duration"]),
        (&json!("oh"), &json!(62_500_000_000_u64))
    );
    assert_eq!(*free(&event), json!({"error": "more", "elapsed": "12", "component": "c"}));
}

#[test]
fn requests_and_herokus_router() {
    let line = "at=error code=H12 desc=\"Request timeout\" method=GET path=\"/a?q=x\" host=h request_id=r fwd=\"203.0.113.9, 10.0.0.1\" \
                dyno=web.1 connect=1ms service=30000ms status=503 bytes=0";
    let event = value(&FORMAT, line);
    assert!(detect(line) && detect(&format!("2024-05-06T07:08:09+00:00 heroku[router]: {line}")));
    assert_eq!((&event["source"]["ip"], &event["client"]["ip"]), (&json!("10.0.0.1"), &json!("203.0.113.9")));
    assert_eq!(
        (&event["event"]["duration"], &event["event"]["outcome"]),
        (&json!(30_000_000_000_u64), &json!("failure"))
    );
    assert_eq!(
        *free(&event),
        json!({"forwarded_for": "203.0.113.9, 10.0.0.1", "dyno": "web.1", "connect": "1ms"})
    );
    let event = value(
        &FORMAT,
        "level=info msg=x method=post path=/a status=201 remote_addr=[::1]:99 duration_ms=2.5 userId=0",
    );
    assert_eq!(
        (&event["source"], &event["http"]["response"]["status_code"]),
        (&json!({"ip": "::1", "port": 99}), &json!(201))
    );
    assert_eq!(
        (&event["catchwater"]["kind"], &event["event"]["duration"]),
        (&json!("service_query"), &json!(2_500_000))
    );
    // The same words elsewhere mean something else.
    let event = value(&FORMAT, "level=info msg=x method=median status=7 service=s");
    assert_eq!((&event["catchwater"]["kind"], &event["service"]["name"]), (&json!("log"), &json!("s")));
    assert_eq!(*free(&event), json!({"method": "median", "status": "7"}));
}

#[test]
fn of_a_key_that_stands_twice_the_last_counts() {
    let event = value(&FORMAT, "level=info a=1 b a=2 msg=x msg=y");
    assert_eq!((free(&event), &event["message"]), (&json!({"a": "2", "b": true}), &json!("y")));
    let event = value(&FORMAT, "level=info a=1 b=2 c=3 Authorization: Bearer x d=4");
    assert_eq!(
        *free(&event),
        json!({"a": "1", "b": "2", "c": "3", "d": "4", "words": "Authorization: Bearer x"})
    );
    let event = value(&FORMAT, "level=info a=/x?q=1 Basic Y2FuYXJ5OnBhc3N3b3Jk= /a?q=2 b=");
    assert_eq!(*free(&event), json!({"a": "/x?q=1", "words": "Basic Y2FuYXJ5OnBhc3N3b3Jk= /a?q=2"}));
    let event = value(&FORMAT, "level=info x a=1 x b=2 b c=3");
    assert_eq!(*free(&event), json!({"x": true, "a": "1", "b": "2", "c": "3"}));
    let many: String = (0..40).map(|n| format!(" k{}={n}", n % 30)).collect();
    assert_eq!(value(&FORMAT, &format!("level=info{many}"))["catchwater"]["fields"]["k9"], "39");
}

#[test]
fn what_is_told_from_looks_and_what_is_refused() {
    for sure in ["level=info msg=x", "ts=2021-08-12T10:00:00Z a=b", "msg=\"a b\" n=1", "lvl=eror x="] {
        assert!(detect(sure), "{sure}");
    }
    for unsure in [
        "a=1 b=2",
        "level=info",
        "type=SYSCALL msg=audit(1364481363.243:24287): arch=c000003e",
        "level=info some words and msg=x more words",
        "the level=info msg=x",
        "level=info msg=\"x",
        "level=17 a=b",
        "method=GET path=/ format=html controller=A action=b status=200 duration=1 time=2015-01-01 00:00:00",
    ] {
        assert!(!detect(unsure), "{unsure}");
    }
    for (bad, reason) in [
        ("hello world", "no_logfmt_line"),
        ("Cc:\"tom\" Cc:\"bob\"", "no_logfmt_line"),
        ("", "no_logfmt_line"),
        ("{\"a\":1}", "no_logfmt_line"),
        ("a=1 some words", "no_logfmt_line"),
        ("a=1 b=\"x", "logfmt_line_cut"),
    ] {
        assert_eq!(refused(&FORMAT, bad), Some(reason), "{bad}");
    }
}

proptest! {
    #[test]
    fn any_text(line in any::<String>()) {
        check_any_text(&FORMAT, &line);
    }

    #[test]
    fn any_pairs(
        start in "(|level=info msg=x |at=info method=GET path=/a dyno=x fwd=\"1.1.1.1\" connect=1ms service=1ms |2024-05-06T07:08:09Z heroku\\[router\\]: level=info a=b )",
        tail in "((ts|t|time|caller|status|remote_addr|duration|took_ms|query|query_type|fwd|forwarded_for|process|http.request.method|url.path|source.ip|a|é)?=?(\"[a\\\\\" é]{0,5}\"|12|1.5s|1.1.1.1:80|/a|2021-08-12T10:00:00Z|x)? ){0,10}",
    ) {
        check_any_text(&FORMAT, &format!("{start}{tail}"));
    }
}
