//! Times as PostgreSQL writes them: `2021-01-04 00:37:32.862 UTC`, with a zone's name or, for zones that have none, an
//! offset (`-03`), glued to whatever the prefix puts behind it; and `%n`, the epoch with milliseconds.

use crate::scan::{decimal, zone};
use catchwater_schemas::time::{Timestamp, parse_offset};

/// A time at the front of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Read<'a> {
    pub time: Timestamp,
    /// It named its zone.
    pub zoned: bool,
    pub rest: &'a str,
}

/// Longest name of a zone.
const MOST_NAME: usize = 6;

/// Reads a time with a date; one whose zone is not named, or by a name that stands for no one offset, is of the route's.
pub(super) fn date_time(text: &str, zone_seconds: i32) -> Option<Read<'_>> {
    let bytes = text.as_bytes();
    let mut end = 19;
    if bytes.get(end) == Some(&b'.') {
        end += 1 + bytes[end + 1..].iter().take_while(|c| c.is_ascii_digit()).count();
    }
    let (clock, rest) = (text.get(..end)?, text.get(end..)?);
    let Some((name, rest)) = rest.strip_prefix(' ').and_then(zone_name) else {
        let time = Timestamp::parse_rfc3339(clock, zone_seconds)?;
        return Some(Read { time, zoned: false, rest });
    };
    let seconds = zone::named(name).or_else(|| parse_offset(name.as_bytes())).unwrap_or(zone_seconds);
    Some(Read { time: Timestamp::parse_rfc3339(clock, seconds)?, zoned: true, rest })
}

/// A zone's name or offset at the front. A severity may stand there too (`%t` without zone): it is none.
fn zone_name(text: &str) -> Option<(&str, &str)> {
    let bytes = text.as_bytes();
    let end = match bytes.first()? {
        b'+' | b'-' => 1 + bytes[1..].iter().take_while(|c| c.is_ascii_digit() || **c == b':').count(),
        _ => bytes.iter().take_while(|c| c.is_ascii_alphabetic()).count(),
    };
    let (name, rest) = text.split_at(end);
    let name = name.trim_end_matches(':');
    let valid = (2..=MOST_NAME).contains(&name.len()) && super::severity::at_front(text).is_none();
    let zone = name.bytes().all(|c| !c.is_ascii_lowercase()).then_some(name);
    zone.filter(|_| valid).map(|name| (name, &text[text.len() - rest.len() - (end - name.len())..]))
}

/// Reads `1510258541.402`, or without the point as some write it.
pub(super) fn epoch(text: &str) -> Option<Read<'_>> {
    let len = text.bytes().take(20).take_while(|c| c.is_ascii_digit() || *c == b'.').count();
    let (digits, rest) = text.split_at(len);
    let millis = match digits.split_once('.') {
        Some((seconds, fraction)) if fraction.len() == 3 && seconds.len() <= 11 => {
            decimal::unsigned(seconds)?.checked_mul(1_000)?.checked_add(decimal::unsigned(fraction)?)?
        }
        None if digits.len() == 13 => decimal::unsigned(digits)?,
        None if digits.len() == 10 => decimal::unsigned(digits)?.checked_mul(1_000)?,
        _ => return None,
    };
    let time = Timestamp::from_millis(i64::try_from(millis).ok()?)?;
    Some(Read { time, zoned: true, rest })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_by_name_and_offset() {
        for (text, time, zoned, rest) in [
            ("2017-04-03 22:32:14.322 CEST [1]", "2017-04-03T20:32:14.322Z", true, " [1]"),
            ("2021-05-27 17:00:00 UTC:10.1.91.65:u", "2021-05-27T17:00:00.000Z", true, ":10.1.91.65:u"),
            ("2021-05-27 17:00:00.001 -03 [1]", "2021-05-27T20:00:00.001Z", true, " [1]"),
            ("2021-05-27 17:00:00 +0530:x", "2021-05-27T11:30:00.000Z", true, ":x"),
            ("2021-05-27 17:00:00 UTC-5ec2.1-LOG", "2021-05-27T17:00:00.000Z", true, "-5ec2.1-LOG"),
            ("2021-05-27 17:00:00 XYZT [1]", "2021-05-27T16:00:00.000Z", true, " [1]"),
            ("2021-05-27 17:00:00 LOG:  x", "2021-05-27T16:00:00.000Z", false, " LOG:  x"),
            ("2021-05-27 17:00:00", "2021-05-27T16:00:00.000Z", false, ""),
        ] {
            let read = date_time(text, 3600).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(
                (read.time.to_string().as_str(), read.zoned, read.rest),
                (time, zoned, rest),
                "{text}"
            );
        }
        for none in ["", "2021-05-27", "2021-05-27T17", "2021-99-27 17:00:00 UTC", "2021-05-27 17:00:0é UTC"]
        {
            assert_eq!(date_time(none, 0), None, "{none}");
        }
        let time = Timestamp::from_millis(1_510_258_541_402).unwrap();
        for (text, rest) in [("1510258541402 [1]", " [1]"), ("1510258541.402:x", ":x")] {
            assert_eq!(epoch(text), Some(Read { time, zoned: true, rest }));
        }
        assert_eq!(epoch("15102.x"), None);
    }
}
