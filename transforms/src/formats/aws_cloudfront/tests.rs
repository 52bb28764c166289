//! What the lines of others do not show; those are in `testdata/aws_cloudfront`.

use super::{FORMAT, detect};
use crate::formats::testing::{check_any_text, check_events, in_one_record, refused, value};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The example's cells with some replaced.
fn with(changes: &[(usize, &str)]) -> String {
    let mut cells: Vec<&str> = FORMAT.example.split('\t').collect();
    changes.iter().for_each(|(at, text)| cells[*at] = text);
    cells.join("\t")
}

#[test]
fn the_example() {
    let event = value(&FORMAT, FORMAT.example);
    assert_eq!(event["@timestamp"], "2019-12-04T21:02:31.000Z");
    assert_eq!(event["event"]["duration"], 1_000_000);
    let url = json!({"domain": "d111111abcdef8.cloudfront.net", "path": "/index.html", "scheme": "https"});
    assert_eq!(event["url"], url);
    let http = json!({
        "request": {"bytes": 23, "method": "GET"},
        "response": {"body": {"bytes": 78}, "bytes": 392, "mime_type": "text/html", "status_code": 200},
        "version": "2.0",
    });
    assert_eq!(event["http"], http);
    assert_eq!(event["source"], json!({"ip": "192.0.2.100", "port": 11040}));
    assert!(
        event["user_agent"]["original"].as_str().unwrap().starts_with("Mozilla/5.0 (Windows NT 10.0; Win64;")
    );
    let cloudfront = json!({"edge_location": "LAX1", "edge_result_type": "Hit", "time_to_first_byte": 0.001});
    assert_eq!(event["aws"]["cloudfront"], cloudfront);
    let free = json!({"x-edge-response-result-type": "Hit", "x-edge-detailed-result-type": "Hit"});
    assert_eq!(event["catchwater"]["fields"], free);
}

#[test]
fn as_many_columns_as_aws_wrote_at_the_time() {
    let cells: Vec<&str> = FORMAT.example.split('\t').collect();
    for count in [12, 15, 18, 19, 23, 24, 26, 33] {
        let line = cells[..count].join("\t");
        assert_eq!(value(&FORMAT, &line)["http"]["response"]["bytes"], 392, "{count}");
        assert!(detect(&line) && detect(&line.replace('\t', " ")), "{count}");
    }
    assert_eq!(value(&FORMAT, &cells[..12].join("\t"))["url"]["domain"], cells[6]);
    assert_eq!(refused(&FORMAT, &cells[..11].join("\t")), Some("cloudfront_line_cut"));
    let late = format!("{}\tnew\tx", FORMAT.example);
    assert_eq!(value(&FORMAT, &late)["catchwater"]["fields"]["trailing"], "new\tx");
}

#[test]
fn a_header_names_the_columns() {
    let lines = [
        "#Version: 1.0",
        "#Fields: timestamp c-ip cs-host x-host-header cs-uri-stem sc-status x-forwarded-for asn timestamp(ms) future",
        "1575493351.123\t10.0.0.7\td1.cloudfront.net\twww.example.com:8443\t/a%2520b\t000\t10.0.0.9,%20198.51.100.7\t64496\t-\tx%20y",
    ];
    let events = in_one_record(&FORMAT, &lines);
    assert_eq!(events.len(), 1);
    let event = &events[0];
    assert_eq!(event["@timestamp"], "2019-12-04T21:02:31.123Z");
    assert_eq!(event["url"], json!({"domain": "www.example.com", "path": "/a%20b", "port": 8443}));
    assert_eq!(event["server"], json!({"address": "d1.cloudfront.net"}));
    assert_eq!(
        (&event["source"]["ip"], &event["client"]["ip"]),
        (&json!("10.0.0.7"), &json!("198.51.100.7"))
    );
    assert_eq!((&event["event"]["outcome"], event.get("http")), (&json!("failure"), None));
    let free = json!({"sc-status": "000", "x-forwarded-for": "10.0.0.9, 198.51.100.7", "asn": 64496, "future": "x y"});
    assert_eq!(event["catchwater"]["fields"], free);
    assert!(
        detect("#Fields: date time x-edge-location")
            && !detect("#Version: 1.0")
            && !detect("#Fields: date s-ip")
    );
}

/// The example as JSON, each column a member.
fn as_json() -> String {
    let names = super::column::STANDARD.split(' ');
    let members: Vec<String> =
        names.zip(FORMAT.example.split('\t')).map(|(name, text)| format!("\"{name}\":\"{text}\"")).collect();
    format!("{{{}}}", members.join(","))
}

#[test]
fn json_gives_the_same_event() {
    assert_eq!(value(&FORMAT, &as_json()), value(&FORMAT, FORMAT.example));
    assert!(detect(&as_json()) && !detect("{\"x-edge-location\":\"LAX1\"}"));
    let odd = r#"{"timestamp":1575493351,"sc-status":404,"cs-uri-stem":"/a\"b","x":{"y":[1]},"z":null,"asn":"16509"}"#;
    let event = value(&FORMAT, odd);
    assert_eq!(event["@timestamp"], "2019-12-04T21:02:31.000Z");
    assert_eq!(event["http"]["response"]["status_code"], 404);
    let free = json!({"cs-uri-stem": "/a\"b", "x": "{\"y\":[1]}", "asn": 16509});
    assert_eq!(event["catchwater"]["fields"], free);
    for (text, reason) in [
        ("{\"a\":1}", "no_cloudfront_line"),
        ("{\"c-ip\":\"-\",\"c-ip\":\"-\"}", "no_cloudfront_line"),
        ("{\"c-ip\":\"-\"", "not_json"),
    ] {
        assert_eq!(refused(&FORMAT, text), Some(reason), "{text}");
    }
}

#[test]
fn values_that_are_not_what_their_column_says() {
    for (at, text) in
        [(0, "2019-13-04"), (1, "21:02"), (4, "unknown"), (8, "2000"), (8, "ok"), (0, "2019-12-é"), (0, "-")]
    {
        assert_eq!(refused(&FORMAT, &with(&[(at, text)])), Some("no_cloudfront_line"), "{text}");
    }
    assert_eq!(refused(&FORMAT, &with(&[(0, "-"), (1, "-")])), Some("no_cloudfront_line"));
    let odd = with(&[(3, "many"), (18, "-1"), (27, "soon"), (30, "570129.7"), (25, " -")]);
    let event = value(&FORMAT, &odd);
    let free = &event["catchwater"]["fields"];
    assert_eq!(
        [&free["sc-bytes"], &free["time-taken"], &free["time-to-first-byte"], &free["sc-content-len"]],
        ["many", "-1", "soon", "570129.7"]
    );
    assert_eq!((&event["event"].get("duration"), &free["fle-encrypted-fields"]), (&None, &Value::Null));
    assert_eq!(refused(&FORMAT, "hello"), Some("no_cloudfront_line"));
}

proptest! {
    #[test]
    fn any_text(line in any::<String>()) {
        if !line.starts_with('#') {
            check_any_text(&FORMAT, &line);
        }
    }

    #[test]
    fn any_change_of_json(at in any::<prop::sample::Index>(), new in "[\"{}\\\\,:é0]{0,4}") {
        let mut text = as_json();
        let at = at.index(text.len());
        text.replace_range(at..=at, &new);
        check_any_text(&FORMAT, &text);
    }

    #[test]
    fn any_change_of_a_line(at in 0usize..33, text in "[ -~é]{0,20}", count in 0usize..40) {
        let line = with(&[(at, &text)]);
        let cut = line.split('\t').take(count).collect::<Vec<_>>().join("\t");
        if !cut.is_empty() && !cut.starts_with('#') {
            check_any_text(&FORMAT, &cut);
            check_events(&FORMAT, &cut.replace('\t', " "));
        }
    }
}
