//! The thread's work: raw records through the transform, packed, handed over while it goes on.

use crate::letters::Letters;
use catchwater_consumer_core::world::Clock;
use catchwater_mapping::stream::Record;
use catchwater_producers::put_records::PutEntry;
use catchwater_schemas::account::Account;
use catchwater_schemas::record::{EventRecord, Packer, Packing};
use catchwater_transforms::raw::RawRecord;
use catchwater_transforms::transform::{Packed as Into, Report, Scratch, Transform};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

/// Dead letters go to be kept when they hold this many bytes, and at the batch's end.
const LETTERS_BYTES: usize = 1 << 20;

/// What the put of an event record is known by.
pub(crate) struct Packed {
    pub first_origin: u32,
    pub events: u32,
}

/// A batch to transform.
pub(crate) struct Job {
    pub transform: Arc<Transform>,
    pub clock: Arc<dyn Clock>,
    pub stream: String,
    pub shard: String,
    pub records: Vec<Record>,
    pub first_try_millis: i64,
    /// Tries with this one.
    pub tries: u32,
    /// No raw record but the first is begun after this, milliseconds since the epoch.
    pub begin_until: i64,
    pub stop: Arc<AtomicBool>,
    pub packs: mpsc::Sender<(Packed, PutEntry)>,
    pub letters: mpsc::Sender<Letters>,
}

/// Buffers of the threads at work, kept for the next batch: a small batch should not pay for them.
pub(crate) struct Workers {
    packing: Packing,
    idle: Mutex<Vec<(Scratch, Packer)>>,
}

impl Workers {
    pub fn new(packing: Packing) -> Self {
        Self { packing, idle: Mutex::default() }
    }

    /// Transforms the batch; the accounts of the raw records that were begun, which are the first so many. Where the
    /// receivers have gone, it ends early: then their side knows of a failure below.
    pub fn run(&self, job: Job) -> Vec<Account> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let (mut scratch, mut packer) = idle.unwrap_or_else(|| (Scratch::new(), Packer::new(self.packing)));
        let accounts = job.run(&mut scratch, &mut packer);
        // Not reached after a panic: what it left behind is dropped.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push((scratch, packer));
        accounts
    }
}

impl Job {
    fn run(self, scratch: &mut Scratch, packer: &mut Packer) -> Vec<Account> {
        let mut accounts = Vec::with_capacity(self.records.len());
        let mut letters = Letters::default();
        let mut gone = false;
        for (origin, record) in (0u32..).zip(&self.records) {
            if gone || (origin > 0 && self.is_over()) {
                break;
            }
            let mut report = Report::default();
            let mut out = Into { packer, origin };
            self.transform.record(&self.raw(record), scratch, &mut out, &mut report);
            accounts.push(report.account);
            let now = if report.faults.is_empty() { 0 } else { self.clock.now_millis() };
            for fault in report.faults {
                letters.add(origin, fault.into_letter(self.first_try_millis, now, self.tries));
            }
            if letters.bytes > LETTERS_BYTES {
                gone |= self.letters.blocking_send(std::mem::take(&mut letters)).is_err();
            }
            gone |= !self.put(packer.take_full());
        }
        if !letters.letters.is_empty() {
            // Where nobody keeps letters any more, a failure is known already.
            let _ = self.letters.blocking_send(letters);
        }
        // Also where the receiver has gone: the packer must be empty for the next batch.
        self.put(packer.finish());
        accounts
    }

    fn is_over(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.clock.now_millis() >= self.begin_until
    }

    fn raw<'a>(&'a self, record: &'a Record) -> RawRecord<'a> {
        RawRecord {
            data: &record.data,
            stream: &self.stream,
            shard: &self.shard,
            sequence_number: &record.sequence_number.0,
            partition_key: &record.partition_key,
            arrival_millis: record.arrival_millis,
            user_record: None,
        }
    }

    /// Is anyone there to take them?
    fn put(&self, records: Vec<EventRecord>) -> bool {
        records.into_iter().all(|record| {
            let packed = Packed { first_origin: record.first_origin, events: record.events };
            let entry = PutEntry {
                partition_key: format!("{:03}", record.partition_key),
                explicit_hash_key: None,
                data: record.data.into(),
            };
            self.packs.blocking_send((packed, entry)).is_ok()
        })
    }
}
