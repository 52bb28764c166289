//! `catchwater cost`: what a month costs on AWS.

use crate::cost::assumptions::{Assumptions, Store};
use crate::cost::demand::{Demand, LogGroup};
use crate::cost::estimate::{Way, ways};
use crate::cost::measure::{Measured, measure};
use crate::cost::prices::PriceList;
use crate::cost::show::{Shown, markdown};
use crate::cost::groups;
use crate::misuse::Misuse;
use crate::{format_name, settings};
use anyhow::{Context, Result};
use catchwater_schemas::config::Route;
use catchwater_settings::tables::Watched;
use catchwater_transforms::transform::Transform;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// A load of the page's table.
struct Size {
    name: &'static str,
    gb_a_day: u32,
    /// An OpenSearch domain for it: data nodes, and their type.
    domain: (u128, &'static str),
}

const SIZES: [Size; 3] = [
    Size { name: "small, 5 GB a day", gb_a_day: 5, domain: (1, "m6g.large.search") },
    Size { name: "medium, 50 GB a day", gb_a_day: 50, domain: (3, "r6g.large.search") },
    Size { name: "large, 500 GB a day", gb_a_day: 500, domain: (12, "r6g.2xlarge.search") },
];
/// Bytes of their log events.
const SIZES_EVENT_BYTES: u32 = 300;
/// How long these domains keep events.
const SIZES_STORE_DAYS: u128 = 14;

/// Where nothing else is said.
const DEFAULT_REGION: &str = "us-east-1";

/// Estimate what a month costs on AWS
///
/// For the streams, the functions, Firehose, S3 and the store, from how much the log groups bring; beside it what the same logs
/// cost in CloudWatch Logs alone, and by Firehose alone. Each line tells amount and price. List prices of the day that the
/// output names, without tax and discounts; what is left out is told.
#[derive(clap::Args)]
#[command(after_help = "\
A file of log groups, for --groups:
  [[log_group]]
  name = \"/aws/eks/nginx\"
  gb_per_day = 5             # or gb_per_month
  events_per_second = 190    # or event_bytes
  # gzip_ratio, event_growth, zstd_ratio, events_a_record: where this log group differs

Examples:
  catchwater cost --group /aws/eks/nginx=5GB/day,190/s --group /aws/rds=20GB/month,340B
  catchwater cost --groups groups.toml --region eu-central-1 --mode provisioned --retention-hours 168
  catchwater cost --actual access.log --covers 24h --store opensearch --instance r6g.large.search --instances 3
  catchwater cost --group app=50GB/day,500B --json | jq '.ways[] | {name, micro_usd_a_month}'")]
pub struct Args {
    /// A log group: NAME=GB/day,EVENTS/s, also GB/month, and the bytes of a log event in place of the rate; may be given again
    #[arg(long = "group", value_name = "NAME=GB/day,EVENTS/s", help_heading = "The logs")]
    groups: Vec<String>,
    /// Log groups of this file, TOML
    #[arg(long = "groups", value_name = "FILE", help_heading = "The logs")]
    file: Option<PathBuf>,
    /// Measure these log files instead: bytes, log events, how they pack; by our own transform
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "covers", help_heading = "The logs")]
    actual: Vec<PathBuf>,
    /// How long each of the files took to come: 24h, 7d
    #[arg(long, value_name = "TIME", value_parser = covers, requires = "actual", help_heading = "The logs")]
    covers: Option<u128>,
    /// Format of the files' lines; without it it is found by looking at each line
    #[arg(long, value_name = "NAME", requires = "actual", help_heading = "The logs")]
    format: Option<String>,
    /// Take routes and formats of the files from this configuration; the region, where it is what `terraform output -json` wrote
    #[arg(long, value_name = "FILE", help_heading = "The logs")]
    config: Option<PathBuf>,
    /// AWS region; us-east-1 unless a deployed pipeline's configuration says another
    #[arg(long)]
    region: Option<String>,
    #[command(flatten)]
    assumed: Assumptions,
    /// One JSON document; money in millionths of a USD
    #[arg(long)]
    json: bool,
    /// The table of docs/cost.md, of three loads, by the other options
    #[arg(long, conflicts_with_all = ["groups", "file", "actual", "json"])]
    markdown: bool,
}

/// Seconds.
fn covers(text: &str) -> Result<u128, String> {
    let wrong = || "give hours or days: 24h, 7d".to_string();
    let (number, seconds) = match (text.strip_suffix('h'), text.strip_suffix('d')) {
        (Some(number), _) => (number, 3_600),
        (_, Some(number)) => (number, 86_400),
        _ => return Err(wrong()),
    };
    match number.parse::<u16>() {
        Ok(0) | Err(_) => Err(wrong()),
        Ok(number) => Ok(u128::from(number) * seconds),
    }
}

/// Runs the command.
pub fn run(args: Args) -> Result<ExitCode> {
    let text = told(&args).map_err(Misuse::of)?;
    match std::io::stdout().write_all(text.as_bytes()) {
        // Who reads us has seen enough.
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(e.into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}

fn told(args: &Args) -> Result<String> {
    let list = PriceList::of(&region(args)?)?;
    if args.markdown {
        return table(&args.assumed, &list);
    }
    let measured = measured(args)?;
    let groups = log_groups(args, &measured)?;
    let demand = Demand::of(&groups);
    let ways = ways(&demand, &args.assumed, &list.prices)?;
    let shown = Shown { list: &list, demand: &demand, ways: &ways, measured: &measured };
    Ok(if args.json { format!("{}\n", serde_json::to_string_pretty(&shown.json())?) } else { shown.text() })
}

fn region(args: &Args) -> Result<String> {
    let deployed = match (&args.region, &args.config) {
        (None, Some(file)) => settings::read(file)?.region,
        (region, _) => region.clone(),
    };
    Ok(deployed.unwrap_or_else(|| DEFAULT_REGION.to_string()))
}

/// The table of the page.
pub fn table(assumed: &Assumptions, list: &PriceList) -> Result<String> {
    let load = |size: Size| -> Result<(String, Vec<Way>)> {
        let argument = format!("logs={}GB/day,{SIZES_EVENT_BYTES}B", size.gb_a_day);
        let demand = Demand::of(&[groups::of_argument(&argument, assumed.shape())?]);
        let (instances, instance) = (size.domain.0, Some(size.domain.1.to_string()));
        let domain = Assumptions {
            store: Store::Opensearch,
            instances,
            instance,
            store_days: SIZES_STORE_DAYS,
            ..assumed.clone()
        };
        let mut all = ways(&demand, assumed, &list.prices)?;
        for way in ways(&demand, &domain, &list.prices)? {
            let name = match way.name {
                "catchwater" => "catchwater with an OpenSearch domain",
                "Firehose only" => "Firehose only with that domain",
                _ => continue,
            };
            all.push(Way { name, ..way });
        }
        Ok((size.name.to_string(), all))
    };
    Ok(markdown(&SIZES.into_iter().map(load).collect::<Result<Vec<_>>>()?))
}

fn log_groups(args: &Args, measured: &[Measured]) -> Result<Vec<LogGroup>> {
    let shape = args.assumed.shape();
    let mut all = Vec::new();
    for argument in &args.groups {
        all.push(groups::of_argument(argument, shape)?);
    }
    if let Some(file) = &args.file {
        let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        all.extend(groups::of_file(&text, shape).with_context(|| file.display().to_string())?);
    }
    let covers = args.covers.unwrap_or(1);
    all.extend(measured.iter().map(|file| file.group(covers, args.assumed.events_a_record)));
    if all.is_empty() {
        let form = "--group NAME=GB/day,EVENTS/s, --groups FILE, or --actual FILE --covers TIME";
        anyhow::bail!("no log group is given: {form}; `catchwater cost --help` has examples");
    }
    Ok(all)
}

fn measured(args: &Args) -> Result<Vec<Measured>> {
    if args.actual.is_empty() {
        return Ok(Vec::new());
    }
    let mut config = match &args.config {
        Some(file) => settings::load(Some(file), None)?,
        None => settings::Config::default(),
    };
    if let Some(name) = &args.format {
        format_name::check(name, config.format.keys())?;
        config.route.insert(0, Route { format: args.format.clone(), ..Route::default() });
    }
    let tables = Watched::open(&config.who.tables)?.shared();
    let transform = Arc::new(Transform::new(&settings::parts(&config, tables)?)?);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let events_a_record = args.assumed.events_a_record;
    args.actual.iter().map(|file| runtime.block_on(measure(file, events_a_record, transform.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::assumptions::tests::assumed;

    #[test]
    fn the_table_of_the_page_is_that_of_the_prices() {
        let page = include_str!("../../../docs/cost.md");
        let list = PriceList::of(DEFAULT_REGION).unwrap();
        let table = table(&assumed(&[]), &list).unwrap();
        assert!(page.contains(&table), "run `cargo xtask generate`; docs/cost.md should have\n{table}");
        assert!(page.contains(&list.as_of), "the page does not name the day of its prices");
        for what in crate::cost::show::LEFT_OUT {
            assert!(page.contains(&format!("- {what}\n")), "the page does not say that is left out: {what}");
        }
    }

    #[test]
    fn a_time_is_hours_or_days() {
        assert_eq!((covers("24h"), covers("1d")), (Ok(86_400), Ok(86_400)));
        for wrong in ["24", "0h", "h", "-1d", "1w", "1.5d"] {
            assert!(covers(wrong).is_err(), "{wrong}");
        }
    }
}
