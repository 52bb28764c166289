//! Raw records to events: of a Kinesis stream, a Kafka topic, Firehose or CloudWatch Logs, told apart by what comes.

use catchwater_functions::{shell, transforming};
use std::process::ExitCode;

fn main() -> ExitCode {
    shell::run(async |surroundings| transforming::build(surroundings))
}
