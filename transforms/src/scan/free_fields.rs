//! What a line holds beyond the registered fields, for `catchwater.fields`: one flat JSON object of texts and
//! numbers.

use super::decimal;
use catchwater_schemas::escape::string_into;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};

/// Collects names and texts. Nothing is allocated before the first.
#[derive(Debug, Default)]
pub struct FreeFields(Vec<u8>);

impl FreeFields {
    /// Adds a text; empty texts and `-` are left out. A name must come once only.
    pub fn add(&mut self, name: &str, text: &str) {
        if text.is_empty() || text == "-" {
            return;
        }
        self.name(name);
        string_into(text, &mut self.0);
    }

    /// Adds a number as the source wrote it; what JSON does not take as one (see [`decimal::json_number`]) becomes a
    /// text.
    pub fn add_number(&mut self, name: &str, text: &str) {
        match decimal::json_number(text) {
            Some(number) => {
                self.name(name);
                self.0.extend_from_slice(number.as_bytes());
            }
            None => self.add(name, text),
        }
    }

    /// Adds a JSON value that is valid already.
    pub fn add_json(&mut self, name: &str, json: &str) {
        self.name(name);
        self.0.extend_from_slice(json.as_bytes());
    }

    fn name(&mut self, name: &str) {
        self.0.push(if self.0.is_empty() { b'{' } else { b',' });
        string_into(name, &mut self.0);
        self.0.push(b':');
    }

    /// Sets `catchwater.fields`, if anything was added.
    pub fn set(mut self, fields: &mut Fields<'_>) {
        if !self.0.is_empty() {
            self.0.push(b'}');
            let json = String::from_utf8(self.0).expect("only UTF-8 was added");
            fields.set(Field::FreeFields, Value::Json(json.into()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_one_json_object() {
        let mut free = FreeFields::default();
        free.add("a", "-");
        free.add("b\"", "x\ny");
        free.add("c", "é");
        free.add_number("n", "1.5");
        free.add_number("t", "1e5");
        free.add_number("u", "-");
        free.add_json("j", "[1]");
        let mut fields = Fields::new();
        free.set(&mut fields);
        let Some(Value::Json(json)) = fields.get(Field::FreeFields) else { panic!("no JSON") };
        let value: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(value, serde_json::json!({"b\"": "x\ny", "c": "é", "n": 1.5, "t": "1e5", "j": [1]}));
        FreeFields::default().set(&mut fields);
        assert!(fields.has(Field::FreeFields), "nothing added, nothing changed");
    }
}
