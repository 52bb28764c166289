//! What waits for a stream's writer: bounded in bytes, first come, first served.

use crate::shards::ReshardError;
use crate::stream::PutError;
use bytes::Bytes;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// Bytes of records that may wait; who brings more waits outside.
const QUEUE_BYTES: usize = 32 << 20;
/// Room is counted in units of this many bytes.
const ROOM_UNIT_BYTES: usize = 1 << 10;
/// What a record takes beside its key and data.
const RECORD_OVERHEAD_BYTES: usize = 256;
/// Bytes that are committed together: enough that the disk's flush is shared, and little enough to wait for.
const COMMIT_BYTES: usize = 8 << 20;

/// A record on its way in.
pub(crate) struct Incoming {
    pub hash_key: u128,
    pub partition_key: String,
    pub data: Bytes,
}

impl Incoming {
    /// Bytes that count for retention.
    pub fn bytes(&self) -> u64 {
        (self.partition_key.len() + self.data.len()) as u64
    }
}

/// Where a record came to lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed {
    pub shard: u32,
    pub place: u64,
    pub arrival_millis: i64,
}

/// Answers of one call, one an entry.
pub(crate) type PutAnswer = Vec<Result<Placed, PutError>>;

/// Records of one call.
pub(crate) struct Put {
    pub records: Vec<Incoming>,
    pub answer: oneshot::Sender<PutAnswer>,
    bytes: usize,
    /// Room in the queue, given back when the call is answered.
    _room: OwnedSemaphorePermit,
}

/// A change of the stream itself.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Split { shard: u32, at: u128 },
    Merge { lower: u32, upper: u32 },
    Retention { hours: u32, bytes: Option<u64> },
}

/// A change of a stream was not made.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The shards do not allow it.
    #[error(transparent)]
    Reshard(#[from] ReshardError),
    /// It could not be written, or the stream was deleted.
    #[error("{0}")]
    Failed(String),
}

/// What the writer does next.
pub(crate) enum Work {
    Puts(Vec<Put>),
    Change(Change, mpsc::SyncSender<Result<(), ChangeError>>),
}

#[derive(Default)]
struct Waiting {
    work: VecDeque<Work>,
    closed: bool,
    woken: bool,
    marks: Marks,
}

/// What consumers of the stream have said.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks {
    /// Records leave only once the low-water mark has passed them.
    pub held: bool,
    /// Places up to which each shard's records are settled.
    pub low_water: BTreeMap<u32, u64>,
}

impl Marks {
    /// Place up to which a shard's records are settled; 0 if none is.
    pub fn of(&self, shard: u32) -> u64 {
        self.low_water.get(&shard).copied().unwrap_or(0)
    }
}

/// The queue between a stream's callers and its writer.
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    wake: Condvar,
    room: Arc<Semaphore>,
}

impl Queue {
    pub fn new() -> Self {
        let room = Arc::new(Semaphore::new(QUEUE_BYTES / ROOM_UNIT_BYTES));
        Self { waiting: Mutex::default(), wake: Condvar::new(), room }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // What is inside is whole after each statement, whatever panicked.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues records and waits for their answers; `None` if the stream is closed.
    pub async fn put(&self, records: Vec<Incoming>) -> Option<PutAnswer> {
        let size = |r: &Incoming| r.partition_key.len() + r.data.len() + RECORD_OVERHEAD_BYTES;
        let bytes = records.iter().map(size).sum::<usize>();
        let units = bytes.div_ceil(ROOM_UNIT_BYTES).min(QUEUE_BYTES / ROOM_UNIT_BYTES);
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).acquire_many_owned(units).await.ok()?;
        let (answer, answered) = oneshot::channel();
        let put = Put { records, answer, bytes, _room: room };
        self.push(Work::Puts(vec![put])).then_some(())?;
        answered.await.ok()
    }

    /// False if the queue is closed.
    fn push(&self, work: Work) -> bool {
        let mut waiting = self.lock();
        let open = !waiting.closed;
        if open {
            waiting.work.push_back(work);
        }
        drop(waiting);
        self.wake.notify_one();
        open
    }

    /// Queues a change and blocks until it is made.
    pub fn change(&self, change: Change) -> Result<(), ChangeError> {
        let (answer, answered) = mpsc::sync_channel(1);
        let closed = || ChangeError::Failed("the stream is closed".into());
        if !self.push(Work::Change(change, answer)) {
            return Err(closed());
        }
        answered.recv().map_err(|_| closed())?
    }

    /// Notes that all records of a shard up to this place are settled.
    pub fn set_low_water(&self, shard: u32, place: u64) {
        let mut waiting = self.lock();
        let mark = waiting.marks.low_water.entry(shard).or_default();
        *mark = place.max(*mark);
        waiting.woken = true;
        drop(waiting);
        self.wake.notify_one();
    }

    /// From now on records leave only once the low-water mark has passed them.
    pub fn hold(&self) {
        self.lock().marks.held = true;
    }

    /// What consumers have said.
    pub fn marks(&self) -> Marks {
        self.lock().marks.clone()
    }

    /// Takes nothing more in; what waits is still done.
    pub fn close(&self) {
        self.lock().closed = true;
        self.room.close();
        self.wake.notify_all();
    }

    /// Closes, and drops what waits: its callers learn that there is no answer.
    pub fn abandon(&self) {
        self.close();
        self.lock().work.clear();
    }

    /// Next work, several puts together; an empty set of puts after the wait or a low-water mark; `None` at the end.
    pub fn take(&self, wait: Duration) -> Option<Work> {
        let idle = |w: &mut Waiting| w.work.is_empty() && !w.closed && !w.woken;
        let waited = self.wake.wait_timeout_while(self.lock(), wait, idle);
        let mut waiting = waited.unwrap_or_else(PoisonError::into_inner).0;
        waiting.woken = false;
        let mut puts = Vec::new();
        let mut bytes = 0;
        while let Some(work) = waiting.work.pop_front() {
            match work {
                Work::Puts(more) if bytes <= COMMIT_BYTES => {
                    bytes += more.iter().map(|p| p.bytes).sum::<usize>();
                    puts.extend(more);
                }
                change @ Work::Change(..) if puts.is_empty() => return Some(change),
                later => {
                    waiting.work.push_front(later);
                    break;
                }
            }
        }
        if puts.is_empty() && waiting.closed { None } else { Some(Work::Puts(puts)) }
    }
}
