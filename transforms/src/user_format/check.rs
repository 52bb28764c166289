//! Runs the tests that stand beside a format of the configuration.

use super::UserFormats;
use crate::emit::Stages;
use crate::formats::LogEvent;
use crate::single;
use catchwater_schemas::config::{FormatTest, UserFormat};
use catchwater_schemas::time::Timestamp;
use serde_json::Value;

/// Log events' own time in tests, 2020-09-13T12:26:40Z: lines without a year are of about then.
const TEST_SECONDS: i64 = 1_600_000_000;

/// A test of a format that failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// Number of the test, from 0.
    pub test: usize,
    /// The line.
    pub line: String,
    /// What differs.
    pub differences: Vec<Difference>,
}

/// What differs from what a test expects.
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// The line was refused, for this reason.
    Refused(&'static str),
    /// The line was taken: the event that it gave.
    Taken(String),
    /// A field has another value, or none.
    Value {
        /// The field.
        field: String,
        /// What the test expects; nothing: the field must not be there.
        expected: Option<Value>,
        /// What the event has.
        found: Option<Value>,
    },
}

/// Runs all tests of a format that has been compiled among `formats`: those that failed.
pub fn failures(formats: &UserFormats, name: &str, format: &UserFormat) -> Vec<Failure> {
    let numbered = format.test.iter().enumerate();
    let failed = numbered.filter_map(|(test, expected)| {
        let differences = differences(formats, name, expected);
        let line = expected.line.clone();
        (!differences.is_empty()).then_some(Failure { test, line, differences })
    });
    failed.collect()
}

fn differences(formats: &UserFormats, name: &str, test: &FormatTest) -> Vec<Difference> {
    let Some((format, options)) = formats.find(name) else { return Vec::new() };
    let event = LogEvent {
        message: &test.line,
        time: Timestamp::from_seconds(TEST_SECONDS).unwrap_or_default(),
        zone_seconds: 0,
        json_depth: 64,
        options: Some(options.as_ref()),
    };
    let event = match single::events(format, event, &Stages::default()) {
        Err(_) if test.refused => return Vec::new(),
        Err(refusal) => return vec![Difference::Refused(refusal.0)],
        Ok(events) if test.refused => return vec![Difference::Taken(events.concat())],
        Ok(events) => serde_json::from_str(&events.concat()).unwrap_or(Value::Null),
    };
    let expected = test.expect.iter().map(|(field, value)| (field, Some(value)));
    let all = expected.chain(test.absent.iter().map(|field| (field, None)));
    all.filter_map(|(field, expected)| {
        let found = event.pointer(&format!("/{}", field.replace('.', "/")));
        let same = match (expected, found) {
            (Some(expected), Some(found)) => same(expected, found),
            (expected, found) => expected.is_none() && found.is_none(),
        };
        let (expected, found) = (expected.cloned(), found.cloned());
        (!same).then(|| Difference::Value { field: field.clone(), expected, found })
    })
    .collect()
}

/// Equal, times as instants.
fn same(expected: &Value, found: &Value) -> bool {
    let time = |value: &Value| value.as_str().and_then(|text| Timestamp::parse_rfc3339(text, 0));
    expected == found || time(expected).is_some() && time(expected) == time(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use catchwater_schemas::config::parse;
    use std::collections::BTreeMap;

    fn told(text: &str) -> Vec<Failure> {
        let config = parse::<BTreeMap<String, ()>>(text).unwrap();
        let (formats, mistakes) = UserFormats::new(&config.format);
        assert_eq!(mistakes, []);
        config.format.iter().flat_map(|(name, format)| failures(&formats, name, format)).collect()
    }

    const FORMAT: &str = r#"
[format.door]
kind = "service_query"
pattern = '^(?<time>\S+ \S+) (?<who>\w+) opens (?<door>\w+) \((?<took>\S+) ms, (?<status>\S+)\)$'
fields = { who = "user.name", took = { field = "event.duration", unit = "ms" }, status = "http.response.status_code" }
set = { "event.action" = "open" }
"#;

    #[test]
    fn a_test_that_holds_says_nothing() {
        let test = r#"
[[format.door.test]]
line = "2024-05-01 10:00:00 bob opens cellar (1.5 ms, ok)"
absent = ["http.response.status_code"]
[format.door.test.expect]
"@timestamp" = "2024-05-01T10:00:00Z"
"user.name" = "bob"
"event.duration" = 1500000
"event.action" = "open"
"catchwater.fields.door" = "cellar"
"catchwater.fields.status" = "ok"
"catchwater.kind" = "service_query"
[[format.door.test]]
line = "bob opens"
refused = true
"#;
        assert_eq!(told(&format!("{FORMAT}{test}")), []);
    }

    #[test]
    fn a_test_that_fails_says_what_differs() {
        let test = r#"
[[format.door.test]]
line = "2024-05-01 10:00:00 bob opens cellar (1.5 ms, 200)"
expect = { "user.name" = "eve", "http.response.status_code" = 200, "user.id" = "7" }
[[format.door.test]]
line = "nothing"
[[format.door.test]]
line = "2024-05-01 10:00:00 bob opens cellar (1.5 ms, 200)"
refused = true
"#;
        let failures = told(&format!("{FORMAT}{test}"));
        assert_eq!(failures.iter().map(|f| f.test).collect::<Vec<_>>(), [0, 1, 2]);
        let fields: Vec<&str> = failures[0]
            .differences
            .iter()
            .map(|d| match d {
                Difference::Value { field, .. } => field.as_str(),
                _ => "",
            })
            .collect();
        assert_eq!(fields, ["user.id", "user.name"]);
        assert_eq!(failures[1].differences, [Difference::Refused("no_match")]);
        assert!(matches!(failures[2].differences[..], [Difference::Taken(_)]));
    }

    #[test]
    fn what_cannot_be_used_is_told_with_its_place() {
        for (text, path, message) in [
            ("[format.a]", vec![], "`pattern`"),
            ("[format.json]\npattern = '(?<a>x)'", vec![], "built in"),
            ("[format.a]\npattern = '(?<a>x'", vec!["pattern"], "unclosed"),
            ("[format.a]\ngrok = '%{NO:a}'", vec!["grok"], "NO"),
            (
                "[format.a]\npattern = '(?<a>x)'\nfields = { b = \"user.name\" }",
                vec!["fields", "b"],
                "it has a",
            ),
            (
                "[format.a]\npattern = '(?<a>x)'\nfields = { a = \"usr.name\" }",
                vec!["fields", "a"],
                "`user.name`",
            ),
            ("[format.a]\npattern = '(?<a>x)'\nfields = { a = \"event.id\" }", vec!["fields", "a"], "itself"),
            (
                "[format.a]\npattern = '(?<a>x)'\nfields = { a = { field = \"user.name\", unit = \"s\" } }",
                vec!["fields", "a"],
                "unit",
            ),
            (
                "[format.a]\npattern = '(?<a>x)'\nfields = { a = { field = \"@timestamp\", time = \"%H\" } }",
                vec!["fields", "a"],
                "time of day",
            ),
            (
                "[format.a]\npattern = '(?<a>x)'\nset = { \"no.field\" = \"x\" }",
                vec!["set", "no.field"],
                "no field",
            ),
        ] {
            let config = parse::<BTreeMap<String, ()>>(text).unwrap();
            let (_, mistakes) = UserFormats::new(&config.format);
            let [mistake] = &mistakes[..] else { panic!("{text}: {mistakes:?}") };
            assert_eq!(mistake.path, path, "{text}");
            assert!(mistake.message.contains(message), "{text}: {mistake}");
        }
    }
}
