//! What servers are told to write behind the combined access line: nginx's default `main` adds `X-Forwarded-For`,
//! its documentation `$gzip_ratio`, people add times, with and without names. What is not known stays, as text.

use super::{clients, decimal, free_fields::FreeFields, quoted, token};
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};

/// Reads the tail word by word.
pub fn set<'a>(tail: &'a str, fields: &mut Fields<'a>, free: &mut FreeFields) {
    let mut rest = tail;
    let mut unknown = String::new();
    let mut ratio = "";
    while !rest.is_empty() {
        let before = rest;
        let known = if rest.starts_with('"') {
            match quoted::take(rest) {
                Some((text, after)) => {
                    rest = after;
                    text.is_absent() || set_quoted(text, &mut ratio, fields)
                }
                None => {
                    rest = "";
                    false
                }
            }
        } else if let Some((name, value)) = named(rest) {
            let (value, after) = match quoted::take(value) {
                Some((text, after)) => (text.raw, after),
                None => token::list(value),
            };
            rest = after;
            set_named(name, value, fields)
        } else {
            let (word, after) = token::list(rest);
            rest = after;
            word == "-" || word.is_empty() || set_time(word, fields)
        };
        if !known {
            let taken = before[..before.len() - rest.len()].trim_end();
            if !unknown.is_empty() {
                unknown.push(' ');
            }
            unknown.push_str(taken);
        }
    }
    free.add("gzip_ratio", ratio);
    free.add("trailing", &unknown);
}

/// Do these words come of nginx: its `X-Forwarded-For` or ratio in quotation marks, seconds to the millisecond, or
/// names of its variables?
pub fn is_of_nginx(tail: &str) -> bool {
    let word = token::first(tail).0;
    tail.starts_with('"') || is_seconds(word) || named(tail).is_some_and(|(name, _)| of_name(name).is_some())
}

fn set_quoted<'a>(text: quoted::Quoted<'a>, ratio: &mut &'a str, fields: &mut Fields<'a>) -> bool {
    if clients::is_list(text.raw) && !fields.has(Field::NginxForwardedFor) {
        fields.set(Field::NginxForwardedFor, text.text());
        set_client(text.raw, fields);
        return true;
    }
    let is_ratio = ratio.is_empty() && text.raw.contains('.') && decimal::json_number(text.raw).is_some();
    if is_ratio {
        *ratio = text.raw;
    }
    is_ratio
}

/// The client that the header names, where it differs from the peer.
fn set_client<'a>(list: &'a str, fields: &mut Fields<'a>) {
    let Some(client) = clients::client(clients::items(list)) else { return };
    if super::address::is_ip(client) && fields.text(Field::SourceIp).as_deref() != Some(client) {
        fields.set(Field::ClientIp, client);
    }
}

/// `$request_time` first, then `$upstream_response_time`: seconds with three digits of fraction, as nginx writes
/// them; whole numbers may be microseconds, seconds or bytes, so they stay unknown.
fn set_time<'a>(word: &'a str, fields: &mut Fields<'a>) -> bool {
    let single = is_seconds(word);
    if single && !fields.has(Field::EventDuration) {
        return set_duration(word, fields);
    }
    let free = !fields.has(Field::NginxUpstreamTime);
    let seconds = clients::items(word).filter(|item| *item != ":").all(is_seconds);
    if free && seconds && fields.has(Field::EventDuration) {
        fields.set(Field::NginxUpstreamTime, word);
        return true;
    }
    false
}

fn is_seconds(word: &str) -> bool {
    word.split_once('.').is_some_and(|(_, f)| f.len() == 3) && decimal::json_number(word).is_some()
}

/// Sets `event.duration` from seconds.
pub fn set_duration(seconds: &str, fields: &mut Fields<'_>) -> bool {
    let nanos = decimal::seconds_to_nanos(seconds);
    if let Some(nanos) = nanos {
        fields.set(Field::EventDuration, nanos);
    }
    nanos.is_some()
}

/// `name=value` with a name of lower-case letters.
fn named(text: &str) -> Option<(&str, &str)> {
    let end = text.bytes().position(|c| !(c.is_ascii_lowercase() || c == b'_'))?;
    (end > 0 && end <= 32).then(|| Some((&text[..end], text[end..].strip_prefix('=')?)))?
}

/// The field of a variable of nginx, by its name or the short names of NGINX's own documentation and Amplify.
fn of_name(name: &str) -> Option<Field> {
    Some(match name {
        "rt" | "request_time" => Field::EventDuration,
        "urt" | "ut" | "upstream_response_time" => Field::NginxUpstreamTime,
        "ua" | "upstream_addr" => Field::NginxUpstreamAddress,
        "us" | "upstream_status" => Field::NginxUpstreamStatus,
        "ul" | "upstream_response_length" => Field::NginxUpstreamLength,
        "rl" | "request_length" => Field::HttpRequestBytes,
        "request_id" => Field::HttpRequestId,
        "host" => Field::UrlDomain,
        _ => return None,
    })
}

fn set_named<'a>(name: &str, value: &'a str, fields: &mut Fields<'a>) -> bool {
    if value.is_empty() || value == "-" {
        return true;
    }
    let Some(field) = of_name(name).filter(|f| !fields.has(*f)) else { return false };
    match field {
        Field::EventDuration => set_duration(value, fields),
        Field::HttpRequestBytes => {
            let bytes = decimal::unsigned(value);
            if let Some(bytes) = bytes {
                fields.set(field, Value::Unsigned(bytes));
            }
            bytes.is_some()
        }
        _ => {
            fields.set(field, value);
            true
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn json(tail: &str) -> serde_json::Value {
        let mut fields = Fields::new();
        let mut free = FreeFields::default();
        set(tail, &mut fields, &mut free);
        free.set(&mut fields);
        let out = catchwater_schemas::layout::event_json(&fields);
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn knows_the_usual_tails_and_keeps_the_rest() {
        use serde_json::json;
        assert_eq!(json(""), json!({}));
        assert_eq!(json("\"-\""), json!({}));
        assert_eq!(
            json("\"10.0.0.9, 1.2.3.4\""),
            json!({"nginx": {"forwarded_for": "10.0.0.9, 1.2.3.4"}, "client": {"ip": "1.2.3.4"}})
        );
        assert_eq!(json("\"2.75\""), json!({"catchwater": {"fields": {"gzip_ratio": "2.75"}}}));
        assert_eq!(json("116075"), json!({"catchwater": {"fields": {"trailing": "116075"}}}));
        assert_eq!(
            json("0.250 0.100, 0.004 x \"y z\""),
            json!({
                "event": {"duration": 250_000_000},
                "nginx": {"upstream": {"response_time": "0.100, 0.004"}},
                "catchwater": {"fields": {"trailing": "x \"y z\""}},
            })
        );
        assert_eq!(
            json("\"-\" \"host\" rt=0.005 ua=\"10.0.0.1:80\" us=\"200\" cs=- q=1"),
            json!({
                "event": {"duration": 5_000_000},
                "nginx": {"upstream": {"address": "10.0.0.1:80", "status": "200"}},
                "catchwater": {"fields": {"trailing": "\"host\" q=1"}},
            })
        );
        assert_eq!(json("rt=x \"cut"), json!({"catchwater": {"fields": {"trailing": "rt=x \"cut"}}}));
    }

    proptest! {
        #[test]
        fn never_panics_and_ends(tail in "[0-9a-z=\", .:é\\\\-]{0,60}") {
            json(&tail);
            is_of_nginx(&tail);
        }
    }
}
