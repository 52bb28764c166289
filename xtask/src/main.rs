//! `cargo xtask`: what is made from the source. [`generate`] writes all references: schemas, and of each format a page
//! ([`format_page`], with its [`fields`] and [`sources`]) and a line in the index ([`format_index`]); the archive's table
//! for Athena ([`athena`]) and Glue ([`glue`]); what the modules of `terraform/` take and give ([`terraform`], [`sink_settings`]).
//! [`score`] holds the formats against the corpus.

mod athena;
mod fields;
mod format_index;
mod format_page;
mod generate;
mod glue;
mod markdown;
mod score;
mod sink_settings;
mod sources;
mod terraform;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};

#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Write all references that are generated from the source
    Generate {
        /// Write nothing; a difference is an error
        #[arg(long)]
        check: bool,
    },
    /// Hold the formats against lines of others, and print how much agrees
    Score(score::Args),
}

fn main() -> Result<()> {
    match Cli::parse().task {
        Task::Generate { check } => generate::run(check),
        Task::Score(args) => score::run(&args),
    }
}

/// The repository's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
