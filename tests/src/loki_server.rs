//! A real Loki 3.7: built by `scripts/loki_server.sh`.

use crate::server::{Server, built, exchange, free_port, percent_encoded};
use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;

/// A running server, or one that was stopped; its data lies in a folder that goes with it.
pub struct LokiServer {
    program: PathBuf,
    folder: tempfile::TempDir,
    port: u16,
    running: Option<Server>,
}

/// What a server is set to beyond [`CONFIG`], in its YAML.
#[derive(Default)]
pub struct Set {
    /// Lines of `limits_config`.
    pub limits: &'static str,
    /// Lines of `ingester`.
    pub ingester: &'static str,
    /// Limits of its tenants, if it has several: lines `tenant: {limit: value}`.
    pub tenants: Option<&'static str>,
}

/// For one process on one disk. Ingesters are asked for all times, for events of 2020 are looked for before they are flushed;
/// the frontend is named, or its workers take ten seconds to find it.
const CONFIG: &str = "
auth_enabled: TENANTS
analytics: {reporting_enabled: false}
server: {http_listen_address: 127.0.0.1, http_listen_port: PORT, grpc_listen_address: 127.0.0.1, grpc_listen_port: RPC, log_level: error}
common:
  instance_addr: 127.0.0.1
  path_prefix: FOLDER
  storage: {filesystem: {chunks_directory: FOLDER/chunks, rules_directory: FOLDER/rules}}
  replication_factor: 1
  ring: {kvstore: {store: inmemory}}
schema_config:
  configs: [{from: 2000-01-01, store: tsdb, object_store: filesystem, schema: v13, index: {prefix: index_, period: 24h}}]
querier: {query_ingesters_within: 0}
frontend_worker: {frontend_address: \"127.0.0.1:RPC\", dns_lookup_duration: 500ms}
query_range: {cache_results: false}
runtime_config: {file: FOLDER/tenants.yaml}
ingester:
  lifecycler: {min_ready_duration: 0s, final_sleep: 0s}
  query_store_max_look_back_period: -1
  INGESTER
limits_config:
  max_query_length: 0
  max_entries_limit_per_query: 100000
  split_queries_by_interval: 0
  LIMITS
";

impl LokiServer {
    /// Starts a server that takes events of any age; `None` where it is not to be had.
    pub fn start() -> Option<Self> {
        Self::start_with(Set { limits: "reject_old_samples: false", ..Set::default() })
    }

    /// Starts a server that is set otherwise.
    pub fn start_with(set: Set) -> Option<Self> {
        let program = built("Loki", "loki_server.sh")?;
        let folder = tempfile::tempdir().expect("a folder");
        let (port, rpc_port) = (free_port(), free_port());
        let lines = |text: &str| text.trim().replace('\n', "\n  ");
        let config = CONFIG
            .replace("TENANTS", if set.tenants.is_some() { "true" } else { "false" })
            .replace("PORT", &port.to_string())
            .replace("RPC", &rpc_port.to_string())
            .replace("FOLDER", folder.path().to_str().expect("a path of text"))
            .replace("INGESTER", &lines(set.ingester))
            .replace("LIMITS", &lines(set.limits));
        std::fs::write(folder.path().join("loki.yaml"), config).expect("a file");
        let tenants = format!("overrides:\n  {}\n", set.tenants.map_or("none: {}".into(), lines));
        std::fs::write(folder.path().join("tenants.yaml"), tenants).expect("a file");
        let mut server = Self { program, folder, port, running: None };
        server.run();
        Some(server)
    }

    /// Starts the process and waits until it is ready.
    pub fn run(&mut self) {
        let mut command = Command::new(&self.program);
        command.arg(format!("-config.file={}", self.folder.path().join("loki.yaml").display()));
        let is_ready = || self.exchange("GET", "/ready", "", "").is_some_and(|(status, _)| status == 200);
        self.running = Some(Server::start("loki", self.port, &mut command, is_ready));
    }

    /// Kills the process as a crash would, and waits for its end.
    pub fn kill(&mut self) {
        self.running = None;
    }

    /// The server's address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// `data.result` of a LogQL query over a range of times, RFC 3339 or nanoseconds; as of one instant where `from` is `to`.
    pub fn query(&self, query: &str, from: &str, to: &str, tenant: &str) -> Vec<Value> {
        let encoded = percent_encoded(query);
        let path = match from == to {
            true => format!("/loki/api/v1/query?query={encoded}&time={to}&limit=100000"),
            false => format!(
                "/loki/api/v1/query_range?query={encoded}&start={from}&end={to}&limit=100000&direction=forward"
            ),
        };
        let tenant = if tenant.is_empty() { String::new() } else { format!("X-Scope-OrgID: {tenant}\r\n") };
        let headers = format!("{tenant}X-Loki-Response-Encoding-Flags: categorize-labels\r\n");
        let (status, body) = self.exchange("GET", &path, &headers, "").expect("Loki answers");
        let said = || String::from_utf8_lossy(&body).into_owned();
        assert_eq!(status, 200, "{query}: {}", said());
        let answer: Value = serde_json::from_slice(&body).unwrap_or_else(|_| panic!("{}", said()));
        answer["data"]["result"].as_array().expect("a result").clone()
    }

    /// Puts what ingesters hold into the store of chunks, and forgets it.
    pub fn flush(&self) {
        assert_eq!(self.exchange("POST", "/flush", "", "").map(|(status, _)| status), Some(204));
    }

    /// A value of the server's metrics, summed over its labels.
    pub fn metric(&self, name: &str) -> f64 {
        let (_, body) = self.exchange("GET", "/metrics", "", "").expect("Loki answers");
        let text = String::from_utf8_lossy(&body).into_owned();
        let of = text.lines().filter(|line| line.starts_with(name));
        of.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }

    /// Pushes past the sink; the status.
    pub fn push(&self, body: &str, tenant: &str) -> u16 {
        let headers = format!("Content-Type: application/json\r\nX-Scope-OrgID: {tenant}\r\n");
        self.exchange("POST", "/loki/api/v1/push", &headers, body).expect("Loki answers").0
    }

    fn exchange(&self, method: &str, path: &str, headers: &str, body: &str) -> Option<(u16, Vec<u8>)> {
        exchange(self.port, method, path, headers, body)
    }
}
