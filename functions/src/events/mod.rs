//! What comes into a function, told apart by its shape, and what goes out. No I/O, no clock, nothing of Lambda's runtime.
//!
//! [`kinesis`] (which our own mapping writes too, so that it stands with it) and [`kafka`] bring records of shards,
//! [`firehose`] records to transform, [`logs`] one envelope; [`answer`] is what each gets back. The types of the crate `aws_lambda_events` are not used: its reading of log data
//! loses what these keep, and its events are copies of all text.
//!
//! What is wrong with one record costs that one: it is a [`Broken`](catchwater_mapping::lambda_event::Broken), which
//! becomes a dead letter. What is no event at all is [`NotAnEvent`], which fails the invocation.

pub mod answer;
pub mod firehose;
pub mod kafka;
pub mod logs;

use catchwater_mapping::lambda_event::kinesis::{self, KinesisEvent};
use catchwater_mapping::lambda_event::{Text, typed};
use firehose::FirehoseEvent;
use kafka::KafkaEvent;
use logs::LogsEvent;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Keys of an unknown event that its error names, and characters of each.
const KEYS_SHOWN: usize = 16;
const KEY_CHARS: usize = 40;

/// What a function is invoked with.
#[derive(Debug)]
pub enum Invocation<'a> {
    /// Records of a Kinesis stream.
    Kinesis(KinesisEvent),
    /// Records of a Kafka topic: Amazon MSK or self-managed.
    Kafka(KafkaEvent),
    /// Records that Firehose wants transformed.
    Firehose(FirehoseEvent<'a>),
    /// What a subscription filter of CloudWatch Logs found, sent without a stream between.
    Logs(LogsEvent<'a>),
}

/// The payload is no event that a function takes. Names keys and sources, never a value of a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnEvent {
    /// No UTF-8, or no JSON object.
    #[error("the payload is no JSON object")]
    NotAnObject,
    /// Something else; what was seen.
    #[error(
        "an event of neither Kinesis, Kafka, Firehose nor CloudWatch Logs: it has the keys {keys}{}",
        source_name.as_ref().map(|s| format!(", its records are of {s}")).unwrap_or_default()
    )]
    Unknown {
        /// Names of its members.
        keys: String,
        /// `eventSource` of its first record, such as `aws:sqs`.
        source_name: Option<String>,
    },
    /// A field without which nothing can be answered is missing.
    #[error("an event of {source_name} without {field}")]
    Lacks {
        /// Service.
        source_name: &'static str,
        /// Field.
        field: &'static str,
    },
}

/// The members by which events are told apart, not read yet.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Shape<'a> {
    #[serde(borrow, rename = "Records")]
    stream_records: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    records: Option<&'a RawValue>,
    #[serde(borrow, rename = "eventSource")]
    event_source: Option<Text<'a>>,
    #[serde(borrow, rename = "eventSourceArn")]
    event_source_arn: Option<Text<'a>>,
    #[serde(borrow, rename = "deliveryStreamArn")]
    delivery_stream: Option<Text<'a>>,
    #[serde(borrow, rename = "sourceKinesisStreamArn")]
    source_stream: Option<Text<'a>>,
    #[serde(borrow, rename = "invocationId")]
    invocation_id: Option<Text<'a>>,
    #[serde(borrow)]
    awslogs: Option<&'a RawValue>,
    #[serde(borrow)]
    catchwater: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Sourced<'a> {
    #[serde(borrow)]
    kinesis: Option<&'a RawValue>,
    #[serde(borrow, rename = "eventSource")]
    event_source: Option<Text<'a>>,
}

impl<'a> Invocation<'a> {
    /// Reads an event. Its text is walked twice: once for its shape, once for its records.
    pub fn read(payload: &'a [u8]) -> Result<Self, NotAnEvent> {
        let text = std::str::from_utf8(payload).map_err(|_| NotAnEvent::NotAnObject)?;
        let Ok(shape) = serde_json::from_str::<Shape<'_>>(text) else { return Err(seen(text)) };
        if let Some(records) = &shape.stream_records {
            if records.iter().any(|record| is_kinesis(record)) || records.is_empty() {
                return Ok(Invocation::Kinesis(KinesisEvent::read(records, typed(shape.catchwater))));
            }
        } else if let Some(logs) = shape.awslogs {
            let lacks = NotAnEvent::Lacks { source_name: "CloudWatch Logs", field: "awslogs.data" };
            return LogsEvent::read(logs).map(Invocation::Logs).ok_or(lacks);
        } else if let (Some(delivery_stream), Some(records)) = (&shape.delivery_stream, shape.records) {
            let source = shape.source_stream.as_ref().map(|arn| arn.0.as_ref());
            let invocation = shape.invocation_id.map(|id| id.0).unwrap_or_default();
            return FirehoseEvent::read(&delivery_stream.0, source, invocation, records)
                .map(Invocation::Firehose);
        } else if let (Some(source), Some(records)) = (&shape.event_source, shape.records)
            && kafka::SOURCES.contains(&source.0.as_ref())
        {
            let arn = shape.event_source_arn.as_ref().map(|arn| arn.0.as_ref());
            let lacks = NotAnEvent::Lacks { source_name: "Kafka", field: "records by partition" };
            return KafkaEvent::read(records, arn).map(Invocation::Kafka).ok_or(lacks);
        }
        Err(seen(text))
    }
}

fn is_kinesis(record: &RawValue) -> bool {
    let sourced: Sourced<'_> = typed(Some(record)).unwrap_or_default();
    let source = sourced.event_source.as_ref().map(|source| source.0.as_ref());
    match source {
        Some(source) => source == kinesis::SOURCE,
        None => sourced.kinesis.is_some(),
    }
}

/// What of an event that is not known may be said.
fn seen(text: &str) -> NotAnEvent {
    let Ok(members) = serde_json::from_str::<BTreeMap<String, IgnoredAny>>(text) else {
        return NotAnEvent::NotAnObject;
    };
    let shown = |key: &String| key.chars().take(KEY_CHARS).filter(|c| !c.is_control()).collect::<String>();
    let mut keys: Vec<String> = members.keys().take(KEYS_SHOWN).map(shown).collect();
    if members.len() > KEYS_SHOWN {
        keys.push("…".into());
    }
    let shape: Shape<'_> = serde_json::from_str(text).unwrap_or_default();
    let first = shape.stream_records.as_ref().and_then(|records| records.first().copied());
    let sourced: Sourced<'_> = typed(first).unwrap_or_default();
    let source = sourced.event_source.or(shape.event_source).map(|source| source.0.into_owned());
    // A source's name looks so; what does not may be anything.
    let is_name = |name: &String| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
        name.len() <= KEY_CHARS && name.strip_prefix("aws:").is_some_and(|s| s.chars().all(is_part))
    };
    NotAnEvent::Unknown { keys: keys.join(", "), source_name: source.filter(is_name) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn error(text: &str) -> String {
        Invocation::read(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn what_is_unknown_is_named_by_its_keys_and_source_and_never_quoted() {
        let sqs = r#"{"Records":[{"messageId":"m","body":"hunter2","eventSource":"aws:sqs"}]}"#;
        let said = "an event of neither Kinesis, Kafka, Firehose nor CloudWatch Logs: it has the keys ";
        assert_eq!(error(sqs), format!("{said}Records, its records are of aws:sqs"));
        assert_eq!(
            error(r#"{"detail":{"a":"hunter2"},"detail-type":"x"}"#),
            format!("{said}detail, detail-type")
        );
        assert_eq!(error(r#"{"Records":{"a":"hunter2"}}"#), format!("{said}Records"));
        assert_eq!(error(r#"{"Records":[{"eventSource":"hunter 2"}]}"#), format!("{said}Records"));
        assert_eq!(
            error(r#"{"eventSource":"aws:mq","records":{}}"#),
            format!("{said}eventSource, records, its records are of aws:mq")
        );
        assert_eq!(error(r#"{"awslogs":{"data":5}}"#), "an event of CloudWatch Logs without awslogs.data");
        assert_eq!(
            error(r#"{"eventSource":"aws:kafka","records":[]}"#),
            "an event of Kafka without records by partition"
        );
        for nothing in ["", "[]", "null", r#""hunter2""#, "{", "{\"a\":}"] {
            assert_eq!(error(nothing), "the payload is no JSON object");
        }
        assert_eq!(Invocation::read(&[b'"', 0xff]).unwrap_err(), NotAnEvent::NotAnObject);
    }

    #[test]
    fn an_event_without_records_has_no_shards() {
        let Ok(Invocation::Kinesis(event)) = Invocation::read(br#"{"Records":[]}"#) else { panic!() };
        assert_eq!(event, KinesisEvent::default());
    }

    /// JSON that has the right names in the right places, most of the time.
    fn almost() -> impl Strategy<Value = String> {
        let value = prop_oneof![
            Just("null".to_string()),
            Just("1.5e3".to_string()),
            Just(r#""aGk=""#.to_string()),
            Just(r#""aws:kinesis""#.to_string()),
            Just(r#""shardId-0:1""#.to_string()),
            Just(r#""SelfManagedKafka""#.to_string()),
            "\"[a-z:/]{0,9}\"",
        ];
        let name = prop::sample::select(vec![
            "Records",
            "records",
            "kinesis",
            "eventSource",
            "eventID",
            "eventSourceARN",
            "deliveryStreamArn",
            "recordId",
            "invocationId",
            "awslogs",
            "data",
            "sequenceNumber",
            "approximateArrivalTimestamp",
            "topic-0",
            "offset",
            "value",
            "timestamp",
            "kinesisRecordMetadata",
            "shardId",
            "catchwater",
            "tries",
            "firstTryMillis",
        ]);
        value.prop_recursive(5, 48, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(|all| format!("[{}]", all.join(","))),
                prop::collection::vec((name.clone(), inner), 0..7).prop_map(|all| {
                    let members = all.iter().map(|(name, value)| format!("\"{name}\":{value}"));
                    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "\\PC{0,80}") {
            let _ = Invocation::read(&bytes);
            let _ = Invocation::read(text.as_bytes());
        }

        #[test]
        fn no_event_makes_it_panic(text in almost()) {
            if let Err(error) = Invocation::read(text.as_bytes()) {
                prop_assert!(!error.to_string().contains("aGk="));
            }
        }
    }
}
