//! Looks for mistakes in a configuration, and says of each where it is and what was meant.

use crate::parts::privacy_key;
use crate::sections::Sections;
use crate::tables;
use catchwater_consumer_core::http::Keyring;
use catchwater_consumer_core::http::secrets::Secrets;
use catchwater_schemas::config::{self, Config, Redact, locate, nearest};
use catchwater_transforms::formats;
use catchwater_transforms::identity::Identity;
use catchwater_transforms::privacy::Privacy;
use catchwater_transforms::query::Queries;
use catchwater_transforms::redact::Redactor;
use catchwater_transforms::route::Routes;
use catchwater_transforms::rule_error::RuleError;
use catchwater_transforms::user_format::{FormatError, UserFormats};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::net::ToSocketAddrs;
use std::path::Path;

/// One mistake in a configuration.
#[derive(Debug, PartialEq, Eq)]
pub struct Mistake {
    line: usize,
    column: usize,
    message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

/// Parses a configuration: for one who needs a section of it, and none of the tables, secrets and formats that the others name.
pub fn read<S: DeserializeOwned + Serialize + Default>(text: &str) -> Result<Config<S>, Mistake> {
    config::parse(text).map_err(|e| {
        let meant = e.suggestion.map(|s| format!("; did you mean `{s}`?")).unwrap_or_default();
        Mistake { line: e.line, column: e.column, message: format!("{}{meant}", e.message) }
    })
}

/// Parses and checks a configuration; all mistakes are told at once. Paths in it are seen from `folder` and then from
/// where the program runs. The key of hashes is looked for among the secrets; those of the sinks and their certificates in
/// the keyring, if one is given: who does not speak to the stores needs neither.
pub fn check<S: Sections>(
    text: &str,
    folder: &Path,
    secrets: &dyn Secrets,
    keyring: Option<&Keyring>,
) -> Result<Config<S>, Vec<Mistake>> {
    let mut config: Config<S> = read(text).map_err(|mistake| vec![mistake])?;
    let mut mistakes = Vec::new();
    let mut wrong = |path: &[&str], message: String| {
        let (line, column) = locate(text, path);
        mistakes.push(Mistake { line, column, message });
    };
    check_routes(&config, &mut wrong);
    check_rules(&config, &mut wrong);
    config.who.tables = tables::seen_from(folder, &config.who.tables);
    check_who(&config, secrets, &mut wrong);
    check_mappings(&config, &mut wrong);
    check_numbers(&config, &mut wrong);
    for (name, mistake) in config.sink.mistakes(keyring) {
        wrong(&["sink", name], mistake);
    }
    for (key, address) in [("kinesis", &config.listen.kinesis), ("page", &config.listen.page)] {
        if address.to_socket_addrs().is_err() {
            wrong(&["listen", key], format!("`{address}` is no address with port, such as 127.0.0.1:4567"));
        }
    }
    mistakes.sort_by_key(|m| (m.line, m.column));
    if mistakes.is_empty() { Ok(config) } else { Err(mistakes) }
}

fn meant(given: &str, names: impl Iterator<Item = &'static str>) -> String {
    nearest(given, names).map(|n| format!("; did you mean `{n}`?")).unwrap_or_default()
}

fn check_routes<S>(config: &Config<S>, wrong: &mut impl FnMut(&[&str], String)) {
    let (user, mistakes) = UserFormats::new(&config.format);
    for FormatError { name, path, message } in mistakes {
        let keys = path.iter().map(String::as_str);
        wrong(&["format", &name].into_iter().chain(keys).collect::<Vec<_>>(), message);
    }
    for error in Routes::mistakes(&config.pipeline, &config.route, formats::REGISTRY, &user) {
        let index = (error.index - 1).to_string();
        let keys = error.key.split('.');
        let path: Vec<&str> = ["route", &index].into_iter().chain(keys).collect();
        let meant = error.suggestion.map(|s| format!("; did you mean `{s}`?")).unwrap_or_default();
        wrong(&path, format!("{}{meant}", error.message));
    }
}

/// Rules of one's own are compiled as the transform will compile them, each alone, so that all mistakes are told.
fn check_rules<S>(config: &Config<S>, wrong: &mut impl FnMut(&[&str], String)) {
    let mut tell = |error: RuleError, index: usize| {
        let index = index.to_string();
        let path: Vec<&str> = error.section.iter().copied().chain([index.as_str(), error.key]).collect();
        wrong(&path, error.message);
    };
    for (index, rule) in config.operation.iter().enumerate() {
        if let Err(error) = Queries::new(&config.query, std::slice::from_ref(rule)) {
            tell(error, index);
        }
    }
    for (index, pattern) in config.redact.pattern.iter().enumerate() {
        let alone = Redact { pattern: vec![pattern.clone()], ..config.redact.clone() };
        if let Err(error) = Redactor::new(&alone) {
            tell(error, index);
        }
    }
}

/// Who asked, its tables, and the key without which nothing can be hashed.
fn check_who<S>(config: &Config<S>, secrets: &dyn Secrets, wrong: &mut impl FnMut(&[&str], String)) {
    if let Err(error) = Identity::new(&config.who, None) {
        let index = error.index.to_string();
        wrong(&error.section.iter().copied().chain([index.as_str()]).collect::<Vec<_>>(), error.message);
    }
    match privacy_key(&config.privacy, secrets) {
        Err(no_key) => wrong(&["privacy", "key_env"], no_key.to_string()),
        Ok(key) => {
            if let Err(error) = Privacy::new(&config.privacy, &config.route, key.as_ref()) {
                let name = "`key_env = \"CATCHWATER_PRIVACY_KEY\"` under [privacy]";
                wrong(&["privacy"], format!("{}: {name}", error.message));
            }
        }
    }
    for mistake in tables::load(&config.who.tables).err().map(|wrong| wrong.0).unwrap_or_default() {
        wrong(&["who", "tables", mistake.key], mistake.to_string());
    }
}

fn check_mappings<S: Sections>(config: &Config<S>, wrong: &mut impl FnMut(&[&str], String)) {
    for (name, mapping) in &config.mapping {
        let sinks = S::NAMES.unwrap_or_default();
        if S::NAMES.is_some() && name != "transform" && !sinks.contains(&name.as_str()) {
            let names = sinks.iter().copied().chain(["transform"]);
            wrong(&["mapping", name], format!("there is no mapping `{name}`{}", meant(name, names)));
        }
        if !(1..=10_000).contains(&mapping.batch_size) {
            wrong(&["mapping", name, "batch_size"], "batch_size must be 1 to 10,000 (Lambda's limit)".into());
        }
        if !(1_048_576..=6_000_000).contains(&mapping.batch_bytes) {
            let message = "batch_bytes must be 1,048,576 (one record) to 6,000,000 (Lambda's payload)";
            wrong(&["mapping", name, "batch_bytes"], message.into());
        }
        if !(1_000..=900_000).contains(&mapping.timeout_ms) {
            wrong(
                &["mapping", name, "timeout_ms"],
                "timeout_ms must be 1,000 to 900,000 (Lambda's limit)".into(),
            );
        }
        if mapping.maximum_record_age_seconds.is_some_and(|s| !(60..=604_800).contains(&s)) {
            let message = "maximum_record_age_seconds must be 60 to 604,800 (Lambda's limits)";
            wrong(&["mapping", name, "maximum_record_age_seconds"], message.into());
        }
    }
}

fn check_numbers<S>(config: &Config<S>, wrong: &mut impl FnMut(&[&str], String)) {
    for (name, stream) in [("raw", &config.streams.raw), ("events", &config.streams.events)] {
        if !(1..=256).contains(&stream.shards) {
            wrong(&["streams", name, "shards"], "shards must be 1 to 256".into());
        }
        if !(24..=8_760).contains(&stream.retention_hours) {
            wrong(
                &["streams", name, "retention_hours"],
                "retention_hours must be 24 to 8,760 (Kinesis's limits)".into(),
            );
        }
        if stream.retention_bytes < 16 << 20 {
            wrong(
                &["streams", name, "retention_bytes"],
                "retention_bytes must be at least 16,777,216".into(),
            );
        }
    }
    let limits = &config.limits;
    if !(1 << 16..=1 << 30).contains(&limits.unpacked_bytes) {
        wrong(&["limits", "unpacked_bytes"], "unpacked_bytes must be 65,536 to 1,073,741,824".into());
    }
    if !(256..=2 << 20).contains(&limits.message_bytes) {
        wrong(&["limits", "message_bytes"], "message_bytes must be 256 to 2,097,152".into());
    }
    if !(2..=128).contains(&limits.json_depth) {
        wrong(&["limits", "json_depth"], "json_depth must be 2 to 128".into());
    }
}
