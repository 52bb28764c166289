//! Formats of one's own: `[format.NAME]`.

use crate::event::Kind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A format that the configuration describes. It is named in a route as any other.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UserFormat {
    /// What writes such lines.
    pub title: String,
    /// A regular expression with named groups, of Rust's crate `regex`: no look-around, time linear in the line.
    pub pattern: Option<String>,
    /// A grok pattern instead: `%{IP:source.ip} %{NUMBER:took}`.
    pub grok: Option<String>,
    /// More patterns for `grok`, by name.
    pub patterns: BTreeMap<String, String>,
    /// Kind of the events.
    pub kind: Kind,
    /// Where the value of a named group goes. A group that is not named here and is called as a field of ECS goes there;
    /// `time` and `timestamp` are `@timestamp`, `level` is `log.level`; all others are kept in `catchwater.fields`.
    pub fields: BTreeMap<String, Target>,
    /// Values that all events have, by field.
    pub set: BTreeMap<String, String>,
    /// Lines with what must come of them; `catchwater check` runs them.
    pub test: Vec<FormatTest>,
}

impl Default for UserFormat {
    fn default() -> Self {
        Self {
            title: String::new(),
            pattern: None,
            grok: None,
            patterns: BTreeMap::new(),
            kind: Kind::Log,
            fields: BTreeMap::new(),
            set: BTreeMap::new(),
            test: Vec::new(),
        }
    }
}

/// Where a group's value goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Target {
    /// To this field, read as the field's type asks for. What is not of the type is kept in `catchwater.fields`.
    Field(String),
    /// To this field, with more said of the value.
    Full(FullTarget),
}

/// Where a group's value goes, and how it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FullTarget {
    /// The field.
    pub field: String,
    /// Unit of a duration; the field holds nanoseconds.
    #[serde(default)]
    pub unit: Option<Unit>,
    /// How a time is written, in the letters of `strftime`: `%d/%b/%Y %H:%M:%S%.f %z`; also `epoch`, `epoch_ms`. Without it
    /// the layouts that loggers usually write are known.
    #[serde(default)]
    pub time: Option<String>,
}

/// Unit of a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Unit {
    /// Seconds.
    #[serde(rename = "s")]
    Seconds,
    /// Milliseconds.
    #[serde(rename = "ms")]
    Milliseconds,
    /// Microseconds.
    #[serde(rename = "us")]
    Microseconds,
    /// Nanoseconds.
    #[serde(rename = "ns")]
    Nanoseconds,
}

/// A line and what must come of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FormatTest {
    /// The line.
    pub line: String,
    /// Values by field; fields that are not named may have any.
    pub expect: BTreeMap<String, serde_json::Value>,
    /// Fields that must not be there.
    pub absent: Vec<String>,
    /// The format must not take the line.
    pub refused: bool,
}
