//! One file a command: its arguments with their help, and what it does. A new command is its file and one line here.

use anyhow::Result;
use catchwater_schemas::config::nearest;
use catchwater_transforms::formats;
use std::process::ExitCode;

/// Reads the name of a format on the command line.
fn format_name(name: &str) -> Result<String, String> {
    if formats::by_name(name).is_some() {
        return Ok(name.to_string());
    }
    let names = formats::REGISTRY.iter().map(|f| f.name);
    let meant = nearest(name, names.clone()).map_or(".".into(), |n| format!("; did you mean `{n}`?"));
    Err(format!("there is no such format{meant} There are: {}", names.collect::<Vec<_>>().join(", ")))
}

macro_rules! commands {
    ($($module:ident, $Variant:ident;)*) => {
        $(pub mod $module;)*

        /// All commands.
        #[derive(clap::Subcommand)]
        pub enum Command { $($Variant($module::Args),)* }

        /// Runs a command; `up` if none is given.
        pub fn run(command: Option<Command>) -> Result<ExitCode> {
            match command {
                None => up::run(up::Args::default()),
                $(Some(Command::$Variant(args)) => $module::run(args),)*
            }
        }
    };
}

commands! {
    up, Up;
    put, Put;
    parse, Parse;
    check, Check;
    schema, Schema;
    report, Report;
}
