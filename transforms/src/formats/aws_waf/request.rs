//! `httpRequest`: who asked for what.

use crate::json::{Cursor, Invalid, Json, JsonStr, Members, ObjectWriter, is_absent};
use crate::scan::address::is_ip;
use crate::scan::clients;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Value;
use std::collections::HashSet;

/// Reads the request ahead; what has no field stays under its key.
pub(super) fn read<'a>(
    cursor: &mut Cursor<'a>,
    key: JsonStr<'a>,
    members: &mut Members<'a>,
) -> Result<(), Invalid> {
    let mut headers = None;
    cursor.begin_object()?;
    members.free.open(key);
    while let Some(key) = cursor.next_key()? {
        let field = match (key.raw(), cursor.peek()) {
            ("headers", b'[') => {
                headers = Some((key, cursor.clone()));
                cursor.skip()?;
                continue;
            }
            ("clientIp", _) => {
                members.source(key, cursor)?;
                continue;
            }
            ("httpVersion", b'"') => {
                version(key, cursor, members)?;
                continue;
            }
            ("country", _) => Field::SourceGeoCountry,
            ("uri", _) => Field::UrlPath,
            ("args", _) => Field::UrlQuery,
            ("httpMethod", _) => Field::HttpRequestMethod,
            ("requestId", _) => Field::AwsRequestId,
            ("scheme", _) => Field::UrlScheme,
            ("host", _) => Field::UrlDomain,
            _ => {
                members.keep(key, cursor)?;
                continue;
            }
        };
        members.text(field, key, cursor)?;
    }
    members.free.close();
    match headers {
        Some((key, headers)) => read_headers(headers, key, members),
        None => Ok(()),
    }
}

/// `HTTP/2.0`
fn version<'a>(key: JsonStr<'a>, cursor: &mut Cursor<'a>, members: &mut Members<'a>) -> Result<(), Invalid> {
    let text = cursor.string()?;
    match text.raw().strip_prefix("HTTP/").filter(|v| !v.is_empty() && !text.has_escapes()) {
        Some(version) => members.fields.set(Field::HttpVersion, Value::Escaped(version)),
        None => members.keep_value(key, &Json::String(text)),
    }
    Ok(())
}

/// `[{"name":"Host","value":"…"}]`; those without a field become members of one object, each name once.
fn read_headers<'a>(
    mut cursor: Cursor<'a>,
    key: JsonStr<'a>,
    members: &mut Members<'a>,
) -> Result<(), Invalid> {
    let mut seen = HashSet::new();
    let mut kept: Vec<(String, JsonStr<'a>)> = Vec::new();
    cursor.begin_array()?;
    while cursor.next_element()? {
        let Some((name, value)) = header(&mut cursor)? else { continue };
        let name = name.text();
        // What is no name of a header stays as it came: redaction would not know a secret by other letters.
        let name = if is_name(&name) { name.to_ascii_lowercase() } else { name.into_owned() };
        if is_absent(value) || !seen.insert(name.clone()) {
            continue;
        }
        let field = match name.as_str() {
            "host" => Field::UrlDomain,
            "user-agent" => Field::UserAgentOriginal,
            "referer" => Field::HttpRequestReferrer,
            "x-forwarded-for" => {
                client(value, members);
                kept.push((name, value));
                continue;
            }
            "authorization" | "proxy-authorization" | "cookie" => continue,
            _ => {
                kept.push((name, value));
                continue;
            }
        };
        if !members.fields.has(field) {
            set(field, value, members);
        }
    }
    write(key, &kept, &mut members.free);
    Ok(())
}

/// RFC 9110, section 5.1, of letters, digits and the marks in use.
fn is_name(text: &str) -> bool {
    text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

fn header<'a>(cursor: &mut Cursor<'a>) -> Result<Option<(JsonStr<'a>, JsonStr<'a>)>, Invalid> {
    if !cursor.begin_object_or_skip()? {
        return Ok(None);
    }
    let (mut name, mut value) = (None, None);
    while let Some(key) = cursor.next_key()? {
        match (key.raw(), cursor.value()?) {
            ("name", Json::String(text)) => name = Some(text),
            ("value", Json::String(text)) => value = Some(text),
            _ => (),
        }
    }
    Ok(name.zip(value))
}

/// A host may have a port, which has a field of its own.
fn set<'a>(field: Field, value: JsonStr<'a>, members: &mut Members<'a>) {
    if field != Field::UrlDomain || value.has_escapes() {
        return members.fields.set(field, value);
    }
    let (host, port) = crate::scan::url::authority(value.raw());
    if let Some(host) = host {
        members.fields.set(field, Value::Escaped(host));
    }
    if let Some(port) = port {
        members.fields.set(Field::UrlPort, u64::from(port));
    }
}

/// The client that proxies named, if it is another than the peer.
fn client<'a>(list: JsonStr<'a>, members: &mut Members<'a>) {
    let Some(client) = clients::client(clients::items(list.raw())).filter(|client| is_ip(client)) else {
        return;
    };
    if members.fields.text(Field::SourceIp).as_deref() != Some(client) {
        members.fields.set(Field::ClientIp, Value::Escaped(client));
    }
}

fn write(key: JsonStr<'_>, headers: &[(String, JsonStr<'_>)], free: &mut ObjectWriter) {
    free.open(key);
    for (name, value) in headers {
        free.named(name, &Json::String(*value));
    }
    free.close();
}
