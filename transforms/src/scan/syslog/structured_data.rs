//! STRUCTURED-DATA of RFC 5424 (section 6.3): `[id name="value" name="value"][id]`. In values `\"`, `\\` and `\]` stand for
//! the second character, a backslash before any other for itself. Spaces between `=` and the value, which some write, are
//! passed over; for the rest the grammar holds, and an element's name stands once only.

use catchwater_schemas::escape::string_into;
use memchr::memchr3;
use std::borrow::Cow;
use std::collections::HashSet;

/// A name's longest form.
const MOST_NAME_BYTES: usize = 32;

/// What is found in turn.
enum Part<'a> {
    /// The name of an element.
    Element(&'a str),
    /// A parameter of the last element: its name, its value with escapes.
    Parameter(&'a str, &'a str),
}

/// The text of the elements at the start, and what follows them; `None` if it is not as the grammar has it.
pub fn take(text: &str) -> Option<(&str, &str)> {
    let rest = scan(text, &mut |_| ())?;
    Some((&text[..text.len() - rest.len()], rest))
}

/// Elements as one JSON object of objects of texts, `{"id":{"name":"value"}}`; a name that stands in an element more than
/// once has a list.
pub fn json(elements: &str) -> String {
    let mut out = vec![b'{'];
    let mut parameters: Vec<(&str, &str)> = Vec::new();
    let end_element = |parameters: &mut Vec<_>, out: &mut Vec<u8>| {
        write_parameters(parameters, out);
        parameters.clear();
    };
    let mut open = false;
    scan(elements, &mut |part| match part {
        Part::Element(id) => {
            if open {
                end_element(&mut parameters, &mut out);
                out.push(b',');
            }
            open = true;
            string_into(id, &mut out);
            out.push(b':');
        }
        Part::Parameter(name, value) => parameters.push((name, value)),
    });
    if open {
        end_element(&mut parameters, &mut out);
    }
    out.push(b'}');
    String::from_utf8(out).unwrap_or_default()
}

fn write_parameters(parameters: &mut [(&str, &str)], out: &mut Vec<u8>) {
    // The same names stand together; their values keep their order.
    parameters.sort_by_key(|(name, _)| *name);
    out.push(b'{');
    for (n, same) in parameters.chunk_by(|a, b| a.0 == b.0).enumerate() {
        if n > 0 {
            out.push(b',');
        }
        string_into(same[0].0, out);
        out.push(b':');
        if let [(_, value)] = same {
            string_into(&unescape(value), out);
            continue;
        }
        for (n, (_, value)) in same.iter().enumerate() {
            out.push(if n == 0 { b'[' } else { b',' });
            string_into(&unescape(value), out);
        }
        out.push(b']');
    }
    out.push(b'}');
}

/// Walks elements; what follows them.
fn scan<'a>(text: &'a str, found: &mut dyn FnMut(Part<'a>)) -> Option<&'a str> {
    let mut rest = text;
    let mut first = "";
    let mut ids = HashSet::new();
    while let Some(inside) = rest.strip_prefix('[') {
        let id;
        (id, rest) = name(inside)?;
        // Most lines have one element, for which nothing need be remembered.
        if first.is_empty() {
            first = id;
        } else if id == first || !ids.insert(id) {
            return None;
        }
        found(Part::Element(id));
        while let Some(parameter) = rest.strip_prefix(' ') {
            let (name, after) = name(parameter)?;
            let after = after.strip_prefix('=')?.trim_start_matches(' ').strip_prefix('"')?;
            let length = value_length(after)?;
            found(Part::Parameter(name, &after[..length]));
            rest = &after[length + 1..];
        }
        rest = rest.strip_prefix(']')?;
    }
    (!first.is_empty()).then_some(rest)
}

/// A name: printable ASCII without `=`, `]`, `"` and space.
fn name(text: &str) -> Option<(&str, &str)> {
    let is_name = |b: &u8| b.is_ascii_graphic() && !matches!(b, b'=' | b']' | b'"');
    let length = text.bytes().take(MOST_NAME_BYTES + 1).take_while(is_name).count();
    (1..=MOST_NAME_BYTES).contains(&length).then(|| text.split_at(length))
}

/// Length of a value up to its closing mark; `]` stands in it only with a backslash.
fn value_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        at += memchr3(b'"', b'\\', b']', bytes.get(at..)?)?;
        match bytes[at] {
            b'"' => return Some(at),
            b'\\' => at += if matches!(bytes.get(at + 1), Some(b'"' | b'\\' | b']')) { 2 } else { 1 },
            _ => return None,
        }
    }
}

fn unescape(value: &str) -> Cow<'_, str> {
    if !value.contains('\\') {
        return Cow::Borrowed(value);
    }
    let mut out = String::with_capacity(value.len());
    let mut characters = value.chars().peekable();
    while let Some(character) = characters.next() {
        let escaped = characters.next_if(|next| character == '\\' && matches!(next, '"' | '\\' | ']'));
        out.push(escaped.unwrap_or(character));
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json as value};

    fn read(text: &str) -> Option<(Value, &str)> {
        let (elements, rest) = take(text)?;
        Some((serde_json::from_str(&json(elements)).unwrap(), rest))
    }

    #[test]
    fn elements_parameters_and_escapes() {
        for (text, expected, rest) in [
            ("[a]", value!({"a": {}}), ""),
            (r#"[a@1 b="c" d=""][e] x"#, value!({"a@1": {"b": "c", "d": ""}, "e": {}}), " x"),
            (r#"[a b="\"\\\]\n\u\\n"]y"#, value!({"a": {"b": "\"\\]\\n\\u\\n"}}), "y"),
            (r#"[a b= "c" d="é"]"#, value!({"a": {"b": "c", "d": "é"}}), ""),
            (r#"[o ip="1" z="x" ip="2" a="b"]"#, value!({"o": {"a": "b", "ip": ["1", "2"], "z": "x"}}), ""),
        ] {
            assert_eq!(read(text), Some((expected, rest)), "{text}");
        }
    }

    #[test]
    fn what_the_grammar_does_not_have() {
        for bad in [
            "",
            "-",
            "[]",
            "[=]",
            "[a",
            "[a ]",
            "[a b]",
            "[a b=]",
            "[a b=c]",
            r#"[a b="c"#,
            r#"[a b="c\"]"#,
            r#"[a b="c]"]"#,
            r#"[a b=""c"]"#,
            r#"[a b="1"][c][a]"#,
            r#"[c][a b="1"][a]"#,
            "[é]",
            "[a123456789012345678901234567890123]",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn is_json_whatever_stands_there(text in r#"(\[[ab]|\[c|( [ab]=| )"?|[\\\]"é=]|"){0,24}"#) {
            if let Some((value, rest)) = read(&text) {
                prop_assert!(value.is_object() && text.ends_with(rest));
            }
        }

        #[test]
        fn values_come_back(a in "[ -~é\n]{0,20}", b in "[ -~]{0,20}") {
            let escape = |t: &str| t.replace('\\', "\\\\").replace('"', "\\\"").replace(']', "\\]");
            let text = format!("[x a=\"{}\" b=\"{}\"]", escape(&a), escape(&b));
            prop_assert_eq!(read(&text), Some((value!({"x": {"a": a, "b": b}}), "")));
        }
    }
}
