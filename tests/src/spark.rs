//! Spark on this machine, from where `scripts/spark.sh` has put it.

use crate::server::with_java;
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
        let (home, java_home) = with_java("spark", "11 to 17")?;
        Some(Self { python: home.join("bin/python"), java_home })
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
