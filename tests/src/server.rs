//! A server that a test starts as a process: on a free loopback port, with its output in `tests/artefacts/`, ended with
//! all that it has started, by its process group.

use crate::{skipped, wait_for};
use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A running server. Ends when it is dropped.
pub struct Server {
    name: &'static str,
    port: u16,
    log: PathBuf,
    running: Option<Child>,
}

/// A port of loopback that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port()
}

/// The folder that `make setup` puts things into.
fn cache() -> Option<PathBuf> {
    let home = || std::env::home_dir().map(|home| home.join(".cache/catchwater-tests"));
    std::env::var_os("CATCHWATER_CACHE").map(PathBuf::from).or_else(home)
}

/// What `make setup` has put at this path of its cache.
pub fn cached(path: &str) -> Option<PathBuf> {
    Some(cache()?.join(path)).filter(|file| file.exists())
}

/// The folder of a program of Java in the cache, and the home of the Java for it; `None`, and a word of it, where either is
/// missing.
pub fn with_java(name: &str, needs: &str) -> Option<(PathBuf, String)> {
    let java_home = cached(&format!("{name}/java-home")).and_then(|file| {
        Some((file.parent()?.to_path_buf(), std::fs::read_to_string(&file).ok()?.trim().to_string()))
    });
    if java_home.is_none() {
        skipped(&format!("no {name}, or no Java {needs} for it: run scripts/setup.sh"));
    }
    java_home
}

/// The server that a script of `scripts/` builds where it is missing, and names; `None`, and a word of it, where it cannot be
/// had.
pub fn built(name: &str, script: &str) -> Option<PathBuf> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts").join(script);
    let output = Command::new(script).env("CATCHWATER_CACHE", cache()?).output().ok()?;
    let path = String::from_utf8(output.stdout).ok()?;
    let path = PathBuf::from(path.trim());
    if path.is_file() {
        return Some(path);
    }
    let why = String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ");
    skipped(&format!("no {name}: {why}"));
    None
}

/// Folder of what tests leave for people.
pub fn artefacts() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("artefacts");
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    folder
}

impl Server {
    /// Starts `command`, which listens on `port`, and waits until `is_ready`; panics with its last lines if it ends before.
    pub fn start(
        name: &'static str,
        port: u16,
        command: &mut Command,
        mut is_ready: impl FnMut() -> bool,
    ) -> Self {
        let log = artefacts().join(format!("{name}-{port}.log"));
        let out = File::create(&log).expect("a log file");
        command
            .stdin(Stdio::null())
            .stdout(out.try_clone().expect("a log file"))
            .stderr(out)
            // A group of its own: what it starts ends with it.
            .process_group(0);
        let child = command.spawn().unwrap_or_else(|e| panic!("{name} does not start: {e}"));
        let mut server = Self { name, port, log, running: Some(child) };
        wait_for(name, Duration::from_secs(90), || {
            let ended = server.running.as_mut().and_then(|child| child.try_wait().ok().flatten());
            assert!(ended.is_none(), "{name} ended: {ended:?}");
            is_ready().then_some(())
        });
        server
    }

    /// Its address for HTTP.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.running.as_ref().expect("it runs").id()
    }

    /// What it printed.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Kills it and what it started, without a word before.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.running.take() {
            let group = format!("-{}", child.id());
            let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
            let _ = child.wait();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let tail: Vec<&str> = log.lines().rev().take(20).collect();
            eprintln!("{}'s last lines, newest first:\n{}", self.name, tail.join("\n"));
        }
        self.kill();
    }
}

/// One request to a port of loopback on a connection of its own (HTTP/1.0: the answer ends with it): status and body.
pub fn exchange(port: u16, method: &str, path: &str, headers: &str, body: &str) -> Option<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    let length = body.len();
    let head =
        format!("{method} {path} HTTP/1.0\r\nHost: localhost\r\n{headers}Content-Length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let status = String::from_utf8_lossy(&answer[..end]).split(' ').nth(1)?.parse().ok()?;
    Some((status, answer.split_off(end + 4)))
}

/// A text as a part of a URL's query.
pub fn percent_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Whether an address answers with 200.
pub fn answers(url: &str) -> bool {
    ureq::get(url).call().is_ok_and(|answer| answer.status() == 200)
}
