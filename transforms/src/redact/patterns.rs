//! Rules of the configuration: regular expressions and what stands in the place of what they match.

use crate::rule_error::{self, RuleError};
use catchwater_schemas::config::RedactPattern;
use regex::Regex;
use std::borrow::Cow;

/// Compiled rules, applied one after the other.
#[derive(Clone, Debug, Default)]
pub(super) struct Patterns(Vec<(Regex, String)>);

impl Patterns {
    pub fn new(patterns: &[RedactPattern]) -> Result<Self, RuleError> {
        let compiled = patterns.iter().enumerate().map(|(index, rule)| {
            let place: (&'static [&'static str], usize, &'static str) =
                (&["redact", "pattern"], index, "pattern");
            let regex = rule_error::regex(&rule.pattern, place)?;
            if regex.is_match("") {
                let message = format!("`{}` matches where there is nothing", rule.pattern);
                return Err(RuleError { section: place.0, index, key: place.2, message });
            }
            Ok((regex, rule.replacement.clone()))
        });
        Ok(Self(compiled.collect::<Result<_, _>>()?))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// May one match in the strings of this JSON? Escapes may hide what would.
    pub fn may_match(&self, json: &str) -> bool {
        !self.is_empty() && (json.contains('\\') || self.0.iter().any(|(regex, _)| regex.is_match(json)))
    }

    /// The text with all matches replaced; `None` if there is none.
    pub fn apply(&self, text: &str) -> Option<String> {
        let mut changed: Option<String> = None;
        for (regex, replacement) in &self.0 {
            if let Cow::Owned(now) = regex.replace_all(changed.as_deref().unwrap_or(text), replacement) {
                changed = Some(now);
            }
        }
        changed
    }
}
