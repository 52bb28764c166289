//! Records that Amazon Data Firehose wants transformed (developer guide, "Transform source data in Amazon Data Firehose").
//!
//! ```json
//! {"invocationId":"2b4d…","deliveryStreamArn":"arn:aws:firehose:eu-central-1:123456789012:deliverystream/archive",
//!  "sourceKinesisStreamArn":"arn:aws:kinesis:eu-central-1:123456789012:stream/raw","region":"eu-central-1",
//!  "records":[{"recordId":"4954…","approximateArrivalTimestamp":1507217624302,"data":"SGVsbG8=",
//!    "kinesisRecordMetadata":{"shardId":"shardId-000000000000","partitionKey":"4d1a…","sequenceNumber":"4954…",
//!      "approximateArrivalTimestamp":1507217624302,"subsequenceNumber":0}}]}
//! ```
//!
//! With a Kinesis stream as the source, a record lies where it lay there: its events have the same ids as on the event
//! stream. Firehose takes KPL aggregates apart by itself; `subsequenceNumber` is then the user record's index, and 0 both for
//! the first one and for a record that is none. Without a stream (Direct PUT) the invocation is the shard and the record's
//! id the sequence number.

use super::NotAnEvent;
use catchwater_mapping::lambda_event::kinesis::stream_name;
use catchwater_mapping::lambda_event::{Text, typed};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// An event's records, in base64 yet.
#[derive(Clone, Debug)]
pub struct FirehoseEvent<'a> {
    /// The Kinesis stream's name, else the delivery stream's.
    pub stream: String,
    /// The records in their order: an answer has one entry for each.
    pub records: Vec<FirehoseRecord<'a>>,
}

/// A record.
#[derive(Clone, Debug)]
pub struct FirehoseRecord<'a> {
    /// By which the answer names it.
    pub id: Cow<'a, str>,
    /// Base64; `None` where the record has none.
    pub data: Option<Cow<'a, str>>,
    /// Where it lay.
    pub place: Place<'a>,
}

/// Where a record lay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// Shard's id, or the invocation's.
    pub shard: Cow<'a, str>,
    /// Sequence number, or the record's id.
    pub sequence_number: Cow<'a, str>,
    /// Partition key; empty without a stream.
    pub partition_key: Cow<'a, str>,
    /// Index of the user record within its KPL aggregate, but for the first.
    pub user_record: Option<u64>,
    /// When the stream took it, milliseconds since the epoch.
    pub arrival_millis: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(borrow)]
    record_id: Text<'a>,
    #[serde(borrow, default)]
    approximate_arrival_timestamp: Option<&'a RawValue>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    kinesis_record_metadata: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'a> {
    #[serde(borrow)]
    shard_id: Text<'a>,
    #[serde(borrow)]
    sequence_number: Text<'a>,
    #[serde(borrow, default)]
    partition_key: Option<Text<'a>>,
    #[serde(borrow, default)]
    approximate_arrival_timestamp: Option<&'a RawValue>,
    #[serde(borrow, default)]
    subsequence_number: Option<&'a RawValue>,
}

impl<'a> FirehoseEvent<'a> {
    /// Reads the member `records`. A record without an id could not be answered, and Firehose wants an answer for each: it
    /// fails the invocation, and Firehose keeps all its records under its error prefix.
    pub fn read(
        delivery_stream: &str,
        source_stream: Option<&str>,
        invocation: Cow<'a, str>,
        records: &'a RawValue,
    ) -> Result<Self, NotAnEvent> {
        let lacks = |field| NotAnEvent::Lacks { source_name: "Firehose", field };
        let entries: Vec<&'a RawValue> = typed(Some(records)).ok_or(lacks("a list of records"))?;
        let name = delivery_stream.rsplit('/').next().unwrap_or(delivery_stream);
        let stream = source_stream.map_or(name, stream_name).to_string();
        let read = |raw: &&'a RawValue| record(raw, &invocation).ok_or(lacks("a record's recordId"));
        Ok(Self { stream, records: entries.iter().map(read).collect::<Result<_, _>>()? })
    }
}

fn record<'a>(raw: &'a RawValue, invocation: &Cow<'a, str>) -> Option<FirehoseRecord<'a>> {
    let entry: Entry<'a> = typed(Some(raw))?;
    let metadata: Option<Metadata<'a>> = typed(entry.kinesis_record_metadata);
    let arrival = |raw| typed::<f64>(raw).filter(|millis| millis.abs() < 9e15).map(|millis| millis as i64);
    let arrival_millis = arrival(entry.approximate_arrival_timestamp);
    let place = match metadata {
        Some(metadata) => Place {
            shard: metadata.shard_id.0,
            sequence_number: metadata.sequence_number.0,
            partition_key: metadata.partition_key.map(|key| key.0).unwrap_or_default(),
            user_record: metadata.subsequence_number.and_then(number).filter(|index| *index > 0),
            arrival_millis: arrival(metadata.approximate_arrival_timestamp)
                .or(arrival_millis)
                .unwrap_or_default(),
        },
        None => Place {
            shard: invocation.clone(),
            sequence_number: entry.record_id.0.clone(),
            partition_key: Cow::Borrowed(""),
            user_record: None,
            arrival_millis: arrival_millis.unwrap_or_default(),
        },
    };
    let data: Option<Text<'a>> = typed(entry.data);
    Some(FirehoseRecord { id: entry.record_id.0, data: data.map(|data| data.0), place })
}

/// A number, or the text of one: AWS's pages and types show both.
fn number(raw: &RawValue) -> Option<u64> {
    typed(Some(raw)).or_else(|| typed::<Text<'_>>(Some(raw))?.0.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::super::Invocation;
    use super::*;

    fn read(text: &str) -> FirehoseEvent<'_> {
        match Invocation::read(text.as_bytes()) {
            Ok(Invocation::Firehose(event)) => event,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_record_lies_where_it_lay_on_its_stream() {
        let event = read(
            r#"{"invocationId":"inv","deliveryStreamArn":"arn:aws:firehose:r:1:deliverystream/d",
            "sourceKinesisStreamArn":"arn:aws:kinesis:r:1:stream/raw","region":"r","records":[
            {"recordId":"r1","approximateArrivalTimestamp":1,"data":"aGk=","kinesisRecordMetadata":{"shardId":"s-1",
             "partitionKey":"p","sequenceNumber":"77","approximateArrivalTimestamp":1507217624302,"subsequenceNumber":"3"}},
            {"recordId":"r2","approximateArrivalTimestamp":2,"data":7,"kinesisRecordMetadata":{"shardId":"s-1",
             "partitionKey":"p","sequenceNumber":"78","subsequenceNumber":0}}]}"#,
        );
        assert_eq!(event.stream, "raw");
        assert_eq!(
            event.records[0].place,
            Place {
                shard: "s-1".into(),
                sequence_number: "77".into(),
                partition_key: "p".into(),
                user_record: Some(3),
                arrival_millis: 1507217624302
            }
        );
        assert!(matches!(event.records[0].data, Some(Cow::Borrowed("aGk="))));
        let second = &event.records[1];
        assert_eq!(
            (second.data.as_deref(), second.place.user_record, second.place.arrival_millis),
            (None, None, 2)
        );
    }

    #[test]
    fn without_a_stream_the_record_is_its_own_place() {
        let event = read(
            r#"{"invocationId":"inv","deliveryStreamArn":"arn:aws:firehose:r:1:deliverystream/archive","records":[
            {"recordId":"r1","approximateArrivalTimestamp":5,"data":"aGk=","kinesisRecordMetadata":null}]}"#,
        );
        assert_eq!(event.stream, "archive");
        let place = &event.records[0].place;
        assert_eq!(
            (place.shard.as_ref(), place.sequence_number.as_ref(), place.arrival_millis),
            ("inv", "r1", 5)
        );
    }

    #[test]
    fn a_record_that_cannot_be_answered_fails_the_invocation() {
        let text = r#"{"invocationId":"i","deliveryStreamArn":"d","records":[{"data":"aGk="}]}"#;
        let error = Invocation::read(text.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "an event of Firehose without a record's recordId");
    }
}
