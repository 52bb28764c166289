//! Reads a batch: what is there at once, or what comes until the batch is full or its window is over (Lambda
//! developer guide, "Polling and batching streams": a batch goes when it is full in records or bytes, or when the
//! batching window, which begins with the first record, is over).

use crate::runner::Shared;
use crate::stop::{Stop, Stopped};
use crate::stream::{Read, Record, SequenceNumber, StreamDown};
use std::time::Duration;

/// What was read.
pub(crate) enum Gathered {
    /// Records, at least one; and how far the place after them is behind, in milliseconds.
    Batch(Vec<Record>, i64),
    /// The shard has ended and there is nothing after the place.
    Ended,
}

/// Reads the batch after a place, and waits for its first record as long as it takes.
pub(crate) async fn gather(
    shared: &Shared,
    shard: &str,
    after: Option<&SequenceNumber>,
    stop: &mut Stop,
) -> Result<Result<Gathered, StreamDown>, Stopped> {
    let (count, bytes) = (shared.batch_size(), shared.settings.batch_bytes);
    loop {
        let read = match stop.or(shared.stream.read(shard, after, count, bytes)).await? {
            Ok(read) => read,
            Err(down) => return Ok(Err(down)),
        };
        if !read.records.is_empty() {
            return fill(shared, shard, read, stop).await;
        }
        if read.ended {
            return Ok(Ok(Gathered::Ended));
        }
        shared.board.update(shard, |entry| entry.behind_millis = read.behind_millis);
        stop.or(shared.stream.changed(shard, after)).await?;
    }
}

/// Adds to the first records what comes within the window.
async fn fill(
    shared: &Shared,
    shard: &str,
    first: Read,
    stop: &mut Stop,
) -> Result<Result<Gathered, StreamDown>, Stopped> {
    let Read { mut records, mut ended, mut behind_millis } = first;
    let mut bytes: usize = records.iter().map(|r| r.data.len()).sum();
    let window = Duration::from_millis(shared.settings.maximum_batching_window_ms);
    let mut over = shared.clock.sleep(window);
    while !window.is_zero() && !ended && records.len() < shared.batch_size() {
        let Some(room) = shared.settings.batch_bytes.checked_sub(bytes).filter(|room| *room > 0) else {
            break;
        };
        let after = records.last().map(|r| &r.sequence_number);
        let more = async {
            shared.stream.changed(shard, after).await;
            shared.stream.read(shard, after, shared.batch_size() - records.len(), room).await
        };
        let read = stop.or(async {
            tokio::select! {
                biased;
                read = more => Some(read),
                () = &mut over => None,
            }
        });
        let Some(read) = read.await? else { break };
        let read = match read {
            Ok(read) => read,
            Err(down) => return Ok(Err(down)),
        };
        let added: usize = read.records.iter().map(|r| r.data.len()).sum();
        // A read gives one record however large; where it does not fit any more, the batch is full.
        if added > room {
            break;
        }
        bytes += added;
        records.extend(read.records);
        (ended, behind_millis) = (read.ended, read.behind_millis);
    }
    Ok(Ok(Gathered::Batch(records, behind_millis)))
}
