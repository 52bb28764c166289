//! The corpus table: a row a format, as `cargo xtask score` prints it and `docs/formats/score.tsv` keeps it.

use crate::corpus::{Corpus, testdata};
use crate::score::{Score, folder, invalid_folder};
use anyhow::{Context, Result, bail};
use std::path::Path;

/// The columns of the table.
const COLUMNS: [&str; 10] =
    ["format", "cases", "lines", "events", "log_events", "parsed", "invalid", "refused", "values", "agree"];
/// The last column.
const LISTED: &str = "differences_listed";

/// A row of the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The format.
    pub format: String,
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
    /// Of those that do not, how many `DIFFERENCES.md` lists with the reason.
    pub listed: usize,
}

impl Row {
    /// The row of a score.
    pub fn of(format: &str, score: &Score) -> Self {
        Self {
            format: format.to_string(),
            cases: score.cases,
            lines: score.lines,
            events: score.events,
            log_events: score.log_events,
            parsed: score.parsed,
            invalid: score.invalid,
            refused: score.refused,
            values: score.values,
            agree: score.agree,
            listed: score.known,
        }
    }

    /// The sum of all rows.
    pub fn sum<'r>(rows: impl IntoIterator<Item = &'r Row>) -> Self {
        let mut sum = Row { format: "all".into(), ..Row::default() };
        for row in rows {
            for (total, count) in sum.counts_mut().into_iter().zip(row.counts()) {
                *total += count;
            }
        }
        sum
    }

    fn counts(&self) -> [usize; 10] {
        let Row { cases, lines, events, log_events, parsed, invalid, refused, values, agree, listed, .. } =
            *self;
        [cases, lines, events, log_events, parsed, invalid, refused, values, agree, listed]
    }

    fn counts_mut(&mut self) -> [&mut usize; 10] {
        let Row { cases, lines, events, log_events, parsed, invalid, refused, values, agree, listed, .. } =
            self;
        [cases, lines, events, log_events, parsed, invalid, refused, values, agree, listed]
    }
}

/// What came of a format's cases that stand in the repository.
pub fn of_repository(corpus: &Corpus) -> Result<Score> {
    folder(corpus, &testdata(corpus.format()))
}

/// What came of a format's cases in the corpus at `root`.
pub fn of_corpus(corpus: &Corpus, root: &Path) -> Result<Score> {
    let mut score = Score::default();
    for name in corpus.folders.iter().filter(|name| root.join(name).exists()) {
        score.add(folder(corpus, &root.join(name)).with_context(|| name.clone())?);
    }
    for name in &corpus.invalid {
        score.add(invalid_folder(corpus, &root.join(name)).with_context(|| name.clone())?);
    }
    Ok(score)
}

/// Rows as tab-separated values, sorted by the format's name.
pub fn write(rows: &[Row]) -> String {
    let mut rows: Vec<&Row> = rows.iter().collect();
    rows.sort_by(|a, b| a.format.cmp(&b.format));
    let mut text = head();
    for row in rows {
        text.push_str(&row.format);
        row.counts().iter().for_each(|count| text.push_str(&format!("\t{count}")));
        text.push('\n');
    }
    text
}

/// Reads what [`write`] wrote.
pub fn read(text: &str) -> Result<Vec<Row>> {
    let mut lines = text.lines();
    if lines.next().map(|line| format!("{line}\n")) != Some(head()) {
        bail!("the columns are others than {}", head().trim_end());
    }
    lines.map(|line| one(line).with_context(|| format!("no row: {line}"))).collect()
}

fn head() -> String {
    format!("{}\t{LISTED}\n", COLUMNS.join("\t"))
}

fn one(line: &str) -> Result<Row> {
    let mut cells = line.split('\t');
    let mut row = Row { format: cells.next().unwrap_or_default().to_string(), ..Row::default() };
    for count in row.counts_mut() {
        *count = cells.next().context("a count is missing")?.parse()?;
    }
    if cells.next().is_some() { bail!("there are too many counts") } else { Ok(row) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_as_they_were_written() {
        let row = |format: &str, n| Row {
            format: format.into(),
            cases: n,
            values: 7 * n,
            listed: 1,
            ..Row::default()
        };
        let text = write(&[row("b", 2), row("a", 3)]);
        assert_eq!(read(&text).unwrap(), [row("a", 3), row("b", 2)]);
        assert_eq!(text.lines().nth(1), Some("a\t3\t0\t0\t0\t0\t0\t0\t21\t0\t1"));
        let sum = Row::sum(&read(&text).unwrap());
        assert_eq!((sum.cases, sum.values, sum.listed), (5, 35, 2));
    }

    #[test]
    fn what_is_no_table_is_told() {
        let good = write(&[Row { format: "a".into(), ..Row::default() }]);
        for bad in [
            good.replace("cases", "case"),
            good.replace("a\t0", "a"),
            good.replace("a\t0", "a\t0\t0"),
            good.replace("a\t0", "a\tx"),
        ] {
            assert!(read(&bad).is_err(), "{bad}");
        }
    }
}
