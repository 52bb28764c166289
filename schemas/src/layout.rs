//! Writes an event's fields as one line of nested JSON, in the registry's order, without a tree in between.
//!
//! Most of an event's JSON is the same as in the event before: names, braces, and values such as the account. So
//! [`Layout`] renders these values once, and keeps for each set of fields the text that stands between the others.

use crate::field::{FIELDS, Field};
use crate::field_set::FieldSet;
use crate::fields::{Fields, Value};
use crate::room;

/// Sets of fields whose text is kept; a power of two.
const SHAPES: usize = 64;
/// Places where one set of fields is looked for.
const NEIGHBOURS: usize = 8;
/// Bytes that are copied at once: copying a fixed number needs no call of `memcpy`.
const COPIED: usize = room::SLACK;

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
    present: FieldSet,
    /// All texts one after the other. [`COPIED`] bytes of nothing follow.
    text: Vec<u8>,
    steps: Vec<Step>,
    /// Where the text behind the last value begins, and its length.
    last: (usize, usize),
}

/// One value and the text before it.
#[derive(Clone, Copy)]
struct Step {
    field: Field,
    from: u32,
    len: u32,
}

impl Layout {
    /// A layout in which these values stand in every event that has no own value in the field.
    pub fn new(shared: &Fields<'_>) -> Self {
        let render = |(field, value): (Field, &Value<'_>)| {
            let mut rendered = Vec::new();
            let len = put_value(value, &mut rendered, 0);
            rendered.truncate(len);
            (field, rendered)
        };
        Self { shared: shared.iter().map(render).collect(), shapes: vec![None; SHAPES] }
    }

    /// Writes the event as one JSON object, without a line break, into `room` at `at`: where it ends. What stands in
    /// `room` behind that is of no meaning; it grows where it must.
    pub fn write(&mut self, fields: &Fields<'_>, room: &mut Vec<u8>, at: usize) -> usize {
        let place = self.place(fields.present());
        if self.shapes[place].as_ref().is_none_or(|shape| shape.present != fields.present()) {
            self.shapes[place] = Some(Shape::new(fields, &self.shared));
        }
        self.shapes[place].as_ref().map_or(at, |shape| shape.write(fields, room, at))
    }

    /// Where the shape of this set is kept, or shall be.
    fn place(&mut self, present: FieldSet) -> usize {
        if self.shapes.is_empty() {
            self.shapes = vec![None; SHAPES];
        }
        let first = (present.mixed() >> (u64::BITS - SHAPES.ilog2())) as usize;
        let mut places = (0..NEIGHBOURS).map(|n| (first + n) % SHAPES);
        let is_free_or_it = |place: &usize| self.shapes[*place].as_ref().is_none_or(|s| s.present == present);
        // Where all are taken by others, the first gives way.
        places.find(is_free_or_it).unwrap_or(first)
    }
}

/// The event as one JSON object, without a line break.
pub fn event_json(fields: &Fields<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    let len = Shape::new(fields, &[]).write(fields, &mut out, 0);
    out.truncate(len);
    out
}

impl Shape {
    #[cold]
    #[inline(never)]
    fn new(fields: &Fields<'_>, shared: &[(Field, Vec<u8>)]) -> Self {
        let shared = shared.iter().filter(|(field, _)| !fields.has(*field));
        let mut all: Vec<(Field, Option<&[u8]>)> =
            shared.map(|(f, rendered)| (*f, Some(&rendered[..]))).collect();
        all.extend(fields.iter().map(|(field, _)| (field, None)));
        all.sort_unstable_by_key(|(field, _)| *field);
        let (mut text, mut steps) = (vec![b'{'], Vec::new());
        let (mut from, mut first) = (0, true);
        let mut open: Vec<&str> = Vec::new();
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
                None => {
                    steps.push(Step { field, from: from as u32, len: (text.len() - from) as u32 });
                    from = text.len();
                }
            }
        }
        text.extend(std::iter::repeat_n(b'}', open.len() + 1));
        let last = (from, text.len() - from);
        text.resize(text.len() + COPIED, 0);
        Self { present: fields.present(), text, steps, last }
    }

    fn write(&self, fields: &Fields<'_>, room: &mut Vec<u8>, mut at: usize) -> usize {
        for step in &self.steps {
            at = self.copy(step.from as usize, step.len as usize, room, at);
            // The shape is that of just these fields.
            if let Some(value) = fields.get_present(step.field) {
                at = put_value(value, room, at);
            }
        }
        self.copy(self.last.0, self.last.1, room, at)
    }

    #[inline(always)]
    fn copy(&self, from: usize, len: usize, room: &mut Vec<u8>, at: usize) -> usize {
        match self.text[from..].first_chunk::<COPIED>() {
            Some(chunk) if len <= COPIED => room::put_part(chunk, len, room, at),
            _ => room::put_long(&self.text[from..from + len], room, at),
        }
    }
}

fn put_value(value: &Value<'_>, room: &mut Vec<u8>, at: usize) -> usize {
    match value {
        Value::Text(text) => room::put_string(text, room, at),
        Value::Escaped(raw) => room::put_quoted(raw.as_bytes(), room, at),
        Value::Json(raw) => room::put_long(raw.as_bytes(), room, at),
        Value::Number(raw) => room::put(raw.as_bytes(), room, at),
        Value::Unsigned(number) => put_unsigned(*number, room, at),
        Value::Bool(flag) => room::put(if *flag { b"true" } else { b"false" }, room, at),
        Value::Time(time) => room::put_quoted_in_place(|place| time.put_rfc3339(place), room, at),
    }
}

fn put_unsigned(mut number: u64, room: &mut Vec<u8>, at: usize) -> usize {
    const PAIRS: [[u8; 2]; 100] = {
        let mut pairs = [[0; 2]; 100];
        let mut n = 0;
        while n < 100 {
            pairs[n] = [b'0' + (n / 10) as u8, b'0' + (n % 10) as u8];
            n += 1;
        }
        pairs
    };
    let len = number.checked_ilog10().map_or(1, |log| log as usize + 1);
    room::put_in_place(len, room, at, |digits| {
        let (single, pairs) = digits.as_rchunks_mut::<2>();
        for pair in pairs.iter_mut().rev() {
            *pair = PAIRS[(number % 100) as usize];
            number /= 100;
        }
        if let [first] = single {
            *first = b'0' + (number % 10) as u8;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;
    use proptest::prelude::*;

    fn json(fields: &Fields<'_>) -> serde_json::Value {
        let out = event_json(fields);
        serde_json::from_slice(&out).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&out)))
    }

    /// Written behind something else, over what stood there.
    fn written(layout: &mut Layout, fields: &Fields<'_>) -> Vec<u8> {
        let mut room = vec![b'?'; 90];
        let end = layout.write(fields, &mut room, 7);
        assert!(room.len() >= end && room.starts_with(b"???????"));
        room[7..end].to_vec()
    }

    #[test]
    fn numbers() {
        let powers = (0..20).map(|n| 10u64.pow(n));
        for number in powers.flat_map(|p| [p - 1, p, p + 1, p.saturating_mul(7)]).chain([u64::MAX]) {
            let mut room = Vec::new();
            let len = put_unsigned(number, &mut room, 0);
            assert_eq!(std::str::from_utf8(&room[..len]).unwrap(), number.to_string());
        }
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
            let out = written(&mut layout, &fields);
            let account = if round == 1 { "own" } else { "1\"2" };
            let expected = serde_json::json!({
                "catchwater": {"schema": 1, "revision": round},
                "cloud": {"account": {"id": account}, "region": "r"},
            });
            assert_eq!(serde_json::from_slice::<serde_json::Value>(&out).unwrap(), expected);
        }
        assert_eq!(written(&mut Layout::default(), &Fields::new()), b"{}");
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
                prop_assert_eq!(written(&mut layout, &fields), event_json(&all));
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
