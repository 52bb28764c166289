//! Whatever is put, split, merged, read and reopened in whatever order: nothing is lost, nothing comes twice, and the
//! records of one partition key come in the order in which they were put.
#![allow(clippy::unwrap_used, reason = "tests")]

mod client;

use bytes::Bytes;
use catchwater_mapping::stream::{Record, SequenceNumber, Stream};
use catchwater_stream::{EmbeddedStream, PutEntry, StreamSettings, Streams};
use client::Hand;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

#[derive(Clone, Debug)]
enum Step {
    /// So many records of each of these keys, from as many callers.
    Put(Vec<(u8, u8)>),
    Split(u8, u128),
    Merge(u8),
    /// At most so many records and bytes of each shard.
    Read(u8, u16),
    Reopen,
    /// The clock goes on, or back.
    Clock(i16),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => proptest::collection::vec((0u8..12, 1u8..20), 1..6).prop_map(Step::Put),
        1 => (any::<u8>(), any::<u128>()).prop_map(|(s, at)| Step::Split(s, at)),
        1 => any::<u8>().prop_map(Step::Merge),
        3 => (1u8..50, 1u16..400).prop_map(|(n, b)| Step::Read(n, b)),
        1 => Just(Step::Reopen),
        1 => any::<i16>().prop_map(Step::Clock),
    ]
}

/// A reader of all shards, as a mapping is one: parents before children.
#[derive(Default)]
struct Reader {
    after: BTreeMap<String, SequenceNumber>,
    ended: BTreeSet<String>,
    by_key: BTreeMap<String, Vec<u64>>,
    arrival: BTreeMap<String, i64>,
}

impl Reader {
    /// Reads once from each shard whose parents are done; true if that gave something new.
    async fn read(&mut self, stream: &EmbeddedStream, records: usize, bytes: usize) -> bool {
        let mut news = false;
        for shard in stream.shards().await.unwrap() {
            let waits = shard.parents.iter().any(|p| !self.ended.contains(p) && self.is_listed(stream, p));
            if waits || self.ended.contains(&shard.id) {
                continue;
            }
            let after = self.after.get(&shard.id);
            let read = Stream::read(stream, &shard.id, after, records, bytes).await.unwrap();
            let total: usize = read.records.iter().map(|r| r.data.len()).sum();
            assert!(read.records.len() <= records && (total <= bytes || read.records.len() == 1));
            assert!(!read.records.is_empty() || read.behind_millis == 0);
            news |= !read.records.is_empty() || read.ended;
            for record in &read.records {
                self.take(&shard.id, record);
            }
            if read.ended {
                self.ended.insert(shard.id);
            }
        }
        news
    }

    fn is_listed(&self, stream: &EmbeddedStream, id: &str) -> bool {
        stream.statistics().shards.iter().any(|s| s.shard_id == id)
    }

    fn take(&mut self, shard: &str, record: &Record) {
        let last = self.after.insert(shard.into(), record.sequence_number.clone());
        assert!(last.is_none_or(|l| l < record.sequence_number), "sequence numbers rise");
        let arrival = self.arrival.insert(shard.into(), record.arrival_millis);
        assert!(arrival.is_none_or(|a| a <= record.arrival_millis), "arrival never goes back");
        let number = std::str::from_utf8(&record.data).unwrap().parse().unwrap();
        self.by_key.entry(record.partition_key.clone()).or_default().push(number);
    }
}

async fn put(stream: &Arc<EmbeddedStream>, keys: Vec<(u8, u8)>, sent: &mut BTreeMap<String, u64>) {
    let mut callers = Vec::new();
    let distinct: BTreeMap<u8, u8> = keys.into_iter().collect();
    for (key, count) in distinct {
        let key = format!("key {key}");
        let next = sent.entry(key.clone()).or_default();
        let entry = |n: u64| PutEntry {
            partition_key: key.clone(),
            explicit_hash_key: None,
            data: Bytes::from(n.to_string()),
        };
        let entries: Vec<_> = (*next..*next + u64::from(count)).map(entry).collect();
        *next += u64::from(count);
        let stream = Arc::clone(stream);
        callers.push(tokio::spawn(async move { stream.put_records(entries).await }));
    }
    for caller in callers {
        assert!(caller.await.unwrap().iter().all(Result::is_ok));
    }
}

/// Splits or merges whatever open shard the number falls on.
fn reshard(stream: &EmbeddedStream, pick: u8, at: Option<u128>) {
    let open: Vec<u32> =
        stream.statistics().shards.iter().filter(|s| s.open).map(|s| number(&s.shard_id)).collect();
    let shard = open[usize::from(pick) % open.len()];
    // Refusals are as good as successes here.
    match at {
        Some(at) => drop(stream.split(shard, at)),
        None => open.iter().for_each(|other| drop(stream.merge(shard, *other))),
    }
}

fn number(shard_id: &str) -> u32 {
    shard_id.strip_prefix("shardId-").unwrap().parse().unwrap()
}

fn open(folder: &Path, clock: &Hand) -> (Arc<Streams>, Arc<EmbeddedStream>) {
    let streams = Streams::open(folder, Arc::new(clock.clone())).unwrap();
    let settings = StreamSettings { shards: 2, ..StreamSettings::default() };
    let stream = streams.ensure("raw", settings).unwrap();
    (streams, stream)
}

async fn run(steps: Vec<Step>) {
    let folder = tempfile::tempdir().unwrap();
    let clock = Hand::at(1_700_000_000_000);
    let (mut streams, mut stream) = open(folder.path(), &clock);
    let (mut reader, mut sent) = (Reader::default(), BTreeMap::new());
    for step in steps {
        match step {
            Step::Put(keys) => put(&stream, keys, &mut sent).await,
            Step::Split(pick, at) => reshard(&stream, pick, Some(at)),
            Step::Merge(pick) => reshard(&stream, pick, None),
            Step::Read(records, bytes) => {
                reader.read(&stream, records.into(), bytes.into()).await;
            }
            Step::Reopen => {
                drop((streams, stream));
                (streams, stream) = open(folder.path(), &clock);
            }
            Step::Clock(seconds) => clock.set(1_700_000_000_000 + i64::from(seconds) * 1000),
        }
    }
    while reader.read(&stream, 1000, 1 << 20).await {}
    let expected: BTreeMap<String, Vec<u64>> =
        sent.into_iter().map(|(key, count)| (key, (0..count).collect())).collect();
    for (key, numbers) in &expected {
        assert_eq!(reader.by_key.get(key), Some(numbers), "{key}");
    }
    assert_eq!(reader.by_key.len(), expected.len());
    drop((streams, stream));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn nothing_is_lost_or_doubled_and_each_key_keeps_its_order(
        steps in proptest::collection::vec(step(), 1..40),
    ) {
        tokio::runtime::Runtime::new().unwrap().block_on(run(steps));
    }
}
