use super::*;
use proptest::prelude::*;

const EVENT: &str = r#"{"@timestamp":"2026-11-01T10:00:00.113000001Z","service":{"name":"shop \"1\""},"event":{"id":"0123456789abcdef0123456789abcdef-2","outcome":"success","duration":12000000,"start":"2026-11-01T10:00:00.113Z"},"catchwater":{"schema":1,"revision":3,"kind":"service_query","format":"nginx_access","who":"bob","truncated":true,"fields":{"a":{"b":[1,"}"]}}},"message":"two\nlines é","tags":["x","y"],"http":{"response":{"status_code":404}},"rails":{"db_runtime_ms":1.25},"url":{"query":""},"new":{"field":1}}"#;

fn record(json: &str) -> Record {
    Encoder::new(&Config::default()).encode(&Event::read(json).unwrap()).unwrap()
}

/// The record as lines of text, in its order.
fn shown(record: &Record) -> Vec<String> {
    let dimensions = record.dimensions().iter().map(|d| format!("{}={}", d.name, d.value));
    let measures = record.measure_values().iter().map(|m| format!("{} {}={}", m.r#type, m.name, m.value));
    dimensions.chain(measures).collect()
}

fn bytes(record: &Record) -> usize {
    let dimensions = record.dimensions().iter().map(|d| d.name.len() + d.value.len());
    let measures = record.measure_values().iter().map(|m| {
        m.name.len()
            + match m.r#type {
                MeasureValueType::Varchar => m.value.len(),
                MeasureValueType::Boolean => 1,
                _ => 8,
            }
    });
    8 + record.measure_name().unwrap().len() + dimensions.sum::<usize>() + measures.sum::<usize>()
}

#[test]
fn an_event_is_one_record_of_typed_measures() {
    let record = record(EVENT);
    assert_eq!(record.measure_name(), Some("service_query"));
    assert_eq!(record.measure_value_type(), Some(&MeasureValueType::Multi));
    assert_eq!(
        (record.time(), record.time_unit()),
        (Some("1793527200113000001"), Some(&TimeUnit::Nanoseconds))
    );
    assert_eq!(record.version(), Some(3));
    let expected = [
        "event_id=0123456789abcdef0123456789abcdef-2",
        "format=nginx_access",
        "service=shop \"1\"",
        "VARCHAR event.outcome=success",
        "BIGINT event.duration=12000000",
        "BIGINT event.start=1793527200113000000",
        "BIGINT catchwater.schema=1",
        "BIGINT catchwater.revision=3",
        "VARCHAR catchwater.who=bob",
        "BOOLEAN catchwater.truncated=true",
        r#"VARCHAR catchwater.fields={"a":{"b":[1,"}"]}}"#,
        "VARCHAR message=two\nlines é",
        r#"VARCHAR tags=["x","y"]"#,
        "BIGINT http.response.status_code=404",
        "DOUBLE rails.db_runtime_ms=1.25",
        // The field of a newer layout.
        "BIGINT cut=1",
    ];
    assert_eq!(shown(&record), expected);
}

#[test]
fn what_is_too_long_is_cut_and_counted() {
    let long = EVENT.replace("two\\nlines", &"x".repeat(5_000)).replace("shop", &"s".repeat(300));
    let record = record(&long);
    assert_eq!(bytes(&record), RECORD_BYTES);
    let lines = shown(&record);
    assert!(lines.contains(&"BIGINT cut=3".to_string()), "{lines:?}");
    let service = lines.iter().find(|line| line.starts_with("service=")).unwrap();
    assert_eq!(service.len(), "service=".len() + DIMENSION_BYTES);
}

#[test]
fn a_value_that_is_not_of_its_type_is_left_out_and_counted() {
    let wrong = EVENT.replace("\"duration\":12000000", "\"duration\":\"slow\"").replace("404", "1e99");
    let lines = shown(&record(&wrong));
    assert!(lines.iter().all(|line| !line.contains("duration") && !line.contains("status_code")));
    assert!(lines.contains(&"BIGINT cut=3".to_string()), "{lines:?}");
}

#[test]
fn what_cannot_be_a_record_is_refused_by_a_word() {
    let of = |change: fn(&mut Event<'_>)| {
        let mut event = Event::read(EVENT).unwrap();
        change(&mut event);
        Encoder::new(&Config::default()).encode(&event).unwrap_err().to_string()
    };
    assert!(of(|event| event.time = Timestamp::from_nanos(-1)).starts_with("time_out_of_range"));
    assert!(of(|event| event.revision = u64::MAX).starts_with("revision_too_large"));
    assert!(of(|event| event.json = "{\"event\":{").starts_with("not_json"));
    // Versions begin with 1.
    let mut event = Event::read(EVENT).unwrap();
    event.revision = 0;
    assert_eq!(Encoder::new(&Config::default()).encode(&event).unwrap().version(), Some(1));
}

#[test]
fn what_the_configuration_leaves_out_is_filtered_by_a_word() {
    let event = Event::read(EVENT).unwrap();
    let (kinds, formats) = (vec![Kind::Log], Some(vec!["sdc".to_string()]));
    for (config, word) in [
        (Config { kinds, ..Config::default() }, "kind_not_kept"),
        (Config { formats, ..Config::default() }, "format_not_kept"),
    ] {
        let part = Encoder::new(&config).part(&event);
        assert!(matches!(part, Part::Known(Outcome::Filtered { reason }) if reason == word), "{part:?}");
    }
}

#[test]
fn no_measure_has_the_name_of_a_dimension_or_one_that_is_reserved() {
    for info in catchwater_schemas::field::FIELDS {
        assert!(DIMENSIONS.iter().all(|(name, _)| *name != info.path), "{}", info.path);
        assert!(
            !["time", "measure_name", CUT_MEASURE].contains(&info.path)
                && !info.path.starts_with("measure_value")
        );
        assert!(info.path.len() <= 256);
    }
}

proptest! {
    #[test]
    fn every_event_fits_and_no_name_stands_twice(
        texts in proptest::collection::vec((0..catchwater_schemas::field::FIELDS.len(), "[ -~é]{0,400}"), 0..60),
        twice in any::<bool>(),
    ) {
        use catchwater_schemas::fields::{Fields, Value};
        let mut fields = Fields::new();
        for (index, text) in &texts {
            fields.set(Field::from_index(*index), Value::from(text.clone()));
        }
        fields.set(Field::Timestamp, Value::from(Timestamp::from_nanos(1_793_527_200_000_000_000)));
        fields.set(Field::EventId, Value::from("0123456789abcdef0123456789abcdef"));
        fields.set(Field::Schema, Value::from(1));
        fields.set(Field::Revision, Value::from(1));
        fields.set(Field::Kind, Value::from("log"));
        let mut json = String::from_utf8(catchwater_schemas::layout::event_json(&fields)).unwrap();
        if twice {
            json = json.replacen('{', "{\"message\":\"first\",", 1);
        }
        let Ok(event) = Event::read(&json) else { return Ok(()) };
        let record = Encoder::new(&Config::default()).encode(&event).unwrap();
        prop_assert!(bytes(&record) <= RECORD_BYTES);
        let mut names: Vec<&str> = record.measure_values().iter().map(|m| m.name()).collect();
        prop_assert!(names.len() <= 256 && record.measure_values().iter().all(|m| !m.value.is_empty()));
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        prop_assert_eq!(names.len(), count);
    }
}
