//! `[sink.timestream]` of the configuration.

use catchwater_consumer_core::sink::Named;
use catchwater_schemas::event::Kind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Which table, and what goes there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The database; it has to be there.
    pub database: String,
    /// The table; it has to be there.
    pub table: String,
    /// What a row is.
    pub layout: Layout,
    /// Kinds of events that go there; others are counted as filtered.
    pub kinds: Vec<Kind>,
    /// Formats whose events go there; without it, all.
    pub formats: Option<Vec<String>>,
    /// The table's region; without it, that of the environment or the profile.
    pub region: Option<String>,
    /// An endpoint that is taken as it is, such as that of a VPC; without it, the service is asked for ours.
    pub endpoint_url: Option<String>,
    /// Hours for which the table's memory store takes events; older ones become dead letters without asking it.
    pub retention_hours: Option<u32>,
    /// Calls at a time, of 100 records each.
    pub parallel_calls: u32,
}

/// What a row is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// An event with all its fields as measures.
    #[default]
    Events,
    /// A completed file move, as a table that is there already has it.
    Existing,
}

impl Named for Config {
    const NAME: &'static str = "timestream";
}

impl Default for Config {
    fn default() -> Self {
        Self {
            database: "catchwater".into(),
            table: "events".into(),
            layout: Layout::Events,
            kinds: Kind::ALL.to_vec(),
            formats: None,
            region: None,
            endpoint_url: None,
            retention_hours: None,
            parallel_calls: 8,
        }
    }
}

/// The section cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadConfig {
    /// No name that Timestream takes.
    #[error("`{0}` \"{1}\" is no name: 3 to 256 letters, digits, `.`, `_` and `-`")]
    Name(&'static str, String),
    /// No event would ever go there.
    #[error("`{0}` leaves no event for the table")]
    Nothing(&'static str),
    /// No address.
    #[error("`endpoint_url` must begin with `http://` or `https://`")]
    Endpoint,
    /// A number out of its range.
    #[error("`{0}` must be {1} to {2}")]
    Range(&'static str, u32, u32),
}

impl Config {
    /// How long events are taken, also for the handler's settings.
    pub fn retention(&self) -> Option<Duration> {
        self.retention_hours.map(|hours| Duration::from_secs(u64::from(hours) * 3_600))
    }

    /// Checks the section without asking anyone. Names and numbers:
    /// <https://docs.aws.amazon.com/timestream/latest/developerguide/ts-limits.html>
    pub fn check(&self) -> Result<(), BadConfig> {
        for (key, name) in [("database", &self.database), ("table", &self.table)] {
            let valid = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
            if !(3..=256).contains(&name.len()) || !name.bytes().all(valid) {
                return Err(BadConfig::Name(key, name.clone()));
            }
        }
        let takes_moves = self.kinds.contains(&Kind::FileMove);
        if self.kinds.is_empty() || (self.layout == Layout::Existing && !takes_moves) {
            return Err(BadConfig::Nothing("kinds"));
        }
        if self.formats.as_ref().is_some_and(Vec::is_empty) {
            return Err(BadConfig::Nothing("formats"));
        }
        let is_address = |url: &String| url.starts_with("http://") || url.starts_with("https://");
        if !self.endpoint_url.as_ref().is_none_or(is_address) {
            return Err(BadConfig::Endpoint);
        }
        for (key, value, most) in [
            ("retention_hours", self.retention_hours.unwrap_or(1), 8_766),
            ("parallel_calls", self.parallel_calls, 64),
        ] {
            if !(1..=most).contains(&value) {
                return Err(BadConfig::Range(key, 1, most));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistake(toml: &str) -> String {
        toml::from_str::<Config>(toml).unwrap().check().unwrap_err().to_string()
    }

    #[test]
    fn what_is_wrong_is_told() {
        Config::default().check().unwrap();
        for (toml, part) in [
            ("database = 'db'", "`database` \"db\""),
            ("table = 'a b c'", "`table`"),
            ("kinds = []", "`kinds`"),
            ("layout = 'existing'\nkinds = ['log']", "`kinds`"),
            ("formats = []", "`formats`"),
            ("endpoint_url = 'localhost:4566'", "`endpoint_url`"),
            ("retention_hours = 0", "1 to 8766"),
            ("parallel_calls = 65", "1 to 64"),
        ] {
            assert!(mistake(toml).contains(part), "{}", mistake(toml));
        }
    }

    #[test]
    fn retention_is_of_hours() {
        let config = Config { retention_hours: Some(24), ..Config::default() };
        assert_eq!(config.retention(), Some(Duration::from_secs(86_400)));
    }
}
