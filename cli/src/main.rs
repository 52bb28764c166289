//! The `catchwater` command.
//!
//! [`commands`] has one file a command; `up` runs the whole pipeline, which [`pipeline`] assembles top to bottom from
//! the crates, with its [`data_folder`], [`settings`] (also of a [`terraform_output`]) and [`sinks`], the [`samples`] and the [`page`];
//! [`report`] is how answers of the store are shown, [`explanation`] how one line is explained, [`cost`] what a month costs on AWS.

mod commands;
mod cost;
mod data_folder;
mod explanation;
mod format_name;
mod keyring;
mod misuse;
mod page;
mod pipeline;
mod report;
mod samples;
mod settings;
mod sinks;
mod terminal;
mod terraform_output;

use clap::Parser;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  catchwater                                      run the pipeline on the sample logs, with its page
  catchwater up --follow /var/log/nginx/access.log --format nginx_access
  catchwater put access.log                       send a file to the running pipeline
  journalctl -o cat | catchwater put -            send lines from another command
  catchwater parse --format aws_alb < alb.log     see what becomes of each line
  catchwater explain 'LINE'                       see why a line becomes what it does
  catchwater report who-queries-what --since 7d   ask the store
  catchwater check catchwater.toml                look for mistakes in a configuration
  catchwater cost --group nginx=5GB/day,190/s     what a month costs on AWS

The guide is README.md and docs/ in the source.";

/// Gathers logs on a Kinesis stream, makes typed events of them and leads the events to stores.
///
/// Without a command it does what `catchwater up` does.
#[derive(Parser)]
#[command(name = "catchwater", version, after_help = EXAMPLES, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Option<commands::Command>,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match commands::run(cli.command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("catchwater: {error:#}");
            if error.is::<misuse::Misuse>() { ExitCode::from(misuse::EXIT_CODE) } else { ExitCode::FAILURE }
        }
    }
}
