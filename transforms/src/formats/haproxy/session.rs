//! The line of one session, of `option tcplog`, `option httplog` and `option httpslog`
//! (<https://docs.haproxy.org/3.0/configuration.html#8.2>; of 1.1 and 1.2: `doc/haproxy-en.txt` of that version):
//!
//! | written by | line |
//! |---|---|
//! | TCP | `client:port [date] frontend backend/server Tw/Tc/Tt bytes ts conns queues` |
//! | HTTP | `client:port [date] frontend backend/server TR/Tw/Tc/Tr/Ta status bytes cc cs tsc conns queues {h} {h} "request"` |
//! | HTTPS | as HTTP, then `fc_err/ssl_fc_err/ssl_c_err/ssl_c_ca_err/resumed sni/version/cipher` |
//! | 1.1, 1.2 | a server without backend, 4 timers without `Tw`, fewer connections, no queues |
//! | error | `client:port [date] frontend/bind: message` |

use crate::scan::{clf_time, decimal, host_port, token};
use catchwater_schemas::time::Timestamp;

/// The line's parts. Texts are as they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session<'a> {
    /// Client's address or socket.
    pub client: &'a str,
    /// Its port.
    pub port: Option<u16>,
    /// When the connection was accepted, or the request came (since 1.7).
    pub time: Timestamp,
    /// Frontend.
    pub frontend: &'a str,
    /// What the frontend did.
    pub rest: Rest<'a>,
}

/// What stands behind the frontend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest<'a> {
    /// A session or request.
    Served(Served<'a>),
    /// The bind's name, and why the connection failed.
    Failed(&'a str, &'a str),
    /// What a `log-format` of its own wrote.
    Other(&'a str),
}

/// A session or request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Served<'a> {
    /// Backend; empty in 1.1 and 1.2.
    pub backend: &'a str,
    /// Server.
    pub server: &'a str,
    /// Timers in milliseconds: request, queue, connection, response, total; `None` where it did not come to it (`-1`).
    pub timers: [Option<u64>; 5],
    /// Status and cookies, of HTTP.
    pub http: Option<Http<'a>>,
    /// Bytes sent to the client.
    pub bytes: Option<u64>,
    /// How it ended.
    pub termination: &'a str,
    /// `actconn/feconn/beconn/srv_conn/retries`, or its beginning.
    pub connections: &'a str,
    /// `srv_queue/backend_queue`.
    pub queues: &'a str,
    /// What follows.
    pub tail: &'a str,
}

/// What only HTTP has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Http<'a> {
    /// Status; `None` for `-1`.
    pub status: Option<u16>,
    /// Captured cookie of the request.
    pub request_cookie: &'a str,
    /// Captured cookie of the response.
    pub response_cookie: &'a str,
}

/// Reads a line without syslog's header.
pub fn read(line: &str, zone_seconds: i32) -> Option<Session<'_>> {
    let (client, rest) = token::first(line);
    let (client, port) = match host_port::split_with_port(client) {
        // `unix:1`: the socket's number is no port.
        _ if client.starts_with("unix:") => (client, None),
        Some((host, port)) => (host, Some(port)),
        None => return None,
    };
    let (time, rest) = rest.strip_prefix('[')?.split_once("] ")?;
    let time = clf_time::parse(time, zone_seconds)?;
    let (frontend, rest) = token::first(rest);
    let (name, rest) = match frontend.strip_suffix(':').and_then(|f| f.rsplit_once('/')) {
        Some((name, bind)) => (name, Rest::Failed(bind, rest)),
        None => (frontend, served(rest).map_or(Rest::Other(rest), Rest::Served)),
    };
    let frontend = name.trim_end_matches('~');
    (!frontend.is_empty()).then_some(Session { client, port, time, frontend, rest })
}

fn served(text: &str) -> Option<Served<'_>> {
    let (target, rest) = token::first(text);
    let (backend, server) = target.split_once('/').unwrap_or(("", target));
    // Names of proxies and servers hold no other marks (`invalid_char` of HAProxy's configuration).
    let is_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':' | b'<' | b'>');
    if server.is_empty() || !target.bytes().all(|b| is_name(b) || b == b'/') || server.contains('/') {
        return None;
    }
    let (numbers, rest) = token::first(rest);
    let mut timers = [None; 5];
    let count = numbers.split('/').count();
    // Which of the five they are: TCP has no request and no response, 1.1 no queue.
    let places: &[usize] = match count {
        2 => &[2, 4],
        3 => &[1, 2, 4],
        4 => &[0, 2, 3, 4],
        5 => &[0, 1, 2, 3, 4],
        _ => return None,
    };
    for (place, number) in places.iter().zip(numbers.split('/')) {
        timers[*place] = timer(number)?;
    }
    let mut read = Served { backend, server, timers, ..Served::default() };
    let rest = if count >= 4 {
        let (status, rest) = token::first(rest);
        let status = match timer(status)? {
            Some(status) => Some(u16::try_from(status).ok().filter(|s| (100..1000).contains(s))?),
            None => None,
        };
        let (bytes, rest) = token::first(rest);
        read.bytes = timer(bytes)?;
        let (request_cookie, rest) = token::first(rest);
        let (response_cookie, rest) = token::first(rest);
        read.http = Some(Http { status, request_cookie, response_cookie });
        rest
    } else {
        let (bytes, rest) = token::first(rest);
        read.bytes = timer(bytes)?;
        rest
    };
    let (termination, rest) = token::first(rest);
    let (connections, rest) = token::first(rest);
    let is_state = |b: u8| b.is_ascii_alphabetic() || b == b'-';
    if !matches!(termination.len(), 2 | 4) || !termination.bytes().all(is_state) || !is_counts(connections) {
        return None;
    }
    let (queues, after) = token::first(rest);
    let (queues, tail) = if is_counts(queues) { (queues, after) } else { ("", rest) };
    Some(Served { termination, connections, queues, tail, ..read })
}

/// The outer option: is it a number? The inner: is it known? A `+` says that the session went on (`option logasap`).
fn timer(text: &str) -> Option<Option<u64>> {
    if text == "-1" {
        return Some(None);
    }
    decimal::unsigned(text.strip_prefix('+').unwrap_or(text)).map(Some)
}

/// `1/1/1/1/+0`.
fn is_counts(text: &str) -> bool {
    (2..=5).contains(&text.split('/').count())
        && text.split('/').all(|number| timer(number).is_some_and(|n| n.is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served_of(line: &str) -> Served<'_> {
        match read(line, 0).unwrap_or_else(|| panic!("{line}")).rest {
            Rest::Served(served) => served,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_version() {
        let s = served_of(
            "10.0.0.1:1 [15/Oct/2003:08:32:17] fe Srv1 9/7/14/30 502 243 - - PH-- 2/3 \"GET / HTTP/1.0\"",
        );
        assert_eq!((s.backend, s.server, s.queues), ("", "Srv1", ""));
        assert_eq!(s.timers, [Some(9), None, Some(7), Some(14), Some(30)]);
        assert_eq!(s.tail, "\"GET / HTTP/1.0\"");
        let s = served_of(
            "10.0.0.1:1 [15/Oct/2003:08:32:17.103] fe fe/<NOSRV> -1/-1/-1/-1/+50001 -1 +2750 - - cR-- 2/2/2/0/+2 0/0 \"\"",
        );
        assert_eq!((s.timers, s.bytes), ([None, None, None, None, Some(50001)], Some(2750)));
        assert_eq!(s.http.map(|h| h.status), Some(None));
        let s = served_of("::1:1 [15/Oct/2003:08:32:17.103] fe be/s 1/0/5007 212 -- 1/1/1/1/0 0/0");
        assert_eq!((s.timers, s.http), ([None, Some(1), Some(0), None, Some(5007)], None));
        let s = served_of("10.0.0.1:1 [15/Oct/2003:08:32:17] fe Srv1 0/5007 0 -- 1/1");
        assert_eq!((s.timers[2], s.timers[4], s.connections), (Some(0), Some(5007), "1/1"));
    }

    #[test]
    fn failures_own_formats_and_what_is_none() {
        let line = "unix:1 [03/Dec/2012:17:35:10.380] frt/f1: Connection error during SSL handshake";
        let session = read(line, 0).unwrap();
        assert_eq!((session.client, session.frontend), ("unix:1", "frt"));
        assert_eq!(session.rest, Rest::Failed("f1", "Connection error during SSL handshake"));
        let own = read("10.0.0.1:1 [03/Dec/2012:17:35:10.380] fe~ 0/0/0 x/TLSv1.3", 0).unwrap();
        assert_eq!(own.rest, Rest::Other("0/0/0 x/TLSv1.3"));
        for bad in [
            "",
            "10.0.0.1:1",
            "10.0.0.1 [03/Dec/2012:17:35:10] x",
            "a:1 [x] y",
            "10.0.0.1:1 [03/Dec/2012:17:35:10] ",
        ] {
            assert_eq!(read(bad, 0), None, "{bad}");
        }
    }
}
