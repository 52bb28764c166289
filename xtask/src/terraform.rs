//! What a Terraform module takes and gives, in its README between two marks: a row of each variable and output as its
//! `.tf` files have it, in their order, so that the page cannot tell something else than the code.

use crate::markdown::{code, words};
use anyhow::{Context, Result, bail};
use hcl_edit::Span;
use hcl_edit::expr::Expression;
use hcl_edit::parser::parse_body;
use hcl_edit::structure::{Block, Body};
use std::path::{Path, PathBuf};

const BEGIN: &str = "<!-- begin: terraform -->\n";
const END: &str = "<!-- end: terraform -->";
/// Folders that hold no module: what Terraform keeps, and tests with the modules that are theirs alone.
const NO_MODULES: [&str; 2] = [".terraform", "tests"];

/// The README of each module in a folder, by its path below `root`, as it has to be.
pub fn pages(root: &Path, folder: &str) -> Result<Vec<(PathBuf, String)>> {
    let mut pages = Vec::new();
    for module in modules(root, Path::new(folder))? {
        let page = module.join("README.md");
        let text = std::fs::read_to_string(root.join(&page));
        let text = text.with_context(|| format!("{} cannot be read: a module has a page", page.display()))?;
        let text = page_of(&root.join(&module), &text).with_context(|| page.display().to_string())?;
        pages.push((page, text));
    }
    Ok(pages)
}

/// Folders with `.tf` files in them, in order; none where there is no such folder.
fn modules(root: &Path, folder: &Path) -> Result<Vec<PathBuf>> {
    let Ok(entries) = std::fs::read_dir(root.join(folder)) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for entry in entries {
        let (name, path) = entry.map(|entry| (entry.file_name(), entry.path()))?;
        if path.is_dir() && !NO_MODULES.iter().any(|no| name == *no) {
            found.extend(modules(root, &folder.join(name))?);
        } else if path.extension().is_some_and(|e| e == "tf") && !found.iter().any(|f| f == folder) {
            found.push(folder.to_path_buf());
        }
    }
    found.sort();
    Ok(found)
}

/// A module's page with what stands between the marks made new.
fn page_of(module: &Path, page: &str) -> Result<String> {
    let parts = page.split_once(BEGIN).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(END)?;
        Some((before, after))
    });
    let Some((before, after)) = parts else {
        bail!("the lines `{}` and `{END}`, between which its variables stand, are not there", BEGIN.trim());
    };
    let (mut variables, mut outputs) = (Vec::new(), Vec::new());
    let texts = texts(module)?;
    for (file, text) in &texts {
        let body = parse_body(text).with_context(|| file.display().to_string())?;
        variables.extend(items(&body, text, "variable"));
        outputs.extend(items(&body, text, "output"));
    }
    Ok(format!("{before}{BEGIN}{}{}{END}{after}", variable_table(&variables), output_table(&outputs)))
}

/// The module's `.tf` files with their texts, in order.
fn texts(module: &Path) -> Result<Vec<(PathBuf, String)>> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(module)? {
        let file = entry?.path();
        if file.extension().is_some_and(|e| e == "tf") {
            let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
            texts.push((file, text));
        }
    }
    texts.sort();
    Ok(texts)
}

/// A `variable` or `output` block.
struct Item<'a> {
    name: String,
    body: Body,
    /// The whole file.
    source: &'a str,
}

/// The blocks of a file that are of this kind and have a name.
fn items<'a>(body: &Body, source: &'a str, kind: &str) -> Vec<Item<'a>> {
    let named = |block: &Block| {
        let name = block.labels.first()?.as_str().to_string();
        Some(Item { name, body: block.body.clone(), source })
    };
    body.get_blocks(kind).filter_map(named).collect()
}

impl Item<'_> {
    /// What an attribute is set to, as it stands in the file.
    fn source_of(&self, attribute: &str) -> Option<&str> {
        let value = &self.body.get_attribute(attribute)?.value;
        self.source.get(value.span()?).map(str::trim)
    }

    /// What it is, whether it is secret, and what its values have to be like.
    fn description(&self) -> String {
        let mut said: Vec<String> = Vec::new();
        said.extend(self.body.get_attribute("description").map(|a| sentence(&self.text(&a.value))));
        if self.source_of("sensitive") == Some("true") {
            said.push("Sensitive.".into());
        }
        let messages =
            self.body.get_blocks("validation").filter_map(|v| v.body.get_attribute("error_message"));
        said.extend(messages.map(|message| format!("*{}*", sentence(&self.text(&message.value)))));
        said.join(" ")
    }

    /// A text's words; one with values in it, or an expression, as it stands in the file.
    fn text(&self, value: &Expression) -> String {
        if let Some(text) = value.as_str() {
            return words(text);
        }
        if let Some(heredoc) = value.as_heredoc_template() {
            return words(&heredoc.template.to_string());
        }
        let source = value.span().and_then(|span| self.source.get(span)).unwrap_or_default();
        words(source.trim().trim_matches('"'))
    }

    /// The attributes that take more than a line, which no cell can hold.
    fn long(&self) -> Vec<(&'static str, &str)> {
        let sources = ["type", "default"].map(|name| (name, self.source_of(name)));
        sources
            .into_iter()
            .filter_map(|(name, text)| Some((name, text.filter(|t| t.contains('\n'))?)))
            .collect()
    }

    fn type_cell(&self) -> String {
        match self.source_of("type") {
            None => code("any"),
            Some(text) if !text.contains('\n') => code(text),
            Some(text) => format!("[{}](#{})", code(text.split('(').next().unwrap_or(text)), self.name),
        }
    }

    fn default_cell(&self) -> String {
        match self.source_of("default") {
            None => "required".into(),
            Some(text) if !text.contains('\n') => code(text),
            Some(_) => format!("[see below](#{})", self.name),
        }
    }
}

/// With a full stop at its end, where it has no sign there.
fn sentence(text: &str) -> String {
    if text.is_empty() || text.ends_with(['.', '!', '?', ':']) { text.into() } else { format!("{text}.") }
}

fn variable_table(variables: &[Item<'_>]) -> String {
    if variables.is_empty() {
        return String::new();
    }
    let mut out = String::from("## Variables\n\n| name | type | default | what it is |\n|---|---|---|---|\n");
    for item in variables {
        let cells = [code(&item.name), item.type_cell(), item.default_cell(), item.description()];
        out += &row(&cells);
    }
    for item in variables.iter().filter(|item| !item.long().is_empty()) {
        out += &format!("\n### {}\n\n```hcl\n", code(&item.name));
        for (name, text) in item.long() {
            out += &format!("{name} = {}\n", moved_to_the_left(text));
        }
        out += "```\n";
    }
    out
}

fn output_table(outputs: &[Item<'_>]) -> String {
    if outputs.is_empty() {
        return String::new();
    }
    let rows: String = outputs.iter().map(|item| row(&[code(&item.name), item.description()])).collect();
    format!("\n## Outputs\n\n| name | what it is |\n|---|---|\n{rows}")
}

fn row(cells: &[String]) -> String {
    let cells: Vec<String> =
        cells.iter().map(|c| if c.is_empty() { " ".into() } else { format!(" {c} ") }).collect();
    format!("|{}|\n", cells.join("|"))
}

/// Without the spaces that all lines but the first, which follows a name, begin with.
fn moved_to_the_left(text: &str) -> String {
    let spaces = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let least = text.lines().skip(1).filter(|l| !l.trim().is_empty()).map(spaces).min().unwrap_or(0);
    let lines = text.lines().enumerate().map(|(n, line)| match n {
        0 => line,
        _ => line.get(least..).unwrap_or_default(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn testdata() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
    }

    #[test]
    fn a_page_tells_what_the_module_takes_and_gives() {
        let page = std::fs::read_to_string(testdata().join("terraform/README.md")).expect("a page");
        let (before, rest) = page.split_once(BEGIN).expect("its begin");
        let (_, after) = rest.split_once(END).expect("its end");
        let stale = format!("{before}{BEGIN}what was once\n{END}{after}");
        assert_eq!(page_of(&testdata().join("terraform"), &stale).expect("a page"), page);
        assert_eq!(pages(&testdata(), "terraform").expect("pages"), [("terraform/README.md".into(), page)]);
    }

    #[test]
    fn a_module_without_its_place_for_the_tables_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        let module = folder.path().join("terraform/modules/stream");
        std::fs::create_dir_all(&module).expect("a folder");
        std::fs::write(module.join("main.tf"), "").expect("a file");
        let error = format!("{:#}", pages(folder.path(), "terraform").expect_err("no page"));
        assert!(error.contains("terraform/modules/stream/README.md cannot be read"), "{error}");
        std::fs::write(module.join("README.md"), "# Stream\n").expect("a file");
        let error = format!("{:#}", pages(folder.path(), "terraform").expect_err("no marks"));
        assert!(error.contains("<!-- begin: terraform -->"), "{error}");
    }

    #[test]
    fn a_file_that_is_no_hcl_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("main.tf"), "variable {").expect("a file");
        let error = format!("{:#}", page_of(folder.path(), &format!("{BEGIN}{END}")).expect_err("no HCL"));
        assert!(error.contains("main.tf"), "{error}");
    }
}
