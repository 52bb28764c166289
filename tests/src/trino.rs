//! Parts of Trino, of which Athena's engine is made, from where `scripts/trino.sh` has put them.

use crate::skipped;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs a program of Java, one file, with Trino's parts; `None`, and a word of it, where they are not installed.
pub fn run(program: &Path, args: &[PathBuf]) -> Option<Output> {
    let cache = std::env::var_os("CATCHWATER_CACHE")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cache/catchwater-tests")))?;
    let home = cache.join("trino");
    let Ok(java_home) = std::fs::read_to_string(home.join("java-home")) else {
        skipped("no parts of Trino, or no Java 24 for them: run scripts/setup.sh");
        return None;
    };
    let mut command = Command::new(Path::new(java_home.trim()).join("bin/java"));
    command.arg("-cp").arg(home.join("lib/*")).arg(program).args(args);
    Some(command.output().expect("Java starts"))
}
