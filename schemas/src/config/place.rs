//! Where in a configuration's text something is wrong, and what was probably meant.

use super::Config;
use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::de::{DeTable, DeValue};

/// A configuration that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}{}", suggestion.as_ref().map(|s| format!("; did you mean `{s}`?")).unwrap_or_default())]
pub struct ConfigError {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// The nearest valid key or value.
    pub suggestion: Option<String>,
}

/// Parses a configuration.
pub fn parse<S: DeserializeOwned + Serialize + Default>(text: &str) -> Result<Config<S>, ConfigError> {
    toml::from_str(text).map_err(|e| {
        let (line, column) = line_and_column(text, e.span().map_or(0, |s| s.start));
        let message = e.message().to_string();
        ConfigError { line, column, suggestion: nearest_expected(&message), message }
    })
}

fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..offset.min(text.len())];
    let line_start = before.rfind('\n').map_or(0, |n| n + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// serde lists what it expected: "unknown field `formta`, expected one of `account`, `format`".
fn nearest_expected(message: &str) -> Option<String> {
    let (found, expected) = message.split_once("expected")?;
    let given = found.split('`').nth(1)?;
    nearest(given, expected.split('`').skip(1).step_by(2))
}

/// The candidate nearest to what was given, if it is near enough to be meant.
pub fn nearest<'a>(given: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    let scored = candidates.map(|c| (strsim::damerau_levenshtein(given, c), c));
    let (distance, best) = scored.min()?;
    (distance <= best.len().max(given.len()).div_ceil(3)).then(|| best.to_string())
}

/// Line and column, from 1, of the value at a path such as `["route", "2", "format"]`; of the deepest part that is
/// there if not all is.
pub fn locate(text: &str, path: &[&str]) -> (usize, usize) {
    let Ok(document) = DeTable::parse(text) else { return (1, 1) };
    let mut offset = 0;
    let mut here: Option<&DeValue<'_>> = None;
    for (depth, part) in path.iter().enumerate() {
        let next = match (depth, here) {
            (0, _) => document.get_ref().get(*part),
            (_, Some(value)) => {
                value.get(*part).or_else(|| part.parse::<usize>().ok().and_then(|n| value.get(n)))
            }
            _ => None,
        };
        let Some(found) = next else { break };
        offset = found.span().start;
        here = Some(found.get_ref());
    }
    line_and_column(text, offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    type NoSinks = BTreeMap<String, ()>;

    #[test]
    fn defaults_are_a_valid_configuration_and_survive_their_own_text() {
        let config: Config<NoSinks> = parse("").unwrap();
        let text = toml::to_string(&config).unwrap();
        assert_eq!(toml::to_string(&parse::<NoSinks>(&text).unwrap()).unwrap(), text);
    }

    #[test]
    fn an_error_names_place_and_nearest_key() {
        let cases = [
            ("[pipeline]\nrevison = 2\n", (2, 1), Some("revision")),
            ("[[route]]\nformat = \"json\"\n  servise = \"x\"\n", (3, 3), Some("service")),
            ("[pipeline]\npacking = \"ztsd\"\n", (2, 11), Some("zstd")),
            ("[pipeline]\nrevision = \"two\"\n", (2, 12), None),
            ("[mapping.transform]\nbatchsize = 3\n", (2, 1), Some("batch_size")),
            ("x = \n", (1, 5), None),
        ];
        for (text, place, suggestion) in cases {
            let error = parse::<NoSinks>(text).unwrap_err();
            assert_eq!((error.line, error.column), place, "{text}: {error}");
            assert_eq!(error.suggestion.as_deref(), suggestion, "{text}: {error}");
        }
    }

    #[test]
    fn a_value_is_found_by_its_path() {
        let text = "[pipeline]\nrevision = 1\n\n[[route]]\nformat = \"a\"\n[[route]]\nservice = \"s\"\nformat = \"b\"\n";
        assert_eq!(locate(text, &["route", "1", "format"]), (8, 10));
        assert_eq!(locate(text, &["pipeline", "revision"]), (2, 12));
        assert_eq!(locate(text, &["route", "0", "absent"]).0, 4);
        assert_eq!(locate(text, &["absent"]), (1, 1));
    }
}
