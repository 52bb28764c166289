//! A JSON object that is too large for a record, as several with parts of its one long array: the log events of an
//! envelope, the `Records` of a CloudTrail file. All other members stand in each.

use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// A part of the object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where its first element begins in the object: a number of its own for an id.
    pub at: usize,
    /// Elements in it.
    pub elements: usize,
    /// The object with these elements only.
    pub json: Vec<u8>,
}

/// Halves the array named `array` until each part `fits`, or is one element. `None` if there is no such array or the
/// text is no JSON object.
pub fn split(object: &[u8], array: &str, mut fits: impl FnMut(&[u8]) -> bool) -> Option<Vec<Part>> {
    let text = std::str::from_utf8(object).ok()?;
    let mut members: BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
    let elements: Vec<&RawValue> = serde_json::from_str(members.remove(array)?.get()).ok()?;
    // Every member but the array comes first: who reads in one pass knows the log stream when the log events come.
    let mut head = b"{".to_vec();
    for (name, value) in &members {
        catchwater_schemas::escape::string_into(name, &mut head);
        head.push(b':');
        head.extend_from_slice(value.get().as_bytes());
        head.push(b',');
    }
    catchwater_schemas::escape::string_into(array, &mut head);
    head.extend_from_slice(b":[");
    let mut parts = Vec::new();
    let place = |element: &RawValue| element.get().as_ptr() as usize - text.as_ptr() as usize;
    let mut open = vec![&elements[..]];
    while let Some(range) = open.pop() {
        let Some(first) = range.first() else { continue };
        let mut json = head.clone();
        for element in range {
            json.extend_from_slice(element.get().as_bytes());
            json.push(b',');
        }
        json.pop();
        json.extend_from_slice(b"]}");
        if range.len() == 1 || fits(&json) {
            parts.push(Part { at: place(first), elements: range.len(), json });
        } else {
            let (left, right) = range.split_at(range.len() / 2);
            open.extend([right, left]);
        }
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_parts_hold_all_elements_in_order_and_all_else_each(
            elements in proptest::collection::vec("[a\"\\\\]{0,30}", 1..40), most in 60usize..400,
        ) {
            let whole = serde_json::json!({"owner": "1", "z": {"x\"y": [1]}, "logEvents": elements});
            let text = serde_json::to_vec_pretty(&whole).unwrap();
            let parts = split(&text, "logEvents", |json| json.len() <= most).unwrap();
            let mut joined = Vec::new();
            let mut places = Vec::new();
            for part in &parts {
                prop_assert!(part.json.len() <= most || part.elements == 1);
                let mut value: serde_json::Value = serde_json::from_slice(&part.json).unwrap();
                let events = value.as_object_mut().unwrap().remove("logEvents").unwrap();
                prop_assert_eq!(value, serde_json::json!({"owner": "1", "z": {"x\"y": [1]}}));
                prop_assert_eq!(events.as_array().unwrap().len(), part.elements);
                joined.extend(events.as_array().unwrap().clone());
                prop_assert_eq!(text[part.at], b'"');
                places.push(part.at);
            }
            prop_assert_eq!(serde_json::json!(joined), whole["logEvents"].clone());
            prop_assert!(places.is_sorted_by(|a, b| a < b));
        }
    }

    #[test]
    fn what_has_no_such_array_is_left_alone() {
        for text in ["{}", "{\"Records\":1}", "[]", "{\"Records\":[1}", "\u{fffd}"] {
            assert_eq!(split(text.as_bytes(), "Records", |_| true), None, "{text}");
        }
        assert_eq!(split(b"{\"Records\":[]}", "Records", |_| true), Some(vec![]));
    }
}
