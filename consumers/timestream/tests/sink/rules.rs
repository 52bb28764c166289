//! NOT Timestream: a server written from AWS's text, for no emulator rejects a record. What it does, and where that is said:
//! - a record is known by dimensions, time and measure's name; a higher version replaces; an equal or lower one with
//!   other values is rejected with `ExistingVersion`, one with the same values is taken in silence
//!   (<https://docs.aws.amazon.com/timestream/latest/developerguide/API_WriteRecords.html>, "Upserts");
//! - times outside of the memory store are rejected; dimensions and measures beyond the limits too
//!   (<https://docs.aws.amazon.com/timestream/latest/developerguide/API_RejectedRecord.html>); more than 100 records are no
//!   valid request (<https://docs.aws.amazon.com/timestream/latest/developerguide/ts-limits.html>);
//! - the rejected are named by index in a `RejectedRecordsException` (status 419), the others are written.
//!
//! The sentences are such as users have reported; AWS documents their sense only.

use catchwater_consumer_core::http::script::{Reply, ScriptedServer, Seen};
use catchwater_schemas::time::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Times that the memory store takes, in seconds since the epoch.
pub const WINDOW: std::ops::Range<i64> = 1_000_000_000..2_000_000_000;

/// What the table holds: by identity the version and the values.
#[derive(Default)]
pub struct Table {
    records: BTreeMap<String, (i64, Value)>,
    /// A record of this dimension makes the whole request invalid.
    invalid: Option<String>,
}

/// A table behind a server.
pub struct Timestream {
    table: Arc<Mutex<Table>>,
    server: ScriptedServer,
}

impl Timestream {
    pub async fn start() -> Self {
        Self::start_with(|_, _| None).await
    }

    /// A service that may answer otherwise than by the rules.
    pub async fn start_with(
        otherwise: impl Fn(usize, &Value) -> Option<Reply> + Send + Sync + 'static,
    ) -> Self {
        let table: Arc<Mutex<Table>> = Arc::default();
        let held = Arc::clone(&table);
        let answer = move |number: usize, seen: &Seen| {
            let body: Value = serde_json::from_slice(&seen.body).unwrap();
            assert_eq!(seen.header("x-amz-target"), Some("Timestream_20181101.WriteRecords"));
            otherwise(number, &body).unwrap_or_else(|| held.lock().unwrap().write(&body))
        };
        Self { table, server: ScriptedServer::start(answer).await.unwrap() }
    }

    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Bodies of the calls, in order.
    pub fn calls(&self) -> Vec<Value> {
        self.server.seen().iter().map(|seen| serde_json::from_slice(&seen.body).unwrap()).collect()
    }

    /// Number of records that the table holds.
    pub fn held(&self) -> u64 {
        self.table.lock().unwrap().records.len() as u64
    }

    /// Versions of the records, in the order of their identity.
    pub fn versions(&self) -> Vec<i64> {
        self.table.lock().unwrap().records.values().map(|(version, _)| *version).collect()
    }

    /// Makes requests with a record that has this in a dimension invalid as a whole.
    pub fn refuse(&self, dimension: &str) {
        self.table.lock().unwrap().invalid = Some(dimension.into());
    }
}

/// An error of the service.
pub fn error(status: u16, code: &str, more: Value) -> Reply {
    let mut body = json!({"__type": format!("com.amazonaws.timestream.v20181101#{code}"), "Message": "said by the rules"});
    body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    Reply::Full(status, vec![("content-type", "application/x-amz-json-1.0".into())], body.to_string())
}

impl Table {
    fn write(&mut self, body: &Value) -> Reply {
        let records: Vec<Value> =
            body["Records"].as_array().unwrap().iter().map(|r| whole(body, r)).collect();
        let is_invalid = |record: &Value| {
            self.invalid.as_ref().is_some_and(|part| record["Dimensions"].to_string().contains(part.as_str()))
                || record["Version"].as_i64().unwrap() < 1
        };
        if records.len() > 100 || records.iter().any(is_invalid) {
            return error(400, "ValidationException", json!({}));
        }
        let mut rejected = Vec::new();
        for (index, record) in records.iter().enumerate() {
            if let Err(mut why) = self.take(record) {
                why["RecordIndex"] = index.into();
                rejected.push(why);
            }
        }
        if !rejected.is_empty() {
            return error(419, "RejectedRecordsException", json!({"RejectedRecords": rejected}));
        }
        let total = records.len();
        let counts = json!({"RecordsIngested": {"Total": total, "MemoryStore": total, "MagneticStore": 0}});
        Reply::status(200, counts.to_string())
    }

    fn take(&mut self, record: &Value) -> Result<(), Value> {
        let nanos = match record["TimeUnit"].as_str().unwrap() {
            "NANOSECONDS" => 1,
            "MILLISECONDS" => 1_000_000,
            unit => panic!("{unit}"),
        };
        let time = record["Time"].as_str().unwrap().parse::<i64>().unwrap() * nanos;
        if !(WINDOW.start * 1_000_000_000..WINDOW.end * 1_000_000_000).contains(&time) {
            let [from, to] = [WINDOW.start, WINDOW.end].map(|seconds| {
                let mut text = Vec::new();
                Timestamp::from_seconds(seconds).unwrap().write_rfc3339(&mut text);
                String::from_utf8(text).unwrap()
            });
            let reason =
                format!("The record timestamp is outside the time range [{from}, {to}) of the memory store.");
            return Err(json!({"Reason": reason}));
        }
        let values = match &record["MeasureValues"] {
            Value::Null => record["MeasureValue"].clone(),
            values => values.clone(),
        };
        if values.as_array().is_some_and(|values| values.len() > 256) || bytes(record) > 2_048 {
            return Err(json!({"Reason": "The record exceeds the Timestream defined limits."}));
        }
        let identity = format!("{} {} {}", record["Dimensions"], time, record["MeasureName"]);
        let version = record["Version"].as_i64().unwrap();
        match self.records.get(&identity) {
            Some((held, same)) if *same == values && version <= *held => return Ok(()),
            Some((held, _)) if version == *held => {
                let reason = "A record already exists with the same time, dimensions, measure name, and record version. A higher record version must be specified in order to update the measure value.";
                return Err(json!({"Reason": reason}));
            }
            Some((held, _)) if version < *held => {
                let reason = format!(
                    "The record version {version} is lower than the existing version {held}. A higher version is required to update the measure value."
                );
                return Err(json!({"Reason": reason, "ExistingVersion": held}));
            }
            _ => {}
        }
        self.records.insert(identity, (version, values));
        Ok(())
    }
}

/// A record with what its call says in common.
pub fn whole(call: &Value, record: &Value) -> Value {
    let common = &call["CommonAttributes"];
    let mut whole = record.clone();
    for name in ["MeasureName", "MeasureValueType", "Time", "TimeUnit", "Version"] {
        assert!(common[name].is_null() || record[name].is_null(), "{name} stands twice");
        if record[name].is_null() {
            whole[name] = common[name].clone();
        }
    }
    let of = |value: &Value| value["Dimensions"].as_array().cloned().unwrap_or_default();
    let mut dimensions = [of(common), of(record)].concat();
    dimensions.sort_by_key(|dimension| dimension["Name"].as_str().unwrap().to_string());
    let mut names: Vec<&str> = dimensions.iter().filter_map(|d| d["Name"].as_str()).collect();
    names.dedup();
    assert_eq!(names.len(), dimensions.len(), "dimensions may not overlap");
    whole["Dimensions"] = dimensions.into();
    whole
}

fn bytes(record: &Value) -> usize {
    let text = |value: &Value| value.as_str().unwrap_or_default().len();
    let list = |name: &str| record[name].as_array().cloned().unwrap_or_default();
    let dimensions: usize = list("Dimensions").iter().map(|d| text(&d["Name"]) + text(&d["Value"])).sum();
    let size = |value: &Value| match value["Type"].as_str().unwrap() {
        "VARCHAR" => text(&value["Value"]),
        "BOOLEAN" => 1,
        _ => 8,
    };
    let measures: usize = list("MeasureValues").iter().map(|m| text(&m["Name"]) + size(m)).sum();
    8 + text(&record["MeasureName"]) + dimensions + measures
}
