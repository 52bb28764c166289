//! Secrets put into every part of every format's example line: none may be in an event, whatever the format makes of it.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod envelopes;

use catchwater_schemas::config::{Multiline, RedactRule, Route};
use catchwater_schemas::field::FIELDS;
use catchwater_schemas::field::Field;
use catchwater_transforms::formats::{Format, REGISTRY};
use catchwater_transforms::query::sql::{Dialect, normal};
use catchwater_transforms::redact::keeps;
use envelopes::*;
use serde_json::Value;

/// A text with a secret in it, the secret, and the rule that hides it. None is or was valid anywhere.
const CANARIES: [(&str, &str, RedactRule); 22] = [
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
    (
        "-----BEGIN%20PRIVATE%20KEY-----canary0pem-----END%20PRIVATE%20KEY-----",
        "canary0pem",
        RedactRule::PrivateKeys,
    ),
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
    let escaped = text.replace(' ', "%20").replace('"', "%22");
    let forms =
        [text.to_string(), format!("/a/{escaped}"), format!("/select?q={text}&fq=a"), format!("x {text} y")];
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
            // Outside quotation marks a space would part what belongs together.
            let is_quoted = line[..from].matches('"').count() % 2 == 1;
            let forms = forms.iter().filter(|form| is_quoted || !form.contains(' '));
            lines.extend(forms.map(|form| format!("{}{form}{}", &line[..from], &line[end..])));
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

/// Pointers to the objects, and names in them, of the fields that may keep what the rule hides.
fn kept(rule: RedactRule) -> Vec<(String, &'static str)> {
    let fields = FIELDS.iter().enumerate().filter(|(index, _)| keeps(Field::from_index(*index), rule));
    fields
        .map(|(_, info)| match info.path.rsplit_once('.') {
            Some((parent, name)) => (format!("/{}", parent.replace('.', "/")), name),
            None => (String::new(), info.path),
        })
        .collect()
}

/// Texts that only some rules hide, and only where they are looked for.
const SPOKEN: [&str; 3] = ["token:0123456789abcdef", "password: hunter2canary", "api_key=0123456789abcdef"];

#[test]
fn what_a_secret_beside_a_line_says_changes_nothing_of_the_lines_own_events() {
    let beside = log_event("0", 1_600_000_000_000, "AKIAIOSFODNN7EXAMPLE 4111111111111111");
    for format in REGISTRY {
        // Joined to the line beside it, a line would not stand for itself.
        let multiline = Multiline::Off;
        let route = Route { format: Some(format.name.into()), multiline, ..Route::default() };
        let transform = transform(&[route]);
        let texts = SPOKEN.iter().copied().chain(CANARIES.iter().map(|(text, ..)| *text));
        for line in texts.flat_map(|text| lines(format, text)) {
            let own = log_event("1", 1_600_000_000_000, &line);
            let events = |log_events: &[Value]| {
                let envelope = envelope("/g", "s", log_events);
                run(&transform, &[head_first(&envelope).as_bytes()]).0
            };
            let alone = events(std::slice::from_ref(&own));
            let mut both = events(&[beside.clone(), own]);
            let id = |event: &Value| at(event, "/event/id").to_string();
            both.retain(|event| alone.iter().any(|own| id(own) == id(event)));
            assert_eq!(both, alone, "{}: {line}", format.name);
        }
    }
}

#[test]
fn no_canary_is_in_any_event_of_any_format() {
    let mut seen = Vec::new();
    for format in REGISTRY {
        let route = Route { format: Some(format.name.into()), original: true, ..Route::default() };
        let transform = transform(&[route]);
        let mut parsed = 0;
        for (text, secret, rule) in CANARIES {
            let kept = kept(rule);
            let mut lines = lines(format, text);
            lines.dedup();
            for line in &lines {
                let envelope = envelope("/g", "s", &[log_event("1", 1_600_000_000_000, line)]);
                let (events, _) = run(&transform, &[head_first(&envelope).as_bytes()]);
                for mut event in events {
                    parsed += usize::from(at(&event, "/catchwater/format") == format.name);
                    for (parent, name) in &kept {
                        event
                            .pointer_mut(parent)
                            .and_then(Value::as_object_mut)
                            .map(|object| object.remove(*name));
                    }
                    let json = event.to_string();
                    // A normal form is in small letters.
                    let query = event["catchwater"]["query"].to_string().to_ascii_lowercase();
                    let in_query = query.contains(&secret.to_ascii_lowercase());
                    if let Some(place) = json.find(secret).or(in_query.then_some(0)) {
                        let around = json[..place].rsplit('{').next().unwrap_or_default();
                        seen.push(format!("{}, {text}, in {around}…", format.name));
                    }
                }
            }
        }
        assert!(parsed > 0, "{}: no line with a secret is of the format", format.name);
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

/// Texts on which a search that begins anew at each place would take the square of their length.
#[test]
fn hostile_texts_take_linear_time() {
    for part in [
        "token:",
        "token:a",
        "password:[",
        "password=\"",
        "\"password\":\\",
        "://",
        "a://b@",
        "://:",
        "'",
        "by '",
        "\\",
        "eyJ",
        "eyJ.",
        "eyJa.b",
        "AKIA",
        "Bearer+",
        "basic+",
        "basic%20",
        "4111 ",
        "4111",
        "-----BEGIN ",
        "PRIVATE KEY-----",
        "PRIVATE KEY",
        "ghp_",
        "slack.com/services/",
        "authorization: a ",
        "(",
        "in(",
        "values(1),",
        "$a$",
        "$a",
        "$1",
        "%(",
        "/*",
        "--",
        "1e",
        ".5",
        "<",
        "<a",
        "#",
        "\"",
        "{",
        "[",
        "&q=",
        "fq=1&",
        "/",
        "/1",
        "/ark:",
        "/10.1234",
        "%2F",
        "-1",
        "@a.",
    ] {
        let text = part.repeat((1 << 15) / part.len());
        let start = std::time::Instant::now();
        for (format, line) in [
            ("plain", text.clone()),
            ("json", serde_json::json!({"message": text, "x": {"y": text}}).to_string()),
            (
                "apache_access",
                format!(
                    "1.1.1.1 - - [10/Oct/2000:13:55:36 -0700] \"GET /{text}?q={text}&query=select+%7B{text} HTTP/1.0\" 200 1 \"{text}\" \"-\""
                ),
            ),
        ] {
            let route = Route { format: Some(format.into()), ..Route::default() };
            let envelope = envelope("/g", "s", &[log_event("1", 5, &line)]);
            let (events, _) = run(&transform(&[route]), &[head_first(&envelope).as_bytes()]);
            assert_eq!(events.len(), 1, "{format} {part}");
        }
        for dialect in [Dialect::Ansi, Dialect::MySql] {
            assert!(normal(&text, dialect).len() <= 4 * text.len());
        }
        // Linear takes less than a second even without optimisation; the square of 32 KiB, in each of six texts, does not.
        assert!(start.elapsed().as_secs() < 10, "{part}");
    }
}
