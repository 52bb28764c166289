//! A time at the front of a line, in one of the layouts that loggers write; what follows is given back.
//!
//! | layout | who writes it |
//! |---|---|
//! | `2021-04-01T12:02:31.123Z`, `2021-04-01 12:02:31,123 +0200`, `2021-04-01 12:02:31.123 CET` | most; the zone's name as PostgreSQL has it |
//! | `2021/04/01 13:02:31` | nginx's error log, Go |
//! | `31-Jul-2020 16:40:38.505` | Tomcat, BIND |
//! | `Dec 30, 2020 11:30:40 AM` | `java.util.logging` |
//! | `Thu Feb 07 12:02:42.123456 2020`, `Thu Feb  7 12:02:42 2020` | httpd's error log, `ctime` |
//! | `Thu Feb 25 16:15:18 -0800 2010` | old Ruby |
//! | `17/06/09 20:10:40` | Spark: year, month, day |
//! | `Oct 11 22:14:15`, `Oct  1 22:14:15`, `Oct 11 2020 22:14:15`, `11 août 22:14:15` | syslog (RFC 3164, 4.1.2); a year may follow |
//! | `2020 Oct 11 22:14:15` | Cisco NX-OS |
//! | `131113  1:23:45` | MySQL before 5.7 |
//! | `1577836800.123` | seconds since the epoch |

use super::{decimal, month, zone};
use catchwater_schemas::time::{Civil, Timestamp, digits, fraction_nanos};

/// How times that leave something out are completed.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// Zone of times that have none, seconds east of UTC.
    pub zone_seconds: i32,
    /// The log event's own time: a line without year is of the year that brings it nearest to this.
    pub near: Timestamp,
}

/// Reads a time at the front of the text; `None` if none stands there. What follows begins with the character behind the
/// time, its zone included.
pub fn read(text: &str, context: Context) -> Option<(Timestamp, &str)> {
    let mut reader = Reader { rest: text };
    let first = *text.as_bytes().first()?;
    let time = if first.is_ascii_digit() { reader.numeric(context) } else { reader.worded(context) }?;
    Some((time, reader.rest))
}

/// The instant of a date and time without year: the year is the one that brings it nearest to `near`.
pub fn nearest_year(civil: Civil, near: Timestamp) -> Option<Timestamp> {
    let year = near.civil().year;
    let candidates = [year - 1, year, year + 1].map(|year| Timestamp::from_civil(Civil { year, ..civil }));
    candidates.into_iter().flatten().min_by_key(|time| time.nanos().abs_diff(near.nanos()))
}

/// Takes pieces off the front of a text.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    /// A number of so many digits at most, and at least one.
    fn number(&mut self, most: usize) -> Option<(u32, usize)> {
        let len = self.rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
        let value = decimal::unsigned(&self.rest[..len])?;
        self.rest = &self.rest[len..];
        Some((u32::try_from(value).ok()?, len))
    }

    fn two(&mut self) -> Option<u8> {
        self.number(2).map(|(value, _)| value as u8)
    }

    fn year(&mut self) -> Option<i32> {
        self.number(4).filter(|(_, len)| *len == 4).map(|(year, _)| year as i32)
    }

    fn skip(&mut self, what: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(what)?;
        Some(())
    }

    fn spaces(&mut self) -> Option<()> {
        let trimmed = self.rest.trim_start_matches(' ');
        let moved = trimmed.len() < self.rest.len();
        self.rest = trimmed;
        moved.then_some(())
    }

    /// A word of letters, also those beyond ASCII.
    fn word(&mut self) -> Option<&'a str> {
        let end = self.rest.find(|c: char| !c.is_alphabetic()).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }

    fn month(&mut self) -> Option<u8> {
        let month = month::number(self.word()?)?;
        let _ = self.skip(".");
        Some(month)
    }

    /// `12:02:31`, perhaps with a fraction.
    fn clock(&mut self, civil: &mut Civil) -> Option<()> {
        civil.hour = self.two()?;
        self.skip(":")?;
        civil.minute = self.two()?;
        self.skip(":")?;
        civil.second = self.two()?;
        if let [b'.' | b',', tail @ ..] = self.rest.as_bytes() {
            let len = tail.iter().take_while(|c| c.is_ascii_digit()).count();
            if len > 0 {
                civil.nanosecond = fraction_nanos(&tail[..len])?;
                self.rest = &self.rest[1 + len..];
            }
        }
        Some(())
    }

    /// `AM` or `PM` behind a clock of twelve hours.
    fn half_of_day(&mut self, civil: &mut Civil) -> Option<()> {
        let half = self.rest.get(..3).filter(|_| (1..=12).contains(&civil.hour));
        let afternoon = match half {
            Some(" AM") => 0,
            Some(" PM") => 12,
            _ => return Some(()),
        };
        civil.hour = civil.hour % 12 + afternoon;
        self.rest = &self.rest[3..];
        Some(())
    }

    /// A zone, with a space before it or not; none moves nothing.
    fn zone(&mut self, context: Context) -> i32 {
        let start = self.rest.strip_prefix(' ').unwrap_or(self.rest);
        let ends = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | ':'));
        let end = start.find(ends).unwrap_or(start.len());
        // `12:00:00 +0200: text` and `12:00:00Z: text`.
        let word = start[..end].trim_end_matches(':');
        // A name may be the first word of a message, so that it must stand as a word of its own.
        let glued = start.len() == self.rest.len();
        let named = if glued { None } else { zone::named(word) };
        match catchwater_schemas::time::parse_offset(word.as_bytes()).or(named) {
            Some(seconds) => {
                self.rest = &start[word.len()..];
                seconds
            }
            None => context.zone_seconds,
        }
    }

    fn numeric(&mut self, context: Context) -> Option<Timestamp> {
        let mut civil = Civil::default();
        let (first, len) = self.number(10)?;
        match (len, self.rest.as_bytes().first()?) {
            (4, separator @ (b'-' | b'/')) => {
                let separator = if *separator == b'-' { "-" } else { "/" };
                self.skip(separator)?;
                (civil.year, civil.month) = (first as i32, self.two()?);
                self.skip(separator)?;
                civil.day = self.two()?;
                self.skip("T").or_else(|| self.skip("t")).or_else(|| self.spaces())?;
            }
            (2, b'/') => {
                self.skip("/")?;
                (civil.year, civil.month) = (2000 + first as i32, self.two()?);
                self.skip("/")?;
                civil.day = self.two()?;
                self.spaces()?;
            }
            (1 | 2, b'-') => {
                self.skip("-")?;
                (civil.day, civil.month) = (first as u8, self.month()?);
                self.skip("-")?;
                civil.year = self.year()?;
                self.spaces()?;
            }
            (4, b' ') => {
                self.spaces()?;
                (civil.year, civil.month) = (first as i32, self.month()?);
                self.spaces()?;
                civil.day = self.two()?;
                self.spaces()?;
            }
            (6, b' ') => {
                (civil.year, civil.month, civil.day) =
                    (2000 + (first / 10_000) as i32, (first / 100 % 100) as u8, (first % 100) as u8);
                self.spaces()?;
            }
            (1 | 2, b' ') => {
                self.spaces()?;
                (civil.day, civil.month) = (first as u8, self.month()?);
                self.spaces()?;
                return self.without_year(civil, context);
            }
            (9 | 10, b'.') => return self.epoch(first),
            _ => return None,
        }
        self.clock(&mut civil)?;
        self.half_of_day(&mut civil)?;
        civil.offset_seconds = self.zone(context);
        Timestamp::from_civil(civil)
    }

    fn epoch(&mut self, seconds: u32) -> Option<Timestamp> {
        let len = self.rest[1..].bytes().take_while(u8::is_ascii_digit).count();
        let nanos = fraction_nanos(self.rest.get(1..1 + len)?.as_bytes())?;
        self.rest = &self.rest[1 + len..];
        Some(Timestamp::from_nanos(i64::from(seconds) * 1_000_000_000 + i64::from(nanos)))
    }

    fn worded(&mut self, context: Context) -> Option<Timestamp> {
        let mut civil = Civil::default();
        let before = self.rest;
        // A weekday may stand first; it says nothing that the date does not.
        if self.month().is_none() {
            self.rest = before;
            self.word()?;
            let _ = self.skip(",");
            self.spaces()?;
            civil.month = self.month()?;
        } else {
            let after = self.rest;
            self.rest = before;
            civil.month = self.month()?;
            self.rest = after;
        }
        self.spaces()?;
        civil.day = self.two()?;
        if self.skip(",").is_some() {
            self.spaces()?;
            civil.year = self.year()?;
            self.spaces()?;
            self.clock(&mut civil)?;
            self.half_of_day(&mut civil)?;
            civil.offset_seconds = self.zone(context);
            return Timestamp::from_civil(civil);
        }
        self.spaces()?;
        self.without_year(civil, context)
    }

    /// A clock with a year before it, behind it or nowhere.
    fn without_year(&mut self, mut civil: Civil, context: Context) -> Option<Timestamp> {
        let before = self.rest;
        let first_year = self.year().filter(|_| self.spaces().is_some());
        if first_year.is_none() {
            self.rest = before;
        }
        self.clock(&mut civil)?;
        let year = first_year.or_else(|| self.year_behind());
        civil.offset_seconds = self.zone(context);
        // `22:14:15 CST 1987`, as `date` writes it.
        match year.or_else(|| self.year_behind()) {
            Some(year) => Timestamp::from_civil(Civil { year, ..civil }),
            None => nearest_year(civil, context.near),
        }
    }

    /// ` 2020`, as a whole word.
    fn year_behind(&mut self) -> Option<i32> {
        let word = self.rest.strip_prefix(' ')?;
        let len = word.bytes().take_while(u8::is_ascii_digit).count();
        let ends = word.as_bytes().get(len).is_none_or(|c| matches!(c, b' ' | b']' | b','));
        let year =
            digits(&word.as_bytes()[..len]).filter(|year| len == 4 && ends && (1970..2262).contains(year))?;
        self.rest = &word[4..];
        Some(year as i32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn context() -> Context {
        Context { zone_seconds: 3600, near: Timestamp::from_seconds(1_600_000_000).unwrap() }
    }

    #[test]
    fn reads_each_layout_and_gives_the_rest_back() {
        for (text, time, rest) in [
            ("2021-04-01T12:02:31.5Z x", "2021-04-01T12:02:31.500Z", " x"),
            ("2021-04-01 12:02:31,123 +0200: x", "2021-04-01T10:02:31.123Z", ": x"),
            ("2021-04-01 12:02:31.123 PDT [1]", "2021-04-01T19:02:31.123Z", " [1]"),
            ("2021-04-01 12:02:31 INFO x", "2021-04-01T11:02:31.000Z", " INFO x"),
            ("2021/04/01 13:02:31 [error]", "2021-04-01T12:02:31.000Z", " [error]"),
            ("31-Jul-2020 16:40:38.505 INFO", "2020-07-31T15:40:38.505Z", " INFO"),
            ("Dec 30, 2020 12:30:40 AM org", "2020-12-29T23:30:40.000Z", " org"),
            ("Dec 30, 2020 1:30:40 PM", "2020-12-30T12:30:40.000Z", ""),
            ("Thu Feb 07 12:02:42.123456 2019] x", "2019-02-07T11:02:42.123456Z", "] x"),
            ("17/06/09 20:10:40 INFO", "2017-06-09T19:10:40.000Z", " INFO"),
            ("Oct  1 22:14:15 host", "2020-10-01T21:14:15.000Z", " host"),
            ("2019 Oct  1 22:14:15.5 UTC: x", "2019-10-01T22:14:15.500Z", ": x"),
            ("Oct 11 2019 22:14:15 UTC host", "2019-10-11T22:14:15.000Z", " host"),
            ("Thu Feb 25 16:15:18 -0800 2010", "2010-02-26T00:15:18.000Z", ""),
            ("Aug 24 05:34:00 CST 1987 host", "1987-08-24T11:34:00.000Z", " host"),
            ("11 août 22:14:15 host", "2020-08-11T21:14:15.000Z", " host"),
            ("Jun 30 23:59:60 x", "2020-06-30T22:59:59.000Z", " x"),
            ("131113  1:23:45 x", "2013-11-13T00:23:45.000Z", " x"),
            ("1577836800.25 x", "2020-01-01T00:00:00.250Z", " x"),
        ] {
            let (found, left) = read(text, context()).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((found.to_string().as_str(), left), (time, rest), "{text}");
        }
        for none in [
            "",
            "x",
            "2021-13-01 12:02:31",
            "Oct 41 22:14:15",
            "12",
            "2021-04-01",
            "Foo 1 22:14:15",
            "Oct 11",
        ] {
            assert_eq!(read(none, context()), None, "{none}");
        }
    }

    #[test]
    fn a_line_without_year_is_of_the_nearest() {
        let january = Timestamp::parse_rfc3339("2021-01-02T00:00:00Z", 0).unwrap();
        let at = Context { zone_seconds: 0, near: january };
        assert_eq!(read("Dec 31 23:00:00", at).unwrap().0.to_string(), "2020-12-31T23:00:00.000Z");
        assert_eq!(read("Jan  3 00:00:00", at).unwrap().0.to_string(), "2021-01-03T00:00:00.000Z");
        // The 29th of February is only in a leap year.
        assert_eq!(read("Feb 29 00:00:00", at).unwrap().0.to_string(), "2020-02-29T00:00:00.000Z");
    }

    proptest! {
        #[test]
        fn never_panics_and_gives_back_the_end(text in "([A-Z][a-z]{2} |[0-9]{1,4}[-/ ]|août ){0,4}[0-9:., TZ+é-]{0,30}") {
            if let Some((_, rest)) = read(&text, context()) {
                prop_assert!(text.ends_with(rest));
            }
        }

        #[test]
        fn any_text(text in "\\PC{0,40}") {
            let _ = read(&text, context());
        }
    }
}
