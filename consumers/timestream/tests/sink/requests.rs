//! What a call looks like on the wire.

use super::rules::Timestream;
use super::*;
use catchwater_consumer_core::contract::event_json;
use catchwater_consumer_timestream::config::Layout;
use serde_json::{Value, json};

/// Golden events of the format `sdc`: what the sorter's lines become.
pub const MOVES: &str = include_str!("../../../../transforms/testdata/sdc/edges/golden.jsonl");

pub fn existing(config: &mut Config) {
    config.layout = Layout::Existing;
    config.database = "sdc_aws_logs".into();
    config.table = "sdc_aws_s3_bucket_log_table".into();
}

fn dimension(name: &str, value: &str) -> Value {
    json!({"Name": name, "Value": value})
}

#[tokio::test]
async fn events_of_one_call_say_once_what_they_have_in_common() {
    let service = Timestream::start().await;
    let sink = sink(service.url(), |_| {}).await;
    // Numbers 2 and 5 are logs.
    assert_eq!(
        write(&sink, &[event_json(2, 1), event_json(5, 1)]).await,
        [Outcome::Delivered, Outcome::Delivered]
    );
    let measure = |name: &str, value: &str, kind: &str| json!({"Name": name, "Value": value, "Type": kind});
    let record = |id: u32, time: &str| {
        json!({
            "Dimensions": [dimension("event_id", &format!("{id:032x}"))],
            "Time": time,
            "MeasureValues": [
                measure("catchwater.schema", "1", "BIGINT"),
                measure("catchwater.revision", "1", "BIGINT"),
                measure("catchwater.who", "bob", "VARCHAR"),
                measure("message", "revision 1", "VARCHAR"),
            ],
        })
    };
    let expected = json!({
        "DatabaseName": "catchwater",
        "TableName": "events",
        "CommonAttributes": {
            "Dimensions": [dimension("service", "shop")],
            "MeasureName": "log",
            "MeasureValueType": "MULTI",
            "TimeUnit": "NANOSECONDS",
            "Version": 1,
        },
        "Records": [record(2, "1577836920000000000"), record(5, "1577837100000000000")],
    });
    assert_eq!(service.calls(), [expected]);
}

#[tokio::test]
async fn rows_of_the_existing_table_are_as_the_centre_writes_them() {
    let service = Timestream::start().await;
    let sink = sink(service.url(), existing).await;
    // A copy's end, with its source of the start.
    let json = [MOVES.lines().nth(1).unwrap().to_string()];
    assert_eq!(write(&sink, &json).await, [Outcome::Delivered]);
    let expected = json!({
        "DatabaseName": "sdc_aws_logs",
        "TableName": "sdc_aws_s3_bucket_log_table",
        "Records": [{
            "Dimensions": [
                dimension("action_type", "PUT"),
                dimension("source_bucket", "swsoc-incoming"),
                dimension("destination_bucket", "hermes-spani"),
                dimension("file_key", "hermes_SPANI_l0_2023040-000018_v01.bin"),
                dimension("new_file_key", "N/A"),
            ],
            "MeasureName": "timestamp",
            "MeasureValue": "1600000000.0",
            "MeasureValueType": "DOUBLE",
            "Time": "1600000000000",
            "TimeUnit": "MILLISECONDS",
            "Version": 1,
        }],
    });
    assert_eq!(service.calls(), [expected]);
}

#[tokio::test]
async fn of_all_events_only_completed_moves_are_rows_and_the_others_are_counted() {
    let service = Timestream::start().await;
    let sink = sink(service.url(), existing).await;
    let mut json: Vec<String> = MOVES.lines().map(String::from).collect();
    json.push(event_json(2, 1));
    let outcomes = write(&sink, &json).await;
    let count = |outcome: Outcome| outcomes.iter().filter(|o| **o == outcome).count();
    let filtered = |reason| count(Outcome::Filtered { reason });
    assert_eq!(count(Outcome::Delivered) as u64, service.held());
    let all = count(Outcome::Delivered)
        + filtered("kind_not_kept")
        + filtered("move_not_completed")
        + filtered("move_failed");
    assert_eq!((service.held(), all), (4, json.len()), "{outcomes:?}");
    // A second event of the same move and time is the same row; again, nothing is added.
    let again = MOVES.lines().nth(1).unwrap();
    let twin = again.replacen("\"id\":\"", "\"id\":\"0", 1);
    let cut = twin.find("\"id\":\"").unwrap() + 6 + 32;
    let twin = format!("{}{}", &twin[..cut], &twin[cut + 1..]);
    let outcomes = write(&sink, &[again.to_string(), twin]).await;
    assert_eq!(outcomes, [Outcome::Delivered, Outcome::Duplicate]);
    assert_eq!(service.held(), 4);
}

#[tokio::test]
async fn a_call_has_a_hundred_records() {
    let service = Timestream::start().await;
    let sink = sink(service.url(), |config| config.parallel_calls = 3).await;
    let json: Vec<String> = (0..1_001).map(|number| event_json(number, 1)).collect();
    assert_eq!(write(&sink, &json).await, vec![Outcome::Delivered; 1_001]);
    let mut sizes: Vec<usize> =
        service.calls().iter().map(|c| c["Records"].as_array().unwrap().len()).collect();
    sizes.sort();
    assert_eq!(sizes, [vec![1], vec![100; 10]].concat());
    assert_eq!(service.held(), 1_001);
}
