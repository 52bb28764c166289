//! GetShardIterator and GetRecords. An iterator names the place of the next record and is good for five minutes.

use super::cbor::Cbor;
use super::codec::Format;
use super::errors::{self, Refusal};
use super::{ACCOUNT, Answer, Server};
use crate::shards::{FIRST_PLACE, Shard};
use crate::stream::{self, EmbeddedStream, Page};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ferrokinesis_core::constants;
use ferrokinesis_core::sequence::{MAX_SEQ_IX, parse_sequence, resolve_shard_id, shard_id_name};
use ferrokinesis_core::shard_iterator::{create_shard_iterator, decode_shard_iterator};
use serde_json::{Value, json};
use std::io::Write;

/// How long an iterator is good (GetRecords, API reference).
const ITERATOR_MILLIS: i64 = 300_000;
/// Most records and bytes of an answer (GetRecords, API reference).
const MAX_RECORDS: usize = 10_000;
const MAX_BYTES: usize = 10 << 20;

/// GetShardIterator.
pub(super) async fn get_shard_iterator(server: &Server, fields: &Value) -> Result<Answer, Refusal> {
    let text = |name: &str| fields[name].as_str().unwrap_or_default();
    let (name, given_shard) = (text(constants::STREAM_NAME), text(constants::SHARD_ID));
    let (shard_id, ix) =
        resolve_shard_id(given_shard).map_err(|_| errors::could_not_find_shard(given_shard, name))?;
    let stream = server.streams.get(name).ok_or_else(|| errors::no_shard(&shard_id, name))?;
    let view = stream.view();
    let shard = u32::try_from(ix).ok().and_then(|ix| view.shard(ix));
    let shard = shard.ok_or_else(|| errors::no_shard(&shard_id, name))?;
    let kind = text(constants::SHARD_ITERATOR_TYPE);
    let starting = fields[constants::STARTING_SEQUENCE_NUMBER].as_str();
    let place = match (kind, starting) {
        (constants::SHARD_ITERATOR_TRIM_HORIZON, None) => FIRST_PLACE,
        (constants::SHARD_ITERATOR_LATEST, None) => shard.next,
        (constants::SHARD_ITERATOR_AT_TIMESTAMP, None) => {
            place_at(&stream, shard, fields[constants::TIMESTAMP].as_f64()).await?
        }
        (constants::SHARD_ITERATOR_AT_SEQUENCE_NUMBER, Some(number)) => place_of(shard, name, number)?,
        (constants::SHARD_ITERATOR_AFTER_SEQUENCE_NUMBER, Some(number)) => place_of(shard, name, number)? + 1,
        (kind, starting) => {
            let with = if starting.is_some() { "also a" } else { "no" };
            return Err(errors::invalid(format!(
                "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) \
                 TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified {kind} and {with} \
                 StartingSequenceNumber."
            )));
        }
    };
    Ok(Answer::Value(json!({constants::SHARD_ITERATOR: iterator(&stream, shard, place)})))
}

fn place_of(shard: &Shard, stream: &str, number: &str) -> Result<u64, Refusal> {
    if let Some(place) = shard.place(number) {
        return Ok(place);
    }
    let used =
        format!("StartingSequenceNumber {number:.200} used in GetShardIterator on shard {}", shard.id());
    let place = format!("in stream {stream} under account {ACCOUNT} is invalid");
    Err(errors::invalid(match parse_sequence(number) {
        Err(_) => format!("{used} {place}."),
        Ok(other) if other.shard_ix != i64::from(shard.ix) => format!(
            "Invalid StartingSequenceNumber. It encodes {}, while it was used in a call to a shard with {}",
            shard_id_name(other.shard_ix),
            shard.id()
        ),
        Ok(_) => format!("{used} {place} because it did not come from this stream."),
    }))
}

async fn place_at(stream: &EmbeddedStream, shard: &Shard, seconds: Option<f64>) -> Result<u64, Refusal> {
    let seconds = seconds.ok_or_else(|| {
        errors::invalid(
            "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no \
             timestamp parameter.",
        )
    })?;
    let (millis, now) = ((seconds * 1000.0).round() as i64, stream.clock().now_millis());
    if millis > now {
        return Err(errors::invalid(format!(
            "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: \
             {millis}, currentTimestampInMillis: {now}"
        )));
    }
    stream.place_since(shard, millis).await.map_err(|e| errors::read(&e, stream.name()))
}

fn iterator(stream: &EmbeddedStream, shard: &Shard, place: u64) -> String {
    let now = stream.clock().now_millis();
    let number = shard.sequence_number(place.min(MAX_SEQ_IX), now);
    create_shard_iterator(stream.name(), &shard.id(), &number, now.max(0).unsigned_abs())
}

/// GetRecords.
pub(super) async fn get_records(server: &Server, fields: &Value, format: Format) -> Result<Answer, Refusal> {
    let iterator_text = fields[constants::SHARD_ITERATOR].as_str().unwrap_or_default();
    let invalid = || errors::invalid("Invalid ShardIterator.");
    let (made, name, shard_id, number) = decode_shard_iterator(iterator_text).map_err(|_| invalid())?;
    let stream = server.streams.get(&name).ok_or_else(|| errors::no_shard(&shard_id, &name))?;
    let now = stream.clock().now_millis();
    let made = i64::try_from(made).map_err(|_| invalid())?;
    if made > now.saturating_add(ITERATOR_MILLIS) {
        return Err(invalid());
    }
    if now - made > ITERATOR_MILLIS {
        let message = format!(
            "Iterator expired. The iterator was created at time {made} while right now it is {now} (milliseconds since \
             1970) which is further in the future than the tolerated delay of {ITERATOR_MILLIS} milliseconds."
        );
        return Err(Refusal::client_error(constants::EXPIRED_ITERATOR, Some(&message)));
    }
    let (ix, from) = {
        let view = stream.view();
        let shard = stream::find_shard(&view, &shard_id).ok_or_else(|| errors::no_shard(&shard_id, &name))?;
        (shard.ix, shard.place(&number).ok_or_else(invalid)?)
    };
    let limit = fields[constants::LIMIT].as_u64().and_then(|l| usize::try_from(l).ok());
    let share = server.bounds.answer().await?;
    let page = stream.page(ix, from, limit.unwrap_or(MAX_RECORDS).min(MAX_RECORDS), MAX_BYTES).await;
    let page = page.map_err(|e| errors::read(&e, &name))?;
    let next = (!page.ended).then(|| iterator(&stream, &page.shard, page.next));
    let children = if page.ended { children(&stream, &page.shard) } else { Vec::new() };
    let encoded = match format {
        Format::Json | Format::PlainJson => as_json(&page, next.as_deref(), &children),
        Format::Cbor => as_cbor(&page, next.as_deref(), &children),
    };
    drop(page);
    let length = encoded.len();
    Ok(Answer::Encoded(share.body(encoded), length))
}

fn children(stream: &EmbeddedStream, parent: &Shard) -> Vec<Shard> {
    let view = stream.view();
    view.shards.iter().filter(|s| s.parents().any(|p| p == parent.ix)).cloned().collect()
}

fn parent_ids(shard: &Shard) -> Vec<String> {
    shard.parents().map(|p| shard_id_name(i64::from(p))).collect()
}

/// Appends a text to JSON as it is: digits, base64 and the like need no escapes.
fn raw(out: &mut Vec<u8>, parts: &[&str]) {
    for part in parts {
        out.extend_from_slice(part.as_bytes());
    }
}

fn as_json(page: &Page, next: Option<&str>, children: &[Shard]) -> Vec<u8> {
    let payload: usize =
        page.records.iter().map(|r| r.data.len() / 3 * 4 + r.partition_key.len() + 200).sum();
    let mut out = Vec::with_capacity(payload + 512);
    raw(&mut out, &["{\"MillisBehindLatest\":", &page.behind_millis.to_string()]);
    if let Some(next) = next {
        raw(&mut out, &[",\"NextShardIterator\":\"", next, "\""]);
    }
    if !children.is_empty() {
        let child = |s: &Shard| {
            json!({
                "ShardId": s.id(),
                "ParentShards": parent_ids(s),
                "HashKeyRange": {"StartingHashKey": s.start.to_string(), "EndingHashKey": s.end.to_string()},
            })
        };
        let children = Value::Array(children.iter().map(child).collect());
        raw(&mut out, &[",\"ChildShards\":", &children.to_string()]);
    }
    raw(&mut out, &[",\"Records\":["]);
    for (n, record) in page.records.iter().enumerate() {
        let number = page.shard.sequence_number(record.place, record.arrival_millis);
        raw(&mut out, &[if n == 0 { "" } else { "," }, "{\"SequenceNumber\":\"", &number]);
        let (seconds, millis) = (record.arrival_millis / 1000, record.arrival_millis % 1000);
        let written =
            write!(out, "\",\"ApproximateArrivalTimestamp\":{seconds}.{millis:03},\"PartitionKey\":");
        let written = written.and_then(|()| Ok(serde_json::to_writer(&mut out, &record.partition_key)?));
        written.expect("writing to memory does not fail");
        raw(&mut out, &[",\"Data\":\""]);
        let start = out.len();
        out.resize(start + record.data.len().div_ceil(3) * 4, 0);
        STANDARD
            .encode_slice(&record.data, &mut out[start..])
            .expect("the room is that of base64 with padding");
        raw(&mut out, &["\"}"]);
    }
    raw(&mut out, &["]}"]);
    out
}

fn as_cbor(page: &Page, next: Option<&str>, children: &[Shard]) -> Vec<u8> {
    let payload: usize = page.records.iter().map(|r| r.data.len() + r.partition_key.len() + 200).sum();
    let mut cbor = Cbor(Vec::with_capacity(payload + 512));
    cbor.map(2 + usize::from(next.is_some()) + usize::from(!children.is_empty()));
    cbor.text("MillisBehindLatest");
    cbor.integer(page.behind_millis);
    if let Some(next) = next {
        cbor.text("NextShardIterator");
        cbor.text(next);
    }
    if !children.is_empty() {
        cbor.text("ChildShards");
        cbor.array(children.len());
        for child in children {
            cbor.map(3);
            cbor.text("ShardId");
            cbor.text(&child.id());
            cbor.text("ParentShards");
            let parents = parent_ids(child);
            cbor.array(parents.len());
            parents.iter().for_each(|p| cbor.text(p));
            cbor.text("HashKeyRange");
            cbor.map(2);
            cbor.text("StartingHashKey");
            cbor.text(&child.start.to_string());
            cbor.text("EndingHashKey");
            cbor.text(&child.end.to_string());
        }
    }
    cbor.text("Records");
    cbor.array(page.records.len());
    for record in &page.records {
        cbor.map(4);
        cbor.text("SequenceNumber");
        cbor.text(&page.shard.sequence_number(record.place, record.arrival_millis));
        cbor.text("ApproximateArrivalTimestamp");
        cbor.time(record.arrival_millis);
        cbor.text("PartitionKey");
        cbor.text(&record.partition_key);
        cbor.text("Data");
        cbor.bytes(&record.data);
    }
    cbor.0
}
