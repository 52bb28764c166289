//! Times by `java.text.SimpleDateFormat`'s letters
//! (<https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/text/SimpleDateFormat.html>) and by the names that
//! log4j gives to some of them (<https://logging.apache.org/log4j/2.x/manual/pattern-layout.html#converter-date>).

use crate::scan::log_time::{self, Context, nearest_year};
use crate::scan::{month, zone};
use catchwater_schemas::time::{Civil, Timestamp, digits, fraction_nanos, parse_offset};

/// A layout of times.
#[derive(Clone, Debug, PartialEq)]
pub enum Date {
    /// Any that [`log_time`] reads, or the time of day alone.
    Usual,
    /// Letter by letter; zone of `%d{…}{UTC}`, seconds east.
    Letters(Vec<Piece>, Option<i32>),
    /// Seconds since the epoch.
    Seconds,
    /// Milliseconds since the epoch.
    Millis,
}

/// A part of a layout.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// Text.
    Literal(String),
    /// A letter and how often it stands.
    Letter(char, usize),
}

/// Compiles what stands in the braces of `%d{…}{…}`; the error says what cannot be read.
pub fn compile(layout: &str, zone_name: Option<&str>) -> Result<Date, String> {
    let zone = match zone_name.map(|name| {
        (name, zone::offset_seconds(name.trim_start_matches("GMT")).or_else(|| zone::named(name)))
    }) {
        Some((name, None)) => {
            return Err(format!("zone {name} has no one offset; say `timezone` of the route"));
        }
        Some((_, seconds)) => seconds,
        None => None,
    };
    let letters = match layout {
        ""
        | "DEFAULT"
        | "DEFAULT_MICROS"
        | "DEFAULT_NANOS"
        | "ISO8601"
        | "ISO8601_PERIOD"
        | "ISO8601_OFFSET_DATE_TIME_HH"
        | "ISO8601_OFFSET_DATE_TIME_HHMM"
        | "ISO8601_OFFSET_DATE_TIME_HHCMM"
        | "ISO8601_PERIOD_MICROS"
        | "RFC3339"
            if zone.is_none() =>
        {
            return Ok(Date::Usual);
        }
        "" | "DEFAULT" | "ISO8601" => "yyyy-MM-dd HH:mm:ss,SSS",
        "UNIX" => return Ok(Date::Seconds),
        "UNIX_MILLIS" => return Ok(Date::Millis),
        "ABSOLUTE" => "HH:mm:ss,SSS",
        "ABSOLUTE_PERIOD" => "HH:mm:ss.SSS",
        "DATE" => "dd MMM yyyy HH:mm:ss,SSS",
        "DATE_PERIOD" => "dd MMM yyyy HH:mm:ss.SSS",
        "COMPACT" => "yyyyMMddHHmmssSSS",
        "ISO8601_BASIC" => "yyyyMMdd'T'HHmmss,SSS",
        "ISO8601_BASIC_PERIOD" => "yyyyMMdd'T'HHmmss.SSS",
        letters => letters,
    };
    Ok(Date::Letters(pieces(letters)?, zone))
}

fn pieces(letters: &str) -> Result<Vec<Piece>, String> {
    let mut pieces: Vec<Piece> = Vec::new();
    let literal = |pieces: &mut Vec<Piece>, c: char| match pieces.last_mut() {
        Some(Piece::Literal(text)) => text.push(c),
        _ => pieces.push(Piece::Literal(c.to_string())),
    };
    let mut chars = letters.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\'' {
            if chars.next_if_eq(&'\'').is_some() {
                literal(&mut pieces, '\'');
                continue;
            }
            for quoted in chars.by_ref().take_while(|c| *c != '\'') {
                literal(&mut pieces, quoted);
            }
        } else if c.is_ascii_alphabetic() {
            if !"yuMLdHkhKmsSnaEzZXxV".contains(c) {
                return Err(format!("letter {c} of {letters} is no part of a time that can be read"));
            }
            let mut count = 1;
            while chars.next_if_eq(&c).is_some() {
                count += 1;
            }
            pieces.push(Piece::Letter(c, count));
        } else {
            literal(&mut pieces, c);
        }
    }
    Ok(pieces)
}

impl Date {
    /// Reads a time at the front of a text, and gives back what follows.
    pub fn read<'a>(&self, text: &'a str, context: Context) -> Option<(Timestamp, &'a str)> {
        match self {
            Date::Usual => log_time::read(text, context).or_else(|| clock(text, context)),
            Date::Seconds => number(text, 10).and_then(|(n, rest)| Some((Timestamp::from_seconds(n)?, rest))),
            Date::Millis => number(text, 13).and_then(|(n, rest)| Some((Timestamp::from_millis(n)?, rest))),
            Date::Letters(pieces, zone) => {
                let zone_seconds = zone.unwrap_or(context.zone_seconds);
                letters(pieces, text, Context { zone_seconds, ..context })
            }
        }
    }
}

/// `10:48:20.377`, as logback's default has it: of the day that brings it nearest to the log event's own time.
pub fn clock(text: &str, context: Context) -> Option<(Timestamp, &str)> {
    let pieces = [
        Piece::Letter('H', 2),
        Piece::Literal(":".into()),
        Piece::Letter('m', 2),
        Piece::Literal(":".into()),
        Piece::Letter('s', 2),
    ];
    let b = text.as_bytes();
    if b.len() < 8 || b[2] != b':' || b[5] != b':' {
        return None;
    }
    let fraction = match b.get(8) {
        Some(b'.' | b',') => b[9..].iter().take_while(|c| c.is_ascii_digit()).count(),
        _ => 0,
    };
    let (time, _) = letters(&pieces, text, context)?;
    let nanos = if fraction > 0 { fraction_nanos(&b[9..9 + fraction])? } else { 0 };
    let end = if fraction > 0 { 9 + fraction } else { 8 };
    Some((Timestamp::from_nanos(time.nanos().checked_add(i64::from(nanos))?), &text[end..]))
}

fn number(text: &str, len: usize) -> Option<(i64, &str)> {
    let all = text.bytes().take_while(u8::is_ascii_digit).count();
    if all != len {
        return None;
    }
    Some((text[..len].parse().ok()?, &text[len..]))
}

/// What of a date was read.
#[derive(Default)]
struct Seen {
    year: bool,
    day: bool,
    afternoon: Option<bool>,
}

fn letters<'a>(pieces: &[Piece], text: &'a str, context: Context) -> Option<(Timestamp, &'a str)> {
    let mut civil = Civil { offset_seconds: context.zone_seconds, ..Civil::default() };
    let (mut rest, mut seen) = (text, Seen::default());
    for (n, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Literal(text) => rest = rest.strip_prefix(text.as_str())?,
            Piece::Letter(letter, count) => {
                // Numbers that touch one another have the length of their letters.
                let touches =
                    matches!(pieces.get(n + 1), Some(Piece::Letter(next, _)) if !"zZXxV".contains(*next));
                rest = field(*letter, *count, touches, rest, &mut civil, &mut seen)?;
            }
        }
    }
    if let Some(afternoon) = seen.afternoon {
        civil.hour = civil.hour % 12 + if afternoon { 12 } else { 0 };
    }
    let time = match (seen.day, seen.year) {
        (true, true) => Timestamp::from_civil(civil)?,
        (true, false) => nearest_year(civil, context.near)?,
        (false, _) => nearest_day(civil, context.near)?,
    };
    Some((time, rest))
}

fn field<'a>(
    letter: char,
    count: usize,
    touches: bool,
    text: &'a str,
    civil: &mut Civil,
    seen: &mut Seen,
) -> Option<&'a str> {
    let text = if letter == 'd' || letter == 'M' { text.trim_start_matches(' ') } else { text };
    let most = match letter {
        'y' | 'u' if count == 2 => 2,
        'y' | 'u' => 4,
        'S' | 'n' => 9,
        _ => 2,
    };
    let most = if touches { count.min(most) } else { most };
    let take = || {
        let len = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
        Some((digits(&text.as_bytes()[..len])?, &text[len..], len))
    };
    let word = || {
        let end = text.find(|c: char| !c.is_alphabetic() && c != '.').unwrap_or(text.len());
        text.split_at(end)
    };
    match letter {
        'M' | 'L' if count > 2 => {
            let (name, rest) = word();
            civil.month = month::number(name)?;
            Some(rest)
        }
        'E' => Some(word().1),
        'a' => {
            seen.afternoon = Some(match text.get(..2)? {
                "AM" | "am" => false,
                "PM" | "pm" => true,
                _ => return None,
            });
            Some(&text[2..])
        }
        'z' | 'Z' | 'X' | 'x' | 'V' => {
            let end = text
                .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | ':')))
                .unwrap_or(text.len());
            let name = text[..end].trim_end_matches(':');
            let name = name.strip_prefix("GMT").filter(|offset| !offset.is_empty()).unwrap_or(name);
            civil.offset_seconds = parse_offset(name.as_bytes()).or_else(|| zone::named(name))?;
            Some(&text[text[..end].trim_end_matches(':').len()..])
        }
        'S' | 'n' => {
            let (_, rest, len) = take()?;
            civil.nanosecond = fraction_nanos(&text.as_bytes()[..len])?;
            Some(rest)
        }
        _ => {
            let (value, rest, len) = take()?;
            let small = u8::try_from(value).unwrap_or(u8::MAX);
            match letter {
                'y' | 'u' => {
                    civil.year = value as i32 + if len == 2 { 2000 } else { 0 };
                    seen.year = true;
                }
                'M' | 'L' => civil.month = small,
                'd' => {
                    civil.day = small;
                    seen.day = true;
                }
                'H' | 'h' | 'K' => civil.hour = small,
                'k' => civil.hour = small % 24,
                'm' => civil.minute = small,
                _ => civil.second = small,
            }
            Some(rest)
        }
    }
}

/// A time of day, on the day that brings it nearest.
fn nearest_day(civil: Civil, near: Timestamp) -> Option<Timestamp> {
    const DAY: i64 = 86_400_000_000_000;
    let of_day = |day: i64| {
        let date = Timestamp::from_nanos(near.nanos().checked_add(day * DAY)?).civil();
        Timestamp::from_civil(Civil { year: date.year, month: date.month, day: date.day, ..civil })
    };
    (-1..=1).filter_map(of_day).min_by_key(|time| time.nanos().abs_diff(near.nanos()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(layout: &str, zone: Option<&str>, text: &str) -> Option<(String, String)> {
        // 2020-09-13T12:26:40Z
        let context = Context { zone_seconds: 3600, near: Timestamp::from_seconds(1_600_000_000)? };
        let (time, rest) = compile(layout, zone).unwrap().read(text, context)?;
        Some((time.to_string(), rest.to_string()))
    }

    #[test]
    fn letters_names_and_zones() {
        for (layout, zone, text, time) in [
            ("ISO8601", None, "2017-08-04 10:48:20,377 x", "2017-08-04T09:48:20.377Z"),
            ("ISO8601", Some("UTC"), "2017-08-04 10:48:20,377 x", "2017-08-04T10:48:20.377Z"),
            ("ABSOLUTE", None, "10:48:20,377 x", "2020-09-13T09:48:20.377Z"),
            ("", None, "23:48:20.377 x", "2020-09-13T22:48:20.377Z"),
            ("HH:mm:ss.SSS", None, "01:48:20.377 x", "2020-09-13T00:48:20.377Z"),
            ("DATE", None, "04 Aug 2017 10:48:20,377 x", "2017-08-04T09:48:20.377Z"),
            ("yyMMdd HHmmss", None, "081109 203615 x", "2008-11-09T19:36:15.000Z"),
            ("COMPACT", None, "20170804104820377 x", "2017-08-04T09:48:20.377Z"),
            (
                "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
                None,
                "2017-08-04T10:48:20.377+02:00 x",
                "2017-08-04T08:48:20.377Z",
            ),
            ("EEE MMM d HH:mm:ss z yyyy", None, "Fri Aug 4 10:48:20 PDT 2017 x", "2017-08-04T17:48:20.000Z"),
            ("MMM dd, yyyy h:mm:ss a", None, "Aug 04, 2017 1:48:20 PM x", "2017-08-04T12:48:20.000Z"),
            ("dd.MM. HH:mm:ss", None, "13.09. 10:00:00 x", "2020-09-13T09:00:00.000Z"),
            ("UNIX_MILLIS", None, "1600000000123 x", "2020-09-13T12:26:40.123Z"),
            ("UNIX", None, "1600000000 x", "2020-09-13T12:26:40.000Z"),
        ] {
            assert_eq!(read(layout, zone, text), Some((time.into(), " x".into())), "{layout}");
        }
        assert_eq!(read("HH:mm", None, "25:00"), None);
        assert!(compile("yyyy-QQ", None).is_err() && compile("", Some("Mars/One")).is_err());
    }

    proptest! {
        #[test]
        fn never_panics(layout in "[yMdHhmsSaEzXn' :,.é-]{0,16}", text in "[0-9A-Za-zé :,.+-]{0,30}") {
            let context = Context { zone_seconds: 0, near: Timestamp::default() };
            if let Ok(date) = compile(&layout, None) {
                let _ = date.read(&text, context);
            }
            let _ = clock(&text, context);
        }
    }
}
