//! What the chain asks of each store: how its function is deployed, and whether it holds what it must.

use crate::expected::Sent;
use catchwater_schemas::field::{FIELDS, FieldType};
use serde_json::Value;
use std::collections::BTreeMap;

/// How a store's function is deployed.
pub struct Consumer {
    /// The function's name.
    pub name: &'static str,
    /// Its zip.
    pub zip: &'static str,
    /// Its `[sink.NAME]`.
    pub section: String,
    /// Its own variables.
    pub variables: Vec<(&'static str, String)>,
}

/// A store at the chain's end.
pub trait Store {
    /// Its function.
    fn consumer(&self) -> Consumer;

    /// Of these events those that it takes; the others are counted as filtered.
    fn takes(&self, _: &Sent) -> bool {
        true
    }

    /// Does it tell that it holds an event already?
    fn tells_duplicates(&self) -> bool {
        false
    }

    /// Panics unless it holds exactly these events, which were delivered so many times, field by field.
    fn check(&self, events: &BTreeMap<String, Sent>, deliveries: usize);
}

/// The registered fields of an event by their paths, each with its type; worked out apart from the sinks' own walk.
pub fn fields(event: &Value) -> BTreeMap<String, (FieldType, Value)> {
    fn walk(path: &str, value: &Value, into: &mut BTreeMap<String, (FieldType, Value)>) {
        if let Some(info) = FIELDS.iter().find(|info| info.path == path) {
            into.insert(path.into(), (info.field_type, value.clone()));
            return;
        }
        let Value::Object(members) = value else { panic!("{path} is not registered") };
        for (name, value) in members {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            walk(&path, value, into);
        }
    }
    let mut found = BTreeMap::new();
    walk("", event, &mut found);
    found
}

/// A list or an object that is held as its JSON: read, for its members may stand in any order.
pub fn unfolded(sent: &Value, held: &Value) -> Value {
    match (sent, held) {
        (Value::Object(_) | Value::Array(_), Value::String(text)) => {
            serde_json::from_str(text).unwrap_or_else(|e| panic!("{text}: {e}"))
        }
        _ => held.clone(),
    }
}
