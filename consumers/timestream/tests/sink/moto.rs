//! On moto, which takes every record: that the requests are ones of the API, in both layouts.

use super::requests::{MOVES, existing};
use super::*;
use catchwater_consumer_core::contract::event_json;
use catchwater_tests::emulator::Emulator;

#[tokio::test(flavor = "multi_thread")]
async fn write_records_is_taken_in_both_layouts() {
    let Some(moto) = tokio::task::spawn_blocking(Emulator::moto).await.unwrap() else { return };
    let cloud = moto.cloud();
    let tables = [("catchwater", "events"), ("sdc_aws_logs", "sdc_aws_s3_bucket_log_table")];
    tokio::task::block_in_place(|| {
        tables.map(|(database, table)| cloud.create_timestream_table(database, table))
    });

    let events: Vec<String> = (0..150).map(|number| event_json(number, 1)).collect();
    let outcomes = write(&sink(moto.url(), |_| {}).await, &events).await;
    assert_eq!(outcomes, vec![Outcome::Delivered; 150]);
    let moves: Vec<String> = MOVES.lines().map(String::from).collect();
    let outcomes = write(&sink(moto.url(), existing).await, &moves).await;
    assert_eq!(outcomes.iter().filter(|o| **o == Outcome::Delivered).count(), 4, "{outcomes:?}");

    let held = tokio::task::block_in_place(|| tables.map(|(_, table)| cloud.timestream_records(table)));
    assert_eq!((held[0].len(), held[1].len()), (150, 4));
    assert!(held[0].iter().all(|record| record["MeasureValues"].as_array().is_some_and(|m| m.len() == 4)));
    let mut keys: Vec<String> = held[1].iter().map(|record| record["Dimensions"].to_string()).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 4, "{keys:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_not_there_is_waited_for() {
    let Some(moto) = tokio::task::spawn_blocking(Emulator::moto).await.unwrap() else { return };
    let sink = sink(moto.url(), |_| {}).await;
    let events = [event_json(1, 1)];
    let outcomes = write(&sink, &events).await;
    assert!(is_retry(&outcomes[0], "catchwater/events is not there"), "{outcomes:?}");
    tokio::task::block_in_place(|| moto.cloud().create_timestream_table("catchwater", "events"));
    assert_eq!(write(&sink, &events).await, [Outcome::Delivered]);
}
