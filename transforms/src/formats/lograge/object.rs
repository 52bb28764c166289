//! lograge's JSON: its own, logstash's, GELF (whose additional keys begin with `_`), and `@cee: ` before it.

use super::request::{Request, Written};
use crate::formats::Refusal;
use crate::json::{Cursor, Json, MOST_DEPTH};
use catchwater_schemas::field::Field;
use std::borrow::Cow;

/// The object, where CEE's cookie stands before it (<https://cee.mitre.org/language/1.0-beta1/clt.html>).
pub(super) fn of_cee(text: &str) -> &str {
    text.strip_prefix("@cee:").map_or(text, str::trim_start)
}

/// Is this surely an object of lograge? Its first level is looked at where the words stand in it.
pub(super) fn is_sure(text: &str) -> bool {
    let has = |part: &[u8]| memchr::memmem::find(text.as_bytes(), part).is_some();
    if !(has(b"controller\"") && has(b"action\"") && has(b"duration\"")) {
        return false;
    }
    let mut found = [false; 4];
    let mut look = || -> Result<(), crate::json::Invalid> {
        let mut cursor = Cursor::new(text, MOST_DEPTH);
        cursor.begin_object()?;
        while let Some(key) = cursor.next_key()? {
            let name = key.raw().strip_prefix('_').unwrap_or(key.raw());
            let names = ["controller", "action", "duration", "status"];
            if let Some(at) = names.iter().position(|known| *known == name) {
                let is_empty = cursor.rest().starts_with("\"\"");
                found[at] = matches!(cursor.peek(), b'"' | b'0'..=b'9') && !is_empty;
            }
            cursor.skip()?;
        }
        Ok(())
    };
    look().is_ok() && found == [true; 4]
}

/// Reads an object into the request.
pub(super) fn read<'a>(text: &'a str, depth: usize, request: &mut Request<'a>) -> Result<(), Refusal> {
    let members = members(text, depth)?;
    let has = |name: &str| members.iter().any(|(key, _)| key == name);
    request.is_enveloped = has("@version") || has("short_message");
    // The last of equal keys counts.
    let mut seen = std::collections::HashSet::new();
    let mut last: Vec<_> = members.iter().rev().filter(|(key, _)| seen.insert(key.clone())).collect();
    last.reverse();
    for (key, value) in last {
        let key = key.strip_prefix('_').unwrap_or(key);
        if key == "@version" || (key == "version" && request.is_enveloped) {
            continue;
        }
        request.set(key, written(value));
    }
    let fields = &request.fields;
    if !fields.has(Field::HttpResponseStatusCode) && !fields.has(Field::RailsController) {
        return Err(Refusal("no_lograge_line"));
    }
    Ok(())
}

fn members(text: &str, depth: usize) -> Result<Vec<(Cow<'_, str>, Json<'_>)>, Refusal> {
    let mut cursor = Cursor::new(text, depth);
    let mut members = Vec::with_capacity(16);
    cursor.begin_object()?;
    while let Some(key) = cursor.next_key()? {
        members.push((key.text(), cursor.value()?));
    }
    cursor.end()?;
    Ok(members)
}

fn written<'a>(value: &Json<'a>) -> Written<'a> {
    match value {
        Json::Null => Written::Nothing,
        Json::Bool(flag) => Written::Text(Cow::Borrowed(if *flag { "true" } else { "false" })),
        Json::Number(number) => Written::Number(number),
        Json::String(text) if text.is_empty() => Written::Nothing,
        Json::String(text) => Written::Text(text.text()),
        Json::Object(raw) | Json::Array(raw) => Written::Json(raw.clone()),
    }
}
