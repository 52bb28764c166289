//! JSON with other texts in it.

use super::{Cursor, Invalid, JsonStr, MOST_DEPTH};
use catchwater_schemas::escape::string_into;

/// What may be changed. Values come with the name of the member that they are of, those of an array with the array's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'t> {
    /// A member's name.
    Name(&'t str),
    /// The text of a string.
    Text(&'t str, Option<&'t str>),
    /// A number as it was written; it becomes a string where it changes.
    Number(&'t str, Option<&'t str>),
}

/// The JSON with each token as `change` makes it. `None` if nothing changed, or if it cannot be read.
pub fn rewrite(json: &str, mut change: impl FnMut(Token<'_>) -> Option<String>) -> Option<String> {
    let mut rewriter = Rewriter { change: &mut change, out: Vec::with_capacity(json.len()), changed: false };
    let mut cursor = Cursor::new(json, MOST_DEPTH);
    rewriter.value(&mut cursor, None).ok()?;
    rewriter.changed.then(|| String::from_utf8(rewriter.out).ok()).flatten()
}

struct Rewriter<'c> {
    change: &'c mut dyn FnMut(Token<'_>) -> Option<String>,
    out: Vec<u8>,
    changed: bool,
}

impl Rewriter<'_> {
    /// `name`: of the member whose value is ahead.
    fn value(&mut self, cursor: &mut Cursor<'_>, name: Option<&str>) -> Result<(), Invalid> {
        match cursor.peek() {
            b'{' => {
                cursor.begin_object()?;
                self.out.push(b'{');
                let mut first = true;
                while let Some(key) = cursor.next_key()? {
                    self.comma(&mut first);
                    let name = key.text();
                    let changed = (self.change)(Token::Name(&name));
                    self.string(key, changed);
                    self.out.push(b':');
                    self.value(cursor, Some(&name))?;
                }
                self.out.push(b'}');
            }
            b'[' => {
                cursor.begin_array()?;
                self.out.push(b'[');
                let mut first = true;
                while cursor.next_element()? {
                    self.comma(&mut first);
                    self.value(cursor, name)?;
                }
                self.out.push(b']');
            }
            b'"' => {
                let string = cursor.string()?;
                let changed = (self.change)(Token::Text(&string.text(), name));
                self.string(string, changed);
            }
            other => {
                let before = cursor.rest();
                cursor.skip()?;
                let raw = &before[..before.len() - cursor.rest().len()];
                let changed = (other == b'-' || other.is_ascii_digit())
                    .then(|| (self.change)(Token::Number(raw, name)))
                    .flatten();
                match changed {
                    Some(text) => self.put(&text),
                    None => self.out.extend_from_slice(raw.as_bytes()),
                }
            }
        }
        Ok(())
    }

    fn comma(&mut self, first: &mut bool) {
        if !std::mem::take(first) {
            self.out.push(b',');
        }
    }

    fn string(&mut self, string: JsonStr<'_>, changed: Option<String>) {
        match changed {
            Some(text) => self.put(&text),
            None => {
                self.out.push(b'"');
                self.out.extend_from_slice(string.raw().as_bytes());
                self.out.push(b'"');
            }
        }
    }

    fn put(&mut self, text: &str) {
        self.changed = true;
        string_into(text, &mut self.out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn changes_names_strings_and_numbers() {
        let json = r#" {"a" : ["x\u0061", 7, 70, {"x":null,"b":[]}], "xa":true} "#;
        let change = |token: Token<'_>| match token {
            Token::Text("xa", Some("a")) | Token::Name("xa") => Some("\"".to_string()),
            Token::Number("7", Some("a")) => Some("seven".to_string()),
            _ => None,
        };
        let expected = r#"{"a":["\"","seven",70,{"x":null,"b":[]}],"\"":true}"#;
        assert_eq!(rewrite(json, change).as_deref(), Some(expected));
        assert_eq!(rewrite(json, |_| None), None);
        assert_eq!(rewrite("{broken", |_| Some(String::new())), None);
    }

    proptest! {
        #[test]
        fn what_comes_out_is_json(text in "(\\{|\\}|\\[|\\]|\"|:|,|a|1|null|\\\\n| ){0,30}") {
            if let Some(out) = rewrite(&text, |token| Some(format!("{token:?}\u{1}"))) {
                prop_assert!(serde_json::from_str::<serde_json::Value>(&out).is_ok(), "{}", out);
            }
        }
    }
}
