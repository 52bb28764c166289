//! `cargo xtask score`: the corpus table.
//!
//! The corpus lies outside the repository, so that the documentation's table cannot be made wherever it is checked:
//! `--write` keeps the counts in `docs/formats/score.tsv`, of which `generate` makes it, and `--check` says whether they
//! are those of the code. The cases in the repository are scored every time.

use crate::root;
use anyhow::{Context, Result, bail};
use catchwater_score::corpus::Corpus;
use catchwater_score::score::Score;
use catchwater_score::table::{self, Row, of_corpus, of_repository};
use catchwater_transforms::formats::REGISTRY;
use std::path::{Path, PathBuf};

/// Where the counts are kept.
pub const FILE: &str = "docs/formats/score.tsv";
/// So much of what is wrong with a format is shown.
const MOST_WRONG: usize = 20;
/// A message is cut to this.
const MOST_CHARS: usize = 400;

/// What `score` is told.
#[derive(clap::Args)]
pub struct Args {
    /// Only these formats
    formats: Vec<String>,
    /// Folder of the corpus; without it only the cases in the repository are scored
    #[arg(long, value_name = "FOLDER", env = "CATCHWATER_CORPUS")]
    corpus: Option<PathBuf>,
    /// Keep the corpus's counts in docs/formats/score.tsv
    #[arg(long, conflicts_with = "check", requires = "corpus")]
    write: bool,
    /// Are the counts in docs/formats/score.tsv those of the code? Without a corpus that is not asked
    #[arg(long)]
    check: bool,
    /// List each value that differs on purpose, with the reason
    #[arg(long)]
    differences: bool,
}

/// Scores and prints; an error if a value is wrong or the file stale.
pub fn run(args: &Args) -> Result<()> {
    if let Some(unknown) = args.formats.iter().find(|name| !REGISTRY.iter().any(|f| f.name == **name)) {
        bail!("there is no format `{unknown}`");
    }
    let chosen = |name: &str| args.formats.is_empty() || args.formats.iter().any(|chosen| chosen == name);
    let (mut repository, mut corpus, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    for format in REGISTRY.iter().filter(|format| chosen(format.name)) {
        let name = format.name;
        let cases = Corpus::read(name).with_context(|| name)?;
        let mut add = |score: Score, rows: &mut Vec<Row>| {
            let unused = score.unused(&cases);
            wrong.extend(score.wrong.iter().chain(&unused).take(MOST_WRONG).map(|w| format!("{name}: {w}")));
            rows.push(Row::of(name, &score));
        };
        add(of_repository(&cases).with_context(|| name)?, &mut repository);
        if let Some(root) = &args.corpus {
            add(of_corpus(&cases, root).with_context(|| name)?, &mut corpus);
        }
        if args.differences {
            for difference in cases.differences() {
                let line = difference.line.map_or("*".into(), |line| line.to_string());
                println!("{name} {} line {line} {}: {}", difference.case, difference.field, difference.why);
            }
        }
    }
    corpus.retain(|row| row.cases > 0);
    print("Cases in the repository", &repository);
    if args.corpus.is_some() {
        print("Corpus", &corpus);
    } else {
        println!("The corpus is not scored: set CATCHWATER_CORPUS, or give --corpus FOLDER.");
    }
    let stale = args.corpus.is_some() && keep(args, &corpus, chosen)?;
    for wrong in &wrong {
        eprintln!("{}", wrong.chars().take(MOST_CHARS).collect::<String>());
    }
    if !wrong.is_empty() {
        bail!("{} values or lines are wrong", wrong.len());
    }
    if stale && args.check {
        bail!("{FILE} is stale; run `cargo xtask score --write`, then `cargo xtask generate`")
    } else {
        Ok(())
    }
}

/// Writes the file if that is asked for. Is it another than the code would make it?
fn keep(args: &Args, scored: &[Row], chosen: impl Fn(&str) -> bool) -> Result<bool> {
    let file = root().join(FILE);
    let kept = kept(&file)?;
    let rows = merged(&kept, scored, chosen);
    let text = table::write(&rows);
    let stale = std::fs::read_to_string(&file).ok().as_deref() != Some(text.as_str());
    if stale && args.write {
        std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
        println!("wrote {FILE}");
    }
    Ok(stale)
}

/// What was scored now; of the formats that were not, what is kept. A format that is no more goes.
fn merged(kept: &[Row], scored: &[Row], chosen: impl Fn(&str) -> bool) -> Vec<Row> {
    let is_format = |name: &str| REGISTRY.iter().any(|format| format.name == name);
    let others = kept.iter().filter(|row| !chosen(&row.format) && is_format(&row.format));
    others.chain(scored).cloned().collect()
}

/// The rows in the file; none if it is not there.
pub fn kept(file: &Path) -> Result<Vec<Row>> {
    match std::fs::read_to_string(file) {
        Ok(text) => table::read(&text).with_context(|| format!("in {}", file.display())),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(e).with_context(|| format!("cannot read {}", file.display())),
    }
}

/// A part of a whole in percent, cut and not rounded, so that only all of it is 100.
pub fn percent(part: usize, whole: usize) -> String {
    match part * 10_000 / whole.max(1) {
        _ if whole == 0 => "–".into(),
        10_000 => "100 %".into(),
        hundredths => format!("{}.{:02} %", hundredths / 100, hundredths % 100),
    }
}

fn print(title: &str, rows: &[Row]) {
    println!("{title}\n");
    let sum = Row::sum(rows);
    let width = rows.iter().map(|row| row.format.len()).max().unwrap_or_default().max("format".len());
    println!(
        "{:width$} {:>6} {:>7} {:>7} {:>9} {:>9} {:>7} {:>9} {:>11}",
        "format", "cases", "lines", "events", "parsed", "refused", "values", "agree", "differences"
    );
    for row in rows.iter().chain([&sum]) {
        println!(
            "{:width$} {:>6} {:>7} {:>7} {:>9} {:>9} {:>7} {:>9} {:>11}",
            row.format,
            row.cases,
            row.lines,
            row.events,
            percent(row.parsed, row.log_events),
            percent(row.refused, row.invalid),
            row.values,
            percent(row.agree, row.values),
            row.listed
        );
    }
    println!();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_scored_changes() {
        let row = |format: &str, cases| Row { format: format.into(), cases, ..Row::default() };
        let kept = [row("json", 1), row("plain", 2), row("no_more", 3)];
        let rows = merged(&kept, &[row("json", 9)], |name| name == "json");
        assert_eq!(rows, [row("plain", 2), row("json", 9)]);
        // Its cases are gone from the corpus.
        assert_eq!(merged(&kept, &[], |_| true), []);
    }

    #[test]
    fn nearly_all_is_not_all() {
        let told = [(1, 1), (9_999_999, 10_000_000), (437, 542), (0, 3), (0, 0)].map(|(a, b)| percent(a, b));
        assert_eq!(told, ["100 %", "99.99 %", "80.62 %", "0.00 %", "–"]);
    }
}
