//! What becomes of events where the service rejects some, refuses a call, or is not there.

use super::rules::{Timestream, error};
use super::*;
use catchwater_consumer_core::contract::event_json;
use catchwater_consumer_core::http::script::{Reply, ScriptedServer};
use serde_json::json;
use std::sync::{Arc, Mutex};

fn events(numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(|number| event_json(number, 1)).collect()
}

#[tokio::test]
async fn rejected_records_are_resolved_one_by_one() {
    let service = Timestream::start().await;
    let sink = sink(service.url(), |_| {}).await;
    assert_eq!(write(&sink, &[event_json(1, 5)]).await, [Outcome::Delivered]);
    let old = event_json(2, 1).replace("2020-", "1999-");
    let ahead = event_json(3, 1).replace("2020-", "2034-");
    let other = event_json(1, 5).replace("\"bob\"", "\"eve\"");
    for (second, expected) in [(event_json(1, 4), 1), (other, 1)] {
        let call = [event_json(4, 1), second, old.clone(), event_json(5, 1), ahead.clone()];
        let outcomes = write(&sink, &call).await;
        assert_eq!(outcomes[expected], Outcome::Duplicate);
        assert_eq!((&outcomes[0], &outcomes[3]), (&Outcome::Delivered, &Outcome::Delivered));
        assert!(is_rejected(&outcomes[2], "older_than_memory_store"), "{outcomes:?}");
        assert!(is_rejected(&outcomes[4], "in_the_future"), "{outcomes:?}");
    }
    assert_eq!((service.held(), service.versions().iter().max()), (3, Some(&5)));
}

#[tokio::test]
async fn a_record_that_makes_the_request_invalid_is_found() {
    let service = Timestream::start().await;
    service.refuse(&format!("{:032x}", 77));
    let sink = sink(service.url(), |_| {}).await;
    let outcomes = write(&sink, &events(0..150)).await;
    for (number, outcome) in outcomes.iter().enumerate() {
        match number {
            77 => assert!(is_rejected(outcome, "record_not_valid"), "{outcome:?}"),
            _ => assert_eq!(*outcome, Outcome::Delivered, "{number}"),
        }
    }
    assert_eq!(service.held(), 149);
}

#[tokio::test]
async fn what_concerns_the_service_is_not_asked_again_at_once() {
    let refused = |code: &str| error(400, code, json!({}));
    for (reply, words) in [
        (refused("ThrottlingException"), "ThrottlingException"),
        (error(500, "InternalServerException", json!({})), "InternalServerException"),
        (Reply::status(503, ""), "503"),
        (refused("ResourceNotFoundException"), "catchwater/events is not there"),
        (refused("AccessDeniedException"), "timestream:WriteRecords"),
        (refused("UnrecognizedClientException"), "UnrecognizedClientException"),
        (refused("InvalidEndpointException"), "InvalidEndpointException"),
        (error(419, "RejectedRecordsException", json!({"RejectedRecords": []})), "does not name them"),
        (
            error(419, "RejectedRecordsException", json!({"RejectedRecords": [{"RecordIndex": 100}]})),
            "does not name them",
        ),
        (Reply::Close, "dispatch failure"),
    ] {
        let server = ScriptedServer::start(move |_, _| reply.clone()).await.unwrap();
        let sink = sink(server.url(), |config| config.parallel_calls = 1).await;
        let outcomes = write(&sink, &events(0..110)).await;
        assert!(
            outcomes.len() == 110 && outcomes.iter().all(|o| is_retry(o, words)),
            "{words}: {:?}",
            outcomes[0]
        );
        assert_eq!(server.seen().len(), 1, "{words}");
    }
}

#[tokio::test]
async fn after_throttling_the_rest_of_the_events_gets_through() {
    let service = Timestream::start_with(|number, _| {
        (number == 1).then(|| error(400, "ThrottlingException", json!({})))
    })
    .await;
    let sink = sink(service.url(), |config| config.parallel_calls = 1).await;
    let json = events(0..250);
    let outcomes = write(&sink, &json).await;
    assert_eq!(outcomes[..100], vec![Outcome::Delivered; 100]);
    assert!(outcomes[100..].iter().all(|o| is_retry(o, "ThrottlingException")));
    assert_eq!(write(&sink, &json[100..]).await, vec![Outcome::Delivered; 150]);
    assert_eq!(service.held(), 250);
}

#[tokio::test]
async fn no_secret_and_no_value_stands_in_a_reason() {
    let said = json!({"RejectedRecords": [{"RecordIndex": 0, "Reason": "The value 'secret' is not taken."}]});
    let server = ScriptedServer::start(move |_, _| error(419, "RejectedRecordsException", said.clone()))
        .await
        .unwrap();
    let sink = sink(server.url(), |_| {}).await;
    let outcomes = write(&sink, &events(0..2)).await;
    assert_eq!(outcomes[0], Outcome::Reject { reason: "record_refused: The value '' is not taken.".into() });
    assert_eq!(outcomes[1], Outcome::Delivered);
}

#[tokio::test]
async fn without_an_endpoint_of_ours_the_service_is_asked_for_one() {
    // Only an endpoint of the SDK's configuration stands between; it is asked for nothing but records.
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let noted = Arc::clone(&asked);
    let server = ScriptedServer::start(move |_, seen| {
        noted.lock().unwrap().push(seen.header("x-amz-target").unwrap().to_string());
        Reply::status(200, "{}")
    })
    .await
    .unwrap();
    let sdk = sdk().await.into_builder().endpoint_url(server.url()).build();
    let sink = TimestreamSink::with_sdk(&Config::default(), sdk).unwrap();
    assert_eq!(write(&sink, &events(0..1)).await, [Outcome::Delivered]);
    assert_eq!(*asked.lock().unwrap(), ["Timestream_20181101.WriteRecords"]);
}
