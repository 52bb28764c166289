//! The sink: takes events on any thread, and gives them to the one that writes.

use crate::config::Config;
use crate::retention::remove_step;
use crate::schema::{OpenError, open_writer};
use crate::store::{Bundle, Store};
use catchwater_consumer_core::sink::{Named, Sink};
use catchwater_consumer_core::world::Clock;
use catchwater_schemas::event::Event;
use catchwater_schemas::outcome::Outcome;
use futures::future::BoxFuture;
use rusqlite::{Connection, ErrorCode};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Most events that waiting calls may bring into one transaction.
const TRANSACTION_EVENTS: usize = 40_000;
/// After this long without a call the writer tidies up.
const IDLE: Duration = Duration::from_millis(500);
/// A fault that stays, such as a full disk, is told again after this.
const TOLD_AGAIN: Duration = Duration::from_secs(60);

/// One call: its events, and where its outcomes go.
struct Call {
    bundle: Bundle,
    answer: oneshot::Sender<Vec<Outcome>>,
}

/// Events in a SQLite database. Dropping it ends the writing thread, after what it was given is written.
pub struct SqliteSink {
    calls: Option<Sender<Call>>,
    writer: Option<JoinHandle<()>>,
}

impl SqliteSink {
    /// Opens the store, making it where there is none. One process at a time may have it open for writing.
    pub fn open(file: &Path, config: &Config, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let connection = open_writer(file, config)?;
        let (calls, received) = channel();
        let (ready, is_ready) = sync_channel(1);
        let retention = config.retention();
        let run = move || write_all(&connection, &received, &ready, &Retention { retention, clock });
        let spawned = std::thread::Builder::new().name("sqlite-writer".into()).spawn(run);
        let writer =
            spawned.map_err(|e| OpenError::at(file)(rusqlite::Error::ToSqlConversionFailure(Box::new(e))))?;
        match is_ready.recv() {
            Ok(Ok(())) => Ok(Self { calls: Some(calls), writer: Some(writer) }),
            Ok(Err(cause)) => Err(OpenError::at(file)(cause)),
            Err(_) => Err(OpenError::at(file)(rusqlite::Error::InvalidQuery)),
        }
    }
}

impl Drop for SqliteSink {
    fn drop(&mut self) {
        self.calls = None;
        if let Some(Err(_)) = self.writer.take().map(JoinHandle::join) {
            tracing::error!("the thread that writes to the store panicked");
        }
    }
}

impl Sink for SqliteSink {
    fn name(&self) -> &'static str {
        Config::NAME
    }

    fn write<'a>(&'a self, events: &'a [Event<'a>]) -> BoxFuture<'a, Vec<Outcome>> {
        Box::pin(async move {
            if events.is_empty() {
                return Vec::new();
            }
            let (answer, answered) = oneshot::channel();
            let sent =
                self.calls.as_ref().map(|calls| calls.send(Call { bundle: Bundle::of(events), answer }));
            match (sent, answered.await) {
                (Some(Ok(())), Ok(outcomes)) => outcomes,
                _ => vec![retry("the thread that writes is gone", Duration::from_secs(1)); events.len()],
            }
        })
    }
}

fn retry(reason: &str, after: Duration) -> Outcome {
    Outcome::Retry { after, reason: reason.to_string() }
}

struct Retention {
    retention: Option<Duration>,
    clock: Arc<dyn Clock>,
}

impl Retention {
    fn cutoff_ns(&self) -> Option<i64> {
        let kept = i64::try_from(self.retention?.as_millis()).ok()?;
        self.clock.now_millis().checked_sub(kept)?.checked_mul(1_000_000)
    }
}

/// The writing thread: takes all calls that wait, puts them in by one transaction, answers, tidies up.
fn write_all(
    connection: &Connection,
    calls: &Receiver<Call>,
    ready: &SyncSender<rusqlite::Result<()>>,
    retention: &Retention,
) {
    let mut store = match Store::open(connection) {
        Ok(store) => store,
        Err(e) => return drop(ready.send(Err(e))),
    };
    drop(ready.send(Ok(())));
    let mut untidy_told = None;
    loop {
        let idle = match calls.recv_timeout(IDLE) {
            Ok(first) => {
                put_waiting(&mut store, first, calls);
                false
            }
            Err(RecvTimeoutError::Timeout) => true,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let removed = retention.cutoff_ns().map_or(Ok(0), |cutoff| remove_step(&mut store, cutoff));
        match removed.and_then(|_| store.tidy(idle)) {
            Ok(()) => untidy_told = None,
            Err(e) if untidy_told.is_none_or(|at: Instant| at.elapsed() >= TOLD_AGAIN) => {
                untidy_told = Some(Instant::now());
                let file = connection.path().unwrap_or_default();
                tracing::warn!(cause = %e, file, "the store is not tidied up; it is tried again, and told once a minute");
            }
            Err(_) => {}
        }
    }
}

fn put_waiting(store: &mut Store<'_>, first: Call, calls: &Receiver<Call>) {
    let mut events = first.bundle.len();
    let (mut bundles, mut answers) = (vec![first.bundle], vec![first.answer]);
    while events < TRANSACTION_EVENTS
        && let Ok(call) = calls.try_recv()
    {
        events += call.bundle.len();
        bundles.push(call.bundle);
        answers.push(call.answer);
    }
    let outcomes = store.put(&bundles).unwrap_or_else(|e| {
        tracing::error!(events, cause = %e, "the store takes nothing now; it is tried again");
        let outcome = not_now(&e);
        bundles.iter().map(|bundle| vec![outcome.clone(); bundle.len()]).collect()
    });
    for (answer, outcomes) in answers.into_iter().zip(outcomes) {
        // Who asked may have given up waiting; the events are written all the same.
        drop(answer.send(outcomes));
    }
}

/// Whatever fails concerns the store and not an event: nothing is lost by trying again.
fn not_now(error: &rusqlite::Error) -> Outcome {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => {
            retry("disk full: make room where the store lies", Duration::from_secs(1))
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            retry("store busy: another process writes to it", Duration::from_millis(200))
        }
        _ => retry(&format!("store failed: {error}"), Duration::from_secs(1)),
    }
}
