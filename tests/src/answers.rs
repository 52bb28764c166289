//! Holds the JSON of one report against that of another who answers the same questions.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A row without what may differ in its last digits, to sort by.
fn exact(row: &Map<String, Value>) -> String {
    let kept = row.iter().filter(|(name, _)| !is_near(name));
    format!("{:?}", kept.collect::<BTreeMap<_, _>>())
}

fn is_near(name: &str) -> bool {
    name == "share" || name == "median_ns" || name == "p95_ns"
}

/// Are they equal? Percentiles may stand on either side of a class's end, which lie 1 % apart.
fn assert_same(what: &str, expected: &Map<String, Value>, found: &Map<String, Value>) {
    assert_eq!(expected.len(), found.len(), "{what}: {expected:?}\n{found:?}");
    for (name, expected) in expected {
        let found = &found[name];
        match (expected.as_f64(), found.as_f64()) {
            (Some(a), Some(b)) if is_near(name) => {
                let off = if name == "share" { 2e-6 } else { a.abs() * 0.0101 + 1.0 };
                assert!((a - b).abs() <= off, "{what}.{name}: {a} and {b}");
            }
            _ => assert_eq!(expected, found, "{what}.{name}"),
        }
    }
}

/// Panics where two reports, as JSON, do not tell the same; rows of one table may come in another order.
pub fn assert_same_answer(expected: &Value, found: &Value) {
    let report = expected["report"].as_str().expect("a report");
    let object = |value: &Value| value.as_object().expect("a report").clone();
    assert_same(report, &object(&expected["totals"]), &object(&found["totals"]));
    let sections = |answer: &Value| answer["sections"].as_array().expect("a report").clone();
    assert_eq!(sections(expected).len(), sections(found).len(), "{report}");
    for (expected, found) in sections(expected).iter().zip(sections(found)) {
        let name = format!("{report}.{}", expected["name"].as_str().expect("a report"));
        assert_eq!(
            (&expected["name"], &expected["total_rows"]),
            (&found["name"], &found["total_rows"]),
            "{name}"
        );
        let rows = |section: &Value| {
            let mut rows: Vec<_> = section["rows"].as_array().expect("a report").iter().map(object).collect();
            rows.sort_by_cached_key(exact);
            rows
        };
        let (expected, found) = (rows(expected), rows(&found));
        assert_eq!(expected.len(), found.len(), "{name}");
        expected.iter().zip(&found).for_each(|(expected, found)| assert_same(&name, expected, found));
    }
}
