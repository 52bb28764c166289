//! What the functions cost: invocations, and memory times time.

use super::assumptions::{Architecture, Assumptions};
use super::demand::{Demand, Flow};
use super::lines::Bill;
use super::money::{MONTH_SECONDS, share};
use super::prices::Lambda;
use super::rates::{CORE_MIB, TRANSFORM_BYTES};
use super::streams::Stream;

/// Part of the bill.
pub const PART: &str = "functions";
/// Firehose hands its function a buffer of so many bytes, or what there is after so many seconds (its defaults).
const FIREHOSE_BATCH_BYTES: u128 = 1 << 20;
const FIREHOSE_BATCH_SECONDS: u128 = 60;

/// One function's month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// Invocations.
    pub invocations: u128,
    /// Time that a whole core would be busy, milliseconds.
    pub core_ms: u128,
    /// Its memory, MiB.
    pub memory_mib: u128,
}

/// All functions' months: the transform, the consumers, and the transform that wraps raw records for Firehose.
pub fn all(demand: &Demand, assumed: &Assumptions) -> Vec<Work> {
    let [raw, events] = Stream::both(demand, assumed);
    let by_mapping = |stream: &Stream<'_>, seconds: u128| {
        let full = stream.flow.records().div_ceil(assumed.batch_records);
        let timely = stream.shards(assumed) * MONTH_SECONDS / seconds;
        // A batch is full or its time is over; but there is none without a record.
        (full + timely).min(stream.flow.records())
    };
    let mut works = vec![Work {
        invocations: by_mapping(&raw, assumed.transform_seconds),
        core_ms: core_ms(demand.bytes, TRANSFORM_BYTES),
        memory_mib: assumed.transform_mb,
    }];
    for sink in &assumed.sinks {
        works.push(Work {
            invocations: by_mapping(&events, assumed.consumer_seconds),
            core_ms: core_ms(demand.json_bytes, sink.bytes_a_second()),
            memory_mib: assumed.consumer_mb,
        });
    }
    if assumed.archive.raw() {
        works.push(wrapping(&demand.raw, assumed));
    }
    works
}

/// A record is wrapped as it is; that is taken to be as slow as reading lines.
fn wrapping(raw: &Flow, assumed: &Assumptions) -> Work {
    let batches = raw.bytes().div_ceil(FIREHOSE_BATCH_BYTES) + MONTH_SECONDS / FIREHOSE_BATCH_SECONDS;
    Work {
        invocations: batches.min(raw.records()),
        core_ms: core_ms(raw.bytes(), TRANSFORM_BYTES),
        memory_mib: assumed.consumer_mb,
    }
}

fn core_ms(bytes: u128, bytes_a_second: u128) -> u128 {
    share(bytes, 1_000, bytes_a_second)
}

impl Work {
    /// Memory times time. A share of a core takes as much longer as it is smaller, and costs the same; waiting costs by the
    /// memory alone.
    pub fn mib_ms(self, wait_ms: u128) -> u128 {
        self.core_ms * self.memory_mib.max(CORE_MIB) + self.invocations * wait_ms * self.memory_mib
    }
}

/// The functions' lines.
pub fn bill(works: &[Work], assumed: &Assumptions, prices: &Lambda, bill: &mut Bill) {
    let run_time = match assumed.architecture {
        Architecture::Arm64 => &prices.arm64,
        Architecture::X86_64 => &prices.x86_64,
    };
    bill.add(PART, works.iter().map(|work| work.invocations).sum(), &prices.requests);
    bill.add(PART, works.iter().map(|work| work.mib_ms(assumed.wait_ms)).sum(), run_time);
}
