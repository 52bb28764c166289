//! What somebody finds who comes with an AWS account: the commands in the page, and nothing of somebody else's stack.

use catchwater_tests::terraform::{Sources, repository, tracked};
use std::process::Command;

/// What stands a pipeline up, in order.
const COMMANDS: [&str; 3] = ["make package", "terraform init", "terraform apply"];

#[test]
fn nothing_of_a_stack_lies_in_the_repository() {
    let of_a_stack = tracked(".").into_iter().filter(|file| {
        let name = file.rsplit('/').next().unwrap_or(file);
        // A lock file would hold the checksums of one machine's provider; a module leaves it to who applies it.
        name == ".terraform.lock.hcl"
            || name.contains(".tfstate")
            || name.ends_with(".tfplan")
            || ["terraform.tfvars", "terraform.tfvars.json"].contains(&name)
            || file.split('/').any(|part| part == ".terraform")
    });
    assert_eq!(of_a_stack.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn git_leaves_out_what_terraform_writes_beside_a_module() {
    for file in
        [".terraform/providers/x", ".terraform.lock.hcl", "terraform.tfstate", "terraform.tfstate.backup"]
    {
        for folder in ["terraform", "terraform/examples/minimal"] {
            let path = format!("{folder}/{file}");
            let status = Command::new("git")
                .args(["check-ignore", "--quiet", "--no-index", &path])
                .current_dir(repository())
                .status()
                .unwrap();
            assert!(status.success(), "git would take {path}");
        }
    }
}

#[test]
fn the_pages_tell_the_three_commands_in_order() {
    for page in ["README.md", "docs/terraform.md"] {
        let text = std::fs::read_to_string(repository().join(page)).unwrap_or_default();
        let mut rest = text.as_str();
        for command in COMMANDS {
            let at = rest
                .find(command)
                .unwrap_or_else(|| panic!("{page} does not tell `{command}` after those before"));
            rest = &rest[at + command.len()..];
        }
    }
}

#[test]
fn each_module_has_the_same_few_files() {
    for module in Sources::copy().modules() {
        let mut files = vec!["main.tf", "versions.tf", "README.md"];
        if !module.contains("/examples/") {
            files.extend(["variables.tf", "outputs.tf"]);
        }
        for file in files {
            assert!(repository().join(&module).join(file).exists(), "{module} has no {file}");
        }
    }
}
