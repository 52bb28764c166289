//! Counts how much of what others read in their lines our formats read too.

use crate::case::{self, Case};
use crate::compare::{Verdict, compare};
use crate::corpus::Corpus;
use crate::passes::{Passed, open, pass};
use anyhow::{Context, Result};
use std::path::Path;

/// What came of the cases of one folder.
#[derive(Clone, Debug, Default)]
pub struct Score {
    /// Cases.
    pub cases: usize,
    /// Lines of their inputs.
    pub lines: usize,
    /// Events that came out.
    pub events: usize,
    /// Log events that are expected to be of the format.
    pub log_events: usize,
    /// Of those, how many the format took.
    pub parsed: usize,
    /// Log events that the format must refuse.
    pub invalid: usize,
    /// Of those, how many it refused.
    pub refused: usize,
    /// Values that were compared.
    pub values: usize,
    /// Of those, how many agree.
    pub agree: usize,
    /// Of those that do not agree, how many are known differences.
    pub known: usize,
    /// What is wrong: place and how.
    pub wrong: Vec<String>,
    /// Which of the known differences were seen.
    pub used: Vec<usize>,
    /// Names of the cases.
    pub names: Vec<String>,
}

impl Score {
    /// Adds another's counts.
    pub fn add(&mut self, other: Score) {
        self.cases += other.cases;
        self.lines += other.lines;
        self.events += other.events;
        self.log_events += other.log_events;
        self.parsed += other.parsed;
        self.invalid += other.invalid;
        self.refused += other.refused;
        self.values += other.values;
        self.agree += other.agree;
        self.known += other.known;
        self.wrong.extend(other.wrong);
        self.used.extend(other.used);
        self.names.extend(other.names);
    }

    fn count(&mut self, case: &Case, passed: &Passed) {
        self.cases += 1;
        self.lines += case.lines.len();
        self.events += passed.texts.values().map(Vec::len).sum::<usize>();
        self.names.push(case.name.clone());
    }

    fn refusal(&mut self, case: &str, line: usize, refused: bool) {
        self.invalid += 1;
        match refused {
            true => self.refused += 1,
            false => self.wrong.push(format!("{case} line {line}: taken, though it is no valid line")),
        }
    }

    /// Differences that `DIFFERENCES.md` lists of these cases and that are none.
    pub fn unused(&self, corpus: &Corpus) -> Vec<String> {
        let rows = corpus.differences().iter().enumerate();
        let unused = rows.filter(|(n, d)| self.names.contains(&d.case) && !self.used.contains(n));
        unused.map(|(_, d)| format!("DIFFERENCES.md lists what is the same: {d:?}")).collect()
    }
}

/// Runs all cases of a folder. Without an expectation beside it a case counts nothing.
pub fn folder(corpus: &Corpus, dir: &Path) -> Result<Score> {
    let mut score = Score::default();
    for case in case::all(dir)? {
        one(corpus, &case, &mut score).with_context(|| format!("case {} in {}", case.name, dir.display()))?;
    }
    Ok(score)
}

/// Runs all cases of a folder whose lines the format must refuse.
pub fn invalid_folder(corpus: &Corpus, dir: &Path) -> Result<Score> {
    let mut score = Score::default();
    for case in case::all(dir)? {
        let log_events = case.log_events();
        let passed = pass(corpus.route(&case.name), &log_events, &open())?;
        for line in log_events.keys() {
            score.refusal(&case.name, *line, !took(corpus, &passed, *line));
        }
        score.count(&case, &passed);
    }
    Ok(score)
}

fn one(corpus: &Corpus, case: &Case, score: &mut Score) -> Result<()> {
    let Some(expected) = &case.expected else { return Ok(()) };
    let log_events = case.log_events();
    let passed = if corpus.headers { &case.log_events_and_headers() } else { &log_events };
    let passed = pass(corpus.route(&case.name), passed, &open())?;
    score.count(case, &passed);
    for line in passed.texts.keys().filter(|line| !log_events.contains_key(*line)) {
        score.wrong.push(format!("{} line {line}: an event of a header line", case.name));
    }
    for line in log_events.keys() {
        let taken = took(corpus, &passed, *line);
        if corpus.is_refused(&case.name, *line) {
            score.refusal(&case.name, *line, !taken);
            continue;
        }
        score.log_events += 1;
        match taken {
            true => score.parsed += 1,
            false => {
                score.wrong.push(format!("{} line {line}: refused: {:?}", case.name, passed.texts.get(line)))
            }
        }
    }
    for expected in expected {
        let event = passed.event(expected.line, expected.sub);
        for (name, value) in expected.values(|name| corpus.knows(name)) {
            let place = format!("{} line {} {name}", case.name, expected.line);
            let Some(ours) = corpus.ours(&name) else {
                score.wrong.push(format!("{place}: no field of ours is named for it"));
                continue;
            };
            score.values += 1;
            let known = corpus.difference(&case.name, expected.line, &name);
            match (compare(value, event.as_ref(), ours), known) {
                (Verdict::Same, _) => score.agree += 1,
                (Verdict::Differs(_), Some(index)) => {
                    score.known += 1;
                    score.used.push(index);
                }
                (Verdict::Differs(how), None) => score.wrong.push(format!("{place}: {how}")),
            }
        }
    }
    if case.is_multi_line() {
        as_single_lines(corpus, case, &passed, score)?;
    }
    Ok(())
}

/// Did the format itself make the events of this log event?
fn took(corpus: &Corpus, passed: &Passed, line: usize) -> bool {
    let event = passed.event(line, 0);
    // A log event that was joined into another has no event of its own.
    event.is_none_or(|event| event.get("catchwater.format").and_then(|f| f.as_str()) == Some(corpus.format()))
}

/// An agent that knows no more than lines sends each as a log event: joined again, they must give the same events.
fn as_single_lines(corpus: &Corpus, case: &Case, whole: &Passed, score: &mut Score) -> Result<()> {
    let joined = pass(corpus.route(&case.name), &case.single_lines(), &open())?;
    for expected in case.expected.iter().flatten() {
        let (whole, joined) = (whole.texts.get(&expected.line), joined.texts.get(&expected.line));
        if whole != joined {
            let place = format!("{} line {}", case.name, expected.line);
            score.wrong.push(format!("{place}: from single lines: {joined:?}, not {whole:?}"));
        }
    }
    Ok(())
}
