//! Times by a format of the configuration: the letters of `strftime`, as crate `jiff` knows them
//! (<https://docs.rs/jiff/latest/jiff/fmt/strtime/>).

use crate::formats::LogEvent;
use crate::scan::clf_time;
use crate::scan::log_time::{self, Context};
use catchwater_schemas::time::{Civil, Timestamp};
use jiff::fmt::strtime::{self, BrokenDownTime};

/// How a time is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TimeFormat {
    /// As loggers usually write it.
    Usual,
    /// Seconds since 1970-01-01T00:00:00Z, with a fraction or not.
    EpochSeconds,
    /// Milliseconds since then.
    EpochMillis,
    /// By these letters.
    Letters(String),
}

impl TimeFormat {
    /// What the configuration says; nothing: as usual. Letters that are unknown, or that leave out day or hour, are an error.
    pub fn new(given: Option<&str>) -> Result<Self, String> {
        match given {
            None => Ok(TimeFormat::Usual),
            Some("epoch") => Ok(TimeFormat::EpochSeconds),
            Some("epoch_ms") => Ok(TimeFormat::EpochMillis),
            Some(letters) => {
                // Written and read again, the instant must come back: else a part is missing.
                let instant = jiff::Timestamp::from_second(1_600_000_000).map_err(|e| e.to_string())?;
                let written = strtime::format(letters, instant).map_err(|e| format!("`{letters}`: {e}"))?;
                let near = Timestamp::from_seconds(1_600_000_000).unwrap_or_default();
                let read = by_letters(letters, &written, Context { zone_seconds: 0, near });
                match read {
                    Some(time) if (time.seconds() - 1_600_000_000).abs() < 60 => {
                        Ok(TimeFormat::Letters(letters.to_string()))
                    }
                    _ => Err(format!(
                        "`{letters}` does not give a time of day in a year: it writes `{written}`"
                    )),
                }
            }
        }
    }

    /// Reads a time; `None` if the text is none of this format.
    pub fn read(&self, text: &str, event: &LogEvent<'_>) -> Option<Timestamp> {
        let context = Context { zone_seconds: event.zone_seconds, near: event.time };
        match self {
            TimeFormat::Usual => {
                let whole = |(time, rest): (Timestamp, &str)| rest.trim().is_empty().then_some(time);
                let of_access_lines = || clf_time::parse(text, event.zone_seconds);
                log_time::read(text, context).and_then(whole).or_else(of_access_lines)
            }
            TimeFormat::EpochSeconds => epoch(text, 9),
            TimeFormat::EpochMillis => epoch(text, 6),
            TimeFormat::Letters(letters) => by_letters(letters, text, context),
        }
    }
}

/// Nanoseconds since the epoch of a decimal number of a unit that so many digits are below.
fn epoch(text: &str, digits: usize) -> Option<Timestamp> {
    let nanos = crate::scan::decimal::to_nanos(text, digits)?;
    i64::try_from(nanos).ok().map(Timestamp::from_nanos)
}

fn by_letters(letters: &str, text: &str, context: Context) -> Option<Timestamp> {
    let parsed: BrokenDownTime = strtime::parse(letters, text).ok()?;
    if let Some(instant) = parsed.timestamp() {
        return i64::try_from(instant.as_nanosecond()).ok().map(Timestamp::from_nanos);
    }
    let near = context.near.civil();
    let small = |part: Option<i8>| part.and_then(|part| u8::try_from(part).ok());
    let nanosecond = parsed.subsec_nanosecond().and_then(|n| u32::try_from(n).ok()).unwrap_or_default();
    let civil = Civil {
        year: parsed.year().map_or(near.year, i32::from),
        month: small(parsed.month())?,
        day: small(parsed.day())?,
        hour: small(parsed.hour())?,
        minute: small(parsed.minute()).unwrap_or_default(),
        second: small(parsed.second()).unwrap_or_default(),
        nanosecond,
        offset_seconds: parsed.offset().map_or(context.zone_seconds, |offset| offset.seconds()),
    };
    match parsed.year() {
        Some(_) => Timestamp::from_civil(civil),
        None => log_time::nearest_year(civil, context.near),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(format: Option<&str>, text: &str) -> Option<String> {
        let time = Timestamp::from_seconds(1_600_000_000).unwrap();
        let event = LogEvent { message: text, time, zone_seconds: 3600, json_depth: 8, options: None };
        TimeFormat::new(format).unwrap().read(text, &event).map(|t| t.to_string())
    }

    #[test]
    fn reads_as_told() {
        for (format, text, expected) in [
            (None, "2021-04-01 12:02:31,5", "2021-04-01T11:02:31.500Z"),
            (None, "10/Oct/2000:13:55:36 -0700", "2000-10-10T20:55:36.000Z"),
            (Some("%d.%m.%Y %H:%M:%S%.f"), "01.04.2021 12:02:31.25", "2021-04-01T11:02:31.250Z"),
            (Some("%d.%m.%Y %H:%M"), "01.04.2021 12:02", "2021-04-01T11:02:00.000Z"),
            (Some("%b %e %I:%M:%S %p"), "Oct  1 01:02:03 PM", "2020-10-01T12:02:03.000Z"),
            (Some("%Y-%m-%dT%H:%M:%S%:z"), "2021-04-01T12:02:31-02:00", "2021-04-01T14:02:31.000Z"),
            (Some("epoch"), "1600000000.5", "2020-09-13T12:26:40.500Z"),
            (Some("epoch_ms"), "1600000000500", "2020-09-13T12:26:40.500Z"),
        ] {
            assert_eq!(read(format, text).as_deref(), Some(expected), "{format:?} {text}");
        }
        assert_eq!(read(None, "2021-04-01 12:02:31 x"), None);
        assert_eq!(read(Some("%d.%m.%Y %H:%M"), "2021-04-01 12:02"), None);
    }

    #[test]
    fn a_format_that_cannot_give_a_time_is_refused_at_once() {
        for bad in ["%d.%m.%Y", "%H:%M:%S", "%Q1", "time"] {
            assert!(TimeFormat::new(Some(bad)).is_err(), "{bad}");
        }
    }
}
