//! The real binary, started as a user starts it, in a folder of its own.

use crate::wait_for;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The release binary that `make e2e` has built beside the tests' own build.
pub fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own file");
    let target = test.ancestors().nth(3).expect("target/debug/deps/test");
    let binary = target.join("release/catchwater");
    assert!(binary.exists(), "{} is not there: run `cargo build --release` first", binary.display());
    binary
}

/// Runs a command of the binary to its end.
pub fn run(folder: &Path, args: &[&str]) -> Output {
    Command::new(binary())
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .expect("the binary starts")
}

/// Runs a command of the binary with standard input.
pub fn run_with_input(folder: &Path, args: &[&str], input: &[u8]) -> Output {
    use std::io::Write;
    let mut child = Command::new(binary())
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let input = input.to_vec();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().expect("the binary ends");
    writer.join().expect("the writer ends");
    output
}

/// A running `catchwater up`.
pub struct Pipeline {
    child: Child,
    folder: PathBuf,
    printed: Arc<Mutex<String>>,
}

impl Pipeline {
    /// Starts `catchwater up` with these further arguments in `folder`, on free ports, and waits until it has
    /// announced itself.
    pub fn start(folder: &Path, args: &[&str]) -> Self {
        let config = folder.join("test.toml");
        if !config.exists() {
            let text = "[listen]\nkinesis = \"127.0.0.1:0\"\npage = \"127.0.0.1:0\"\n[sink.sqlite]\n";
            std::fs::write(&config, text).expect("the folder can be written");
        }
        Self::start_with(folder, &[&["up", "--config", "test.toml"], args].concat())
    }

    /// Starts the binary with exactly these arguments.
    pub fn start_with(folder: &Path, args: &[&str]) -> Self {
        let _ = std::fs::remove_file(folder.join("catchwater-data/endpoint.json"));
        let mut child = Command::new(binary())
            .args(args)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let printed = Arc::new(Mutex::new(String::new()));
        for stream in [
            Box::new(child.stdout.take().expect("stdout is piped")) as Box<dyn std::io::Read + Send>,
            Box::new(child.stderr.take().expect("stderr is piped")),
        ] {
            let printed = printed.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    let mut printed = printed.lock().expect("no holder panics");
                    printed.push_str(&line);
                    printed.push('\n');
                }
            });
        }
        let mut pipeline = Self { child, folder: folder.to_path_buf(), printed };
        wait_for("the pipeline announces itself", Duration::from_secs(30), || {
            if let Ok(Some(status)) = pipeline.child.try_wait() {
                panic!("the pipeline ended with {status}:\n{}", pipeline.printed());
            }
            pipeline.endpoint_if_there().map(drop)
        });
        pipeline
    }

    fn endpoint_if_there(&self) -> Option<Value> {
        let text = std::fs::read(self.data().join("endpoint.json")).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.join("catchwater-data")
    }

    /// Base address of the embedded Kinesis.
    pub fn kinesis(&self) -> String {
        self.endpoint_if_there().expect("it has announced itself")["kinesis"]
            .as_str()
            .expect("an address")
            .to_string()
    }

    /// Address of the page.
    pub fn page(&self) -> String {
        let page = self.endpoint_if_there().expect("it has announced itself")["page"].clone();
        page.as_str().expect("an address").trim_end_matches('/').to_string()
    }

    /// What `/api/status` says.
    pub fn status(&self) -> Value {
        let mut response = ureq::get(format!("{}/api/status", self.page())).call().expect("the page answers");
        let text = response.body_mut().read_to_string().expect("a body");
        serde_json::from_str(&text).expect("JSON")
    }

    /// The account of a mapping, `transform` or a sink's, as `/api/status` has it.
    pub fn account(&self, mapping: &str) -> Value {
        let status = self.status();
        let account = status["accounts"].as_array().expect("a list").iter().find(|a| a["mapping"] == mapping);
        account.unwrap_or_else(|| panic!("no account of {mapping}: {status}")).clone()
    }

    /// What it has printed so far.
    pub fn printed(&self) -> String {
        self.printed.lock().expect("no holder panics").clone()
    }

    /// Process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL: nothing can be tidied up.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Ctrl-C, and what it printed until its end; the exit must be clean.
    pub fn interrupt(mut self) -> String {
        let status =
            Command::new("kill").args(["-INT", &self.pid().to_string()]).status().expect("kill runs");
        assert!(status.success());
        let ended = wait_for("a clean stop", Duration::from_secs(20), || {
            self.child.try_wait().expect("it can be asked")
        });
        assert!(ended.success(), "ended with {ended}:\n{}", self.printed());
        self.printed()
    }

    /// Waits until every mapping has passed everything on its stream.
    pub fn settle(&self) {
        wait_for("every mapping has caught up", Duration::from_secs(120), || {
            let status = self.status();
            (status["settled"] == Value::Bool(true)).then_some(())
        });
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
