//! Terraform as people call it, on a copy of `terraform/`, so that nothing that it keeps lies in the repository. Which program
//! that is, `scripts/terraform.sh` says.

use crate::server::built;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use tempfile::TempDir;

/// The repository's root.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository")
}

/// Files below a folder of the repository that git tracks or would track, by their path in the repository.
pub fn tracked(folder: &str) -> Vec<String> {
    let args = ["ls-files", "--cached", "--others", "--exclude-standard", "--", folder];
    let output =
        Command::new("git").args(args).current_dir(repository()).output().expect("git lists the files");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let list = String::from_utf8(output.stdout).expect("paths are text");
    list.lines().filter(|file| repository().join(file).is_file()).map(String::from).collect()
}

/// The program.
#[derive(Debug)]
pub struct Terraform {
    program: PathBuf,
}

/// How a call ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code; -1 where a signal ended it.
    pub code: i32,
    /// What it printed.
    pub output: String,
    /// What it printed to standard error.
    pub errors: String,
}

impl Ended {
    /// What it printed, for a person.
    pub fn said(&self) -> String {
        format!("{}{}", self.output, self.errors)
    }
}

impl Terraform {
    /// The Terraform of this machine; `None`, and a word of it, where there is none.
    pub fn get() -> Option<&'static Self> {
        static FOUND: OnceLock<Option<Terraform>> = OnceLock::new();
        let find = || built("Terraform", "terraform.sh").map(|program| Terraform { program });
        FOUND.get_or_init(find).as_ref()
    }

    /// Where it lies.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Runs it in a folder, with further environment variables.
    pub fn run(&self, folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Ended {
        let (subcommand, rest) = arguments.split_first().expect("a subcommand");
        let mut command = Command::new(&self.program);
        command.args([subcommand, "-no-color"]);
        // What a person has set for a Terraform of their own is not for these.
        for variable in ["TF_CLI_ARGS", "TF_DATA_DIR", "TF_WORKSPACE", "AWS_PROFILE"] {
            command.env_remove(variable);
        }
        if let Some(plugins) = crate::server::cached("terraform-plugins") {
            command.env("TF_PLUGIN_CACHE_DIR", plugins);
            // Else each `init` puts the provider there anew, for a module without a lock file, under the feet of the others.
            command.env("TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE", "1");
        }
        let output = command
            .args(rest)
            .envs(environment.iter().copied())
            .env("TF_IN_AUTOMATION", "1")
            .env("CHECKPOINT_DISABLE", "1")
            .current_dir(folder)
            .output()
            .unwrap_or_else(|e| panic!("{} does not start: {e}", self.program.display()));
        Ended {
            code: output.status.code().unwrap_or(-1),
            output: String::from_utf8_lossy(&output.stdout).into_owned(),
            errors: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// A copy of what the repository has in `terraform/`. Goes when it is dropped.
pub struct Sources {
    folder: TempDir,
}

impl Sources {
    /// Copies it.
    pub fn copy() -> Self {
        let folder = tempfile::Builder::new().prefix("catchwater-terraform-").tempdir().expect("a folder");
        for file in tracked("terraform") {
            let to = folder.path().join(&file);
            std::fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
            std::fs::copy(repository().join(&file), to).expect("a copy");
        }
        Self { folder }
    }

    /// The folder that `terraform/` lies in.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Folders with a module in them, by their path from [`Sources::path`], in order: each that has `.tf` files, but for those of
    /// tests alone.
    pub fn modules(&self) -> Vec<String> {
        let files = tracked("terraform");
        let of_module = |file: &String| {
            let (folder, name) = file.rsplit_once('/')?;
            let is_module = name.ends_with(".tf") && folder.split('/').all(|part| part != "tests");
            is_module.then(|| folder.to_string())
        };
        let mut modules: Vec<String> = files.iter().filter_map(of_module).collect();
        modules.sort();
        modules.dedup();
        modules
    }
}

/// What a plan does to resources: their addresses with what is done, but for those that stay as they are.
pub fn changes(plan: &Value) -> Vec<(String, String)> {
    let changes = plan["resource_changes"].as_array().cloned().unwrap_or_default();
    let of = |change: &Value| {
        let actions: Vec<&str> =
            change["change"]["actions"].as_array()?.iter().filter_map(Value::as_str).collect();
        let is_change = !matches!(actions[..], ["no-op"] | ["read"]);
        is_change.then(|| Some((change["address"].as_str()?.to_string(), actions.join("+"))))?
    };
    changes.iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_stays_or_is_only_read_is_no_change() {
        let change =
            |address: &str, actions: &[&str]| json!({"address": address, "change": {"actions": actions}});
        let plan = json!({"resource_changes": [
            change("a.stays", &["no-op"]), change("data.a.read", &["read"]), change("a.new", &["create"]),
            change("a.other", &["delete", "create"]),
        ]});
        let expected = [("a.new", "create"), ("a.other", "delete+create")];
        assert_eq!(
            changes(&plan),
            expected.map(|(address, action)| (address.to_string(), action.to_string()))
        );
        assert_eq!(changes(&json!({})), []);
    }
}
