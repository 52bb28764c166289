//! What the archive costs: Firehose by what it takes in, S3 by the days in each storage class.

use super::assumptions::{Assumptions, Lifecycle};
use super::demand::{Demand, Flow};
use super::lines::Bill;
use super::money::{MONTH_SECONDS, Price, Thousand};
use super::prices::{Firehose, Prices, S3};

/// Parts of the bill.
pub const FIREHOSE: &str = "Firehose";
pub const RAW_STORAGE: &str = "raw records on S3";
pub const STORAGE: &str = "events on S3";
/// Firehose counts each record as a multiple of this.
const FIREHOSE_STEP: u128 = 5 * 1_024;
/// An object is written when so much has gathered, or so many seconds are over.
const OBJECT_BYTES: u128 = 64 << 20;
const OBJECT_SECONDS: u128 = 300;
/// Days that are paid at the least in Standard, Standard-IA, Glacier Instant Retrieval and Deep Archive.
const LEAST_DAYS: [u128; 4] = [0, 30, 90, 180];
/// Hours of a day.
const DAY_HOURS: u128 = 24;

/// The archive's lines.
pub fn bill(demand: &Demand, assumed: &Assumptions, prices: &Prices, bill: &mut Bill) {
    let archived = [(assumed.archive.raw(), &demand.raw), (assumed.archive.events(), &demand.event)];
    let flows: Vec<&Flow> = archived.into_iter().filter_map(|(is, flow)| is.then_some(flow)).collect();
    firehose(&flows, &prices.firehose, bill);
    if assumed.archive.raw() {
        // A raw record is wrapped with its place, packed: about as large as it came.
        storage(RAW_STORAGE, &demand.raw, assumed.raw_archive_days, &prices.s3, bill);
    }
    if assumed.archive.events() {
        storage(STORAGE, &demand.event, assumed.archive_days, &prices.s3, bill);
    }
}

/// What Firehose takes in.
pub fn firehose(flows: &[&Flow], prices: &Firehose, bill: &mut Bill) {
    bill.add(FIREHOSE, flows.iter().map(|flow| flow.rounded(FIREHOSE_STEP)).sum(), &prices.ingested);
}

/// What S3 keeps, once objects are deleted as fast as they come.
pub fn storage(part: &'static str, flow: &Flow, days: Lifecycle, prices: &S3, bill: &mut Bill) {
    let (bytes, objects) = (flow.bytes(), objects(flow));
    let classes =
        [&prices.standard, &prices.infrequent_access, &prices.glacier_instant, &prices.deep_archive];
    let moves: [&Price<Thousand>; 4] =
        [&prices.puts, &prices.to_infrequent_access, &prices.to_glacier_instant, &prices.to_deep_archive];
    bill.add(part, objects, moves[0]);
    for (class, days) in days.0.into_iter().enumerate() {
        if days == 0 {
            continue;
        }
        bill.add(part, bytes * days.max(LEAST_DAYS[class]) * DAY_HOURS, classes[class]);
        if class > 0 {
            bill.add(part, objects, moves[class]);
        }
    }
}

fn objects(flow: &Flow) -> u128 {
    (flow.bytes().div_ceil(OBJECT_BYTES) + MONTH_SECONDS / OBJECT_SECONDS).min(flow.records())
}
