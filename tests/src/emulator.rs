//! Emulators of AWS as processes, from where `scripts/aws_emulators.sh` has put them. What each can:
//! - `ministack`: Kinesis, Lambda of `provided.al2023` zips with event source mappings, Firehose, S3, secrets, parameters.
//!   Its functions run as processes of this machine; it puts no endpoint into their environment.
//! - `moto`: CloudWatch Logs with subscription filters to Kinesis and Firehose, Timestream, Kinesis, Firehose, S3.
//!   It runs no function.

use crate::cloud::Cloud;
use crate::server::{Server, answers, cached, free_port};
use crate::skipped;
use std::process::Command;
use tempfile::TempDir;

/// A running emulator with nothing in it. Ends, with its functions, when it is dropped.
pub struct Emulator {
    server: Server,
    _folder: TempDir,
}

impl Emulator {
    /// Starts ministack; `None`, and a word of it, where it is not installed.
    pub fn ministack() -> Option<Self> {
        Self::start("ministack", "ministack", "/_ministack/health", |command, port| {
            command.env("GATEWAY_PORT", port).env("BIND_HOST", "127.0.0.1").env("PERSIST_STATE", "0");
        })
    }

    /// Starts moto; `None`, and a word of it, where it is not installed.
    pub fn moto() -> Option<Self> {
        Self::start("moto", "moto_server", "/moto-api/data.json", |command, port| {
            command.args(["-H", "127.0.0.1", "-p", port]);
        })
    }

    fn start(
        name: &'static str,
        program: &str,
        health: &str,
        configure: impl Fn(&mut Command, &str),
    ) -> Option<Self> {
        let Some(program) = cached(&format!("bin/{program}")) else {
            skipped(&format!("no {name}: run scripts/aws_emulators.sh"));
            return None;
        };
        let folder = tempfile::Builder::new().prefix("catchwater-emulator-").tempdir().expect("a folder");
        let port = free_port();
        let mut command = Command::new(program);
        // A function inherits the emulator's environment, and its AWS_ENDPOINT_URL goes before the function's own.
        let inherited = std::env::vars_os().map(|(name, _)| name);
        for variable in inherited.filter(|name| name.to_string_lossy().starts_with("AWS_")) {
            command.env_remove(variable);
        }
        command.current_dir(folder.path()).env("TMPDIR", folder.path());
        configure(&mut command, &port.to_string());
        let health = format!("http://127.0.0.1:{port}{health}");
        let server = Server::start(name, port, &mut command, || answers(&health));
        Some(Self { server, _folder: folder })
    }

    /// Its address: what AWS_ENDPOINT_URL is for a client or a function.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// A client of it.
    pub fn cloud(&self) -> Cloud {
        Cloud::at(&self.url())
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.server.pid()
    }

    /// What it printed: ministack also what its functions did.
    pub fn log(&self) -> String {
        self.server.log()
    }
}
