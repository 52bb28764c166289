use super::super::testing::{check_any_text, refused, value};
use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

const LINE: &str =
    "method=GET path=/a format=html controller=A::B action=c status=200 duration=58.33 view=40.43 db=15.26";

fn free(event: &Value) -> &Value {
    &event["catchwater"]["fields"]
}

#[test]
fn each_notation_is_one_request() {
    let object = json!({
        "method": "GET", "path": "/a", "format": "html", "controller": "A::B", "action": "c", "status": 200, "duration": 58.33,
        "view": 40.43, "db": 15.26,
    });
    let gelf: serde_json::Map<String, Value> =
        object.as_object().unwrap().iter().map(|(key, value)| (format!("_{key}"), value.clone())).collect();
    let expected = value(&FORMAT, LINE);
    assert_eq!(expected["event"]["duration"], 58_330_000);
    assert_eq!(expected["catchwater"]["operation"], "GET /a");
    let ltsv = LINE.replace('=', ":").replace(' ', "\t");
    for line in [object.to_string(), Value::from(gelf).to_string(), format!("@cee: {object}"), ltsv] {
        assert!(detect(&line), "{line}");
        let mut event = value(&FORMAT, &line);
        for part in ["rails", "event", "http", "url"] {
            let (of_line, theirs) = (event[part].take(), &expected[part]);
            assert_eq!(
                (&of_line["outcome"], &of_line["duration"]),
                (&theirs["outcome"], &theirs["duration"]),
                "{line}"
            );
            assert!(part == "event" || of_line == *theirs, "{line}: {of_line}");
        }
    }
}

#[test]
fn what_applications_add() {
    let event = value(
        &FORMAT,
        &format!(
            "{LINE} request_id=r1 ip=::1 user_id=7 user=bob host=h.example params={{\"q\"=>\"a b=c\"}} time=2024-05-06 07:08:09 +0200 x=y z"
        ),
    );
    assert_eq!(event["@timestamp"], "2024-05-06T05:08:09.000Z");
    assert_eq!((&event["user"], &event["source"]["ip"]), (&json!({"id": "7", "name": "bob"}), &json!("::1")));
    assert_eq!(
        (&event["url"]["domain"], &event["http"]["request"]["id"]),
        (&json!("h.example"), &json!("r1"))
    );
    assert_eq!(event["catchwater"]["query"]["text"], "a b=c");
    assert_eq!(*free(&event), json!({"format": "html", "params": "{\"q\"=>\"a b=c\"}", "x": "y z"}));
    // What is not what it should be stays as it is.
    let event = value(&FORMAT, &format!("{LINE} ip=unknown time=noon pid=x user_id=nil ip=1.1.1.1"));
    assert_eq!(*free(&event), json!({"format": "html", "ip": "unknown", "time": "noon", "pid": "x"}));
    assert_eq!((&event["source"]["ip"], &event["user"]), (&json!("1.1.1.1"), &Value::Null));
}

#[test]
fn errors() {
    let failed = LINE.replace("status=200", "status=500 error='NoMethodError: undefined method 'x' for nil'");
    let event = value(&FORMAT, &failed);
    assert_eq!(event["error"], json!({"message": "undefined method 'x' for nil", "type": "NoMethodError"}));
    assert_eq!(
        (&event["event"]["outcome"], &event["event"]["duration"]),
        (&json!("failure"), &json!(58_330_000))
    );
    let event = value(&FORMAT, &format!("{LINE} exception=[\"A::Error\", \"oh = no\"] error=gone"));
    assert_eq!(event["error"], json!({"message": "gone", "type": "A::Error"}));
}

#[test]
fn what_is_refused() {
    for (bad, reason) in [
        ("", "no_lograge_line"),
        ("hello", "no_lograge_line"),
        ("{\"a\":1}", "no_lograge_line"),
        ("{\"a\":1", "not_json"),
        ("method=GET path=/a format=html cont", "lograge_line_cut"),
        ("at=info method=GET path=/a status=200 controller=x", "no_lograge_line"),
        ("level=info msg=x", "no_lograge_line"),
    ] {
        assert_eq!(refused(&FORMAT, bad), Some(reason), "{bad}");
        assert!(!detect(bad), "{bad}");
    }
    // Objects of others have such names deeper down.
    assert!(!detect(r#"{"x":{"controller":"a","action":"b","duration":1,"status":2}}"#));
}

proptest! {
    #[test]
    fn any_text(line in any::<String>()) {
        check_any_text(&FORMAT, &line);
    }

    #[test]
    fn any_tail(
        start in "(I, \\[2024-05-06T07:08:09.1 #1\\]  INFO -- : )?(method=GET path=/a status=200 controller=A|GET /a format=x action=a#b status=1|method:GET\tpath:/\tstatus:2\tcontroller:A)",
        tail in "( |error='|params=\\{|\"q\"=>\"|exception=\\[|time=|ip=|duration=|é|\\}|\\]|'|\"|[a=1.]{0,4}){0,16}",
    ) {
        check_any_text(&FORMAT, &format!("{start}{tail}"));
    }

    #[test]
    fn any_object(key in "(_?(controller|path|duration|status|params|exception|error|time|ip|host)|[a_é]{0,3})", text in "\\PC{0,12}", number in any::<f64>()) {
        let object = json!({"method": "GET", "controller": "A", "action": "b", "status": 200, "duration": 1, key.clone(): text});
        check_any_text(&FORMAT, &object.to_string());
        let object = json!({"method": "GET", "controller": "A", "action": "b", "status": 200, "duration": 1, key: [number]});
        check_any_text(&FORMAT, &object.to_string());
    }
}
