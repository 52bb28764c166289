//! One stream as its users see it: put, read, wait, reshard, count.

use crate::queue::{Change, ChangeError, Incoming, Placed, Queue};
use crate::reader::Readers;
use crate::shards::{FIRST_PLACE, Shard};
use crate::store::{Header, StoreError, StoredRecord};
use crate::writer::{View, Writer};
use bytes::Bytes;
use catchwater_consumer_core::world::Clock;
use catchwater_mapping::stream::SequenceNumber;
use ferrokinesis_core::sequence::{partition_key_to_hash_key, shard_id_name};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::watch;

/// Most bytes of a record's data and partition key together (PutRecords, API reference: the default of a stream).
pub const MAX_RECORD_BYTES: usize = 1 << 20;
/// Most characters of a partition key.
pub const MAX_KEY_CHARS: usize = 256;

/// One record to put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutEntry {
    /// 1 to 256 characters; records of one key keep their order.
    pub partition_key: String,
    /// Overrides the key's own hash for the choice of the shard.
    pub explicit_hash_key: Option<u128>,
    /// The payload.
    pub data: Bytes,
}

/// Where a record lies; it survives the end of the process and of the power.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutResult {
    /// Shard that took it.
    pub shard_id: String,
    /// Its place there.
    pub sequence_number: String,
}

/// A record was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PutError {
    /// The stream holds as much as it may, and none of it is settled: the record may be sent again later.
    #[error(
        "Rate exceeded for shard {}: the stream holds its {retention_bytes} bytes of records that no consumer has settled yet.",
        shard_id_name(i64::from(*.shard))
    )]
    Full {
        /// Number of the shard that would have taken it.
        shard: u32,
        /// What the stream may hold.
        retention_bytes: u64,
    },
    /// The record may never be put as it is.
    #[error("{0}")]
    Invalid(String),
    /// It could not be written, or the stream was closed; it may be sent again.
    #[error("{0}")]
    Failed(String),
}

impl PutError {
    /// Kinesis's error code.
    pub fn code(&self) -> &'static str {
        match self {
            PutError::Full { .. } => "ProvisionedThroughputExceededException",
            PutError::Invalid(_) => "InvalidArgumentException",
            PutError::Failed(_) => "InternalFailure",
        }
    }
}

/// What lies in a shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardStatistics {
    /// Shard's id.
    pub shard_id: String,
    /// Takes records.
    pub open: bool,
    /// Records kept.
    pub records: u64,
    /// Bytes of data and partition keys kept.
    pub bytes: u64,
    /// Arrival of the oldest record kept, milliseconds since the epoch.
    pub oldest_millis: Option<i64>,
    /// Arrival of the newest record ever.
    pub newest_millis: Option<i64>,
}

/// What lies in a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statistics {
    /// Records kept in all shards.
    pub records: u64,
    /// Bytes kept in all shards.
    pub bytes: u64,
    /// Bytes that may be kept.
    pub retention_bytes: u64,
    /// Hours after which records are removed.
    pub retention_hours: u32,
    /// All shards that are open or hold records, or came of such.
    pub shards: Vec<ShardStatistics>,
}

/// What one read gave.
#[derive(Debug)]
pub(crate) struct Page {
    pub shard: Shard,
    pub records: Vec<StoredRecord>,
    /// Place after the last of them.
    pub next: u64,
    pub ended: bool,
    pub behind_millis: i64,
}

/// A read failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error("there is no shard {0}")]
    NoShard(String),
    #[error("{0}")]
    Failed(String),
}

/// A stream on disk.
pub struct EmbeddedStream {
    name: String,
    clock: Arc<dyn Clock>,
    queue: Arc<Queue>,
    view: watch::Receiver<Arc<View>>,
    readers: Arc<Readers>,
    of_pipeline: AtomicBool,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl EmbeddedStream {
    /// Opens the stream in this folder and starts its writer.
    pub(crate) fn open(folder: &Path, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        let opened = crate::store::Store::open(folder)?;
        let name = opened.1.name.clone();
        let queue = Arc::new(Queue::new());
        let (writer, view) = Writer::new(opened, Arc::clone(&queue), Arc::clone(&clock));
        let thread = std::thread::Builder::new().name(format!("stream {name}")).spawn(|| writer.run())?;
        Ok(Self {
            name,
            clock,
            queue,
            view,
            readers: Readers::new(PathBuf::from(folder)),
            of_pipeline: AtomicBool::new(false),
            writer: Mutex::new(Some(thread)),
        })
    }

    /// Stream's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Puts records; answers with one result an entry, in their order, once those taken are on disk. Waits while the
    /// queue is full. Dropped at an await, the records may be taken or not.
    pub async fn put_records(&self, entries: Vec<PutEntry>) -> Vec<Result<PutResult, PutError>> {
        let mut results: Vec<Option<Result<PutResult, PutError>>> = Vec::with_capacity(entries.len());
        let mut records = Vec::with_capacity(entries.len());
        for entry in entries {
            match incoming(entry) {
                Ok(record) => {
                    results.push(None);
                    records.push(record);
                }
                Err(error) => results.push(Some(Err(error))),
            }
        }
        let mut placed = Vec::new().into_iter();
        if !records.is_empty() {
            placed = self.queue.put(records).await.unwrap_or_default().into_iter();
        }
        let view = self.view();
        let closed = || Err(PutError::Failed(format!("stream {} is closed", self.name)));
        let result = |r: Option<_>| {
            r.unwrap_or_else(|| match placed.next() {
                Some(placed) => placed.and_then(|p| place_name(&view, p)),
                None => closed(),
            })
        };
        results.into_iter().map(result).collect()
    }

    /// Says that all records of a shard up to this one are settled for all who read the stream: they may leave when
    /// room is needed. A sequence number of another shard is ignored. It is not kept over a restart.
    pub fn set_low_water(&self, shard: &str, sequence_number: &SequenceNumber) {
        if let Some(shard) = find_shard(&self.view(), shard)
            && let Some(place) = shard.place(&sequence_number.0)
        {
            self.queue.set_low_water(shard.ix, place);
        }
    }

    /// Records of a shard after a sequence number, from the oldest if `None`: how far a reader lags. 0 if there is no
    /// such shard.
    pub fn records_after(&self, shard: &str, after: Option<&SequenceNumber>) -> u64 {
        let view = self.view();
        let Some(shard) = find_shard(&view, shard) else { return 0 };
        let from = after.and_then(|s| shard.place(&s.0)).map_or(FIRST_PLACE, |p| p.saturating_add(1));
        shard.next.saturating_sub(from.max(shard.first))
    }

    /// What lies in the stream.
    pub fn statistics(&self) -> Statistics {
        let view = self.view();
        Statistics {
            records: view.shards.iter().map(|s| s.records).sum(),
            bytes: view.bytes(),
            retention_bytes: view.header.retention_bytes,
            retention_hours: view.header.retention_hours,
            shards: view
                .to_read()
                .into_iter()
                .map(|s| ShardStatistics {
                    shard_id: s.id(),
                    open: s.is_open(),
                    records: s.records,
                    bytes: s.bytes,
                    oldest_millis: s.oldest_millis,
                    newest_millis: s.newest_millis,
                })
                .collect(),
        }
    }

    /// Splits a shard at a hash key, the first of the upper child. Blocks until it is on disk.
    pub fn split(&self, shard: u32, at: u128) -> Result<(), ChangeError> {
        self.queue.change(Change::Split { shard, at })
    }

    /// Merges a shard with the one whose hash keys follow. Blocks until it is on disk.
    pub fn merge(&self, lower: u32, upper: u32) -> Result<(), ChangeError> {
        self.queue.change(Change::Merge { lower, upper })
    }

    /// Sets how long and, if given, how many bytes of records are kept. Blocks until it is on disk.
    pub fn set_retention(&self, hours: u32, bytes: Option<u64>) -> Result<(), ChangeError> {
        self.queue.change(Change::Retention { hours, bytes })
    }

    /// The pipeline reads this stream: it cannot be deleted, and its records leave only behind the low-water mark.
    pub(crate) fn claim(&self) {
        self.of_pipeline.store(true, Ordering::Relaxed);
        self.queue.hold();
    }

    /// Does the pipeline read it?
    pub(crate) fn is_of_pipeline(&self) -> bool {
        self.of_pipeline.load(Ordering::Relaxed)
    }

    /// The stream as it is now.
    pub(crate) fn view(&self) -> Arc<View> {
        Arc::clone(&self.view.borrow())
    }

    /// Is ready after each commit; fails once the stream is closed.
    pub(crate) fn watch(&self) -> watch::Receiver<Arc<View>> {
        self.view.clone()
    }

    pub(crate) fn header(&self) -> Header {
        self.view().header.clone()
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Records of a shard from a place on.
    pub(crate) async fn page(
        &self,
        ix: u32,
        from: u64,
        max_records: usize,
        max_bytes: usize,
    ) -> Result<Page, ReadError> {
        if self.view.has_changed().is_err() {
            return Err(ReadError::Failed("the stream is closed".into()));
        }
        // Taken before the read: a shard that was closed then has all its records on disk.
        let view = self.view();
        let shard = view.shard(ix).ok_or_else(|| ReadError::NoShard(shard_id_name(i64::from(ix))))?;
        let records = if from < shard.next && shard.records > 0 {
            let read = self.readers.read(ix, from, max_records, max_bytes);
            read.await.map_err(ReadError::Failed)?
        } else {
            Vec::new()
        };
        let last = records.last().map(|r| (r.place + 1, r.arrival_millis));
        let next = last.map_or(from, |(next, _)| next);
        let at_tip = next >= shard.next || records.is_empty();
        let now = self.clock.now_millis();
        let behind_millis = last.filter(|_| !at_tip).map_or(0, |(_, arrival)| (now - arrival).max(0));
        Ok(Page { shard: shard.clone(), records, next, ended: at_tip && !shard.is_open(), behind_millis })
    }

    /// Place of a shard's first record that arrived at or after a time, or of its next record if none did.
    pub(crate) async fn place_since(&self, shard: &Shard, millis: i64) -> Result<u64, ReadError> {
        let found = self.readers.first_since(shard.ix, millis).await.map_err(ReadError::Failed)?;
        Ok(found.unwrap_or(shard.next))
    }

    /// Ends the writer, after what is queued, and closes the file.
    pub(crate) fn close(&self) {
        self.queue.close();
        let thread = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|t| t.join().is_err()) {
            tracing::error!(stream = %self.name, "the writer ended in a panic");
        }
        self.readers.close();
    }
}

impl Drop for EmbeddedStream {
    fn drop(&mut self) {
        self.close();
    }
}

/// Checks an entry and finds its hash key.
fn incoming(entry: PutEntry) -> Result<Incoming, PutError> {
    let PutEntry { partition_key, explicit_hash_key, data } = entry;
    if partition_key.is_empty() || partition_key.chars().count() > MAX_KEY_CHARS {
        return Err(PutError::Invalid(format!("a partition key has 1 to {MAX_KEY_CHARS} characters")));
    }
    let bytes = partition_key.len() + data.len();
    if bytes > MAX_RECORD_BYTES {
        return Err(PutError::Invalid(format!(
            "a record has at most {MAX_RECORD_BYTES} bytes of data and partition key, this has {bytes}"
        )));
    }
    let hash_key = explicit_hash_key.unwrap_or_else(|| partition_key_to_hash_key(&partition_key));
    Ok(Incoming { hash_key, partition_key, data })
}

fn place_name(view: &View, placed: Placed) -> Result<PutResult, PutError> {
    let shard = view.shard(placed.shard).ok_or_else(|| PutError::Failed("the shard is gone".into()))?;
    let sequence_number = shard.sequence_number(placed.place, placed.arrival_millis);
    Ok(PutResult { shard_id: shard.id(), sequence_number })
}

/// A shard by its id.
pub(crate) fn find_shard<'a>(view: &'a View, id: &str) -> Option<&'a Shard> {
    let number = id.strip_prefix("shardId-")?.parse::<u32>().ok()?;
    view.shard(number).filter(|s| s.id() == id)
}
