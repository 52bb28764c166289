//! An event in the making from an object's members: each goes to its field if it is what that field holds, else to the
//! free ones.

use super::{Cursor, Invalid, Json, JsonStr, ObjectWriter};
use crate::scan::address::is_ip;
use crate::scan::decimal::unsigned;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};

/// Fields, and what has none.
#[derive(Debug, Default)]
pub struct Members<'a> {
    /// Members with a field of their own.
    pub fields: Fields<'a>,
    /// All others; `null`, empty ones and `-` are left out.
    pub free: ObjectWriter,
}

impl<'a> Members<'a> {
    /// Keeps the value ahead as a free one.
    pub fn keep(&mut self, key: JsonStr<'a>, cursor: &mut Cursor<'a>) -> Result<(), Invalid> {
        let value = cursor.value()?;
        self.keep_value(key, &value);
        Ok(())
    }

    /// Keeps a value as a free one.
    pub fn keep_value(&mut self, key: JsonStr<'a>, value: &Json<'a>) {
        let is_empty = match value {
            Json::Null => true,
            Json::String(text) => is_absent(*text),
            Json::Object(raw) => raw[1..raw.len() - 1].trim().is_empty(),
            Json::Array(raw) => raw[1..raw.len() - 1].trim().is_empty(),
            Json::Bool(_) | Json::Number(_) => false,
        };
        if !is_empty {
            self.free.member(key, value);
        }
    }

    /// Sets a text, and answers it; the empty one if the value ahead is none.
    pub fn text(
        &mut self,
        field: Field,
        key: JsonStr<'a>,
        cursor: &mut Cursor<'a>,
    ) -> Result<JsonStr<'a>, Invalid> {
        match cursor.value()? {
            Json::String(text) if !is_absent(text) => {
                self.fields.set(field, text);
                return Ok(text);
            }
            value => self.keep_value(key, &value),
        }
        Ok(JsonStr::default())
    }

    /// Sets a whole number, which may be written as a text.
    pub fn whole(
        &mut self,
        field: Field,
        key: JsonStr<'a>,
        cursor: &mut Cursor<'a>,
    ) -> Result<Option<u64>, Invalid> {
        let value = cursor.value()?;
        let digits = match &value {
            Json::Number(digits) => digits,
            Json::String(text) => text.raw(),
            _ => "",
        };
        match unsigned(digits).filter(|number| i64::try_from(*number).is_ok()) {
            Some(number) => {
                self.fields.set(field, number);
                Ok(Some(number))
            }
            None => {
                self.keep_value(key, &value);
                Ok(None)
            }
        }
    }

    /// Sets the peer: as an address if it is one.
    pub fn source(&mut self, key: JsonStr<'a>, cursor: &mut Cursor<'a>) -> Result<(), Invalid> {
        let value = cursor.value()?;
        match value.string().filter(|text| !is_absent(*text)) {
            Some(text) if is_ip(text.raw()) => self.fields.set(Field::SourceIp, Value::Escaped(text.raw())),
            Some(text) => self.fields.set(Field::SourceAddress, text),
            None => self.keep_value(key, &value),
        }
        Ok(())
    }

    /// All fields, the free ones among them.
    pub fn into_fields(mut self) -> Fields<'a> {
        self.free.set(&mut self.fields);
        self.fields
    }
}

/// Does the text mean that there is nothing?
pub fn is_absent(text: JsonStr<'_>) -> bool {
    matches!(text.raw(), "" | "-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_value_to_the_field_that_takes_it() {
        let text = r#"{"t":"x","n":"7","big":99999999999999999999,"ip":"::1","host":"h","no":"-","null":null,"o":{ },"a":[],"b":false}"#;
        let mut cursor = Cursor::new(text, 64);
        let mut members = Members::default();
        cursor.begin_object().unwrap();
        while let Some(key) = cursor.next_key().unwrap() {
            match key.raw() {
                "t" => assert_eq!(members.text(Field::Message, key, &mut cursor).unwrap().raw(), "x"),
                "n" => assert_eq!(members.whole(Field::FileSize, key, &mut cursor).unwrap(), Some(7)),
                "big" => assert_eq!(members.whole(Field::UrlPort, key, &mut cursor).unwrap(), None),
                "ip" | "host" => members.source(key, &mut cursor).unwrap(),
                _ => members.keep(key, &mut cursor).unwrap(),
            }
        }
        let fields = members.into_fields();
        assert_eq!(fields.get(Field::FileSize), Some(&Value::Unsigned(7)));
        assert_eq!(fields.text(Field::SourceIp).as_deref(), Some("::1"));
        assert_eq!(fields.text(Field::SourceAddress).as_deref(), Some("h"));
        let Some(Value::Json(free)) = fields.get(Field::FreeFields) else { panic!("no free fields") };
        let free: serde_json::Value = serde_json::from_str(free).unwrap();
        assert_eq!(free, json!({"big": 99999999999999999999u128 as f64, "b": false}));
    }
}
