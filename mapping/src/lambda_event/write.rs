//! Writes Lambda's event of a Kinesis stream, as Lambda does, and the tries besides.

use super::Tries;
use crate::stream::Record;
use crate::target::Batch;
use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};

/// Most bytes of a synchronous invocation's payload ("Lambda quotas": 6 MB).
pub const MAX_EVENT_BYTES: usize = 6 << 20;
/// The names in a record's JSON, and the brackets around it; with some to spare.
const NAMES_BYTES: usize = 400;
/// An escape takes at most this many bytes for one byte of text (`\u0001`).
const LONGEST_ESCAPE: usize = 6;

/// What stands in each record beside the record.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Such as `arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream`; the region is read from it.
    pub stream_arn: &'a str,
    /// Role of the function, as Lambda tells it.
    pub invoke_identity_arn: &'a str,
}

impl Source<'_> {
    fn region(&self) -> &str {
        self.stream_arn.split(':').nth(3).unwrap_or_default()
    }
}

#[derive(Serialize)]
struct Event<'a> {
    #[serde(rename = "Records")]
    records: Entries<'a>,
    catchwater: Tries,
}

struct Entries<'a>(&'a Batch<'a>, &'a Source<'a>);

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.records.len()))?;
        for record in self.0.records {
            list.serialize_element(&Entry {
                kinesis: Inner {
                    kinesis_schema_version: "1.0",
                    partition_key: &record.partition_key,
                    sequence_number: &record.sequence_number.0,
                    data: &record.data,
                    // Printed as short as it is still the same number: milliseconds come back exactly.
                    approximate_arrival_timestamp: record.arrival_millis as f64 / 1000.0,
                },
                event_source: super::kinesis::SOURCE,
                event_version: "1.0",
                event_id: format!("{}:{}", self.0.shard, record.sequence_number),
                event_name: "aws:kinesis:record",
                invoke_identity_arn: self.1.invoke_identity_arn,
                aws_region: self.1.region(),
                event_source_arn: self.1.stream_arn,
            })?;
        }
        list.end()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    kinesis: Inner<'a>,
    event_source: &'a str,
    event_version: &'a str,
    #[serde(rename = "eventID")]
    event_id: String,
    event_name: &'a str,
    invoke_identity_arn: &'a str,
    aws_region: &'a str,
    #[serde(rename = "eventSourceARN")]
    event_source_arn: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Inner<'a> {
    kinesis_schema_version: &'a str,
    partition_key: &'a str,
    sequence_number: &'a str,
    #[serde(serialize_with = "base64")]
    data: &'a [u8],
    approximate_arrival_timestamp: f64,
}

fn base64<S: Serializer>(data: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Base64Display::new(data, &STANDARD))
}

/// The event of a batch, JSON.
pub fn write(batch: &Batch<'_>, source: &Source<'_>) -> Vec<u8> {
    let tries = Tries { tries: batch.tries, first_try_millis: batch.first_try_millis };
    let event = Event { records: Entries(batch, source), catchwater: tries };
    let bytes = batch.records.iter().map(|record| most_bytes(batch.shard, record, source)).sum();
    let mut json = Vec::with_capacity(bytes);
    serde_json::to_writer(&mut json, &event).expect("text and numbers go into memory");
    json
}

/// How many of the batch's first records an event of at most `most` bytes surely holds; 0 where not even one.
pub fn fitting(batch: &Batch<'_>, source: &Source<'_>, most: usize) -> usize {
    let mut bytes = NAMES_BYTES;
    let fits = |record: &&Record| {
        bytes += most_bytes(batch.shard, record, source);
        bytes <= most
    };
    batch.records.iter().take_while(fits).count()
}

/// No fewer bytes than the record's JSON has.
fn most_bytes(shard: &str, record: &Record, source: &Source<'_>) -> usize {
    let texts = shard.len()
        + record.partition_key.len()
        + 2 * record.sequence_number.0.len()
        + source.invoke_identity_arn.len()
        + 2 * source.stream_arn.len();
    NAMES_BYTES + LONGEST_ESCAPE * texts + record.data.len().div_ceil(3) * 4
}
