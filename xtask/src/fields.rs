//! Which fields a format fills: its example and all its cases are run, and each value that it set is looked at.

use anyhow::Result;
use catchwater_schemas::config::Route;
use catchwater_schemas::field::Field;
use catchwater_score::case;
use catchwater_score::corpus::{Corpus, testdata};
use catchwater_score::passes::traced;
use catchwater_transforms::formats::Format;
use catchwater_transforms::trace::{Entry, Origin, TracedEvent};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Cases of odd lines; what they hold is no good example.
const ODD: &str = "edges";

/// What a format fills, with an example of each value.
#[derive(Default)]
pub struct Filled {
    /// Kinds of its events.
    pub kinds: BTreeSet<String>,
    /// Fields, in the registry's order.
    pub fields: BTreeMap<Field, Value>,
    /// What stands in `catchwater.fields`, by the source's own names.
    pub free: BTreeMap<String, Value>,
    /// Fields that only the stages behind the format set.
    pub of_stages: BTreeSet<Field>,
}

impl Filled {
    /// Of all cases that ship with the format.
    pub fn of(format: &Format, corpus: &Corpus) -> Result<Self> {
        let mut filled = Self::default();
        let route = Route { format: Some(format.name.into()), ..Route::default() };
        filled.entries(&traced(route, &[format.example])?);
        let mut cases = case::all(&testdata(format.name))?;
        cases.sort_by_key(|case| case.name == ODD);
        for case in cases {
            let log_events = if corpus.headers { case.log_events_and_headers() } else { case.log_events() };
            let messages: Vec<&str> = log_events.values().map(String::as_str).collect();
            filled.entries(&traced(corpus.route(&case.name), &messages)?);
        }
        filled.of_stages.retain(|field| !filled.fields.contains_key(field));
        Ok(filled)
    }

    fn entries(&mut self, entries: &[Entry]) {
        let taken = entries.iter().filter(|entry| entry.refused.is_none());
        taken.flat_map(|entry| &entry.events).for_each(|event| self.event(event));
    }

    fn event(&mut self, traced: &TracedEvent) {
        let event: Value = serde_json::from_str(&traced.json).unwrap_or_default();
        for field in traced.fields.iter().filter(|field| !field.removed) {
            let pointer = format!("/{}", field.field.info().path.replace('.', "/"));
            let Some(value) = event.pointer(&pointer) else { continue };
            match (field.origins.first(), field.field) {
                (Some(Origin::Format), Field::Kind) => self.kinds.extend(value.as_str().map(String::from)),
                (Some(Origin::Format), Field::FreeFields) => {
                    for (name, value) in value.as_object().into_iter().flatten() {
                        self.free.entry(name.clone()).or_insert_with(|| value.clone());
                    }
                }
                (Some(Origin::Format), field) => {
                    self.fields.entry(field).or_insert_with(|| value.clone());
                }
                (Some(Origin::Identity | Origin::Query), field) => {
                    self.of_stages.insert(field);
                }
                _ => {}
            }
        }
    }
}
