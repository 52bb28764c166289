use super::*;

/// Golden events of the format `sdc`: what the sorter's lines become.
const EVENTS: &str = include_str!("../../../../transforms/testdata/sdc/edges/golden.jsonl");

fn rows() -> Vec<Result<Record, String>> {
    let of = |line| record(&Event::read(line).unwrap(), |_| true).map_err(|none| none.to_string());
    EVENTS.lines().map(of).collect()
}

fn dimensions(record: &Record) -> Vec<(&str, &str)> {
    record.dimensions().iter().map(|d| (d.name(), d.value())).collect()
}

#[test]
fn a_completed_move_is_the_row_that_the_centre_writes() {
    let rows: Vec<Record> = rows().into_iter().flatten().collect();
    let expected = [
        (
            ["PUT", "swsoc-incoming", "hermes-spani", "hermes_SPANI_l0_2023040-000018_v01.bin", "N/A"],
            "1600000000000",
            "1600000000.0",
        ),
        (["PUT", "N/A", "hermes-eea", "l1/2023/a.cdf", "l1/2023/a.cdf"], "1691843655000", "1691843655.0"),
        (["PUT", "N/A", "hermes-eea", "never/started.bin", "N/A"], "1600000000000", "1600000000.0"),
        (["PUT", "N/A", "hermes-eea", "l1/a.cdf", "l1/a.cdf"], "1600000000000", "1600000000.0"),
    ];
    assert_eq!(rows.len(), expected.len());
    let names = ["action_type", "source_bucket", "destination_bucket", "file_key", "new_file_key"];
    for (row, (values, time, seconds)) in rows.iter().zip(expected) {
        assert_eq!(dimensions(row), names.into_iter().zip(values).collect::<Vec<_>>());
        assert_eq!((row.time(), row.time_unit()), (Some(time), Some(&TimeUnit::Milliseconds)));
        assert_eq!((row.measure_name(), row.measure_value()), (Some("timestamp"), Some(seconds)));
        assert_eq!(row.measure_value_type(), Some(&MeasureValueType::Double));
        assert!(row.measure_values.is_none() && row.version() == Some(1));
    }
}

#[test]
fn what_is_no_completed_move_is_filtered_by_a_word() {
    let mut words: Vec<String> = rows().into_iter().filter_map(Result::err).collect();
    words.sort();
    words.dedup();
    assert_eq!(words, ["kind_not_kept", "move_failed", "move_not_completed"]);
    let line = EVENTS.lines().nth(1).unwrap();
    let without = line
        .replace(r#""source":{"bucket":"swsoc-incoming","#, r#""source":{"#)
        .replace(r#""destination":{"bucket":"hermes-spani"}"#, r#""destination":{"bucket":""}"#);
    let event = Event::read(&without).unwrap();
    assert!(matches!(record(&event, |_| true), Err(NoRecord::Filtered("move_without_bucket"))));
    let event = Event::read(line).unwrap();
    let other = record(&event, |format| format == Some("aws_s3_event"));
    assert!(matches!(other, Err(NoRecord::Filtered("format_not_kept"))));
    assert!(record(&event, |format| format == Some("sdc")).is_ok());
    let listed = line.replace(r#""type":"end""#, r#""type":["access","start"]"#);
    let event = Event::read(&listed).unwrap();
    assert!(matches!(record(&event, |_| true), Err(NoRecord::Filtered("move_not_completed"))));
}

#[test]
fn a_key_is_never_cut() {
    let line =
        EVENTS.lines().nth(1).unwrap().replace("\"path\":\"", &format!("\"path\":\"{}", "k".repeat(1_900)));
    let none = record(&Event::read(&line).unwrap(), |_| true).unwrap_err();
    assert!(none.to_string().starts_with("record_too_large"), "{none}");
}

#[test]
fn seconds_are_written_as_python_does() {
    for (millis, text) in
        [(0, "0.0"), (1, "0.001"), (1_691_843_655_137, "1691843655.137"), (1_691_843_655_100, "1691843655.1")]
    {
        assert_eq!(seconds(millis), text);
    }
}

#[test]
fn rows_of_one_move_and_time_are_one() {
    let rows: Vec<Record> = rows().into_iter().flatten().collect();
    let mut keys: Vec<String> = rows.iter().chain(&rows).map(key).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), rows.len());
}
