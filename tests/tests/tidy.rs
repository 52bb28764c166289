//! The house's rules as a test: sizes of files, names of folders, nothing of the machine it was made on, and every
//! format and sink with all its parts.

#![allow(clippy::unwrap_used, reason = "a panic is how a test or a benchmark fails")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

const MAX_LINES: usize = 400;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// Files that git tracks or would track.
fn files() -> Vec<String> {
    let args = ["ls-files", "--cached", "--others", "--exclude-standard"];
    let output = Command::new("git").args(args).current_dir(root()).output().expect("git lists the files");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let list = String::from_utf8(output.stdout).unwrap();
    list.lines().filter(|f| root().join(f).is_file()).map(String::from).collect()
}

fn is_data(file: &str) -> bool {
    ["testdata/", "samples/", "vendor/", "Cargo.lock"].iter().any(|part| file.contains(part))
}

#[test]
fn a_file_fits_in_400_lines() {
    let long: Vec<String> = files()
        .into_iter()
        .filter(|f| {
            !is_data(f)
                && [".rs", ".js", ".css", ".html", ".sh", ".toml", ".tf", ".hcl"]
                    .iter()
                    .any(|e| f.ends_with(e))
        })
        .filter_map(|f| {
            let lines = std::fs::read_to_string(root().join(&f)).unwrap().lines().count();
            (lines > MAX_LINES).then(|| format!("{f}: {lines} lines"))
        })
        .collect();
    assert!(long.is_empty(), "over {MAX_LINES} lines, one file tells one thing:\n{}", long.join("\n"));
}

#[test]
fn no_folder_or_file_is_called_utils() {
    let bad = ["utils", "util", "common", "misc", "helpers"];
    let named: Vec<String> = files()
        .into_iter()
        .filter(|f| {
            !is_data(f)
                && Path::new(f).with_extension("").iter().any(|p| bad.contains(&p.to_str().unwrap_or("")))
        })
        .collect();
    assert!(named.is_empty(), "name what it is: {named:?}");
}

#[test]
fn nothing_tells_of_the_machine_it_was_made_on() {
    // Written apart, so that this file does not find itself.
    let words = [
        ["/work", "/main"].concat(),
        ["/work", "/shared"].concat(),
        ["/ro", "ot/"].concat(),
        ["FIX", "ME"].concat(),
        ["TO", "DO"].concat(),
    ];
    let mut found = Vec::new();
    for file in files().iter().filter(|f| !is_data(f)) {
        let Ok(text) = std::fs::read_to_string(root().join(file)) else { continue };
        for (n, line) in text.lines().enumerate() {
            found.extend(
                words.iter().filter(|w| line.contains(w.as_str())).map(|w| format!("{file}:{}: {w}", n + 1)),
            );
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_format_has_its_page_and_its_cases() {
    for file in files().iter().filter_map(|f| f.strip_prefix("transforms/src/formats/")) {
        let name = file.trim_end_matches(".rs").split('/').next().unwrap();
        if ["mod", "testing"].contains(&name) {
            continue;
        }
        for place in [format!("docs/formats/{name}.md"), format!("transforms/testdata/{name}")] {
            assert!(root().join(&place).exists(), "format {name} has no {place}");
        }
    }
}

#[test]
fn every_sink_has_the_same_few_files() {
    for entry in std::fs::read_dir(root().join("consumers")).unwrap() {
        let folder = entry.unwrap().path();
        if folder.ends_with("core") {
            continue;
        }
        for part in ["src/config.rs", "src/lib.rs", "README.md", "sample.toml"] {
            assert!(folder.join(part).exists(), "{} has no {part}", folder.display());
        }
    }
}

#[test]
fn every_link_in_the_docs_leads_somewhere() {
    let mut broken = Vec::new();
    for file in files().iter().filter(|f| f.ends_with(".md") && !is_data(f)) {
        let text = std::fs::read_to_string(root().join(file)).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = target.split('#').next().unwrap_or_default();
            if path.is_empty() || path.contains("://") {
                continue;
            }
            if !root().join(file).parent().unwrap().join(path).exists() {
                broken.push(format!("{file}: {target}"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Each rule of the mapping has its test, and each test its rule: `docs/mapping.md`.
#[test]
fn the_mappings_rules_and_their_tests_are_the_same() {
    let name = |text: &str| {
        let name: String = text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        let is_rule = name.len() > 4 && name.starts_with('p') && name[1..3].parse::<u8>().is_ok();
        (is_rule && name[3..].starts_with('_')).then_some(name)
    };
    let doc = std::fs::read_to_string(root().join("docs/mapping.md")).unwrap();
    let told: BTreeSet<String> = doc.split('`').filter_map(name).collect();
    let contract = files().into_iter().filter(|f| f.starts_with("mapping/tests/contract/"));
    let code: String = contract.map(|f| std::fs::read_to_string(root().join(f)).unwrap()).collect();
    let tested: BTreeSet<String> = code.split("async fn ").filter_map(name).collect();
    assert!(!tested.is_empty());
    assert_eq!(told, tested);
}
