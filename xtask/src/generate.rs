//! `cargo xtask generate [--check]`: all references that are generated from the source. With `--check` nothing is
//! written and a difference is an error.

use crate::root;
use anyhow::{Context, Result, bail};
use catchwater_transforms::formats::{Format, REGISTRY};
use std::path::PathBuf;
use std::process::Command;

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
    let mut files = vec![
        ("schemas/json/event.schema.json".into(), schema("event")?),
        ("schemas/json/config.schema.json".into(), schema("config")?),
        ("schemas/json/dead-letter.schema.json".into(), schema("dead-letter")?),
        ("docs/formats/README.md".into(), formats_index()),
    ];
    files.extend(REGISTRY.iter().map(|f| (format!("docs/formats/{}.md", f.name).into(), format_page(f))));
    Ok(files)
}

/// Asks the program itself, for it alone knows its sinks' sections.
fn schema(subject: &str) -> Result<String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output =
        Command::new(cargo).args(["run", "--quiet", "-p", "catchwater", "--", "schema", subject]).output()?;
    if !output.status.success() {
        bail!("catchwater schema {subject}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn formats_index() -> String {
    let mut text = String::from(
        "# Formats\n\nGenerated from `transforms/src/formats/` by `cargo xtask generate`. A line that its format refuses \
         comes out as `plain`, with the reason in `catchwater.parse_failure`, and is counted.\n\n\
         Where no route names a format, they are asked in this order.\n\n| format | lines of |\n|---|---|\n",
    );
    for format in REGISTRY {
        text.push_str(&format!("| [`{0}`]({0}.md) | {1} |\n", format.name, format.title));
    }
    text
}

fn format_page(format: &Format) -> String {
    let mut page = format!(
        "# {}\n\nGenerated from `transforms/src/formats/{}.rs` by `cargo xtask generate`.\n\n{}.\n\n```\n{}\n```\n\n{}\n",
        format.name,
        format.name,
        format.title.trim_end_matches('.'),
        format.example,
        format.doc.trim()
    );
    if let Some(options) = &format.options {
        page.push_str("\n## Options\n\nUnder `options` of a route.\n\n| key | what it says |\n|---|---|\n");
        for (key, doc) in options.keys {
            page.push_str(&format!("| `{key}` | {doc} |\n"));
        }
    }
    page
}
