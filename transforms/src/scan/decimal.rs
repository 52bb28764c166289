//! Decimal numbers as text: seconds to nanoseconds, and text that JSON takes as a number.

/// Nanoseconds of a decimal number of seconds, `0.001`; what is finer is cut. `None` if it is negative (load
/// balancers write `-1` for "unknown"), malformed or too large.
pub fn seconds_to_nanos(text: &str) -> Option<u64> {
    to_nanos(text, 9)
}

/// As [`seconds_to_nanos`] for a unit of which a nanosecond is so many decimal digits below: 6 for milliseconds, 3 for
/// microseconds.
pub fn to_nanos(text: &str, digits: usize) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let of_second = catchwater_schemas::time::fraction_nanos(fraction.as_bytes())?;
    let unit = 10u64.pow(digits.min(9) as u32);
    unsigned(whole)?.checked_mul(unit)?.checked_add(u64::from(of_second) / (1_000_000_000 / unit))
}

/// Nanoseconds of a decimal number of milliseconds, `9.14`; as [`seconds_to_nanos`].
pub fn millis_to_nanos(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let nanos = catchwater_schemas::time::fraction_nanos(fraction.as_bytes())? / 1_000;
    unsigned(whole)?.checked_mul(1_000_000)?.checked_add(u64::from(nanos))
}

/// An unsigned whole number of digits only.
pub fn unsigned(text: &str) -> Option<u64> {
    if text.is_empty() || text.len() > 20 {
        return None;
    }
    text.bytes().try_fold(0u64, |n, c| {
        let digit = c.is_ascii_digit().then(|| u64::from(c - b'0'))?;
        n.checked_mul(10)?.checked_add(digit)
    })
}

/// The text itself, if it is a number of JSON without sign and exponent (RFC 8259, section 6): digits without
/// leading zeros, then perhaps a fraction.
pub fn json_number(text: &str) -> Option<&str> {
    let all_digits = |t: &str| !t.is_empty() && t.bytes().all(|c| c.is_ascii_digit());
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let valid = all_digits(whole) && all_digits(fraction) && (whole.len() == 1 || !whole.starts_with('0'));
    (valid && text.len() <= 40).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_seconds() {
        assert_eq!(seconds_to_nanos("0.000021"), Some(21_000));
        assert_eq!(seconds_to_nanos("12"), Some(12_000_000_000));
        assert_eq!(to_nanos("0.1234567", 6), Some(123_456));
        assert_eq!((to_nanos("7.9", 0), to_nanos("1.5", 3)), (Some(7), Some(1_500)));
        assert_eq!(seconds_to_nanos("1.5414835421835185"), Some(1_541_483_542));
        for bad in ["-1", "", "-", ".5", "1.", "1.2.3", "1e3", "99999999999999999999"] {
            assert_eq!(seconds_to_nanos(bad), None, "{bad}");
        }
    }

    #[test]
    fn reads_milliseconds() {
        assert_eq!(millis_to_nanos("9.14"), Some(9_140_000));
        assert_eq!(millis_to_nanos("2599"), Some(2_599_000_000));
        assert_eq!(millis_to_nanos("0.0000019"), Some(1));
        for bad in ["-1", "", "1.", ".5", "1e3", "99999999999999999999"] {
            assert_eq!(millis_to_nanos(bad), None, "{bad}");
        }
    }

    #[test]
    fn knows_what_json_takes() {
        for good in ["0", "0.000", "10.5", "1.5414835421835185"] {
            assert_eq!(json_number(good), Some(good));
        }
        for bad in ["", "-1", "00.1", "1.", ".1", "1e5", "NaN", "1.0.0"] {
            assert_eq!(json_number(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_taken_is_json(text in "[0-9.]{0,12}") {
            let parsed: Result<f64, _> = serde_json::from_str(&text);
            prop_assert_eq!(json_number(&text).is_some(), parsed.is_ok());
        }

        #[test]
        fn whole_numbers_are_read_as_the_standard_library_does(text in "[0-9]{0,22}") {
            prop_assert_eq!(unsigned(&text), if text.len() > 20 { None } else { text.parse().ok() });
        }
    }
}
