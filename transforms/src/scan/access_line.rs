//! The access line that Apache made common and nginx, ingress controllers and many others write:
//!
//! `[vhost[:port] ]client ident user [time] "request" status bytes[ "referrer" "user agent"][ tail]`
//!
//! (<https://httpd.apache.org/docs/2.4/logs.html#accesslog>,
//! <https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format>).

use super::quoted::{self, Quoted};
use super::{address, clf_time, clients, decimal, free_fields::FreeFields, host_port, request_line, token};
use crate::emit::Shared;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::time::Timestamp;
use std::borrow::Cow;

/// An access line, cut into its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessLine<'a> {
    /// Who asked, and for which virtual host.
    pub head: Head<'a>,
    /// When.
    pub time: Timestamp,
    /// The request line.
    pub request: Quoted<'a>,
    /// Status of the response; `None` for `-`.
    pub status: Option<u16>,
    /// Bytes of the body; `None` for `-`.
    pub bytes: Option<u64>,
    /// `Referer`.
    pub referrer: Quoted<'a>,
    /// `User-Agent`.
    pub agent: Quoted<'a>,
    /// What follows.
    pub tail: &'a str,
}

/// What stands before the time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head<'a> {
    /// Virtual host with its port.
    pub host: &'a str,
    /// The peer, or the client where there is a list.
    pub client: &'a str,
    /// All addresses, where proxies are named.
    pub list: Option<Cow<'a, str>>,
    /// Identity by RFC 1413.
    pub ident: &'a str,
    /// User.
    pub user: &'a str,
}

/// Cuts an access line into its parts; `None` if it is none.
pub fn read(line: &str, zone_seconds: i32) -> Option<AccessLine<'_>> {
    let line = line.trim_end();
    let (head, time, rest) = bracketed_time(line, zone_seconds)?;
    let head = read_head(head)?;
    let (request, rest) = quoted::take(rest)?;
    let (status, rest) = token::first(rest);
    let status = status_code(status)?;
    let (bytes, mut rest) = token::first(rest);
    let bytes = match bytes {
        "-" => None,
        digits => Some(decimal::unsigned(digits)?),
    };
    let mut texts = [Quoted::default(); 2];
    if is_quoted_or_absent(rest) {
        for text in &mut texts {
            if is_quoted_or_absent(rest) {
                (*text, rest) = quoted::take_or_word(rest)?;
            }
        }
    }
    let [referrer, agent] = texts;
    Some(AccessLine { head, time, request, status, bytes, referrer, agent, tail: rest })
}

fn is_quoted_or_absent(rest: &str) -> bool {
    rest.starts_with('"') || rest == "-" || rest.starts_with("- ")
}

/// The outer option: is it one? The inner: is there one?
fn status_code(text: &str) -> Option<Option<u16>> {
    match text.as_bytes() {
        b"-" => Some(None),
        [a @ b'0'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9'] => {
            let digit = |d: &u8| u16::from(d - b'0');
            Some(Some(digit(a) * 100 + digit(b) * 10 + digit(c)))
        }
        _ => None,
    }
}

/// Finds `[time]` and cuts around it. Brackets before it belong to addresses.
pub fn bracketed_time(line: &str, zone_seconds: i32) -> Option<(&str, Timestamp, &str)> {
    let mut from = 0;
    for _ in 0..3 {
        let open = from + memchr::memchr(b'[', &line.as_bytes()[from..])?;
        if let Some((text, rest)) = usual_length(&line[open + 1..])
            && let Some(time) = clf_time::parse(text, zone_seconds)
        {
            return Some((&line[..open], time, rest.strip_prefix(' ').unwrap_or(rest)));
        }
        let close = open + memchr::memchr(b']', &line.as_bytes()[open..])?;
        if let Some(time) = clf_time::parse(&line[open + 1..close], zone_seconds) {
            let rest = &line[close + 1..];
            return Some((&line[..open], time, rest.strip_prefix(' ').unwrap_or(rest)));
        }
        from = close;
    }
    None
}

/// `10/Oct/2000:13:55:36 -0700` and what stands behind the bracket that must follow at once.
fn usual_length(text: &str) -> Option<(&str, &str)> {
    const LENGTH: usize = 26;
    (text.as_bytes().get(LENGTH) == Some(&b']')).then(|| (&text[..LENGTH], &text[LENGTH + 1..]))
}

/// Reads what stands before the time. The second word tells: nginx always and Apache nearly always writes `-` for
/// the identity there; if there is none, the first word is the virtual host, or the client part is a list.
fn read_head(head: &str) -> Option<Head<'_>> {
    let head = head.trim_end();
    let (first, rest) = token::first(head);
    if rest.is_empty() {
        return None;
    }
    let (second, after) = token::first(rest);
    if second == "-" && !first.ends_with(',') && !first.starts_with('"') {
        return Some(forwarded_in_brackets(first, after).unwrap_or(Head {
            client: first,
            user: after,
            ..Head::default()
        }));
    }
    if first.ends_with(',') || first.starts_with('"') {
        return read_list("", head);
    }
    let is_client = second.ends_with(',') || second.starts_with('"') || address::is_ip(second);
    if is_client || token::first(after).0 == "-" {
        return read_list(first, rest);
    }
    (!after.is_empty()).then_some(Head { client: first, ident: second, user: after, ..Head::default() })
}

/// `client - [list] - user`, as ingress controllers wrote it until 2019 (`log-format-upstream`, `$the_real_ip`).
fn forwarded_in_brackets<'a>(peer: &'a str, after: &'a str) -> Option<Head<'a>> {
    let (list, user) = after.strip_prefix('[')?.split_once("] - ")?;
    let list = (list != peer).then_some(Cow::Borrowed(list));
    Some(Head { client: peer, list, user, ..Head::default() })
}

/// Reads `client[, proxy …][ peer] ident user`, the list perhaps in quotation marks.
fn read_list<'a>(host: &'a str, text: &'a str) -> Option<Head<'a>> {
    let (list, rest) = match quoted::take(text) {
        Some((list, rest)) => (list.raw, rest),
        None => token::list(text),
    };
    let (peer, after) = token::first(rest);
    let (peer, rest) = if address::is_ip(peer) { (Some(peer), after) } else { (None, rest) };
    let (ident, user) = token::first(rest);
    if ident.is_empty() || user.is_empty() {
        return None;
    }
    let client = clients::client(clients::items(list).chain(peer))?;
    let list = match peer {
        Some(peer) => Some(Cow::Owned(format!("{list}, {peer}"))),
        None => list.contains(',').then_some(Cow::Borrowed(list)),
    };
    Some(Head { host, client, list, ident, user })
}

impl<'a> AccessLine<'a> {
    /// Sets all fields but those of the tail. What has no field goes to `free`.
    pub fn set(&self, fields: &mut Fields<'a>, free: &mut FreeFields) {
        fields.set(Field::Timestamp, self.time);
        self.head.set(fields, free);
        request_line::set(self.request, fields);
        set_status(self.status, fields);
        if let Some(bytes) = self.bytes {
            fields.set(Field::HttpResponseBodyBytes, bytes);
        }
        request_line::set_text(Field::HttpRequestReferrer, self.referrer, fields);
        request_line::set_text(Field::UserAgentOriginal, self.agent, fields);
    }
}

impl<'a> Head<'a> {
    fn set(&self, fields: &mut Fields<'a>, free: &mut FreeFields) {
        address::set_source(fields, self.client);
        fields.set_present(Field::UserName, self.user);
        free.add("ident", self.ident);
        if let Some(list) = &self.list {
            fields.set(Field::NginxForwardedFor, list.clone());
        }
        if self.host.is_empty() {
            return;
        }
        let host = host_port::split(self.host);
        let field = if address::is_ip(host.host) { Field::DestinationIp } else { Field::UrlDomain };
        fields.set_present(field, host.host);
        if let Some(port) = host.port {
            fields.set(Field::DestinationPort, u64::from(port));
        }
    }
}

/// What all web requests share.
pub const WEB: Shared = &[
    (Field::EventCategory, Value::Json(Cow::Borrowed("[\"web\"]"))),
    (Field::EventType, Value::Escaped("access")),
];

/// What the error lines of web servers share.
pub const WEB_ERROR: Shared = &[
    (Field::EventCategory, Value::Json(Cow::Borrowed("[\"web\"]"))),
    (Field::EventType, Value::Escaped("error")),
];

/// What their other lines share.
pub const WEB_INFO: Shared = &[
    (Field::EventCategory, Value::Json(Cow::Borrowed("[\"web\"]"))),
    (Field::EventType, Value::Escaped("info")),
];

/// Sets status and outcome (400 and above is a failure).
pub fn set_status(status: Option<u16>, fields: &mut Fields<'_>) {
    if let Some(status) = status {
        fields.set(Field::HttpResponseStatusCode, u64::from(status));
        fields.set(Field::EventOutcome, Value::Escaped(if status >= 400 { "failure" } else { "success" }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn head(text: &str) -> Head<'_> {
        read_head(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn heads_with_and_without_host_list_and_identity() {
        let plain = Head { client: "1.1.1.1", user: "-", ..Head::default() };
        assert_eq!(head("1.1.1.1 - - "), plain);
        assert_eq!(head("1.1.1.1 - jo ann"), Head { user: "jo ann", ..plain.clone() });
        assert_eq!(head("1.1.1.1 bob frank"), Head { ident: "bob", user: "frank", ..plain.clone() });
        let h = head("localhost:443 1.1.1.1 id jo");
        assert_eq!((h.host, h.client, h.ident, h.user), ("localhost:443", "1.1.1.1", "id", "jo"));
        let h = head("h 10.0.0.2, 10.0.0.1 - -");
        assert_eq!((h.host, h.client, h.list.as_deref()), ("h", "10.0.0.2", Some("10.0.0.2, 10.0.0.1")));
        let h = head("\"10.0.0.2, 9.9.9.9\" 10.2.1.185 - -");
        assert_eq!((h.client, h.list.as_deref()), ("9.9.9.9", Some("10.0.0.2, 9.9.9.9, 10.2.1.185")));
        let h = head("1.2.3.4 2a03::8000, 10.0.0.1 10.2.2.121 - -");
        assert_eq!((h.host, h.client), ("1.2.3.4", "2a03::8000"));
        let h = head("h:80 unix: - -");
        assert_eq!((h.host, h.client, h.list), ("h:80", "unix:", None));
        let h = head("1.1.1.1 - [9.9.9.9, 1.1.1.1] - bob");
        assert_eq!((h.client, h.list.as_deref(), h.user), ("1.1.1.1", Some("9.9.9.9, 1.1.1.1"), "bob"));
        for bad in ["", "a", "1.1.1.1 ", "a b"] {
            assert_eq!(read_head(bad), None, "{bad}");
        }
    }

    #[test]
    fn no_more_than_the_common_part_is_needed() {
        let line = read("::1 - - [26/Dec/2016:16:16:48 +0200] \"-\" 408 -", 0).unwrap();
        assert_eq!((line.status, line.bytes, line.tail), (Some(408), None, ""));
        assert!(line.request.is_absent() && line.agent.is_absent());
        let line = read("a - - [26/Dec/2016:16:16:48 +0200] \"GET /\" - 7 \"r\" \"u\" 9 x\r", 0).unwrap();
        assert_eq!((line.referrer.raw, line.agent.raw, line.tail), ("r", "u", "9 x"));
        let line = read("a - - [26/Dec/2016:16:16:48 +0200] \"GET /\" 200 7 12", 0).unwrap();
        assert_eq!((line.agent.raw, line.tail), ("", "12"));
        for bad in [
            "",
            "- - - - - - -",
            "- - - [-] \"-\" - -",
            "a - - [26/Dec/2016:16:16:48 +0200] \"GET / 200 7",
            "a - - [26/Dec/2016:16:16:48 +0200] \"GET /\" 2000 7",
            "a - - [26/Dec/2016:16:16:48 +0200] \"GET /\" 200 x",
            "a - - [26/Dec/2016:16:16:48 +0200] \"GET /\" 200 1 \"r\" \"cut",
        ] {
            assert_eq!(read(bad, 0), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(head in "[0-9a. ,:\"\\[\\]é-]{0,30}", tail in "[0-9a\" \\\\-]{0,30}") {
            let _ = read_head(&head);
            let _ = read(&format!("{head} [26/Dec/2016:16:16:48 +0200] \"{tail}"), 0);
        }
    }
}
