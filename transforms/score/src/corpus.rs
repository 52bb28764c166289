//! What `testdata/<format>/corpus.toml` says: where lines of others lie, and how their names are ours.
//!
//! ```toml
//! folders = ["postgresql", "postgresql_csv"]   # of the corpus; by default the one of the format's name
//! invalid = ["syslog_rfc5424_invalid"]         # folders whose lines the format must refuse
//! headers = true                               # lines of no event are headers, which the format must see
//!
//! [route]                                      # what a route says of all cases: options, timezone
//! timezone = "+01:00"
//!
//! [case."pgbadger-light".route.options]        # and of single ones
//! log_line_prefix = "%t [%p]: "
//!
//! [case.constructed]                           # lines in between that are none of the format's
//! refused = [8, 9]
//!
//! [names]                                      # theirs = ours: `a.b`, the first present of `a.b|c.d`, and a
//! "event.duration_ms" = "event.duration/1000000" # divisor where their unit is larger
//! "event.lines" = "#lines"                     # how many lines the event holds, of its message and its trace
//! "author.elb" = "aws.elb.name"                # of an author's own names, those that are named here are compared
//! ```
//! A name of `ecs` that is a registered field, and is not named, is that field.

use anyhow::{Context, Result, bail};
use catchwater_schemas::config::Route;
use catchwater_schemas::field::Field;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A format's cases and names.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Corpus {
    /// Folders of the corpus; empty: the one of the format's name.
    pub folders: Vec<String>,
    /// Folders whose lines the format must refuse.
    pub invalid: Vec<String>,
    /// Lines of no event are headers: the format sees them and makes no event of them.
    pub headers: bool,
    route: Route,
    case: BTreeMap<String, OfCase>,
    names: BTreeMap<String, String>,
    #[serde(skip)]
    format: String,
    #[serde(skip)]
    differences: Vec<Difference>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct OfCase {
    route: Option<Route>,
    refused: Vec<usize>,
}

/// A value that is ours on purpose, as `testdata/<format>/DIFFERENCES.md` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Name of the case.
    pub case: String,
    /// Line of the input, 1-based; `None` for all of its lines.
    pub line: Option<usize>,
    /// The name that the expectation has for it, `author.` before an author's own.
    pub field: String,
    /// Why.
    pub why: String,
}

/// `transforms/testdata/<format>`.
pub fn testdata(format: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata").join(format)
}

/// The corpus's root, which `CATCHWATER_CORPUS` names. Its absence is said aloud, and is a failure under CI.
pub fn root() -> Option<PathBuf> {
    let root = std::env::var_os("CATCHWATER_CORPUS").map(PathBuf::from);
    if root.is_none() {
        println!("SKIPPED: CATCHWATER_CORPUS is not set");
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "CI must set CATCHWATER_CORPUS");
    }
    root
}

impl Corpus {
    /// Reads what a format's folder says.
    pub fn read(format: &str) -> Result<Self> {
        let path = testdata(format).join("corpus.toml");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(e) => return Err(e).with_context(|| format!("cannot read {}", path.display())),
        };
        let mut corpus: Corpus = toml::from_str(&text).with_context(|| format!("in {}", path.display()))?;
        corpus.format = format.to_string();
        corpus.differences = differences(format)?;
        if corpus.folders.is_empty() {
            corpus.folders.push(format.to_string());
        }
        for ours in corpus.names.values() {
            check_names(ours)?;
        }
        Ok(corpus)
    }

    /// The format's name.
    pub fn format(&self) -> &str {
        &self.format
    }

    /// The route of a case.
    pub fn route(&self, case: &str) -> Route {
        let own = self.case.get(case).and_then(|c| c.route.as_ref());
        let mut route = own.unwrap_or(&self.route).clone();
        if own.is_some() {
            route.timezone = route.timezone.or_else(|| self.route.timezone.clone());
        }
        route.format = Some(self.format.clone());
        route
    }

    /// Is this line of a case none of the format's, chatter in between?
    pub fn is_refused(&self, case: &str, line: usize) -> bool {
        self.case.get(case).is_some_and(|c| c.refused.contains(&line))
    }

    /// Is the value under this name of theirs compared?
    pub fn knows(&self, theirs: &str) -> bool {
        self.names.contains_key(theirs)
    }

    /// Our field for their name; `None` if nothing is named for it.
    pub fn ours<'a>(&'a self, theirs: &'a str) -> Option<&'a str> {
        let named = self.names.get(theirs).map(String::as_str);
        named.or_else(|| Field::from_path(theirs).map(|_| theirs))
    }

    /// The difference that is known for this value.
    pub fn difference(&self, case: &str, line: usize, theirs: &str) -> Option<usize> {
        self.differences
            .iter()
            .position(|d| d.case == case && d.field == theirs && d.line.is_none_or(|l| l == line))
    }

    /// All known differences.
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }
}

/// Only registered fields may be named, or what stands in an object without fixed members.
fn check_names(ours: &str) -> Result<()> {
    let (path, divisor) = ours.split_once('/').unwrap_or((ours, "1"));
    divisor.parse::<f64>().with_context(|| format!("{ours}: a number must stand behind the slash"))?;
    if path == crate::compare::LINES {
        return Ok(());
    }
    for name in path.split('|') {
        let is_open = name.match_indices('.').any(|(at, _)| {
            Field::from_path(&name[..at])
                .is_some_and(|f| f.info().field_type == catchwater_schemas::field::FieldType::Flattened)
        });
        if !is_open && Field::from_path(name).is_none() {
            bail!("{name} is no registered field");
        }
    }
    Ok(())
}

/// The rows of `testdata/<format>/DIFFERENCES.md`: `| case | line | field | why |`, `*` for all lines.
fn differences(format: &str) -> Result<Vec<Difference>> {
    let Ok(text) = std::fs::read_to_string(testdata(format).join("DIFFERENCES.md")) else {
        return Ok(Vec::new());
    };
    let rows = text.lines().filter(|l| l.starts_with('|')).skip(2);
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [case, line, field, why] = cells[..] else {
            bail!("{format}: not case, line, field and why: {row}")
        };
        if why.is_empty() {
            bail!("{format}: no reason is given: {row}");
        }
        let line = if line == "*" { None } else { Some(line.parse().with_context(|| row.to_string())?) };
        Ok(Difference { case: case.into(), line, field: field.into(), why: why.into() })
    })
    .collect()
}
