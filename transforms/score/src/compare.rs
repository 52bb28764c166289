//! Compares one expected value with ours.

use catchwater_schemas::field::{Field, FieldType};
use catchwater_schemas::time::Timestamp;
use serde_json::Value;
use std::collections::HashMap;

/// How a comparison ended.
pub enum Verdict {
    /// They mean the same.
    Same,
    /// They do not; how.
    Differs(String),
}

/// The name on the right for how many lines an event holds.
pub const LINES: &str = "#lines";

/// How many lines of the input an event holds: those of its message and of its trace, which may begin with the message or
/// end with it.
fn lines(event: &HashMap<String, Value>) -> usize {
    let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default();
    let (message, trace) = (text("message"), text("error.stack_trace"));
    let of_message = if trace.contains(message) { 0 } else { message.lines().count() };
    let shared =
        message.lines().last().zip(trace.lines().next()).is_some_and(|(last, first)| last.ends_with(first));
    trace.lines().count() + of_message - usize::from(of_message > 0 && shared)
}

/// The values of nested or dotted objects by their dotted path; arrays count as values.
pub fn flatten(value: &Value) -> HashMap<String, Value> {
    fn walk(prefix: &str, value: &Value, out: &mut HashMap<String, Value>) {
        match value {
            Value::Object(map) => {
                for (name, inner) in map {
                    let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                    walk(&path, inner, out);
                }
            }
            other => drop(out.insert(prefix.to_string(), other.clone())),
        }
    }
    let mut out = HashMap::new();
    if value.is_object() {
        walk("", value, &mut out);
    }
    out
}

/// Compares an expected value with the field of ours that `ours` names (see [`crate::corpus`]).
pub fn compare(expected: &Value, event: Option<&HashMap<String, Value>>, ours: &str) -> Verdict {
    let Some(event) = event else { return Verdict::Differs("there is no such event".into()) };
    let (path, divisor) = match ours.split_once('/') {
        Some((path, divisor)) => (path, divisor.parse::<f64>().expect("a number after the slash")),
        None => (ours, 1.0),
    };
    if path == LINES {
        let found = lines(event);
        return match expected.as_u64() {
            Some(expected) if expected == found as u64 => Verdict::Same,
            _ => Verdict::Differs(format!("expected {expected} lines, found {found}")),
        };
    }
    let found = path.split('|').find_map(|name| event.get(name));
    match (meant(expected), found) {
        (None, None) => Verdict::Same,
        (None, Some(found)) if meant(found).is_none() => Verdict::Same,
        (None, Some(found)) => Verdict::Differs(format!("expected none, found {found}")),
        (Some(expected), None) => Verdict::Differs(format!("expected {expected}, found none")),
        (Some(expected), Some(found)) if same(&expected, found, divisor, is_date(path)) => Verdict::Same,
        (Some(expected), Some(found)) => Verdict::Differs(format!("expected {expected}, found {found}")),
    }
}

fn is_date(path: &str) -> bool {
    Field::from_path(path).is_some_and(|f| f.info().field_type == FieldType::Date)
}

/// The value, unless it is one by which logs and their readers mean "none"; a list of one is that one.
fn meant(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() || text == "-" => None,
        Value::Array(items) if items.len() == 1 => meant(&items[0]),
        Value::Array(items) if items.is_empty() => None,
        other => Some(other.clone()),
    }
}

fn same(expected: &Value, found: &Value, divisor: f64, date: bool) -> bool {
    if date {
        let time = |v: &Value| v.as_str().and_then(|t| Timestamp::parse_rfc3339(t, 0));
        // `--11-03T09:23:38Z`: the line has no year, so that any is right.
        let of_any_year = || {
            let rest = expected.as_str()?.strip_prefix("--")?;
            let year = found.as_str()?.get(..5)?;
            Some(Value::String(format!("{year}{rest}")))
        };
        let expected = &of_any_year().unwrap_or_else(|| expected.clone());
        let unit = expected.as_str().map_or(1, unit_nanos);
        let cut = |time: Timestamp| time.nanos().div_euclid(unit);
        return time(expected).is_some() && time(expected).map(cut) == time(found).map(cut);
    }
    let found = meant(found).unwrap_or_default();
    if *expected == found && divisor == 1.0 {
        return true;
    }
    if let (Value::Array(items), Value::String(text)) = (expected, &found) {
        // We keep a list as the line wrote it.
        let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
        return items.join(", ") == *text;
    }
    match (number(expected), number(&found)) {
        (Some(a), Some(b)) => (a - b / divisor).abs() <= 1e-9 * a.abs().max(1e-3),
        _ => false,
    }
}

/// Nanoseconds of the last digit that a time is written with: many programs cut what the line has behind it.
fn unit_nanos(time: &str) -> i64 {
    let fraction = time.split_once('.').map_or("", |(_, rest)| rest);
    let mut digits = &fraction[..fraction.bytes().take_while(u8::is_ascii_digit).count().min(9)];
    // A millisecond is written as `.123000` as well, and a whole second as `.000`.
    while let Some(shorter) = digits.strip_suffix("000").filter(|rest| rest.len().is_multiple_of(3)) {
        digits = shorter;
    }
    let digits = digits.len();
    10_i64.pow(9 - digits as u32)
}

/// Authors write numbers as text too. Text with a leading zero is none: it may be an id.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(n) => n.as_f64(),
        Value::String(text) if !text.starts_with('0') || text.len() == 1 || text.starts_with("0.") => {
            text.parse().ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_agrees_as_far_as_it_is_written() {
        let is_same = |expected: &str, found: &str| same(&expected.into(), &found.into(), 1.0, true);
        for expected in [
            "2026-01-02T03:04:05Z",
            "2026-01-02T03:04:05.000Z",
            "2026-01-02T03:04:05.123000Z",
            "2026-01-02T03:04:05.123456Z",
        ] {
            assert!(is_same(expected, "2026-01-02T03:04:05.123456Z"), "{expected}");
        }
        for expected in [
            "2026-01-02T03:04:06Z",
            "2026-01-02T03:04:05.120000Z",
            "2026-01-02T03:04:05.124Z",
            "2026-01-02T03:04:05.1234560Z",
        ] {
            assert!(!is_same(expected, "2026-01-02T03:04:05.123456789Z"), "{expected}");
        }
    }
}
