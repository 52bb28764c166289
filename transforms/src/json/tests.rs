//! Against serde_json: the same documents accepted, the same strings, the same numbers.

use super::{Cursor, Invalid, Json, MOST_DEPTH, ObjectWriter};
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value as EventValue};
use proptest::prelude::*;
use serde_json::Value;

/// Passes the whole text as one value.
fn check(text: &str) -> Result<(), Invalid> {
    let mut cursor = Cursor::new(text, MOST_DEPTH);
    cursor.skip()?;
    cursor.end()
}

/// Builds serde_json's tree by the cursor, going into every object and array.
fn tree(cursor: &mut Cursor<'_>) -> Result<Value, Invalid> {
    Ok(match cursor.peek() {
        b'{' => {
            let mut map = serde_json::Map::new();
            cursor.begin_object()?;
            while let Some(key) = cursor.next_key()? {
                map.insert(key.text().into_owned(), tree(cursor)?);
            }
            Value::Object(map)
        }
        b'[' => {
            let mut list = Vec::new();
            cursor.begin_array()?;
            while cursor.next_element()? {
                list.push(tree(cursor)?);
            }
            Value::Array(list)
        }
        b'"' => {
            let mut by_cursor = Vec::new();
            cursor.clone().string_into(&mut by_cursor)?;
            let before = cursor.clone();
            let string = cursor.string()?;
            for most in 0..string.raw().len() + 2 {
                let (mut short, mut text) = (before.clone(), Vec::new());
                let fits = short.short_string_into(most, &mut text)?;
                assert_eq!(fits, string.raw().len() <= most);
                assert_eq!(short.position(), if fits { &*cursor } else { &before }.position());
                assert!(!fits || text == by_cursor);
            }
            let mut out = Vec::new();
            string.unescape_into(&mut out);
            assert_eq!(String::from_utf8(by_cursor).unwrap(), string.text());
            assert_eq!(String::from_utf8(out).unwrap(), string.text());
            Value::String(string.text().into_owned())
        }
        _ => match cursor.value()? {
            Json::Null => Value::Null,
            Json::Bool(flag) => Value::Bool(flag),
            Json::Number(number) => serde_json::from_str(number).map_err(|_| Invalid::Syntax(0))?,
            other => panic!("{other:?}"),
        },
    })
}

fn documents() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[a-z\"\\\\\n\u{1}é😀]{0,40}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec(("[a-z\"\\\\\u{7}]{0,9}", inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn reads_what_serde_json_writes(document in documents(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&document) } else { serde_json::to_string(&document) }.unwrap();
        prop_assert_eq!(check(&text), Ok(()));
        let mut cursor = Cursor::new(&text, MOST_DEPTH);
        let expected: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(tree(&mut cursor).unwrap(), expected);
        cursor.end().unwrap();
    }

    #[test]
    fn accepts_exactly_what_serde_json_accepts(
        document in documents(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..4usize, prop::sample::select(b"\"\\{}[],:u0e.-+ \n\x01tfndD8".to_vec())), 0..4),
    ) {
        let mut bytes = serde_json::to_vec(&document).unwrap();
        for (place, how, byte) in changes {
            let at = place.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 if bytes.len() > 1 => drop(bytes.remove(at)),
                _ => bytes.truncate(at.max(1)),
            }
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        // `IgnoredAny` checks the grammar alone: `Value` also refuses huge numbers and lone surrogates.
        let expected = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
        prop_assert_eq!(check(&text).is_ok(), expected, "{}", text);
        let built = tree(&mut Cursor::new(&text, MOST_DEPTH));
        if let Ok(value) = serde_json::from_str::<Value>(&text) {
            prop_assert_eq!(built.unwrap(), value);
        }
    }

    #[test]
    fn never_panics(text in "\\PC{0,60}") {
        let _ = check(&text);
        let _ = tree(&mut Cursor::new(&text, 3));
        let _ = Cursor::new(&text, 3).string_into(&mut Vec::new());
    }

    #[test]
    fn escapes_at_every_distance(gaps in prop::collection::vec((0..30usize, 0..8usize), 0..60)) {
        let escapes = ["\\\"", "\\\\", "\\n", "\\u00e9", "\\ud83d\\ude00", "\\/", "é", "\\b"];
        let raw: String = gaps.iter().map(|(gap, which)| "x".repeat(*gap) + escapes[*which]).collect();
        let text = format!("\"{raw}\"");
        let expected: String = serde_json::from_str(&text).unwrap();
        let mut out = b"before".to_vec();
        Cursor::new(&text, 1).string_into(&mut out).unwrap();
        prop_assert_eq!(std::str::from_utf8(&out[6..]).unwrap(), &expected);
        prop_assert_eq!(Cursor::new(&text, 1).string().unwrap().text(), expected);
    }
}

#[test]
fn escapes_at_every_place_of_a_block() {
    for escape in ["\\\"", "\\\\", "\\\\\\\"", "\\u0041", "\\ud83d\\ude00", "\\x", "\"", "\u{1}", "\\"] {
        for place in 0..200 {
            let text = format!("\"{}{escape}{}\"", "x".repeat(place), "é".repeat(150));
            let mut out = Vec::new();
            let mut cursor = Cursor::new(&text, 1);
            let ours = cursor.string_into(&mut out).and_then(|()| cursor.end()).is_ok();
            match serde_json::from_str::<String>(&text) {
                Ok(expected) => assert_eq!(
                    (ours, String::from_utf8(out).unwrap()),
                    (true, expected),
                    "{escape} at {place}"
                ),
                Err(_) => assert!(!ours, "{escape} at {place}"),
            }
        }
    }
}

#[test]
fn grammar_is_that_of_the_rfc() {
    for good in [
        "0",
        "-0",
        "10.25e-3",
        "1E+2",
        "\"\\u0000\"",
        "[ ]",
        "{ }",
        " [1 , 2] \r\n\t",
        "1e999",
        "{\"\":[{}]}",
    ] {
        assert_eq!(check(good), Ok(()), "{good}");
    }
    for bad in [
        "",
        " ",
        "01",
        "-",
        "1.",
        ".1",
        "1e",
        "+1",
        "NaN",
        "tru",
        "truee",
        "nul",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\\u12",
        "\"a\nb\"",
        "\"a",
        "\"\\",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{\"a\":1,}",
        "{\"a\"}",
        "{a:1}",
        "{\"a\":}",
        "[}",
        "{]",
        "1 1",
        "{\"a\":1 \"b\":2}",
        "\u{feff}1",
        "\u{a0}1",
        "'a'",
        "[1]]",
    ] {
        assert!(check(bad).is_err(), "{bad}");
        assert!(serde_json::from_str::<Value>(bad).is_err(), "{bad}");
    }
}

#[test]
fn depth_is_limited() {
    let nest = |n: usize| "[".repeat(n) + &"]".repeat(n);
    let pass = |text: &str, depth| Cursor::new(text, depth).skip();
    assert_eq!(pass(&nest(5), 5), Ok(()));
    assert_eq!(pass(&nest(6), 5), Err(Invalid::TooDeep(5)));
    assert_eq!(pass("[[1],[2],{\"a\":[3]},[[4]]]", 3), Ok(()));
    assert_eq!(pass(&nest(1_000_000), usize::MAX), Err(Invalid::TooDeep(MOST_DEPTH)));
    assert_eq!(pass("1", 0), Ok(()));
}

#[test]
fn halves_of_surrogate_pairs_do_not_reach_an_event() {
    let text = r#"{"a":"x\ud800y\udc00\ud83d\ude00","b":[1]}"#;
    let mut cursor = Cursor::new(text, 9);
    assert_eq!(cursor.clone().raw().unwrap(), r#"{"a":"x\ufffdy\ufffd\ud83d\ude00","b":[1]}"#);
    cursor.begin_object().unwrap();
    cursor.next_key().unwrap();
    let string = cursor.string().unwrap();
    assert_eq!(string.text(), "x\u{fffd}y\u{fffd}😀");
    assert_eq!(EventValue::from(string), EventValue::from("x\u{fffd}y\u{fffd}😀".to_string()));
    assert_eq!(EventValue::from(Cursor::new(r#""\n""#, 1).string().unwrap()), EventValue::Escaped("\\n"));
}

#[test]
fn line_breaks_do_not_reach_an_event() {
    let text = "{\n  \"a\": [\r\n1,\"\\n\"],\n\"b\":2}";
    let mut cursor = Cursor::new(text, 9);
    assert_eq!(cursor.clone().raw().unwrap(), "{   \"a\": [  1,\"\\n\"], \"b\":2}");
    cursor.begin_object().unwrap();
    cursor.next_key().unwrap();
    assert_eq!(cursor.raw().unwrap(), "[  1,\"\\n\"]");
    cursor.next_key().unwrap();
    assert!(matches!(cursor.raw().unwrap(), std::borrow::Cow::Borrowed("2")));
}

#[test]
fn objects_are_written_as_they_were_read() {
    let mut writer = ObjectWriter::default();
    let text = r#"{"a\u0022":"x\ud800","b":{},"c":[1]}"#;
    let mut cursor = Cursor::new(text, 9);
    cursor.begin_object().unwrap();
    while let Some(key) = cursor.next_key().unwrap() {
        writer.open(key);
        writer.open(key);
        writer.close();
        if key.raw() != "b" {
            writer.member(key, &cursor.value().unwrap());
        } else {
            cursor.skip().unwrap();
        }
        writer.close();
    }
    let mut fields = Fields::new();
    writer.set(&mut fields);
    let expected = r#"{"a\u0022":{"a\u0022":"x\ufffd"},"c":{"c":[1]}}"#;
    assert_eq!(fields.get(Field::FreeFields), Some(&EventValue::Json(expected.into())));
    let mut none = Fields::new();
    ObjectWriter::default().set(&mut none);
    assert!(!none.has(Field::FreeFields));
}

#[test]
fn numbers_keep_their_text() {
    for number in ["12345678901234567890123", "1.50", "-0.0", "1e5"] {
        assert_eq!(Cursor::new(number, 1).value(), Ok(Json::Number(number)));
    }
}
