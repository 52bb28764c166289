//! Loki: an entry an event, its labels, line, structured metadata and time as the sink's README says.

use crate::expected::Sent;
use crate::influxdb::open_nanos;
use crate::store::{Consumer, Store};
use catchwater_consumer_core::place::Place;
use catchwater_schemas::event::Event;
use catchwater_schemas::time::Timestamp;
use catchwater_tests::loki_server::LokiServer;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The README's labels and the fields that they are of; likewise its structured metadata.
const LABELS: [(&str, &str); 5] = [
    ("format", "catchwater.format"),
    ("kind", "catchwater.kind"),
    ("outcome", "event.outcome"),
    ("service", "service.name"),
    ("who_class", "catchwater.who_class"),
];
const METADATA: [(&str, &str); 7] = [
    ("event_id", "event.id"),
    ("level", "log.level"),
    ("operation", "catchwater.operation"),
    ("revision", "catchwater.revision"),
    ("status", "http.response.status_code"),
    ("trace_id", "trace.id"),
    ("who", "catchwater.who"),
];

pub struct Loki {
    pub server: LokiServer,
    /// Hours of what is asked for, epoch nanoseconds.
    pub from: i64,
    pub to: i64,
}

fn texts(sent: &Sent, fields: &[(&str, &str)]) -> Map<String, Value> {
    let of = |(name, path): &(&str, &str)| {
        let value = sent.at(path)?;
        let text = value.as_str().map_or_else(|| value.to_string(), String::from);
        Some((name.to_string(), json!(text)))
    };
    fields.iter().filter_map(of).collect()
}

impl Loki {
    /// Of the hour before `from_millis` and the one after.
    pub fn start(from_millis: i64) -> Option<Self> {
        let nanos = |millis| Timestamp::from_millis(millis).unwrap().nanos();
        let (from, to) = (nanos(from_millis - 3_600_000), nanos(from_millis + 3_600_000));
        Some(Self { server: LokiServer::start()?, from, to })
    }
}

impl Store for Loki {
    fn consumer(&self) -> Consumer {
        Consumer {
            name: "to-loki",
            zip: "to-loki",
            section: format!("[sink.loki]\nurl = \"{}\"\n", self.server.url()),
            variables: Vec::new(),
        }
    }

    fn check(&self, events: &BTreeMap<String, Sent>, _: usize) {
        let (from, to) = (self.from.to_string(), self.to.to_string());
        let (mut entries, mut ids) = (0, BTreeSet::new());
        for stream in self.server.query("{kind=~\".+\"}", &from, &to, "") {
            let mut labels = stream["stream"].as_object().unwrap().clone();
            // Loki's own, of the service.
            assert_eq!(labels.remove("service_name").as_ref(), labels.get("service"));
            for value in stream["values"].as_array().unwrap() {
                entries += 1;
                let mut metadata = value[2]["structuredMetadata"].as_object().unwrap().clone();
                // Loki's own guess.
                metadata.remove("detected_level");
                let id = metadata["event_id"].as_str().unwrap().to_string();
                let sent = events.get(&id).unwrap_or_else(|| panic!("{id} was not sent: {value}"));
                assert_eq!(value[1], sent.line, "{id}");
                assert_eq!(labels, texts(sent, &LABELS), "{id}");
                assert_eq!(metadata, texts(sent, &METADATA), "{id}");
                let event = Event::read(&sent.line).unwrap();
                let time: i64 = value[0].as_str().unwrap().parse().unwrap();
                assert_eq!(time, Place::of(&event.id, event.time).unwrap().time_ns, "{id}");
                let offset = time - sent.time().nanos();
                assert!((0..open_nanos(sent.time())).contains(&offset), "{id}: {offset}");
                ids.insert(id);
            }
        }
        assert_eq!((entries, ids.len()), (events.len(), events.len()), "entries, and events in them");
        // Counts find no second one either.
        let counted = self.server.query("sum(count_over_time({kind=~\".+\"}[3h]))", &to, &to, "");
        assert_eq!(counted[0]["value"][1], json!(events.len().to_string()));
    }
}
