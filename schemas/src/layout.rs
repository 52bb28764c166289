//! Writes an event's fields as one line of nested JSON, in the registry's order, without a tree in between.
//!
//! Most of an event's JSON is the same as in the event before: names, braces, and values such as the account. So
//! [`Layout`] renders these values once, and keeps for each set of fields the text that stands between the others.

use crate::escape::string_into;
use crate::field::{FIELDS, Field};
use crate::fields::{Fields, Value};

/// Sets of fields whose text is kept; a power of two.
const SHAPES: usize = 64;
/// Bytes that are copied at once: copying a fixed number needs no call of `memcpy`.
const COPIED: usize = 32;

/// Writes events that share some values.
#[derive(Clone, Default)]
pub struct Layout {
    /// Rendered values by field, in the registry's order.
    shared: Vec<(Field, Vec<u8>)>,
    /// By a hash of the set of fields.
    shapes: Vec<Option<Shape>>,
}

/// What stands between the values of one set of fields.
#[derive(Clone)]
struct Shape {
    present: u128,
    /// All texts one after the other; the last is behind the last value. [`COPIED`] bytes of nothing follow.
    text: Vec<u8>,
    /// Where each text ends.
    ends: Vec<u32>,
}

impl Layout {
    /// A layout in which these values stand in every event that has no own value in the field.
    pub fn new(shared: &Fields<'_>) -> Self {
        let render = |(field, value): (Field, &Value<'_>)| {
            let mut rendered = Vec::new();
            write_value(value, &mut rendered);
            (field, rendered)
        };
        Self { shared: shared.iter().map(render).collect(), shapes: vec![None; SHAPES] }
    }

    /// Appends the event as one JSON object, without a line break.
    pub fn write(&mut self, fields: &Fields<'_>, out: &mut Vec<u8>) {
        let present = fields.present();
        // The upper bits of a product depend on all bits of the factors (Knuth, TAOCP 6.4).
        let folded = (present as u64) ^ (present >> 64) as u64;
        let place = (folded.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58) as usize % SHAPES;
        if self.shapes.is_empty() {
            self.shapes = vec![None; SHAPES];
        }
        if self.shapes[place].as_ref().is_none_or(|shape| shape.present != present) {
            self.shapes[place] = Some(Shape::new(fields, &self.shared));
        }
        if let Some(shape) = &self.shapes[place] {
            shape.write(fields, out);
        }
    }
}

/// Appends the event as one JSON object, without a line break.
pub fn write_event(fields: &Fields<'_>, out: &mut Vec<u8>) {
    Shape::new(fields, &[]).write(fields, out);
}

impl Shape {
    fn new(fields: &Fields<'_>, shared: &[(Field, Vec<u8>)]) -> Self {
        let shared = shared.iter().filter(|(field, _)| !fields.has(*field));
        let mut all: Vec<(Field, Option<&[u8]>)> =
            shared.map(|(f, rendered)| (*f, Some(&rendered[..]))).collect();
        all.extend(fields.iter().map(|(field, _)| (field, None)));
        all.sort_unstable_by_key(|(field, _)| *field);
        let (mut text, mut ends) = (vec![b'{'], Vec::new());
        let mut open: Vec<&str> = Vec::new();
        let mut first = true;
        for (field, rendered) in all {
            let mut path: Vec<&'static str> = FIELDS[field as usize].path.split('.').collect();
            let name = path.pop().unwrap_or_default();
            let common = open.iter().zip(&path).take_while(|(a, b)| a == b).count();
            text.extend(std::iter::repeat_n(b'}', open.len() - common));
            if !std::mem::take(&mut first) {
                text.push(b',');
            }
            for object in &path[common..] {
                text.extend_from_slice(format!("\"{object}\":{{").as_bytes());
            }
            text.extend_from_slice(format!("\"{name}\":").as_bytes());
            open = path;
            match rendered {
                Some(rendered) => text.extend_from_slice(rendered),
                None => ends.push(text.len() as u32),
            }
        }
        text.extend(std::iter::repeat_n(b'}', open.len() + 1));
        ends.push(text.len() as u32);
        text.resize(text.len() + COPIED, 0);
        Self { present: fields.present(), text, ends }
    }

    fn write(&self, fields: &Fields<'_>, out: &mut Vec<u8>) {
        let mut from = 0;
        let mut ends = self.ends.iter();
        for ((_, value), end) in fields.iter().zip(&mut ends) {
            self.copy(from, *end as usize, out);
            write_value(value, out);
            from = *end as usize;
        }
        if let Some(end) = ends.next() {
            self.copy(from, *end as usize, out);
        }
    }

    #[inline(always)]
    fn copy(&self, from: usize, end: usize, out: &mut Vec<u8>) {
        let len = end - from;
        match self.text[from..].first_chunk::<COPIED>() {
            Some(chunk) if len <= COPIED => {
                let wanted = out.len() + len;
                out.extend_from_slice(chunk);
                out.truncate(wanted);
            }
            _ => out.extend_from_slice(&self.text[from..end]),
        }
    }
}

fn write_value(value: &Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::Text(text) => string_into(text, out),
        Value::Escaped(raw) => {
            out.push(b'"');
            out.extend_from_slice(raw.as_bytes());
            out.push(b'"');
        }
        Value::Json(raw) => out.extend_from_slice(raw.as_bytes()),
        Value::Number(raw) => out.extend_from_slice(raw.as_bytes()),
        Value::Unsigned(number) => write_unsigned(*number, out),
        Value::Bool(flag) => out.extend_from_slice(if *flag { b"true" } else { b"false" }),
        Value::Time(time) => {
            out.push(b'"');
            time.write_rfc3339(out);
            out.push(b'"');
        }
    }
}

fn write_unsigned(mut number: u64, out: &mut Vec<u8>) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;
    use proptest::prelude::*;

    fn json(fields: &Fields<'_>) -> serde_json::Value {
        let mut out = Vec::new();
        write_event(fields, &mut out);
        serde_json::from_slice(&out).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&out)))
    }

    #[test]
    fn nests_and_closes() {
        let mut fields = Fields::new();
        fields.set(Field::HttpResponseBodyBytes, 5u64);
        fields.set(Field::HttpVersion, "1.1");
        fields.set(Field::HttpRequestMethod, "GE\"T");
        fields.set(Field::Timestamp, Timestamp::from_nanos(0));
        fields.set(Field::FreeFields, Value::Json("{\"a\":[1]}".into()));
        let expected = serde_json::json!({
            "@timestamp": "1970-01-01T00:00:00.000Z",
            "catchwater": {"fields": {"a": [1]}},
            "http": {"request": {"method": "GE\"T"}, "response": {"body": {"bytes": 5}}, "version": "1.1"},
        });
        assert_eq!(json(&fields), expected);
        assert_eq!(json(&Fields::new()), serde_json::json!({}));
    }

    #[test]
    fn shared_values_stand_in_every_event_but_yield_to_its_own() {
        let mut shared = Fields::new();
        shared.set(Field::Schema, 1u64);
        shared.set(Field::CloudAccountId, "1\"2");
        shared.set(Field::CloudRegion, "r");
        let mut layout = Layout::new(&shared);
        for round in 0..3u64 {
            let mut fields = Fields::new();
            fields.set(Field::Revision, round);
            if round == 1 {
                fields.set(Field::CloudAccountId, "own");
            }
            let mut out = Vec::new();
            layout.write(&fields, &mut out);
            let account = if round == 1 { "own" } else { "1\"2" };
            let expected = serde_json::json!({
                "catchwater": {"schema": 1, "revision": round},
                "cloud": {"account": {"id": account}, "region": "r"},
            });
            assert_eq!(serde_json::from_slice::<serde_json::Value>(&out).unwrap(), expected);
        }
        let mut out = Vec::new();
        Layout::default().write(&Fields::new(), &mut out);
        assert_eq!(out, b"{}");
    }

    proptest! {
        #[test]
        fn a_layout_writes_what_all_values_in_one_event_give(
            shared in proptest::collection::vec(0..FIELDS.len(), 0..20),
            events in proptest::collection::vec(proptest::collection::vec(0..FIELDS.len(), 0..20), 1..10),
        ) {
            let set = |fields: &mut Fields<'_>, indices: &[usize], number: u64| {
                indices.iter().for_each(|index| fields.set(Field::from_index(*index), number));
            };
            let mut common = Fields::new();
            set(&mut common, &shared, 1);
            let mut layout = Layout::new(&common);
            for own in &events {
                let (mut fields, mut all) = (Fields::new(), common.clone());
                set(&mut fields, own, 2);
                set(&mut all, own, 2);
                let (mut written, mut expected) = (Vec::new(), Vec::new());
                layout.write(&fields, &mut written);
                write_event(&all, &mut expected);
                prop_assert_eq!(written, expected);
            }
        }

        #[test]
        fn any_set_of_fields_is_valid_json_with_each_value_at_its_path(chosen in proptest::collection::vec(0..FIELDS.len(), 0..40), number in any::<u64>()) {
            let mut fields = Fields::new();
            for index in &chosen {
                fields.set(Field::from_index(*index), number);
            }
            let value = json(&fields);
            for index in &chosen {
                let pointer = format!("/{}", FIELDS[*index].path.replace('.', "/"));
                prop_assert_eq!(value.pointer(&pointer).and_then(serde_json::Value::as_u64), Some(number));
            }
        }
    }
}
