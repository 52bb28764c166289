//! Raw records of others through the whole transform: those in `testdata/aws_cwl_envelope` and `testdata/aws_kpl`, and
//! the folders of these names in the corpus that `CATCHWATER_CORPUS` names.
//!
//! A line of an input is a raw record, or JSON in which base64 holds some: Lambda's events of Kinesis and CloudWatch
//! Logs, records of Firehose. Expectations are lines as in `transforms/score`; names of their own are
//! `cwl.log_group`, `cwl.log_stream`, `kpl.partition_key`, `kpl.explicit_hash_key`, and `event.id`: CloudWatch's.

mod aggregates;
mod envelopes;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use catchwater_schemas::config::{Redact, Route};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Fields;
use catchwater_schemas::id::{DEFAULT_KEY, IdKey, Scope};
use catchwater_schemas::time::Timestamp;
use catchwater_transforms::decode::inflate::Inflater;
use catchwater_transforms::decode::kpl::{Aggregate, is_aggregate};
use catchwater_transforms::decode::{lines::trimmed, unpack};
use catchwater_transforms::formats::Format;
use catchwater_transforms::transform::{Parts, Transform};
use envelopes::*;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The message as it is: what the formats make of it is tested elsewhere.
static AS_IS: Format = Format {
    name: "as_is",
    parse: |_, event, emit| {
        let mut fields = Fields::new();
        fields.set(Field::Message, event.message);
        emit.event(Kind::Log, fields);
        Ok(())
    },
    ..Format::DEFAULTS
};

static FORMATS: &[&Format] = &[&AS_IS];

fn as_is() -> Transform {
    let route = Route { format: Some("as_is".into()), ..Route::default() };
    let redact = Redact { rules: Vec::new(), ..Redact::default() };
    Transform::with_formats(&Parts { routes: vec![route], redact, ..Parts::default() }, FORMATS).unwrap()
}

/// An input's raw records by their line, and what is expected of each line.
struct Case {
    name: String,
    raw_records: BTreeMap<u64, Vec<Vec<u8>>>,
    expected: BTreeMap<u64, Vec<Value>>,
}

fn cases(folder: &str) -> Vec<Case> {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(folder);
    let mut cases: Vec<Case> = std::fs::read_dir(&ours)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| case(&path.join("input.jsonl"), &path.join("expected.jsonl")))
        .collect();
    match std::env::var_os("CATCHWATER_CORPUS") {
        Some(corpus) => {
            for entry in std::fs::read_dir(PathBuf::from(corpus).join(folder)).unwrap() {
                let path = entry.unwrap().path();
                let text = path.to_str().unwrap();
                if !text.ends_with(".expected.jsonl") {
                    cases.push(case(&path, Path::new(&text.replace(".jsonl", ".expected.jsonl"))));
                }
            }
        }
        None => {
            println!("SKIPPED: CATCHWATER_CORPUS is not set");
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "CI must set CATCHWATER_CORPUS");
        }
    }
    cases
}

fn case(input: &Path, expected: &Path) -> Case {
    let lines = |path: &Path| std::fs::read_to_string(path).unwrap();
    let mut of_lines: BTreeMap<u64, Vec<Value>> = BTreeMap::new();
    for line in lines(expected).lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        of_lines.entry(value["line"].as_u64().unwrap()).or_default().push(value["ecs"].clone());
    }
    let raw_records = (1..).zip(lines(input).lines().map(raw_records)).collect();
    Case { name: input.display().to_string(), raw_records, expected: of_lines }
}

fn raw_records(line: &str) -> Vec<Vec<u8>> {
    let value: Value = serde_json::from_str(line).unwrap_or_default();
    let records = match &value["Records"] {
        Value::Array(records) => records.clone(),
        _ => vec![value],
    };
    let packed = |record: &Value| {
        let data = ["/kinesis/data", "/awslogs/data", "/data"].map(|path| at(record, path));
        let data = data.into_iter().find(|data| !data.is_empty())?;
        Some(STANDARD.decode(data).unwrap())
    };
    let decoded: Vec<Vec<u8>> = records.iter().filter_map(packed).collect();
    if decoded.is_empty() { vec![line.as_bytes().to_vec()] } else { decoded }
}

fn slices(records: &[Vec<u8>]) -> Vec<&[u8]> {
    records.iter().map(Vec::as_slice).collect()
}

fn time(value: &Value, pointer: &str) -> Option<Timestamp> {
    Timestamp::parse_rfc3339(at(value, pointer), 0)
}

#[test]
fn envelopes_of_others() {
    let (transform, mut compared) = (as_is(), 0);
    for case in cases("aws_cwl_envelope") {
        for (line, expected) in &case.expected {
            let (events, report) = run(&transform, &slices(&case.raw_records[line]));
            assert!(report.faults.is_empty(), "{}:{line}: {:?}", case.name, report.faults);
            assert_eq!(events.len(), expected.len(), "{}:{line}", case.name);
            for (event, expected) in events.iter().zip(expected) {
                let theirs = |name: &str| expected[name].as_str().unwrap();
                let scope = Scope {
                    account: theirs("cloud.account.id"),
                    region: "",
                    log_group: theirs("cwl.log_group"),
                    log_stream: theirs("cwl.log_stream"),
                };
                let id = IdKey::new(DEFAULT_KEY).scope(&scope).id(theirs("event.id"), 0).to_string();
                let ours = ["/message", "/event/id", "/aws/cloudwatch/log_group", "/cloud/account/id"];
                let expected_text = [trimmed(theirs("message")), &id, scope.log_group, scope.account];
                assert_eq!(ours.map(|path| at(event, path)), expected_text, "{}:{line}", case.name);
                assert_eq!(
                    time(event, "/@timestamp"),
                    Timestamp::parse_rfc3339(theirs("@timestamp"), 0),
                    "{}:{line}",
                    case.name
                );
                compared += 1;
            }
        }
    }
    assert!(compared >= 31, "{compared}");
}

#[test]
fn aggregates_of_others() {
    let (transform, mut compared) = (as_is(), 0);
    for case in cases("aws_kpl") {
        for (line, expected) in &case.expected {
            let [data] = &case.raw_records[line][..] else { panic!("{}:{line}", case.name) };
            let (events, report) = run(&transform, &[data]);
            assert!(report.faults.is_empty(), "{}:{line}: {:?}", case.name, report.faults);
            for (n, expected) in expected.iter().enumerate().filter(|(_, e)| e.is_object()) {
                assert_eq!(at(&events[n], "/message"), trimmed(expected["message"].as_str().unwrap()));
                compared += 1;
                if is_aggregate(data) {
                    let aggregate = Aggregate::read(data).unwrap();
                    let user_record = aggregate.user_records().nth(n).unwrap();
                    let text = |name: &str| expected[name].as_str().map(str::as_bytes);
                    assert_eq!(Some(user_record.partition_key), text("kpl.partition_key"));
                    assert_eq!(user_record.explicit_hash_key, text("kpl.explicit_hash_key"));
                    assert_eq!(Some(user_record.data), text("message"));
                    assert_eq!((aggregate.len(), events.len()), (4, 4));
                }
            }
            if case.name.contains("sam") {
                let starts: Vec<&str> =
                    messages(&events).iter().map(|m| &m[..m.find(',').unwrap()]).collect();
                assert_eq!(starts, if *line == 1 { vec!["40", "41"] } else { vec!["4"] });
            }
        }
    }
    assert!(compared >= 5, "{compared}");
}

fn zlib(data: &str) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn replaced(texts: &[String], pattern: &str, by: &str) -> Vec<Vec<u8>> {
    let pattern = regex::Regex::new(pattern).unwrap();
    assert!(texts.iter().all(|text| pattern.is_match(text)), "{pattern}");
    texts.iter().map(|text| pattern.replace_all(text, by).into_owned().into_bytes()).collect()
}

#[test]
fn envelopes_in_every_packing_one_after_the_other_and_with_members_added_are_the_same() {
    let transform = as_is();
    for case in cases("aws_cwl_envelope") {
        let records: Vec<Vec<u8>> = case.raw_records.into_values().flatten().collect();
        let text = |data: &Vec<u8>| {
            let mut inflater = Inflater::new();
            String::from_utf8(unpack(data, 1 << 20, &mut inflater).unwrap().to_vec()).unwrap()
        };
        let texts: Vec<String> = records.iter().map(text).collect();
        let (expected, _) = run(&transform, &slices(&records));
        assert!(!expected.is_empty(), "{}", case.name);
        let zlibs: Vec<Vec<u8>> = texts.iter().map(|text| zlib(text)).collect();
        let halves = |text: &String| {
            let (one, other) = text.as_bytes().split_at(text.len() / 2);
            [gzip(one), gzip(other)].concat()
        };
        let levels =
            replaced(&texts, r#""logEvents": ?"#, r#""policyLevel":"ACCOUNT_LEVEL_POLICY","logEvents":"#);
        let system = r#""extractedFields":{"@aws.account":"1","@aws.region":"eu-west-1"},"timestamp":"#;
        let forms: [(&str, Vec<Vec<u8>>); 7] = [
            ("zlib", zlibs.clone()),
            ("gzip in two members", texts.iter().map(halves).collect()),
            ("members one after the other", vec![texts.iter().flat_map(|t| gzip(t.as_bytes())).collect()]),
            ("envelopes one after the other", vec![texts.concat().into_bytes()]),
            ("an aggregate", vec![aggregates::of(&slices(&zlibs))]),
            ("policyLevel", levels),
            ("system fields", replaced(&texts, r#""timestamp": ?"#, system)),
        ];
        for (form, records) in forms {
            let (events, report) = run(&transform, &slices(&records));
            assert!(report.faults.is_empty(), "{} {form}: {:?}", case.name, report.faults);
            assert_eq!(events, expected, "{} {form}", case.name);
        }
        let seconds = replaced(&texts, r#""timestamp": ?([0-9]{10})[0-9]{3}"#, r#""timestamp":$1"#);
        let (events, _) = run(&transform, &slices(&seconds));
        assert_eq!(ids(&events), ids(&expected));
        for (event, expected) in events.iter().zip(&expected) {
            let whole = |event| time(event, "/@timestamp").map(|t| t.millis() / 1000 * 1000);
            assert_eq!(time(event, "/@timestamp").map(|t| t.millis()), whole(expected), "{}", case.name);
        }
    }
}
