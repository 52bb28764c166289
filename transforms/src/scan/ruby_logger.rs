//! What Ruby's `Logger` puts before a message, as Rails' and other programs write it
//! (<https://docs.ruby-lang.org/en/master/Logger/Formatter.html>):
//! `I, [2022-05-07T17:50:59.085023 #2716541]  INFO -- progname: message`. Before Ruby 3 a `#` stood without the space.

use super::decimal;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Fields;
use catchwater_schemas::time::Timestamp;

/// A message and what stands before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Logged<'a> {
    /// `INFO`.
    pub level: Option<&'a str>,
    /// When it was written.
    pub time: Option<Timestamp>,
    /// The process.
    pub pid: Option<u64>,
    /// Name of the program that the logger was given.
    pub program: Option<&'a str>,
    /// The message itself.
    pub message: &'a str,
}

/// Reads a line; without such a beginning the whole line is the message. Times are in the zone of the route: none is written.
pub fn read(line: &str, zone_seconds: i32) -> Logged<'_> {
    prefixed(line, zone_seconds).unwrap_or(Logged { message: line, ..Logged::default() })
}

fn prefixed(line: &str, zone_seconds: i32) -> Option<Logged<'_>> {
    let (letter, rest) = line.split_once(", [")?;
    let (place, rest) = rest.split_once("] ")?;
    let (time, pid) = place.split_once('#')?;
    let (level, rest) = rest.trim_start_matches(' ').split_once(" -- ")?;
    let known = matches!(level, "DEBUG" | "INFO" | "WARN" | "ERROR" | "FATAL" | "ANY");
    if !known || letter.len() != 1 || !level.starts_with(letter) {
        return None;
    }
    let (program, message) = match rest.strip_prefix(": ") {
        Some(message) => ("", message),
        None => rest.split_once(": ").or_else(|| rest.strip_suffix(':').map(|program| (program, "")))?,
    };
    Some(Logged {
        level: Some(level),
        time: Some(Timestamp::parse_rfc3339(time.trim_end(), zone_seconds)?),
        pid: decimal::unsigned(pid).filter(|pid| i64::try_from(*pid).is_ok()),
        program: Some(program).filter(|p| !p.is_empty()),
        message,
    })
}

impl<'a> Logged<'a> {
    /// Sets all but the message.
    pub fn set(&self, fields: &mut Fields<'a>) {
        if let Some(time) = self.time {
            fields.set(Field::Timestamp, time);
        }
        if let Some(pid) = self.pid {
            fields.set(Field::ProcessPid, pid);
        }
        for (field, text) in [(Field::LogLevel, self.level), (Field::LogLogger, self.program)] {
            if let Some(text) = text {
                fields.set(field, text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_ways_and_none() {
        let logged = read("W, [2022-05-07T17:50:59.085023 #27]  WARN -- : a: b", 3600);
        assert_eq!(
            (logged.level, logged.pid, logged.program, logged.message),
            (Some("WARN"), Some(27), None, "a: b")
        );
        assert_eq!(logged.time.unwrap().to_string(), "2022-05-07T16:50:59.085023Z");
        let logged = read("E, [2018-01-02T03:04:05.678901 #1] ERROR -- robot: x", 0);
        assert_eq!((logged.program, logged.message), (Some("robot"), "x"));
        for bare in [
            "",
            "x",
            "I, [x #1]  INFO -- : y",
            "E, [2018-01-02T03:04:05 #1]  INFO -- : y",
            "I, [2018-01-02T03:04:05 #1]  INFO x",
        ] {
            assert_eq!(read(bare, 0), Logged { message: bare, ..Logged::default() }, "{bare}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(line in "(I, |é, )(\\[2022-05-07T17:50:59\\.085023 #27\\]|\\[)( {1,2}INFO|) -- [: é#x]{0,10}") {
            prop_assert!(line.ends_with(read(&line, 0).message));
        }
    }
}
