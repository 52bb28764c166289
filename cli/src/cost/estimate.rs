//! The bills: of the pipeline, and of what one would have instead.

use super::archive;
use super::assumptions::{Assumptions, Origin, Store};
use super::demand::Demand;
use super::functions;
use super::lines::Bill;
use super::money::share;
use super::prices::{Cloudwatch, Prices};
use super::store::{self, NoInstance, Stored};
use super::streams::Stream;

/// Parts of the bills.
const INGESTION: &str = "ingestion into CloudWatch Logs";
const WATCHING: &str = "logs and metrics of our own";
const KEEPING: &str = "logs kept and scanned";
/// Bytes of a function's own log an invocation: Lambda's two lines and the metrics' JSON.
const OWN_LOG_BYTES: u128 = 2_048;
/// Metrics of a function, those by reason counted (docs/functions.md).
const METRICS_A_FUNCTION: u128 = 20;
/// Alarms of the streams and subscriptions, and of each function.
const ALARMS: u128 = 8;
const ALARMS_A_FUNCTION: u128 = 4;
/// CloudWatch Logs keeps logs packed by gzip 6, with 26 bytes for each log event ("Amazon CloudWatch pricing"), and its page
/// takes packed logs to be 0.15 of what came.
const KEPT_SHARE: (u128, u128) = (15, 100);
const KEPT_EVENT_BYTES: u128 = 26;
/// Hours of a day.
const DAY_HOURS: u128 = 24;

/// A way to have the logs, with its bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Its name.
    pub name: &'static str,
    /// What one has of it.
    pub gives: &'static str,
    /// What it costs in a month.
    pub bill: Bill,
}

/// The pipeline first, then the others.
pub fn ways(demand: &Demand, assumed: &Assumptions, prices: &Prices) -> Result<Vec<Way>, NoInstance> {
    Ok(vec![
        Way {
            name: "catchwater",
            gives: "typed events in stores, archive, replay, exact accounts",
            bill: pipeline(demand, assumed, prices)?,
        },
        Way {
            name: "CloudWatch Logs alone",
            gives: "lines, Logs Insights; log class Standard",
            bill: cloudwatch_alone(demand, assumed, &prices.cloudwatch, false),
        },
        Way {
            name: "CloudWatch Logs alone, Infrequent Access",
            gives: "lines, Logs Insights; no subscription filters, no metric filters",
            bill: cloudwatch_alone(demand, assumed, &prices.cloudwatch, true),
        },
        Way {
            name: "Firehose only",
            gives: "lines as they are on S3, and in OpenSearch if that is the store; no events, no replay",
            bill: firehose_only(demand, assumed, prices)?,
        },
    ])
}

fn pipeline(demand: &Demand, assumed: &Assumptions, prices: &Prices) -> Result<Bill, NoInstance> {
    let mut bill = Bill::default();
    ingestion(demand, assumed, &prices.cloudwatch, &mut bill);
    for stream in Stream::both(demand, assumed) {
        stream.bill(assumed, &prices.kinesis, &mut bill);
    }
    let works = functions::all(demand, assumed);
    functions::bill(&works, assumed, &prices.lambda, &mut bill);
    archive::bill(demand, assumed, prices, &mut bill);
    store::bill(Stored { bytes: demand.json_bytes, events: demand.events }, assumed, prices, &mut bill)?;
    let invocations: u128 = works.iter().map(|work| work.invocations).sum();
    watching(invocations, works.len() as u128, &prices.cloudwatch, &mut bill);
    Ok(bill)
}

/// Log events that come by a subscription were taken in by CloudWatch Logs before; the subscription itself costs nothing.
fn ingestion(demand: &Demand, assumed: &Assumptions, prices: &Cloudwatch, bill: &mut Bill) {
    if assumed.origin == Origin::Cloudwatch {
        bill.add(INGESTION, demand.bytes, &prices.standard);
    }
}

fn watching(invocations: u128, functions: u128, prices: &Cloudwatch, bill: &mut Bill) {
    bill.add_for(WATCHING, "the functions' own logs", invocations * OWN_LOG_BYTES, &prices.standard);
    bill.add(WATCHING, functions * METRICS_A_FUNCTION, &prices.metric);
    bill.add(WATCHING, ALARMS + functions * ALARMS_A_FUNCTION, &prices.alarm);
    bill.add(WATCHING, 1, &prices.dashboard);
}

fn cloudwatch_alone(demand: &Demand, assumed: &Assumptions, prices: &Cloudwatch, infrequent: bool) -> Bill {
    let mut bill = Bill::default();
    let price = if infrequent { &prices.infrequent_access } else { &prices.standard };
    bill.add(INGESTION, demand.bytes, price);
    let kept = share(demand.bytes, KEPT_SHARE.0, KEPT_SHARE.1) + demand.events * KEPT_EVENT_BYTES;
    bill.add(KEEPING, kept * assumed.cloudwatch_days * DAY_HOURS, &prices.storage);
    bill.add(KEEPING, demand.bytes * assumed.insights_scans, &prices.insights);
    bill
}

/// Subscription → Firehose → S3, and the store where it is one that Firehose delivers to.
fn firehose_only(demand: &Demand, assumed: &Assumptions, prices: &Prices) -> Result<Bill, NoInstance> {
    let mut bill = Bill::default();
    ingestion(demand, assumed, &prices.cloudwatch, &mut bill);
    archive::firehose(&[&demand.raw], &prices.firehose, &mut bill);
    if assumed.origin == Origin::Cloudwatch {
        bill.add(archive::FIREHOSE, demand.bytes, &prices.firehose.decompressed);
    }
    archive::storage(archive::RAW_STORAGE, &demand.raw, assumed.archive_days, &prices.s3, &mut bill);
    if assumed.store == Store::Opensearch {
        store::bill(Stored { bytes: demand.bytes, events: demand.events }, assumed, prices, &mut bill)?;
    }
    Ok(bill)
}
