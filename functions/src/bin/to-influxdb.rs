//! Event records to InfluxDB, or Timestream for InfluxDB.

use catchwater_consumer_influxdb::config::Config;
use catchwater_consumer_influxdb::sink::InfluxdbSink;
use catchwater_functions::{consumer, shell};
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    shell::run(async |surroundings| {
        consumer::build(surroundings, |config: &Config, keyring| {
            Ok((Arc::new(InfluxdbSink::open(config, keyring)?), config.retention()))
        })
    })
}
