//! Writes an event's fields as one line of nested JSON, in the registry's order, without a tree in between.

use crate::escape::string_into;
use crate::field::{FIELDS, Field};
use crate::fields::{Fields, Value};
use std::sync::LazyLock;

/// Deepest nesting of a registered path.
const MAX_DEPTH: usize = 8;

/// What to write to get from one field's object into another's: per field, per depth already open.
struct Layout {
    /// `openings[field][common]` = `"http":{"response":{"status_code":` for `common` = 0, and so on.
    openings: Vec<[String; MAX_DEPTH]>,
    /// `common[previous * n + field]` = number of objects that both stand in.
    common: Vec<u8>,
    /// Number of objects around the field's value, without the event's own.
    depth: Vec<u8>,
}

static LAYOUT: LazyLock<Layout> = LazyLock::new(|| {
    let paths: Vec<Vec<&str>> = FIELDS.iter().map(|f| f.path.split('.').collect()).collect();
    let opening = |path: &[&str], common: usize| -> String {
        if common >= path.len() {
            return String::new();
        }
        let objects: String = path[common..path.len() - 1].iter().map(|p| format!("\"{p}\":{{")).collect();
        format!("{objects}\"{}\":", path[path.len() - 1])
    };
    let shared = |a: &[&str], b: &[&str]| {
        let most = a.len().min(b.len()) - 1;
        (0..most).take_while(|i| a[*i] == b[*i]).count() as u8
    };
    Layout {
        openings: paths.iter().map(|p| std::array::from_fn(|c| opening(p, c))).collect(),
        common: paths.iter().flat_map(|a| paths.iter().map(move |b| shared(a, b))).collect(),
        depth: paths.iter().map(|p| p.len() as u8 - 1).collect(),
    }
});

/// Appends the event as one JSON object, without a line break.
pub fn write_event(fields: &Fields<'_>, out: &mut Vec<u8>) {
    let layout = &*LAYOUT;
    let mut previous: Option<Field> = None;
    out.push(b'{');
    for (field, value) in fields.iter() {
        let index = field as usize;
        let common = match previous {
            None => 0,
            Some(before) => {
                let before = before as usize;
                let common = layout.common[before * FIELDS.len() + index];
                close(layout.depth[before] - common, out);
                out.push(b',');
                common
            }
        };
        out.extend_from_slice(layout.openings[index][usize::from(common)].as_bytes());
        write_value(value, out);
        previous = Some(field);
    }
    if let Some(last) = previous {
        close(layout.depth[last as usize], out);
    }
    out.push(b'}');
}

fn close(objects: u8, out: &mut Vec<u8>) {
    for _ in 0..objects {
        out.push(b'}');
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

    proptest! {
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
