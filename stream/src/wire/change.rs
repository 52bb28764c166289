//! Operations that change streams. They have their effect before the answer, so that no stream is ever CREATING,
//! UPDATING or DELETING.

use super::errors::{self, Refusal};
use super::{ACCOUNT, Answer, Server};
use crate::queue::ChangeError;
use crate::shards::ReshardError;
use crate::stream::EmbeddedStream;
use crate::streams::{CreateError, DeleteError, StreamSettings, Streams};
use ferrokinesis_core::constants;
use ferrokinesis_core::operation::Operation;
use ferrokinesis_core::sequence::resolve_shard_id;
use serde_json::Value;
use std::sync::Arc;

/// Most open shards of all streams: each has a table of its own, and readers wait at each.
pub(super) const MAX_SHARDS: usize = 500;
/// Least hours of retention.
const MIN_RETENTION_HOURS: u32 = 24;

/// Is it one of the operations here?
pub(super) fn knows(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::CreateStream
            | Operation::DeleteStream
            | Operation::SplitShard
            | Operation::MergeShards
            | Operation::IncreaseStreamRetentionPeriod
            | Operation::DecreaseStreamRetentionPeriod
    )
}

/// Does one of them; away from the threads that serve, as it waits for the disk.
pub(super) async fn change(server: &Server, operation: Operation, fields: Value) -> Result<Answer, Refusal> {
    let streams = Arc::clone(&server.streams);
    let done = tokio::task::spawn_blocking(move || match operation {
        Operation::CreateStream => create(&streams, &fields),
        Operation::DeleteStream => delete(&streams, &fields),
        Operation::SplitShard => split(&streams, &fields),
        Operation::MergeShards => merge(&streams, &fields),
        Operation::IncreaseStreamRetentionPeriod => retain(&streams, &fields, true),
        Operation::DecreaseStreamRetentionPeriod => retain(&streams, &fields, false),
        _ => Err(errors::unknown_operation()),
    });
    done.await.unwrap_or_else(|panic| Err(errors::failed(&panic))).map(|()| Answer::Empty)
}

fn text<'a>(fields: &'a Value, name: &str) -> &'a str {
    fields[name].as_str().unwrap_or_default()
}

fn stream(streams: &Streams, fields: &Value) -> Result<Arc<EmbeddedStream>, Refusal> {
    let name = text(fields, constants::STREAM_NAME);
    streams.get(name).ok_or_else(|| errors::no_stream(name))
}

/// Open shards of all streams.
pub(super) fn open_shards(streams: &Streams) -> usize {
    streams.all().iter().map(|s| s.view().shards.iter().filter(|s| s.is_open()).count()).sum()
}

fn room_for(streams: &Streams, more: usize) -> Result<(), Refusal> {
    let open = open_shards(streams);
    if open + more > MAX_SHARDS { Err(errors::too_many_shards(open, more, MAX_SHARDS)) } else { Ok(()) }
}

fn create(streams: &Streams, fields: &Value) -> Result<(), Refusal> {
    let name = text(fields, constants::STREAM_NAME);
    let in_use = || Refusal::stream_in_use(name, ACCOUNT);
    if streams.get(name).is_some() {
        return Err(in_use());
    }
    let shards = fields[constants::SHARD_COUNT].as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or(1);
    room_for(streams, shards as usize)?;
    match streams.create(name, StreamSettings { shards, ..StreamSettings::default() }) {
        Ok(_) => Ok(()),
        Err(CreateError::Exists) => Err(in_use()),
        Err(CreateError::Failed(error)) => Err(errors::failed(&error)),
    }
}

fn delete(streams: &Streams, fields: &Value) -> Result<(), Refusal> {
    let name = text(fields, constants::STREAM_NAME);
    streams.delete(name).map_err(|error| match error {
        DeleteError::NoStream => errors::no_stream(name),
        DeleteError::OfPipeline => {
            let message = format!("Stream {name} cannot be deleted: the running pipeline reads it.");
            Refusal::client_error(constants::RESOURCE_IN_USE, Some(&message))
        }
        DeleteError::Failed(error) => errors::failed(&error),
    })
}

/// Number of a shard that must exist.
fn shard(stream: &EmbeddedStream, given: &str) -> Result<u32, Refusal> {
    let not_found = |id: &str| errors::could_not_find_shard(id, stream.name());
    let (id, ix) = resolve_shard_id(given).map_err(|_| not_found(given))?;
    let ix = u32::try_from(ix).map_err(|_| not_found(&id))?;
    stream.view().shard(ix).map(|s| s.ix).ok_or_else(|| not_found(&id))
}

fn split(streams: &Streams, fields: &Value) -> Result<(), Refusal> {
    let stream = stream(streams, fields)?;
    let ix = shard(&stream, text(fields, constants::SHARD_TO_SPLIT))?;
    room_for(streams, 1)?;
    let at = text(fields, constants::NEW_STARTING_HASH_KEY);
    let wrong_key = || {
        errors::invalid(format!(
            "NewStartingHashKey {at} used in SplitShard() on shard {} in stream {} under account {ACCOUNT} is not both \
             greater than one plus the shard's StartingHashKey and less than the shard's EndingHashKey.",
            text(fields, constants::SHARD_TO_SPLIT),
            stream.name()
        ))
    };
    stream.split(ix, at.parse().map_err(|_| wrong_key())?).map_err(|error| match error {
        ChangeError::Reshard(ReshardError::HashKey(_)) => wrong_key(),
        error => errors::changed(&error),
    })
}

fn merge(streams: &Streams, fields: &Value) -> Result<(), Refusal> {
    let stream = stream(streams, fields)?;
    let names = [text(fields, constants::SHARD_TO_MERGE), text(fields, constants::ADJACENT_SHARD_TO_MERGE)];
    let (lower, upper) = (shard(&stream, names[0])?, shard(&stream, names[1])?);
    // Either may be named first.
    let merged = match stream.merge(lower, upper) {
        Err(ChangeError::Reshard(ReshardError::NotAdjacent(..))) => stream.merge(upper, lower),
        done => done,
    };
    merged.map_err(|error| match error {
        ChangeError::Reshard(ReshardError::NotAdjacent(..)) => errors::invalid(format!(
            "Shards {} and {} in stream {} under account {ACCOUNT} are not an adjacent pair of shards eligible for \
             merging",
            names[0],
            names[1],
            stream.name()
        )),
        error => errors::changed(&error),
    })
}

fn retain(streams: &Streams, fields: &Value, longer: bool) -> Result<(), Refusal> {
    let hours = fields[constants::RETENTION_PERIOD_HOURS].as_u64().and_then(|n| u32::try_from(n).ok());
    let hours = hours.unwrap_or_default();
    if hours < MIN_RETENTION_HOURS {
        return Err(errors::invalid(format!(
            "Minimum allowed retention period is {MIN_RETENTION_HOURS} hours. Requested retention period ({hours} \
             hours) is too short."
        )));
    }
    let stream = stream(streams, fields)?;
    let now = stream.header().retention_hours;
    if if longer { hours < now } else { hours > now } {
        let (not, other) = if longer { ("shorter", "Decrease") } else { ("longer", "Increase") };
        return Err(errors::invalid(format!(
            "Requested retention period ({hours} hours) for stream {} can not be {not} than existing retention period \
             ({now} hours). Use {other}RetentionPeriod API.",
            stream.name()
        )));
    }
    stream.set_retention(hours, None).map_err(|error| errors::changed(&error))
}
