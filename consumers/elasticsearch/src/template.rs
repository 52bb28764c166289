//! The index template: how the server holds each field of the registry.
//!
//! What is not in the registry is not indexed (`dynamic: false`), so no event changes a mapping. A value that is not of
//! its field's type is left out of the index where the type allows it (`ignore_malformed`), and so is a text that is
//! longer than a term may be (`ignore_above`): both stay in the event, and no event is lost for them.
//! <https://www.elastic.co/docs/reference/elasticsearch/mapping-reference/field-data-types>,
//! <https://docs.opensearch.org/latest/field-types/supported-field-types/index/>

use crate::config::Config;
use crate::server::Product;
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::{FIELDS, FieldInfo, FieldType};
use serde_json::{Map, Value, json};

/// Longest keyword that is indexed, in characters: of four bytes each they fit into a term's 32,766 bytes.
const KEYWORD_CHARACTERS: u32 = 8191;
/// The same for a value in an object of unknown keys, whose key is part of the term.
const FLATTENED_CHARACTERS: u32 = 4096;
/// Deepest object in such a field: as deep as the transform reads JSON by default.
const FLATTENED_DEPTH: u32 = 64;
/// Above the servers' own templates, which have at most 200 (Elastic's integrations).
const PRIORITY: u32 = 300;

/// Patterns of all our indices: one a kind, so that no other index of the same first word is taken.
pub fn index_patterns(config: &Config) -> Vec<String> {
    Kind::ALL.iter().map(|kind| format!("{}-{kind}-*", config.index_prefix)).collect()
}

/// The body of `PUT _index_template/<prefix>`. `policy`: the index lifecycle policy that indices begin with.
pub fn index_template(config: &Config, product: Product, policy: Option<&str>) -> Value {
    let mut settings = json!({
        "number_of_shards": config.shards,
        // An event that is said to be delivered is on disk.
        "translog.durability": "request",
    });
    if let Some(replicas) = config.replicas {
        settings["number_of_replicas"] = json!(replicas);
    }
    if let Some(policy) = policy {
        settings["lifecycle.name"] = json!(policy);
        // Age counts from the day in the index's name: events of the past do not stay longer.
        settings["lifecycle.parse_origination_date"] = json!(true);
    }
    json!({
        "index_patterns": index_patterns(config),
        "priority": PRIORITY,
        "_meta": { "managed_by": "catchwater", "version": env!("CARGO_PKG_VERSION") },
        "template": { "settings": { "index": settings }, "mappings": mappings(product) },
    })
}

/// The mapping of all registered fields.
pub fn mappings(product: Product) -> Value {
    let mut root = Map::new();
    for field in FIELDS {
        let parts: Vec<&str> = field.path.split('.').collect();
        put(&mut root, &parts, field_mapping(field, product));
    }
    json!({ "dynamic": false, "properties": root })
}

fn put(properties: &mut Map<String, Value>, parts: &[&str], mapping: Value) {
    let [first, rest @ ..] = parts else { return };
    if rest.is_empty() {
        properties.insert((*first).to_string(), mapping);
        return;
    }
    let object = properties.entry(*first).or_insert_with(|| json!({ "properties": {} }));
    if let Some(inner) = object.get_mut("properties").and_then(Value::as_object_mut) {
        put(inner, rest, mapping);
    }
}

fn field_mapping(field: &FieldInfo, product: Product) -> Value {
    match (field.field_type, product) {
        // Reports sort by it: an event whose time is none would be lost to them.
        (FieldType::Date, _) if field.path == "@timestamp" => json!({ "type": "date" }),
        (FieldType::Date, _) => json!({ "type": "date", "ignore_malformed": true }),
        (FieldType::Keyword, _) => json!({ "type": "keyword", "ignore_above": KEYWORD_CHARACTERS }),
        // How often a word stands in how long a text says nothing of a log line.
        (FieldType::Text, _) => json!({ "type": "text", "norms": false }),
        (FieldType::Ip, _) => json!({ "type": "ip", "ignore_malformed": true }),
        (FieldType::Long, _) => json!({ "type": "long", "ignore_malformed": true }),
        (FieldType::Double, _) => json!({ "type": "double", "ignore_malformed": true }),
        (FieldType::Boolean, _) => json!({ "type": "boolean" }),
        (FieldType::Flattened, Product::Elasticsearch) => {
            json!({ "type": "flattened", "ignore_above": FLATTENED_CHARACTERS, "depth_limit": FLATTENED_DEPTH })
        }
        // It takes no settings.
        (FieldType::Flattened, Product::OpenSearch) => json!({ "type": "flat_object" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_mapped_by_its_type() {
        for (product, flattened) in
            [(Product::Elasticsearch, "flattened"), (Product::OpenSearch, "flat_object")]
        {
            let mappings = mappings(product);
            for field in FIELDS {
                let pointer = format!("/properties/{}", field.path.replace('.', "/properties/"));
                let expected = match field.field_type {
                    FieldType::Date => "date",
                    FieldType::Keyword => "keyword",
                    FieldType::Text => "text",
                    FieldType::Ip => "ip",
                    FieldType::Long => "long",
                    FieldType::Double => "double",
                    FieldType::Boolean => "boolean",
                    FieldType::Flattened => flattened,
                };
                let mapped =
                    mappings.pointer(&pointer).unwrap_or_else(|| panic!("{} is not mapped", field.path));
                assert_eq!(mapped["type"], expected, "{}", field.path);
            }
            assert_eq!(mappings["dynamic"], false);
        }
    }

    #[test]
    fn settings_are_those_of_the_configuration() {
        let config = Config { index_prefix: "cw".into(), shards: 3, replicas: Some(0), ..Config::default() };
        let template = index_template(&config, Product::Elasticsearch, Some("cw-retention"));
        let expected = json!({
            "number_of_shards": 3, "number_of_replicas": 0, "translog.durability": "request",
            "lifecycle.name": "cw-retention", "lifecycle.parse_origination_date": true,
        });
        assert_eq!(template["template"]["settings"]["index"], expected);
        let patterns = json!(["cw-service_query-*", "cw-file_move-*", "cw-preservation-*", "cw-log-*"]);
        assert_eq!(template["index_patterns"], patterns);
        let plain = index_template(&Config::default(), Product::OpenSearch, None);
        let expected = json!({ "number_of_shards": 1, "translog.durability": "request" });
        assert_eq!(plain["template"]["settings"]["index"], expected);
    }
}
