//! Event records to a Firehose delivery stream, for an archive whose events are chosen or packed otherwise than the event stream's.

use catchwater_consumer_firehose::config::Config;
use catchwater_consumer_firehose::sink::FirehoseSink;
use catchwater_functions::{consumer, shell};
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    shell::run(async |surroundings| {
        let sdk = surroundings.aws.clone();
        consumer::build(surroundings, |config: &Config, _| {
            Ok((Arc::new(FirehoseSink::with_sdk(config, sdk)?), config.retention()))
        })
    })
}
