//! What one writes first: serde_json for the envelope, a regular expression for the line, serde_json for the event.

use super::inputs::Kind;
use regex::{Captures, Regex};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    owner: String,
    log_group: String,
    log_stream: String,
    log_events: Vec<LogEvent>,
}

#[derive(Deserialize)]
struct LogEvent {
    id: String,
    message: String,
}

pub struct Baseline {
    combined: Regex,
    alb: Regex,
}

impl Baseline {
    pub fn new() -> Self {
        let combined = r#"^(\S+) (\S+) (\S+) \[([^\]]+)\] "(\S+) ([^ ?"]+)(?:\?([^ "]*))? HTTP/([^"]+)" (\d{3}) (\d+|-) "([^"]*)" "(.*)"$"#;
        let alb = r#"^(\S+) (\S+) (\S+) (\S+):(\d+) (\S+):(\d+) (\S+) (\S+) (\S+) (\d+) (\d+|-) (\d+) (\d+) "(\S+) (\w+)://([^:/ ]+):?(\d*)([^ ?]*)\??(\S*) HTTP/([^"]+)" "([^"]*)" (\S+) (\S+) (\S+) "([^"]*)" "([^"]*)" "([^"]*)" (\S+) (\S+) "([^"]*)" "#;
        let compile = |text| Regex::new(text).expect("the expression is valid");
        Self { combined: compile(combined), alb: compile(alb) }
    }

    /// NDJSON of the envelope's events: its length.
    pub fn run(&self, kind: Kind, data: &[u8], out: &mut Vec<u8>) -> usize {
        let mut unpacked = Vec::new();
        super::gunzip(data, &mut unpacked);
        let envelope: Envelope = serde_json::from_slice(&unpacked).expect("the input is an envelope");
        out.clear();
        for event in &envelope.log_events {
            let mut ecs = match kind {
                Kind::Combined => self.combined.captures(&event.message).map(|c| combined(&c)),
                Kind::Alb => self.alb.captures(&event.message).map(|c| alb(&c)),
                Kind::CloudTrail => serde_json::from_str(&event.message).ok().map(|v| cloudtrail(&v)),
            }
            .unwrap_or_else(|| json!({"message": event.message, "event": {}}));
            ecs["event"]["id"] = event.id.as_str().into();
            ecs["cloud"] = json!({"account": {"id": envelope.owner}});
            ecs["aws"]["cloudwatch"] =
                json!({"log_group": envelope.log_group, "log_stream": envelope.log_stream});
            serde_json::to_writer(&mut *out, &ecs).expect("writing to memory does not fail");
            out.push(b'\n');
        }
        out.len()
    }
}

fn number(text: &str) -> Value {
    text.parse::<u64>().map_or(Value::Null, Value::from)
}

fn outcome(status: &str) -> &'static str {
    if status < "400" { "success" } else { "failure" }
}

fn combined(c: &Captures<'_>) -> Value {
    json!({
        "@timestamp": &c[4],
        "event": {"category": ["web"], "type": "access", "kind": "event", "outcome": outcome(&c[9])},
        "source": {"ip": &c[1]},
        "user": {"name": &c[3]},
        "http": {
            "request": {"method": &c[5], "referrer": &c[11]},
            "response": {"status_code": number(&c[9]), "body": {"bytes": number(&c[10])}},
            "version": &c[8],
        },
        "url": {"path": &c[6], "query": c.get(7).map(|m| m.as_str())},
        "user_agent": {"original": &c[12]},
    })
}

fn alb(c: &Captures<'_>) -> Value {
    json!({
        "@timestamp": &c[2],
        "event": {"category": ["web"], "type": "access", "kind": "event", "start": &c[30], "outcome": outcome(&c[11])},
        "network": {"protocol": &c[1]},
        "source": {"ip": &c[4], "port": number(&c[5])},
        "destination": {"ip": &c[6], "port": number(&c[7])},
        "http": {
            "request": {"method": &c[15], "bytes": number(&c[13])},
            "response": {"status_code": number(&c[11]), "bytes": number(&c[14])},
            "version": &c[21],
        },
        "url": {"scheme": &c[16], "domain": &c[17], "port": number(&c[18]), "path": &c[19], "query": &c[20]},
        "user_agent": {"original": &c[22]},
        "tls": {"cipher": &c[23], "version_protocol": &c[24]},
        "trace": {"id": &c[26]},
        "aws": {"elb": {
            "name": &c[3], "target_group": {"arn": &c[25]}, "chosen_cert": {"arn": &c[28]},
            "matched_rule_priority": &c[29], "action_executed": &c[31], "target_status_code": &c[12],
            "request_processing_time": {"sec": &c[8]}, "backend_processing_time": {"sec": &c[9]},
            "response_processing_time": {"sec": &c[10]},
        }},
    })
}

fn cloudtrail(v: &Value) -> Value {
    let identity = &v["userIdentity"];
    json!({
        "@timestamp": v["eventTime"],
        "event": {"action": v["eventName"], "provider": v["eventSource"], "kind": "event",
            "outcome": if v["errorCode"].is_null() { "success" } else { "failure" }},
        "error": {"code": v["errorCode"], "message": v["errorMessage"]},
        "source": {"ip": v["sourceIPAddress"]},
        "user": {"name": identity["userName"], "id": identity["principalId"]},
        "user_agent": {"original": v["userAgent"]},
        "aws": {"cloudtrail": {
            "user_identity": {"type": identity["type"], "arn": identity["arn"], "access_key_id": identity["accessKeyId"]},
            "event_type": v["eventType"], "read_only": v["readOnly"], "recipient_account_id": v["recipientAccountId"],
            "request_parameters": v["requestParameters"], "response_elements": v["responseElements"],
            "resources": v["resources"],
        }},
    })
}
