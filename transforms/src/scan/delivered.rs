//! What syslog (RFC 3164) and Heroku's Logplex put before a program's own line:
//!
//! ```text
//! Jul 13 06:25:58 10.1.1.32 app_p [1957]: text
//! 2024-05-06T07:08:09.123456+00:00 heroku[router]: text
//! ```
//! For formats whose lines come that way too.

use super::log_time::{self, Context};
use catchwater_schemas::time::Timestamp;

/// The head's parts, and the line behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivered<'a> {
    /// When it was sent.
    pub time: Timestamp,
    /// Host; empty if none is named.
    pub host: &'a str,
    /// The program.
    pub program: &'a str,
    /// What stands in brackets: a process id, a dyno.
    pub process: &'a str,
    /// The program's line.
    pub rest: &'a str,
}

/// Longest head, in bytes.
const MOST_HEAD: usize = 160;

/// Cuts the head off; `None`: there is none.
pub fn read(line: &str, context: Context) -> Option<Delivered<'_>> {
    let (time, rest) = log_time::read(line, context)?;
    let head = &rest[..rest.floor_char_boundary(MOST_HEAD)];
    let end = head.find("]: ")?;
    let (source, process) = head[..end].rsplit_once('[')?;
    let mut words = source.split_ascii_whitespace();
    let (first, second) = (words.next()?, words.next());
    if words.next().is_some() || process.contains(' ') {
        return None;
    }
    let (host, program) = second.map_or(("", first), |second| (first, second));
    Some(Delivered { time, host, program, process, rest: &rest[end + 3..] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn context() -> Context {
        Context { zone_seconds: 0, near: Timestamp::from_seconds(1_600_000_000).unwrap_or_default() }
    }

    #[test]
    fn of_syslog_and_logplex() {
        let read = super::read("Jul 13 06:25:58 10.1.1.32 app_p [1957]: a [b]: c", context()).unwrap();
        assert_eq!(
            (read.host, read.program, read.process, read.rest),
            ("10.1.1.32", "app_p", "1957", "a [b]: c")
        );
        let read = super::read("2024-05-06T07:08:09.5+00:00 heroku[router]: at=info", context()).unwrap();
        assert_eq!((read.host, read.program, read.process, read.rest), ("", "heroku", "router", "at=info"));
        assert_eq!(read.time.to_string(), "2024-05-06T07:08:09.500Z");
        for none in ["", "Jul 13 06:25:58 a b c d[1]: x", "Jul 13 06:25:58 a: x", "Jul 13 06:25:58 [1]: x"] {
            assert_eq!(super::read(none, context()), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(tail in "[a \\[\\]:é1]{0,40}") {
            let _ = read(&format!("Jul 13 06:25:58 {tail}"), context());
        }
    }
}
