//! What the store costs, where it is not there already.

use super::assumptions::{Assumptions, Store};
use super::lines::Bill;
use super::money::{Decimal, GB, Hour, MONTH_HOURS, Price, share};
use super::prices::Prices;
use std::collections::BTreeMap;

/// Part of the bill.
pub const PART: &str = "store";
/// Disk for each byte of an index, in hundredths: "Sizing Amazon OpenSearch Service domains" takes 1.45.
const OPENSEARCH_DISK: u128 = 145;
/// A write of LiveAnalytics is paid by this.
const LIVE_ANALYTICS_STEP: u128 = 1_024;
/// Loki's `chunk_target_size`, its default.
const LOKI_CHUNK_BYTES: u128 = 1_572_864;
/// The least volume of a Timestream for InfluxDB instance.
const INFLUXDB_LEAST_BYTES: u128 = 20 * GB;
/// The least volume of an OpenSearch data node.
const OPENSEARCH_LEAST_BYTES: u128 = 10 * GB;
/// Hours of a day.
const DAY_HOURS: u128 = 24;

/// There is no price of an instance.
#[derive(Debug, thiserror::Error)]
#[error("no price of an instance `{asked}` is known for this store; known are {known}")]
pub struct NoInstance {
    asked: String,
    known: String,
}

/// What goes to the store in a month.
#[derive(Clone, Copy, Debug)]
pub struct Stored {
    /// Bytes, before the store packs or indexes them.
    pub bytes: u128,
    /// Events.
    pub events: u128,
}

/// The store's lines.
pub fn bill(
    stored: Stored,
    assumed: &Assumptions,
    prices: &Prices,
    bill: &mut Bill,
) -> Result<(), NoInstance> {
    let packed = share(stored.bytes, Decimal::<3>::ONE, assumed.store_ratio.0);
    // Byte-hours of a month: each byte is there for so many days.
    let kept = packed * assumed.store_days * DAY_HOURS;
    match assumed.store {
        Store::Existing => {}
        Store::Opensearch => {
            instances(&prices.opensearch.instance, "t3.small.search", assumed, bill)?;
            let disk = share(kept * (1 + assumed.replicas), OPENSEARCH_DISK, 100);
            let least = OPENSEARCH_LEAST_BYTES * assumed.instances * MONTH_HOURS;
            bill.add(PART, disk.max(least), &prices.opensearch.gp3);
        }
        Store::Influxdb => {
            instances(&prices.influxdb.instance, "db.influx.medium", assumed, bill)?;
            let least = INFLUXDB_LEAST_BYTES * MONTH_HOURS;
            bill.add(PART, kept.max(least) * assumed.instances, &prices.influxdb.storage);
        }
        Store::Timestream => {
            // An event counts as the next multiple, half a step more on average.
            let writes = stored.events.max(stored.bytes / LIVE_ANALYTICS_STEP + stored.events / 2);
            let prices = &prices.live_analytics;
            bill.add(PART, writes, &prices.writes);
            bill.add(PART, packed * assumed.memory_store_hours, &prices.memory);
            bill.add(PART, kept, &prices.magnetic);
        }
        Store::LokiS3 => {
            bill.add(PART, packed.div_ceil(LOKI_CHUNK_BYTES), &prices.s3.puts);
            bill.add(PART, kept, &prices.s3.standard);
        }
    }
    Ok(())
}

fn instances(
    known: &BTreeMap<String, Price<Hour>>,
    smallest: &str,
    assumed: &Assumptions,
    bill: &mut Bill,
) -> Result<(), NoInstance> {
    let asked = assumed.instance.as_deref().unwrap_or(smallest);
    let price = known.get(asked).ok_or_else(|| NoInstance {
        asked: asked.to_string(),
        known: known.keys().map(String::as_str).collect::<Vec<_>>().join(", "),
    })?;
    bill.add(PART, assumed.instances * MONTH_HOURS, price);
    Ok(())
}
