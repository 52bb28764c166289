//! The words of preservation: types and outcomes of events as the Library of Congress lists them for PREMIS 3
//! (<https://id.loc.gov/vocabulary/preservation/eventType>, <https://id.loc.gov/vocabulary/preservation/eventOutcome>), and
//! how a format sets them.
//!
//! `premis.event.type` is a term of the list where the source's word is one or says the same, else that word: PREMIS lets
//! a repository have types of its own. The source's word stands besides in `event.action`.

use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use std::borrow::Cow;

/// Where the terms are.
const TYPES: &str = "id.loc.gov/vocabulary/preservation/eventType/";
const OUTCOMES: &str = "id.loc.gov/vocabulary/preservation/eventOutcome/";

/// A term of the list of event types: its code and its label.
pub type Term = (&'static str, &'static str);

/// All event types as of 2018-09-24, the list's last change.
const TERMS: [Term; 50] = [
    ("acc", "accession"),
    ("app", "appraisal"),
    ("cap", "capture"),
    ("com", "compression"),
    ("cop", "compiling"),
    ("cre", "creation"),
    ("dea", "deaccession"),
    ("dec", "decompression"),
    ("del", "deletion"),
    ("der", "decryption"),
    ("dig", "digital signature validation"),
    ("dis", "dissemination"),
    ("dsg", "digital signature generation"),
    ("dsp", "displaying"),
    ("enc", "encryption"),
    ("exe", "execution"),
    ("exp", "exporting"),
    ("ext", "extraction"),
    ("ffa", "forensic feature analysis"),
    ("fil", "filename change"),
    ("fix", "fixity check"),
    ("for", "format identification"),
    ("ima", "imaging"),
    ("ine", "ingestion end"),
    ("ing", "ingestion"),
    ("ins", "ingestion start"),
    ("int", "interpreting"),
    ("ipc", "information package creation"),
    ("ipm", "information package merging"),
    ("ips", "information package splitting"),
    ("mee", "metadata extraction"),
    ("mem", "metadata modification"),
    ("mes", "message digest calculation"),
    ("mig", "migration"),
    ("mod", "modification"),
    ("nor", "normalization"),
    ("pac", "packing"),
    ("poa", "policy assignment"),
    ("prt", "printing"),
    ("qua", "quarantine"),
    ("rec", "recovery"),
    ("red", "redaction"),
    ("ref", "refreshment"),
    ("ren", "rendering"),
    ("rep", "replication"),
    ("tra", "transfer"),
    ("unp", "unpacking"),
    ("unq", "unquarantine"),
    ("val", "validation"),
    ("vir", "virus check"),
];

/// Words that are no terms and are in use for them: spellings, and labels of earlier lists.
const OTHER_WORDS: [(&str, &str); 6] = [
    ("fixity", "fix"),
    ("fixitychecking", "fix"),
    ("ingest", "ing"),
    ("normalisation", "nor"),
    ("validate", "val"),
    ("viruscheck", "vir"),
];

/// The term of this code.
pub fn term(code: &str) -> Option<&'static Term> {
    TERMS.iter().find(|(known, _)| *known == code)
}

/// The term that a source's word is: its label in any case and with any marks between the words, or its URI.
pub fn event_type(word: &str) -> Option<&'static Term> {
    let word = word.trim();
    // No label is longer; a word may be as long as a message.
    if word.len() > 100 {
        return None;
    }
    if let Some((_, code)) = word.split_once(TYPES) {
        return term(code.trim_end_matches(".html"));
    }
    let is = |label: &str| letters(word).eq(letters(label));
    TERMS
        .iter()
        .find(|(_, label)| is(label))
        .or_else(|| OTHER_WORDS.iter().find(|(other, _)| is(other)).and_then(|(_, code)| term(code)))
}

/// The letters of a text, small.
fn letters(text: &str) -> impl Iterator<Item = u8> + '_ {
    text.bytes().filter(|c| !matches!(c, b' ' | b'_' | b'-')).map(|c| c.to_ascii_lowercase())
}

/// How an event ended. The better come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// `success`
    Success,
    /// `warning`
    Warning,
    /// `fail`
    Fail,
}

impl Outcome {
    /// Reads a source's word: one of the list, its URI, or one in wide use for it.
    pub fn read(word: &str) -> Option<Self> {
        let word = word.trim();
        let word = word.split_once(OUTCOMES).map_or(word, |(_, code)| code.trim_end_matches(".html"));
        let mut small = [0; 12];
        let small = small.get_mut(..word.len())?;
        small.copy_from_slice(word.as_bytes());
        small.make_ascii_lowercase();
        Some(match &*small {
            b"success" | b"suc" | b"successful" | b"succeeded" | b"succes" | b"pass" | b"passed" | b"ok"
            | b"positive" => Self::Success,
            b"warning" | b"war" | b"warn" => Self::Warning,
            b"fail" | b"fai" | b"failed" | b"failure" | b"negative" | b"error" | b"unsuccessful" => {
                Self::Fail
            }
            _ => return None,
        })
    }

    /// Sets it, for PREMIS and for ECS, which has no warnings.
    pub fn set(self, fields: &mut Fields<'_>) {
        let (premis, ecs) = match self {
            Self::Success => ("success", "success"),
            Self::Warning => ("warning", "unknown"),
            Self::Fail => ("fail", "failure"),
        };
        fields.set(Field::PremisEventOutcome, Value::Escaped(premis));
        fields.set(Field::EventOutcome, Value::Escaped(ecs));
    }
}

/// Sets the type to a term of the list.
pub fn set_term(term: &Term, fields: &mut Fields<'_>) {
    fields.set(Field::PremisEventType, Value::Escaped(term.1));
    fields.set(Field::PremisEventTypeUri, format!("http://{TYPES}{}", term.0));
}

/// Sets the type to the term of this code, if there is one, else to the source's own word, which is `event.action` too.
pub fn set_type<'a>(code: &str, word: impl Into<Cow<'a, str>>, fields: &mut Fields<'a>) {
    let word = word.into();
    match term(code) {
        Some(term) => set_term(term, fields),
        None => fields.set(Field::PremisEventType, word.clone()),
    }
    fields.set(Field::EventAction, word);
}

/// A kind of agent: one of PREMIS's four (<https://id.loc.gov/vocabulary/preservation/agentType>) in its spelling, else the
/// source's own.
pub fn agent_type(word: Cow<'_, str>) -> Cow<'_, str> {
    let known = ["person", "organization", "software", "hardware"];
    known.into_iter().find(|kind| word.eq_ignore_ascii_case(kind)).map_or(word, Cow::Borrowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_sources() {
        for (word, code) in [
            ("fixity check", "fix"),
            ("Fixity Check", "fix"),
            ("MESSAGE_DIGEST_CALCULATION", "mes"),
            ("messageDigestCalculation", "mes"),
            (" ingestion\n", "ing"),
            ("ingest", "ing"),
            ("http://id.loc.gov/vocabulary/preservation/eventType/pac", "pac"),
            ("https://id.loc.gov/vocabulary/preservation/eventType/pac.html", "pac"),
        ] {
            assert_eq!(event_type(word).map(|(code, _)| *code), Some(code), "{word}");
        }
        for own in ["", "registration", "http://id.loc.gov/vocabulary/preservation/eventType/zzz", "é"] {
            assert_eq!(event_type(own), None, "{own}");
        }
    }

    #[test]
    fn kinds_of_agents() {
        assert_eq!(
            (agent_type("Software".into()), agent_type("repository user".into())),
            ("software".into(), "repository user".into())
        );
    }

    #[test]
    fn words_of_outcomes() {
        assert_eq!(Outcome::read("SUCCESS"), Some(Outcome::Success));
        assert_eq!(
            Outcome::read("http://id.loc.gov/vocabulary/preservation/eventOutcome/fai"),
            Some(Outcome::Fail)
        );
        assert_eq!(Outcome::read("Warning"), Some(Outcome::Warning));
        for unknown in ["", "recorded", "partly successful", "é", "\u{212a}"] {
            assert_eq!(Outcome::read(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn a_term_or_the_sources_own_word() {
        let mut fields = Fields::new();
        set_type("rep", "druid_version_replicated", &mut fields);
        assert_eq!(fields.text(Field::PremisEventType).as_deref(), Some("replication"));
        assert_eq!(
            fields.text(Field::PremisEventTypeUri).as_deref(),
            Some("http://id.loc.gov/vocabulary/preservation/eventType/rep")
        );
        assert_eq!(fields.text(Field::EventAction).as_deref(), Some("druid_version_replicated"));
        let mut fields = Fields::new();
        set_type("", "version_open", &mut fields);
        assert_eq!(fields.text(Field::PremisEventType).as_deref(), Some("version_open"));
        assert!(!fields.has(Field::PremisEventTypeUri));
    }
}
