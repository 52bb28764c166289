//! `catchwater check`: looks for mistakes in a configuration.

use crate::keyring::keyring;
use crate::settings;
use anyhow::Result;
use catchwater_transforms::user_format::UserFormats;
use catchwater_transforms::user_format::check::{Difference, failures};
use std::path::PathBuf;
use std::io::IsTerminal;
use std::process::ExitCode;

/// Look for mistakes in a configuration
///
/// Names file, line and column of each, and the nearest valid key or name, and runs the tests of your own formats. Exits
/// with 1 if anything is wrong.
#[derive(clap::Args)]
pub struct Args {
    /// The configuration, TOML; or what `terraform output -json` wrote of a deployed pipeline
    config: PathBuf,
}

/// Runs the command.
pub fn run(args: Args) -> Result<ExitCode> {
    let text = settings::read(&args.config)?;
    let (name, keyring) = (&text.name, keyring());
    // A deployed pipeline's secrets are where its functions are.
    let keyring = if text.deployed { None } else { Some(&keyring) };
    match settings::check(&text.toml, settings::folder_of(Some(&args.config)), keyring) {
        Ok(config) => {
            let sinks = serde_json::to_value(&config.sink)?;
            let sinks: Vec<&str> = sinks.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
            let failed = run_tests(&config);
            if failed > 0 {
                eprintln!("{name}: tests of formats that fail: {failed}");
                return Ok(ExitCode::FAILURE);
            }
            println!("{name}: no mistake; {} routes, sinks: {}", config.route.len(), if sinks.is_empty() { "none".into() } else { sinks.join(", ") });
            Ok(ExitCode::SUCCESS)
        }
        Err(mistakes) => {
            text.told(&mistakes).iter().for_each(|mistake| eprintln!("{mistake}"));
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Runs the tests of all formats of the configuration and tells what differs: how many fail.
fn run_tests(config: &settings::Config) -> usize {
    let (formats, _) = UserFormats::new(&config.format);
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let mut failed = 0;
    for (name, format) in &config.format {
        for failure in failures(&formats, name, format) {
            failed += 1;
            eprintln!("format {name}, test {}: {}", failure.test + 1, failure.line.escape_debug());
            failure.differences.iter().for_each(|difference| eprintln!("{}", told(difference, colour)));
        }
    }
    failed
}

/// What differs: what was expected in red, what came in green, as a diff has them.
fn told(difference: &Difference, colour: bool) -> String {
    let (red, green, end) = if colour { ("\x1b[31m", "\x1b[32m", "\x1b[0m") } else { ("", "", "") };
    let value = |value: &Option<serde_json::Value>| value.as_ref().map_or("nothing".to_string(), |v| v.to_string());
    match difference {
        Difference::Refused(reason) => format!("  {green}+ the line is refused ({reason}){end}"),
        Difference::Taken(event) => format!("  {red}- the line is refused{end}\n  {green}+ {event}{end}"),
        Difference::Value { field, expected, found } => {
            format!("  {field}\n    {red}- {}{end}\n    {green}+ {}{end}", value(expected), value(found))
        }
    }
}
