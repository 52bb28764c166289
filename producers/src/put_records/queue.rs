//! Which entries may be sent next: one of each key at a time, in the key's order, none before its backoff has passed.

use super::{PutEntry, PutSettings};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

/// An entry with its caller's tag and its history.
pub(super) struct Queued<T> {
    pub entry: PutEntry,
    pub tag: T,
    pub tries: u32,
    /// Milliseconds since the epoch.
    pub first_try: Option<i64>,
}

impl<T> Queued<T> {
    pub fn new(tag: T, entry: PutEntry) -> Self {
        Self { entry, tag, tries: 0, first_try: None }
    }

    pub fn bytes(&self) -> usize {
        bytes_of(&self.entry)
    }
}

/// Bytes that a record counts in Kinesis's limits: data and partition key.
pub(super) fn bytes_of(entry: &PutEntry) -> usize {
    entry.data.len() + entry.partition_key.len()
}

/// Entries that wait. A key that stands in `keys` has something waiting, resting or in flight.
/// Ordered maps, so that one seed reruns the same calls.
pub(super) struct Queue<T> {
    keys: BTreeMap<String, VecDeque<Queued<T>>>,
    ready: VecDeque<String>,
    resting: BinaryHeap<Reverse<(i64, String)>>,
    /// Bytes of all entries that have not ended, in flight or not.
    unsettled_bytes: usize,
    unsettled: usize,
}

impl<T> Queue<T> {
    pub fn new() -> Self {
        Self {
            keys: BTreeMap::new(),
            ready: VecDeque::new(),
            resting: BinaryHeap::new(),
            unsettled_bytes: 0,
            unsettled: 0,
        }
    }

    pub fn unsettled_bytes(&self) -> usize {
        self.unsettled_bytes
    }

    pub fn unsettled(&self) -> usize {
        self.unsettled
    }

    pub fn push(&mut self, queued: Queued<T>) {
        self.unsettled_bytes += queued.bytes();
        self.unsettled += 1;
        match self.keys.get_mut(&queued.entry.partition_key) {
            Some(waiting) => waiting.push_back(queued),
            None => {
                let key = queued.entry.partition_key.clone();
                self.ready.push_back(key.clone());
                self.keys.insert(key, VecDeque::from([queued]));
            }
        }
    }

    /// Takes the entries of the next call; empty if none may be sent now. Each must come back by
    /// [`settle`](Self::settle) or [`retry`](Self::retry).
    pub fn next_call(&mut self, now: i64, settings: &PutSettings) -> Vec<Queued<T>> {
        while self.resting.peek().is_some_and(|Reverse((until, _))| *until <= now) {
            self.ready.extend(self.resting.pop().map(|Reverse((_, key))| key));
        }
        let (mut call, mut bytes) = (Vec::new(), 0);
        while call.len() < settings.call_records
            && let Some(key) = self.ready.front()
        {
            let Some(waiting) = self.keys.get_mut(key).filter(|waiting| !waiting.is_empty()) else {
                self.ready.pop_front();
                continue;
            };
            let head_bytes = waiting.front().map_or(0, Queued::bytes);
            if !call.is_empty() && bytes + head_bytes > settings.call_bytes {
                break;
            }
            bytes += head_bytes;
            call.extend(waiting.pop_front());
            self.ready.pop_front();
        }
        call
    }

    /// The entry has ended: the next of its key may go.
    pub fn settle(&mut self, queued: &Queued<T>) {
        self.forget(queued);
        let key = &queued.entry.partition_key;
        if self.keys.get(key).is_some_and(VecDeque::is_empty) {
            self.keys.remove(key);
        } else {
            self.ready.push_back(key.clone());
        }
    }

    /// The entry goes again, and first of its key, but not before a time (milliseconds since the epoch).
    pub fn retry(&mut self, queued: Queued<T>, not_before: i64) {
        let key = queued.entry.partition_key.clone();
        self.keys.entry(key.clone()).or_default().push_front(queued);
        self.resting.push(Reverse((not_before, key)));
    }

    /// The entry is given up, and with it all that wait behind it: these.
    pub fn give_up(&mut self, queued: &Queued<T>) -> VecDeque<Queued<T>> {
        self.forget(queued);
        let behind = self.keys.remove(&queued.entry.partition_key).unwrap_or_default();
        for other in &behind {
            self.forget(other);
        }
        behind
    }

    /// When the next resting entry may go, milliseconds since the epoch.
    pub fn next_wake(&self) -> Option<i64> {
        self.resting.peek().map(|Reverse((until, _))| *until)
    }

    /// All that wait, each key's in its order.
    pub fn drain(&mut self) -> impl Iterator<Item = Queued<T>> {
        std::mem::take(&mut self.keys).into_values().flatten()
    }

    fn forget(&mut self, queued: &Queued<T>) {
        self.unsettled_bytes -= queued.bytes();
        self.unsettled -= 1;
    }
}
