//! checkov's policies over all of `terraform/`: a finding is mended, or skipped in its place with the reason.

use catchwater_tests::server::cached;
use catchwater_tests::skipped;
use catchwater_tests::terraform::{Sources, repository, tracked};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// What checkov found in a folder that is not skipped, and how many checks passed; `None`, and a word of it, where it is not
/// installed.
fn findings(folder: &Path) -> Option<(Vec<String>, u64)> {
    let Some(checkov) = cached("bin/checkov") else {
        skipped("no checkov: run scripts/terraform.sh");
        return None;
    };
    let output = Command::new(checkov)
        .args(["--framework", "terraform", "--quiet", "--compact", "--output", "json"])
        // It would ask its makers for texts and look for a newer one of itself.
        .args(["--skip-download", "--download-external-modules", "false", "--directory"])
        .arg(folder)
        .output()
        .expect("checkov runs");
    let said = || {
        format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    };
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", said()));
    assert_eq!(report["summary"]["parsing_errors"], 0, "{}", said());
    let passed = report["summary"]["passed"].as_u64().unwrap_or_else(|| panic!("no summary: {}", said()));
    let failed =
        report["results"]["failed_checks"].as_array().unwrap_or_else(|| panic!("no list: {}", said()));
    let text = |check: &Value, name: &str| check[name].as_str().unwrap_or_default().to_string();
    let finding = |check: &Value| {
        let [id, name, resource, file] =
            ["check_id", "check_name", "resource", "file_path"].map(|part| text(check, part));
        format!("{file}:{} {resource}: {id} {name}", check["file_line_range"][0])
    };
    Some((failed.iter().map(finding).collect(), passed))
}

#[test]
fn checkov_finds_nothing_that_is_not_answered() {
    let sources = Sources::copy();
    let Some((found, passed)) = findings(&sources.path().join("terraform")) else { return };
    assert!(
        found.is_empty(),
        "mend these, or skip them in their place with the reason:\n{}",
        found.join("\n")
    );
    println!("{passed} checks passed");
    assert!(passed > 50, "checkov has looked at next to nothing: {passed} checks");
}

#[test]
fn checkov_does_find_an_open_bucket() {
    let folder = tempfile::tempdir().unwrap();
    let bucket = "resource \"aws_s3_bucket\" \"open\" {\n  bucket = \"open\"\n}\n";
    std::fs::write(folder.path().join("main.tf"), bucket).unwrap();
    let Some((found, _)) = findings(folder.path()) else { return };
    assert!(found.iter().any(|finding| finding.contains("aws_s3_bucket.open: CKV")), "{found:?}");
}

/// A skip is `#checkov:skip=CKV_AWS_1:why`.
fn without_reason(text: &str) -> Vec<usize> {
    let mark = "checkov:skip=";
    let lines = text.lines().enumerate().filter_map(|(n, line)| Some((n + 1, line.split_once(mark)?.1)));
    let bare = lines.filter(|(_, skip)| skip.split_once(':').is_none_or(|(_, why)| why.trim().len() < 15));
    bare.map(|(n, _)| n).collect()
}

#[test]
fn every_skip_has_its_reason() {
    let text = "# checkov:skip=CKV_AWS_1\n#checkov:skip=CKV_AWS_2: \n#checkov:skip=CKV_AWS_3:objects are small and public\n";
    assert_eq!(without_reason(text), [1, 2]);
    let mut bare = Vec::new();
    for file in tracked("terraform").iter().filter(|f| f.ends_with(".tf")) {
        let text = std::fs::read_to_string(repository().join(file)).unwrap();
        bare.extend(without_reason(&text).into_iter().map(|line| format!("{file}:{line}")));
    }
    assert!(bare.is_empty(), "a skip without a reason: {bare:?}");
}

#[test]
fn no_finding_is_skipped_for_the_whole_folder() {
    let whole = tracked(".").into_iter().filter(|file| {
        let name = file.rsplit('/').next().unwrap_or(file);
        [".checkov.yaml", ".checkov.yml", ".checkov.baseline"].contains(&name)
    });
    assert_eq!(
        whole.collect::<Vec<_>>(),
        Vec::<String>::new(),
        "skip in the finding's place, with the reason"
    );
}
