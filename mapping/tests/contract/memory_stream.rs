//! A stream in memory, whose shards are made, split, ended and removed by the test.

use crate::target::number;
use crate::world::START;
use catchwater_mapping::stream::{Read, Record, SequenceNumber, Shard, Stream, StreamDown};
use futures::future::BoxFuture;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tokio::sync::watch;

#[derive(Default)]
struct ShardData {
    parents: Vec<String>,
    records: Vec<Record>,
    ended: bool,
}

/// A stream in memory.
pub struct MemoryStream {
    shards: Mutex<BTreeMap<String, ShardData>>,
    changes: watch::Sender<u64>,
    pub down: AtomicBool,
    pub reads: AtomicU64,
    /// The next read panics.
    pub panics: AtomicBool,
}

impl MemoryStream {
    pub fn new(changes: watch::Sender<u64>) -> Self {
        let (down, panics) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { shards: Mutex::default(), changes, down, reads: AtomicU64::new(0), panics }
    }

    pub fn add_shard(&self, id: &str, parents: &[&str]) {
        let data =
            ShardData { parents: parents.iter().map(|p| p.to_string()).collect(), ..ShardData::default() };
        self.shards.lock().unwrap().insert(id.into(), data);
        self.changes.send_modify(|n| *n += 1);
    }

    /// Puts a record with this number; it arrived so many seconds before the start.
    pub fn put_aged(&self, shard: &str, number: u64, age_seconds: i64, bytes: usize) {
        let record = Record {
            sequence_number: SequenceNumber(number.to_string()),
            partition_key: format!("key-{number}"),
            arrival_millis: START - age_seconds * 1000,
            data: vec![number as u8; bytes].into(),
        };
        self.shards.lock().unwrap().get_mut(shard).unwrap().records.push(record);
        self.changes.send_modify(|n| *n += 1);
    }

    pub fn put(&self, shard: &str, numbers: impl IntoIterator<Item = u64>) {
        numbers.into_iter().for_each(|number| self.put_aged(shard, number, 0, 10));
    }

    /// The numbers of all records of a shard.
    pub fn numbers(&self, shard: &str) -> Vec<u64> {
        let shards = self.shards.lock().unwrap();
        shards.get(shard).map_or(Vec::new(), |s| s.records.iter().map(number).collect())
    }

    pub fn parents(&self, shard: &str) -> Vec<String> {
        self.shards.lock().unwrap()[shard].parents.clone()
    }

    pub fn end(&self, shard: &str) {
        self.shards.lock().unwrap().get_mut(shard).unwrap().ended = true;
        self.changes.send_modify(|n| *n += 1);
    }

    pub fn remove(&self, shard: &str) {
        self.shards.lock().unwrap().remove(shard);
        self.changes.send_modify(|n| *n += 1);
    }

    fn failure(&self) -> StreamDown {
        StreamDown { stream: "stream".into(), cause: "scripted".into() }
    }
}

impl Stream for MemoryStream {
    fn name(&self) -> &str {
        "stream"
    }

    fn retention_hours(&self) -> BoxFuture<'_, Result<u32, StreamDown>> {
        Box::pin(async { Ok(24) })
    }

    fn shards(&self) -> BoxFuture<'_, Result<Vec<Shard>, StreamDown>> {
        let shards = self.shards.lock().unwrap();
        let list =
            shards.iter().map(|(id, s)| Shard { id: id.clone(), parents: s.parents.clone() }).collect();
        let down = self.down.load(Ordering::Relaxed);
        Box::pin(async move { if down { Err(self.failure()) } else { Ok(list) } })
    }

    fn read<'a>(
        &'a self,
        shard: &'a str,
        after: Option<&'a SequenceNumber>,
        max_records: usize,
        max_bytes: usize,
    ) -> BoxFuture<'a, Result<Read, StreamDown>> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        assert!(!self.panics.swap(false, Ordering::Relaxed), "scripted");
        Box::pin(async move {
            let shards = self.shards.lock().unwrap();
            let data = shards.get(shard).filter(|_| !self.down.load(Ordering::Relaxed));
            let data = data.ok_or_else(|| self.failure())?;
            let mut bytes = 0;
            let later = data.records.iter().filter(|r| after.is_none_or(|a| r.sequence_number > *a));
            let fits = |r: &&Record| {
                let first = bytes == 0;
                bytes += r.data.len();
                first || bytes <= max_bytes
            };
            let records: Vec<Record> = later.take(max_records).take_while(fits).cloned().collect();
            let reached = records.last().map(|r| &r.sequence_number).or(after);
            let all = data.records.last().is_none_or(|last| Some(&last.sequence_number) <= reached);
            Ok(Read { records, ended: data.ended && all, behind_millis: if all { 0 } else { 1234 } })
        })
    }

    fn changed<'a>(&'a self, shard: &'a str, after: Option<&'a SequenceNumber>) -> BoxFuture<'a, ()> {
        let mut changes = self.changes.subscribe();
        Box::pin(async move {
            let ready = |_: &u64| {
                let shards = self.shards.lock().unwrap();
                shards
                    .get(shard)
                    .is_none_or(|s| s.ended || s.records.last().map(|r| &r.sequence_number) > after)
            };
            let _ = changes.wait_for(ready).await;
        })
    }
}
