//! One example of `terraform/`, applied for real: by a Terraform that has a hook for emulators beside it.

use catchwater_tests::cloud::CREDENTIALS;
use catchwater_tests::functions::zip_of;
use catchwater_tests::server::cached;
use catchwater_tests::skipped;
use catchwater_tests::terraform::{Ended, Sources, Terraform, changes, repository};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// An example in a copy of `terraform/`, with its state.
pub struct Stack {
    terraform: &'static Terraform,
    sources: Sources,
    folder: PathBuf,
    environment: Vec<(String, String)>,
}

impl Stack {
    /// The example, initialised, with these values of its variables. `endpoints` are variables such as `AWS_ENDPOINT_URL`, for
    /// Terraform and for the functions that it makes. `None`, and a word of it, where nothing can be applied here.
    pub fn new(example: &str, variables: &Value, endpoints: &[(&str, String)]) -> Option<Self> {
        let terraform = Terraform::get()?;
        let Some(hook) = hook(terraform) else {
            skipped("this Terraform has no hook for emulators: name one that has in CATCHWATER_TERRAFORM");
            return None;
        };
        let sources = Sources::copy();
        let folder = sources.path().join("terraform/examples").join(example);
        let mut environment = vec![("TERRAFORM_OFFLINE_HOOK".to_string(), hook)];
        environment.extend(CREDENTIALS.map(|(name, value)| (name.into(), value.into())));
        environment.extend(endpoints.iter().map(|(name, url)| (name.to_string(), url.clone())));
        let stack = Self { terraform, sources, folder, environment };
        stack.write("terraform.tfvars.json", &variables.to_string());
        stack.succeed(&["init", "-backend=false", "-input=false"]);
        Some(stack)
    }

    /// Writes a file beside the example's own.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.join(name), text).unwrap();
    }

    /// Makes all that is not there.
    pub fn apply(&self) {
        self.succeed(&["apply", "-auto-approve", "-input=false"]);
    }

    /// Takes all away.
    pub fn destroy(&self) {
        self.succeed(&["destroy", "-auto-approve", "-input=false"]);
    }

    /// What an apply would do, by address; none where nothing is to be done, which Terraform says by its exit code.
    pub fn plan(&self) -> Vec<(String, String)> {
        let ended = self.run(&["plan", "-input=false", "-detailed-exitcode", "-out=next.tfplan"]);
        assert!([0, 2].contains(&ended.code), "terraform plan: {}\n{}", ended.code, ended.said());
        let shown = self.succeed(&["show", "-json", "next.tfplan"]);
        let changes = changes(&serde_json::from_str(&shown).unwrap());
        assert_eq!(
            ended.code == 2,
            !changes.is_empty() || ended.output.contains("Changes to Outputs"),
            "{}",
            ended.said()
        );
        changes
    }

    /// An output of the example.
    pub fn output(&self, name: &str) -> Value {
        let all: Value = serde_json::from_str(&self.succeed(&["output", "-json"])).unwrap();
        assert!(all[name].is_object(), "no output {name}: {all}");
        all[name]["value"].clone()
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        let environment: Vec<(&str, &str)> =
            self.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.terraform.run(&self.folder, arguments, &environment)
    }

    fn succeed(&self, arguments: &[&str]) -> String {
        let ended = self.run(arguments);
        assert_eq!(
            ended.code,
            0,
            "terraform {arguments:?} in {}\n{}",
            self.sources.path().display(),
            ended.said()
        );
        ended.output
    }
}

/// The folder with the functions' zips, as `make package` leaves it.
pub fn packages() -> PathBuf {
    let zip = zip_of("transform");
    zip.ancestors().nth(2).unwrap().to_path_buf()
}

/// The command that makes each change on an emulator: a script beside the program, behind one that knows what ministack lacks, in
/// the Python of moto, which has boto3.
fn hook(terraform: &Terraform) -> Option<String> {
    let script = terraform.program().with_file_name("emulator.py");
    let python = cached("bin/moto_server")?.canonicalize().ok()?.with_file_name("python");
    let before = repository().join("tests/testdata/emulator_without_fan_out.py");
    let quoted = |path: &Path| format!("'{}'", path.display());
    let is_there = script.exists() && python.exists();
    is_there.then(|| [&python, &before, &script].map(|path| quoted(path)).join(" "))
}
