use super::super::testing::{check_any_text, refused, value};
use super::*;
use proptest::prelude::*;
use serde_json::json;

const HTTP: &str = "10.0.0.9:33317 [06/Feb/2009:12:14:14.655] http-in~ static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0";

#[test]
fn a_request_with_everything() {
    let line = format!(
        "<134>Feb  6 12:14:14 lb haproxy[14389]: {HTTP} {{1wt.eu|curl}} {{}} \"GET /a#22b?c=d HTTP/1.1\" 0/0/0/0/1 1wt.eu/TLSv1.3/TLS_AES_128"
    );
    let event = value(&FORMAT, &line);
    assert_eq!(event["@timestamp"], "2009-02-06T12:14:14.655Z");
    assert_eq!(event["event"]["duration"], 109_000_000);
    assert_eq!((&event["service"]["name"], &event["host"]["name"]), (&json!("static"), &json!("lb")));
    assert_eq!(event["url"], json!({"path": "/a\"b", "query": "c=d"}));
    assert_eq!(event["tls"], json!({"cipher": "TLS_AES_128", "version_protocol": "TLSv1.3"}));
    assert_eq!(
        event["haproxy"],
        json!({
            "backend_name": "static", "frontend_name": "http-in", "server_name": "srv1", "termination_state": "----",
            "connection_wait_time_ms": 30, "total_waiting_time_ms": 0,
            "http": {"request": {"time_wait_ms": 10, "time_wait_without_data_ms": 69}},
        })
    );
    assert_eq!(event["catchwater"]["fields"]["request_headers"], "1wt.eu|curl");
}

#[test]
fn requests_that_were_none_or_were_cut() {
    let event = value(&FORMAT, &format!("{HTTP} \"<BADREQ>\""));
    assert_eq!(event["catchwater"]["fields"]["request"], "<BADREQ>");
    assert!(event.get("url").is_none());
    let event = value(&FORMAT, &format!("{HTTP} \"GET /long"));
    assert_eq!((&event["url"]["path"], &event["catchwater"]["truncated"]), (&json!("/long"), &json!(true)));
    assert_eq!(refused(&FORMAT, &format!("{HTTP} {{cut")), Some("haproxy_line_cut"));
}

#[test]
fn other_lines() {
    let event = value(&FORMAT, "haproxy[7]: Connect from ::1:33312 to 10.0.3.31:8012 (db/TCP)");
    assert_eq!(event["source"], json!({"ip": "::1", "port": 33312}));
    assert_eq!(event["destination"], json!({"ip": "10.0.3.31", "port": 8012}));
    let event = value(&FORMAT, "[WARNING] 056/161938 (1) : Server bk/s1 is DOWN, reason: Layer4 timeout.");
    assert_eq!(event["message"], "Server bk/s1 is DOWN, reason: Layer4 timeout.");
    assert_eq!((&event["log"]["level"], &event["process"]["pid"]), (&json!("WARNING"), &json!(1)));
    let line =
        "haproxy[7]: 1.2.3.4:56059 [03/Dec/2012:17:35:10.380] frt/f1: Connection error during SSL handshake";
    let event = value(&FORMAT, line);
    assert_eq!(
        (&event["event"]["outcome"], &event["haproxy"]["frontend_name"]),
        (&json!("failure"), &json!("frt"))
    );
    let clf = "haproxy[7]: 1.2.3.4 - - [03/Dec/2012:17:35:10 +0000] \"GET /a HTTP/1.1\" 200 2750 \"\" \"\" 33317 655 \
               \"in~\" \"static\" \"srv1\" 10 0 30 69 109 \"----\" 1 1 1 1 0 0 0 \"-\" \"-\" \"1wt.eu\" \"\"";
    let event = value(&FORMAT, clf);
    assert_eq!(
        (&event["@timestamp"], &event["event"]["duration"]),
        (&json!("2012-12-03T17:35:10.655Z"), &json!(109_000_000))
    );
    assert_eq!(
        (&event["source"]["port"], &event["http"]["response"]["bytes"]),
        (&json!(33317), &json!(2750))
    );
    assert_eq!(event["catchwater"]["fields"]["request_headers"], "1wt.eu");
}

#[test]
fn named_headers_fill_their_fields() {
    let given = json!({"request_headers": ["Host", "X-Forwarded-For", "", "x-key"], "response_headers": ["content-type"]});
    let read = (headers::OPTIONS.read)(given.as_object().unwrap()).unwrap();
    let (mut fields, mut free) = (Fields::new(), FreeFields::default());
    let names = read.downcast_ref();
    headers::set(names, "a.org:81|203.0.113.9, 10.0.0.1|x|k", "text/html", &mut fields, &mut free);
    free.set(&mut fields);
    let event: serde_json::Value =
        serde_json::from_slice(&catchwater_schemas::layout::event_json(&fields)).unwrap();
    assert_eq!(event["url"], json!({"domain": "a.org", "port": 81}));
    assert_eq!(event["client"]["ip"], "203.0.113.9");
    assert_eq!(event["http"]["response"]["mime_type"], "text/html");
    assert_eq!(
        event["catchwater"]["fields"],
        json!({"request_header.x-forwarded-for": "203.0.113.9, 10.0.0.1", "request_header.x-key": "k"})
    );
    let twice = json!({"request_headers": ["a", "A"]});
    assert_eq!((headers::OPTIONS.read)(twice.as_object().unwrap()).unwrap_err().key, "request_headers");
}

#[test]
fn is_sure_only_of_its_own() {
    assert!(detect(HTTP) && detect("haproxy[674]: x") && detect(FORMAT.example));
    for other in
        ["", "Jul 30 09:03:52 lb sshd[1]: x", "1.2.3.4 - - [06/Feb/2009:12:14:14 +0000] \"GET /\" 200 1"]
    {
        assert!(!detect(other), "{other}");
        assert_eq!(refused(&FORMAT, other), Some("no_haproxy_line"), "{other}");
    }
}

proptest! {
    #[test]
    fn any_text(line in any::<String>()) {
        check_any_text(&FORMAT, &line);
    }

    #[test]
    fn any_tail(tail in "(\\{[a-z|# ]{0,6}\\}? |\"GET |[0-9a-f/#é\"+-]{0,9}){0,8}", cut in 0usize..120) {
        check_any_text(&FORMAT, &format!("{HTTP} {tail}"));
        check_any_text(&FORMAT, &format!("haproxy[1]: {} {tail}", &HTTP[..cut.min(HTTP.len())]));
    }
}
