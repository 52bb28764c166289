//! Requests in the messages of Python's web servers:
//!
//! ```text
//! 127.0.0.1:51234 - "GET /a HTTP/1.1" 200 OK                                          uvicorn
//! 127.0.0.1 - - [06/May/2024 07:08:09] "GET /a HTTP/1.1" 200 -                        http.server, werkzeug
//! [06/May/2024 07:08:09] "GET /a HTTP/1.1" 200 12                                     Django's development server
//! 127.0.0.1 [06/May/2024:07:08:09 +0000] "GET /a HTTP/1.1" 200 166 "-" "agent"        aiohttp
//! 10.0.0.1 "GET /a HTTP/1.1" status: 200 len: 1893 time: 0.2477829                    OpenStack
//! 200 GET /a (127.0.0.1) 1.23ms                                                       Tornado
//! ```

use crate::scan::access_line::set_status;
use crate::scan::quoted::{self, Escapes, Quoted};
use crate::scan::{address, clf_time, decimal, host_port, request_line, token};
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Fields;
use catchwater_schemas::time::Timestamp;

/// A request that a message tells of.
#[derive(Debug, PartialEq)]
pub(super) struct Access<'a> {
    client: &'a str,
    /// When, where the message says.
    pub time: Option<Timestamp>,
    request: Quoted<'a>,
    status: u16,
    bytes: Option<u64>,
    nanos: Option<u64>,
    referrer: Quoted<'a>,
    agent: Quoted<'a>,
}

/// Reads a message; `None`: it tells of no request.
pub(super) fn read(message: &str, zone_seconds: i32) -> Option<Access<'_>> {
    let mark = memchr::memchr(b'"', message.as_bytes());
    match mark {
        Some(at) => quoted_request(message, at, zone_seconds),
        None => tornado(message),
    }
}

fn quoted_request(message: &str, at: usize, zone_seconds: i32) -> Option<Access<'_>> {
    const MOST_HEAD: usize = 200;
    if at > MOST_HEAD {
        return None;
    }
    let (client, time) = head(message[..at].trim_end(), zone_seconds)?;
    let (request, rest) = quoted::take(&message[at..])?;
    request_line::split(request.raw).filter(|line| line.version.is_some())?;
    let (status, bytes, nanos, rest) = match rest.strip_prefix("status: ") {
        Some(rest) => openstack(rest)?,
        None => {
            let (status, rest) = token::first(rest);
            let (bytes, after) = token::first(rest);
            match decimal::unsigned(bytes) {
                Some(bytes) => (status, Some(bytes), None, after),
                None if bytes == "-" => (status, None, None, after),
                // uvicorn writes the reason.
                None => (status, None, None, ""),
            }
        }
    };
    let mut texts = [Quoted::default(); 2];
    let mut rest = rest;
    for text in &mut texts {
        if let Some((found, after)) = quoted::take(rest) {
            (*text, rest) = (found, after);
        }
    }
    let [referrer, agent] = texts;
    Some(Access { client, time, request, status: code(status)?, bytes, nanos, referrer, agent })
}

/// An address, perhaps with a port, hyphens and a time in brackets; or the time alone.
fn head(text: &str, zone_seconds: i32) -> Option<(&str, Option<Timestamp>)> {
    let (before, time) = match text.strip_suffix(']').and_then(|text| text.rsplit_once('[')) {
        Some((before, time)) => (before.trim_end(), Some(self::time(time, zone_seconds)?)),
        None => (text, None),
    };
    let (client, hyphens) = token::first(before);
    let host = host_port::split(client).host;
    let valid = (client.is_empty() && time.is_some()) || address::is_ip(host);
    (valid && hyphens.bytes().all(|b| matches!(b, b'-' | b' '))).then_some((client, time))
}

/// `06/May/2024 07:08:09`, and as other servers write it.
fn time(text: &str, zone_seconds: i32) -> Option<Timestamp> {
    clf_time::parse(text, zone_seconds).or_else(|| {
        (text.as_bytes().get(11) == Some(&b' ')).then_some(())?;
        clf_time::parse(&text.replacen(' ', ":", 1), zone_seconds)
    })
}

type Tail<'a> = (&'a str, Option<u64>, Option<u64>, &'a str);

/// `200 len: 1893 time: 0.2477829`.
fn openstack(text: &str) -> Option<Tail<'_>> {
    let (status, rest) = token::first(text);
    let (bytes, rest) = token::first(rest.strip_prefix("len: ")?);
    let seconds = rest.strip_prefix("time: ").map(|rest| token::first(rest).0);
    Some((status, decimal::unsigned(bytes), seconds.and_then(decimal::seconds_to_nanos), ""))
}

/// `200 GET /a (127.0.0.1) 1.23ms`.
fn tornado(message: &str) -> Option<Access<'_>> {
    let (status, rest) = token::first(message);
    let status = code(status)?;
    let (rest, time) = rest.rsplit_once(") ")?;
    let (request, client) = rest.rsplit_once(" (")?;
    let nanos = decimal::millis_to_nanos(time.strip_suffix("ms")?)?;
    request_line::split(request)?;
    let request = Quoted { raw: request, escapes: Escapes::Absent };
    let absent = Quoted::default();
    let valid = address::is_ip(client);
    let nanos = Some(nanos);
    valid.then_some(Access {
        client,
        time: None,
        request,
        status,
        bytes: None,
        nanos,
        referrer: absent,
        agent: absent,
    })
}

fn code(text: &str) -> Option<u16> {
    let valid = text.len() == 3 && text.bytes().all(|b| b.is_ascii_digit()) && text >= "100";
    valid.then(|| text.parse().ok()).flatten()
}

impl<'a> Access<'a> {
    /// Sets what it tells.
    pub fn set(&self, fields: &mut Fields<'a>) {
        let client = host_port::split(self.client);
        if address::is_ip(client.host) {
            fields.set(Field::SourceIp, client.host);
            if let Some(port) = client.port {
                fields.set(Field::SourcePort, u64::from(port));
            }
        }
        if let Some(time) = self.time.filter(|_| !fields.has(Field::Timestamp)) {
            fields.set(Field::Timestamp, time);
        }
        request_line::set(self.request, fields);
        set_status(Some(self.status), fields);
        for (field, number) in
            [(Field::HttpResponseBodyBytes, self.bytes), (Field::EventDuration, self.nanos)]
        {
            if let Some(number) = number.filter(|number| i64::try_from(*number).is_ok()) {
                fields.set(field, number);
            }
        }
        request_line::set_text(Field::HttpRequestReferrer, self.referrer, fields);
        request_line::set_text(Field::UserAgentOriginal, self.agent, fields);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set(message: &str) -> Option<Vec<String>> {
        let access = read(message, 0)?;
        let mut fields = Fields::new();
        access.set(&mut fields);
        let of = |field: Field| fields.get(field).map(|value| format!("{value:?}"));
        let all = [
            Field::SourceIp,
            Field::SourcePort,
            Field::UrlPath,
            Field::HttpResponseStatusCode,
            Field::EventDuration,
        ];
        Some(
            all.into_iter()
                .filter_map(of)
                .map(|text| text.replace("Text(\"", "").replace("\")", ""))
                .collect(),
        )
    }

    #[test]
    fn each_server() {
        for (message, expected) in [
            (
                r#"127.0.0.1:51234 - "GET /a?b HTTP/1.1" 404 Not Found"#,
                vec!["127.0.0.1", "Unsigned(51234)", "/a", "Unsigned(404)"],
            ),
            (
                r#"127.0.0.1 - - [06/May/2024 07:08:09] "GET /a HTTP/1.1" 200 -"#,
                vec!["127.0.0.1", "/a", "Unsigned(200)"],
            ),
            (r#"[06/May/2024 07:08:09] "GET /a HTTP/1.1" 200 12"#, vec!["/a", "Unsigned(200)"]),
            (
                r#"10.0.0.1 "GET /a HTTP/1.1" status: 200 len: 1893 time: 0.25"#,
                vec!["10.0.0.1", "/a", "Unsigned(200)", "Unsigned(250000000)"],
            ),
            ("200 GET /a (::1) 1.5ms", vec!["::1", "/a", "Unsigned(200)", "Unsigned(1500000)"]),
        ] {
            assert_eq!(set(message), Some(expected.iter().map(ToString::to_string).collect()), "{message}");
        }
        let aiohttp = r#"127.0.0.1 [06/May/2024:07:08:09 +0000] "GET /a HTTP/1.1" 200 166 "-" "an agent""#;
        assert_eq!(read(aiohttp, 0).unwrap().agent.raw, "an agent");
        for none in [
            "",
            "he said \"GET / HTTP/1.1\" 200",
            "127.0.0.1 - \"GET /\" 200",
            "\"GET / HTTP/1.1\" 200 1",
            "127.0.0.1 - \"GET / HTTP/1.1\" OK",
            "200 files (all) 1ms",
        ] {
            assert_eq!(set(none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "(127.0.0.1|::1|:80| - |\\[|\\]|\"GET /a HTTP/1.1\" |200|status: |len: 1|time: |é|[ 0-9-]{0,4}){0,12}") {
            let _ = set(&text);
        }
    }
}
