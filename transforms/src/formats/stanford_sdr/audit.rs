//! Results of the preservation catalogue's audits (<https://github.com/sul-dlss/preservation_catalog>): the lines of
//! `results_reporters/logger_reporter.rb` and of `results.rb`, and what their messages mean.

use crate::scan::free_fields::FreeFields;
use crate::scan::premis::{self, Outcome};
use crate::scan::{decimal, druid};
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Fields;

/// A result, or the sum of several.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Audit<'a> {
    pub druid: Option<&'a str>,
    check: &'a str,
    /// Where the moab lies.
    area: &'a str,
    version: Option<&'a str>,
    /// What was found; of a sum whether all was well.
    message: &'a str,
    passed: Option<bool>,
}

impl<'a> Audit<'a> {
    /// Reads a message; `None` if it is none of the three forms.
    pub fn read(message: &'a str) -> Option<Self> {
        Self::result(message).or_else(|| Self::sum(message)).or_else(|| Self::all(message))
    }

    /// `check(druid, area) message`
    fn result(text: &'a str) -> Option<Self> {
        let (check, rest) = text.split_once('(')?;
        let (object, rest) = rest.split_once(", ")?;
        let (area, message) = rest.split_once(") ")?;
        let valid = is_check(check) && druid::bare(object).is_some() && !message.is_empty();
        valid.then(|| Self { druid: Some(object), check, area, message, ..Self::default() })
    }

    /// `✅ fixity check passed - check - druid - actual location: …; actual version: 3`
    fn sum(text: &'a str) -> Option<Self> {
        let (start, rest) = text.split_once("fixity check ")?;
        // A mark of the result may stand first; no word.
        let no_word = start.len() <= 12 && !start.contains(|c: char| c.is_alphanumeric());
        let (passed, rest) = match rest.strip_prefix("passed - ") {
            Some(rest) => (true, rest),
            None => (false, rest.strip_prefix("failed, investigate errors - ")?),
        };
        let (check, rest) = rest.split_once(" - ")?;
        let (object, place) = rest.split_once(" - ")?;
        // The single results follow, a line each.
        let (area, version) = place_and_version(place.split('\n').next().unwrap_or_default());
        let valid = no_word && is_check(check) && druid::bare(object).is_some();
        valid.then_some(Self {
            druid: Some(object),
            check,
            area,
            version,
            message: text,
            passed: Some(passed),
        })
    }

    /// `check (actual location: …; actual version: 3) message && message`
    fn all(text: &'a str) -> Option<Self> {
        let (check, rest) = text.split_once(" (")?;
        let (place, message) = rest.split_once(") ")?;
        let (area, version) = place_and_version(place);
        let valid =
            is_check(check) && place.starts_with("actual ") && version.is_some() && !message.is_empty();
        valid.then(|| Self { check, area, version, message, ..Self::default() })
    }

    /// Sets all but the object.
    pub fn set(&self, level: Option<&str>, fields: &mut Fields<'a>, free: &mut FreeFields) {
        premis::set_type(self.code(), self.check, fields);
        let outcome = match self.passed {
            Some(true) => Some(Outcome::Success),
            Some(false) => Some(Outcome::Fail),
            None => self.message.split(" && ").map(outcome).max().flatten().or_else(|| of_level(level)),
        };
        if let Some(outcome) = outcome {
            outcome.set(fields);
        }
        fields.set(Field::PremisEventOutcomeDetail, self.message);
        let (of_replica, endpoint) = replica(self.message).unzip();
        if let Some(version) = self.version.or_else(|| actual_version(self.message)).or(of_replica) {
            fields.set(Field::PremisObjectVersion, version);
        }
        let file = checked_file(self.message)
            .or_else(|| self.message.split(' ').find(|w| druid::of_zip(w).is_some()));
        if let Some(file) = file {
            fields.set(Field::FilePath, file);
            fields.set_present(Field::FileName, file.rsplit('/').next().unwrap_or_default());
        }
        free.add("storage_area", self.area);
        free.add("endpoint_name", endpoint.unwrap_or_default());
    }

    /// The term of the PREMIS vocabulary; the empty one where the check is not known.
    fn code(&self) -> &'static str {
        let says = |word: &str| self.message.contains(word);
        let is = |word: &str| self.check.contains(word);
        if is("checksum") || is("Checksum") || self.check == "preservation-audit" || says(" md5 ") {
            "fix"
        } else if says("added object to db") {
            "acc"
        } else if is("Archive")
            || is("eplicat")
            || ["zip_part", "ZippedMoab", "replicated part"].iter().any(|w| says(w))
        {
            "rep"
        } else if ["check_", "create", "update_version", "moab-valid"]
            .iter()
            .any(|w| self.check.starts_with(w))
        {
            "val"
        } else {
            ""
        }
    }
}

/// A check's name, a method's or a class's.
fn is_check(text: &str) -> bool {
    let fits = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-' | b':');
    (2..=60).contains(&text.len()) && text.bytes().all(fits)
}

/// `actual location: …; actual version: 3`; either may be missing.
fn place_and_version(text: &str) -> (&str, Option<&str>) {
    let (area, version) = text.split_once("; ").unwrap_or((text, ""));
    let digits = |version: &&str| decimal::unsigned(version).is_some();
    (
        area.strip_prefix("actual location: ").unwrap_or_default(),
        version.strip_prefix("actual version: ").filter(digits),
    )
}

/// `actual version (3) …`
fn actual_version(message: &str) -> Option<&str> {
    let (version, _) = message.strip_prefix("actual version (")?.split_once(')')?;
    decimal::unsigned(version).map(|_| version)
}

/// Version and endpoint of `3 on aws_s3_west_2: …`
fn replica(message: &str) -> Option<(&str, &str)> {
    let (version, rest) = message.split_once(" on ")?;
    let (endpoint, _) = rest.split_once(": ")?;
    decimal::unsigned(version)?;
    (!endpoint.contains(' ')).then_some((version, endpoint))
}

/// The file of `checksums or size for … version v1 do not match …`
fn checked_file(message: &str) -> Option<&str> {
    let rest = message.strip_prefix("checksums ")?;
    let rest = rest.strip_prefix("or size ").unwrap_or(rest);
    let (file, _) = rest.strip_prefix("for ")?.split_once(" version ")?;
    (!file.is_empty()).then_some(file)
}

/// Messages that the catalogue logs as errors, by what no other has.
const FAILURES: [&str; 17] = [
    "db object already exists",
    "db update failed: ",
    "does not match PreservedObject current_version",
    "not found in Moab",
    "was not found in Moab",
    "encountered validation error(s)",
    "Invalid Moab, validation errors",
    "unable to parse ",
    "do not match",
    "exists but Moab not found",
    "unable to validate when ",
    "doesn't match",
    "was not found on ",
    "Sum of ZippedMoabVersion child part sizes",
    "has variation in child parts_counts",
    "; ERROR!",
    "unexpected relationship",
];

/// Messages that it logs as warnings.
const WARNINGS: [&str; 4] = [
    "db object does not exist",
    "parts are replicated yet",
    "no zip_parts exist yet",
    "backfilled the following ZippedMoabVersions",
];

/// What the catalogue takes a message for.
fn outcome(message: &str) -> Option<Outcome> {
    if let Some((_, status)) =
        message.split_once(" status changed from ").and_then(|(_, s)| s.rsplit_once(" to "))
    {
        return Some(match status {
            "ok" => Outcome::Success,
            "validity_unknown" => Outcome::Warning,
            _ => Outcome::Fail,
        });
    }
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if says(&FAILURES) {
        Some(Outcome::Fail)
    } else if says(&WARNINGS) {
        Some(Outcome::Warning)
    } else {
        let version = actual_version(message).is_some();
        let known = version || message == "checksum(s) match" || message.starts_with("added object to db");
        known.then_some(Outcome::Success)
    }
}

fn of_level(level: Option<&str>) -> Option<Outcome> {
    Some(match level? {
        "INFO" => Outcome::Success,
        "WARN" => Outcome::Warning,
        "ERROR" | "FATAL" => Outcome::Fail,
        _ => return None,
    })
}
