//! PutRecordBatch by the SDK on a server by script: what Firehose answers where ministack's always takes all. Bodies and codes
//! as in <https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html>.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use bytes::Bytes;
use catchwater_aws::firehose::Firehose;
use catchwater_aws::put_record_batch::{PutBatchSettings, PutRecordBatch, RecordResult};
use catchwater_aws::sdk;
use catchwater_consumer_core::http::script::{Reply, ScriptedServer};
use catchwater_consumer_core::retry::Backoff;
use catchwater_consumer_core::world::{SystemClock, SystemRng};
use std::sync::Arc;
use std::time::Duration;

const TAKEN: &str = r#"{"RecordId":"id"}"#;
const BUSY: &str = r#"{"ErrorCode":"ServiceUnavailableException","ErrorMessage":"Slow down."}"#;

fn answer(failed: usize, entries: &[&str]) -> Reply {
    let entries = entries.join(",");
    Reply::status(200, format!(r#"{{"FailedPutCount":{failed},"RequestResponses":[{entries}]}}"#))
}

fn error(status: u16, code: &str) -> Reply {
    Reply::status(status, format!(r#"{{"__type":"com.amazonaws.firehose#{code}","message":"why"}}"#))
}

/// Puts three records to a Firehose that gives these answers, the last again and again; how they ended and what each call held.
async fn put(replies: Vec<Reply>, patience: Duration) -> (Vec<RecordResult>, Vec<Vec<String>>) {
    let last = replies.len() - 1;
    let server = ScriptedServer::start(move |n, _| replies[n.min(last)].clone()).await.unwrap();
    let firehose = Firehose::new(&sdk::config_at(&server.url(), "eu-central-1").await);
    let backoff = Backoff { first: Duration::from_millis(1), most: Duration::from_millis(4) };
    let settings = PutBatchSettings { backoff, patience };
    let (clock, rng) = (Arc::new(SystemClock), Arc::new(SystemRng));
    let writer = PutRecordBatch::new(Arc::new(firehose), "events", clock, rng, settings);
    let results = writer.put(&["one", "two", "three"].map(Bytes::from)).await;
    let seen = server.seen();
    let calls = seen.iter().map(|seen| {
        assert_eq!(seen.header("x-amz-target"), Some("Firehose_20150804.PutRecordBatch"));
        let call: serde_json::Value = serde_json::from_slice(&seen.body).unwrap();
        assert_eq!(call["DeliveryStreamName"], "events");
        let records = call["Records"].as_array().unwrap().iter();
        records.map(|record| record["Data"].as_str().unwrap().to_string()).collect()
    });
    (results, calls.collect())
}

const MINUTE: Duration = Duration::from_secs(60);
const ONE_TRY: Duration = Duration::ZERO;
/// The records' base64.
const DATA: [&str; 3] = ["b25l", "dHdv", "dGhyZWU="];

#[tokio::test]
async fn only_the_entries_that_failed_are_sent_again() {
    let replies = vec![answer(2, &[BUSY, TAKEN, BUSY]), answer(1, &[TAKEN, BUSY]), answer(0, &[TAKEN])];
    let (results, calls) = put(replies, MINUTE).await;
    assert!(results.iter().all(RecordResult::is_accepted), "{results:?}");
    assert_eq!(calls, [&DATA[..], &[DATA[0], DATA[2]], &[DATA[2]]]);
}

#[tokio::test]
async fn throttling_and_silence_are_worth_another_try_and_the_sdk_makes_none_itself() {
    for (reply, cause) in [
        (error(500, "ServiceUnavailableException"), "ServiceUnavailableException: why"),
        (error(400, "ThrottlingException"), "ThrottlingException: why"),
        (Reply::Close, ""),
        (answer(2, &[BUSY, TAKEN, TAKEN]), "the answer contradicts itself"),
    ] {
        let (results, calls) = put(vec![reply.clone()], ONE_TRY).await;
        let told = |result: &RecordResult| matches!(result, RecordResult::Failed { code, message } if code == "Unavailable" && message.starts_with(cause));
        assert!(results.iter().all(told) && results.len() == 3, "{cause}: {results:?}");
        assert_eq!(calls, [DATA], "{cause}");
        let (results, calls) = put(vec![reply, answer(0, &[TAKEN; 3])], MINUTE).await;
        assert!(results.iter().all(RecordResult::is_accepted), "{results:?}");
        assert_eq!(calls, [DATA, DATA]);
    }
}

#[tokio::test]
async fn a_refusal_is_told_by_its_code_and_not_tried_again() {
    for code in ["ResourceNotFoundException", "AccessDeniedException", "InvalidKMSResourceException"] {
        let (results, calls) = put(vec![error(400, code)], MINUTE).await;
        let refused = RecordResult::Failed { code: code.into(), message: "why".into() };
        assert_eq!((results, calls.len()), (vec![refused; 3], 1));
    }
}
