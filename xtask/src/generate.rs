//! `cargo xtask generate [--check]`: all references that are generated from the source. With `--check` nothing is
//! written and a difference is an error.

use crate::fields::Filled;
use crate::{athena, format_index, format_page, glue, root, score, sink_settings, terraform};
use anyhow::{Context, Result, bail};
use catchwater_score::corpus::Corpus;
use catchwater_score::table::{Row, of_repository};
use catchwater_transforms::formats::{Format, REGISTRY};
use std::path::PathBuf;
use std::process::Command;

const COST_PAGE: &str = "docs/cost.md";
/// Lines between which the page's table stands.
const COST_BEGIN: &str = "<!-- catchwater cost --markdown -->";
const COST_END: &str = "<!-- end -->";

/// What is known of a format beyond the registry.
pub struct Known {
    /// The registry's entry.
    pub format: &'static Format,
    /// What it fills, of its cases.
    pub filled: Filled,
    /// What came of the corpus, else of the cases in the repository.
    pub row: Row,
    /// The row is of the corpus.
    pub of_corpus: bool,
    /// Does `DIFFERENCES.md` list values that differ on purpose?
    pub has_differences: bool,
}

/// Writes or checks all files.
pub fn run(check: bool) -> Result<()> {
    let mut stale = Vec::new();
    for (path, text) in generated()? {
        let file = root().join(&path);
        if std::fs::read_to_string(&file).ok().as_deref() == Some(text.as_str()) {
            continue;
        }
        if check {
            stale.push(path.display().to_string());
        } else {
            std::fs::create_dir_all(file.parent().context("a generated file lies in a folder")?)?;
            std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
            println!("wrote {}", path.display());
        }
    }
    if stale.is_empty() { Ok(()) } else { bail!("stale: {}; run `cargo xtask generate`", stale.join(", ")) }
}

/// Every generated file with its text. A new kind of reference is one more line.
fn generated() -> Result<Vec<(PathBuf, String)>> {
    let kept = score::kept(&root().join(score::FILE))?;
    let known = |format| known(format, &kept).with_context(|| format.name);
    let formats = REGISTRY.iter().copied().map(known).collect::<Result<Vec<_>>>()?;
    let mut files = vec![
        ("schemas/json/event.schema.json".into(), schema("event")?),
        ("schemas/json/config.schema.json".into(), schema("config")?),
        ("schemas/json/dead-letter.schema.json".into(), schema("dead-letter")?),
        ("docs/formats/README.md".into(), format_index::text(&formats)),
        (COST_PAGE.into(), with_cost_table(&std::fs::read_to_string(root().join(COST_PAGE))?)?),
        (athena::FILE.into(), athena::text()),
        (glue::FILE.into(), glue::text(&statements()?)?),
        (sink_settings::FILE.into(), sink_settings::text(&root())?),
    ];
    for known in &formats {
        files.push((format!("docs/formats/{}.md", known.format.name).into(), format_page::text(known)?));
    }
    files.extend(terraform::pages(&root(), "terraform")?);
    Ok(files)
}

/// The statements that make the archive's tables, by the names that Terraform has for them.
fn statements() -> Result<[(&'static str, String); 3]> {
    let written = |name: &str| {
        let file = root().join("archive/athena").join(format!("{name}.sql"));
        std::fs::read_to_string(&file).with_context(|| file.display().to_string())
    };
    let [raw, dead_letters] = [written("raw")?, written("dead_letters")?];
    Ok([("events", athena::text()), ("raw", raw), ("dead_letters", dead_letters)])
}

fn known(format: &'static Format, kept: &[Row]) -> Result<Known> {
    let corpus = Corpus::read(format.name)?;
    let of_corpus = kept.iter().find(|row| row.format == format.name);
    let row = match of_corpus {
        Some(row) => row.clone(),
        None => Row::of(format.name, &of_repository(&corpus)?),
    };
    Ok(Known {
        format,
        filled: Filled::of(format, &corpus)?,
        row,
        of_corpus: of_corpus.is_some(),
        has_differences: !corpus.differences().is_empty(),
    })
}

/// The program alone knows its sinks' sections.
fn schema(subject: &str) -> Result<String> {
    told(&["schema", subject])
}

/// The page of what a month costs, with its table as the program has it now.
fn with_cost_table(page: &str) -> Result<String> {
    let (head, rest) =
        page.split_once(COST_BEGIN).with_context(|| format!("{COST_PAGE} has no {COST_BEGIN}"))?;
    let (_, tail) = rest.split_once(COST_END).with_context(|| format!("{COST_PAGE} has no {COST_END}"))?;
    Ok(format!("{head}{COST_BEGIN}\n{}{COST_END}{tail}", told(&["cost", "--markdown"])?))
}

/// What the program itself says.
fn told(args: &[&str]) -> Result<String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output =
        Command::new(cargo).args(["run", "--quiet", "-p", "catchwater", "--"]).args(args).output()?;
    if !output.status.success() {
        bail!("catchwater {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}
