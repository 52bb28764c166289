//! Secrets put into every part of every format's example line: none may be in an event, whatever the format makes of it.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod envelopes;

use catchwater_schemas::config::{RedactRule, Route};
use catchwater_schemas::field::FIELDS;
use catchwater_schemas::field::Field;
use catchwater_transforms::formats::{Format, REGISTRY};
use catchwater_transforms::redact::keeps;
use envelopes::*;
use serde_json::Value;

/// A text with a secret in it, the secret, and the rule that hides it. None is or was valid anywhere.
const CANARIES: [(&str, &str, RedactRule); 21] = [
    ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE", RedactRule::AwsKeys),
    ("key=ASIAIOSFODNN7EXAMPLE&x", "ASIAIOSFODNN7EXAMPLE", RedactRule::AwsKeys),
    ("AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI", RedactRule::AwsKeys),
    (
        "aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "wJalrXUtnFEMI",
        RedactRule::Parameters,
    ),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "eyJzdWIiOiIxIn0", RedactRule::Jwt),
    ("Bearer%20canary0bearer", "canary0bearer", RedactRule::Authorization),
    ("Authorization: Bearer canary0bearer", "canary0bearer", RedactRule::Authorization),
    ("Authorization: Basic Y2FuYXJ5OnBhc3N3b3Jk", "Y2FuYXJ5OnBhc3N3b3Jk", RedactRule::Authorization),
    ("https://bob:canary0url@example.org/a", "canary0url", RedactRule::UrlPasswords),
    ("4111111111111111", "4111111111111111", RedactRule::Cards),
    ("5555-5555-5555-4444", "5555-5555-5555-4444", RedactRule::Cards),
    ("card+3782+822463+10005", "822463", RedactRule::Cards),
    ("card 3782 822463 10005.", "822463", RedactRule::Cards),
    ("-----BEGIN PRIVATE KEY-----canary0pem-----END PRIVATE KEY-----", "canary0pem", RedactRule::PrivateKeys),
    ("ghp_canary0123456789abcdefghijklmnopqrst", "ghp_canary", RedactRule::Tokens),
    ("xoxb-123456789012-canary0slack", "canary0slack", RedactRule::Tokens),
    ("AIzaCanary0123456789abcdefghijklmnopqrs", "AIzaCanary", RedactRule::Tokens),
    ("a=1&password=canary0password&b=2", "canary0password", RedactRule::Parameters),
    ("user[token]=canary0token", "canary0token", RedactRule::Parameters),
    (r#"{"n":1,"clientSecret":"canary0json"}"#, "canary0json", RedactRule::Parameters),
    ("ALTER ROLE bob PASSWORD 'canary0sql'", "canary0sql", RedactRule::SqlPasswords),
];

/// The line with the text in the place of one part after the other, as it is, as a path, as a query, and behind all.
fn lines(format: &Format, text: &str) -> Vec<String> {
    let forms =
        [text.to_string(), format!("/a/{text}"), format!("/a?q={text}&page=2"), format!("x {text} y")];
    let mut lines = match serde_json::from_str::<Value>(format.example) {
        Ok(json) if json.is_object() => json_lines(&json, &forms),
        _ => text_lines(format.example, &forms),
    };
    lines.extend(forms.map(|form| format!("{} {form}", format.example)));
    lines
}

fn text_lines(line: &str, forms: &[String]) -> Vec<String> {
    let is_end = |c: char| c == ' ' || c == '"';
    let mut lines = Vec::new();
    let mut from = 0;
    for part in line.split_inclusive(is_end) {
        let end = from + part.trim_end_matches(is_end).len();
        if end > from {
            lines.extend(forms.iter().map(|form| format!("{}{form}{}", &line[..from], &line[end..])));
        }
        from += part.len();
    }
    lines
}

fn json_lines(json: &Value, forms: &[String]) -> Vec<String> {
    let mut lines = Vec::new();
    for form in forms {
        for pointer in pointers(json, String::new()) {
            let mut changed = json.clone();
            *changed.pointer_mut(&pointer).unwrap() = form.as_str().into();
            lines.push(changed.to_string());
        }
        let mut more = json.clone();
        more["extra"] = serde_json::json!({"deep": [form, {"er": form}]});
        lines.push(more.to_string());
    }
    lines
}

/// Places of all strings.
fn pointers(json: &Value, at: String) -> Vec<String> {
    match json {
        Value::String(_) => vec![at],
        Value::Array(items) => {
            items.iter().enumerate().flat_map(|(n, v)| pointers(v, format!("{at}/{n}"))).collect()
        }
        Value::Object(members) => {
            members.iter().flat_map(|(name, v)| pointers(v, format!("{at}/{name}"))).collect()
        }
        _ => Vec::new(),
    }
}

/// The event without the fields that may keep what the rule hides.
fn without_kept(mut event: Value, rule: RedactRule) -> String {
    for (index, info) in FIELDS.iter().enumerate().filter(|(index, _)| keeps(Field::from_index(*index), rule))
    {
        let (parent, name) = info.path.rsplit_once('.').unwrap_or(("", info.path));
        let pointer: String = parent.split('.').filter(|p| !p.is_empty()).map(|p| format!("/{p}")).collect();
        if let Some(object) = event.pointer_mut(&pointer).and_then(Value::as_object_mut) {
            object.remove(name).unwrap_or_else(|| index.into());
        }
    }
    event.to_string()
}

#[test]
fn no_canary_is_in_any_event_of_any_format() {
    let mut seen = Vec::new();
    for format in REGISTRY {
        let route = Route { format: Some(format.name.into()), original: true, ..Route::default() };
        let transform = transform(&[route]);
        for (text, secret, rule) in CANARIES {
            let (mut lines, mut parsed) = (lines(format, text), 0);
            lines.dedup();
            for line in &lines {
                let envelope = envelope("/g", "s", &[log_event("1", 1_600_000_000_000, line)]);
                let (events, _) = run(&transform, &[head_first(&envelope).as_bytes()]);
                for event in events {
                    parsed += usize::from(at(&event, "/catchwater/format") == format.name);
                    let json = without_kept(event, rule);
                    if json.contains(secret) {
                        seen.push(format!("{}, {text}:\n{line}\n{json}", format.name));
                    }
                }
            }
            assert!(parsed > 0, "{}: no line with {text} is of the format", format.name);
        }
    }
    let shown = seen.iter().take(8).cloned().collect::<Vec<_>>().join("\n");
    assert!(seen.is_empty(), "{} events hold a secret:\n{shown}", seen.len());
}

#[test]
fn what_people_and_clients_write_is_looked_into_by_every_rule() {
    for field in [
        Field::UrlPath,
        Field::UrlQuery,
        Field::HttpRequestReferrer,
        Field::UserAgentOriginal,
        Field::Message,
        Field::EventOriginal,
        Field::ErrorMessage,
        Field::FreeFields,
        Field::QueryText,
        Field::QueryNormalized,
        Field::Operation,
        Field::AwsTrailRequestParameters,
        Field::AwsTrailResponseElements,
    ] {
        for rule in RedactRule::ALL.into_iter().filter(|rule| *rule != RedactRule::SqlPasswords) {
            assert!(!keeps(field, rule), "{field:?} {rule:?}");
        }
    }
}

#[test]
fn a_secret_of_an_earlier_line_is_hidden_where_a_format_remembers_it() {
    let transform = transform(&[]);
    let lines = ["2024-01-01 plain eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "no sign"];
    let events: Vec<Value> = lines.iter().enumerate().map(|(n, l)| log_event(&n.to_string(), 5, l)).collect();
    let (events, _) = run(&transform, &[head_first(&envelope("/g", "s", &events)).as_bytes()]);
    assert_eq!(messages(&events), ["2024-01-01 plain REDACTED", "no sign"]);
}
