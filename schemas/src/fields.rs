//! One event's values under registered fields, borrowed from the line: what a format fills, the stages after it
//! read and change, and [`crate::layout`] writes.

use crate::field::Field;
use crate::field_set::{CAPACITY, FieldSet};
use crate::time::Timestamp;
use std::borrow::Cow;

/// A value of one field.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// Text as it is; it is escaped when the event is written.
    Text(Cow<'a, str>),
    /// The inside of a JSON string, escaped already by valid JSON that was read.
    Escaped(&'a str),
    /// A whole JSON value (object, array, number …), valid already.
    Json(Cow<'a, str>),
    /// A whole number.
    Unsigned(u64),
    /// A decimal number as the source wrote it, valid as a JSON number already.
    Number(&'a str),
    /// `true` or `false`.
    Bool(bool),
    /// An instant.
    Time(Timestamp),
}

impl<'a> From<&'a str> for Value<'a> {
    #[inline(always)]
    fn from(text: &'a str) -> Self {
        Value::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    #[inline(always)]
    fn from(text: String) -> Self {
        Value::Text(Cow::Owned(text))
    }
}

impl<'a> From<Cow<'a, str>> for Value<'a> {
    #[inline(always)]
    fn from(text: Cow<'a, str>) -> Self {
        Value::Text(text)
    }
}

impl From<u64> for Value<'_> {
    #[inline(always)]
    fn from(number: u64) -> Self {
        Value::Unsigned(number)
    }
}

impl From<bool> for Value<'_> {
    #[inline(always)]
    fn from(flag: bool) -> Self {
        Value::Bool(flag)
    }
}

impl From<Timestamp> for Value<'_> {
    #[inline(always)]
    fn from(time: Timestamp) -> Self {
        Value::Time(time)
    }
}

impl Value<'_> {
    /// The text of a text value, unescaped where it must be.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Value::Text(text) => Some(Cow::Borrowed(text)),
            Value::Escaped(raw) if !raw.contains('\\') => Some(Cow::Borrowed(raw)),
            Value::Escaped(raw) => serde_json::from_str(&format!("\"{raw}\"")).ok().map(Cow::Owned),
            _ => None,
        }
    }

    /// The same value, borrowing nothing.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Value::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Value::Escaped(raw) => {
                Value::Text(Cow::Owned(Value::Escaped(raw).text().unwrap_or_default().into_owned()))
            }
            Value::Json(json) => Value::Json(Cow::Owned(json.into_owned())),
            Value::Number(number) => Value::Json(Cow::Owned(number.to_string())),
            Value::Unsigned(number) => Value::Unsigned(number),
            Value::Bool(flag) => Value::Bool(flag),
            Value::Time(time) => Value::Time(time),
        }
    }
}

/// Room for the values of most events: 32 of 32 bytes come from the allocator's cache of small blocks, and moving
/// the fields moves no values.
const USUAL_VALUES: usize = 32;

/// One event's values. Setting a field again replaces its value.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    present: FieldSet,
    places: [u8; CAPACITY],
    values: Vec<Value<'a>>,
}

impl Default for Fields<'_> {
    fn default() -> Self {
        Self { present: FieldSet::default(), places: [0; CAPACITY], values: Vec::with_capacity(USUAL_VALUES) }
    }
}

impl<'a> Fields<'a> {
    /// No value yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a value, replacing an earlier one.
    // In line, and the value made where it is put: passed through memory in halves and copied as a whole, it would
    // make the processor wait for its own writes at every field.
    #[inline(always)]
    pub fn set(&mut self, field: Field, value: impl Into<Value<'a>>) {
        if self.has(field) {
            self.replace(field, value.into());
        } else {
            self.places[field as usize] = self.values.len() as u8;
            self.present.insert(field);
            self.values.push(value.into());
        }
    }

    #[cold]
    fn replace(&mut self, field: Field, value: Value<'a>) {
        self.values[usize::from(self.places[field as usize])] = value;
    }

    /// Sets a text unless it is empty or `-`, by which most log formats mean "absent".
    #[inline]
    pub fn set_present(&mut self, field: Field, text: &'a str) {
        if !text.is_empty() && text != "-" {
            self.set(field, text);
        }
    }

    /// Takes a value out.
    pub fn remove(&mut self, field: Field) {
        self.present.remove(field);
    }

    /// Is there a value?
    #[inline]
    pub fn has(&self, field: Field) -> bool {
        self.present.contains(field)
    }

    /// Which fields have a value.
    #[inline]
    pub fn present(&self) -> FieldSet {
        self.present
    }

    /// The value, if there is one.
    #[inline]
    pub fn get(&self, field: Field) -> Option<&Value<'a>> {
        self.has(field).then(|| &self.values[usize::from(self.places[field as usize])])
    }

    /// The value last set of a field that is surely present; `None` for some that are not.
    #[inline(always)]
    pub(crate) fn get_present(&self, field: Field) -> Option<&Value<'a>> {
        self.values.get(usize::from(self.places[field as usize]))
    }

    /// The value's text, unescaped where it must be; `None` also for what is no text.
    pub fn text(&self, field: Field) -> Option<Cow<'_, str>> {
        self.get(field).and_then(Value::text)
    }

    /// Sets all values of another, borrowing nothing; they replace those that are here.
    pub fn take_owned(&mut self, other: &Fields<'_>) {
        for (field, value) in other.iter() {
            self.set(field, value.clone().into_owned());
        }
    }

    /// Present fields in the order of the JSON.
    pub fn iter(&self) -> impl Iterator<Item = (Field, &Value<'a>)> {
        self.present.iter().map(|field| (field, &self.values[usize::from(self.places[field as usize])]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_order_of_the_registry_and_the_last_value() {
        let mut fields = Fields::new();
        fields.set(Field::UserName, "bob");
        fields.set(Field::Timestamp, Timestamp::from_nanos(0));
        fields.set(Field::UserName, "frank");
        fields.set_present(Field::HostName, "-");
        fields.set(Field::Message, "gone");
        fields.remove(Field::Message);
        let all: Vec<_> = fields.iter().map(|(f, _)| f).collect();
        assert_eq!(all, [Field::Timestamp, Field::UserName]);
        assert_eq!(fields.text(Field::UserName).as_deref(), Some("frank"));
        fields.set(Field::Message, "again");
        assert_eq!(fields.text(Field::Message).as_deref(), Some("again"));
    }

    #[test]
    fn escaped_text_is_read_as_text() {
        assert_eq!(Value::Escaped(r"a\u0041\n").text().as_deref(), Some("aA\n"));
    }

    #[test]
    fn owned_values_mean_the_same() {
        let mut fields = Fields::new();
        fields.set(Field::Message, Value::Escaped(r"a\u0041\n"));
        fields.set(Field::EventDuration, Value::Number("1.5"));
        fields.set(Field::FaasColdstart, true);
        let mut owned: Fields<'static> = Fields::new();
        owned.set(Field::Message, "before");
        owned.take_owned(&fields);
        assert_eq!(owned.text(Field::Message).as_deref(), Some("aA\n"));
        assert_eq!(owned.get(Field::EventDuration), Some(&Value::Json("1.5".into())));
        assert_eq!(owned.get(Field::FaasColdstart), Some(&Value::Bool(true)));
    }
}
