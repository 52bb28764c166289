//! How fast raw records become events, on one core, beside unpacking them alone: `cargo bench -p catchwater-transforms`.
//!
//! Every round runs each contender once, so that all meet the same machine; the medians are compared. The inputs are
//! gzip envelopes as CloudWatch makes them, of lines in `testdata/`. `BENCH_ROUNDS` sets the number of rounds,
//! `BENCH_ONLY` leaves one contender, for a profiler.

#![allow(clippy::type_complexity, reason = "a contender is a name and a closure")]

mod baseline;
mod inputs;
mod walk;

use catchwater_schemas::config::Route;
use catchwater_schemas::record::{EventRecord, Packer, Packing};
use catchwater_transforms::raw::RawRecord;
use catchwater_transforms::transform::{Ndjson, Packed, Parts, Report, Scratch, Transform};
use inputs::{Input, Kind};
use std::hint::black_box;
use std::io::Read;
use std::time::{Duration, Instant};

/// Events of one envelope in the comparison.
const EVENTS: usize = 2_000;
/// Events in all envelopes of one step of the scaling table.
const SCALE_EVENTS: usize = 100_000;

fn main() {
    // `cargo test --benches` only asks whether it runs.
    let quick = std::env::args().any(|a| a == "--test");
    let rounds = std::env::var("BENCH_ROUNDS").ok().and_then(|n| n.parse().ok());
    let rounds = rounds.unwrap_or(if quick { 1 } else { 41 });
    println!(
        "| input | contender | million events/s | MB/s unpacked | ratio to gunzip | of the fastest rounds |"
    );
    println!("|---|---|---|---|---|---|");
    for kind in Kind::ALL {
        if std::env::var("BENCH_INPUT").is_ok_and(|only| only != kind.name()) {
            continue;
        }
        compare(kind, rounds);
    }
    if std::env::var("BENCH_ONLY").is_ok() {
        return;
    }
    println!();
    scale(if quick { 1 } else { 7 }, if quick { 10_000 } else { SCALE_EVENTS });
}

/// A transform with all that it uses again and again.
struct Ours {
    transform: Transform,
    scratch: Scratch,
    report: Report,
}

impl Ours {
    /// `format`: said by a route, or found by looking at each line.
    fn new(format: Option<&str>) -> Self {
        let route = Route { format: format.map(String::from), ..Route::default() };
        let transform = Transform::new(&Parts { routes: vec![route], ..Parts::default() });
        let transform = transform.expect("the route names a registered format");
        Self { transform, scratch: Scratch::new(), report: Report::default() }
    }

    fn ndjson(&mut self, data: &[u8], out: &mut Ndjson) -> usize {
        out.0.clear();
        self.transform.record(&raw(data), &mut self.scratch, out, &mut self.report);
        out.0.len()
    }

    fn batch(&mut self, envelopes: &[Vec<u8>], packer: &mut Packer) -> usize {
        let mut bytes = 0;
        let mut count =
            |records: Vec<EventRecord>| bytes += records.iter().map(|r| r.data.len()).sum::<usize>();
        for (origin, data) in envelopes.iter().enumerate() {
            let mut out = Packed { packer, origin: origin as u32 };
            self.transform.record(&raw(data), &mut self.scratch, &mut out, &mut self.report);
            count(packer.take_full());
        }
        count(packer.finish());
        bytes
    }

    /// All of it must have become events of the format that is measured.
    fn check(&self, input: &Input) {
        let account = &self.report.account;
        assert!(account.transform_balances() && self.report.faults.is_empty(), "{account:?}");
        assert!(account.unparsed.is_empty(), "{}: {account:?}", input.kind.name());
        assert_eq!(account.parsed, account.taken);
    }
}

fn raw(data: &[u8]) -> RawRecord<'_> {
    RawRecord { data, stream: "raw", shard: "0", sequence_number: "1", ..RawRecord::default() }
}

fn gunzip(data: &[u8], out: &mut Vec<u8>) -> usize {
    out.clear();
    flate2::read::MultiGzDecoder::new(data).read_to_end(out).expect("the input is gzip")
}

fn compare(kind: Kind, rounds: usize) {
    let input = Input::new(kind, EVENTS);
    let data = &input.envelopes(EVENTS)[0];
    let (mut routed, mut looking) = (Ours::new(Some(kind.name())), Ours::new(None));
    let mut packing = Ours::new(Some(kind.name()));
    let (mut unpacked, mut ndjson, mut written) = (Vec::new(), Ndjson::default(), Vec::new());
    let (mut packer, mut inflater) =
        (Packer::new(Packing::Zstd), catchwater_transforms::decode::inflate::Inflater::new());
    let (baseline, mut walker) = (baseline::Baseline::new(), walk::Walk::default());
    let mut contenders: Vec<(&str, Box<dyn FnMut() -> usize + '_>)> = vec![
        ("gunzip alone (flate2, zlib-rs)", Box::new(|| gunzip(data, &mut unpacked))),
        ("gunzip alone (libdeflate)", Box::new(|| inflater.gzip(data, 64 << 20).map_or(0, <[u8]>::len))),
        ("unpacked and walked, not parsed", Box::new(|| walker.run(data))),
        ("serde_json + regex", Box::new(|| baseline.run(kind, data, &mut written))),
        ("catchwater, NDJSON", Box::new(|| routed.ndjson(data, &mut ndjson))),
        (
            "catchwater, zstd event record",
            Box::new(|| packing.batch(std::slice::from_ref(data), &mut packer)),
        ),
        (
            "catchwater, NDJSON, format detected",
            Box::new({
                let mut ndjson = Ndjson::default();
                let looking = &mut looking;
                move || looking.ndjson(data, &mut ndjson)
            }),
        ),
    ];
    if let Ok(only) = std::env::var("BENCH_ONLY") {
        contenders.retain(|(name, _)| *name == only);
    }
    let times = sorted_times(&mut contenders, rounds);
    let unpacked_bytes = input.unpacked_bytes(data);
    let seconds = |times: &[Duration], at: usize| times[at].as_secs_f64();
    for ((name, _), own) in contenders.iter().zip(&times) {
        let median = own.len() / 2;
        let ratio = |at| seconds(&times[0], at) / seconds(own, at);
        println!(
            "| {} ({EVENTS} × {} bytes) | {name} | {:.2} | {:.0} | {:.2} | {:.2} |",
            kind.name(),
            unpacked_bytes / EVENTS,
            EVENTS as f64 / seconds(own, median) / 1e6,
            unpacked_bytes as f64 / seconds(own, median) / 1e6,
            ratio(median),
            ratio(0),
        );
    }
    drop(contenders);
    routed.check(&input);
    packing.check(&input);
    looking.check(&input);
}

/// Times of each contender, the fastest first.
fn sorted_times(
    contenders: &mut [(&str, Box<dyn FnMut() -> usize + '_>)],
    rounds: usize,
) -> Vec<Vec<Duration>> {
    let mut times = vec![Vec::with_capacity(rounds); contenders.len()];
    for round in 0..=rounds {
        for ((_, run), times) in contenders.iter_mut().zip(&mut times) {
            let start = Instant::now();
            black_box(run());
            // The first round only warms buffers and caches up.
            if round > 0 {
                times.push(start.elapsed());
            }
        }
    }
    times.iter_mut().for_each(|times| times.sort_unstable());
    times
}

/// The same events in few large envelopes and in many small ones.
fn scale(rounds: usize, events: usize) {
    println!("| events an envelope | to | ns an event | to 1,000 | of the fastest rounds |");
    println!("|---|---|---|---|---|");
    let kind = Kind::Combined;
    let input = Input::new(kind, events);
    let sizes: Vec<usize> = [10, 1_000, 10_000, 100_000].into_iter().filter(|n| *n <= events).collect();
    let inputs: Vec<Vec<Vec<u8>>> = sizes.iter().map(|n| input.envelopes(*n)).collect();
    let mut contenders: Vec<(&str, Box<dyn FnMut() -> usize + '_>)> = Vec::new();
    for envelopes in &inputs {
        // Each has met only envelopes of its own size. All of a step are one batch, as a mapping's are.
        let (mut ours, mut packer) = (Ours::new(Some(kind.name())), Packer::new(Packing::Zstd));
        contenders.push(("", Box::new(move || ours.batch(envelopes, &mut packer))));
    }
    for envelopes in &inputs {
        let (mut ours, mut ndjson) = (Ours::new(Some(kind.name())), Ndjson::default());
        let run = move || envelopes.iter().map(|data| ours.ndjson(data, &mut ndjson)).sum();
        contenders.push(("", Box::new(run)));
    }
    let times = sorted_times(&mut contenders, rounds);
    let nanos = |times: &[Duration], at: usize| times[at].as_nanos() as f64 / events as f64;
    for (times, to) in times.chunks(sizes.len()).zip(["zstd event record", "NDJSON"]) {
        for (size, own) in sizes.iter().zip(times) {
            let median = own.len() / 2;
            let ratio = |at| nanos(own, at) / nanos(&times[1], at);
            println!(
                "| {size} | {to} | {:.0} | {:.2} | {:.2} |",
                nanos(own, median),
                ratio(median),
                ratio(0)
            );
        }
    }
}
