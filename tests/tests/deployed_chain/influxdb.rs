//! InfluxDB: a point an event, its tags, fields and time as the sink's README says.

use crate::expected::Sent;
use crate::store::{Consumer, Store, fields, unfolded};
use catchwater_consumer_core::place::Place;
use catchwater_schemas::event::Event;
use catchwater_schemas::field::FieldType;
use catchwater_schemas::time::Timestamp;
use catchwater_tests::influxdb_server::InfluxdbServer;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The README's tags, and the fields that they are of.
const TAGS: [(&str, &str); 5] = [
    ("action_type", "catchwater.action_type"),
    ("format", "catchwater.format"),
    ("outcome", "event.outcome"),
    ("service", "service.name"),
    ("who_class", "catchwater.who_class"),
];
const KINDS: [&str; 4] = ["service_query", "file_move", "preservation", "log"];

pub struct Influxdb(pub InfluxdbServer);

/// How many nanoseconds the clock leaves open that wrote this time.
pub fn open_nanos(time: Timestamp) -> i64 {
    let steps = [1_000_000_000, 1_000_000, 1_000, 1];
    steps.into_iter().find(|step| time.nanos() % step == 0).unwrap()
}

/// What a point must hold but its time.
fn point(sent: &Sent) -> BTreeMap<String, Value> {
    let mut point = BTreeMap::new();
    for (path, (field_type, value)) in fields(&sent.json) {
        if path == "catchwater.kind" {
            continue;
        }
        if path == "http.response.status_code" {
            point.insert("status".into(), json!(format!("{}xx", value.as_u64().unwrap() / 100)));
        }
        let value = match field_type {
            FieldType::Date => {
                json!(Timestamp::parse_rfc3339(value.as_str().unwrap(), 0).unwrap().nanos())
            }
            FieldType::Double => json!(value.as_f64()),
            _ => value,
        };
        let tag = TAGS.iter().find(|(_, of)| *of == path).map(|(name, _)| name.to_string());
        point.insert(tag.unwrap_or(path), value);
    }
    point
}

impl Store for Influxdb {
    fn consumer(&self) -> Consumer {
        Consumer {
            name: "to-influxdb",
            zip: "to-influxdb",
            section: format!("[sink.influxdb]\nurl = \"{}\"\n", self.0.url()),
            variables: Vec::new(),
        }
    }

    fn check(&self, events: &BTreeMap<String, Sent>, _: usize) {
        let mut points = 0;
        for kind in KINDS {
            for row in self.0.rows(&format!("SELECT * FROM {kind}")) {
                points += 1;
                let mut held: BTreeMap<String, Value> = row.into_iter().collect();
                let id = held["event.id"].as_str().unwrap().to_string();
                let sent = events.get(&id).unwrap_or_else(|| panic!("{id} was not sent: {held:?}"));
                assert_eq!(sent.text("catchwater.kind"), kind, "{id}");
                let time = held.remove("time").unwrap().as_i64().unwrap();
                let slot = held.remove("slot").unwrap();
                let event = Event::read(&sent.line).unwrap();
                let place = Place::of(&event.id, event.time).unwrap();
                assert_eq!((time, &slot), (place.time_ns, &json!(format!("{:x}", place.slot))), "{id}");
                let offset = time - sent.time().nanos();
                assert!((0..open_nanos(sent.time())).contains(&offset), "{id}: {offset}");
                let expected = point(sent);
                let names = |point: &BTreeMap<String, Value>| point.keys().cloned().collect::<Vec<_>>();
                assert_eq!(names(&held), names(&expected), "{id}");
                for (name, value) in &expected {
                    let held = unfolded(value, &held[name]);
                    let held = if value.is_f64() { json!(held.as_f64()) } else { held };
                    assert_eq!(&held, value, "{id}: {name}");
                }
            }
        }
        // A point is known by its id above, so that as many points as events are each event once.
        let mut ids = Vec::new();
        for kind in KINDS {
            for row in self.0.rows(&format!("SELECT \"event.id\" FROM {kind}")) {
                ids.extend(row.into_iter().filter(|(name, _)| name == "event.id").map(|(_, id)| id));
            }
        }
        ids.sort_by_key(Value::to_string);
        ids.dedup();
        assert_eq!((points, ids.len()), (events.len(), events.len()), "points, and events in them");
    }
}
