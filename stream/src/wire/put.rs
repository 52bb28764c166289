//! PutRecord and PutRecords: the body is read straight to records, without a tree between. Where something is off,
//! the validator reads it again, for its words.

use super::body::RequestBody;
use super::check;
use super::codec::{self, Format};
use super::errors::{self, Refusal};
use super::{Answer, Server};
use crate::stream::{EmbeddedStream, MAX_KEY_CHARS, MAX_RECORD_BYTES, PutEntry, PutError, PutResult};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use ferrokinesis_core::constants;
use ferrokinesis_core::operation::Operation;
use ferrokinesis_core::sequence::parse_sequence;
use serde::de::{Error, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;
use std::fmt;
use std::sync::Arc;

/// Most records of a PutRecords call.
const MAX_RECORDS: usize = 500;
/// Most bytes of data and partition keys of a PutRecords call.
const MAX_CALL_BYTES: usize = 10 << 20;
/// A wrong body up to this size is read again for the validator's words.
const EXPLAINED_BYTES: usize = 1 << 20;

/// Is it one of the operations here?
pub(super) fn is_put(operation: Operation) -> bool {
    matches!(operation, Operation::PutRecord | Operation::PutRecords)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutRecordInput {
    stream_name: Option<String>,
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    partition_key: String,
    explicit_hash_key: Option<String>,
    sequence_number_for_ordering: Option<String>,
    data: Blob,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutRecordsInput {
    stream_name: Option<String>,
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    records: Entries,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EntryInput {
    partition_key: String,
    explicit_hash_key: Option<String>,
    data: Blob,
}

/// Bytes, or text in base64.
struct Blob(Vec<u8>);

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = Blob;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a blob")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Blob, E> {
                STANDARD.decode(text).map(Blob).map_err(|_| E::custom("no base64"))
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Blob, E> {
                Ok(Blob(bytes.to_vec()))
            }

            fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Blob, E> {
                Ok(Blob(bytes))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// The first records of a call, and how many there are: those beyond the limit are not kept.
struct Entries {
    kept: Vec<EntryInput>,
    count: usize,
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of records")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Entries, A::Error> {
                let mut kept = Vec::new();
                while kept.len() < MAX_RECORDS {
                    let Some(entry) = items.next_element()? else { break };
                    kept.push(entry);
                }
                let mut count = kept.len();
                while count >= MAX_RECORDS && items.next_element::<IgnoredAny>()?.is_some() {
                    count += 1;
                }
                Ok(Entries { kept, count })
            }
        }
        deserializer.deserialize_seq(Reader)
    }
}

fn read<T: for<'de> Deserialize<'de>>(body: &[u8], format: Format) -> Option<T> {
    match format {
        Format::Json | Format::PlainJson => serde_json::from_slice(body).ok(),
        Format::Cbor => ciborium::from_reader(body).ok(),
    }
}

/// What the validator says of a body that is wrong, if it is small enough to be read to a tree; else `otherwise`.
async fn explain(
    server: &Server,
    operation: Operation,
    body: &RequestBody,
    format: Format,
    otherwise: Refusal,
) -> Refusal {
    if body.bytes.len() > EXPLAINED_BYTES {
        return otherwise;
    }
    let _turn = server.bounds.trees.acquire().await;
    match codec::decode(&body.bytes, format) {
        Some(raw) => check::checked(operation, raw).err().unwrap_or(otherwise),
        None => Refusal::client_error(constants::SERIALIZATION_EXCEPTION, None),
    }
}

fn unreadable() -> Refusal {
    Refusal::client_error(
        constants::SERIALIZATION_EXCEPTION,
        Some("The body is not what the operation takes."),
    )
}

fn violates(what: &str, constraint: &str) -> Refusal {
    Refusal::validation_error(&format!(
        "1 validation error detected: Value at '{what}' failed to satisfy constraint: {constraint}"
    ))
}

/// Checks a record against the rules of `ferrokinesis_core::validation::rules`.
fn check_entry(key: &str, hash_key: Option<&str>, data: &[u8]) -> Result<(), Refusal> {
    if key.is_empty() || key.chars().count() > MAX_KEY_CHARS {
        return Err(violates("partitionKey", "Member must have length between 1 and 256"));
    }
    if data.len() > MAX_RECORD_BYTES {
        return Err(violates(
            "data",
            &format!("Member must have length less than or equal to {MAX_RECORD_BYTES}"),
        ));
    }
    let digits =
        |h: &str| h.len() <= 39 && h.bytes().all(|b| b.is_ascii_digit()) && (h == "0" || !h.starts_with('0'));
    if hash_key.is_some_and(|h| h.is_empty() || !digits(h)) {
        return Err(violates(
            "explicitHashKey",
            "Member must satisfy regular expression pattern: 0|([1-9]\\d{0,38})",
        ));
    }
    Ok(())
}

fn entry(partition_key: String, hash_key: Option<String>, data: Blob) -> Result<PutEntry, Refusal> {
    let parsed = hash_key.as_deref().map(str::parse).transpose();
    let explicit_hash_key = parsed.map_err(|_| {
        errors::invalid(format!(
            "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {}",
            hash_key.unwrap_or_default()
        ))
    })?;
    let bytes = partition_key.len() + data.0.len();
    if bytes > MAX_RECORD_BYTES {
        return Err(errors::invalid(format!(
            "A record's data and partition key have at most {MAX_RECORD_BYTES} bytes together, these have {bytes}."
        )));
    }
    Ok(PutEntry { partition_key, explicit_hash_key, data: Bytes::from(data.0) })
}

fn stream(
    server: &Server,
    name: Option<String>,
    arn: Option<String>,
) -> Result<Arc<EmbeddedStream>, Refusal> {
    let of_arn = || arn.as_deref().and_then(check::name_of_arn).map(String::from);
    let name = name.or_else(of_arn);
    let name = name.ok_or_else(|| errors::invalid("Must specify either StreamName or StreamARN."))?;
    server.streams.get(&name).ok_or_else(|| errors::no_stream(&name))
}

/// PutRecord.
pub(super) async fn put_record(
    server: &Server,
    body: RequestBody,
    format: Format,
) -> Result<Answer, Refusal> {
    let explain = |otherwise| explain(server, Operation::PutRecord, &body, format, otherwise);
    let Some(input) = read::<PutRecordInput>(&body.bytes, format) else {
        return Err(explain(unreadable()).await);
    };
    if let Err(refusal) = check_entry(&input.partition_key, input.explicit_hash_key.as_deref(), &input.data.0)
    {
        return Err(explain(refusal).await);
    }
    if let Some(after) = &input.sequence_number_for_ordering
        && parse_sequence(after).is_err()
    {
        let wrong = errors::invalid(format!("SequenceNumberForOrdering {after:.200} is no sequence number."));
        return Err(explain(wrong).await);
    }
    let stream = stream(server, input.stream_name, input.stream_arn)?;
    let entry = entry(input.partition_key, input.explicit_hash_key, input.data)?;
    let result = stream.put_records(vec![entry]).await.pop();
    match result.unwrap_or_else(|| Err(PutError::Failed("no answer".into()))) {
        Ok(taken) => {
            Ok(Answer::Value(json!({"ShardId": taken.shard_id, "SequenceNumber": taken.sequence_number})))
        }
        Err(PutError::Failed(cause)) => Err(errors::failed(&cause)),
        Err(error) => Err(Refusal::client_error(error.code(), Some(&error.to_string()))),
    }
}

/// PutRecords.
pub(super) async fn put_records(
    server: &Server,
    body: RequestBody,
    format: Format,
) -> Result<Answer, Refusal> {
    let explain = |otherwise| explain(server, Operation::PutRecords, &body, format, otherwise);
    let Some(input) = read::<PutRecordsInput>(&body.bytes, format) else {
        return Err(explain(unreadable()).await);
    };
    if input.records.count == 0 || input.records.count > MAX_RECORDS {
        return Err(explain(violates("records", "Member must have length between 1 and 500")).await);
    }
    let checked = |e: &EntryInput| check_entry(&e.partition_key, e.explicit_hash_key.as_deref(), &e.data.0);
    if let Err(refusal) = input.records.kept.iter().try_for_each(checked) {
        return Err(explain(refusal).await);
    }
    let stream = stream(server, input.stream_name, input.stream_arn)?;
    let bytes: usize = input.records.kept.iter().map(|e| e.partition_key.len() + e.data.0.len()).sum();
    if bytes > MAX_CALL_BYTES {
        return Err(errors::invalid(format!(
            "Records' total data + partition key payload exceeds {MAX_CALL_BYTES} bytes"
        )));
    }
    let entries = input.records.kept.into_iter().map(|e| entry(e.partition_key, e.explicit_hash_key, e.data));
    let entries = entries.collect::<Result<Vec<_>, _>>()?;
    let results = stream.put_records(entries).await;
    Ok(Answer::Value(results_value(&results)))
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FailedEntry<'a> {
    error_code: &'a str,
    error_message: String,
}

fn results_value(results: &[Result<PutResult, PutError>]) -> serde_json::Value {
    let entry = |result: &Result<PutResult, PutError>| match result {
        Ok(taken) => json!({"SequenceNumber": taken.sequence_number, "ShardId": taken.shard_id}),
        Err(error) => json!(FailedEntry { error_code: error.code(), error_message: error.to_string() }),
    };
    json!({
        "FailedRecordCount": results.iter().filter(|r| r.is_err()).count(),
        "Records": results.iter().map(entry).collect::<Vec<_>>(),
    })
}
