//! Raw records of every sort, an endpoint and dead letters that fail as scripted.

use catchwater_consumer_core::dead_letters::{DeadLetters, DeadLettersDown};
use catchwater_consumer_core::world::{Clock, SystemClock, SystemRng};
use catchwater_mapping::stream::{Record, SequenceNumber};
use catchwater_producers::envelope::{EnvelopeBuilder, Hint, Line, LogStream};
use catchwater_producers::put_records::{
    PutEntry, PutError, PutRecords, PutRecordsApi, PutResult, PutSettings,
};
use catchwater_schemas::account::Account;
use catchwater_schemas::dead_letter::DeadLetter;
use catchwater_schemas::record::{Packing, unpack};
use catchwater_transform_function::TransformHandler;
use catchwater_transforms::raw::RawRecord;
use catchwater_transforms::transform::{Ndjson, Parts, Report, Scratch, Transform};
use futures::future::BoxFuture;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Shape of a raw record that does not unpack.
pub const BROKEN: u8 = 250;

/// Of one thread: `block_on` of tokio's other runtime, on a machine with more threads at work than cores, was seen to
/// sleep on although its waker had been called, in 3 of 100 runs of these tests.
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

pub fn transform() -> Transform {
    Transform::new(&Parts::default()).unwrap()
}

fn raw(n: usize, data: Vec<u8>) -> Record {
    let sequence_number = SequenceNumber((1000 + n).to_string());
    Record { sequence_number, partition_key: "p".into(), arrival_millis: 5, data: data.into() }
}

fn envelope(n: usize, log_stream: u8, lines: &[Vec<u8>]) -> Vec<u8> {
    let log = LogStream { account: "1".into(), log_group: "g".into(), log_stream: log_stream.to_string() };
    let mut builder = EnvelopeBuilder::new(&log, &Hint::default(), &format!("f:{n}:0:"));
    let mut out = Vec::new();
    for (offset, bytes) in (0u64..).zip(lines) {
        builder.push(Line { offset, end: offset, bytes, cut: false }, 1_600_000_000_000, &mut out);
    }
    builder.finish(&mut out);
    out.into_iter().flat_map(|envelope| envelope.data).collect()
}

/// An envelope of one of eight log streams, with as many lines as the shape says; or something that is none.
pub fn record(n: usize, shape: u8) -> Record {
    let data = match shape {
        BROKEN.. => b"\x1f\x8b broken".to_vec(),
        240.. => Vec::new(),
        230.. => b"bare lines\nof nobody\n".to_vec(),
        220.. => {
            br#"{"messageType":"CONTROL_MESSAGE","owner":"x","logGroup":"","logStream":"","logEvents":[]}"#
                .to_vec()
        }
        _ => {
            let lines = (0..=shape / 8).map(|line| format!("{n} {line}").into_bytes());
            envelope(n, shape % 8, &lines.collect::<Vec<_>>())
        }
    };
    raw(n, data)
}

/// An envelope of lines that pack badly, all of one log stream.
pub fn noise_record(n: usize) -> Record {
    let mut state = n as u64;
    let lines = (0..20).map(|_| {
        let text = (0..80_000).map(|_| {
            state = splitmix(state);
            b'0' + (state % 64) as u8
        });
        text.collect()
    });
    raw(n, envelope(n, 0, &lines.collect::<Vec<Vec<u8>>>()))
}

/// One step of splitmix64.
fn splitmix(state: u64) -> u64 {
    let x = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// What a raw record gives where nothing fails.
pub struct Alone {
    pub account: Account,
    pub events: BTreeSet<String>,
    pub letters: BTreeSet<String>,
}

pub fn alone(record: &Record) -> Alone {
    let raw = RawRecord {
        data: &record.data,
        stream: "raw",
        shard: "s",
        sequence_number: &record.sequence_number.0,
        partition_key: &record.partition_key,
        arrival_millis: record.arrival_millis,
        user_record: None,
    };
    let (mut out, mut report) = (Ndjson::default(), Report::default());
    transform().record(&raw, &mut Scratch::new(), &mut out, &mut report);
    assert!(report.account.transform_balances());
    Alone {
        account: report.account,
        events: ids(std::str::from_utf8(&out.0).unwrap()),
        letters: report.faults.into_iter().map(|fault| fault.into_letter(0, 0, 1).id).collect(),
    }
}

fn ids(ndjson: &str) -> BTreeSet<String> {
    let id = |line: &str| {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        value["event"]["id"].as_str().unwrap().to_string()
    };
    ndjson.lines().map(id).collect()
}

/// Takes the n-th entry or not, as scripted; all after the script.
pub struct Endpoint {
    script: Mutex<std::vec::IntoIter<bool>>,
    accepted: Mutex<Vec<PutEntry>>,
    slow: Option<Duration>,
}

impl Endpoint {
    pub fn new(script: Vec<bool>) -> Self {
        Self { script: Mutex::new(script.into_iter()), accepted: Mutex::default(), slow: None }
    }

    pub fn slow(slow: Duration) -> Self {
        Self { slow: Some(slow), ..Self::new(Vec::new()) }
    }

    pub fn event_ids(&self) -> BTreeSet<String> {
        self.accepted.lock().unwrap().iter().flat_map(|e| ids(&unpack(&e.data).unwrap())).collect()
    }
}

impl PutRecordsApi for Endpoint {
    fn put_records<'a>(
        &'a self,
        _: &'a str,
        entries: &'a [PutEntry],
    ) -> BoxFuture<'a, Result<Vec<PutResult>, PutError>> {
        Box::pin(async move {
            if let Some(slow) = self.slow {
                tokio::time::sleep(slow).await;
            }
            let (mut script, mut accepted) = (self.script.lock().unwrap(), self.accepted.lock().unwrap());
            let answers = entries.iter().map(|entry| match script.next() {
                Some(false) => PutResult::Failed { code: "InternalFailure".into(), message: String::new() },
                _ => {
                    accepted.push(entry.clone());
                    PutResult::Accepted { shard_id: "0".into(), sequence_number: "1".into() }
                }
            });
            Ok(answers.collect())
        })
    }
}

/// Keeps the n-th portion or not, as scripted; all after the script.
pub struct Letters {
    script: Mutex<std::vec::IntoIter<bool>>,
    pub kept: Mutex<Vec<DeadLetter>>,
}

impl Letters {
    pub fn new(script: Vec<bool>) -> Self {
        Self { script: Mutex::new(script.into_iter()), kept: Mutex::default() }
    }

    pub fn ids(&self) -> BTreeSet<String> {
        self.kept.lock().unwrap().iter().map(|letter| letter.id.clone()).collect()
    }
}

impl DeadLetters for Letters {
    fn keep<'a>(&'a self, letters: &'a [DeadLetter]) -> BoxFuture<'a, Result<(), DeadLettersDown>> {
        Box::pin(async move {
            if self.script.lock().unwrap().next() == Some(false) {
                return Err(DeadLettersDown { place: "here".into(), cause: "scripted".into() });
            }
            self.kept.lock().unwrap().extend_from_slice(letters);
            Ok(())
        })
    }
}

pub fn handler(endpoint: Arc<Endpoint>, letters: Arc<Letters>) -> TransformHandler {
    handler_with(endpoint, letters, Arc::new(SystemClock))
}

/// The writer gives an entry up at its first failure.
pub fn handler_with(
    endpoint: Arc<Endpoint>,
    letters: Arc<Letters>,
    clock: Arc<dyn Clock>,
) -> TransformHandler {
    let settings = PutSettings { patience: Some(Duration::ZERO), ..Default::default() };
    let events = PutRecords::new(endpoint, "events", Arc::new(SystemClock), Arc::new(SystemRng), settings);
    TransformHandler::new(Arc::new(transform()), events, letters, clock, Packing::Zstd)
}
