//! Timestream: the records of the calls of WriteRecords as they came, before moto, which takes every one; in both layouts, as the
//! sink's README says. Real Timestream takes an equal record in silence, so a second delivery has to be of equal records.

use crate::expected::Sent;
use crate::store::{Consumer, Store, fields, unfolded};
use catchwater_consumer_core::http::script::{Reply, ScriptedServer, Seen};
use catchwater_schemas::field::FieldType;
use catchwater_schemas::time::Timestamp;
use catchwater_tests::cloud::{ApiError, Cloud};
use catchwater_tests::emulator::Emulator;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What a table is filled with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// An event, with all its fields.
    Events,
    /// A completed file move, as a science data centre has it.
    Existing,
}

/// A table on moto, and a server before it that notes what it is asked.
pub struct Timestream {
    layout: Layout,
    moto: Cloud,
    noted: ScriptedServer,
}

impl Layout {
    fn table(self) -> (&'static str, &'static str) {
        match self {
            Self::Events => ("catchwater", "events"),
            Self::Existing => ("sdc_aws_logs", "sdc_aws_s3_bucket_log_table"),
        }
    }
}

impl Timestream {
    pub async fn make(moto: &Emulator, layout: Layout) -> Self {
        let cloud = moto.cloud();
        let (database, table) = layout.table();
        cloud.create_timestream_table(database, table);
        let behind = moto.cloud();
        let noted = ScriptedServer::start(move |_, seen| pass(&behind, seen)).await.unwrap();
        Self { layout, moto: cloud, noted }
    }

    /// All records, each with what its call says of all.
    fn records(&self) -> Vec<Value> {
        let mut records = Vec::new();
        for seen in self.noted.seen() {
            let call: Value = serde_json::from_slice(&seen.body).unwrap();
            let (database, table) = self.layout.table();
            assert_eq!((&call["DatabaseName"], &call["TableName"]), (&json!(database), &json!(table)));
            records.extend(call["Records"].as_array().unwrap().iter().map(|record| whole(record, &call)));
        }
        records
    }

    fn row(&self, sent: &Sent) -> Option<Value> {
        match self.layout {
            Layout::Events => Some(event_row(sent)),
            Layout::Existing => move_row(sent),
        }
    }
}

/// Has moto do what was asked, and gives its answer.
fn pass(moto: &Cloud, seen: &Seen) -> Reply {
    let operation = seen.header("x-amz-target").and_then(|target| target.split_once('.'));
    let Some(("Timestream_20181101", operation)) = operation else {
        return Reply::status(400, format!("{{\"__type\":\"no operation\",\"message\":{:?}}}", seen.head));
    };
    let body: Value = serde_json::from_slice(&seen.body).unwrap();
    match moto.call("timestream", "Timestream_20181101", operation, &body) {
        Ok(answer) => Reply::status(200, answer.to_string()),
        Err(ApiError { status, body }) => Reply::status(status, body),
    }
}

/// A record with the call's `CommonAttributes`; dimensions and measures as objects of their names.
fn whole(record: &Value, call: &Value) -> Value {
    let common = call["CommonAttributes"].as_object().cloned().unwrap_or_default();
    let mut whole = common.clone();
    whole.extend(record.as_object().unwrap().clone());
    let named = |lists: [Option<&Value>; 2]| {
        let mut named = Map::new();
        for mut one in lists.into_iter().flatten().flat_map(|list| list.as_array().unwrap()).cloned() {
            let Value::String(name) = one["Name"].take() else { panic!("no name: {one}") };
            one.as_object_mut().unwrap().remove("Name");
            assert!(named.insert(name.clone(), one).is_none(), "{name} stands twice: {record}");
        }
        Value::Object(named)
    };
    whole.insert("Dimensions".into(), named([common.get("Dimensions"), record.get("Dimensions")]));
    if let Some(measures) = record.get("MeasureValues") {
        whole.insert("MeasureValues".into(), named([Some(measures), None]));
    }
    Value::Object(whole)
}

/// The record of an event in the layout `events`.
fn event_row(sent: &Sent) -> Value {
    let mut dimensions = Map::new();
    for (name, path) in
        [("event_id", "event.id"), ("format", "catchwater.format"), ("service", "service.name")]
    {
        dimensions.insert(name.into(), json!({"Value": sent.text(path)}));
    }
    let mut measures = Map::new();
    for (path, (field_type, value)) in fields(&sent.json) {
        let is_dimension = ["event.id", "catchwater.format", "service.name"].contains(&path.as_str());
        if is_dimension || path == "catchwater.kind" || path == "@timestamp" || value == json!("") {
            continue;
        }
        let (kind, value) = match field_type {
            FieldType::Date => {
                let time = Timestamp::parse_rfc3339(value.as_str().unwrap(), 0).unwrap();
                ("BIGINT", json!(time.nanos().to_string()))
            }
            FieldType::Long => ("BIGINT", json!(value.to_string())),
            FieldType::Double => ("DOUBLE", json!(value.to_string())),
            FieldType::Boolean => ("BOOLEAN", json!(value.to_string())),
            // A list or an object stays as it is: what is held is read.
            _ => ("VARCHAR", if value.is_number() { json!(value.to_string()) } else { value }),
        };
        measures.insert(path, json!({"Type": kind, "Value": value}));
    }
    json!({
        "Dimensions": dimensions,
        "MeasureName": sent.text("catchwater.kind"),
        "MeasureValueType": "MULTI",
        "MeasureValues": measures,
        "Time": sent.time().nanos().to_string(),
        "TimeUnit": "NANOSECONDS",
        "Version": sent.at("catchwater.revision").unwrap(),
    })
}

/// The record of a completed file move in the layout `existing`; none of other events.
fn move_row(sent: &Sent) -> Option<Value> {
    let completed =
        sent.at("event.type") == Some(&json!("end")) && sent.at("event.outcome") == Some(&json!("success"));
    let is_row =
        sent.text("catchwater.kind") == "file_move" && sent.text("catchwater.format") == "sdc" && completed;
    let value = |path: &str| json!({"Value": sent.at(path).and_then(Value::as_str).unwrap_or("N/A")});
    let millis = sent.time().millis();
    is_row.then(|| {
        json!({
            "Dimensions": {
                "action_type": value("catchwater.action_type"),
                "source_bucket": value("file.source.bucket"),
                "destination_bucket": value("file.destination.bucket"),
                "file_key": value("file.path"),
                "new_file_key": value("file.destination.key"),
            },
            "MeasureName": "timestamp",
            "MeasureValueType": "DOUBLE",
            "MeasureValue": format!("{:?}", millis as f64 / 1_000.0),
            "Time": millis.to_string(),
            "TimeUnit": "MILLISECONDS",
            "Version": sent.at("catchwater.revision").unwrap(),
        })
    })
}

/// A record as it came, with lists and objects read where they are sent as such.
fn comparable(record: &Value, sent: &Value) -> Value {
    let mut record = record.clone();
    if let Some(measures) = sent["MeasureValues"].as_object() {
        for (path, measure) in measures {
            let held = record["MeasureValues"][path]["Value"].take();
            record["MeasureValues"][path]["Value"] = unfolded(&measure["Value"], &held);
        }
    }
    record
}

/// What a row is known by.
fn known_by(record: &Value) -> String {
    json!([record["Dimensions"], record["Time"], record["MeasureName"]]).to_string()
}

impl Store for Timestream {
    fn consumer(&self) -> Consumer {
        let (database, table) = self.layout.table();
        let (name, more) = match self.layout {
            Layout::Events => ("to-timestream", ""),
            Layout::Existing => ("to-timestream-existing", "layout = \"existing\"\nformats = [\"sdc\"]\n"),
        };
        Consumer {
            name,
            zip: "to-timestream",
            section: format!("[sink.timestream]\ndatabase = \"{database}\"\ntable = \"{table}\"\n{more}"),
            variables: vec![("AWS_ENDPOINT_URL_TIMESTREAM_WRITE", self.noted.url())],
        }
    }

    fn takes(&self, sent: &Sent) -> bool {
        self.row(sent).is_some()
    }

    fn check(&self, events: &BTreeMap<String, Sent>, deliveries: usize) {
        let mut held: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        let records = self.records();
        let (_, table) = self.layout.table();
        assert_eq!(self.moto.timestream_records(table).len(), records.len(), "moto has taken each");
        for record in records {
            held.entry(known_by(&record)).or_default().push(record);
        }
        for (id, sent) in events {
            let Some(row) = self.row(sent) else { continue };
            let records = held.remove(&known_by(&row)).unwrap_or_else(|| panic!("{id} is lost: {row}"));
            assert_eq!(records.len(), deliveries, "{id}");
            for record in records {
                assert_eq!(comparable(&record, &row), row, "{id}");
            }
        }
        assert!(held.is_empty(), "not sent: {held:#?}");
    }
}
