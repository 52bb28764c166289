//! A case: lines of a log and, where there is one, what is expected of them.
//!
//! It lies as `<case>/input.log` with `expected.jsonl` beside it in `testdata/<format>`, and as `<case>.log` with
//! `<case>.expected.jsonl` in a folder of the corpus; `.jsonl` in the place of `.log` where lines are JSON documents. An
//! expectation is a line for each event: `{"line": 12, "lines": 3, "sub": 0, "ecs": {"source.ip": "…"}, "author": {…}}`
//! (first line, 1-based; number of lines; n-th event of one log event).

use crate::compare::flatten;
use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// An input and what is expected of it.
#[derive(Debug)]
pub struct Case {
    /// Name of the folder, or of the file without its ending.
    pub name: String,
    /// The input's lines.
    pub lines: Vec<String>,
    /// What is expected, an event each; `None`: the input stands alone.
    pub expected: Option<Vec<Expected>>,
}

/// What is expected of one event.
#[derive(Debug)]
pub struct Expected {
    /// First line in the input, 1-based.
    pub line: usize,
    /// Number of lines.
    pub lines: usize,
    /// Which event of the log event, from 0.
    pub sub: usize,
    ecs: HashMap<String, Value>,
    author: HashMap<String, Value>,
}

impl Case {
    /// Log events by their first line: lines that belong together are one message.
    pub fn log_events(&self) -> BTreeMap<usize, String> {
        match &self.expected {
            None => self.single_lines(),
            Some(expected) => {
                let text = |e: &Expected| self.lines[e.line - 1..e.line - 1 + e.lines].join("\n");
                expected.iter().map(|e| (e.line, text(e))).collect()
            }
        }
    }

    /// Log events by their first line, and the lines between them that belong to none.
    pub fn log_events_and_headers(&self) -> BTreeMap<usize, String> {
        let mut all = self.single_lines();
        for expected in self.expected.iter().flatten() {
            (expected.line..expected.line + expected.lines).for_each(|line| drop(all.remove(&line)));
        }
        all.extend(self.log_events());
        all
    }

    /// Each line a log event of its own.
    pub fn single_lines(&self) -> BTreeMap<usize, String> {
        self.lines.iter().enumerate().map(|(n, line)| (n + 1, line.clone())).collect()
    }

    /// Does an event have more than one line?
    pub fn is_multi_line(&self) -> bool {
        self.expected.iter().flatten().any(|e| e.lines > 1)
    }
}

impl Expected {
    fn read(text: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(text)?;
        let number = |name, default| value[name].as_u64().map_or(default, |n| n as usize);
        Ok(Self {
            line: number("line", 1),
            lines: number("lines", 1),
            sub: number("sub", 0),
            ecs: flatten(&value["ecs"]),
            author: flatten(&value["author"]),
        })
    }

    /// All values of `ecs`, and those of `author` whose names `known` has, written `author.name`.
    pub fn values(&self, known: impl Fn(&str) -> bool) -> Vec<(String, &Value)> {
        let own = self.author.iter().map(|(name, value)| (format!("author.{name}"), value));
        let own = own.filter(|(name, _)| known(name));
        let mut all: Vec<_> = self.ecs.iter().map(|(name, value)| (name.clone(), value)).chain(own).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }
}

/// All cases of a folder, by name.
pub fn all(dir: &Path) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))? {
        let path = entry?.path();
        cases.extend(read(&path).with_context(|| format!("in {}", path.display()))?);
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(cases)
}

fn read(path: &Path) -> Result<Option<Case>> {
    let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else { return Ok(None) };
    let is_log = path.extension().is_some_and(|ending| ending == "log" || ending == "jsonl");
    let (name, input, expected) = if path.is_dir() {
        let inputs = ["input.log", "input.jsonl"].map(|name| path.join(name));
        let Some(input) = inputs.into_iter().find(|input| input.exists()) else { return Ok(None) };
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or(stem);
        (name, input, path.join("expected.jsonl"))
    } else if is_log && !stem.ends_with(".expected") {
        (stem, path.to_path_buf(), path.with_file_name(format!("{stem}.expected.jsonl")))
    } else {
        return Ok(None);
    };
    let expected = match std::fs::read_to_string(&expected) {
        Ok(text) => {
            let lines = text.lines().filter(|line| !line.trim().is_empty());
            Some(lines.map(Expected::read).collect::<Result<Vec<_>>>()?)
        }
        Err(_) => None,
    };
    // Lines of a log end with a line feed only: others inside them are part of the line.
    let text = String::from_utf8_lossy(&std::fs::read(&input)?).into_owned();
    let lines = text.strip_suffix('\n').unwrap_or(&text).split('\n');
    let lines = lines.map(|line| line.strip_suffix('\r').unwrap_or(line).to_string()).collect();
    Ok(Some(Case { name: name.to_string(), lines, expected }))
}
