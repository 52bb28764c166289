//! A process that puts under load is killed with SIGKILL at some moment: every record whose acceptance it told is
//! there, and sequence numbers are unique and rise, over all its lives.
#![allow(clippy::unwrap_used, reason = "tests")]

use catchwater_consumer_core::world::SystemClock;
use catchwater_mapping::stream::{SequenceNumber, Stream};
use catchwater_stream::{EmbeddedStream, Streams};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

/// Lines that the child tells before it is killed, one number a life. They are the random moments: no clock is in it.
const LIVES: [usize; 6] = [1, 700, 50, 2_300, 9, 1_234];

/// Key and number of a record: what its data begins with.
type Told = BTreeMap<(String, u64), (String, String)>;

fn start(folder: &Path, bytes: &str) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_put_load"));
    command.arg(folder).args(["6", "7", bytes, "0"]).stdout(Stdio::piped());
    command.spawn().unwrap()
}

/// Lets a child live for so many lines; what it told, with what was still in the pipe.
fn live(folder: &Path, lines: usize, bytes: &str, told: &mut Told) {
    let mut child = start(folder, bytes);
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    let mut read = 0;
    while output.read_line(&mut line).unwrap() > 0 {
        read += 1;
        if read == lines {
            child.kill().unwrap();
        }
        // The last line may be cut off by the end of the process.
        if let Some(whole) = line.strip_suffix('\n') {
            let mut parts = whole.split(' ').map(String::from);
            let (key, number) = (parts.next().unwrap(), parts.next().unwrap().parse().unwrap());
            let place = (parts.next().unwrap(), parts.next().unwrap());
            assert_eq!(told.insert((key, number), place), None);
        }
        line.clear();
    }
    assert!(read >= lines, "the child ended by itself");
    child.wait().unwrap();
}

/// All records of the stream by key and number; sequence numbers rise within each shard.
async fn stored(stream: &EmbeddedStream) -> Told {
    let mut stored = Told::new();
    for shard in stream.shards().await.unwrap() {
        let mut after: Option<SequenceNumber> = None;
        loop {
            let read = Stream::read(stream, &shard.id, after.as_ref(), 1000, 1 << 20).await.unwrap();
            let Some(last) = read.records.last() else { break };
            let next = last.sequence_number.clone();
            for record in read.records {
                assert!(after.as_ref().is_none_or(|a| *a < record.sequence_number), "sequence numbers rise");
                after = Some(record.sequence_number.clone());
                let text = String::from_utf8(record.data.to_vec()).unwrap();
                let mut words = text.split(' ');
                let key = words.next().unwrap().to_string();
                assert_eq!(key, record.partition_key);
                let place = (shard.id.clone(), record.sequence_number.0);
                let number = words.next().unwrap().parse().unwrap();
                assert_eq!(stored.insert((key, number), place), None, "no record twice");
            }
            assert_eq!(after.as_ref(), Some(&next));
        }
    }
    stored
}

fn lives(bytes: &str, divide: usize) {
    let folder = tempfile::tempdir().unwrap();
    let mut told = Told::new();
    for lines in LIVES {
        live(folder.path(), (lines / divide).max(1), bytes, &mut told);
        let streams = Streams::open(folder.path(), Arc::new(SystemClock)).unwrap();
        // Killed before its first stream was made, it told nothing.
        let stream = streams.get("raw").unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let stored = runtime.block_on(stored(&stream));
        for (record, place) in &told {
            assert_eq!(stored.get(record), Some(place), "{record:?} was accepted");
        }
        let statistics = stream.statistics();
        assert_eq!(statistics.records, stored.len() as u64, "counts are those of the records");
    }
}

#[test]
fn accepted_small_records_survive_sigkill() {
    lives("60", 1);
}

#[test]
fn accepted_large_records_survive_sigkill() {
    lives("200000", 10);
}
