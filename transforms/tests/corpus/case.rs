//! Finds and reads the cases of a folder.

use super::compare::flatten;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// An input and, where there is one, what is expected of it.
pub struct Case {
    /// Name of the folder, or of the file without its ending.
    pub name: String,
    /// Log events by their first line.
    pub log_events: BTreeMap<usize, String>,
    /// What is expected, an event a line.
    pub expected: Option<Vec<Expected>>,
}

/// What is expected of one event.
pub struct Expected {
    /// First line in the input, 1-based.
    pub line: usize,
    /// Which event of the log event, from 0.
    pub sub: usize,
    lines: usize,
    ecs: HashMap<String, Value>,
    author: HashMap<String, Value>,
}

impl Expected {
    fn read(text: &str) -> Self {
        let value: Value = serde_json::from_str(text).expect("expectation is JSON");
        let number = |name, default| value[name].as_u64().map_or(default, |n| n as usize);
        Self {
            line: number("line", 0),
            sub: number("sub", 0),
            lines: number("lines", 1),
            ecs: flatten(&value["ecs"]),
            author: flatten(&value["author"]),
        }
    }

    /// All values of `ecs`, and those of `author` that the table knows.
    pub fn values(&self, table: &HashMap<&str, &str>) -> Vec<(String, Value)> {
        let own = self.author.iter().map(|(name, value)| (format!("author.{name}"), value.clone()));
        let own = own.filter(|(name, _)| table.contains_key(name.as_str()));
        self.ecs.iter().map(|(name, value)| (name.clone(), value.clone())).chain(own).collect()
    }
}

/// All cases of a folder, by name.
pub fn all(dir: &Path) -> Vec<Case> {
    let entries = std::fs::read_dir(dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
    let mut cases: Vec<Case> = entries.filter_map(|e| read(&e.expect("readable").path())).collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

fn read(path: &Path) -> Option<Case> {
    let (name, input, expected) = if path.is_dir() {
        let input = ["input.log", "input.jsonl"].map(|n| path.join(n)).into_iter().find(|p| p.exists())?;
        (path.file_name()?, input, path.join("expected.jsonl"))
    } else {
        let stem = path.file_stem()?;
        let ending = path.extension()?;
        let is_input = (ending == "log" || ending == "jsonl") && !stem.to_str()?.ends_with(".expected");
        let expected: PathBuf = path.with_file_name(format!("{}.expected.jsonl", stem.to_str()?));
        is_input.then(|| (stem, path.to_path_buf(), expected))?
    };
    let text = std::fs::read_to_string(&input).unwrap_or_else(|e| panic!("{}: {e}", input.display()));
    let expected: Option<Vec<Expected>> = expected
        .exists()
        .then(|| std::fs::read_to_string(&expected).expect("readable"))
        .map(|text| text.lines().filter(|l| !l.trim().is_empty()).map(Expected::read).collect());
    let lines: Vec<&str> = text.lines().collect();
    let log_events = match &expected {
        None => lines.iter().enumerate().map(|(n, l)| (n + 1, l.to_string())).collect(),
        Some(expected) => {
            let text = |e: &Expected| lines[e.line - 1..e.line - 1 + e.lines].join("\n");
            expected.iter().map(|e| (e.line, text(e))).collect()
        }
    };
    Some(Case { name: name.to_str()?.to_string(), log_events, expected })
}
