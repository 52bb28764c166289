//! Event records to Timestream for LiveAnalytics.

use catchwater_consumer_timestream::config::Config;
use catchwater_consumer_timestream::sink::TimestreamSink;
use catchwater_functions::{consumer, shell};
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    shell::run(async |surroundings| {
        let sdk = surroundings.aws.clone();
        consumer::build(surroundings, |config: &Config, _| {
            Ok((Arc::new(TimestreamSink::with_sdk(config, sdk)?), config.retention()))
        })
    })
}
