//! Zones as logs write them: an offset (`+0200`, `Z`), or a name that stands for one offset.
//!
//! Names are not standardised (IANA's theory file: abbreviations are ambiguous). Those here are what the tz database
//! uses for one offset only, or nearly: `BST` is read as in London, `IST` as in India, `CST` as in Chicago.

use catchwater_schemas::time::parse_offset;

/// Seconds east of UTC.
pub fn offset_seconds(text: &str) -> Option<i32> {
    parse_offset(text.as_bytes()).or_else(|| named(text))
}

/// Seconds east of UTC of a zone's name in capitals.
pub fn named(name: &str) -> Option<i32> {
    let hours_and_minutes = |hours: i32, minutes: i32| hours * 3600 + hours.signum() * minutes * 60;
    Some(match name {
        "UTC" | "GMT" | "UCT" | "WET" | "Z" => 0,
        "CET" | "BST" | "WEST" | "MEZ" | "WAT" => hours_and_minutes(1, 0),
        "CEST" | "EET" | "SAST" | "MESZ" | "CAT" => hours_and_minutes(2, 0),
        "EEST" | "MSK" | "EAT" => hours_and_minutes(3, 0),
        "IRST" => hours_and_minutes(3, 30),
        "MSD" => hours_and_minutes(4, 0),
        "PKT" => hours_and_minutes(5, 0),
        "IST" => hours_and_minutes(5, 30),
        "NPT" => hours_and_minutes(5, 45),
        "WIB" => hours_and_minutes(7, 0),
        "AWST" | "HKT" | "SGT" | "PHT" => hours_and_minutes(8, 0),
        "JST" | "KST" => hours_and_minutes(9, 0),
        "ACST" => hours_and_minutes(9, 30),
        "AEST" => hours_and_minutes(10, 0),
        "ACDT" => hours_and_minutes(10, 30),
        "AEDT" => hours_and_minutes(11, 0),
        "NZST" => hours_and_minutes(12, 0),
        "NZDT" => hours_and_minutes(13, 0),
        "BRT" | "ART" | "ADT" => hours_and_minutes(-3, 0),
        "NST" => hours_and_minutes(-3, 30),
        "NDT" => hours_and_minutes(-2, 30),
        "AST" | "EDT" => hours_and_minutes(-4, 0),
        "EST" | "CDT" => hours_and_minutes(-5, 0),
        "CST" | "MDT" => hours_and_minutes(-6, 0),
        "MST" | "PDT" => hours_and_minutes(-7, 0),
        "PST" | "AKDT" => hours_and_minutes(-8, 0),
        "AKST" | "HDT" => hours_and_minutes(-9, 0),
        "HST" => hours_and_minutes(-10, 0),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_and_names() {
        for (text, seconds) in
            [("+0530", 19_800), ("-07:00", -25_200), ("CET", 3600), ("PDT", -25_200), ("NST", -12_600)]
        {
            assert_eq!(offset_seconds(text), Some(seconds), "{text}");
        }
        for none in ["", "cet", "INFO", "LOG", "XYZ", "+1"] {
            assert_eq!(offset_seconds(none), None, "{none}");
        }
    }
}
