//! `catchwater parse`: lines in, events out, through the same code as the pipeline.

use crate::{format_name, settings};
use catchwater_settings::tables::Watched;
use anyhow::{Context, Result};
use catchwater_producers::lines::{Lines, MAX_LINE_BYTES};
use catchwater_schemas::account::Account;
use catchwater_schemas::config::Route;
use catchwater_transforms::raw::RawRecord;
use catchwater_transforms::transform::{Ndjson, Report, Scratch, Transform};
use std::io::{ErrorKind, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Lines that go through the transform together, as if they lay in one raw record.
const CHUNK_BYTES: usize = 512 << 10;

/// See what becomes of lines: events as NDJSON
///
/// Reads standard input: lines of a log, or CloudWatch Logs envelopes. A line that its format refuses comes out as
/// `plain`, with the reason in `catchwater.parse_failure`.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  catchwater parse < access.log | jq .url.path\n  catchwater parse --format aws_alb < alb.log")]
pub struct Args {
    /// Format of the lines, also one of the configuration; without it it is found by looking at each line
    #[arg(long)]
    format: Option<String>,
    /// Take routes, limits and redaction from this configuration
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: Args) -> Result<ExitCode> {
    let mut config = match &args.config {
        Some(file) => settings::load(Some(file), None)?,
        None => settings::Config::default(),
    };
    if let Some(name) = &args.format {
        format_name::check(name, config.format.keys())?;
        config.route.insert(0, Route { format: args.format.clone(), ..Route::default() });
    }
    let tables = Watched::open(&config.who.tables)?.shared();
    let transform = Transform::new(&settings::parts(&config, tables)?)?;
    let mut parser = Parser::new(&transform);
    match parser.run(std::io::stdin().lock()) {
        // Who reads us has seen enough.
        Err(e) if e.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == ErrorKind::BrokenPipe) => {}
        other => other?,
    }
    if std::io::stderr().is_terminal() {
        eprintln!("{}", summary(&parser.report));
    }
    let dead = Account::total(&parser.report.account.dead);
    Ok(if dead == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Parser<'t> {
    transform: &'t Transform,
    scratch: Scratch,
    out: Ndjson,
    report: Report,
    stdout: std::io::StdoutLock<'static>,
    colour: bool,
}

impl<'t> Parser<'t> {
    fn new(transform: &'t Transform) -> Self {
        let stdout = std::io::stdout();
        let colour = stdout.is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let (scratch, out, report) = (Scratch::new(), Ndjson::default(), Report::default());
        Self { transform, scratch, out, report, stdout: stdout.lock(), colour }
    }

    fn run(&mut self, input: impl std::io::Read) -> Result<()> {
        let mut lines = Lines::new(input, 0, MAX_LINE_BYTES);
        let mut chunk = Vec::new();
        let mut start = 0;
        // On a terminal each line is answered at once.
        let most = if std::io::stdin().is_terminal() { 0 } else { CHUNK_BYTES };
        while let Some(line) = lines.next_line().context("reading standard input")? {
            chunk.extend_from_slice(line.bytes);
            chunk.push(b'\n');
            let end = line.end;
            if chunk.len() > most {
                self.record(&chunk, start)?;
                chunk.clear();
                start = end;
            }
        }
        if let Some(line) = lines.take_rest() {
            chunk.extend_from_slice(line.bytes);
        }
        if chunk.is_empty() { Ok(()) } else { self.record(&chunk, start) }
    }

    fn record(&mut self, data: &[u8], offset: u64) -> Result<()> {
        let raw = RawRecord {
            data,
            stream: "stdin",
            shard: "0",
            sequence_number: &offset.to_string(),
            partition_key: "",
            arrival_millis: 0,
            user_record: None,
        };
        self.transform.record(&raw, &mut self.scratch, &mut self.out, &mut self.report);
        for fault in self.report.faults.drain(..) {
            eprintln!("catchwater: standard input at byte {offset}: {}: {}", fault.reason, fault.detail);
        }
        if self.colour {
            self.out.0 = coloured(&self.out.0);
        }
        self.stdout.write_all(&self.out.0)?;
        self.out.0.clear();
        Ok(())
    }
}

/// Keys blue, strings green, as jq does; the text stays valid when the codes are taken out.
fn coloured(ndjson: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(ndjson.len() * 2);
    let mut at = 0;
    while at < ndjson.len() {
        if ndjson[at] != b'"' {
            out.push(ndjson[at]);
            at += 1;
            continue;
        }
        let mut end = at + 1;
        while end < ndjson.len() && ndjson[end] != b'"' {
            end += if ndjson[end] == b'\\' { 2 } else { 1 };
        }
        let end = (end + 1).min(ndjson.len());
        let is_key = ndjson.get(end) == Some(&b':');
        out.extend_from_slice(if is_key { b"\x1b[34m" } else { b"\x1b[32m" });
        out.extend_from_slice(&ndjson[at..end]);
        out.extend_from_slice(b"\x1b[0m");
        at = end;
    }
    out
}

fn summary(report: &Report) -> String {
    let account = &report.account;
    let reasons = |map: &std::collections::BTreeMap<String, u64>| {
        map.iter().map(|(reason, count)| format!("{reason} {count}")).collect::<Vec<_>>().join(", ")
    };
    let mut parts = vec![format!("{} log events → {} events", account.taken, account.delivered)];
    for (what, map) in [("as plain text", &account.unparsed), ("filtered", &account.filtered), ("dead", &account.dead)] {
        if !map.is_empty() {
            parts.push(format!("{} {what} ({})", Account::total(map), reasons(map)));
        }
    }
    for (count, what) in [(account.joined, "joined"), (report.truncated, "cut"), (report.not_utf8, "chunks were no UTF-8")] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_come_off_again() {
        let line = "{\"a\":\"x\\\"y\",\"n\":[1,true]}\n";
        let text = String::from_utf8(coloured(line.as_bytes())).unwrap();
        assert!(text.starts_with("{\x1b[34m\"a\"\x1b[0m:\x1b[32m\"x\\\"y\"\x1b[0m"));
        let plain = ["\x1b[34m", "\x1b[32m", "\x1b[0m"].iter().fold(text, |t, code| t.replace(code, ""));
        assert_eq!(plain, line);
    }
}
