//! Durations as Go prints them, `1h2m3.5s`, `2.035µs`, `12ms` (<https://pkg.go.dev/time#Duration.String>).

use super::decimal;

/// Nanoseconds; `None` for what has no unit, is negative or is none of these.
pub fn nanos(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut sum = 0u64;
    if rest.is_empty() || rest.len() > 40 {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let (number, unit) = rest.split_at(end);
        let unit_end = unit.find(|c: char| c.is_ascii_digit()).unwrap_or(unit.len());
        let (unit, after) = unit.split_at(unit_end);
        let part = match unit {
            "ns" => decimal::to_nanos(number, 0),
            // The micro sign and the Greek letter.
            "us" | "\u{b5}s" | "\u{3bc}s" => decimal::to_nanos(number, 3),
            "ms" => decimal::to_nanos(number, 6),
            "s" => decimal::to_nanos(number, 9),
            "m" => decimal::to_nanos(number, 9)?.checked_mul(60),
            "h" => decimal::to_nanos(number, 9)?.checked_mul(3_600),
            _ => None,
        };
        sum = sum.checked_add(part?)?;
        rest = after;
    }
    i64::try_from(sum).is_ok().then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn units_and_sums() {
        for (text, expected) in [
            ("0s", Some(0)),
            ("2.035µs", Some(2_035)),
            ("12ms", Some(12_000_000)),
            ("1h2m3.5s", Some(3_723_500_000_000)),
            ("1.5m", Some(90_000_000_000)),
            ("7ns", Some(7)),
            ("12", None),
            ("-1s", None),
            ("", None),
            ("1d", None),
            ("s", None),
            ("99999999999h", None),
        ] {
            assert_eq!(nanos(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "[0-9.hmsnuµ-]{0,30}") {
            let _ = nanos(&text);
        }
    }
}
