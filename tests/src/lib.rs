//! What the end-to-end tests and benchmarks share ([`access_lines`]): the real binary as a process ([`pipeline`]), what its store holds ([`store`]),
//! a Kinesis client on the wire ([`wire`]), a real browser ([`browser`]), Elasticsearch and OpenSearch
//! ([`search_server`]), InfluxDB ([`influxdb_server`]) and Loki ([`loki_server`]), emulators of AWS ([`emulator`]) with a
//! client ([`cloud`]), faults before them ([`faults`]), the functions that they run ([`functions`]; alone, for figures:
//! [`runtime_api`], [`processor`]) and how these are deployed ([`deployment`]), and a Kafka broker ([`kafka`]), all started by [`server`]; the archive as
//! Firehose makes it ([`archive`]), and who reads it: Spark ([`spark`]), whose [`answers`] are those of a report, and
//! Trino ([`trino`]); and [`terraform`], which stands the pipeline up.

pub mod access_lines;
pub mod answers;
pub mod archive;
pub mod browser;
pub mod cloud;
pub mod deployment;
pub mod emulator;
pub mod faults;
pub mod functions;
pub mod influxdb_server;
pub mod kafka;
pub mod loki_server;
pub mod pipeline;
pub mod processor;
pub mod runtime_api;
pub mod search_server;
pub mod server;
pub mod spark;
pub mod store;
pub mod terraform;
pub mod trino;
pub mod wire;

use std::time::{Duration, Instant};

/// Waits until `condition` gives a value; panics with `what` after `limit`.
pub fn wait_for<T>(what: &str, limit: Duration, mut condition: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(started.elapsed() < limit, "{what}: not within {limit:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Says that a test cannot run here and why; in CI that is a failure.
pub fn skipped(why: &str) {
    println!("SKIPPED: {why}");
    assert!(std::env::var_os("CI").is_none(), "SKIPPED in CI: {why}");
}
