//! `catchwater setup`: makes a store ready for events.

use crate::keyring::keyring;
use crate::misuse::Misuse;
use crate::settings;
use anyhow::{Context, Result};
use catchwater_consumer_elasticsearch::config::Config;
use catchwater_consumer_elasticsearch::setup::{self, Done};
use std::path::PathBuf;
use std::process::ExitCode;

/// Make a store ready for events
///
/// Puts on the server what its sink needs: for Elasticsearch and OpenSearch an index template and, where events are kept
/// for a time, the policy that deletes old indices. Rights are checked first. Doing it again is harmless.
#[derive(clap::Args)]
pub struct Args {
    /// The store
    #[arg(value_enum)]
    sink: Store,
    /// Configuration with the store's section, or what `terraform output -json` wrote of a deployed pipeline; without it, a
    /// server on this machine by the defaults
    #[arg(long)]
    config: Option<PathBuf>,
    /// Change nothing: ask the server what it is, and print what would be put there
    #[arg(long)]
    dry_run: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Store {
    /// Elasticsearch or OpenSearch, told apart by what the server says
    Elasticsearch,
}

/// Runs the command.
pub fn run(args: Args) -> Result<ExitCode> {
    let Store::Elasticsearch = args.sink;
    let config = section(args.config.as_ref())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(elasticsearch(&config, args.dry_run))?;
    Ok(ExitCode::SUCCESS)
}

fn section(file: Option<&PathBuf>) -> Result<Config> {
    let Some(file) = file else { return Ok(Config::default()) };
    let text = settings::read(file).map_err(Misuse::of)?;
    let checked = settings::check(&text.toml, settings::folder_of(Some(file)), None);
    let config = checked.map_err(|mistakes| Misuse(text.told(&mistakes).join("\n")))?;
    let missing = || Misuse(format!("{} has no section [sink.elasticsearch]", file.display()));
    Ok(config.sink.elasticsearch.ok_or_else(missing)?)
}

async fn elasticsearch(config: &Config, dry_run: bool) -> Result<()> {
    let client = config.client(&keyring()).map_err(|e| Misuse(format!("[sink.elasticsearch]: {e}")))?;
    let at = || config.url.clone();
    let server = setup::server(&client).await.with_context(at)?;
    println!("{} {} at {}", server.product, server.version, config.url);
    let steps = setup::steps(config, server.product);
    if dry_run {
        for step in steps {
            println!("\nPUT {}\n{}", step.path, serde_json::to_string_pretty(&step.body)?);
        }
        return Ok(());
    }
    setup::check_rights(&client, config, server.product).await.with_context(at)?;
    for step in steps {
        let done = match setup::take(&client, &step).await.with_context(at)? {
            Done::Put => "put",
            Done::WasThere => "was there",
        };
        println!("{} {}: {done}", step.what, step.path.rsplit('/').next().unwrap_or_default());
    }
    Ok(())
}
