//! What must arrive: the events that the transform makes of the same raw records, in this process.

use catchwater_consumer_core::http::Keyring;
use catchwater_schemas::account::Account;
use catchwater_schemas::record::{Packer, Packing};
use catchwater_schemas::time::Timestamp;
use catchwater_settings::sections::NoSection;
use catchwater_settings::{check, parts};
use catchwater_tests::cloud::StreamRecord;
use catchwater_transforms::identity::tables::SharedTables;
use catchwater_transforms::raw::RawRecord;
use catchwater_transforms::transform::{Ndjson, Packed, Report, Scratch, Transform};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// An event that must arrive.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// Its JSON as it stands in its event record.
    pub line: String,
    /// The same, read.
    pub json: Value,
}

/// All events by their ids, and how the log events ended.
pub struct Expected {
    pub events: BTreeMap<String, Sent>,
    pub account: Account,
}

impl Sent {
    fn read(line: &str) -> Self {
        Self { line: line.into(), json: serde_json::from_str(line).unwrap() }
    }

    /// The value at a dotted path.
    pub fn at(&self, path: &str) -> Option<&Value> {
        path.split('.').try_fold(&self.json, |value, name| value.get(name))
    }

    /// The text at a dotted path.
    pub fn text(&self, path: &str) -> &str {
        self.at(path).and_then(Value::as_str).unwrap_or_else(|| panic!("no {path}: {}", self.line))
    }

    /// `event.id`.
    pub fn id(&self) -> &str {
        self.text("event.id")
    }

    /// When it happened.
    pub fn time(&self) -> Timestamp {
        Timestamp::parse_rfc3339(self.text("@timestamp"), 0).unwrap()
    }
}

/// The transform of a configuration.
pub fn transform(configuration: &str) -> Transform {
    let secrets = Keyring::environment().secrets;
    let config = check::<NoSection>(configuration, Path::new("."), &*secrets, None).unwrap();
    Transform::new(&parts(&config, SharedTables::default(), &*secrets).unwrap()).unwrap()
}

fn raw(record: &StreamRecord) -> RawRecord<'_> {
    RawRecord {
        data: &record.data,
        stream: "raw",
        shard: &record.shard,
        sequence_number: &record.sequence_number,
        partition_key: &record.key,
        arrival_millis: 0,
        user_record: None,
    }
}

/// What must come of these raw records.
pub fn of(records: &[StreamRecord], configuration: &str) -> Expected {
    let (transform, mut scratch) = (transform(configuration), Scratch::new());
    let (mut out, mut report) = (Ndjson::default(), Report::default());
    for record in records {
        transform.record(&raw(record), &mut scratch, &mut out, &mut report);
    }
    let sent: Vec<Sent> = std::str::from_utf8(&out.0).unwrap().lines().map(Sent::read).collect();
    let count = sent.len();
    let events: BTreeMap<_, _> = sent.into_iter().map(|sent| (sent.id().to_string(), sent)).collect();
    assert_eq!(events.len(), count, "two events have one id");
    assert_eq!(report.account.delivered as usize, count);
    Expected { events, account: report.account }
}

/// Event records of these raw records: partition key and data.
pub fn packed(records: &[&StreamRecord], configuration: &str) -> Vec<(String, Vec<u8>)> {
    let (transform, mut scratch) = (transform(configuration), Scratch::new());
    let (mut packer, mut report) = (Packer::new(Packing::Zstd), Report::default());
    for (origin, record) in (0..).zip(records) {
        let mut out = Packed { packer: &mut packer, origin };
        transform.record(&raw(record), &mut scratch, &mut out, &mut report);
    }
    packer.finish().into_iter().map(|record| (record.partition_key.to_string(), record.data)).collect()
}
