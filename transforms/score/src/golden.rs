//! Compares all events of a case with what they were before.

use crate::case;
use crate::corpus::{Corpus, testdata};
use crate::passes::pass;
use anyhow::{Context, Result, bail};
use catchwater_schemas::config::Redact;

/// Compares the events of each case that has a `golden.jsonl`, as the default configuration makes them, one raw record
/// of single log events. `update` writes them anew. How many cases were compared.
pub fn golden(corpus: &Corpus, update: bool) -> Result<usize> {
    let dir = testdata(corpus.format());
    let mut compared = 0;
    for case in case::all(&dir)? {
        let path = dir.join(&case.name).join("golden.jsonl");
        if !path.exists() {
            continue;
        }
        let passed = pass(corpus.route(&case.name), &case.log_events(), &Redact::default())?;
        let lines: Vec<String> = passed.texts.into_values().flatten().collect();
        let now = lines.join("\n") + "\n";
        if update {
            std::fs::write(&path, &now)?;
        }
        let then = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let pairs = now.lines().zip(then.lines()).enumerate();
        if let Some((n, (now, then))) = pairs.into_iter().find(|(_, (now, then))| now != then) {
            bail!(
                "{} event {}; UPDATE_GOLDEN=1 takes the new one\nthen {then}\nnow  {now}",
                path.display(),
                n + 1
            );
        }
        if now.lines().count() != then.lines().count() {
            bail!("{} events, not {}: {}", now.lines().count(), then.lines().count(), path.display());
        }
        compared += 1;
    }
    Ok(compared)
}
