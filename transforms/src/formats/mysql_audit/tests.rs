//! Records of all plugins.

use super::super::testing::{check_any_text, check_events, in_one_record, refused, value};
use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

const OLD_XML: &str = "<AUDIT_RECORD\n  NAME=\"Query\"\n  RECORD=\"2_2014-04-21T12:34:32\"\n  TIMESTAMP=\"2014-04-21T12:34:39 UTC\"\n  \
                       COMMAND_CLASS=\"select\"\n  CONNECTION_ID=\"47\"\n  STATUS=\"0\"\n  SQLTEXT=\"select &quot;a&quot;&#10;&lt; 1\"\n  \
                       USER=\"root[root] @ localhost [127.0.0.1]\"\n  HOST=\"localhost\"\n  OS_USER=\"\"\n  IP=\"127.0.0.1\"\n/>";
const NEW_XML: &str = " <AUDIT_RECORD>\n  <TIMESTAMP>2014-04-21T12:34:39 UTC</TIMESTAMP>\n  \
                       <RECORD_ID>2_2014-04-21T12:34:32</RECORD_ID>\n  <NAME>Query</NAME>\n  <CONNECTION_ID>47</CONNECTION_ID>\n  \
                       <STATUS>0</STATUS>\n  <STATUS_CODE>0</STATUS_CODE>\n  <USER>root[root] @ localhost [127.0.0.1]</USER>\n  \
                       <OS_LOGIN/>\n  <HOST>localhost</HOST>\n  <IP>127.0.0.1</IP>\n  <COMMAND_CLASS>select</COMMAND_CLASS>\n  \
                       <CONNECTION_ATTRIBUTES>\n   <ATTRIBUTE>\n    <NAME>x</NAME>\n   </ATTRIBUTE>\n  </CONNECTION_ATTRIBUTES>\n  \
                       <SQLTEXT>select &quot;a&quot;&#10;&lt; 1</SQLTEXT>\n </AUDIT_RECORD>";
const PERCONA_JSON: &str = r#"{"audit_record":{"name":"Query","record":"2_2014-04-21T12:34:32","timestamp":"2014-04-21T12:34:39 UTC","command_class":"select","connection_id":"47","status":0,"sqltext":"select \"a\"\n< 1","user":"root[root] @ localhost [127.0.0.1]","host":"localhost","os_user":"","ip":"127.0.0.1"}}"#;
const PERCONA_CSV: &str = "\"Query\",\"2_2014-04-21T12:34:32\",\"2014-04-21T12:34:39 UTC\",\"select\",\"47\",0,\"select \"\"a\"\"\n< 1\",\
                           \"root[root] @ localhost [127.0.0.1]\",\"localhost\",\"\",\"127.0.0.1\"";
const GENERAL: &str = r#"{ "timestamp": "2019-10-03 13:50:01", "id": 3, "class": "general", "event": "status", "connection_id": 12, "account": { "user": "app", "host": "localhost" }, "login": { "user": "app", "os": "", "ip": "127.0.0.1", "proxy": "" }, "general_data": { "command": "Query", "sql_command": "show_variables", "query": "SHOW VARIABLES", "status": 1146 }, "query_statistics": { "query_time": 0.116250, "rows_sent": 2 } },"#;

#[test]
fn four_notations_of_one_record() {
    let mut events: Vec<Value> = Vec::new();
    for text in [OLD_XML, NEW_XML, PERCONA_JSON, PERCONA_CSV] {
        assert!(detect(text), "{text}");
        events.push(value(&FORMAT, text));
    }
    assert!(events.iter().all(|event| *event == events[0]), "{events:#?}");
    let event = &events[0];
    assert_eq!(event["@timestamp"], "2014-04-21T12:34:39.000Z");
    assert_eq!(event["catchwater"]["kind"], "service_query");
    assert_eq!(event["catchwater"]["query"]["text"], "select \"a\"\n< 1");
    assert_eq!(event["catchwater"]["fields"], json!({"command_class": "select"}));
    assert_eq!((&event["user"]["name"], &event["process"]["thread"]["id"]), (&json!("root"), &json!(47)));
    assert_eq!(event["source"], json!({"address": "localhost", "ip": "127.0.0.1"}));
    assert_eq!(event["event"]["outcome"], "success");
}

#[test]
fn rows_of_server_audit() {
    let events = in_one_record(
        &FORMAT,
        &[
            FORMAT.example,
            "1533322411234567,aurora-1,app,10.0.0.9,5,9,QUERY,shop,'select 1,\\n2',1146",
            "20210526 12:08:45,db-1,app,10.0.0.9,5,9,READ,shop,t,",
            "20210526  1:08:45,db-1,app,10.0.0.9,5,0,FAILED_CONNECT,,,1045",
            "20210526 12:08:45,db-1,app,10.0.0.9,5,0,DISCONNECT,shop,,0,TLSv1.3",
        ],
    );
    assert_eq!(events[0]["catchwater"]["query"]["text"], "select * from t where b like 'it%'");
    assert_eq!((&events[0]["host"]["name"], &events[0]["db"]["namespace"]), (&json!("db-1"), &json!("shop")));
    assert_eq!(events[0]["source"]["ip"], "10.0.0.9");
    assert_eq!(events[1]["@timestamp"], "2018-08-03T18:53:31.234567Z");
    assert_eq!(events[1]["error"]["code"], "1146");
    assert_eq!(events[1]["catchwater"]["query"]["text"], "select 1,\n2");
    assert_eq!(events[2]["catchwater"]["fields"], json!({"queryid": "9", "object": "t"}));
    assert!(events[2]["event"].get("outcome").is_none());
    let kinds: Vec<_> = events.iter().map(|e| e["catchwater"]["kind"].clone()).collect();
    assert_eq!(kinds, ["service_query", "service_query", "log", "log", "log"]);
    assert_eq!(
        (&events[3]["event"]["outcome"], &events[4]["event"]["type"]),
        (&json!("failure"), &json!("end"))
    );
}

#[test]
fn json_with_classes() {
    let event = value(&FORMAT, GENERAL);
    assert!(detect(GENERAL));
    assert_eq!(event["event"]["action"], "general/status");
    assert_eq!(event["event"]["duration"], 116_250_000);
    assert_eq!(event["error"]["code"], "1146");
    assert_eq!(event["catchwater"]["fields"], json!({"command": "Query", "sql_command": "show_variables"}));
    assert_eq!(event["mysql"]["slowlog"]["rows_sent"], 2);
    assert_eq!(event["event"]["reference_id"], "3");
    let table = GENERAL.replace("general\"", "table_access\"").replace("\"status\",", "\"read\",");
    assert_eq!(value(&FORMAT, &table)["catchwater"]["kind"], "log");
}

#[test]
fn records_of_several_lines() {
    for (record, next) in [
        (OLD_XML, "<AUDIT_RECORD"),
        (NEW_XML, " <AUDIT_RECORD>"),
        (PERCONA_CSV, PERCONA_JSON),
        ("20210526 12:08:45,h,u,h,5,9,QUERY,d,'select \\'\n,'',1\n',0", FORMAT.example),
        ("{\n  \"a\": {\n    \"b\": 1\n  },\n  \"c\": 2\n}", "{"),
        (GENERAL, GENERAL),
    ] {
        let (mut text, mut state) = (String::new(), 0);
        for line in record.split('\n') {
            let first = text.is_empty();
            assert_eq!(continues(&mut Group { text: &text, state: &mut state }, line), !first, "{line}");
            text = if first { line.to_string() } else { format!("{text}\n{line}") };
        }
        assert!(!continues(&mut Group { text: &text, state: &mut state }, next), "{text}");
    }
    assert!(
        in_one_record(&FORMAT, &["<?xml version=\"1.0\" encoding=\"utf-8\"?>", "<AUDIT>", "[", "]"])
            .is_empty()
    );
}

#[test]
fn refuses_what_is_none() {
    for (line, reason) in [
        ("", "no_audit_record"),
        ("20210526 12:08:45 x", "no_audit_record"),
        ("20210526 12:08:45,h,u,h,5,9,Query,d,x,0", "no_audit_record"),
        ("20210526 12:08:45,h,u,h,5,9,QUERY,d,'select 1", "audit_row_cut"),
        ("20210526 12:08:45,h,u,h,5,9,QUERY,d", "audit_row_cut"),
        ("<AUDIT_RECORD NAME=\"Query\"", "audit_record_cut"),
        ("<AUDIT_RECORD><NAME>a</NAME></AUDIT_RECORD>", "audit_record_cut"),
        ("{\"class\":\"a\",\"event\":\"b\",\"timestamp\":\"2019-10-03 13:50:01\"}", "no_audit_record"),
        ("{}", "no_audit_record"),
    ] {
        assert_eq!(refused(&FORMAT, line), Some(reason), "{line}");
        assert!(!detect(line), "{line}");
    }
}

proptest! {
    #[test]
    fn any_text(line in any::<String>()) {
        // What stands around records is taken, and gives no event: a bracket is enough.
        if Shape::of(line.trim()) != Some(Shape::Frame) {
            check_any_text(&FORMAT, &line);
        }
    }

    #[test]
    fn any_row(time in "(20210526 [0-9:]{0,8}|[0-9]{16})", tail in "(,|[a5é]|QUERY|'|\\\\|\n){0,40}") {
        check_any_text(&FORMAT, &format!("{time},h,u,h,5,9,QUERY,{tail}"));
        check_events(&FORMAT, &format!("{time}{tail}"));
    }

    #[test]
    fn any_percona_row(name in "(Query|Connect|Audit|x)", tail in "(,|\"|a|0|\n){0,30}") {
        check_any_text(&FORMAT, &format!("\"{name}\",\"2_2014-04-21T12:34:32\",\"2014-04-21T12:34:39 UTC\"{tail}"));
    }

    #[test]
    fn broken_records(at in any::<prop::sample::Index>(), with in "[<>\"/,{}é]{0,2}") {
        for record in [OLD_XML, NEW_XML, PERCONA_JSON, PERCONA_CSV, GENERAL] {
            let at = at.index(record.len());
            for text in [format!("{}{with}{}", &record[..at], &record[at..]), format!("{}{with}", &record[..at])] {
                // What stands around records is taken, and gives no event.
                if !matches!(Shape::of(text.trim()), Some(Shape::Frame)) {
                    check_events(&FORMAT, &text);
                }
            }
        }
    }
}
