//! The policy that deletes indices which are too old: index lifecycle management of Elasticsearch
//! (<https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-ilm-put-lifecycle>) or index state
//! management of OpenSearch (<https://docs.opensearch.org/latest/im-plugin/ism/policies/>).
//!
//! Elasticsearch counts an index's age from the day in its name, OpenSearch from when the index was made.

use crate::config::Config;
use crate::template::index_patterns;
use serde_json::{Value, json};

/// The policy's name.
pub fn name(config: &Config) -> String {
    format!("{}-retention", config.index_prefix)
}

/// An index holds one day's events, the last of which are a day younger than the first.
fn age(days: u32) -> String {
    format!("{}d", days.saturating_add(1))
}

/// The body of `PUT _ilm/policy/<name>`.
pub fn ilm(days: u32) -> Value {
    json!({
        "policy": {
            "_meta": { "managed_by": "catchwater" },
            "phases": {
                "hot": { "actions": {} },
                "delete": { "min_age": age(days), "actions": { "delete": {} } },
            },
        },
    })
}

/// The body of `PUT _plugins/_ism/policies/<name>`. It finds new indices by its own patterns.
pub fn ism(config: &Config, days: u32) -> Value {
    json!({
        "policy": {
            "description": "catchwater: deletes indices that are older than the events are kept",
            "default_state": "hot",
            "states": [
                {
                    "name": "hot",
                    "actions": [],
                    "transitions": [{ "state_name": "delete", "conditions": { "min_index_age": age(days) } }],
                },
                { "name": "delete", "actions": [{ "delete": {} }], "transitions": [] },
            ],
            "ism_template": [{ "index_patterns": index_patterns(config), "priority": 100 }],
        },
    })
}
