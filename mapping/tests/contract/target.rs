//! A target that does as it is told, and writes down what it was given.

use catchwater_mapping::stream::{Record, SequenceNumber};
use catchwater_mapping::target::{Batch, BatchResponse, Target, TargetError};
use catchwater_schemas::account::Account;
use futures::future::BoxFuture;
use std::sync::Mutex;
use std::time::Duration;
use tokio::sync::watch;

/// What to do with a batch.
#[derive(Clone, Debug)]
pub enum Act {
    /// Settle all.
    Settle,
    /// Settle the first so many and name the next as failed.
    FailAt(usize),
    /// Name a record that is not in the batch.
    FailElsewhere,
    /// Fail as a whole.
    Fail,
    /// Panic, with the payload in the message.
    Panic,
    /// Never answer.
    Hang,
    /// Take this many milliseconds, then act.
    Slow(u64, Box<Act>),
}

/// One call, as the target saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub shard: String,
    pub numbers: Vec<u64>,
    pub tries: u32,
    pub at_millis: u64,
}

type Script = Box<dyn FnMut(&Seen) -> Act + Send>;

pub struct ScriptedTarget {
    pub script: Mutex<Script>,
    pub calls: Mutex<Vec<Seen>>,
    /// Shard and number of each record that was in a settled part of an answer.
    pub settled: Mutex<Vec<(String, u64)>>,
    pub changes: watch::Sender<u64>,
    started: tokio::time::Instant,
}

pub fn number(record: &Record) -> u64 {
    record.sequence_number.0.parse().unwrap()
}

impl ScriptedTarget {
    pub fn new(changes: watch::Sender<u64>, script: impl FnMut(&Seen) -> Act + Send + 'static) -> Self {
        Self {
            script: Mutex::new(Box::new(script)),
            calls: Mutex::default(),
            settled: Mutex::default(),
            changes,
            started: tokio::time::Instant::now(),
        }
    }

    fn settle(&self, batch: &Batch<'_>, count: usize) -> BatchResponse {
        let records = &batch.records[..count];
        self.settled.lock().unwrap().extend(records.iter().map(|r| (batch.shard.to_string(), number(r))));
        let count = count as u64;
        // The number of records is wrong on purpose: the mapping knows it better.
        let account = Account { records: 77, taken: count, delivered: count, ..Account::default() };
        let failed = batch.records.get(count as usize).map(|r| r.sequence_number.clone());
        BatchResponse { lowest_failure: failed, account }
    }
}

impl Target for ScriptedTarget {
    fn name(&self) -> &str {
        "target"
    }

    fn invoke<'a>(&'a self, batch: Batch<'a>) -> BoxFuture<'a, Result<BatchResponse, TargetError>> {
        let seen = Seen {
            shard: batch.shard.into(),
            numbers: batch.records.iter().map(number).collect(),
            tries: batch.tries,
            at_millis: self.started.elapsed().as_millis() as u64,
        };
        let mut act = (self.script.lock().unwrap())(&seen);
        self.calls.lock().unwrap().push(seen);
        self.changes.send_modify(|n| *n += 1);
        Box::pin(async move {
            while let Act::Slow(millis, then) = act {
                tokio::time::sleep(Duration::from_millis(millis)).await;
                act = *then;
            }
            match act {
                Act::Settle => Ok(self.settle(&batch, batch.records.len())),
                Act::FailAt(index) => Ok(self.settle(&batch, index)),
                Act::FailElsewhere => Ok(BatchResponse {
                    lowest_failure: Some(SequenceNumber("123456789".into())),
                    account: Account { taken: 99, delivered: 99, ..Account::default() },
                }),
                Act::Fail => Err(TargetError::Failed("scripted failure".into())),
                Act::Panic => std::panic::panic_any(String::from("secret payload")),
                Act::Hang => std::future::pending().await,
                Act::Slow(..) => unreachable!("waited for above"),
            }
        })
    }
}
