//! Where the lines of a format's cases come from, and their licences: `testdata/<format>/SOURCES.tsv`.

use anyhow::{Context, Result};
use catchwater_score::corpus::testdata;
use std::collections::BTreeMap;

/// A project whose lines are cases of a format.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// `owner/name` on GitHub, or what else it is.
    pub repository: String,
    /// Its licence.
    pub licence: String,
}

/// The sources of a format, with their cases.
pub fn of(format: &str) -> Result<BTreeMap<Source, Vec<String>>> {
    let file = testdata(format).join("SOURCES.tsv");
    let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    read(&text).with_context(|| format!("in {}", file.display()))
}

fn read(text: &str) -> Result<BTreeMap<Source, Vec<String>>> {
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let place = |name: &str| {
        head.iter().position(|column| *column == name).with_context(|| format!("no column `{name}`"))
    };
    let (case, repository, licence) = (place("case")?, place("repo")?, place("license")?);
    let mut sources: BTreeMap<Source, Vec<String>> = BTreeMap::new();
    for line in lines.filter(|line| !line.trim().is_empty()) {
        let cells: Vec<&str> = line.split('\t').collect();
        let cell = |place: usize| {
            cells.get(place).map(|cell| cell.trim().to_string()).with_context(|| line.to_string())
        };
        let source = Source { repository: cell(repository)?, licence: cell(licence)? };
        sources.entry(source).or_default().push(cell(case)?);
    }
    Ok(sources)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_of_one_project_stand_together() {
        let sources = read("case\trepo\tlicense\na\to/r\tMIT\nb\to/r\tMIT\nc\tx/y\tApache-2.0\n").unwrap();
        let cases: Vec<usize> = sources.values().map(Vec::len).collect();
        assert_eq!((cases, sources.keys().next().map(|s| s.licence.as_str())), (vec![2, 1], Some("MIT")));
        assert!(read("case\trepo\na\tb\n").is_err() && read("case\trepo\tlicense\na\tb\n").is_err());
    }
}
