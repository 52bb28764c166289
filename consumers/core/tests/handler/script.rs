//! Sinks, dead letters and a world that do as they are told.

use catchwater_consumer_core::dead_letters::{DeadLetters, DeadLettersDown};
use catchwater_consumer_core::handler::{Batch, Record, Response, Settings, SinkHandler};
use catchwater_consumer_core::sink::Sink;
use catchwater_consumer_core::world::{Clock, Rng};
use catchwater_schemas::dead_letter::DeadLetter;
use catchwater_schemas::event::Event;
use catchwater_schemas::outcome::Outcome;
use futures::future::BoxFuture;
use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

/// 2020-01-01T02:00:00Z: two hours after the contract kit's events.
pub const NOW: i64 = 1_577_844_000_000;

/// Time passes only while all else waits.
pub struct TestClock(pub Arc<AtomicI64>);

impl Default for TestClock {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(NOW)))
    }
}

struct Sleep {
    now: Arc<AtomicI64>,
    until: i64,
    waited: bool,
}

impl Future for Sleep {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.waited, true) || self.now.load(Ordering::SeqCst) >= self.until {
            self.now.fetch_max(self.until, Ordering::SeqCst);
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Clock for TestClock {
    fn now_millis(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let until = self.now_millis() + duration.as_millis() as i64;
        Box::pin(Sleep { now: Arc::clone(&self.0), until, waited: false })
    }
}

/// A fixed row of numbers: an additive sequence.
#[derive(Default)]
pub struct TestRng(AtomicU64);

impl Rng for TestRng {
    fn below(&self, bound: u64) -> u64 {
        let n = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::SeqCst);
        if bound == 0 { 0 } else { (n >> 1) % bound }
    }
}

/// One step of a call's script.
#[derive(Clone, Debug)]
pub enum Act {
    Answer(Outcome),
    Panic,
    Hang,
    TooFew,
}

pub fn retry(after_millis: u64) -> Act {
    Act::Answer(Outcome::Retry { after: Duration::from_millis(after_millis), reason: "busy".into() })
}

pub fn reject(reason: &str) -> Act {
    Act::Answer(Outcome::Reject { reason: reason.into() })
}

/// Per event id a row of acts, taken one a write; after the last it delivers. Panic, hang and too few are the call's.
#[derive(Default)]
pub struct ScriptedSink {
    pub acts: Mutex<BTreeMap<u128, VecDeque<Act>>>,
    /// Times, by the clock, and event ids of each call.
    pub calls: Mutex<Vec<(i64, Vec<u128>)>>,
    pub held: Mutex<BTreeMap<u128, u32>>,
    pub clock: TestClock,
}

impl Sink for ScriptedSink {
    fn name(&self) -> &'static str {
        "scripted"
    }

    fn write<'a>(&'a self, events: &'a [Event<'a>]) -> BoxFuture<'a, Vec<Outcome>> {
        Box::pin(async move {
            let ids: Vec<u128> = events.iter().map(|e| u128::from_be_bytes(e.id.digest)).collect();
            self.calls.lock().unwrap().push((self.clock.now_millis(), ids.clone()));
            let next: Vec<Option<Act>> = {
                let mut acts = self.acts.lock().unwrap();
                ids.iter().map(|id| acts.get_mut(id).and_then(VecDeque::pop_front)).collect()
            };
            let mut outcomes = Vec::new();
            let mut broken = None;
            for (id, act) in ids.into_iter().zip(next) {
                match act {
                    Some(Act::Answer(outcome)) => outcomes.push(outcome),
                    Some(other) => broken = Some(other),
                    None => {
                        let times = *self.held.lock().unwrap().entry(id).and_modify(|n| *n += 1).or_insert(1);
                        outcomes.push(if times == 1 { Outcome::Delivered } else { Outcome::Duplicate });
                    }
                }
            }
            match broken {
                Some(Act::Panic) => panic!("as the script says"),
                Some(Act::Hang) => futures::future::pending().await,
                _ => outcomes,
            }
        })
    }
}

/// Keeps letters in memory, unless told to fail: one entry a call.
#[derive(Default)]
pub struct ScriptedLetters {
    pub fails: Mutex<VecDeque<bool>>,
    pub kept: Mutex<BTreeMap<String, DeadLetter>>,
}

impl DeadLetters for ScriptedLetters {
    fn keep<'a>(&'a self, letters: &'a [DeadLetter]) -> BoxFuture<'a, Result<(), DeadLettersDown>> {
        Box::pin(async move {
            if self.fails.lock().unwrap().pop_front().unwrap_or(false) {
                return Err(DeadLettersDown { place: "script".into(), cause: "as it says".into() });
            }
            self.kept.lock().unwrap().extend(letters.iter().map(|l| (l.id.clone(), l.clone())));
            Ok(())
        })
    }
}

/// A handler with all its parts at hand.
pub struct Stage {
    pub sink: Arc<ScriptedSink>,
    pub letters: Arc<ScriptedLetters>,
    pub handler: SinkHandler,
}

pub fn stage(settings: Settings) -> Stage {
    let sink = Arc::new(ScriptedSink::default());
    let letters = Arc::new(ScriptedLetters::default());
    let handler = SinkHandler {
        sink: Arc::clone(&sink) as Arc<dyn Sink>,
        dead_letters: Arc::clone(&letters) as Arc<dyn DeadLetters>,
        clock: Arc::new(TestClock(Arc::clone(&sink.clock.0))),
        rng: Arc::new(TestRng::default()),
        settings,
    };
    Stage { sink, letters, handler }
}

impl Stage {
    pub fn script(&self, id: u128, acts: impl Into<VecDeque<Act>>) {
        self.sink.acts.lock().unwrap().insert(id, acts.into());
    }

    /// Handles records, numbered from 1 on, from the given one on, with a minute to answer.
    pub fn handle(&self, records: &[Vec<u8>], from: usize, tries: u32) -> Response {
        let numbers: Vec<String> = (1..=records.len()).map(|n| n.to_string()).collect();
        let records: Vec<Record<'_>> = records
            .iter()
            .zip(&numbers)
            .map(|(data, n)| Record { sequence_number: n, partition_key: "7", arrival_millis: 1, data })
            .skip(from)
            .collect();
        let time_left = Duration::from_secs(60);
        let batch = Batch {
            stream: "events",
            shard: "s0",
            records: &records,
            tries,
            first_try_millis: NOW - 5,
            time_left,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(self.handler.handle(batch))
    }
}
