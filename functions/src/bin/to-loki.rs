//! Event records to Loki.

use catchwater_consumer_loki::config::Config;
use catchwater_consumer_loki::sink::LokiSink;
use catchwater_functions::{consumer, shell};
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    shell::run(async |surroundings| {
        consumer::build(surroundings, |config: &Config, keyring| {
            Ok((Arc::new(LokiSink::open(config, keyring)?), config.retention()))
        })
    })
}
