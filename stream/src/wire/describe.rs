//! Operations that tell what streams and shards there are.

use super::change;
use super::errors::{self, Refusal};
use super::{ACCOUNT, Answer, REGION, Server};
use crate::shards::Shard;
use crate::stream::EmbeddedStream;
use crate::writer::View;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ferrokinesis_core::constants;
use ferrokinesis_core::operation::Operation;
use ferrokinesis_core::sequence::{resolve_shard_id, shard_id_name};
use serde_json::{Value, json};
use std::sync::Arc;

/// Defaults of the API reference.
const DEFAULT_STREAMS: usize = 100;
const DEFAULT_DESCRIBED_SHARDS: usize = 100;
const DEFAULT_LISTED_SHARDS: usize = 1000;
/// How long the token of a further page is good (ListShards, API reference).
const TOKEN_MILLIS: i64 = 300_000;

/// Is it one of the operations here?
pub(super) fn knows(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::ListStreams
            | Operation::DescribeStream
            | Operation::DescribeStreamSummary
            | Operation::ListShards
            | Operation::DescribeLimits
    )
}

/// Answers one of them.
pub(super) fn describe(server: &Server, operation: Operation, fields: &Value) -> Result<Answer, Refusal> {
    let value = match operation {
        Operation::ListStreams => list_streams(server, fields),
        Operation::DescribeStream => describe_stream(&*stream(server, fields)?, fields),
        Operation::DescribeStreamSummary => summary(&*stream(server, fields)?),
        Operation::ListShards => list_shards(server, fields)?,
        Operation::DescribeLimits => json!({
            "ShardLimit": change::MAX_SHARDS,
            "OpenShardCount": change::open_shards(&server.streams),
            "OnDemandStreamCount": 0,
            "OnDemandStreamCountLimit": 0,
        }),
        _ => return Err(errors::unknown_operation()),
    };
    Ok(Answer::Value(value))
}

fn stream(server: &Server, fields: &Value) -> Result<Arc<EmbeddedStream>, Refusal> {
    let name = fields[constants::STREAM_NAME].as_str().unwrap_or_default();
    server.streams.get(name).ok_or_else(|| errors::no_stream(name))
}

fn number(fields: &Value, name: &str, default: usize) -> usize {
    fields[name].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(default)
}

fn arn(stream: &str) -> String {
    format!("arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{stream}")
}

/// Seconds since the epoch, as JSON has times.
fn seconds(millis: i64) -> Value {
    if millis % 1000 == 0 { json!(millis / 1000) } else { json!(millis as f64 / 1000.0) }
}

fn list_streams(server: &Server, fields: &Value) -> Value {
    let after = fields[constants::EXCLUSIVE_START_STREAM_NAME].as_str();
    let after = after.or_else(|| fields[constants::NEXT_TOKEN].as_str()).unwrap_or_default();
    let limit = number(fields, constants::LIMIT, DEFAULT_STREAMS);
    let later: Vec<_> = server.streams.all().into_iter().filter(|s| s.name() > after).collect();
    let listed: Vec<_> = later.iter().take(limit).collect();
    let more = later.len() > listed.len();
    let summary = |s: &&Arc<EmbeddedStream>| {
        json!({
            "StreamName": s.name(),
            "StreamARN": arn(s.name()),
            "StreamStatus": "ACTIVE",
            "StreamModeDetails": {"StreamMode": constants::STREAM_MODE_PROVISIONED},
            "StreamCreationTimestamp": seconds(s.header().created_millis),
        })
    };
    let mut answer = json!({
        "StreamNames": listed.iter().map(|s| s.name()).collect::<Vec<_>>(),
        "StreamSummaries": listed.iter().map(summary).collect::<Vec<_>>(),
        "HasMoreStreams": more,
    });
    if let (true, Some(last)) = (more, listed.last()) {
        answer[constants::NEXT_TOKEN] = json!(last.name());
    }
    answer
}

fn description(stream: &EmbeddedStream) -> Value {
    let header = stream.header();
    json!({
        "StreamName": header.name,
        "StreamARN": arn(&header.name),
        "StreamStatus": "ACTIVE",
        "StreamModeDetails": {"StreamMode": constants::STREAM_MODE_PROVISIONED},
        "RetentionPeriodHours": header.retention_hours,
        "StreamCreationTimestamp": seconds(header.created_millis),
        "EnhancedMonitoring": [{"ShardLevelMetrics": []}],
        "EncryptionType": constants::ENCRYPTION_NONE,
    })
}

fn describe_stream(stream: &EmbeddedStream, fields: &Value) -> Value {
    let after = fields[constants::EXCLUSIVE_START_SHARD_ID].as_str().unwrap_or_default();
    let limit = number(fields, constants::LIMIT, DEFAULT_DESCRIBED_SHARDS);
    let later = listed_shards(stream).into_iter().filter(|s| s.id().as_str() > after).collect::<Vec<_>>();
    let mut answer = description(stream);
    answer["Shards"] = later.iter().take(limit).map(shard_value).collect();
    answer["HasMoreShards"] = json!(later.len() > limit);
    json!({"StreamDescription": answer})
}

fn summary(stream: &EmbeddedStream) -> Value {
    let mut answer = description(stream);
    answer["OpenShardCount"] = json!(stream.view().shards.iter().filter(|s| s.is_open()).count());
    answer["ConsumerCount"] = json!(0);
    json!({"StreamDescriptionSummary": answer})
}

/// Shards that are to be read, or were closed within the retention.
fn listed_shards(stream: &EmbeddedStream) -> Vec<Shard> {
    let view = stream.view();
    let horizon = trim_horizon(stream, &view);
    let to_read: Vec<u32> = view.to_read().iter().map(|s| s.ix).collect();
    let listed =
        |s: &&Shard| to_read.contains(&s.ix) || s.closed_millis.is_some_and(|closed| closed > horizon);
    view.shards.iter().filter(listed).cloned().collect()
}

fn trim_horizon(stream: &EmbeddedStream, view: &View) -> i64 {
    stream.clock().now_millis() - i64::from(view.header.retention_hours) * 3_600_000
}

fn shard_value(shard: &Shard) -> Value {
    let mut value = json!({
        "ShardId": shard.id(),
        "HashKeyRange": {"StartingHashKey": shard.start.to_string(), "EndingHashKey": shard.end.to_string()},
        "SequenceNumberRange": {"StartingSequenceNumber": shard.starting_sequence_number()},
    });
    if let Some(ending) = shard.ending_sequence_number() {
        value["SequenceNumberRange"]["EndingSequenceNumber"] = json!(ending);
    }
    if let Some(parent) = shard.parent {
        value["ParentShardId"] = json!(shard_id_name(i64::from(parent)));
    }
    if let Some(parent) = shard.adjacent_parent {
        value["AdjacentParentShardId"] = json!(shard_id_name(i64::from(parent)));
    }
    value
}

fn list_shards(server: &Server, fields: &Value) -> Result<Value, Refusal> {
    let token = fields[constants::NEXT_TOKEN].as_str();
    let name = fields[constants::STREAM_NAME].as_str();
    let (name, after) = match (name, token) {
        (Some(_), Some(_)) => {
            return Err(errors::invalid("NextToken and StreamName cannot be provided together."));
        }
        (None, None) => return Err(errors::invalid("Either NextToken or StreamName should be provided.")),
        (Some(name), None) => {
            let after = fields[constants::EXCLUSIVE_START_SHARD_ID].as_str().unwrap_or_default();
            (name.to_string(), after.to_string())
        }
        (None, Some(token)) => read_token(server, token)?,
    };
    let stream = server.streams.get(&name).ok_or_else(|| errors::no_stream(&name))?;
    let filter = filter(&fields["ShardFilter"])?;
    let horizon = trim_horizon(&stream, &stream.view());
    let shards = listed_shards(&stream);
    let later: Vec<&Shard> =
        shards.iter().filter(|s| s.id() > after && filter.passes(s, &shards, horizon)).collect();
    let limit = number(fields, constants::MAX_RESULTS, DEFAULT_LISTED_SHARDS);
    let mut answer = json!({"Shards": later.iter().take(limit).map(|s| shard_value(s)).collect::<Vec<_>>()});
    if let (true, Some(last)) = (later.len() > limit, later.get(limit - 1)) {
        let token = format!("{}/{}/{name}", stream.clock().now_millis(), last.id());
        answer[constants::NEXT_TOKEN] = json!(STANDARD.encode(token));
    }
    Ok(answer)
}

/// Stream's name, and the last shard of the page before.
fn read_token(server: &Server, token: &str) -> Result<(String, String), Refusal> {
    let invalid = || errors::invalid("Invalid NextToken.");
    let bytes = STANDARD.decode(token).map_err(|_| invalid())?;
    let text = String::from_utf8(bytes).map_err(|_| invalid())?;
    let mut parts = text.splitn(3, '/');
    let (made, shard, name) = (parts.next(), parts.next(), parts.next());
    let made: i64 = made.and_then(|m| m.parse().ok()).ok_or_else(invalid)?;
    let (shard, name) = (shard.ok_or_else(invalid)?, name.ok_or_else(invalid)?);
    let stream = server.streams.get(name).ok_or_else(|| errors::no_stream(name))?;
    if stream.clock().now_millis().saturating_sub(made) > TOKEN_MILLIS {
        return Err(Refusal::client_error("ExpiredNextTokenException", Some("The NextToken has expired.")));
    }
    Ok((name.into(), shard.into()))
}

/// `ShardFilter`, by which the KCL and Lambda ask for some of the shards.
enum Filter {
    All,
    After(String),
    AtLatest,
    AtTrimHorizon,
    At(i64),
    From(i64),
}

fn filter(value: &Value) -> Result<Filter, Refusal> {
    let millis = || {
        let seconds = value["Timestamp"].as_f64();
        let missing = || errors::invalid("The ShardFilter's type wants a Timestamp.");
        seconds.map(|s| (s * 1000.0) as i64).ok_or_else(missing)
    };
    match value["Type"].as_str() {
        None if value.is_null() => Ok(Filter::All),
        Some("FROM_TRIM_HORIZON") => Ok(Filter::All),
        Some("AT_TRIM_HORIZON") => Ok(Filter::AtTrimHorizon),
        Some("AT_LATEST") => Ok(Filter::AtLatest),
        Some("AT_TIMESTAMP") => Ok(Filter::At(millis()?)),
        Some("FROM_TIMESTAMP") => Ok(Filter::From(millis()?)),
        Some("AFTER_SHARD_ID") => {
            let given = value[constants::SHARD_ID].as_str().unwrap_or_default();
            let resolved = resolve_shard_id(given);
            let wrong = |_| errors::invalid("The ShardFilter's type wants a ShardId.");
            Ok(Filter::After(resolved.map_err(wrong)?.0))
        }
        _ => Err(errors::invalid("The ShardFilter's Type is none of the API's.")),
    }
}

impl Filter {
    fn passes(&self, shard: &Shard, all: &[Shard], trim_horizon: i64) -> bool {
        let open_at =
            |time: i64| shard.created_millis <= time && shard.closed_millis.is_none_or(|c| c > time);
        match self {
            Filter::All => true,
            Filter::After(id) => shard.id() > *id,
            Filter::AtLatest => shard.is_open(),
            // Those whose parents are gone: where a reader begins that wants all that is kept.
            Filter::AtTrimHorizon => !shard.parents().any(|p| all.iter().any(|s| s.ix == p)),
            Filter::At(time) => open_at((*time).max(trim_horizon)),
            Filter::From(time) => shard.closed_millis.is_none_or(|c| c >= *time),
        }
    }
}
