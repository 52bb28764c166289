//! `docs/formats/<format>.md`: what the registry says of a format, the fields that it fills, and the sources of its cases.

use crate::fields::Filled;
use crate::generate::Known;
use crate::markdown::{code, example, number};
use crate::score::percent;
use crate::{root, sources};
use anyhow::Result;
use catchwater_schemas::field::{Field, FieldInfo};

/// So many names of `catchwater.fields` are listed.
const MOST_FREE: usize = 60;

/// The page.
pub fn text(known: &Known) -> Result<String> {
    let format = known.format;
    let folder = format!("transforms/src/formats/{}/", format.name);
    let file = format!("transforms/src/formats/{}.rs", format.name);
    let source = if root().join(&folder).exists() { folder } else { file };
    let mut page = format!(
        "# {}\n\nGenerated from `{source}` by `cargo xtask generate`.\n\n{}.\n\n```\n{}\n```\n\n{}\n",
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
    page.push_str(&fields(&known.filled));
    page.push_str(&agreement(known)?);
    Ok(page)
}

fn fields(filled: &Filled) -> String {
    let kinds: Vec<String> = filled.kinds.iter().map(|kind| code(kind)).collect();
    let mut text = format!(
        "\n## Fields\n\nKind: {}. These are the fields that the format fills in its cases, with an example each.\n\n\
         | field | type | example | what it holds |\n|---|---|---|---|\n",
        kinds.join(", ")
    );
    for (field, value) in &filled.fields {
        let FieldInfo { path, field_type, doc } = field.info();
        let field_type = format!("{field_type:?}").to_lowercase();
        text.push_str(&format!("| `{path}` | {field_type} | {} | {doc} |\n", example(value)));
    }
    if !filled.free.is_empty() {
        text.push_str(
            "\nIn `catchwater.fields`, under the source's own names:\n\n| name | example |\n|---|---|\n",
        );
        for (name, value) in filled.free.iter().take(MOST_FREE) {
            text.push_str(&format!("| {} | {} |\n", code(name), example(value)));
        }
        if let Some(more) = filled.free.len().checked_sub(MOST_FREE).filter(|more| *more > 0) {
            text.push_str(&format!("\nAnd {more} more.\n"));
        }
    }
    if !filled.of_stages.is_empty() {
        let names: Vec<String> =
            filled.of_stages.iter().map(|field: &Field| code(field.info().path)).collect();
        text.push_str(&format!(
            "\nThe stages behind the format add {} ([what they mean](../meaning.md)).\n",
            names.join(", ")
        ));
    }
    text
}

fn agreement(known: &Known) -> Result<String> {
    let (row, name) = (&known.row, known.format.name);
    let sources = sources::of(name)?;
    if sources.is_empty() && row.cases == 0 {
        return Ok(String::new());
    }
    let mut text = String::from("\n## Lines of others\n\n");
    if row.values > 0 {
        let of = if known.of_corpus { "the corpus" } else { "the cases in this repository" };
        text.push_str(&format!(
            "Of {of}, {} lines, {} of the log events are parsed and {} of {} expected values agree ({})",
            number(row.lines),
            percent(row.parsed, row.log_events),
            number(row.agree),
            number(row.values),
            percent(row.agree, row.values),
        ));
        text.push_str(&match known.has_differences {
            true => format!("; [why others differ](../../transforms/testdata/{name}/DIFFERENCES.md).\n"),
            false => ".\n".to_string(),
        });
    }
    if !sources.is_empty() {
        text.push_str(&format!(
            "\nThe cases in [`transforms/testdata/{name}`](../../transforms/testdata/{name}/SOURCES.tsv) are from these \
             projects, under their [licences](../../transforms/testdata/LICENSES):\n\n| from | licence | cases |\n|---|---|---|\n"
        ));
    }
    for (source, cases) in &sources {
        let repository = link(&source.repository);
        text.push_str(&format!("| {repository} | {} | {} |\n", source.licence, cases.join(", ")));
    }
    Ok(text)
}

/// A project on GitHub, as a link; others as they are.
fn link(repository: &str) -> String {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    match repository.split_once('/') {
        Some((owner, name))
            if [owner, name].iter().all(|part| !part.is_empty() && part.chars().all(is_name)) =>
        {
            format!("[{repository}](https://github.com/{repository})")
        }
        _ => repository.to_string(),
    }
}
