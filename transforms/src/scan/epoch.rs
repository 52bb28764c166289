//! Instants as numbers of seconds, milli-, micro- or nanoseconds since 1970-01-01T00:00:00Z.

use catchwater_schemas::time::{NANOS_PER_SECOND, Timestamp, digits};
use std::borrow::Cow;

/// The instant of a count in seconds, milli-, micro- or nanoseconds: below 10^11 they are seconds (until the year 5138), below
/// 10^14 milliseconds, and so on. Before 1973 (10^8 s) it is more likely a duration or a counter.
pub fn read(number: &str) -> Option<Timestamp> {
    let number = match number.contains(['e', 'E']) {
        // Floating-point loggers write `1.592913203123e9`.
        true => Cow::Owned(format!("{:.6}", number.parse::<f64>().ok().filter(|n| n.abs() < 1e20)?)),
        false => Cow::Borrowed(number),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((&number, ""));
    if whole.len() > 19 || !fraction.bytes().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let count: i64 = whole.parse().ok()?;
    let (nanos_each, decimals) = match count {
        100_000_000..100_000_000_000 => (NANOS_PER_SECOND, 9),
        100_000_000_000..100_000_000_000_000 => (1_000_000, 6),
        100_000_000_000_000..100_000_000_000_000_000 => (1_000, 3),
        100_000_000_000_000_000.. => (1, 0),
        _ => return None,
    };
    let kept = &fraction[..fraction.len().min(decimals)];
    let below =
        digits(kept.as_bytes()).map_or(0, |n| i64::from(n) * 10i64.pow((decimals - kept.len()) as u32));
    count.checked_mul(nanos_each)?.checked_add(below).map(Timestamp::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_unit_is_told_by_size() {
        for (number, time) in [
            ("1721403771", Some("2024-07-19T15:42:51.000Z")),
            ("1721403771.25", Some("2024-07-19T15:42:51.250Z")),
            ("1721403771250", Some("2024-07-19T15:42:51.250Z")),
            ("1.72140377125e9", Some("2024-07-19T15:42:51.250Z")),
            ("12.5", None),
            ("-1", None),
            ("", None),
        ] {
            assert_eq!(read(number).map(|t| t.to_string()).as_deref(), time, "{number}");
        }
    }

    proptest! {
        #[test]
        fn milliseconds_and_nanoseconds_mean_the_same(millis in 200_000_000_000i64..9_000_000_000_000) {
            let expected = Timestamp::from_millis(millis);
            prop_assert_eq!(read(&millis.to_string()), expected);
            prop_assert_eq!(read(&format!("{}.{:03}", millis / 1000, millis % 1000)), expected);
            prop_assert_eq!(read(&format!("{millis}000000")), expected);
        }

        #[test]
        fn never_panics(number in "-?[0-9]{1,25}(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,4})?") {
            let _ = read(&number);
        }
    }
}
