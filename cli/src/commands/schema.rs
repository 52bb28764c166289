//! `catchwater schema`: the JSON Schemas of what the pipeline reads and writes.

use crate::settings::Config;
use anyhow::Result;
use catchwater_schemas::{dead_letter::DeadLetter, json_schema};
use std::process::ExitCode;

/// Print a JSON Schema
///
/// The same files stand in schemas/json/ of the source.
#[derive(clap::Args)]
pub struct Args {
    /// What to describe
    #[arg(value_enum, default_value_t = Subject::Event)]
    subject: Subject,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Subject {
    /// An event as stores get it
    Event,
    /// The configuration
    Config,
    /// A dead letter
    DeadLetter,
}

/// Runs the command.
pub fn run(args: Args) -> Result<ExitCode> {
    let schema = match args.subject {
        Subject::Event => json_schema::event(),
        Subject::Config => schemars::schema_for!(Config).to_value(),
        Subject::DeadLetter => schemars::schema_for!(DeadLetter).to_value(),
    };
    println!("{}", serde_json::to_string_pretty(&schema)?);
    Ok(ExitCode::SUCCESS)
}
