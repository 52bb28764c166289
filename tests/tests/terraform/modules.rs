//! Each module and example, found by its files: a new one is tested without a line here.

use catchwater_tests::terraform::{Sources, Terraform};
use std::collections::VecDeque;
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

/// Calls of Terraform at a time: each starts a provider of some hundred megabytes.
const AT_ONCE: usize = 2;

#[test]
fn the_files_have_terraforms_own_form() {
    let Some(terraform) = Terraform::get() else { return };
    let sources = Sources::copy();
    assert!(!sources.modules().is_empty(), "no module");
    let folder = sources.path().join("terraform");
    let ended = terraform.run(&folder, &["fmt", "-check", "-diff", "-recursive"], &[]);
    assert_eq!(ended.code, 0, "run `terraform fmt -recursive terraform`:\n{}", ended.said());
}

#[test]
fn each_module_and_example_is_valid_and_passes_its_own_tests() {
    let Some(terraform) = Terraform::get() else { return };
    let sources = Sources::copy();
    // The root, which has the most runs, stands first and begins first.
    let waiting: VecDeque<String> = sources.modules().into();
    assert!(waiting.len() > 1, "{waiting:?}");
    let (waiting, failed) = (Mutex::new(waiting), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let Some(module) = waiting.lock().unwrap().pop_front() else { return };
            let begun = Instant::now();
            let result = check(terraform, &sources.path().join(&module));
            let seconds = begun.elapsed().as_secs_f64();
            match result {
                Ok(tests) => println!("{module}: {tests} runs passed, {seconds:.1} s"),
                Err(why) => failed.lock().unwrap().push(format!("== {module}\n{why}")),
            }
        }
    };
    std::thread::scope(|scope| (0..AT_ONCE).for_each(|_| drop(scope.spawn(work))));
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{} modules:\n{}", failed.len(), failed.join("\n"));
}

/// Initialises, validates and tests a module: how many runs passed, else what Terraform said.
fn check(terraform: &Terraform, module: &Path) -> Result<usize, String> {
    let run = |arguments: &[&str]| {
        let ended = terraform.run(module, arguments, &[]);
        match ended.code {
            0 => Ok(ended.output),
            code => {
                Err(format!("terraform {}: {code}\n{}{}", arguments.join(" "), ended.output, ended.errors))
            }
        }
    };
    run(&["init", "-backend=false", "-input=false"])?;
    run(&["validate"])?;
    let said = run(&["test"])?;
    match passed(&said) {
        Some(0) | None => Err(format!("it has no test: a `.tftest.hcl` in `tests/`\n{said}")),
        Some(runs) => Ok(runs),
    }
}

/// The number in `Success! 2 passed, 0 failed.`
fn passed(said: &str) -> Option<usize> {
    let line = said.lines().rev().find_map(|line| line.strip_prefix("Success! "))?;
    line.split_once(" passed")?.0.parse().ok()
}

#[test]
fn a_module_that_is_wrong_or_has_no_test_fails() {
    let Some(terraform) = Terraform::get() else { return };
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("main.tf", "variable \"name\" {\n  type = strin\n}\n");
    let why = check(terraform, folder.path()).unwrap_err();
    assert!(why.contains("strin"), "{why}");
    write("main.tf", "variable \"name\" {\n  type = string\n}\n");
    let why = check(terraform, folder.path()).unwrap_err();
    assert!(why.starts_with("it has no test"), "{why}");
    let test = |wanted: &str| {
        let assertion = format!("condition = var.name == \"{wanted}\"\n error_message = \"not so\"");
        format!(
            "variables {{ name = \"a\" }}\nrun \"one\" {{\n command = plan\n assert {{\n {assertion}\n }}\n}}\n"
        )
    };
    write("one.tftest.hcl", &test("b"));
    let why = check(terraform, folder.path()).unwrap_err();
    assert!(why.contains("not so"), "{why}");
    write("one.tftest.hcl", &test("a"));
    assert_eq!(check(terraform, folder.path()), Ok(1));
}
