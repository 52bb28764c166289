//! What the lines of others do not show; those are in `testdata/aws_vpcflow`.

use super::column::{TRANSIT_GATEWAY, VERSION_2};
use super::{FORMAT, detect, header};
use crate::formats::testing::{check_any_text, check_events, in_one_record, refused, value};
use proptest::prelude::*;
use serde_json::json;

#[test]
fn the_example() {
    let event = value(&FORMAT, FORMAT.example);
    assert_eq!(event["@timestamp"], "2014-12-14T04:06:50.000Z");
    assert_eq!(event["event"]["end"], "2014-12-14T04:07:50.000Z");
    assert_eq!(event["event"]["duration"], 60_000_000_000u64);
    assert_eq!(event["event"]["type"], json!(["connection", "allowed"]));
    assert_eq!(
        (&event["event"]["action"], &event["event"]["outcome"]),
        (&json!("ACCEPT"), &json!("success"))
    );
    assert_eq!(event["source"], json!({"ip": "172.31.16.139", "port": 20641, "bytes": 4249, "packets": 20}));
    assert_eq!(event["destination"], json!({"ip": "172.31.16.21", "port": 22}));
    let network =
        json!({"bytes": 4249, "packets": 20, "iana_number": "6", "transport": "tcp", "type": "ipv4"});
    assert_eq!(event["network"], network);
    assert_eq!(event["cloud"], json!({"account": {"id": "123456789010"}, "provider": "aws"}));
    assert_eq!(event["aws"]["vpcflow"], json!({"interface_id": "eni-1235b8ca123456789", "log_status": "OK"}));
    assert_eq!(event["catchwater"]["kind"], "log");
}

#[test]
fn a_header_names_the_columns_until_the_next() {
    let lines = [
        "dstaddr srcaddr reject-reason encryption-status ecs-cluster-name new-thing",
        "10.0.0.1 2001:db8::1 BPA 1 web x",
        VERSION_2,
        FORMAT.example,
    ];
    let events = in_one_record(&FORMAT, &lines);
    assert_eq!(events.len(), 2);
    assert_eq!(events[0]["source"]["ip"], "2001:db8::1");
    assert_eq!(events[0]["network"]["type"], "ipv6");
    assert_eq!(events[0]["event"]["reason"], "BPA");
    assert_eq!(events[0]["event"]["type"], json!(["connection"]));
    let free = json!({"encryption-status": 1, "ecs-cluster-name": "web", "new-thing": "x"});
    assert_eq!(events[0]["catchwater"]["fields"], free);
    assert_eq!(events[1]["destination"]["port"], 22);
}

#[test]
fn headers_are_names_only() {
    assert!(header(VERSION_2).is_some() && header(TRANSIT_GATEWAY).is_some());
    assert!(header("version account_id interface_id srcaddr").is_some());
    for no in [
        "",
        "start the action",
        "start end action type",
        "version srcaddr",
        "srcaddr 1 dstaddr srcport",
        "type type-x a b c d action",
    ] {
        assert!(header(no).is_none(), "{no}");
    }
}

#[test]
fn a_transit_gateways_record() {
    let line = "6 TransitGateway 123456789012 tgw-1 tgw-attach-1 123456789012 123456789012 vpc-1 vpc-2 subnet-1 subnet-2 eni-1 eni-2 use1-az1 use1-az2 tgw-attach-2 10.0.0.1 10.0.1.1 12345 443 17 10 1000 1700000000 1700000060 OK IPv4 1 0 0 0 0 us-east-1 ingress - -";
    let event = value(&FORMAT, line);
    assert_eq!(
        (&event["network"]["transport"], &event["network"]["direction"]),
        (&json!("udp"), &json!("ingress"))
    );
    assert_eq!(event["catchwater"]["fields"]["packets-lost-no-route"], 1);
    assert_eq!(event["catchwater"]["fields"]["tgw-src-vpc-id"], "vpc-1");
    assert!(detect(line));
}

#[test]
fn without_data_and_with_odd_values() {
    let event = value(&FORMAT, "2 unknown eni-1 - - - - - - - 1431280876000 1431280934000 - SKIPDATA");
    assert_eq!(event["event"]["type"], json!(["info"]));
    assert_eq!(event["event"]["start"], "2015-05-10T18:01:16.000Z");
    assert_eq!(event["catchwater"]["fields"], json!({"account-id": "unknown", "version": 2}));
    assert!(event.get("network").is_none() && event["event"].get("outcome").is_none());
    for (from, to, reason) in [
        (" OK", "", "flow_record_cut"),
        (" OK", " OK x", "flow_record_longer_than_fields"),
        (" 6 ", " 256 ", "flow_value_of_other_field"),
        ("172.31.16.21", "host", "flow_value_of_other_field"),
        ("ACCEPT", "22", "flow_value_of_other_field"),
        ("1418530010", "yesterday", "flow_value_of_other_field"),
        ("OK", "ok", "flow_value_of_other_field"),
        ("2 1", "3 1", "flow_fields_unknown"),
    ] {
        let line = FORMAT.example.replacen(from, to, 1);
        assert_eq!(refused(&FORMAT, &line), Some(reason), "{line}");
        assert!(!detect(&line), "{line}");
    }
}

proptest! {
    #[test]
    fn any_text(line in any::<String>()) {
        check_any_text(&FORMAT, &line);
    }

    #[test]
    fn any_change_of_a_record(at in 0usize..14, word in "[!-~é]{0,14}", other in "-|[0-9]{1,20}|[0-9a-f:.]{1,20}") {
        for new in [&word, &other] {
            let mut words: Vec<&str> = FORMAT.example.split(' ').collect();
            words[at] = new;
            check_any_text(&FORMAT, &words.join(" "));
        }
    }

    #[test]
    fn any_header(names in "([a-z-]{1,8} |srcaddr |vpc-id |type ){1,10}") {
        if header(&names).is_none() {
            check_events(&FORMAT, &names);
        }
    }
}
