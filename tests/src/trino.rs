//! Parts of Trino, of which Athena's engine is made, from where `scripts/trino.sh` has put them.

use crate::server::with_java;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs a program of Java, one file, with Trino's parts; `None`, and a word of it, where they are not installed.
pub fn run(program: &Path, args: &[PathBuf]) -> Option<Output> {
    let (home, java_home) = with_java("trino", "24")?;
    let mut command = Command::new(Path::new(&java_home).join("bin/java"));
    command.arg("-cp").arg(home.join("lib/*")).arg(program).args(args);
    Some(command.output().expect("Java starts"))
}
