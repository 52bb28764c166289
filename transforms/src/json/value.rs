//! Values, read but not looked into.

use super::{Cursor, JsonStr};
use catchwater_schemas::fields::Value;
use std::borrow::Cow;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Json<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as it was written.
    Number(&'a str),
    /// A string as it was written.
    String(JsonStr<'a>),
    /// An object, whole; valid JSON.
    Object(Cow<'a, str>),
    /// An array, whole; valid JSON.
    Array(Cow<'a, str>),
}

impl<'a> Json<'a> {
    /// The string, if it is one.
    pub fn string(&self) -> Option<JsonStr<'a>> {
        match self {
            Json::String(string) => Some(*string),
            _ => None,
        }
    }
}

/// The member of this name of the object ahead of `cursor`, the last one if it stands there twice; `None` also if what
/// lies ahead is no object or not JSON.
pub fn member<'a>(mut cursor: Cursor<'a>, name: &str) -> Option<Json<'a>> {
    let mut found = None;
    cursor.begin_object().ok()?;
    while let Some(key) = cursor.next_key().ok()? {
        let value = cursor.value().ok()?;
        if key.raw() == name {
            found = Some(value);
        }
    }
    found
}

/// The value as it goes into an event.
impl<'a> From<Json<'a>> for Value<'a> {
    fn from(json: Json<'a>) -> Self {
        match json {
            Json::Null => Value::Json(Cow::Borrowed("null")),
            Json::Bool(flag) => Value::Bool(flag),
            Json::Number(number) => Value::Number(number),
            Json::String(string) => string.into(),
            Json::Object(raw) | Json::Array(raw) => Value::Json(raw),
        }
    }
}
