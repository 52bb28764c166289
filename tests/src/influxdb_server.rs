//! A real InfluxDB 1.8 for tests: built by `scripts/influxdb_server.sh`, on free loopback ports, stopped by its id.

use serde_json::Value;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running server, or one that was stopped; its data lies in a folder that goes with it.
pub struct Server {
    program: PathBuf,
    folder: tempfile::TempDir,
    port: u16,
    rpc_port: u16,
    process: Option<Child>,
}

/// The server's program; `None`, with a word why, where it is not to be had.
fn program() -> Option<PathBuf> {
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache/catchwater-tests"));
    let cache = std::env::var_os("CATCHWATER_CACHE").map(PathBuf::from).or(home)?;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/influxdb_server.sh");
    let output = Command::new(script).env("CATCHWATER_CACHE", cache).output().ok()?;
    let path = String::from_utf8(output.stdout).ok()?;
    let path = PathBuf::from(path.trim());
    if path.is_file() {
        return Some(path);
    }
    let why = String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ");
    println!("SKIPPED: no InfluxDB: {why}");
    assert!(std::env::var_os("CI").is_none(), "SKIPPED in CI: no InfluxDB: {why}");
    None
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Server {
    /// Starts a server with a database `catchwater`; `None` where it is not to be had.
    pub fn start() -> Option<Self> {
        Self::start_with("")
    }

    /// Likewise with more lines of configuration, in the section `[data]`.
    pub fn start_with(data: &str) -> Option<Self> {
        let program = program()?;
        let folder = tempfile::tempdir().unwrap();
        let (port, rpc_port) = (free_port(), free_port());
        let at = folder.path().display();
        let config = format!(
            "reporting-disabled = true\nbind-address = '127.0.0.1:{rpc_port}'\n[meta]\ndir = '{at}/meta'\n\
             [data]\ndir = '{at}/data'\nwal-dir = '{at}/wal'\nquery-log-enabled = false\n{data}\n\
             [http]\nbind-address = '127.0.0.1:{port}'\nlog-enabled = false\n[monitor]\nstore-enabled = false\n"
        );
        std::fs::write(folder.path().join("influxd.conf"), config).unwrap();
        let mut server = Self { program, folder, port, rpc_port, process: None };
        server.run();
        server.query_at("", "CREATE DATABASE catchwater");
        Some(server)
    }

    /// Starts the process and waits until it answers.
    pub fn run(&mut self) {
        let log = std::fs::File::create(self.folder.path().join("log")).unwrap();
        let mut command = Command::new(&self.program);
        command.arg("run").arg("-config").arg(self.folder.path().join("influxd.conf"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.process = Some(command.spawn().unwrap());
        let started = Instant::now();
        while self.exchange("GET", "/ping", "").is_none_or(|(status, _)| status != 204) {
            let log = || std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(started.elapsed() < Duration::from_secs(60), "InfluxDB on {}: {}", self.rpc_port, log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Kills the process as a crash would, and waits for its end.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// The server's address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Answer of an InfluxQL query, its times in nanoseconds.
    pub fn query(&self, query: &str) -> Value {
        self.query_at("catchwater", query)
    }

    fn query_at(&self, database: &str, query: &str) -> Value {
        let encoded: String = query.bytes().map(|byte| format!("%{byte:02X}")).collect();
        // `CREATE` and the like want POST.
        let path = format!("/query?db={database}&epoch=ns&q={encoded}");
        let (status, body) = self.exchange("POST", &path, "").expect("InfluxDB answers");
        let answer: Value = serde_json::from_slice(&body).unwrap();
        let fault = answer["results"][0]["error"].as_str();
        assert!(status == 200 && fault.is_none(), "{query}: {status} {answer}");
        answer
    }

    /// The rows of a query: each as pairs of column and value, those of its tags first; nulls are left out.
    pub fn rows(&self, query: &str) -> Vec<Vec<(String, Value)>> {
        let answer = self.query(query);
        let mut rows = Vec::new();
        for series in answer["results"][0]["series"].as_array().into_iter().flatten() {
            let tags = series["tags"].as_object().into_iter().flatten();
            let tags: Vec<(String, Value)> =
                tags.map(|(name, value)| (name.clone(), value.clone())).collect();
            let columns: Vec<&str> =
                series["columns"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            for row in series["values"].as_array().into_iter().flatten() {
                let values =
                    columns.iter().map(|c| c.to_string()).zip(row.as_array().unwrap().iter().cloned());
                rows.push(tags.iter().cloned().chain(values).filter(|(_, value)| !value.is_null()).collect());
            }
        }
        rows
    }

    /// Writes lines past the sink.
    pub fn post(&self, path: &str, lines: &str) {
        let (status, body) = self.exchange("POST", path, lines).unwrap();
        assert_eq!(status, 204, "{}", String::from_utf8_lossy(&body));
    }

    /// One request on a connection of its own (HTTP/1.0: the answer ends with it).
    fn exchange(&self, method: &str, path: &str, body: &str) -> Option<(u16, Vec<u8>)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some((status, answer.split_off(end + 4)))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
