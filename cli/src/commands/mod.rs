//! One file a command: its arguments with their help, and what it does. A new command is its file and one line here.

use anyhow::Result;
use std::process::ExitCode;

macro_rules! commands {
    ($($module:ident, $Variant:ident;)*) => {
        $(pub mod $module;)*

        /// All commands; boxed, for some have many options.
        #[derive(clap::Subcommand)]
        pub enum Command { $($Variant(Box<$module::Args>),)* }

        /// Runs a command; `up` if none is given.
        pub fn run(command: Option<Command>) -> Result<ExitCode> {
            match command {
                None => up::run(up::Args::default()),
                $(Some(Command::$Variant(args)) => $module::run(*args),)*
            }
        }
    };
}

commands! {
    up, Up;
    put, Put;
    parse, Parse;
    explain, Explain;
    check, Check;
    schema, Schema;
    report, Report;
    setup, Setup;
    cost, Cost;
}
