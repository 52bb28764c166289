//! The time of access logs, `10/Oct/2000:13:55:36 -0700`: `%t` of Apache, `$time_local` of nginx.

use super::month::short_english;
use catchwater_schemas::time::{Civil, Timestamp, fraction_nanos, parse_offset};

/// Reads the time inside the brackets. Apache's `%{…}t` may give a fraction of a second, no zone (then
/// `zone_seconds` east of UTC), or RFC 3339 (`$time_iso8601` of nginx).
pub fn parse(text: &str, zone_seconds: i32) -> Option<Timestamp> {
    let b = text.as_bytes();
    if b.len() < 20 || b[2] != b'/' || b[6] != b'/' {
        return Timestamp::parse_rfc3339(text, zone_seconds);
    }
    if b[11] != b':' || b[14] != b':' || b[17] != b':' {
        return None;
    }
    let (fraction, zone) = match b.get(20) {
        Some(b'.' | b',') => {
            let rest = &b[21..];
            let end = rest.iter().position(|c| !c.is_ascii_digit()).unwrap_or(rest.len());
            (fraction_nanos(&rest[..end])?, &rest[end..])
        }
        _ => (0, &b[20..]),
    };
    let offset_seconds = match zone {
        [] => zone_seconds,
        [b' ', offset @ ..] => parse_offset(offset)?,
        _ => return None,
    };
    let pair = |at: usize| {
        let (tens, ones) = (b[at].wrapping_sub(b'0'), b[at + 1].wrapping_sub(b'0'));
        (tens < 10 && ones < 10).then(|| tens * 10 + ones)
    };
    Timestamp::from_civil(Civil {
        year: i32::from(pair(7)?) * 100 + i32::from(pair(9)?),
        month: short_english(&b[3..6])?,
        day: pair(0)?,
        hour: pair(12)?,
        minute: pair(15)?,
        second: pair(18)?,
        nanosecond: fraction,
        offset_seconds,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_servers_write() {
        for (text, expected) in [
            ("10/Oct/2000:13:55:36 -0700", "2000-10-10T20:55:36.000Z"),
            ("10/Oct/2000:13:55:36.250 +0530", "2000-10-10T08:25:36.250Z"),
            ("29/Feb/2024:23:59:60", "2024-02-29T22:59:59.000Z"),
            ("2000-10-10T20:55:36Z", "2000-10-10T20:55:36.000Z"),
        ] {
            assert_eq!(parse(text, 3600).unwrap().to_string(), expected, "{text}");
        }
        for bad in
            ["", "-", "10/Okt/2000:13:55:36 -0700", "31/Feb/2000:13:55:36 -0700", "10/Oct/2000:13:55:36-0700"]
        {
            assert_eq!(parse(bad, 0), None, "{bad}");
        }
    }

    #[test]
    fn signs_in_the_place_of_digits_are_no_digits() {
        for bad in ["10/Oct/20,0:13:55:36", "!!/Oct/2000:13:55:36", "10/Oct/2000:1 :55:36 +0000"] {
            assert_eq!(parse(bad, 0), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "[0-9A-Za-z/:+. é-]{0,40}") {
            let _ = parse(&text, 0);
        }

        #[test]
        fn text_and_back(seconds in 0i64..4_000_000_000) {
            const MONTHS: [&str; 12] =
                ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
            let time = Timestamp::from_seconds(seconds).unwrap();
            let c = time.civil();
            let text = format!(
                "{:02}/{}/{}:{:02}:{:02}:{:02} +0000",
                c.day, MONTHS[usize::from(c.month) - 1], c.year, c.hour, c.minute, c.second
            );
            prop_assert_eq!(parse(&text, 7200), Some(time));
        }
    }
}
