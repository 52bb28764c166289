//! What a page shows of a mapping: a snapshot that costs a short lock and no I/O.

use crate::stream::SequenceNumber;
use catchwater_consumer_core::world::Clock;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What a reader is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It waits for records, or for a batch to fill.
    #[default]
    Waiting,
    /// The target has a batch.
    Running,
    /// It waits before it tries again what failed: the target, the stream or the positions, as the error says.
    Retrying,
    /// Records shall be given up, and the dead letters cannot be kept: nothing passes.
    BlockedByDeadLetters,
    /// The shard has ended and all of it is settled.
    Ended,
}

/// One shard of a mapping at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShardStatus {
    /// Mapping's name.
    pub mapping: String,
    /// Stream's name.
    pub stream: String,
    /// Shard's id.
    pub shard: String,
    /// Last record that is settled.
    pub after: Option<String>,
    /// How far it is behind: the age of the oldest record that was read and is not settled, else what the last read
    /// said; milliseconds.
    pub behind_millis: i64,
    /// What it is doing.
    pub state: State,
    /// Tries so far of the records in hand.
    pub tries: u32,
    /// The last error; no payload.
    pub last_error: Option<String>,
    /// When that was, milliseconds since the epoch.
    pub last_error_millis: Option<i64>,
}

/// What a reader notes of its shard.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entry {
    pub(crate) after: Option<SequenceNumber>,
    /// Arrival of the oldest record in hand.
    pub(crate) oldest_millis: Option<i64>,
    pub(crate) behind_millis: i64,
    pub(crate) state: State,
    pub(crate) tries: u32,
    pub(crate) last_error: Option<(String, i64)>,
}

#[derive(Debug, Default)]
pub(crate) struct Board(Mutex<BTreeMap<String, Entry>>);

impl Board {
    pub(crate) fn update(&self, shard: &str, change: impl FnOnce(&mut Entry)) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match entries.get_mut(shard) {
            Some(entry) => change(entry),
            None => change(entries.entry(shard.to_string()).or_default()),
        }
    }

    pub(crate) fn retain(&self, keep: impl Fn(&str) -> bool) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|shard, _| keep(shard));
    }
}

/// A handle on a mapping's status, good for as long as the program runs.
#[derive(Clone)]
pub struct Status {
    pub(crate) mapping: String,
    pub(crate) stream: String,
    pub(crate) board: Arc<Board>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Status {
    /// The mapping's name.
    pub fn mapping(&self) -> &str {
        &self.mapping
    }

    /// Its stream's name.
    pub fn stream(&self) -> &str {
        &self.stream
    }

    /// All shards that the mapping reads or has read and that the stream still has, by id.
    pub fn shards(&self) -> Vec<ShardStatus> {
        let now = self.clock.now_millis();
        let entries = self.board.0.lock().unwrap_or_else(PoisonError::into_inner);
        let status = entries.iter().map(|(shard, entry)| ShardStatus {
            mapping: self.mapping.clone(),
            stream: self.stream.clone(),
            shard: shard.clone(),
            after: entry.after.as_ref().map(|s| s.0.clone()),
            behind_millis: entry.oldest_millis.map_or(entry.behind_millis, |oldest| (now - oldest).max(0)),
            state: entry.state,
            tries: entry.tries,
            last_error: entry.last_error.as_ref().map(|e| e.0.clone()),
            last_error_millis: entry.last_error.as_ref().map(|e| e.1),
        });
        status.collect()
    }
}
