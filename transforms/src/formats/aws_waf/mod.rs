//! AWS WAF: what it decided on each request
//! (<https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html>).

mod request;
#[cfg(test)]
mod tests;

use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::json::{Cursor, Invalid, Json, JsonStr, Members, member};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Value;
use catchwater_schemas::time::Timestamp;
use memchr::memmem;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "aws_waf",
    title: "AWS WAF: who asked for what, and what the web ACL decided",
    doc: "Reads the JSON of WAF's logs (format version 1). `event.action` is the action (`ALLOW`, `BLOCK`, `CAPTCHA`, \
          `CHALLENGE`), the outcome a failure for all but `ALLOW`. `rule.name` is the terminating rule, `rule.id` the \
          rule within its group where a group's rule ended the request, `rule.ruleset` the web ACL, from whose ARN \
          account and region come. Labels are `tags`. The host header is `url.domain`, `User-Agent` and `Referer` have \
          their fields, `X-Forwarded-For` gives `client.ip` where it differs; other headers are under \
          `catchwater.fields.headers` by their names in small letters, the first of those that come twice; \
          `Authorization`, `Proxy-Authorization` and `Cookie` are not kept. Rule groups are kept where one of \
          their rules matched. Source of the layout: \
          [WAF's developer guide](https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html).",
    example: r#"{"timestamp":1683355579981,"formatVersion":1,"webaclId":"arn:aws:wafv2:us-east-1:123456789012:regional/webacl/shop/1f2e","terminatingRuleId":"RateLimit","terminatingRuleType":"RATE_BASED","action":"BLOCK","terminatingRuleMatchDetails":[],"httpSourceName":"ALB","httpSourceId":"123456789012-app/shop/50dc6c495c0c9188","ruleGroupList":[],"rateBasedRuleList":[{"rateBasedRuleId":"1f2e_RateLimit","rateBasedRuleName":"RateLimit","limitKey":"IP","maxRateAllowed":100,"evaluationWindowSec":"300","limitValue":"192.0.2.7"}],"nonTerminatingMatchingRules":[],"requestHeadersInserted":null,"responseCodeSent":429,"httpRequest":{"clientIp":"192.0.2.7","country":"US","headers":[{"name":"Host","value":"shop.example.com"},{"name":"User-Agent","value":"curl/8.1.2"},{"name":"Accept","value":"*/*"}],"uri":"/search","args":"q=maps","httpVersion":"HTTP/1.1","httpMethod":"GET","requestId":"1-64f01dc6-7d2deb5d54820c4d7284912a"},"labels":[{"name":"awswaf:clientip:geo:country:US"}]}"#,
    detect,
    parse,
    ..Format::DEFAULTS
};

fn detect(message: &str) -> bool {
    let has = |word: &str| memmem::find(message.as_bytes(), word.as_bytes()).is_some();
    message.trim_start().starts_with('{')
        && ["\"webaclId\"", "\"terminatingRuleId\"", "\"httpRequest\""].into_iter().all(has)
        && is_record(message).unwrap_or_default()
}

/// Are those the object's own members?
fn is_record(message: &str) -> Result<bool, Invalid> {
    let mut cursor = Cursor::new(message, crate::json::MOST_DEPTH);
    let mut found = 0;
    cursor.begin_object()?;
    while let Some(key) = cursor.next_key()? {
        let is_text = |cursor: &Cursor<'_>| Ok(cursor.peek() == b'"' && !cursor.clone().string()?.is_empty());
        found += usize::from(match key.raw() {
            "webaclId" | "action" => is_text(&cursor)?,
            "httpRequest" => cursor.peek() == b'{',
            _ => false,
        });
        cursor.skip()?;
    }
    Ok(found == 3)
}

/// What is needed beyond the fields.
#[derive(Default)]
struct Decision<'a> {
    members: Members<'a>,
    action: JsonStr<'a>,
    acl: JsonStr<'a>,
    has_request: bool,
}

fn parse(_: &mut RecordState, log_event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let mut cursor = Cursor::new(log_event.message, log_event.json_depth);
    let mut decision = Decision::default();
    cursor.begin_object()?;
    while let Some(key) = cursor.next_key()? {
        decision.member(key, &mut cursor)?;
    }
    cursor.end()?;
    if decision.action.is_empty() || decision.acl.is_empty() || !decision.has_request {
        return Err(Refusal("no_waf_record"));
    }
    decision.conclude();
    emit.event(Kind::ServiceQuery, decision.members.into_fields());
    Ok(())
}

impl<'a> Decision<'a> {
    fn member(&mut self, key: JsonStr<'a>, cursor: &mut Cursor<'a>) -> Result<(), Invalid> {
        match (key.raw(), cursor.peek()) {
            ("timestamp", _) => self.time(key, cursor),
            ("action", _) => {
                self.action = self.members.text(Field::EventAction, key, cursor)?;
                Ok(())
            }
            ("webaclId", _) => {
                self.acl = self.members.text(Field::RuleRuleset, key, cursor)?;
                Ok(())
            }
            ("terminatingRuleId", _) => self.members.text(Field::RuleName, key, cursor).map(drop),
            ("responseCodeSent", _) => {
                self.members.whole(Field::HttpResponseStatusCode, key, cursor).map(drop)
            }
            ("httpRequest", b'{') => {
                self.has_request = true;
                request::read(cursor, key, &mut self.members)
            }
            ("labels", b'[') => self.labels(key, cursor),
            ("ruleGroupList", b'[') => self.groups(key, cursor),
            ("captchaResponse" | "challengeResponse", b'{') => {
                let reason = member(cursor.clone(), "failureReason").and_then(|reason| reason.string());
                if let Some(reason) = reason.filter(|reason| !reason.is_empty()) {
                    self.members.fields.set(Field::EventReason, reason);
                }
                self.members.keep(key, cursor)
            }
            ("formatVersion", _) => cursor.skip(),
            _ => self.members.keep(key, cursor),
        }
    }

    /// Milliseconds since the epoch.
    fn time(&mut self, key: JsonStr<'a>, cursor: &mut Cursor<'a>) -> Result<(), Invalid> {
        let value = cursor.value()?;
        let time = match &value {
            Json::Number(digits) => digits.parse().ok().and_then(Timestamp::from_millis),
            Json::String(text) => Timestamp::parse_rfc3339(text.raw(), 0),
            _ => None,
        };
        match time {
            Some(time) => self.members.fields.set(Field::Timestamp, time),
            None => self.members.keep_value(key, &value),
        }
        Ok(())
    }

    /// `[{"name":"awswaf:…"}]`
    fn labels(&mut self, key: JsonStr<'a>, cursor: &mut Cursor<'a>) -> Result<(), Invalid> {
        let whole = cursor.clone();
        let mut names = Vec::new();
        let mut all = true;
        cursor.begin_array()?;
        while cursor.next_element()? {
            let name = member(cursor.clone(), "name").and_then(|name| name.string());
            all &= name.is_some();
            names.extend(name.map(|name| name.text()));
            cursor.skip()?;
        }
        if !all {
            return self.members.keep(key, &mut whole.clone());
        }
        if !names.is_empty() {
            let mut json = Vec::new();
            for name in &names {
                json.push(if json.is_empty() { b'[' } else { b',' });
                catchwater_schemas::escape::string_into(name, &mut json);
            }
            json.push(b']');
            let json = String::from_utf8_lossy(&json).into_owned();
            self.members.fields.set(Field::Tags, Value::Json(json.into()));
        }
        Ok(())
    }

    /// Groups are listed whether or not a rule of theirs matched.
    fn groups(&mut self, key: JsonStr<'a>, cursor: &mut Cursor<'a>) -> Result<(), Invalid> {
        let whole = cursor.clone();
        let mut matched = false;
        cursor.begin_array()?;
        while cursor.next_element()? {
            let of = |name| member(cursor.clone(), name);
            if let Some(Json::Object(rule)) = of("terminatingRule") {
                matched = true;
                let id = member(Cursor::new(&rule, crate::json::MOST_DEPTH), "ruleId");
                if let Some(id) = id.and_then(|id| id.string()) {
                    self.members.fields.set(Field::RuleId, id.text().into_owned());
                }
            }
            matched |= ["nonTerminatingMatchingRules", "excludedRules"]
                .into_iter()
                .any(|name| matches!(of(name), Some(Json::Array(raw)) if raw.contains('{')));
            cursor.skip()?;
        }
        if matched { self.members.keep(key, &mut whole.clone()) } else { Ok(()) }
    }

    /// Sets what follows from several members.
    fn conclude(&mut self) {
        let fields = &mut self.members.fields;
        let outcome = if self.action.raw() == "ALLOW" { "success" } else { "failure" };
        for (field, value) in [
            (Field::EventOutcome, Value::Escaped(outcome)),
            (Field::EventCategory, Value::Json("[\"web\"]".into())),
            (Field::EventType, Value::Escaped("access")),
            (Field::CloudProvider, Value::Escaped("aws")),
        ] {
            fields.set(field, value);
        }
        if !fields.has(Field::RuleId)
            && let Some(name) = fields.get(Field::RuleName).cloned()
        {
            fields.set(Field::RuleId, name);
        }
        // `arn:aws:wafv2:REGION:ACCOUNT:…`; WAF Classic has a mere id.
        let mut parts = self.acl.raw().splitn(6, ':');
        if let (Some("arn"), Some(_), Some("wafv2"), Some(region), Some(account)) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        {
            let plain = |text: &&str| {
                !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            };
            if let Some(region) = Some(region).filter(plain) {
                fields.set(Field::CloudRegion, Value::Escaped(region));
            }
            if let Some(account) = Some(account).filter(plain) {
                fields.set(Field::CloudAccountId, Value::Escaped(account));
            }
        }
    }
}
