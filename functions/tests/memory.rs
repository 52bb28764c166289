//! An event of Lambda's full 6 MB is read within its own size: records are decoded straight from its text. Alone in its file:
//! the allocator counts for the whole process.

#![allow(clippy::unwrap_used, reason = "a panic is how a test or a benchmark fails")]

use catchwater_functions::events::Invocation;
use catchwater_mapping::lambda_event::write::{Source, write};
use catchwater_mapping::stream::{Record, SequenceNumber};
use catchwater_mapping::target::Batch;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// A counting allocator cannot be written without unsafe; it hands everything on to the system's.
#[allow(unsafe_code)]
// SAFETY: every call is System's own, with the same arguments; `realloc` and `alloc_zeroed` are made of these two.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        PEAK.fetch_max(NOW.fetch_add(layout.size(), Relaxed) + layout.size(), Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// An event of so many records of so many bytes each.
fn kinesis(count: usize, bytes: usize) -> Vec<u8> {
    let records: Vec<Record> = (0..count)
        .map(|n| Record {
            sequence_number: SequenceNumber(format!("4959033827149025660855969253836157109{n:019}")),
            partition_key: n.to_string(),
            arrival_millis: 1545084650987,
            data: vec![n as u8; bytes].into(),
        })
        .collect();
    let source = Source {
        stream_arn: "arn:aws:kinesis:us-east-2:123456789012:stream/raw",
        invoke_identity_arn: "arn:aws:iam::123456789012:role/lambda-role",
    };
    let batch = Batch {
        stream: "raw",
        shard: "shardId-000000000000",
        records: &records,
        tries: 0,
        first_try_millis: 0,
        time_left: Duration::ZERO,
    };
    write(&batch, &source)
}

fn firehose(count: usize, bytes: usize) -> Vec<u8> {
    let data = "QUJD".repeat(bytes / 3);
    let record = |n: usize| {
        format!(
            r#"{{"recordId":"495903382714902566{n:038}","approximateArrivalTimestamp":1,"data":"{data}"}}"#
        )
    };
    let records: Vec<String> = (0..count).map(record).collect();
    format!(r#"{{"invocationId":"i","deliveryStreamArn":"d","records":[{}]}}"#, records.join(","))
        .into_bytes()
}

/// The most memory that reading took, above what was there before.
fn peak(payload: &[u8]) -> usize {
    assert!(payload.len() < 6 << 20);
    let before = NOW.load(Relaxed);
    PEAK.store(before, Relaxed);
    let invocation = Invocation::read(payload).unwrap();
    let peak = PEAK.load(Relaxed) - before;
    drop(invocation);
    peak
}

#[test]
fn reading_takes_no_more_memory_than_the_event_has_bytes() {
    for (payload, most) in [
        // 10,000 small records: Lambda's most. What holds each is more than its data.
        (kinesis(10_000, 60), 6 << 20),
        (kinesis(30, 140_000), 5 << 20),
        (kinesis(4, 1 << 20), 5 << 20),
        // Decoded one at a time, later.
        (firehose(10_000, 300), 4 << 20),
        (firehose(4, 1_000_000), 1 << 10),
    ] {
        let peak = peak(&payload);
        println!("{} bytes: {peak} at the peak", payload.len());
        assert!(peak < most, "{peak} bytes of memory for an event of {}", payload.len());
    }
}
