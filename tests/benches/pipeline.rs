//! The whole pipeline on this machine: two million lines from `catchwater put` into an empty SQLite store, its memory,
//! and how soon an event can be seen at low load. Beside them the machine's own scale: the same lines through
//! `catchwater parse`, which is the transform alone. Run by `cargo bench -p catchwater-tests` after
//! `cargo build --release`.

#![allow(clippy::unwrap_used, reason = "a panic is how a test or a benchmark fails")]

use catchwater_tests::access_lines::access_lines;
use catchwater_tests::pipeline::{Pipeline, binary, run};
use catchwater_tests::store::Store;
use catchwater_tests::{wait_for, wire};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const LINES: u64 = 2_000_000;
const PROBES: usize = 200;

fn main() {
    // `cargo test --benches` asks for no figures.
    if std::env::args().any(|a| a == "--test") {
        return;
    }
    let lines = std::env::var("LINES").ok().and_then(|n| n.parse().ok()).unwrap_or(LINES);
    println!("| what | figure |\n|---|---|");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("access.log");
    let bytes = write_lines(&file, lines);
    println!("| lines, bytes | {lines}, {:.0} MB |", bytes as f64 / 1e6);
    let alone = parse_alone(&file);
    println!("| transform alone (`parse`, one core) | {:.0} lines/s |", lines as f64 / alone);
    throughput(folder.path(), lines, alone);
    latency();
}

fn write_lines(path: &Path, lines: u64) -> u64 {
    let mut out = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let mut bytes = 0;
    for line in access_lines(lines) {
        bytes += line.len() as u64;
        out.write_all(line.as_bytes()).unwrap();
    }
    out.flush().unwrap();
    bytes
}

fn parse_alone(file: &Path) -> f64 {
    let started = Instant::now();
    let status = Command::new(binary())
        .args(["parse", "--format", "apache_access"])
        .stdin(std::fs::File::open(file).unwrap())
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    started.elapsed().as_secs_f64()
}

fn throughput(folder: &Path, lines: u64, alone: f64) {
    let pipeline = Pipeline::start(folder, &[]);
    let started = Instant::now();
    let put = run(folder, &["put", "--format", "apache_access", "access.log"]);
    assert!(put.status.success(), "{}", String::from_utf8_lossy(&put.stderr));
    let accepted = started.elapsed().as_secs_f64();
    pipeline.settle();
    let stored = started.elapsed().as_secs_f64();
    assert_eq!(Store::open(&pipeline.data()).events() as u64, lines);
    println!("| accepted on the raw stream | {:.0} lines/s |", lines as f64 / accepted);
    println!(
        "| stored in SQLite | {:.0} events/s, {:.2} of the transform alone |",
        lines as f64 / stored,
        alone / stored
    );
    let memory = std::fs::read_to_string(format!("/proc/{}/status", pipeline.pid())).unwrap();
    let peak = memory.lines().find(|l| l.starts_with("VmHWM")).unwrap_or_default();
    println!("| most memory of `catchwater up` | {} |", peak.trim_start_matches("VmHWM:").trim());
    let store = std::fs::metadata(pipeline.data().join("events.sqlite")).unwrap().len();
    println!("| store | {:.0} bytes an event |", store as f64 / lines as f64);
    pipeline.interrupt();
}

/// One event at a time; from before it is put until a reader of the store sees it.
fn latency() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = Pipeline::start(folder.path(), &[]);
    let endpoint = pipeline.kinesis();
    let store = Store::open(&pipeline.data());
    let mut times: Vec<Duration> = (0..PROBES)
        .map(|n| {
            let started = Instant::now();
            wire::put(&endpoint, "raw", &[(format!("k{n}"), format!("probe {n}").into_bytes())]).unwrap();
            wait_for("the probe is stored", Duration::from_secs(10), || {
                (store.events() > n as i64).then_some(())
            });
            started.elapsed()
        })
        .collect();
    times.sort_unstable();
    println!("| put → visible in the store, median | {:.0} ms |", times[PROBES / 2].as_secs_f64() * 1e3);
    println!("| put → visible in the store, p99 | {:.0} ms |", times[PROBES * 99 / 100].as_secs_f64() * 1e3);
    pipeline.interrupt();
}
