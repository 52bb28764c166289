//! What syslog puts before HAProxy's line: `<134>Jul 30 09:03:52 localhost haproxy[32450]: `, any of it or nothing
//! (RFC 3164; without a host where `log-send-hostname` is not set), or the header of RFC 5424 (`log … format rfc5424`).

use crate::scan::log_time::{self, Context};
use crate::scan::{decimal, token};
use catchwater_schemas::time::Timestamp;

/// The header's parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header<'a> {
    /// When syslog took the line.
    pub time: Option<Timestamp>,
    /// Host; empty if there is none.
    pub host: &'a str,
    /// Program, HAProxy's `log-tag`; empty if there is none.
    pub program: &'a str,
    /// Process.
    pub pid: Option<u64>,
    /// HAProxy's own line.
    pub rest: &'a str,
}

impl<'a> Header<'a> {
    /// Reads a line; one without header is all rest.
    pub fn read(line: &'a str, context: Context) -> Self {
        let text = priority(line).unwrap_or(line);
        if let Some(header) = text.strip_prefix("1 ").filter(|_| text.len() < line.len()) {
            return rfc5424(header, context).unwrap_or(Header { rest: line, ..Header::default() });
        }
        let (time, text) = match log_time::read(text, context) {
            Some((time, rest)) => (Some(time), rest.trim_start_matches(' ')),
            None => (None, text),
        };
        let (first, after) = token::first(text);
        let (host, tag, rest) = match (read_tag(first), time) {
            (Some(tag), _) => ("", tag, after),
            (None, Some(_)) => {
                let (second, after) = token::first(after);
                match read_tag(second) {
                    Some(tag) => (first, tag, after),
                    None => return Header { rest: line, ..Header::default() },
                }
            }
            (None, None) => return Header { rest: line, ..Header::default() },
        };
        Header { time, host, program: tag.0, pid: tag.1, rest: rest.trim_start_matches(' ') }
    }

    /// Does it say that HAProxy wrote the line?
    pub fn names_haproxy(&self) -> bool {
        self.program.starts_with("haproxy")
    }
}

fn priority(line: &str) -> Option<&str> {
    let (digits, rest) = line.strip_prefix('<')?.split_once('>')?;
    (digits.len() <= 3 && decimal::unsigned(digits)? < 192).then_some(rest)
}

/// `haproxy[32450]:` or `haproxy:`.
fn read_tag(word: &str) -> Option<(&str, Option<u64>)> {
    let tag = word.strip_suffix(':')?;
    let (name, pid) = match tag.strip_suffix(']').and_then(|tag| tag.split_once('[')) {
        Some((name, pid)) => (name, Some(decimal::unsigned(pid)?)),
        None => (tag, None),
    };
    let is_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/');
    (name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.bytes().all(is_name)).then_some((name, pid))
}

/// `2024-02-29T23:59:59.123+00:00 lb1 haproxy 674 - - ` behind the version.
fn rfc5424(text: &str, context: Context) -> Option<Header<'_>> {
    let (time, rest) = log_time::read(text, context)?;
    let (host, rest) = token::first(rest.strip_prefix(' ')?);
    let (program, rest) = token::first(rest);
    let (pid, rest) = token::first(rest);
    let (_, rest) = token::first(rest);
    // HAProxy writes structured data only where `log-format-sd` says so.
    let rest = match rest.strip_prefix("- ") {
        Some(rest) => rest,
        None => rest.strip_prefix('[')?.split_once("] ")?.1,
    };
    let host = if host == "-" { "" } else { host };
    Some(Header { time: Some(time), host, program, pid: decimal::unsigned(pid), rest })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_may_be_missing() {
        let context = Context { zone_seconds: 0, near: Timestamp::from_seconds(1_600_000_000).unwrap() };
        for (line, host, program, pid, rest) in [
            ("Jul 30 09:03:52 lb haproxy[32]: x y", "lb", "haproxy", Some(32), "x y"),
            ("<134>Jul  3 09:03:52 haproxy[32]: x", "", "haproxy", Some(32), "x"),
            ("2024-02-29T23:59:59+01:00 lb haproxy: x", "lb", "haproxy", None, "x"),
            ("haproxy[674]: x", "", "haproxy", Some(674), "x"),
            ("<134>1 2024-02-29T23:59:59Z lb haproxy 7 - - x", "lb", "haproxy", Some(7), "x"),
            ("<134>1 2024-02-29T23:59:59Z - edge 7 - [a b=\"c\"] x", "", "edge", Some(7), "x"),
            ("1.2.3.4:5 [x", "", "", None, "1.2.3.4:5 [x"),
            ("Jul 30 09:03:52 lb x", "", "", None, "Jul 30 09:03:52 lb x"),
            ("<999>x", "", "", None, "<999>x"),
        ] {
            let header = Header::read(line, context);
            assert_eq!(
                (header.host, header.program, header.pid, header.rest),
                (host, program, pid, rest),
                "{line}"
            );
        }
    }
}
