//! JSON Schema (2020-12) of an event, generated from the field registry.

use crate::field::{FIELDS, FieldType};
use serde_json::{Value, json};

/// The schema of an event.
pub fn event() -> Value {
    let mut root = object();
    for info in FIELDS {
        let mut at = &mut root;
        let mut parts = info.path.split('.').peekable();
        while let Some(part) = parts.next() {
            let properties = &mut at["properties"];
            at = if parts.peek().is_some() {
                let child = &mut properties[part];
                if child.is_null() {
                    *child = object();
                }
                child
            } else {
                properties[part] = leaf(info.field_type, info.doc);
                break;
            };
        }
    }
    root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    root["title"] = json!("catchwater event");
    root["description"] = json!("One event as the event stream and the stores hold it: ECS names, nested.");
    root["required"] = json!(["@timestamp", "event", "catchwater"]);
    root["properties"]["event"]["required"] = json!(["id"]);
    root["properties"]["catchwater"]["required"] = json!(["schema", "revision", "kind", "format"]);
    root
}

fn object() -> Value {
    json!({"type": "object", "properties": {}, "additionalProperties": false})
}

fn leaf(field_type: FieldType, doc: &str) -> Value {
    let text_or_list = json!({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]});
    let mut schema = match field_type {
        FieldType::Date => json!({"type": "string", "format": "date-time"}),
        FieldType::Keyword | FieldType::Ip => text_or_list,
        FieldType::Text => json!({"type": "string"}),
        FieldType::Long => json!({"type": "integer"}),
        FieldType::Double => json!({"type": "number"}),
        FieldType::Boolean => json!({"type": "boolean"}),
        FieldType::Flattened => json!({"type": ["object", "array"]}),
    };
    schema["description"] = json!(doc);
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_stands_at_its_path() {
        let schema = event();
        for info in FIELDS {
            let pointer = format!("/properties/{}", info.path.replace('.', "/properties/"));
            assert_eq!(
                schema.pointer(&pointer).map(|s| s["description"] == info.doc),
                Some(true),
                "{}",
                info.path
            );
        }
    }
}
