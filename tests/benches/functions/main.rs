//! The functions as they are shipped, each alone behind Lambda's Runtime API: their start, the most memory of an invocation of Lambda's
//! full size, the transform's rate beside that of the same transform as a library, in one run, and what fits into Firehose's answer.
//! The event stream is the embedded one, in this process. Run by `cargo bench -p catchwater-tests --bench functions` after `make package
//! FUNCTION_ARCH=x86_64`. `BENCH_ROUNDS` (11) sets the number of rounds.

#![allow(clippy::unwrap_used, reason = "a panic is how a test or a benchmark fails")]

mod alone;
mod payload;

use alone::{Kinesis, start};
use catchwater_tests::functions::zip_of;
use std::time::{Duration, Instant};

const FUNCTIONS: [&str; 6] =
    ["transform", "to-elasticsearch", "to-influxdb", "to-loki", "to-firehose", "to-timestream"];
/// Raw records that together are more than an invocation holds.
const ENVELOPES: usize = 80;

fn main() {
    // `cargo test --benches` asks for no figures.
    if std::env::args().any(|a| a == "--test") {
        return;
    }
    let rounds = std::env::var("BENCH_ROUNDS").map_or(11, |text| text.parse().expect("a number of rounds"));
    let kinesis = Kinesis::start();
    println!("| function | zip, MB | init, ms (median of {rounds}) | fastest |\n|---|---|---|---|");
    for function in FUNCTIONS {
        let bytes = std::fs::metadata(zip_of(function)).unwrap().len();
        let mut times: Vec<Duration> =
            (0..rounds).map(|_| start(function, &kinesis, &kinesis.url).init()).collect();
        times.sort_unstable();
        let [median, fastest] = [times[rounds / 2], times[0]].map(|time| time.as_secs_f64() * 1e3);
        println!("| {function} | {:.2} | {median:.0} | {fastest:.0} |", bytes as f64 / 1e6);
    }
    transform(&kinesis, rounds);
    firehose(&kinesis);
}

/// What of Firehose's event the answer has room for, by the buffer hint.
fn firehose(kinesis: &Kinesis) {
    let envelopes = payload::envelopes(ENVELOPES);
    println!(
        "\n| buffer hint, MB | records | of them `Ok` | packed events, of the gzip that they came in |\n|---|---|---|---|"
    );
    for hint_mb in [1, 3] {
        let (event, sent) = payload::firehose_event(&envelopes, hint_mb);
        let answer = start("transform", kinesis, &kinesis.url).invoke(event).0.unwrap();
        let taken = payload::firehose_answer(&answer);
        let came: usize = taken.iter().map(|(n, _)| envelopes[*n].len()).sum();
        let went: usize = taken.iter().map(|(_, data)| data.len()).sum();
        println!("| {hint_mb} | {sent} | {} | {:.1} |", taken.len(), went as f64 / came as f64);
    }
}

/// The library and the function take turns over the same records.
fn transform(kinesis: &Kinesis, rounds: usize) {
    let all = payload::envelopes(ENVELOPES);
    let (event, held) = payload::full_event(&all);
    let envelopes = &all[..held];
    let library = payload::transform();
    let function = start("transform", kinesis, &kinesis.url);
    function.init();
    let (mut alone, mut invoked, mut events) = (Vec::new(), Vec::new(), 0);
    let mut processor = Duration::ZERO;
    // The first round of both is not counted.
    for round in 0..=rounds {
        let before = Instant::now();
        events = payload::event_records(&library, envelopes).1;
        alone.push(before.elapsed());
        if round == 1 {
            processor = function.processor_time();
        }
        let (answer, time) = function.invoke(event.clone());
        let answer = String::from_utf8(answer.unwrap().to_vec()).unwrap();
        assert!(answer.contains(r#""batchItemFailures":[]"#), "{answer}");
        invoked.push(time);
    }
    let processor = (function.processor_time() - processor) / rounds as u32;
    let median = |mut times: Vec<Duration>| {
        times.remove(0);
        times.sort_unstable();
        times[rounds / 2]
    };
    let (alone, invoked) = (median(alone), median(invoked));
    let rate = |time: Duration| events as f64 / time.as_secs_f64() / 1e6;
    println!(
        "\n| transform, an event of {:.1} MB, {events} log events | figure |\n|---|---|",
        event.len() as f64 / 1e6
    );
    println!("| the library, zstd event records, on one thread | {:.2} million log events/s |", rate(alone));
    println!(
        "| the function, from invocation to answer | {:.2} million log events/s, {:.2} of the library |",
        rate(invoked),
        rate(invoked) / rate(alone)
    );
    println!(
        "| the function, by processor time | {:.2} million log events/s, {:.2} of the library |",
        rate(processor),
        rate(processor) / rate(alone)
    );
    println!("| most memory | {:.1} MB |", function.peak_memory_kib() as f64 * 1024.0 / 1e6);
}
