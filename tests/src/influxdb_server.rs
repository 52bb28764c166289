//! A real InfluxDB 1.8: built by `scripts/influxdb_server.sh`.

use crate::server::{Server, built, exchange, free_port, percent_encoded};
use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;

/// A running server, or one that was stopped; its data lies in a folder that goes with it.
pub struct InfluxdbServer {
    program: PathBuf,
    folder: tempfile::TempDir,
    port: u16,
    running: Option<Server>,
}

impl InfluxdbServer {
    /// Starts a server with a database `catchwater`; `None` where it is not to be had.
    pub fn start() -> Option<Self> {
        Self::start_with("")
    }

    /// Likewise with more lines of configuration, in the section `[data]`.
    pub fn start_with(data: &str) -> Option<Self> {
        let program = built("InfluxDB", "influxdb_server.sh")?;
        let folder = tempfile::tempdir().expect("a folder");
        let (port, rpc_port) = (free_port(), free_port());
        let at = folder.path().display();
        let config = format!(
            "reporting-disabled = true\nbind-address = '127.0.0.1:{rpc_port}'\n[meta]\ndir = '{at}/meta'\n\
             [data]\ndir = '{at}/data'\nwal-dir = '{at}/wal'\nquery-log-enabled = false\n{data}\n\
             [http]\nbind-address = '127.0.0.1:{port}'\nlog-enabled = false\n[monitor]\nstore-enabled = false\n"
        );
        std::fs::write(folder.path().join("influxd.conf"), config).expect("a file");
        let mut server = Self { program, folder, port, running: None };
        server.run();
        server.query_at("", "CREATE DATABASE catchwater");
        Some(server)
    }

    /// Starts the process and waits until it answers.
    pub fn run(&mut self) {
        let mut command = Command::new(&self.program);
        command.arg("run").arg("-config").arg(self.folder.path().join("influxd.conf"));
        let is_ready = || self.exchange("GET", "/ping", "").is_some_and(|(status, _)| status == 204);
        self.running = Some(Server::start("influxdb", self.port, &mut command, is_ready));
    }

    /// Kills the process as a crash would, and waits for its end.
    pub fn stop(&mut self) {
        self.running = None;
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
        let encoded = percent_encoded(query);
        // `CREATE` and the like want POST.
        let path = format!("/query?db={database}&epoch=ns&q={encoded}");
        let (status, body) = self.exchange("POST", &path, "").expect("InfluxDB answers");
        let answer: Value = serde_json::from_slice(&body).expect("JSON");
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
                series["columns"].as_array().expect("columns").iter().filter_map(Value::as_str).collect();
            for row in series["values"].as_array().into_iter().flatten() {
                let values =
                    columns.iter().map(|c| c.to_string()).zip(row.as_array().expect("a row").iter().cloned());
                rows.push(tags.iter().cloned().chain(values).filter(|(_, value)| !value.is_null()).collect());
            }
        }
        rows
    }

    /// Writes lines past the sink.
    pub fn post(&self, path: &str, lines: &str) {
        let (status, body) = self.exchange("POST", path, lines).expect("InfluxDB answers");
        assert_eq!(status, 204, "{}", String::from_utf8_lossy(&body));
    }

    fn exchange(&self, method: &str, path: &str, body: &str) -> Option<(u16, Vec<u8>)> {
        exchange(self.port, method, path, "", body)
    }
}
