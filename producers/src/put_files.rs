//! `catchwater put`: files and standard input onto the raw stream, in bounded memory.
//!
//! One thread reads, splits and packs; what it packed waits in a short channel for the [`PutRecords`] writer. All
//! records of a source have one partition key, so that a log stream keeps its order.

mod read;
#[cfg(test)]
mod tests;

use crate::envelope::{Changed, Hint, LogStream, MAX_LOG_EVENTS};
use crate::put_records::{PutEntry, PutRecords, PutResult, TOO_LARGE};
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tokio::sync::mpsc;

/// Packed records that wait for the writer.
const WAITING_RECORDS: usize = 4;

/// Where bytes come from.
pub enum Input {
    /// A file, gzip or not.
    File(PathBuf),
    /// Standard input or the like. Ids are of the run and the offset, so that the same run put again is told as the
    /// same; its lines have this time, milliseconds since the epoch.
    Reader {
        /// Name of the run.
        run: String,
        /// Time of the lines.
        timestamp_millis: i64,
        /// The bytes.
        reader: Box<dyn Read + Send>,
    },
}

/// Something to put.
pub struct Source {
    /// Where the bytes come from.
    pub input: Input,
    /// Whose log it is; [`crate::file::log_stream_of`] has the default for files.
    pub log: LogStream,
    /// What is known of the lines.
    pub hint: Hint,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read, as they lie there.
    pub bytes_read: u64,
    /// Bytes of all files; standard input does not count.
    pub bytes_total: u64,
    /// Records that the stream holds.
    pub records: u64,
    /// Log events in them; those of envelopes that go as they are do not count.
    pub log_events: u64,
}

/// A source that could not be read, or not to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Its path, or `-`.
    pub name: String,
    /// Why.
    pub cause: String,
}

/// What was put.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Bytes, records and log events.
    pub progress: Progress,
    /// Lines that were cut, or were no UTF-8.
    pub changed: Changed,
    /// Records that were larger than the stream takes and could not be split: envelopes with one huge log event.
    pub too_large: u64,
    /// Sources that could not be read to the end; what was read of them was put.
    pub unread: Vec<Unread>,
}

/// The stream took no more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message} ({} records with {} log events were taken before)", progress.records, progress.log_events)]
pub struct NotPut {
    /// Kinesis's error code, or one of [`crate::put_records`].
    pub code: String,
    /// In full.
    pub message: String,
    /// What the stream holds.
    pub progress: Progress,
}

/// What the reading thread and the writer share.
#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    bytes_before: AtomicU64,
    bytes_total: AtomicU64,
}

/// Puts the sources, one after the other. `progress` is called each time that a record was accepted. How long a silent
/// endpoint is tried is the writer's `patience`; put again what was not taken: ids are the same, so nothing comes twice.
pub async fn put_sources(
    writer: &PutRecords,
    sources: Vec<Source>,
    progress: impl FnMut(&Progress) + Send,
) -> Result<Loaded, NotPut> {
    put_in_records_of(MAX_LOG_EVENTS, writer, sources, progress).await
}

/// As [`put_sources`], with at most so many log events in a record; envelopes go as they are.
pub async fn put_in_records_of(
    most_log_events: usize,
    writer: &PutRecords,
    sources: Vec<Source>,
    mut progress: impl FnMut(&Progress) + Send,
) -> Result<Loaded, NotPut> {
    let shared = Arc::new(Shared::default());
    let (sender, receiver) = mpsc::channel(WAITING_RECORDS);
    let reading = tokio::task::spawn_blocking({
        let shared = shared.clone();
        move || read::read_all(sources, most_log_events, &shared, &sender)
    });
    let mut loaded = Loaded::default();
    let mut failure = None;
    writer
        .put_stream(receiver, None, |packed: Packed, result| match result {
            PutResult::Accepted { .. } => {
                loaded.progress.records += 1;
                loaded.progress.log_events += u64::from(packed.log_events);
                loaded.progress.bytes_read = packed.bytes_read;
                loaded.progress.bytes_total = shared.bytes_total.load(Ordering::Relaxed);
                progress(&loaded.progress);
            }
            PutResult::Failed { code, .. } if code == TOO_LARGE => loaded.too_large += 1,
            PutResult::Failed { code, message } => {
                shared.stop.store(true, Ordering::Relaxed);
                failure.get_or_insert((code, message));
            }
        })
        .await;
    let Ok(read) = reading.await else {
        let (code, message) = ("Internal".into(), "the reading thread failed".into());
        return Err(NotPut { code, message, progress: loaded.progress });
    };
    loaded.changed = read.changed;
    loaded.unread = read.unread;
    loaded.progress.bytes_read = shared.bytes_before.load(Ordering::Relaxed);
    loaded.progress.bytes_total = shared.bytes_total.load(Ordering::Relaxed);
    match failure {
        Some((code, message)) => Err(NotPut { code, message, progress: loaded.progress }),
        None => Ok(loaded),
    }
}

/// What the reading thread knows of a record that it packed.
struct Packed {
    log_events: u32,
    /// Bytes of all sources read when it was packed.
    bytes_read: u64,
}

type Packs = mpsc::Sender<(Packed, PutEntry)>;
