//! Times on the command line: `2d` ago, a date, a date and time (RFC 3339, also cut after the minute or without zone).

use catchwater_schemas::time::Timestamp;

/// A time as it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// As many nanoseconds before now.
    Ago(i64),
    /// Nanoseconds since the epoch.
    At(i64),
}

impl When {
    /// The instant, nanoseconds since the epoch.
    pub fn nanos(self, now: Timestamp) -> i64 {
        match self {
            When::Ago(nanos) => now.nanos().saturating_sub(nanos),
            When::At(nanos) => nanos,
        }
    }

    /// Reads what was given; without zone it is UTC.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!("`{text}` is no time; give 2d, 3h, 2026-11-01 or 2026-11-01T10:00Z (UTC without zone)")
        };
        if let Some(unit) = text.chars().last().and_then(unit_seconds)
            && let Ok(number) = text[..text.len() - 1].parse::<u32>()
        {
            let seconds = i64::from(number) * unit;
            return seconds.checked_mul(1_000_000_000).map(When::Ago).ok_or_else(wrong);
        }
        if text == "now" {
            return Ok(When::Ago(0));
        }
        // A date, or a time without seconds, is completed; what is wrong stays wrong.
        let full = match text.len() {
            10 => format!("{text}T00:00:00Z"),
            16.. if text.as_bytes()[13] == b':'
                && text.as_bytes().get(16) != Some(&b':')
                && text.is_char_boundary(16) =>
            {
                format!("{}:00{}", &text[..16], &text[16..])
            }
            _ => text.to_string(),
        };
        let at = Timestamp::parse_rfc3339(&full, 0).ok_or_else(wrong)?;
        Ok(When::At(at.nanos()))
    }
}

fn unit_seconds(unit: char) -> Option<i64> {
    Some(match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_people_write() {
        let now = Timestamp::parse_rfc3339("2026-11-03T12:00:00Z", 0).unwrap();
        let cases = [
            ("2d", "2026-11-01T12:00:00.000Z"),
            ("90m", "2026-11-03T10:30:00.000Z"),
            ("1w", "2026-10-27T12:00:00.000Z"),
            ("now", "2026-11-03T12:00:00.000Z"),
            ("2026-11-01", "2026-11-01T00:00:00.000Z"),
            ("2026-11-01T10:00Z", "2026-11-01T10:00:00.000Z"),
            ("2026-11-01T10:00", "2026-11-01T10:00:00.000Z"),
            ("2026-11-01 10:00+02:00", "2026-11-01T08:00:00.000Z"),
            ("2026-11-01T10:00:30.5Z", "2026-11-01T10:00:30.500Z"),
        ];
        for (text, expected) in cases {
            let at = When::parse(text).unwrap().nanos(now);
            assert_eq!(Timestamp::from_nanos(at).to_string(), expected, "{text}");
        }
        for wrong in [
            "",
            "d",
            "2x",
            "-2d",
            "yesterday",
            "2026-13-01",
            "2026-11-01T",
            "2026-11-01T25:00",
            "2026-11-01T10:0é",
        ] {
            assert!(When::parse(wrong).unwrap_err().contains("2d"), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_text(text in "[-0-9TZ:+. dhé]{0,24}") {
            let _ = When::parse(&text);
        }
    }
}
