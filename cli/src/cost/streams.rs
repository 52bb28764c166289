//! What the two Kinesis streams cost: on demand, or by the shard.
//!
//! "Amazon Kinesis Data Streams pricing" and "quotas and limits" of its developer guide.

use super::assumptions::{Assumptions, FanOut, Mode};
use super::demand::{Demand, Flow};
use super::lines::Bill;
use super::money::{MONTH_HOURS, MONTH_SECONDS};
use super::prices::Kinesis;

/// On demand each record counts as a multiple of this.
const ON_DEMAND_STEP: u128 = 1_024;
/// A PUT payload unit.
const PAYLOAD_UNIT: u128 = 25 * 1_024;
/// Kept without a charge.
const FREE_HOURS: u128 = 24;
/// Beyond this, it is long-term retention.
const WEEK_HOURS: u128 = 7 * 24;
/// What a shard takes in a second.
const SHARD_BYTES_IN: u128 = 1 << 20;
/// What it gives to all that share it, in a second.
const SHARD_BYTES_OUT: u128 = 2 << 20;
/// Records that a shard takes in a second.
const SHARD_RECORDS_IN: u128 = 1_000;
/// An on-demand stream begins with so many shards.
const ON_DEMAND_SHARDS: u128 = 4;
/// Readers that share a shard before functions get enhanced fan-out of their own: more would wait for each other.
const SHARING_READERS: u128 = 2;

/// A stream and who reads it.
pub struct Stream<'d> {
    /// Part of the bill.
    pub part: &'static str,
    /// What lies on it.
    pub flow: &'d Flow,
    /// Functions that read it.
    pub functions: u128,
    /// Delivery streams of Firehose that read it; these always share.
    pub firehoses: u128,
}

impl<'d> Stream<'d> {
    /// The raw stream and the event stream.
    pub fn both(demand: &'d Demand, assumed: &Assumptions) -> [Self; 2] {
        let raw = Self {
            part: "raw stream",
            flow: &demand.raw,
            functions: 1,
            firehoses: u128::from(assumed.archive.raw()),
        };
        let events = Self {
            part: "event stream",
            flow: &demand.event,
            functions: assumed.sinks.len() as u128,
            firehoses: u128::from(assumed.archive.events()),
        };
        [raw, events]
    }

    /// Functions with enhanced fan-out, and readers that share.
    fn readers(&self, fan_out: FanOut) -> (u128, u128) {
        let own = match fan_out {
            FanOut::On => true,
            FanOut::Off => false,
            FanOut::Auto => self.functions + self.firehoses > SHARING_READERS,
        };
        if own { (self.functions, self.firehoses) } else { (0, self.functions + self.firehoses) }
    }

    /// Shards that it needs at its busiest.
    pub fn shards(&self, assumed: &Assumptions) -> u128 {
        let (_, sharing) = self.readers(assumed.enhanced_fan_out);
        // Of a whole month's seconds, so that nothing is rounded before the end.
        let peak = |month: u128, a_second: u128| (month * assumed.peak).div_ceil(MONTH_SECONDS * a_second);
        let bytes = self.flow.bytes();
        let needed = peak(bytes, SHARD_BYTES_IN)
            .max(peak(self.flow.records(), SHARD_RECORDS_IN))
            .max(peak(bytes * sharing, SHARD_BYTES_OUT));
        needed.max(match assumed.mode {
            Mode::OnDemand => ON_DEMAND_SHARDS,
            Mode::Provisioned => 1,
        })
    }

    /// Its lines.
    pub fn bill(&self, assumed: &Assumptions, prices: &Kinesis, bill: &mut Bill) {
        match assumed.mode {
            Mode::OnDemand => self.on_demand(assumed, prices, bill),
            Mode::Provisioned => self.provisioned(assumed, prices, bill),
        }
        let long_hours = assumed.retention_hours.saturating_sub(WEEK_HOURS);
        bill.add(self.part, self.flow.bytes() * long_hours, &prices.long_term);
    }

    fn on_demand(&self, assumed: &Assumptions, prices: &Kinesis, bill: &mut Bill) {
        let (own, sharing) = self.readers(assumed.enhanced_fan_out);
        let bytes = self.flow.rounded(ON_DEMAND_STEP);
        bill.add(self.part, MONTH_HOURS, &prices.stream_hour);
        bill.add(self.part, bytes, &prices.on_demand_in);
        bill.add(self.part, bytes * sharing, &prices.on_demand_out);
        bill.add(self.part, bytes * own, &prices.on_demand_fan_out);
        let week_hours = assumed.retention_hours.min(WEEK_HOURS).saturating_sub(FREE_HOURS);
        bill.add(self.part, bytes * week_hours, &prices.on_demand_week);
    }

    fn provisioned(&self, assumed: &Assumptions, prices: &Kinesis, bill: &mut Bill) {
        let (own, _) = self.readers(assumed.enhanced_fan_out);
        let shard_hours = self.shards(assumed) * MONTH_HOURS;
        bill.add(self.part, shard_hours, &prices.shard_hour);
        bill.add(self.part, self.flow.rounded(PAYLOAD_UNIT) / PAYLOAD_UNIT, &prices.payload_units);
        bill.add(self.part, shard_hours * own, &prices.fan_out_hour);
        bill.add(self.part, self.flow.bytes() * own, &prices.fan_out);
        if assumed.retention_hours > FREE_HOURS {
            bill.add(self.part, shard_hours, &prices.shard_week);
        }
    }
}
