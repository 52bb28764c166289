//! Reads and checks a configuration file, and says of each mistake where it is and what was meant.

use crate::sinks::Sinks;
use crate::tables;
use anyhow::{Context, Result, bail};
use catchwater_schemas::config::{self, Redact, locate, nearest};
use catchwater_transforms::formats;
use catchwater_transforms::identity::Identity;
use catchwater_transforms::identity::tables::SharedTables;
use catchwater_transforms::privacy::{Key, Privacy};
use catchwater_transforms::query::Queries;
use catchwater_transforms::redact::Redactor;
use catchwater_transforms::route::Routes;
use catchwater_transforms::rule_error::RuleError;
use catchwater_transforms::transform::Parts;
use catchwater_transforms::user_format::{FormatError, UserFormats};
use std::fmt;
use std::net::ToSocketAddrs;
use std::path::Path;

/// The configuration of this program.
pub type Config = config::Config<Sinks>;

/// What `catchwater up` does without a configuration of one's own.
pub const DEFAULT: &str = include_str!("default.toml");

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

/// Reads the file, or takes the embedded defaults; refuses a configuration with any mistake.
pub fn load(file: Option<&Path>) -> Result<Config> {
    let (name, text) = match file {
        None => ("embedded defaults".to_string(), DEFAULT.to_string()),
        Some(path) => (path.display().to_string(), read(path)?),
    };
    match check(&text, folder_of(file)) {
        Ok(config) => Ok(config),
        Err(mistakes) => {
            let lines: Vec<String> = mistakes.iter().map(|m| format!("{name}:{m}")).collect();
            bail!("the configuration cannot be used\n  {}", lines.join("\n  "))
        }
    }
}

/// Reads the text of a configuration file.
pub fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read the configuration {}", path.display()))
}

/// The folder that paths in a configuration are seen from.
pub fn folder_of(file: Option<&Path>) -> &Path {
    file.and_then(Path::parent).unwrap_or(Path::new(""))
}

/// The key of keyed hashes, from the environment variable that the configuration names.
fn privacy_key(config: &Config) -> Result<Option<Key>, String> {
    let Some(name) = &config.privacy.key_env else { return Ok(None) };
    match std::env::var(name) {
        Ok(key) if !key.is_empty() => Ok(Some(Key::new(key.as_bytes()))),
        _ => Err(format!(
            "the environment variable `{name}` is not set; set it to the key of hashes, a long random text"
        )),
    }
}

/// What the transform needs of the configuration, which was checked, and the tables.
pub fn parts(config: &Config, tables: SharedTables) -> Result<Parts> {
    Ok(Parts {
        pipeline: config.pipeline.clone(),
        limits: config.limits,
        routes: config.route.clone(),
        redact: config.redact.clone(),
        query: config.query.clone(),
        operations: config.operation.clone(),
        formats: config.format.clone(),
        who: config.who.clone(),
        tables,
        privacy: config.privacy.clone(),
        privacy_key: privacy_key(config).map_err(anyhow::Error::msg)?,
    })
}

/// Parses and checks a configuration; all mistakes are told at once. Paths in it are seen from `folder` and then from
/// where the program runs.
pub fn check(text: &str, folder: &Path) -> Result<Config, Vec<Mistake>> {
    let mut config: Config = config::parse(text).map_err(|e| {
        let meant = e.suggestion.map(|s| format!("; did you mean `{s}`?")).unwrap_or_default();
        vec![Mistake { line: e.line, column: e.column, message: format!("{}{meant}", e.message) }]
    })?;
    let mut mistakes = Vec::new();
    let mut wrong = |path: &[&str], message: String| {
        let (line, column) = locate(text, path);
        mistakes.push(Mistake { line, column, message });
    };
    check_routes(&config, &mut wrong);
    check_rules(&config, &mut wrong);
    config.who.tables = tables::seen_from(folder, &config.who.tables);
    check_who(&config, &mut wrong);
    check_mappings(&config, &mut wrong);
    check_numbers(&config, &mut wrong);
    for (name, mistake) in config.sink.mistakes() {
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

fn check_routes(config: &Config, wrong: &mut impl FnMut(&[&str], String)) {
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
fn check_rules(config: &Config, wrong: &mut impl FnMut(&[&str], String)) {
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
fn check_who(config: &Config, wrong: &mut impl FnMut(&[&str], String)) {
    if let Err(error) = Identity::new(&config.who, None) {
        let index = error.index.to_string();
        wrong(&error.section.iter().copied().chain([index.as_str()]).collect::<Vec<_>>(), error.message);
    }
    match privacy_key(config) {
        Err(message) => wrong(&["privacy", "key_env"], message),
        Ok(key) => {
            if let Err(error) = Privacy::new(&config.privacy, &config.route, key.as_ref()) {
                let name = "`key_env = \"CATCHWATER_PRIVACY_KEY\"` under [privacy]";
                wrong(&["privacy"], format!("{}: {name}", error.message));
            }
        }
    }
    for mistake in tables::load(&config.who.tables).err().into_iter().flatten() {
        wrong(&["who", "tables", mistake.key], mistake.to_string());
    }
}

fn check_mappings(config: &Config, wrong: &mut impl FnMut(&[&str], String)) {
    for (name, mapping) in &config.mapping {
        if name != "transform" && !Sinks::NAMES.contains(&name.as_str()) {
            let names = Sinks::NAMES.iter().copied().chain(["transform"]);
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

fn check_numbers(config: &Config, wrong: &mut impl FnMut(&[&str], String)) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_defaults_have_no_mistake() {
        check(DEFAULT, Path::new("")).unwrap();
    }

    #[test]
    fn every_mistake_is_told_with_its_place_and_what_was_meant() {
        let text = "[listen]\npage = \"8080\"\n\n[[route]]\nformat = \"ngnix_access\"\ntimezone = \"CET\"\n\n[mapping.sqlit]\nbatch_size = 0\n\n[streams.raw]\nshards = 0\n";
        let told: Vec<String> =
            check(text, Path::new("")).unwrap_err().iter().map(Mistake::to_string).collect();
        assert_eq!(told.len(), 6, "{told:#?}");
        for (line, message) in [
            (2, "no address"),
            (5, "did you mean `nginx_access`"),
            (6, "offset from UTC"),
            (8, "did you mean `sqlite`"),
            (9, "1 to 10,000"),
            (12, "1 to 256"),
        ] {
            let found = told.iter().any(|t| t.starts_with(&format!("{line}:")) && t.contains(message));
            assert!(found, "{line} {message}: {told:#?}");
        }
    }

    #[test]
    fn rules_that_cannot_be_compiled_are_told_with_their_line() {
        let text = "[[operation]]\npattern = \"/a(\"\noperation = \"o\"\n\n[[operation]]\nservice = \"x\"\n\n[[operation]]\ntemplate = \"/a/{b\"\n\n[[redact.pattern]]\nname = \"n\"\npattern = \"[a\"\n";
        let told: Vec<String> =
            check(text, Path::new("")).unwrap_err().iter().map(Mistake::to_string).collect();
        let expected =
            [(2, "no regular expression"), (5, "template"), (9, "is not closed"), (13, "no regular")];
        assert_eq!(told.len(), expected.len(), "{told:#?}");
        for ((line, message), told) in expected.iter().zip(&told) {
            assert!(
                told.starts_with(&format!("{line}:")) && told.contains(message),
                "{line} {message}: {told}"
            );
        }
        let wrong = check("[redact]\nrules = [\"jwts\"]\n", Path::new("")).unwrap_err().remove(0).to_string();
        assert!(wrong.starts_with("2:") && wrong.contains("did you mean `jwt`"), "{wrong}");
    }

    #[test]
    fn what_the_documentation_shows_can_be_used() {
        for page in [include_str!("../../docs/meaning.md"), include_str!("../../docs/operations.md")] {
            let blocks: Vec<&str> =
                page.split("```toml\n").skip(1).filter_map(|b| b.split("```").next()).collect();
            assert!(!blocks.is_empty());
            for block in blocks {
                check(block, Path::new(".")).unwrap_or_else(|mistakes| panic!("{mistakes:?} in\n{block}"));
            }
        }
    }

    #[test]
    fn tables_and_keys_that_are_not_there_are_told_with_their_line() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("orgs.csv"), "cidr,name\n192.0.2/24,Library\n").unwrap();
        let text = "[who]\ntrusted_proxies = [\"10.0.0.0/8\", \"10/8\"]\n\n[who.tables]\norganizations = \"orgs.csv\"\nclasses = \"no.csv\"\n\n[privacy]\nkey_env = \"CATCHWATER_NO_SUCH_VARIABLE\"\n";
        let told: Vec<String> =
            check(text, folder.path()).unwrap_err().iter().map(Mistake::to_string).collect();
        let expected = [
            (2, "is no network"),
            (5, "orgs.csv:2: "),
            (6, "cannot be read"),
            (9, "`CATCHWATER_NO_SUCH_VARIABLE` is not set"),
        ];
        assert_eq!(told.len(), expected.len(), "{told:#?}");
        for ((line, message), told) in expected.iter().zip(&told) {
            assert!(
                told.starts_with(&format!("{line}:")) && told.contains(message),
                "{line} {message}: {told}"
            );
        }
        let wrong = check("[privacy]\nusers = \"hash\"\n", Path::new("")).unwrap_err().remove(0).to_string();
        assert!(wrong.starts_with("1:") && wrong.contains("key_env ="), "{wrong}");
    }
}
