//! A function alone, before an event stream.

use super::payload;
use catchwater_consumer_core::world::SystemClock;
use catchwater_stream::{StreamSettings, Streams, wire};
use catchwater_tests::runtime_api::RunningFunction;
use std::sync::Arc;
use tempfile::TempDir;

/// The embedded stream behind Kinesis's API, on a thread of its own.
pub struct Kinesis {
    pub url: String,
    folder: TempDir,
    _runtime: tokio::runtime::Runtime,
}

impl Kinesis {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let streams = Streams::open(&folder.path().join("streams"), Arc::new(SystemClock)).unwrap();
        let settings = StreamSettings { shards: 4, retention_hours: 24, retention_bytes: 1 << 30 };
        streams.ensure("events", settings).unwrap();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(wire::serve(listener, streams, std::future::pending()));
        Self { url, folder, _runtime: runtime }
    }
}

/// Starts a function whose sink is at `endpoint`.
pub fn start(function: &str, kinesis: &Kinesis, endpoint: &str) -> RunningFunction {
    let letters = kinesis.folder.path().join("letters");
    let variables = payload::variables(function, endpoint, letters.to_str().unwrap());
    let variables: Vec<(&str, &str)> =
        variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    RunningFunction::start(function, &variables)
}
