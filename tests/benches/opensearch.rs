//! The whole pipeline into a real OpenSearch of one node: how fast, and who works for it. Run by `cargo bench -p catchwater-tests
//! --bench opensearch` after `cargo build --release`. `LINES` (300,000) sets the number of log events.

#![allow(clippy::unwrap_used, reason = "a panic is how a test or a benchmark fails")]

use catchwater_tests::access_lines::access_lines;
use catchwater_tests::pipeline::{Pipeline, run};
use catchwater_tests::processor;
use catchwater_tests::search_server::SearchServer;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

const LINES: u64 = 300_000;

fn main() {
    // `cargo test --benches` asks for no figures.
    if std::env::args().any(|a| a == "--test") {
        return;
    }
    let lines = std::env::var("LINES").map_or(LINES, |text| text.parse().expect("a number of lines"));
    let Some(server) = SearchServer::start("opensearch", &[]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "[listen]\nkinesis = \"127.0.0.1:0\"\npage = \"127.0.0.1:0\"\n[sink.elasticsearch]\nurl = \"{}\"\nreplicas = 0\n",
        server.url()
    );
    std::fs::write(folder.path().join("test.toml"), config).unwrap();
    let setup = run(folder.path(), &["setup", "elasticsearch", "--config", "test.toml"]);
    assert!(setup.status.success(), "{}", String::from_utf8_lossy(&setup.stderr));
    let mut file = std::io::BufWriter::new(std::fs::File::create(folder.path().join("access.log")).unwrap());
    access_lines(lines).for_each(|line| file.write_all(line.as_bytes()).unwrap());
    file.flush().unwrap();
    // A first run, not counted: the server compiles itself while it works.
    write(folder.path(), &server, lines, "warm");
    let (time, ours, its) = write(folder.path(), &server, lines, "access.log");
    let [time, ours, its] = [time, ours, its].map(|time| time.as_secs_f64());
    let lines = lines as f64;
    println!("| what | figure |\n|---|---|");
    println!("| from the file to the index | {:.0} events/s |", lines / time);
    println!("| processor time of OpenSearch | {:.1} s, {:.0} % of both |", its, 100.0 * its / (ours + its));
    println!(
        "| processor time of `catchwater up` | {:.1} s, {:.0} % of both |",
        ours,
        100.0 * ours / (ours + its)
    );
    println!("| what our side could do alone, a core | {:.0} events/s |", lines / ours);
}

/// Puts all lines and waits until they are in the index: the time, and what processors worked for us and for the server.
fn write(folder: &Path, server: &SearchServer, lines: u64, run_name: &str) -> (Duration, Duration, Duration) {
    // Each run has a pipeline with an empty data folder, and a file of its own: its ids are new.
    let home = folder.join(format!("run-{run_name}"));
    std::fs::create_dir(&home).unwrap();
    std::fs::copy(folder.join("test.toml"), home.join("test.toml")).unwrap();
    let text = std::fs::read(folder.join("access.log")).unwrap();
    let first = format!(
        "198.51.100.7 - - [01/Oct/2023:00:00:00 +0000] \"GET /{run_name} HTTP/1.1\" 200 1 \"-\" \"-\"\n"
    );
    std::fs::write(home.join("access.log"), [first.as_bytes(), &text].concat()).unwrap();
    let pipeline = Pipeline::start(&home, &[]);
    let of_us = || processor::time_of(pipeline.pid()).unwrap();
    let (ours, its, before) = (of_us(), server.processor_time(), Instant::now());
    let put = run(&home, &["put", "--format", "apache_access", "access.log"]);
    assert!(put.status.success(), "{}", String::from_utf8_lossy(&put.stderr));
    pipeline.settle();
    let figures = (before.elapsed(), of_us() - ours, server.processor_time() - its);
    let account = pipeline.account("elasticsearch");
    assert_eq!(account["delivered"], lines + 1, "{account}");
    pipeline.interrupt();
    figures
}
