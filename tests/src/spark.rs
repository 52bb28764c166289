//! Spark on this machine, from where `scripts/spark.sh` has put it.

use crate::skipped;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A Spark that can be started.
pub struct Spark {
    python: PathBuf,
    java_home: String,
}

impl Spark {
    /// The installed one; `None`, and a word of it, where there is none.
    pub fn installed() -> Option<Self> {
        let cache = std::env::var_os("CATCHWATER_CACHE")
            .map(PathBuf::from)
            .or_else(|| std::env::home_dir().map(|home| home.join(".cache/catchwater-tests")))?;
        let home = cache.join("spark");
        let Ok(java_home) = std::fs::read_to_string(home.join("java-home")) else {
            skipped("no Spark, or no Java 11 to 17 for it: run scripts/setup.sh");
            return None;
        };
        Some(Self { python: home.join("bin/python"), java_home: java_home.trim().to_string() })
    }

    /// Runs a script of Python as a job on two threads, to its end.
    pub fn run(&self, script: &Path, args: &[&str]) -> Output {
        let work = tempfile::tempdir().expect("a folder");
        Command::new(&self.python)
            .arg(script)
            .args(args)
            .current_dir(work.path())
            .env("JAVA_HOME", &self.java_home)
            .env("PYSPARK_PYTHON", &self.python)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("SPARK_LOCAL_IP", "127.0.0.1")
            .env(
                "PYSPARK_SUBMIT_ARGS",
                // The data is small: most of the time is Java compiling itself.
                "--master local[2] --driver-memory 1g --driver-java-options -XX:TieredStopAtLevel=1 \
                 --conf spark.ui.enabled=false --conf spark.sql.shuffle.partitions=2 pyspark-shell",
            )
            .output()
            .expect("Python starts")
    }
}
