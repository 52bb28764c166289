//! The part of the transform that computes: unpacks, parses and packs a batch, and sends each event record on as
//! soon as it is full.

use catchwater_mapping::stream::Record;
use catchwater_producers::put_records::PutEntry;
use catchwater_schemas::account::Account;
use catchwater_schemas::dead_letter::Fault;
use catchwater_schemas::record::{EventRecord, Packer, Packing};
use catchwater_transforms::raw::RawRecord;
use catchwater_transforms::transform::{Packed, Report, Scratch, Transform};
use std::sync::Arc;
use tokio::sync::mpsc::Sender;

/// A batch to be worked on.
pub struct Work {
    pub transform: Arc<Transform>,
    pub packing: Packing,
    pub stream: String,
    pub shard: String,
    pub records: Vec<Record>,
}

/// What came of it, but for the event records, which were sent.
#[derive(Default)]
pub struct Worked {
    /// One account a raw record, up to where the work came.
    pub accounts: Vec<Account>,
    /// What could not pass, with the index of its raw record.
    pub faults: Vec<(usize, Fault)>,
    /// Nobody took event records any more: the lowest raw record that has events in one that was not sent, or was not
    /// worked on.
    pub lowest_unsent: Option<usize>,
}

/// Works on the batch; event records go to `out`, each with the index of the first raw record that is in it.
pub fn work(work: &Work, out: &Sender<(usize, PutEntry)>) -> Worked {
    let mut worked = Worked::default();
    let mut scratch = Scratch::new();
    let mut packer = Packer::new(work.packing);
    for (index, record) in work.records.iter().enumerate() {
        let raw = RawRecord {
            data: &record.data,
            stream: &work.stream,
            shard: &work.shard,
            sequence_number: &record.sequence_number.0,
            partition_key: &record.partition_key,
            arrival_millis: record.arrival_millis,
        };
        let mut report = Report::default();
        // A mapping's batch has at most 10,000 records.
        let origin = u32::try_from(index).unwrap_or(u32::MAX);
        let mut packed = Packed { packer: &mut packer, origin };
        work.transform.record(&raw, &mut scratch, &mut packed, &mut report);
        worked.accounts.push(report.account);
        worked.faults.extend(report.faults.into_iter().map(|fault| (index, fault)));
        let full = packer.take_full();
        if let Err(unsent) = send(full, out) {
            // What is still open may hold events of earlier raw records.
            let open = packer.finish().iter().map(|r| r.first_origin as usize).min();
            worked.lowest_unsent = [Some(unsent), open].into_iter().flatten().min();
            return worked;
        }
    }
    worked.lowest_unsent = send(packer.finish(), out).err();
    worked
}

/// Sends the event records; if nobody takes them any more, the lowest raw record in those not sent.
fn send(records: Vec<EventRecord>, out: &Sender<(usize, PutEntry)>) -> Result<(), usize> {
    let mut unsent: Option<usize> = None;
    for record in records {
        let origin = record.first_origin as usize;
        let entry = PutEntry {
            partition_key: format!("{:03}", record.partition_key),
            explicit_hash_key: None,
            data: record.data.into(),
        };
        if unsent.is_some() || out.blocking_send((origin, entry)).is_err() {
            unsent = Some(unsent.map_or(origin, |lowest| lowest.min(origin)));
        }
    }
    unsent.map_or(Ok(()), Err)
}
