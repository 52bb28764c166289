//! Lines are read back by a parser written from the documentation's page alone.

use super::*;
use crate::escape::MOST_STRING_BYTES;
use catchwater_schemas::field::FIELDS;
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::layout::event_json;
use proptest::prelude::*;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A line as a reader sees it: measurement, tags, fields as `type:value`, time.
#[derive(Debug, PartialEq)]
struct Read {
    measurement: String,
    tags: Vec<(String, String)>,
    fields: BTreeMap<String, String>,
    time_ns: i64,
}

/// Splits at a byte that stands neither behind a backslash nor, where asked for, in quotes.
fn split(text: &str, at: char, quotes: bool) -> Vec<&str> {
    let (mut parts, mut from, mut escaped, mut quoted) = (Vec::new(), 0, false, false);
    for (place, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == '"' && quotes {
            quoted = !quoted;
        } else if c == at && !quoted {
            parts.push(&text[from..place]);
            from = place + c.len_utf8();
        }
    }
    parts.push(&text[from..]);
    parts
}

/// The text of a string field: `\"` and `\\` are the escapes that there are.
fn unquoted(inside: &str) -> String {
    let (mut text, mut chars) = (String::new(), inside.chars().peekable());
    while let Some(c) = chars.next() {
        let escaped = chars.next_if(|next| c == '\\' && matches!(next, '"' | '\\'));
        text.push(escaped.unwrap_or(c));
    }
    text
}

fn read(line: &str) -> Read {
    let line = line.strip_suffix('\n').unwrap();
    let head = split(line, ' ', false)[0];
    let rest = &line[head.len() + 1..];
    let parts = split(rest, ' ', true);
    let [fields, time] = parts[..] else { panic!("not fields and time: {rest}") };
    let mut series = split(head, ',', false).into_iter();
    let plain =
        |text: &str| ["\\,", "\\=", "\\ "].iter().fold(text.to_string(), |t, e| t.replace(e, &e[1..]));
    let measurement = plain(series.next().unwrap());
    let tag = |tag: &str| {
        let parts = split(tag, '=', false);
        let [key, value] = parts[..] else { panic!("no tag: {tag}") };
        assert!(!value.is_empty() && !value.ends_with('\\'), "{tag}");
        (plain(key), plain(value))
    };
    let field = |field: &str| {
        let (key, value) = field.split_once('=').unwrap();
        let value = match (value.strip_prefix('"'), value.strip_suffix('i')) {
            (Some(quoted), _) => {
                let inside = quoted.strip_suffix('"').unwrap();
                format!("string:{}", unquoted(inside))
            }
            (_, Some(number)) => format!("integer:{}", number.parse::<i64>().unwrap()),
            _ if value == "true" || value == "false" => format!("boolean:{value}"),
            _ => format!("float:{}", value.parse::<f64>().unwrap()),
        };
        (key.to_string(), value)
    };
    Read {
        measurement,
        tags: series.map(tag).collect(),
        fields: split(fields, ',', true).into_iter().map(field).collect(),
        time_ns: time.parse().unwrap(),
    }
}

fn encode(json: &str) -> Result<Read, NoLine> {
    let event = Event::read(json).unwrap();
    let mut out = b"before\n".to_vec();
    let line = Encoder::new(true).encode(&event, &mut out)?;
    assert_eq!((line.bytes.start, line.bytes.end), (7, out.len()));
    let text = String::from_utf8(out).unwrap();
    let read = read(&text[line.bytes.clone()]);
    assert_eq!(read.time_ns, line.time_ns);
    assert!(text[line.series.clone()].starts_with(&read.measurement));
    Ok(read)
}

const EVENT: &str = r#"{"@timestamp":"2026-11-01T10:00:00.125Z","service":{"name":"the shop"},"event":{"id":"00000001000000000000000000000000","outcome":"success","duration":12000000,"start":"2026-11-01T10:00:00.113Z"},"catchwater":{"schema":1,"revision":3,"kind":"service_query","format":"nginx_access","who_class":"person","truncated":true,"fields":{"a":{"b":[1,"}"]}}},"tags":["x","y"],"http":{"response":{"status_code":404}},"url":{"path":"/a \"b\"\\"},"aws":{"cloudfront":{"time_to_first_byte":1}}}"#;

#[test]
fn an_event_is_a_line() {
    let event = Event::read(EVENT).unwrap();
    let mut out = Vec::new();
    Encoder::new(true).encode(&event, &mut out).unwrap();
    let expected = concat!(
        r#"service_query,format=nginx_access,outcome=success,service=the\ shop,slot=0,status=4xx,who_class=person "#,
        r#"@timestamp=1793527200125000000i,event.id="00000001000000000000000000000000",event.duration=12000000i,"#,
        r#"event.start=1793527200113000000i,catchwater.schema=1i,catchwater.revision=3i,catchwater.truncated=true,"#,
        r#"catchwater.fields="{\"a\":{\"b\":[1,\"}\"]}}",tags="[\"x\",\"y\"]",http.response.status_code=404i,"#,
        r#"url.path="/a \"b\"\\",aws.cloudfront.time_to_first_byte=1 1793527200125000000"#,
        "\n"
    );
    let line = String::from_utf8(out).unwrap();
    let (head, time) = line.rsplit_once(' ').unwrap();
    let time: i64 = time.trim_end().parse().unwrap();
    assert!((1_793_527_200_125_000_000..1_793_527_200_126_000_000).contains(&time));
    let slot = head.find("slot=").unwrap() + 5;
    let head = format!("{}0{}", &head[..slot], &head[slot + 1..]);
    assert_eq!(head, expected.rsplit_once(' ').unwrap().0);
}

#[test]
fn what_has_no_type_or_another_is_left_out_and_counted() {
    for (from, to, left_out) in [
        ("\"duration\":12000000", "\"duration\":1.5", "event.duration"),
        ("\"duration\":12000000", "\"duration\":9223372036854775808", "event.duration"),
        ("\"duration\":12000000", "\"duration\":\"12\"", "event.duration"),
        ("\"truncated\":true", "\"truncated\":1", "catchwater.truncated"),
        ("\"time_to_first_byte\":1", "\"time_to_first_byte\":1e999", "aws.cloudfront.time_to_first_byte"),
        ("10:00:00.113Z", "then", "event.start"),
        ("\"tags\":", "\"of_tomorrow\":", "tags"),
        ("\"url\":{\"path\":", "\"url\":{\"p\\u0061th\":", "url.path"),
    ] {
        let read = encode(&EVENT.replace(from, to)).unwrap();
        assert_eq!(read.fields.get(left_out), None, "{to}");
        assert_eq!(read.fields.get(CUT_FIELD).map(String::as_str), Some("integer:1"), "{to}");
    }
    let whole = encode(EVENT).unwrap().fields;
    assert_eq!(whole.get(CUT_FIELD), None);
    let null = encode(&EVENT.replace("\"duration\":12000000", "\"duration\":null")).unwrap();
    assert_eq!(null.fields.len(), whole.len() - 1);
}

#[test]
fn without_texts_numbers_remain() {
    let mut out = Vec::new();
    Encoder::new(false).encode(&Event::read(EVENT).unwrap(), &mut out).unwrap();
    let read = read(&String::from_utf8(out).unwrap());
    let whole = encode(EVENT).unwrap();
    let mut numbers = whole.fields.clone();
    numbers.retain(|_, value| !value.starts_with("string:"));
    assert_eq!((read.fields, read.tags), (numbers, whole.tags));
}

#[test]
fn long_strings_are_cut_and_counted() {
    let long = EVENT.replace("nginx_access\"", &format!("nginx_access\",\"who\":\"{}\"", "é".repeat(40_000)));
    let fields = encode(&long).unwrap().fields;
    assert_eq!(fields["catchwater.who"].len(), "string:".len() + MOST_STRING_BYTES - 1);
    assert_eq!(fields[CUT_FIELD], "integer:1");
}

#[test]
fn an_event_without_line_leaves_nothing() {
    let mut event = Event::read(EVENT).unwrap();
    let mut out = b"before\n".to_vec();
    event.time = Timestamp::from_nanos(i64::MIN);
    assert_eq!(Encoder::new(true).encode(&event, &mut out), Err(NoLine::Time));
    event.time = Timestamp::from_nanos(0);
    event.json = "{\"event\":{\"id\":";
    assert_eq!(Encoder::new(true).encode(&event, &mut out), Err(NoLine::NotJson));
    event.json = "{}";
    assert_eq!(Encoder::new(true).encode(&event, &mut out), Err(NoLine::NotJson));
    assert_eq!(out, b"before\n");
}

#[test]
fn names_need_no_escape_and_no_tag_is_a_field() {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "@._".contains(c);
    for info in FIELDS {
        assert!(info.path.chars().all(is_plain) && info.path != "time", "{}", info.path);
        assert!(TAGS.iter().all(|(name, _)| *name != info.path), "{} is a tag too", info.path);
    }
    assert!(TAGS.is_sorted() && TAGS[SLOT].0 == "slot" && TAGS[STATUS].0 == "status");
}

/// A value of a field's type, and how it is read back.
fn value(field: Field) -> BoxedStrategy<(Value<'static>, String)> {
    match field.info().field_type {
        FieldType::Keyword | FieldType::Text | FieldType::Ip => r#"([ -~]|[,= "\\\n\r\té]|\\n|😀){0,12}"#
            .prop_map(|text| (Value::from(text.clone()), format!("string:{text}")))
            .boxed(),
        FieldType::Long => {
            (0..i64::MAX as u64).prop_map(|n| (Value::from(n), format!("integer:{n}"))).boxed()
        }
        FieldType::Double => any::<i32>()
            .prop_map(|n| {
                let text: &'static str = Box::leak(format!("{n}.5e-3").into_boxed_str());
                (Value::Number(text), format!("float:{}", text.parse::<f64>().unwrap()))
            })
            .boxed(),
        FieldType::Boolean => {
            any::<bool>().prop_map(|flag| (Value::from(flag), format!("boolean:{flag}"))).boxed()
        }
        FieldType::Date => (0..i64::MAX / 2)
            .prop_map(|n| (Value::from(Timestamp::from_nanos(n)), format!("integer:{n}")))
            .boxed(),
        FieldType::Flattened => r#"[ -~é]{0,12}"#
            .prop_map(|text| {
                let json = serde_json::json!({"a,b c": [text]}).to_string();
                (Value::Json(Cow::Owned(json.clone())), format!("string:{json}"))
            })
            .boxed(),
    }
}

fn some_values() -> impl Strategy<Value = Vec<(Field, Value<'static>, String)>> {
    let one = (0..FIELDS.len()).prop_flat_map(|index| {
        let field = Field::from_index(index);
        value(field).prop_map(move |(value, read)| (field, value, read))
    });
    proptest::collection::vec(one, 0..12)
}

/// What a tag's value becomes: line protocol cannot write all.
fn tag_text(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c == '\\' {
                '/'
            } else if c.is_ascii_control() {
                ' '
            } else {
                c
            }
        })
        .collect()
}

proptest! {
    #[test]
    fn whatever_an_event_holds_is_read_back(values in some_values(), nanos in 0i64..4_000_000_000_000_000_000) {
        let mut fields = Fields::new();
        let mut expected: BTreeMap<Field, String> = BTreeMap::new();
        for (field, value, read) in values {
            fields.set(field, value);
            expected.insert(field, read);
        }
        let time = Timestamp::from_nanos(nanos);
        for (field, value, read) in [
            (Field::Timestamp, Value::from(time), format!("integer:{nanos}")),
            (Field::EventId, Value::from("0123456789abcdef0123456789abcdef-2"), "string:0123456789abcdef0123456789abcdef-2".into()),
            (Field::Schema, Value::from(1), "integer:1".into()),
            (Field::Revision, Value::from(3), "integer:3".into()),
            (Field::Kind, Value::from("file_move"), String::new()),
        ] {
            fields.set(field, value);
            expected.insert(field, read);
        }
        let json = String::from_utf8(event_json(&fields)).unwrap();
        let read = encode(&json).unwrap();
        prop_assert_eq!(&read.measurement, "file_move");
        expected.remove(&Field::Kind);
        let tags: BTreeMap<String, String> = read.tags.into_iter().collect();
        for (name, field) in TAGS {
            let Some(text) = field.and_then(|field| expected.remove(&field)) else { continue };
            let text = tag_text(text.strip_prefix("string:").unwrap());
            prop_assert_eq!(tags.get(name).cloned().unwrap_or_default(), text);
        }
        let expected: BTreeMap<String, String> =
            expected.into_iter().map(|(field, read)| (field.info().path.to_string(), read)).collect();
        prop_assert_eq!(read.fields, expected);
    }
}
