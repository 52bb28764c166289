//! The drawing in docs/terraform.md is of what a plan makes.

use catchwater_tests::server::cached;
use catchwater_tests::terraform::{Terraform, repository};
use std::process::Command;

#[test]
fn the_page_draws_what_a_plan_makes() {
    let Some(terraform) = Terraform::get() else { return };
    let mut command = Command::new(repository().join("scripts/terraform_graph.py"));
    if let Some(plugins) = cached("terraform-plugins") {
        command.env("TF_PLUGIN_CACHE_DIR", plugins);
    }
    let output = command.arg("--check").arg(terraform.program()).output().expect("python3 draws it");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
