//! The fault proxy `microburst` in front of an emulator: it answers with AWS's own errors, waits, or cuts, as its rules say
//! (<https://github.com/pingedbrain/microburst>). A rule is JSON, for example
//! `{"service": "kinesis", "operation": "PutRecords", "times": 2, "error": {"code": "ThrottlingException"}}`; further keys:
//! `probability`, `sequence: {fail, pass}`, `rate`, `body` (JMESPath), `latency` (ms), `timeout_ms`, `reset`,
//! `response: {truncate_frac, abort_frac, corrupt_bytes}`, `request: {cut_upload, slow_upload}`.

use crate::cloud::Cloud;
use crate::server::{Server, answers, cached, free_port};
use crate::skipped;
use serde_json::Value;
use std::process::Command;

/// The running proxy. Ends when it is dropped.
pub struct Faults {
    server: Server,
}

impl Faults {
    /// Starts it before the server at `upstream`, without a rule; `None`, and a word of it, where it is not installed.
    pub fn before(upstream: &str) -> Option<Self> {
        let Some(program) = cached("bin/microburst") else {
            skipped("no microburst: run scripts/aws_emulators.sh");
            return None;
        };
        let port = free_port();
        let health = format!("http://127.0.0.1:{port}/_microburst/health");
        let mut command = Command::new(program);
        command.args(["--upstream", upstream, "--port", &port.to_string(), "--no-resign"]);
        Some(Self { server: Server::start("microburst", port, &mut command, || answers(&health)) })
    }

    /// Address to give to the client instead of the upstream's.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// A client that goes through it.
    pub fn cloud(&self) -> Cloud {
        Cloud::at(&self.url())
    }

    /// Replaces all rules by these, a JSON array; the first that matches a call and is not used up fires.
    pub fn rules(&self, rules: &Value) {
        assert!(rules.is_array(), "a list of rules: {rules}");
        let sent = ureq::post(format!("{}/_microburst/rules", self.url()))
            .header("content-type", "application/json")
            .send(rules.to_string());
        sent.unwrap_or_else(|e| panic!("the rules {rules} are not taken: {e}"));
    }

    /// The faults that fired, oldest first (the last 10,000): `service`, `operation`, `action`, `ts`.
    pub fn fired(&self) -> Vec<Value> {
        let mut answer =
            ureq::get(format!("{}/_microburst/fired?limit=10000", self.url())).call().expect("it answers");
        let text = answer.body_mut().with_config().limit(64 << 20).read_to_string().expect("a body");
        serde_json::from_str(&text).expect("a JSON list")
    }
}
