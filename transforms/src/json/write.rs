//! Puts members that were read into a new object, as they were written.

use super::{Json, JsonStr};
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};

/// Room that most objects do with.
const USUAL_BYTES: usize = 512;

/// An object in the making; objects in it can be opened and closed. Nothing is allocated before the first member.
#[derive(Debug, Default)]
pub struct ObjectWriter {
    out: String,
    /// Where the objects that are open now begin: before their key.
    open: Vec<usize>,
}

impl ObjectWriter {
    /// Adds a member.
    pub fn member(&mut self, key: JsonStr<'_>, value: &Json<'_>) {
        self.key(key);
        self.value(value);
    }

    /// Adds a member of a name that was made, not read.
    pub fn named(&mut self, name: &str, value: &Json<'_>) {
        let mut escaped = Vec::with_capacity(name.len() + 2);
        catchwater_schemas::escape::string_into(name, &mut escaped);
        let escaped = String::from_utf8_lossy(&escaped);
        self.before_key();
        self.out.push_str(&escaped);
        self.out.push(':');
        self.value(value);
    }

    fn value(&mut self, value: &Json<'_>) {
        match value {
            Json::Null => self.out.push_str("null"),
            Json::Bool(flag) => self.out.push_str(if *flag { "true" } else { "false" }),
            Json::Number(number) => self.out.push_str(number),
            Json::String(string) => self.string(*string),
            Json::Object(raw) | Json::Array(raw) => self.out.push_str(raw),
        }
    }

    /// Adds an object and goes into it.
    pub fn open(&mut self, key: JsonStr<'_>) {
        self.open.push(self.out.len());
        self.key(key);
        self.out.push('{');
    }

    /// Leaves the object opened last; one that stayed empty vanishes.
    pub fn close(&mut self) {
        let begin = self.open.pop().unwrap_or_default();
        if self.out.ends_with('{') {
            self.out.truncate(begin);
        } else {
            self.out.push('}');
        }
    }

    /// Sets `catchwater.fields`, if anything was added.
    pub fn set(mut self, fields: &mut Fields<'_>) {
        if !self.out.is_empty() {
            self.out.push('}');
            fields.set(Field::FreeFields, Value::Json(self.out.into()));
        }
    }

    fn key(&mut self, key: JsonStr<'_>) {
        self.before_key();
        self.string(key);
        self.out.push(':');
    }

    fn before_key(&mut self) {
        // No key or value ends with an opening brace, but for an object opened just now.
        match self.out.is_empty() {
            true => {
                self.out.reserve(USUAL_BYTES);
                self.out.push('{');
            }
            false if self.out.ends_with('{') => (),
            false => self.out.push(','),
        }
    }

    fn string(&mut self, string: JsonStr<'_>) {
        self.out.push('"');
        self.out.push_str(&string.to_event());
        self.out.push('"');
    }
}
