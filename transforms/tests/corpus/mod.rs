//! Runs a format over log lines that others published, and compares with what they or an independent reader made
//! of them. A case is an input with its expectation beside it, one JSON line an event:
//! `{"line": 12, "lines": 3, "sub": 0, "ecs": {"source.ip": "…"}, "author": {…}}` (1-based line, number of lines,
//! n-th event of one log event). Cases lie as `<case>/input.log` in `testdata/<format>`, and as `<case>.log` in a
//! folder of the corpus that `CATCHWATER_CORPUS` names.

mod case;
mod compare;

use case::Case;
use catchwater_schemas::config::Redact;
use catchwater_schemas::id::{DEFAULT_KEY, IdKey, Scope};
use catchwater_schemas::time::Timestamp;
use catchwater_transforms::emit::{Emit, Lineage, Pending, Stages};
use catchwater_transforms::formats::{LogEvent, RecordState, Refusal, by_name};
use catchwater_transforms::redact::Redactor;
use compare::{Verdict, compare, flatten};
use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A value that is ours on purpose, as `testdata/<format>/DIFFERENCES.md` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Name of the case.
    pub case: String,
    /// Line of the input, 1-based; `None` for all of its lines.
    pub line: Option<usize>,
    /// The name that the expectation has for it, `author.` before an author's own.
    pub field: String,
}

/// `transforms/testdata/<format>`.
pub fn testdata(format: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(format)
}

/// A folder of the corpus, if the environment names one. Skipping is said aloud, and is a failure under CI.
pub fn external(folder: &str) -> Option<PathBuf> {
    match std::env::var_os("CATCHWATER_CORPUS") {
        Some(corpus) => Some(Path::new(&corpus).join(folder)),
        None => {
            println!("SKIPPED: CATCHWATER_CORPUS is not set");
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "CI must set CATCHWATER_CORPUS");
            None
        }
    }
}

/// The rows of `testdata/<format>/DIFFERENCES.md`: `| case | line | field | why |`, `*` for all lines.
pub fn differences(format: &str) -> Vec<Difference> {
    let Ok(text) = std::fs::read_to_string(testdata(format).join("DIFFERENCES.md")) else {
        return Vec::new();
    };
    let rows = text.lines().filter(|l| l.starts_with('|')).skip(2);
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        assert!(cells.len() == 4 && !cells[3].is_empty(), "case, line, field and why: {row}");
        let line = (cells[1] != "*").then(|| cells[1].parse().expect("a line's number or *"));
        Difference { case: cells[0].into(), line, field: cells[2].into() }
    })
    .collect()
}

/// Runs a format over all cases of a folder. `table` maps each name of the expectations to our field: `a.b`, the
/// first present of `a.b|c.d`, or `a.b/1000` for a unit a thousand times larger than ours. Names of `ecs` must all
/// be mapped; those of `author` are written `author.name` and tested where they are. An empty table is for cases
/// that only say where events begin and end.
pub fn run(format: &str, dir: &Path, table: &[(&str, &str)], differences: &[Difference]) {
    let cases = case::all(dir);
    assert!(cases.iter().any(|c| c.expected.is_some()), "no case in {}", dir.display());
    let table: HashMap<&str, &str> = table.iter().copied().collect();
    let mut compared = 0;
    let mut wrong = Vec::new();
    let mut used = vec![false; differences.len()];
    for case in &cases {
        let parsed = parse_all(format, case, &Stages::default());
        for expected in case.expected.iter().flatten() {
            let event = parsed.get(&expected.line).and_then(|p| p.events.get(expected.sub));
            let refused = parsed.get(&expected.line).and_then(|p| p.refused);
            for (name, value) in expected.values(&table) {
                let place = format!("{} line {} {name}", case.name, expected.line);
                let Some(ours) = table.get(name.as_str()) else {
                    wrong.push(format!("{place}: no field of ours is named for it"));
                    continue;
                };
                compared += 1;
                let known = differences.iter().position(|d| {
                    d.case == case.name && d.field == name && d.line.is_none_or(|l| l == expected.line)
                });
                match (compare(&value, event, ours), known) {
                    (Verdict::Same, _) => (),
                    (Verdict::Differs(_), Some(index)) => used[index] = true,
                    (Verdict::Differs(how), None) => wrong.push(format!("{place}: {how} {refused:?}")),
                }
            }
        }
    }
    for (difference, used) in differences.iter().zip(used) {
        let here = cases.iter().any(|c| c.name == difference.case);
        if here && !used {
            wrong.push(format!("DIFFERENCES.md lists what is the same: {difference:?}"));
        }
    }
    println!("{format}: {compared} values of {} cases in {}", cases.len(), dir.display());
    let shown = wrong.iter().take(40).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} of {compared} values differ:\n{shown}", wrong.len());
    assert!(compared > 0 || table.is_empty(), "nothing to compare in {}", dir.display());
}

/// Compares all events of each case that has a `golden.jsonl` with it, as the default configuration makes them;
/// `UPDATE_GOLDEN=1` writes them anew.
pub fn golden(format: &str) {
    let dir = testdata(format);
    let cases = case::all(&dir);
    let stages = Stages { redactor: Redactor::new(&Redact::default()) };
    let mut compared = 0;
    for case in cases {
        let path = dir.join(&case.name).join("golden.jsonl");
        if !path.exists() {
            continue;
        }
        let mut parsed: Vec<(usize, Parsed)> = parse_all(format, &case, &stages).into_iter().collect();
        parsed.sort_by_key(|(line, _)| *line);
        let lines: Vec<String> = parsed.into_iter().flat_map(|(_, p)| p.texts).collect();
        let now = lines.join("\n") + "\n";
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&path, &now).expect("golden file is writable");
        }
        let then = std::fs::read_to_string(&path).expect("golden file is readable");
        for (n, (now, then)) in now.lines().zip(then.lines()).enumerate() {
            assert_eq!(now, then, "{} event {}; UPDATE_GOLDEN=1 takes the new one", path.display(), n + 1);
        }
        assert_eq!(now.lines().count(), then.lines().count(), "events of {}", path.display());
        compared += 1;
    }
    assert!(compared > 0, "no golden.jsonl in {}", dir.display());
}

/// What a format made of one log event.
struct Parsed {
    texts: Vec<String>,
    events: Vec<HashMap<String, Value>>,
    refused: Option<Refusal>,
}

/// Parses a case as one raw record; by the first line of each log event. What is refused is parsed as `plain`.
fn parse_all(format: &str, case: &Case, stages: &Stages) -> HashMap<usize, Parsed> {
    let mut state = RecordState::default();
    let mut all = HashMap::new();
    for (line, message) in &case.log_events {
        let mut parsed = Parsed { texts: Vec::new(), events: Vec::new(), refused: None };
        let tried = parse(format, &mut state, *line, message, stages);
        parsed.refused = tried.as_ref().err().copied();
        parsed.texts = match tried {
            Ok(texts) => texts,
            Err(_) => parse("plain", &mut state, *line, message, stages).expect("plain refuses nothing"),
        };
        for text in &parsed.texts {
            let event = serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"));
            parsed.events.push(flatten(&event));
        }
        assert!(!parsed.texts.is_empty(), "{} line {line}: taken, and no event", case.name);
        all.insert(*line, parsed);
    }
    all
}

/// Parses one log event; its source id is its line's number, and its own time is 2020-09-13T12:26:40Z.
fn parse(
    format: &str,
    state: &mut RecordState,
    line: usize,
    message: &str,
    stages: &Stages,
) -> Result<Vec<String>, Refusal> {
    let entry = by_name(format).unwrap_or_else(|| panic!("{format} is not registered"));
    let scope = Scope { account: "123456789012", region: "", log_group: "corpus", log_stream: format };
    let lineage = Lineage {
        account: scope.account,
        region: scope.region,
        log_group: scope.log_group,
        log_stream: scope.log_stream,
        id_scope: IdKey::new(DEFAULT_KEY).scope(&scope),
        service: None,
        revision: 1,
        original: false,
    };
    let mut pending = Pending::default();
    let time = Timestamp::from_seconds(1_600_000_000).expect("fits");
    let id = line.to_string();
    let mut emit = Emit::new(&lineage, stages, entry.name, &id, time, message, &mut pending);
    let log_event = LogEvent { message, time, zone_seconds: 0, json_depth: 64 };
    (entry.parse)(state, log_event, &mut emit)?;
    Ok(pending.events().map(|e| String::from_utf8(e.to_vec()).expect("events are UTF-8")).collect())
}
