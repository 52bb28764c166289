//! The one instant type: nanoseconds since 1970-01-01T00:00:00Z, and its RFC 3339 text.

use std::fmt;

/// An instant in UTC, nanoseconds since the Unix epoch; covers the years 1678 to 2261.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Nanoseconds in a second.
pub const NANOS_PER_SECOND: i64 = 1_000_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// A calendar date and time of day as a log line states it, with its offset from UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Civil {
    /// Year of the proleptic Gregorian calendar.
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 60; 60 is a leap second and counts as the last nanosecond's second, 59, of its minute (RFC 3339, 5.7).
    pub second: u8,
    /// 0 to 999,999,999.
    pub nanosecond: u32,
    /// Seconds east of UTC.
    pub offset_seconds: i32,
}

impl Timestamp {
    /// From nanoseconds since the epoch.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// From milliseconds since the epoch; `None` outside the years that fit.
    pub fn from_millis(millis: i64) -> Option<Self> {
        millis.checked_mul(1_000_000).map(Self)
    }

    /// From seconds since the epoch; `None` outside the years that fit.
    pub fn from_seconds(seconds: i64) -> Option<Self> {
        seconds.checked_mul(NANOS_PER_SECOND).map(Self)
    }

    /// From a date and time; `None` if a part is out of its range or the instant does not fit.
    pub fn from_civil(civil: Civil) -> Option<Self> {
        let Civil { year, month, day, hour, minute, second, nanosecond, offset_seconds } = civil;
        let valid = (1..=12).contains(&month)
            && day >= 1
            && day <= days_in_month(year, month)
            && hour < 24
            && minute < 60
            && second <= 60
            && nanosecond < NANOS_PER_SECOND as u32
            && offset_seconds.abs() <= 26 * 3600;
        if !valid {
            return None;
        }
        let days = days_from_civil(year, month, day);
        let seconds = days * SECONDS_PER_DAY
            + i64::from(hour) * 3600
            + i64::from(minute) * 60
            + i64::from(second.min(59))
            - i64::from(offset_seconds);
        seconds.checked_mul(NANOS_PER_SECOND)?.checked_add(i64::from(nanosecond)).map(Self)
    }

    /// Parses RFC 3339 (`2018-07-02T22:23:00.186641Z`), also with a space or nothing but a date-time separator `T`,
    /// a comma before the fraction, an offset without colon, and without offset (then `zone_seconds` east of UTC).
    pub fn parse_rfc3339(text: &str, zone_seconds: i32) -> Option<Self> {
        let b = text.as_bytes();
        if b.len() < 19 || b[4] != b'-' || b[7] != b'-' || b[13] != b':' || b[16] != b':' {
            return None;
        }
        if !matches!(b[10], b'T' | b't' | b' ') {
            return None;
        }
        let mut civil = Civil {
            year: i32::try_from(digits(&b[0..4])?).ok()?,
            month: digits(&b[5..7])? as u8,
            day: digits(&b[8..10])? as u8,
            hour: digits(&b[11..13])? as u8,
            minute: digits(&b[14..16])? as u8,
            second: digits(&b[17..19])? as u8,
            nanosecond: 0,
            offset_seconds: zone_seconds,
        };
        let mut rest = &b[19..];
        if let [b'.' | b',', tail @ ..] = rest {
            let len = tail.iter().take_while(|c| c.is_ascii_digit()).count();
            civil.nanosecond = fraction_nanos(&tail[..len])?;
            rest = &tail[len..];
        }
        if let [b' ', tail @ ..] = rest {
            rest = tail;
        }
        if !rest.is_empty() {
            civil.offset_seconds = parse_offset(rest)?;
        }
        Self::from_civil(civil)
    }

    /// Nanoseconds since the epoch.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Whole milliseconds since the epoch, rounded down.
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(NANOS_PER_SECOND)
    }

    /// The calendar date and time in UTC.
    pub fn civil(self) -> Civil {
        let seconds = self.seconds();
        let (year, month, day) = civil_from_days(seconds.div_euclid(SECONDS_PER_DAY));
        let of_day = seconds.rem_euclid(SECONDS_PER_DAY) as u32;
        Civil {
            year,
            month,
            day,
            hour: (of_day / 3600) as u8,
            minute: (of_day / 60 % 60) as u8,
            second: (of_day % 60) as u8,
            nanosecond: self.0.rem_euclid(NANOS_PER_SECOND) as u32,
            offset_seconds: 0,
        }
    }

    /// Appends `2018-07-02T22:23:00.186641Z`: three, six or nine digits of fraction, the fewest that lose nothing.
    pub fn write_rfc3339(self, out: &mut Vec<u8>) {
        let mut text = [0; 30];
        let len = self.put_rfc3339(&mut text);
        out.extend_from_slice(&text[..len]);
    }

    /// Writes that text to the front of `buf`: its length.
    #[inline]
    pub(crate) fn put_rfc3339(self, buf: &mut [u8; 30]) -> usize {
        let c = self.civil();
        *buf = *b"0000-00-00T00:00:00.000000000Z";
        let year = c.year.unsigned_abs();
        put_pair(buf, 0, year / 100);
        put_pair(buf, 2, year % 100);
        put_pair(buf, 5, c.month.into());
        put_pair(buf, 8, c.day.into());
        put_pair(buf, 11, c.hour.into());
        put_pair(buf, 14, c.minute.into());
        put_pair(buf, 17, c.second.into());
        let end = match c.nanosecond {
            0 => 23,
            n if n % 1_000_000 == 0 => put_digits(&mut buf[20..23], n / 1_000_000, 23),
            n if n % 1_000 == 0 => put_digits(&mut buf[20..26], n / 1_000, 26),
            n => put_digits(&mut buf[20..29], n, 29),
        };
        buf[end] = b'Z';
        end + 1
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Vec::with_capacity(30);
        self.write_rfc3339(&mut out);
        f.write_str(&String::from_utf8_lossy(&out))
    }
}

/// Value of an all-digit field; `None` if empty, over nine digits or not all digits.
pub fn digits(bytes: &[u8]) -> Option<u32> {
    if bytes.is_empty() || bytes.len() > 9 {
        return None;
    }
    bytes.iter().try_fold(0u32, |n, c| c.is_ascii_digit().then(|| n * 10 + u32::from(c - b'0')))
}

/// Nanoseconds of a decimal fraction's digits; what is finer than a nanosecond is cut. `None` if empty or no digit.
pub fn fraction_nanos(bytes: &[u8]) -> Option<u32> {
    let kept = &bytes[..bytes.len().min(9)];
    let value = digits(kept)?;
    bytes[kept.len()..].iter().all(u8::is_ascii_digit).then(|| value * 10u32.pow(9 - kept.len() as u32))
}

/// Seconds east of UTC of `Z`, `+02:00`, `+0200` or `+02`.
pub fn parse_offset(bytes: &[u8]) -> Option<i32> {
    let (sign, rest) = match bytes {
        [b'Z' | b'z'] => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match rest {
        [h1, h2] => (digits(&[*h1, *h2])?, 0),
        [h1, h2, m1, m2] | [h1, h2, b':', m1, m2] => (digits(&[*h1, *h2])?, digits(&[*m1, *m2])?),
        _ => return None,
    };
    (hours < 26 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60) as i32)
}

fn put_pair(out: &mut [u8; 30], at: usize, value: u32) {
    out[at] = b'0' + (value / 10 % 10) as u8;
    out[at + 1] = b'0' + (value % 10) as u8;
}

/// Writes all digits; answers `end`.
fn put_digits(out: &mut [u8], mut value: u32, end: usize) -> usize {
    for slot in out.iter_mut().rev() {
        *slot = b'0' + (value % 10) as u8;
        value /= 10;
    }
    end
}

/// Days since 1970-01-01, by the era arithmetic of Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms".
fn days_from_civil(year: i32, month: u8, day: u8) -> i64 {
    let y = i64::from(year) - i64::from(month <= 2);
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let shifted = (i64::from(month) + 9) % 12;
    let day_of_year = (153 * shifted + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil_from_days(days: i64) -> (i32, u8, u8) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = (doy - (153 * mp + 2) / 5 + 1) as u8;
    let month = if mp < 10 { mp + 3 } else { mp - 9 } as u8;
    ((yoe + era * 400 + i64::from(month <= 2)) as i32, month, day)
}

fn days_in_month(year: i32, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_logs_write() {
        let cases = [
            ("2018-07-02T22:23:00.186641Z", "2018-07-02T22:23:00.186641Z"),
            ("2023-08-12T12:34:13.137+02:00", "2023-08-12T10:34:13.137Z"),
            ("2000-10-10 20:55:36", "2000-10-10T20:55:36.000Z"),
            ("2000-10-10 20:55:36,250 +0000", "2000-10-10T20:55:36.250Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.000Z"),
            ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500Z"),
        ];
        for (input, expected) in cases {
            assert_eq!(Timestamp::parse_rfc3339(input, 0).unwrap().to_string(), expected, "{input}");
        }
        for bad in [
            "",
            "2018-13-02T22:23:00Z",
            "2018-02-29T22:23:00Z",
            "2018-07-02T24:23:00Z",
            "2018-07-02T22:23:00.Z",
            "2018-07-02T22:23:00+1",
            "9999-07-02T22:23:00Z",
        ] {
            assert_eq!(Timestamp::parse_rfc3339(bad, 0), None, "{bad}");
        }
    }

    #[test]
    fn a_missing_offset_takes_the_zone_of_the_route() {
        let t = Timestamp::parse_rfc3339("2020-01-01T01:00:00", 3600).unwrap();
        assert_eq!(t.to_string(), "2020-01-01T00:00:00.000Z");
    }

    proptest! {
        #[test]
        fn text_and_back(nanos in any::<i64>()) {
            let t = Timestamp::from_nanos(nanos);
            prop_assert_eq!(Timestamp::parse_rfc3339(&t.to_string(), 0), Some(t));
            prop_assert_eq!(Timestamp::from_civil(t.civil()), Some(t));
        }

        #[test]
        fn never_panics(text in "\\PC{0,40}") {
            let _ = Timestamp::parse_rfc3339(&text, 0);
        }
    }
}
