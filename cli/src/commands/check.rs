//! `catchwater check`: looks for mistakes in a configuration.

use crate::settings;
use anyhow::Result;
use std::path::PathBuf;
use std::process::ExitCode;

/// Look for mistakes in a configuration
///
/// Names file, line and column of each, and the nearest valid key or name. Exits with 1 if there is any.
#[derive(clap::Args)]
pub struct Args {
    /// The configuration, TOML
    config: PathBuf,
}

/// Runs the command.
pub fn run(args: Args) -> Result<ExitCode> {
    let name = args.config.display();
    match settings::check(&settings::read(&args.config)?) {
        Ok(config) => {
            let sinks = serde_json::to_value(&config.sink)?;
            let sinks: Vec<&str> = sinks.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
            println!("{name}: no mistake; {} routes, sinks: {}", config.route.len(), if sinks.is_empty() { "none".into() } else { sinks.join(", ") });
            Ok(ExitCode::SUCCESS)
        }
        Err(mistakes) => {
            for mistake in &mistakes {
                eprintln!("{name}:{mistake}");
            }
            Ok(ExitCode::FAILURE)
        }
    }
}
