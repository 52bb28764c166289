//! What is said of a rule of the configuration that cannot be used.

use std::fmt;

/// A rule that cannot be used, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleError {
    /// Path of the list of rules in the configuration, such as `["redact", "pattern"]`.
    pub section: &'static [&'static str],
    /// Number of the rule in the list, from 0.
    pub index: usize,
    /// The key that is wrong.
    pub key: &'static str,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[[{}]] {}, {}: {}", self.section.join("."), self.index + 1, self.key, self.message)
    }
}

impl std::error::Error for RuleError {}

/// Most bytes that a compiled pattern may take: enough for any that a person writes, and not the memory of a machine.
const MOST_BYTES: usize = 1 << 20;

/// Compiles a regular expression of the configuration.
pub(crate) fn regex(
    pattern: &str,
    place: (&'static [&'static str], usize, &'static str),
) -> Result<regex::Regex, RuleError> {
    let (section, index, key) = place;
    bounded(pattern).map_err(|message| RuleError { section, index, key, message })
}

/// The same for what stands in no list; the error says what is wrong.
pub(crate) fn bounded(pattern: &str) -> Result<regex::Regex, String> {
    regex::RegexBuilder::new(pattern).size_limit(MOST_BYTES).build().map_err(|error| {
        // The crate draws the pattern over several lines, the reason stands in the last.
        let text = error.to_string();
        let reason = text.lines().last().unwrap_or_default().trim();
        let reason = reason.strip_prefix("error: ").unwrap_or(reason);
        format!("`{pattern}` is no regular expression: {reason}")
    })
}
