//! An access as the documentation's examples of CLF, CSV and XML have it.

use super::access::Access;
use super::names::{Names, Variable, variable};
use crate::formats::{LogEvent, Refusal};
use crate::scan::address::is_ip;
use crate::scan::clf_time;
use crate::scan::free_fields::FreeFields;
use crate::scan::uuid::is_uuid;
use Variable as V;
use std::borrow::Cow;

/// A line of columns that was told apart: what stands in each, empty names for what has no variable.
type Columns<'a> = Vec<(Column, &'a str)>;

/// What a column holds.
#[derive(Clone, Copy)]
enum Column {
    Variable(V),
    Free(&'static str),
}

use Column::{Free, Variable as Is};

const REST_CSV: [Column; 11] = [
    Is(V::SourceIp),
    Is(V::Caller),
    Is(V::User),
    Is(V::RequestTime),
    Is(V::HttpMethod),
    Is(V::ResourcePath),
    Is(V::Protocol),
    Is(V::Status),
    Is(V::ResponseLength),
    Is(V::RequestId),
    Free("extendedRequestId"),
];
const HTTP_CSV: [Column; 9] = [
    Is(V::SourceIp),
    Is(V::RequestTime),
    Is(V::HttpMethod),
    Is(V::RouteKey),
    Is(V::Protocol),
    Is(V::Status),
    Is(V::ResponseLength),
    Is(V::RequestId),
    Free("extendedRequestId"),
];
const WEBSOCKET_CSV: [Column; 9] = [
    Is(V::SourceIp),
    Is(V::Caller),
    Is(V::User),
    Is(V::RequestTime),
    Is(V::EventType),
    Is(V::RouteKey),
    Is(V::Status),
    Free("connectionId"),
    Is(V::RequestId),
];

/// Is this surely such a line?
pub(super) fn is_sure(message: &str) -> bool {
    match message.as_bytes().first() {
        Some(b'<') => {
            let id = message.strip_prefix("<request id=\"").and_then(|rest| rest.split_once("\">"));
            id.is_some_and(|(id, _)| is_uuid(id)) && message.trim_end().ends_with("</request>")
        }
        Some(b'0'..=b'9' | b'a'..=b'f' | b':') => columns_of(message.trim()).is_some_and(|columns| {
            let text = |wanted| {
                let of =
                    |(column, _): &&(Column, &str)| matches!(column, Is(variable) if *variable == wanted);
                columns.iter().find(of).map_or("", |(_, text)| text)
            };
            is_ip(text(V::SourceIp)) && is_uuid(text(V::RequestId))
        }),
        _ => false,
    }
}

/// Reads CLF or CSV.
pub(super) fn columns<'a>(message: &'a str, event: LogEvent<'a>) -> Result<Access<'a>, Refusal> {
    let columns = columns_of(message).ok_or(Refusal("no_access"))?;
    let (mut access, mut free) = (Access::default(), FreeFields::default());
    for (column, text) in columns.into_iter().filter(|(_, text)| !matches!(*text, "" | "-")) {
        match column {
            Is(variable) => {
                if !access.set(variable, Cow::Borrowed(text), event.zone_seconds) {
                    free.add(name_of(variable), text);
                }
            }
            Free(name) => free.add(name, text),
        }
    }
    free.set(&mut access.fields);
    Ok(access)
}

/// The variable's own name, for a value that is not what it should be.
fn name_of(variable: V) -> &'static str {
    match variable {
        V::Caller => "caller",
        V::User => "user",
        V::RequestTime => "requestTime",
        V::Status => "status",
        V::ResponseLength => "responseLength",
        V::Protocol => "protocol",
        _ => "other",
    }
}

fn columns_of(message: &str) -> Option<Columns<'_>> {
    clf(message).or_else(|| csv(message))
}

fn csv(message: &str) -> Option<Columns<'_>> {
    let parts: Vec<&str> = message.splitn(REST_CSV.len() + 1, ',').collect();
    let is_time = |at: usize| parts.get(at).is_some_and(|text| clf_time::parse(text, 0).is_some());
    let names: &[Column] = match parts.len() {
        10 | 11 if is_time(3) => &REST_CSV,
        8 | 9 if is_time(1) => &HTTP_CSV,
        9 if is_time(3) => &WEBSOCKET_CSV,
        _ => return None,
    };
    Some(names.iter().copied().zip(parts).collect())
}

/// `IP CALLER USER [TIME] "METHOD PATH PROTOCOL" STATUS LENGTH ID [EXTENDED-ID]`, of WebSockets `… "EVENT ROUTE
/// CONNECTION" STATUS ID`. The documentation has no space behind the time.
fn clf(message: &str) -> Option<Columns<'_>> {
    let (head, rest) = message.split_once(" [")?;
    let (time, rest) = rest.split_once(']')?;
    clf_time::parse(time, 0)?;
    let (request, tail) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
    let mut words = head.split(' ');
    let mut columns = vec![(Is(V::SourceIp), words.next()?), (Is(V::Caller), words.next()?)];
    // A name of a user may have spaces in it.
    let user = head.splitn(3, ' ').nth(2)?;
    columns.extend([(Is(V::User), user), (Is(V::RequestTime), time)]);
    let tail: Vec<&str> = tail.split_whitespace().collect();
    let (first, rest) = request.split_once(' ')?;
    let (middle, last) = rest.rsplit_once(' ')?;
    if last.starts_with("HTTP/") {
        let path = if middle.starts_with('/') { V::ResourcePath } else { V::RouteKey };
        columns.extend([(Is(V::HttpMethod), first), (Is(path), middle), (Is(V::Protocol), last)]);
        let names = [Is(V::Status), Is(V::ResponseLength), Is(V::RequestId), Free("extendedRequestId")];
        if !(3..=4).contains(&tail.len()) {
            return None;
        }
        columns.extend(names.into_iter().zip(tail));
    } else if matches!(first, "CONNECT" | "MESSAGE" | "DISCONNECT") && tail.len() == 2 {
        columns.extend([(Is(V::EventType), first), (Is(V::RouteKey), middle), (Free("connectionId"), last)]);
        columns.extend([Is(V::Status), Is(V::RequestId)].into_iter().zip(tail));
    } else {
        return None;
    }
    Some(columns)
}

/// Reads `<request id="…"><ip>…</ip> … </request>`: what API Gateway writes, which escapes nothing.
pub(super) fn xml<'a>(message: &'a str, event: LogEvent<'a>) -> Result<Access<'a>, Refusal> {
    let names = event.options::<Names>();
    let inside = message.strip_prefix("<request id=\"").and_then(|rest| rest.strip_suffix("</request>"));
    let (id, mut rest) = inside.and_then(|rest| rest.split_once("\">")).ok_or(Refusal("access_cut"))?;
    let (mut access, mut free) = (Access::default(), FreeFields::default());
    let mut seen = std::collections::HashSet::new();
    if !matches!(id, "" | "-") {
        access.set(V::RequestId, Cow::Borrowed(id), 0);
    }
    while let Some(element) = rest.trim_start().strip_prefix('<') {
        let (name, after) = element.split_once('>').ok_or(Refusal("access_cut"))?;
        let (text, after) = after.split_once("</").ok_or(Refusal("access_cut"))?;
        rest = after
            .strip_prefix(name)
            .and_then(|after| after.strip_prefix('>'))
            .ok_or(Refusal("access_cut"))?;
        let text = text.trim();
        if matches!(text, "" | "-") {
            continue;
        }
        let known = names.and_then(|names| names.variable(name)).or_else(|| variable(name));
        let is_set = known.is_some_and(|known| access.set(known, Cow::Borrowed(text), event.zone_seconds));
        if !is_set && seen.insert(name) {
            free.add(name, text);
        }
    }
    free.set(&mut access.fields);
    if rest.trim().is_empty() { Ok(access) } else { Err(Refusal("access_cut")) }
}
