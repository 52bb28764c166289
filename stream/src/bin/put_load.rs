//! Puts records to a stream in a folder as fast as it takes them: `put_load FOLDER TASKS RECORDS BYTES SECONDS`, with
//! so many callers, records a call and bytes a record. With `SECONDS` of 0 it goes on for ever and writes a line a
//! record that was accepted, `KEY NUMBER SHARD SEQUENCE`: the crash test kills it.

use bytes::Bytes;
use catchwater_consumer_core::world::SystemClock;
use catchwater_stream::{EmbeddedStream, PutEntry, StreamSettings, Streams};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

#[derive(Clone, Copy)]
struct Load {
    records: usize,
    bytes: usize,
    seconds: u64,
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |n: usize| arguments[n].parse::<usize>().expect("a number");
    let load = Load { records: number(3), bytes: number(4), seconds: number(5) as u64 };
    let streams = Streams::open(Path::new(&arguments[1]), Arc::new(SystemClock)).expect("the folder opens");
    let settings = StreamSettings { shards: 2, retention_hours: 24, retention_bytes: 64 << 30 };
    let stream = streams.ensure("raw", settings).expect("the stream is made");
    let (calls, began) = (Arc::new(AtomicU64::new(0)), Instant::now());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let tasks: Vec<_> = (0..number(2))
            .map(|task| tokio::spawn(put(Arc::clone(&stream), task, load, Arc::clone(&calls))))
            .collect();
        for task in tasks {
            task.await.expect("the task ends well");
        }
    });
    let per_second = calls.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64();
    let megabytes = per_second * (load.records * load.bytes) as f64 / 1e6;
    println!(
        "{per_second:.0} calls/s, {:.0} records/s, {megabytes:.1} MB/s",
        per_second * load.records as f64
    );
}

async fn put(stream: Arc<EmbeddedStream>, task: usize, load: Load, calls: Arc<AtomicU64>) {
    let until = Instant::now() + Duration::from_secs(load.seconds);
    let run = std::process::id();
    let mut number = 0u64;
    let filler = vec![b'x'; load.bytes];
    while load.seconds == 0 || Instant::now() < until {
        let key = format!("{run}-{task}");
        let entry = |n| {
            let mut data = format!("{key} {n} ").into_bytes();
            data.extend_from_slice(&filler[data.len().min(load.bytes)..]);
            PutEntry { partition_key: key.clone(), explicit_hash_key: None, data: Bytes::from(data) }
        };
        let entries = (number..).take(load.records).map(entry).collect();
        let results = stream.put_records(entries).await;
        calls.fetch_add(1, Ordering::Relaxed);
        let mut lines = String::new();
        for (n, result) in (number..).zip(results) {
            let taken = result.expect("the record is accepted");
            lines += &format!("{key} {n} {} {}\n", taken.shard_id, taken.sequence_number);
        }
        number += load.records as u64;
        if load.seconds == 0 {
            let mut out = std::io::stdout().lock();
            out.write_all(lines.as_bytes()).and_then(|()| out.flush()).expect("the output is read");
        }
    }
}
