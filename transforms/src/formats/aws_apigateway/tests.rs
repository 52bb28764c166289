//! The layouts of the documentation, and what owners make of them; lines of others are in `testdata/aws_apigateway`.

use super::{FORMAT, detect, names};
use crate::formats::testing::{check_any_text, check_events, in_one_record, refused, value, with_options};
use proptest::prelude::*;
use serde_json::{Value, json};

const ID: &str = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef";

#[test]
fn the_four_layouts_of_a_rest_api_tell_the_same() {
    let json = FORMAT.example.to_string();
    let clf = format!(
        "192.0.2.7 - - [10/Oct/2024:13:55:36 +0000]\"GET /pets/{{id}} HTTP/1.1\" 200 1024 {ID} JKJaXmPLvHcESHA="
    );
    let csv = format!(
        "192.0.2.7,-,-,10/Oct/2024:13:55:36 +0000,GET,/pets/{{id}},HTTP/1.1,200,1024,{ID},JKJaXmPLvHcESHA="
    );
    let xml = format!(
        "<request id=\"{ID}\"> <extendedRequestId>JKJaXmPLvHcESHA=</extendedRequestId> <ip>192.0.2.7</ip> <caller>-</caller> <user>-</user> <requestTime>10/Oct/2024:13:55:36 +0000</requestTime> <httpMethod>GET</httpMethod> <resourcePath>/pets/{{id}}</resourcePath> <status>200</status> <protocol>HTTP/1.1</protocol> <responseLength>1024</responseLength> </request>"
    );
    let expected = value(&FORMAT, &json);
    assert_eq!(expected["@timestamp"], "2024-10-10T13:55:36.000Z");
    assert_eq!(expected["catchwater"]["operation"], "GET /pets/{id}");
    assert_eq!(expected["aws"]["apigateway"], json!({"resource_path": "/pets/{id}"}));
    assert_eq!(expected["source"], json!({"ip": "192.0.2.7"}));
    assert_eq!(expected["event"]["outcome"], "success");
    assert_eq!(expected["catchwater"]["fields"], json!({"extendedRequestId": "JKJaXmPLvHcESHA="}));
    for other in [&clf, &clf.replacen("]\"", "] \"", 1), &csv, &xml] {
        assert!(detect(other), "{other}");
        assert_eq!(value(&FORMAT, other), expected, "{other}");
    }
}

#[test]
fn http_and_websocket_apis() {
    let http =
        format!("192.0.2.7 - - [10/Oct/2024:13:55:36 +0000] \"GET GET /pets HTTP/1.1\" 404 13 {ID} x=");
    let csv = format!("192.0.2.7,10/Oct/2024:13:55:36 +0000,GET,GET /pets,HTTP/1.1,404,13,{ID},x=");
    let event = value(&FORMAT, &http);
    assert_eq!(event["catchwater"]["operation"], "GET /pets");
    assert_eq!(event["aws"]["apigateway"]["resource_path"], "/pets");
    assert_eq!(
        (&event["http"]["request"]["method"], &event["event"]["outcome"]),
        (&json!("GET"), &json!("failure"))
    );
    assert_eq!(value(&FORMAT, &csv), event);
    let socket =
        format!("192.0.2.7 - - [10/Oct/2024:13:55:36 +0000] \"CONNECT $connect L0SM9cOFvHcCIhw=\" 200 {ID}");
    let csv = format!("192.0.2.7,-,-,10/Oct/2024:13:55:36 +0000,CONNECT,$connect,200,L0SM9cOFvHcCIhw=,{ID}");
    let event = value(&FORMAT, &socket);
    assert_eq!(
        (&event["event"]["action"], &event["catchwater"]["operation"]),
        (&json!("CONNECT"), &json!("$connect"))
    );
    assert_eq!(event["catchwater"]["fields"]["connectionId"], "L0SM9cOFvHcCIhw=");
    assert_eq!(value(&FORMAT, &csv), event);
}

#[test]
fn names_in_any_spelling_nested_or_given_by_the_route() {
    let spelled = json!({
        "context.requestId": ID, "HTTP-Method": "POST", "Route_Key": "POST /a/{b}", "request_time_epoch": "1678451388661",
        "requestTime": "10/Oct/2000:13:55:36 +0000", "responseLatency": 8, "integration": {"latency": "5", "status": 200},
        "identity": {"sourceIp": "unknown", "user": "u", "caller": "c", "userAgent": "curl"}, "authorizer": {"principalId": "p"},
        "path": "/prod/a/1?q=x", "xrayTraceId": "Root=1-2;Sampled=0", "api_name": "shop", "status": "x", "empty": {"a": "-"},
    });
    let event = value(&FORMAT, &spelled.to_string());
    assert_eq!(event["@timestamp"], "2023-03-10T12:29:48.661Z");
    assert_eq!(event["event"]["duration"], 8_000_000);
    assert_eq!(event["aws"]["apigateway"]["integration_latency_ms"], 5);
    assert_eq!(event["user"], json!({"id": "p", "name": "u"}));
    assert_eq!(event["url"], json!({"path": "/prod/a/1", "query": "q=x"}));
    assert_eq!((&event["trace"]["id"], &event["service"]["name"]), (&json!("1-2"), &json!("shop")));
    assert_eq!(event["source"], json!({"address": "unknown"}));
    assert_eq!(event["catchwater"]["fields"], json!({"identity": {"caller": "c"}, "status": "x"}));

    let given = json!({"names": {"w": "identity.user", "x.ms": "$context.responseLatency"}});
    let options = names::read_options(given.as_object().unwrap()).unwrap();
    let line = json!({"requestId": ID, "status": 200, "w": "bob", "x": {"ms": 3}}).to_string();
    let event = with_options(&FORMAT, Some(&*options), &[&line]).remove(0);
    assert_eq!((&event["user"]["name"], &event["event"]["duration"]), (&json!("bob"), &json!(3_000_000)));
    let wrong = json!({"names": {"w": "no.such"}});
    let error = names::read_options(wrong.as_object().unwrap()).err().unwrap();
    assert!(error.key == "names" && error.message.contains("no.such"), "{error}");
}

#[test]
fn what_is_no_access_is_refused() {
    for (text, reason) in [
        ("{}", "no_access"),
        ("{\"requestId\":\"x\"}", "no_access"),
        ("{\"status\":200}", "no_access"),
        ("hello", "no_access"),
        ("<request id=\"x\"><ip>1</ipp></request>", "access_cut"),
        ("<request id=\"x\"><ip>1</ip>", "access_cut"),
        ("{\"requestId\":", "not_json"),
    ] {
        assert_eq!(refused(&FORMAT, text), Some(reason), "{text}");
        assert!(!detect(text), "{text}");
    }
    for of_others in [
        "192.0.2.1 - bob [10/Oct/2000:13:55:36 -0700] \"GET /a HTTP/1.0\" 200 2326",
        "192.0.2.1 - bob [10/Oct/2000:13:55:36 -0700] \"GET /a HTTP/1.0\" 200 2326 \"-\" \"agent\"",
        "{\"requestId\":\"x\",\"status\":200,\"path\":\"/\"}",
    ] {
        assert!(!detect(of_others), "{of_others}");
    }
    assert_eq!(in_one_record(&FORMAT, &[FORMAT.example]).len(), 1);
}

proptest! {
    #[test]
    fn any_text(line in any::<String>()) {
        check_any_text(&FORMAT, &line);
    }

    #[test]
    fn any_change_of_a_line(
        which in 0..4usize,
        at in any::<prop::sample::Index>(),
        len in 0..40usize,
        new in prop::sample::select(vec!["", "\"", "{", "}", "null", "-", "\\ud800", "\n", "[", "é", "1", ",", " ", "<", "</"]),
    ) {
        let lines = [
            FORMAT.example.to_string(),
            format!("192.0.2.7 - - [10/Oct/2024:13:55:36 +0000] \"GET /p HTTP/1.1\" 200 1024 {ID} JK="),
            format!("192.0.2.7,-,-,10/Oct/2024:13:55:36 +0000,CONNECT,$connect,200,L0=,{ID}"),
            format!("<request id=\"{ID}\"> <ip>192.0.2.7</ip> <status>200</status> </request>"),
        ];
        let mut text = lines[which].clone();
        let from = at.index(text.len());
        let to = (from + len).min(text.len());
        if text.is_char_boundary(from) && text.is_char_boundary(to) {
            text.replace_range(from..to, new);
        }
        check_events(&FORMAT, &text);
    }

    #[test]
    fn any_names(object in prop::collection::hash_map("[a-zA-Z._]{1,12}|status|requestId|path|routeKey", "[a-z0-9/?:. -]{0,12}", 0..8)) {
        let object: serde_json::Map<String, Value> = object.into_iter().map(|(k, v)| (k, v.into())).collect();
        check_events(&FORMAT, &Value::Object(object).to_string());
    }
}
