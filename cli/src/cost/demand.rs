//! What log groups bring in a month, and what of it lies on the two streams.

use super::money::{Decimal, MONTH_SECONDS, share};

/// Most bytes of a raw record: CloudWatch Logs and our producers keep to Kinesis's 1 MiB.
const RAW_RECORD_BYTES: u128 = 1 << 20;
/// Most bytes of an event record (`schemas/src/record.rs`).
const EVENT_RECORD_BYTES: u128 = 900_000;

/// How log events become records and events; docs/cost.md says where the defaults are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Bytes of log events to bytes of the gzip envelopes that hold them.
    pub gzip: Decimal<3>,
    /// Bytes of events' JSON to bytes of the log events they came of.
    pub growth: Decimal<3>,
    /// Bytes of events' JSON to bytes of the zstd event records that hold them.
    pub zstd: Decimal<3>,
    /// Log events in a raw record.
    pub events_a_record: u128,
}

/// One log group's month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogGroup {
    /// Its name.
    pub name: String,
    /// Bytes of its log events.
    pub bytes: u128,
    /// Its log events.
    pub events: u128,
    /// What becomes of them.
    pub shape: Shape,
}

impl LogGroup {
    /// Log events of a month at this rate.
    pub fn events_of_rate(a_second: Decimal<3>) -> u128 {
        share(MONTH_SECONDS, a_second.0, Decimal::<3>::ONE)
    }

    /// Bytes of the events' JSON.
    pub fn json_bytes(&self) -> u128 {
        share(self.bytes, self.shape.growth.0, Decimal::<3>::ONE)
    }
}

/// The same records of a month on a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// How many.
    pub records: u128,
    /// Bytes of all, packed.
    pub bytes: u128,
}

/// What lies on a stream in a month, by log group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flow(pub Vec<Part>);

impl Flow {
    /// Records.
    pub fn records(&self) -> u128 {
        self.0.iter().map(|part| part.records).sum()
    }

    /// Bytes, packed.
    pub fn bytes(&self) -> u128 {
        self.0.iter().map(|part| part.bytes).sum()
    }

    /// Bytes where each record counts as the next multiple of `step`. Sizes differ, so that half a step is added to each
    /// on average; none counts less than one.
    pub fn rounded(&self, step: u128) -> u128 {
        let rounded = |part: &Part| (part.records * step).max(part.bytes + part.records * step / 2);
        self.0.iter().map(rounded).sum()
    }
}

/// All log groups' month.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    /// Bytes of log events.
    pub bytes: u128,
    /// Log events.
    pub events: u128,
    /// Bytes of events' JSON.
    pub json_bytes: u128,
    /// The raw stream.
    pub raw: Flow,
    /// The event stream.
    pub event: Flow,
}

impl Demand {
    /// Of all log groups.
    pub fn of(groups: &[LogGroup]) -> Self {
        let mut demand = Self::default();
        for group in groups {
            demand.bytes += group.bytes;
            demand.events += group.events;
            demand.json_bytes += group.json_bytes();
            let raw = packed(group.bytes, group.shape.gzip);
            let records =
                group.events.div_ceil(group.shape.events_a_record).max(raw.div_ceil(RAW_RECORD_BYTES));
            demand.raw.0.push(Part { records, bytes: raw });
            let event = packed(group.json_bytes(), group.shape.zstd);
            // At most one event record a raw record, unless it were too large: the transform joins those of a batch and a key.
            let records = records.max(event.div_ceil(EVENT_RECORD_BYTES));
            demand.event.0.push(Part { records, bytes: event });
        }
        demand
    }
}

fn packed(bytes: u128, ratio: Decimal<3>) -> u128 {
    share(bytes, Decimal::<3>::ONE, ratio.0)
}
