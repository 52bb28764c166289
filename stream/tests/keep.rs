//! What is kept, what is let go, and when readers wake.
#![allow(clippy::unwrap_used, reason = "tests")]

mod client;

use bytes::Bytes;
use catchwater_mapping::stream::{SequenceNumber, Stream};
use catchwater_producers::put_records::{self as producers, PutRecordsApi};
use catchwater_stream::{EmbeddedStream, PutEntry, PutError, PutResult, StreamSettings, Streams};
use client::Hand;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const START: i64 = 1_700_000_000_000;
const DAY: Duration = Duration::from_secs(24 * 3600);

fn one_shard(bytes: u64) -> StreamSettings {
    StreamSettings { shards: 1, retention_hours: 24, retention_bytes: bytes }
}

fn open(folder: &Path, clock: &Hand, bytes: u64) -> (Arc<Streams>, Arc<EmbeddedStream>) {
    let streams = Streams::open(folder, Arc::new(clock.clone())).unwrap();
    let stream = streams.ensure("raw", one_shard(bytes)).unwrap();
    (streams, stream)
}

fn entry(key: &str, bytes: usize) -> PutEntry {
    PutEntry { partition_key: key.into(), explicit_hash_key: None, data: Bytes::from(vec![b'x'; bytes]) }
}

async fn put(stream: &EmbeddedStream, count: usize, bytes: usize) -> Vec<Result<PutResult, PutError>> {
    stream.put_records((0..count).map(|_| entry("k", bytes)).collect()).await
}

/// Waits until the stream's statistics are so; the writer removes records in its own time.
async fn until(stream: &EmbeddedStream, wanted: impl Fn(u64) -> bool) {
    let seen = async {
        while !wanted(stream.statistics().records) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), seen).await.expect("the writer removes in time");
}

fn low_water(stream: &EmbeddedStream, put: &Result<PutResult, PutError>) {
    let put = put.as_ref().unwrap();
    stream.set_low_water(&put.shard_id, &SequenceNumber(put.sequence_number.clone()));
}

#[tokio::test]
async fn a_pipelines_stream_keeps_old_records_until_they_are_settled() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Hand::at(START));
    let (_streams, stream) = open(folder.path(), &clock, 1 << 30);
    let old = put(&stream, 10, 100).await;
    clock.advance(DAY + Duration::from_secs(1));
    put(&stream, 1, 100).await;
    low_water(&stream, &old[6]);
    until(&stream, |records| records == 4).await;
    let shard = &stream.statistics().shards[0];
    assert_eq!((shard.oldest_millis, shard.bytes), (Some(START), 4 * 101));
    let read = Stream::read(&*stream, &shard.shard_id, None, 100, 1 << 20).await.unwrap();
    assert_eq!(read.records[0].sequence_number.0, old[7].as_ref().unwrap().sequence_number);
    assert_eq!(stream.records_after(&shard.shard_id, None), 4);
    assert_eq!(stream.records_after(&shard.shard_id, Some(&read.records[1].sequence_number)), 2);
}

#[test]
fn a_users_stream_forgets_by_age() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Hand::at(START));
    let server = client::Running::start(folder.path(), Arc::new(clock.clone()));
    server.ok("CreateStream", serde_json::json!({"StreamName": "mine", "ShardCount": 1}));
    let stream = server.streams.get("mine").unwrap();
    server.block_on(async {
        put(&stream, 10, 100).await;
        clock.advance(DAY + Duration::from_secs(1));
        put(&stream, 1, 100).await;
        until(&stream, |records| records == 1).await;
    });
}

#[tokio::test]
async fn a_full_stream_refuses_what_it_cannot_keep_and_takes_it_once_there_is_room() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Hand::at(START));
    let (_streams, stream) = open(folder.path(), &clock, 100_000);
    let first = put(&stream, 120, 1_000).await;
    let taken = first.iter().take_while(|r| r.is_ok()).count();
    assert_eq!(taken, 99, "1,001 bytes each");
    let refused = first[taken].as_ref().unwrap_err();
    assert!(first[taken..].iter().all(Result::is_err));
    assert_eq!(refused.code(), "ProvisionedThroughputExceededException");
    // Within a call, what follows a refused record is refused too, even if it would fit: order is kept.
    let mixed = stream.put_records(vec![entry("k", 5_000), entry("k", 1)]).await;
    assert!(mixed.iter().all(Result::is_err));
    low_water(&stream, &first[49]);
    let second = put(&stream, 60, 1_000).await;
    assert_eq!(second.iter().take_while(|r| r.is_ok()).count(), 50);
    let kept = stream.statistics();
    assert!(kept.bytes <= 100_000 && kept.records == 99, "{kept:?}");
}

#[tokio::test]
async fn the_file_shrinks_when_records_have_gone() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Hand::at(START));
    let (_streams, stream) = open(folder.path(), &clock, 60 << 20);
    let file = folder.path().join("raw/stream.sqlite");
    let mut last = Vec::new();
    for _ in 0..50 {
        last = put(&stream, 1, 1_000_000).await;
    }
    low_water(&stream, &last[0]);
    clock.advance(DAY + Duration::from_secs(1));
    // Only the next look at the clock, or a mark, makes the writer remove.
    low_water(&stream, &last[0]);
    until(&stream, |records| records == 0).await;
    let shrunk = async {
        while std::fs::metadata(&file).unwrap().len() > 24 << 20 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), shrunk).await.expect("the file gets smaller");
    // What comes after is placed after what has gone, also over a restart.
    drop((_streams, stream));
    let (_streams, stream) = open(folder.path(), &clock, 60 << 20);
    let next = put(&stream, 1, 10).await;
    let number =
        |r: &Result<PutResult, PutError>| SequenceNumber(r.as_ref().unwrap().sequence_number.clone());
    assert!(number(&next[0]) > number(&last[0]));
}

#[tokio::test]
async fn readers_wake_for_a_record_and_an_end() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Hand::at(START));
    let (streams, stream) = open(folder.path(), &clock, 1 << 30);
    let shard = "shardId-000000000000";
    let woken = |stream: &Arc<EmbeddedStream>, after: Option<SequenceNumber>| {
        let stream = Arc::clone(stream);
        tokio::spawn(async move { Stream::changed(&*stream, shard, after.as_ref()).await })
    };
    let waiting = woken(&stream, None);
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    let put = put(&stream, 1, 10).await;
    waiting.await.unwrap();
    let number = SequenceNumber(put[0].as_ref().unwrap().sequence_number.clone());
    let waiting = woken(&stream, Some(number.clone()));
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    let splitting = Arc::clone(&stream);
    tokio::task::spawn_blocking(move || splitting.split(0, 1 << 100)).await.unwrap().unwrap();
    waiting.await.unwrap();
    let read = Stream::read(&*stream, shard, Some(&number), 10, 1000).await.unwrap();
    assert!(read.ended && read.records.is_empty());
    let shards = stream.shards().await.unwrap();
    assert_eq!(shards[1].parents, [shard]);
    drop(streams);
}

#[test]
fn readers_wake_when_their_stream_is_deleted() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Hand::at(START));
    let server = client::Running::start(folder.path(), Arc::new(clock));
    server.ok("CreateStream", serde_json::json!({"StreamName": "mine", "ShardCount": 1}));
    let stream = server.streams.get("mine").unwrap();
    let shard = "shardId-000000000000";
    let waiting = {
        let stream = Arc::clone(&stream);
        server.spawn(async move { Stream::changed(&*stream, shard, None).await })
    };
    server.ok("DeleteStream", serde_json::json!({"StreamName": "mine"}));
    server.block_on(waiting).unwrap();
    let read = server.block_on(Stream::read(&*stream, shard, None, 10, 1000));
    assert!(read.unwrap_err().to_string().contains("closed"));
    let put = server.block_on(put(&stream, 1, 10));
    assert_eq!(put[0].as_ref().unwrap_err().code(), "InternalFailure");
}

#[tokio::test]
async fn producers_put_through_their_own_trait() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Hand::at(START));
    let (streams, stream) = open(folder.path(), &clock, 1_000);
    let entry = |hash: Option<&str>, bytes: usize| producers::PutEntry {
        partition_key: "k".into(),
        explicit_hash_key: hash.map(String::from),
        data: Bytes::from(vec![0; bytes]),
    };
    let entries = [entry(None, 10), entry(Some("5"), 10), entry(None, 2 << 20), entry(None, 990)];
    let results = PutRecordsApi::put_records(&*streams, "raw", &entries).await.unwrap();
    assert_eq!(results.iter().map(|r| r.is_accepted()).collect::<Vec<_>>(), [true, true, false, false]);
    let code = |n: usize| match &results[n] {
        producers::PutResult::Failed { code, .. } => code.clone(),
        producers::PutResult::Accepted { .. } => String::new(),
    };
    assert_eq!(
        (code(2).as_str(), code(3).as_str()),
        ("InvalidArgumentException", "ProvisionedThroughputExceededException")
    );
    let refused = PutRecordsApi::put_records(&*streams, "none", &entries[..1]).await;
    assert!(
        matches!(refused, Err(producers::PutError::Refused { code, .. }) if code == "ResourceNotFoundException")
    );
    let wrong = PutRecordsApi::put_records(&*stream, "raw", &[entry(Some("x"), 1)]).await;
    assert!(matches!(wrong, Err(producers::PutError::Refused { .. })));
}

#[tokio::test]
async fn records_that_could_not_be_written_are_refused_and_their_places_are_not_used_again() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Hand::at(START));
    let (_streams, stream) = open(folder.path(), &clock, 1 << 30);
    let shard = "shardId-000000000000";
    let first = put(&stream, 1, 10).await;
    let other = rusqlite::Connection::open(folder.path().join("raw/stream.sqlite")).unwrap();
    other.execute_batch("ALTER TABLE records_0 RENAME TO away").unwrap();
    let failed = put(&stream, 3, 10).await;
    assert!(failed.iter().all(|r| r.as_ref().unwrap_err().code() == "InternalFailure"), "{failed:?}");
    other.execute_batch("ALTER TABLE away RENAME TO records_0").unwrap();
    // A reader at the end still waits: what failed did not move the end.
    let after = SequenceNumber(first[0].as_ref().unwrap().sequence_number.clone());
    assert_eq!(stream.records_after(shard, Some(&after)), 0);
    let next = put(&stream, 1, 10).await;
    assert!(next[0].is_ok());
    let read = Stream::read(&*stream, shard, None, 10, 1000).await.unwrap();
    assert_eq!((read.records.len(), stream.statistics().records), (2, 2));
    let places = |r: &catchwater_mapping::stream::Record| {
        ferrokinesis_core::sequence::parse_sequence(&r.sequence_number.0).unwrap().seq_ix.unwrap()
    };
    let places: Vec<u64> = read.records.iter().map(places).collect();
    // One was tried at least: its place stays empty.
    assert!(places[0] == 1 && places[1] > 2, "{places:?}");
}
