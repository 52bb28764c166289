//! What the lines of others do not show; those are in `testdata/aws_waf`.

use super::{FORMAT, detect};
use crate::formats::testing::{check_any_text, check_events, refused, value};
use proptest::prelude::*;
use serde_json::json;

#[test]
fn example_is_read_whole() {
    let event = value(&FORMAT, FORMAT.example);
    assert_eq!(event["@timestamp"], "2023-05-06T06:46:19.981Z");
    assert_eq!((&event["event"]["action"], &event["event"]["outcome"]), (&json!("BLOCK"), &json!("failure")));
    assert_eq!(event["source"], json!({"ip": "192.0.2.7", "geo": {"country_iso_code": "US"}}));
    assert_eq!(event["url"], json!({"domain": "shop.example.com", "path": "/search", "query": "q=maps"}));
    let http = json!({"request": {"method": "GET"}, "response": {"status_code": 429}, "version": "1.1"});
    assert_eq!(event["http"], http);
    let acl = "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/shop/1f2e";
    assert_eq!(event["rule"], json!({"id": "RateLimit", "name": "RateLimit", "ruleset": acl}));
    assert_eq!(event["cloud"]["region"], "us-east-1");
    assert_eq!(event["tags"], json!(["awswaf:clientip:geo:country:US"]));
    assert_eq!(event["catchwater"]["fields"]["headers"], json!({"accept": "*/*"}));
    assert_eq!(event["catchwater"]["fields"]["rateBasedRuleList"][0]["maxRateAllowed"], 100);
}

#[test]
fn rules_of_groups_proxies_and_secrets() {
    let line = json!({
        "timestamp": 1, "webaclId": "classic", "terminatingRuleId": "Common", "action": "CHALLENGE",
        "challengeResponse": {"responseCode": 202, "failureReason": "TOKEN_MISSING"},
        "ruleGroupList": [{"ruleGroupId": "AWS#Common", "terminatingRule": {"ruleId": "NoUserAgent_HEADER", "action": "BLOCK"}}],
        "httpRequest": {
            "clientIp": "10.0.0.7", "country": "-", "uri": "/", "httpVersion": "HTTP/2.0", "fragment": "", "host": "own.example",
            "headers": [
                {"name": "X-Forwarded-For", "value": "198.51.100.7, 10.0.0.7"}, {"name": "host", "value": "h.example:8443"},
                {"name": "Cookie", "value": "session=1"}, {"name": "authorization", "value": "Bearer x"},
                {"name": "a", "value": "1"}, {"name": "A", "value": "2"}, {"name": "broken"}, 7,
            ],
        },
    });
    let event = value(&FORMAT, &line.to_string());
    assert_eq!(
        (&event["rule"]["name"], &event["rule"]["id"]),
        (&json!("Common"), &json!("NoUserAgent_HEADER"))
    );
    assert_eq!(event["event"]["reason"], "TOKEN_MISSING");
    assert_eq!(
        (&event["client"]["ip"], &event["source"]),
        (&json!("198.51.100.7"), &json!({"ip": "10.0.0.7"}))
    );
    assert_eq!(event["url"]["domain"], "own.example");
    let headers = json!({"x-forwarded-for": "198.51.100.7, 10.0.0.7", "a": "1"});
    assert_eq!(event["catchwater"]["fields"]["headers"], headers);
    assert!(!event.to_string().contains("session=1") && !event.to_string().contains("Bearer"));
}

#[test]
fn what_is_no_record_is_refused() {
    for (text, reason) in [
        ("{}", "no_waf_record"),
        ("{\"action\":\"ALLOW\",\"webaclId\":\"x\",\"httpRequest\":[]}", "no_waf_record"),
        ("hello", "not_json"),
    ] {
        assert_eq!(refused(&FORMAT, text), Some(reason), "{text}");
        assert!(!detect(text));
    }
    assert_eq!(refused(&FORMAT, &FORMAT.example[..200]), Some("not_json"));
}

proptest! {
    #[test]
    fn any_text(line in any::<String>()) {
        check_any_text(&FORMAT, &line);
    }

    #[test]
    fn any_change_of_a_line(
        at in any::<prop::sample::Index>(),
        len in 0..60usize,
        new in prop::sample::select(vec!["", "\"", "{", "}", "null", "-", "\\ud800", "\n", "[]", "é", "1", "\\"]),
    ) {
        let mut text = FORMAT.example.to_string();
        let from = at.index(text.len());
        let to = (from + len).min(text.len());
        if text.is_char_boundary(from) && text.is_char_boundary(to) {
            text.replace_range(from..to, new);
        }
        check_events(&FORMAT, &text);
    }
}
