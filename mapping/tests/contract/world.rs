//! Dead letters and positions in memory that can be made to fail, and a mapping between them and the stream.

use crate::memory_stream::MemoryStream;
use crate::target::{Act, ScriptedTarget, Seen};
use catchwater_consumer_core::dead_letters::{DeadLetters, DeadLettersDown};
use catchwater_consumer_core::world::{Clock, Rng};
use catchwater_mapping::memory_positions::MemoryPositions;
use catchwater_mapping::positions::{Kept, Position, Positions, PositionsDown};
use catchwater_mapping::progress::LowWater;
use catchwater_mapping::status::{ShardStatus, Status};
use catchwater_mapping::{Mapping, MappingParts};
use catchwater_schemas::config;
use catchwater_schemas::dead_letter::DeadLetter;
use futures::FutureExt;
use futures::future::BoxFuture;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

/// The time at the start of each test, milliseconds since the epoch.
pub const START: i64 = 1_800_000_000_000;

/// tokio's paused time as the time of day.
pub struct PausedClock(tokio::time::Instant);

impl Clock for PausedClock {
    fn now_millis(&self) -> i64 {
        START + self.0.elapsed().as_millis() as i64
    }
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// Small linear congruential generator; the constants are Knuth's (MMIX).
pub struct Seeded(pub AtomicU64);

impl Rng for Seeded {
    fn below(&self, bound: u64) -> u64 {
        let step =
            |n: u64| Some(n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407));
        let last = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, step).unwrap();
        if bound == 0 { 0 } else { (last >> 33) % bound }
    }
}

/// Dead letters in memory, by id.
#[derive(Default)]
pub struct MemoryLetters {
    pub kept: Mutex<BTreeMap<String, DeadLetter>>,
    pub down: AtomicBool,
    pub refused: AtomicU64,
    /// How the next calls go wrong.
    pub faults: Mutex<Vec<Fault>>,
}

impl MemoryLetters {
    pub fn numbers(&self) -> Vec<u64> {
        let kept = self.kept.lock().unwrap();
        let mut numbers: Vec<u64> =
            kept.values().map(|l| l.origin.sequence_number.parse().unwrap()).collect();
        numbers.sort_unstable();
        numbers
    }
}

impl DeadLetters for MemoryLetters {
    fn keep<'a>(&'a self, letters: &'a [DeadLetter]) -> BoxFuture<'a, Result<(), DeadLettersDown>> {
        Box::pin(async {
            let down = || DeadLettersDown { place: "memory".into(), cause: "scripted".into() };
            let fault = self.faults.lock().unwrap().pop().unwrap_or(Fault::None);
            if self.down.load(Ordering::Relaxed) || fault == Fault::Refused {
                self.refused.fetch_add(1, Ordering::Relaxed);
                return Err(down());
            }
            fault.before().await;
            self.kept.lock().unwrap().extend(letters.iter().map(|l| (l.id.clone(), l.clone())));
            fault.after().await;
            if fault == Fault::AnswerLost { Err(down()) } else { Ok(()) }
        })
    }
}

type OnCommit = Box<dyn Fn(&str, &Position) + Send + Sync>;
type CommitFault = Box<dyn FnMut() -> Fault + Send>;

/// How keeping something goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// Nothing is kept.
    Refused,
    /// It is kept, but the answer says it is not.
    AnswerLost,
    /// It takes a while, in which the mapping may be killed: before it is kept, or after.
    SlowBefore,
    SlowAfter,
}

impl Fault {
    async fn before(self) {
        if self == Fault::SlowBefore {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    async fn after(self) {
        if self == Fault::SlowAfter {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Positions that fail as told, and tell of each commit.
pub struct FaultyPositions {
    pub inner: MemoryPositions,
    pub fault: Mutex<CommitFault>,
    pub on_commit: Mutex<OnCommit>,
    changes: watch::Sender<u64>,
}

impl Positions for FaultyPositions {
    fn get<'a>(
        &'a self,
        mapping: &'a str,
        stream: &'a str,
        shard: &'a str,
    ) -> BoxFuture<'a, Result<Position, PositionsDown>> {
        self.inner.get(mapping, stream, shard)
    }

    fn commit<'a>(
        &'a self,
        mapping: &'a str,
        stream: &'a str,
        shard: &'a str,
        position: &'a Position,
        account: &'a catchwater_schemas::account::Account,
    ) -> BoxFuture<'a, Result<(), PositionsDown>> {
        Box::pin(async move {
            let down = || PositionsDown { place: "memory".into(), cause: "scripted".into() };
            let fault = (self.fault.lock().unwrap())();
            if fault == Fault::Refused {
                return Err(down());
            }
            fault.before().await;
            self.inner.commit(mapping, stream, shard, position, account).await?;
            (self.on_commit.lock().unwrap())(shard, position);
            self.changes.send_modify(|n| *n += 1);
            fault.after().await;
            if fault == Fault::AnswerLost { Err(down()) } else { Ok(()) }
        })
    }

    fn all(&self) -> BoxFuture<'_, Result<Vec<Kept>, PositionsDown>> {
        self.inner.all()
    }
}

/// All of it.
pub struct World {
    pub settings: config::Mapping,
    pub stream: Arc<MemoryStream>,
    pub target: Arc<ScriptedTarget>,
    pub letters: Arc<MemoryLetters>,
    pub positions: Arc<FaultyPositions>,
    pub clock: Arc<PausedClock>,
    pub rng: Arc<Seeded>,
    pub low_water: Arc<LowWater>,
    changes: watch::Receiver<u64>,
}

/// A mapping that runs.
pub struct Running {
    pub task: JoinHandle<()>,
    stop: Option<oneshot::Sender<()>>,
    pub status: Status,
}

impl World {
    /// One shard `s`, and what the target shall do with each call.
    pub fn new(script: impl FnMut(&Seen) -> Act + Send + 'static) -> Self {
        let (changes, receiver) = watch::channel(0);
        let stream = MemoryStream::new(changes.clone());
        stream.add_shard("s", &[]);
        let positions = FaultyPositions {
            inner: MemoryPositions::default(),
            fault: Mutex::new(Box::new(|| Fault::None)),
            on_commit: Mutex::new(Box::new(|_, _| ())),
            changes: changes.clone(),
        };
        Self {
            settings: config::Mapping::default(),
            stream: Arc::new(stream),
            target: Arc::new(ScriptedTarget::new(changes, script)),
            letters: Arc::default(),
            positions: Arc::new(positions),
            clock: Arc::new(PausedClock(tokio::time::Instant::now())),
            rng: Arc::new(Seeded(AtomicU64::new(7))),
            low_water: Arc::new(LowWater::new(["target"])),
            changes: receiver,
        }
    }

    pub fn start(&self) -> Running {
        let mapping = Mapping::new(MappingParts {
            settings: self.settings,
            stream: self.stream.clone(),
            target: self.target.clone(),
            positions: self.positions.clone(),
            on_failure: self.letters.clone(),
            progress: Some(self.low_water.clone()),
            clock: self.clock.clone(),
            rng: self.rng.clone(),
        });
        let (stop, stopped) = oneshot::channel();
        let status = mapping.status();
        let task = tokio::spawn(mapping.run(async { drop(stopped.await) }));
        Running { task, stop: Some(stop), status }
    }

    /// Waits for a condition, looked at after each call and commit; fails after ten days of paused time.
    pub async fn until(&self, condition: impl Fn(&World) -> bool) {
        let mut changes = self.changes.clone();
        let wait = changes.wait_for(|_| condition(self));
        let days = Duration::from_secs(10 * 86_400);
        tokio::time::timeout(days, wait).await.expect("the condition never came").unwrap();
    }

    /// Runs until the mapping has passed this record of shard `s`, and stops.
    pub async fn run_to(&self, number: u64) {
        let running = self.start();
        self.until(|w| w.position("s") == Some(number)).await;
        running.stop().await;
    }

    pub fn kept(&self) -> Vec<Kept> {
        self.positions.all().now_or_never().unwrap().unwrap()
    }

    pub fn position(&self, shard: &str) -> Option<u64> {
        Self::position_in(&*self.positions, shard)
    }

    pub fn position_in(positions: &dyn Positions, shard: &str) -> Option<u64> {
        let position = positions.get("target", "stream", shard).now_or_never().unwrap().unwrap();
        position.after.map(|s| s.0.parse().unwrap())
    }

    /// Calls and commits so far.
    pub fn count_changes(&self) -> usize {
        *self.changes.borrow() as usize
    }

    pub fn ended(&self, shard: &str) -> bool {
        self.kept().iter().any(|k| k.shard == shard && k.position.ended)
    }

    /// The numbers of each call, in order.
    pub fn calls(&self) -> Vec<Vec<u64>> {
        self.target.calls.lock().unwrap().iter().map(|c| c.numbers.clone()).collect()
    }
}

impl Running {
    pub async fn stop(mut self) {
        drop(self.stop.take());
        self.task.await.unwrap();
    }

    /// Ends it in the midst of whatever it does.
    pub async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }

    pub fn shard(&self) -> ShardStatus {
        self.status.shards().into_iter().find(|s| s.shard == "s").unwrap()
    }
}
