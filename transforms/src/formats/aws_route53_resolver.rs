//! Queries that resources of a VPC asked the Route 53 Resolver
//! (<https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs-format.html>).

use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::json::{Cursor, Invalid, Json, JsonStr, Members};
use crate::scan::address::is_ip;
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Value;
use catchwater_schemas::time::Timestamp;
use memchr::memmem;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "aws_route53_resolver",
    title: "Route 53 Resolver: which name a resource asked for, and the answer",
    doc: "Reads the JSON of Resolver's query logs, of versions 1.0 and 1.1, with DNS Firewall's members. The name is \
          kept as it is, with its last dot where it has one. `dns.resolved_ip` has the addresses of the answers; \
          the answers themselves, `vpc_id` and the rest are under `catchwater.fields`. What DNS Firewall did is \
          `event.action` (`ALLOW`, `ALERT`, `BLOCK`), its rule group `rule.ruleset` and domain list `rule.id`. The \
          outcome is a failure where it blocked or the response code is not `NOERROR`. A time without zone, as \
          some tools write it, is UTC. Source of the layout: \
          [Route 53's developer guide](https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs-format.html).",
    example: r#"{"version":"1.100000","account_id":"111122223333","region":"us-east-1","vpc_id":"vpc-0example","query_timestamp":"2021-02-04T17:51:55Z","query_name":"www.example.com.","query_type":"A","query_class":"IN","rcode":"NOERROR","answers":[{"Rdata":"203.0.113.9","Type":"A","Class":"IN"}],"srcaddr":"10.0.0.12","srcport":"56067","transport":"UDP","srcids":{"instance":"i-0d15cd0d3example"}}"#,
    detect,
    parse,
    ..Format::DEFAULTS
};

fn detect(message: &str) -> bool {
    let has = |word: &str| memmem::find(message.as_bytes(), word.as_bytes()).is_some();
    message.trim_start().starts_with('{')
        && ["\"query_timestamp\"", "\"query_name\"", "\"rcode\"", "\"srcaddr\""].into_iter().all(has)
        && is_record(message).unwrap_or_default()
}

/// Are those the object's own members?
fn is_record(message: &str) -> Result<bool, Invalid> {
    let mut cursor = Cursor::new(message, crate::json::MOST_DEPTH);
    let mut found = 0;
    cursor.begin_object()?;
    while let Some(key) = cursor.next_key()? {
        let is_text = cursor.peek() == b'"' && !cursor.clone().string()?.is_empty();
        found += usize::from(matches!(key.raw(), "query_name" | "rcode" | "srcaddr") && is_text);
        cursor.skip()?;
    }
    Ok(found == 3)
}

/// What is needed beyond the fields.
#[derive(Default)]
struct Query<'a> {
    members: Members<'a>,
    name: JsonStr<'a>,
    code: JsonStr<'a>,
    action: JsonStr<'a>,
}

fn parse(_: &mut RecordState, log_event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let mut cursor = Cursor::new(log_event.message, log_event.json_depth);
    let mut query = Query::default();
    cursor.begin_object()?;
    while let Some(key) = cursor.next_key()? {
        query.member(key, &mut cursor)?;
    }
    cursor.end()?;
    if query.name.is_empty() || query.code.is_empty() {
        return Err(Refusal("no_query"));
    }
    let Query { mut members, code, action, .. } = query;
    let failed = action.raw() == "BLOCK" || !code.raw().eq_ignore_ascii_case("NOERROR");
    let fields = &mut members.fields;
    for (field, value) in [
        (Field::EventOutcome, Value::Escaped(if failed { "failure" } else { "success" })),
        (Field::EventCategory, Value::Json("[\"network\"]".into())),
        (Field::EventType, Value::Escaped("protocol")),
        (Field::NetworkProtocol, Value::Escaped("dns")),
        (Field::CloudProvider, Value::Escaped("aws")),
    ] {
        fields.set(field, value);
    }
    emit.event(Kind::ServiceQuery, members.into_fields());
    Ok(())
}

impl<'a> Query<'a> {
    fn member(&mut self, key: JsonStr<'a>, cursor: &mut Cursor<'a>) -> Result<(), Invalid> {
        let field = match key.raw() {
            "query_name" => {
                self.name = self.members.text(Field::DnsQuestionName, key, cursor)?;
                return Ok(());
            }
            "rcode" => {
                self.code = self.members.text(Field::DnsResponseCode, key, cursor)?;
                return Ok(());
            }
            "firewall_rule_action" => {
                self.action = self.members.text(Field::EventAction, key, cursor)?;
                return Ok(());
            }
            "query_timestamp" => return self.time(key, cursor),
            "answers" => return self.answers(key, cursor),
            "transport" => return self.transport(key, cursor),
            "srcids" if cursor.peek() == b'{' => return self.ids(key, cursor),
            "srcaddr" => return self.members.source(key, cursor),
            "srcport" => return self.members.whole(Field::SourcePort, key, cursor).map(drop),
            "query_type" => Field::DnsQuestionType,
            "query_class" => Field::DnsQuestionClass,
            "account_id" => Field::CloudAccountId,
            "region" => Field::CloudRegion,
            "firewall_rule_group_id" => Field::RuleRuleset,
            "firewall_domain_list_id" => Field::RuleId,
            // So tools that know no nested objects write it.
            "srcids.instance" => Field::CloudInstanceId,
            _ => return self.members.keep(key, cursor),
        };
        self.members.text(field, key, cursor).map(drop)
    }

    fn time(&mut self, key: JsonStr<'a>, cursor: &mut Cursor<'a>) -> Result<(), Invalid> {
        let value = cursor.value()?;
        match value.string().and_then(|text| Timestamp::parse_rfc3339(text.raw(), 0)) {
            Some(time) => self.members.fields.set(Field::Timestamp, time),
            None => self.members.keep_value(key, &value),
        }
        Ok(())
    }

    fn transport(&mut self, key: JsonStr<'a>, cursor: &mut Cursor<'a>) -> Result<(), Invalid> {
        let value = cursor.value()?;
        match value.string().map(JsonStr::raw) {
            Some("UDP") => self.members.fields.set(Field::NetworkTransport, Value::Escaped("udp")),
            Some("TCP") => self.members.fields.set(Field::NetworkTransport, Value::Escaped("tcp")),
            // `DOH` is no transport of its own; the word is kept.
            _ => self.members.keep_value(key, &value),
        }
        Ok(())
    }

    fn ids(&mut self, key: JsonStr<'a>, cursor: &mut Cursor<'a>) -> Result<(), Invalid> {
        cursor.begin_object()?;
        self.members.free.open(key);
        while let Some(key) = cursor.next_key()? {
            match key.raw() {
                "instance" => drop(self.members.text(Field::CloudInstanceId, key, cursor)?),
                _ => self.members.keep(key, cursor)?,
            }
        }
        self.members.free.close();
        Ok(())
    }

    /// A list of answers, or one where a tool unwrapped a list of one.
    fn answers(&mut self, key: JsonStr<'a>, cursor: &mut Cursor<'a>) -> Result<(), Invalid> {
        let mut inside = cursor.clone();
        let mut addresses = Vec::new();
        match inside.peek() {
            b'[' => {
                inside.begin_array()?;
                while inside.next_element()? {
                    address(&mut inside, &mut addresses)?;
                }
            }
            b'{' => address(&mut inside, &mut addresses)?,
            _ => (),
        }
        if !addresses.is_empty() {
            let list = format!("[\"{}\"]", addresses.join("\",\""));
            self.members.fields.set(Field::DnsResolvedIp, Value::Json(list.into()));
        }
        self.members.keep(key, cursor)
    }
}

/// Adds the address of an answer, if it is one.
fn address<'a>(cursor: &mut Cursor<'a>, addresses: &mut Vec<&'a str>) -> Result<(), Invalid> {
    if !cursor.begin_object_or_skip()? {
        return Ok(());
    }
    let (mut data, mut is_address) = (None, false);
    while let Some(key) = cursor.next_key()? {
        match (key.raw(), cursor.value()?) {
            ("Rdata", Json::String(text)) => data = Some(text.raw()),
            ("Type", Json::String(text)) => is_address = matches!(text.raw(), "A" | "AAAA"),
            _ => (),
        }
    }
    addresses.extend(data.filter(|text| is_address && is_ip(text)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{check_any_text, check_events, refused, value};
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn example_is_read_whole() {
        let event = value(&FORMAT, FORMAT.example);
        let dns = json!({
            "question": {"class": "IN", "name": "www.example.com.", "type": "A"},
            "resolved_ip": ["203.0.113.9"], "response_code": "NOERROR",
        });
        assert_eq!(event["dns"], dns);
        assert_eq!(event["source"], json!({"ip": "10.0.0.12", "port": 56067}));
        assert_eq!(event["cloud"]["instance"]["id"], "i-0d15cd0d3example");
        assert_eq!(event["network"], json!({"protocol": "dns", "transport": "udp"}));
        assert_eq!(event["event"]["outcome"], "success");
        assert_eq!(event["catchwater"]["kind"], "service_query");
        let answers = json!([{"Rdata": "203.0.113.9", "Type": "A", "Class": "IN"}]);
        let free = json!({"version": "1.100000", "vpc_id": "vpc-0example", "answers": answers});
        assert_eq!(event["catchwater"]["fields"], free);
    }

    #[test]
    fn what_the_firewall_did() {
        let line = json!({
            "query_name": "bad.example.", "rcode": "NOERROR", "query_timestamp": "2021-02-04 17:51:55",
            "answers": {"Rdata": "h.example.", "Type": "CNAME"}, "srcaddr": "10.0.0.1", "srcids": {"resolver_endpoint": "rslvr-in-1"},
            "firewall_rule_action": "BLOCK", "firewall_rule_group_id": "g", "firewall_domain_list_id": "l",
        });
        let event = value(&FORMAT, &line.to_string());
        assert_eq!(
            (&event["event"]["action"], &event["event"]["outcome"]),
            (&json!("BLOCK"), &json!("failure"))
        );
        assert_eq!(event["rule"], json!({"id": "l", "ruleset": "g"}));
        assert_eq!(event["@timestamp"], "2021-02-04T17:51:55.000Z");
        assert_eq!(event["dns"].get("resolved_ip"), None);
        assert_eq!(event["catchwater"]["fields"]["srcids"], json!({"resolver_endpoint": "rslvr-in-1"}));
        for (other, reason) in [("{}", "no_query"), ("{\"query_name\":\"a\"}", "no_query"), ("x", "not_json")]
        {
            assert_eq!(refused(&FORMAT, other), Some(reason));
        }
    }

    proptest! {
        #[test]
        fn any_text(line in any::<String>()) {
            check_any_text(&FORMAT, &line);
        }

        #[test]
        fn any_change_of_a_line(
            at in any::<prop::sample::Index>(),
            len in 0..40usize,
            new in prop::sample::select(vec!["", "\"", "{", "}", "null", "-", "\\ud800", "\n", "[]", "é", "1"]),
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
}
