//! A gzip bomb costs a bounded amount of memory. Alone in its file: the allocator counts for the whole process.

mod aggregates;

use catchwater_transforms::raw::RawRecord;
use catchwater_transforms::transform::{Ndjson, Parts, Report, Scratch, Transform};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

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

/// Peak of memory while the record is taken, above what was there before, and the reasons of its dead letters.
fn peak(data: &[u8]) -> (usize, Vec<String>) {
    let transform = Transform::new(&Parts::default()).unwrap();
    let (mut scratch, mut out, mut report) = (Scratch::new(), Ndjson::default(), Report::default());
    let before = NOW.load(Relaxed);
    PEAK.store(before, Relaxed);
    let raw = RawRecord { data, stream: "raw", shard: "0", sequence_number: "1", ..RawRecord::default() };
    transform.record(&raw, &mut scratch, &mut out, &mut report);
    assert!(report.account.transform_balances());
    (PEAK.load(Relaxed) - before, report.faults.into_iter().map(|f| f.reason).collect())
}

fn gzip(parts: &[(u8, usize)]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    for (byte, times) in parts {
        encoder.write_all(&vec![*byte; *times]).unwrap();
    }
    encoder.finish().unwrap()
}

#[test]
fn memory_is_bounded() {
    a_bomb_stays_under_128_mb_and_is_one_dead_letter();
    ten_megabytes_of_an_aggregates_keys_stay_under_128_mb();
    what_just_fits_the_limit_stays_under_300_mb();
}

fn a_bomb_stays_under_128_mb_and_is_one_dead_letter() {
    let bomb = gzip(&[(b'a', 160 << 20)]);
    assert!(bomb.len() * 1000 < 165 << 20, "about a thousand to one");
    let many = gzip(&[(b'a', 8 << 20)]).repeat(100);
    let aggregate = aggregates::of(&[&bomb[..]; 6]);
    for (data, letters) in [(bomb, 1), (many, 1), (aggregate, 6)] {
        let (peak, reasons) = peak(&data);
        assert_eq!(reasons, vec!["unpacked_too_large"; letters]);
        assert!(peak < 128 << 20, "{peak} bytes");
    }
}

fn ten_megabytes_of_an_aggregates_keys_stay_under_128_mb() {
    let (peak, reasons) = peak(&aggregates::sealed(&b"\x0a\x00".repeat(5 << 20)));
    assert!(reasons.is_empty() && peak < 128 << 20, "{peak} bytes");
}

fn what_just_fits_the_limit_stays_under_300_mb() {
    let limit = 64 << 20;
    let head = br#"{"messageType":"DATA_MESSAGE","owner":"","logGroup":"g","logStream":"s","logEvents":[{"id":"1","timestamp":0,"message":""#;
    let escapes: Vec<u8> = b"\\u0001".repeat((limit - head.len() - 4) / 6);
    let envelope = [head.as_slice(), &escapes, b"\"}]}"].concat();
    let cases: [(&str, Vec<u8>); 4] = [
        ("one line", gzip(&[(b'a', limit)])),
        ("no UTF-8", gzip(&[(b'a', limit - 9), (0xff, 3)])),
        ("only bytes that grow", gzip(&[(0xff, limit / 2)])),
        ("one escaped message", {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(&envelope).unwrap();
            encoder.finish().unwrap()
        }),
    ];
    for (name, data) in cases {
        let (peak, _) = peak(&data);
        assert!(peak < 300 << 20, "{name}: {peak} bytes");
    }
}
