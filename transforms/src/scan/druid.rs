//! Druids, the ids of the objects of Stanford's digital repository: two letters, three digits, two letters, four digits
//! (<https://github.com/sul-dlss/druid-tools>), with `druid:` before them or not.
//!
//! In events an object has one name however its sources write it: `druid:bj102hs9687`. New druids avoid vowels and `l`; old
//! ones and those of tests do not, so that all letters are taken.

use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};

/// Before an id.
const PREFIX: &str = "druid:";

/// The id without what may stand before it, if the text is one as a whole.
pub fn bare(text: &str) -> Option<&str> {
    let bare = text.strip_prefix(PREFIX).unwrap_or(text);
    let fits = |(n, c): (usize, u8)| match n {
        0 | 1 | 5 | 6 => c.is_ascii_lowercase(),
        _ => c.is_ascii_digit(),
    };
    (bare.len() == 11 && bare.bytes().enumerate().all(fits)).then_some(bare)
}

/// The text, if it is an id without its prefix: sources that write it so keep it besides, for events have it with one.
pub fn written_bare(text: &str) -> Option<&str> {
    bare(text).filter(|id| id.len() == text.len())
}

/// Sets the object; nothing if the text is no druid.
pub fn set_object<'a>(text: &'a str, fields: &mut Fields<'a>) {
    let Some(id) = bare(text) else { return };
    if id.len() == text.len() {
        fields.set(Field::PremisObjectIdentifier, format!("{PREFIX}{id}"));
    } else {
        fields.set(Field::PremisObjectIdentifier, text);
    }
    fields.set(Field::PremisObjectIdentifierType, Value::Escaped("druid"));
}

/// Druid and version of a file's name of a moab's version: `bj102hs9687.v0003.zip`, `bj102hs9687.v0003.z01`.
pub fn of_zip(path: &str) -> Option<(&str, &str)> {
    let name = path.rsplit('/').next()?;
    let (druid, rest) = name.split_once(".v")?;
    let (version, suffix) = rest.split_once('.')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    let is_zip = suffix == "zip" || suffix.strip_prefix('z').is_some_and(digits);
    let version = Some(version).filter(|v| v.len() >= 4 && digits(v)).map(|v| v.trim_start_matches('0'))?;
    (bare(druid)?.len() == druid.len() && is_zip && !version.is_empty()).then_some((druid, version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_druid() {
        assert_eq!(bare("druid:bj102hs9687"), Some("bj102hs9687"));
        assert_eq!(bare("ab123cd4567"), Some("ab123cd4567"));
        assert_eq!(
            (written_bare("druid:bj102hs9687"), written_bare("bj102hs9687")),
            (None, Some("bj102hs9687"))
        );
        for no in
            ["", "druid:", "bj102hs968", "bj102hs96871", "BJ102hs9687", "xdruid:bj102hs9687", "bé02hs96877"]
        {
            assert_eq!(bare(no), None, "{no}");
        }
    }

    #[test]
    fn parts_of_a_version() {
        assert_eq!(of_zip("bj/102/hs/9687/bj102hs9687.v0003.zip"), Some(("bj102hs9687", "3")));
        assert_eq!(of_zip("bj102hs9687.v0010.z01"), Some(("bj102hs9687", "10")));
        for no in [
            "",
            "bj102hs9687.zip",
            "bj102hs9687.v3.zip",
            "bj102hs9687.v0000.zip",
            "x.v0001.zip",
            "bj102hs9687.v0001.txt",
        ] {
            assert_eq!(of_zip(no), None, "{no}");
        }
    }
}
