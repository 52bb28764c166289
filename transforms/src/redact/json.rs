//! Secrets in JSON: members by their name, and in every string; what is left is JSON again.

use super::{ALL, Redactor};
use crate::json::{Cursor, Invalid, JsonStr, MOST_DEPTH};
use catchwater_schemas::config::HIDDEN;
use catchwater_schemas::escape::string_into;

/// The JSON without any secret; `None` if it has none, or cannot be read (what is in an event can).
pub(super) fn walk(redactor: &Redactor, json: &str) -> Option<String> {
    let mut walk = Walk { redactor, out: Vec::with_capacity(json.len()), changed: false };
    let mut cursor = Cursor::new(json, MOST_DEPTH);
    walk.value(&mut cursor, false).ok()?;
    walk.changed.then(|| String::from_utf8(walk.out).ok()).flatten()
}

struct Walk<'r> {
    redactor: &'r Redactor,
    out: Vec<u8>,
    changed: bool,
}

impl Walk<'_> {
    /// Copies the value ahead. `secret`: the name before it says so.
    fn value(&mut self, cursor: &mut Cursor<'_>, secret: bool) -> Result<(), Invalid> {
        match cursor.peek() {
            b'{' => {
                cursor.begin_object()?;
                self.out.push(b'{');
                let mut first = true;
                while let Some(key) = cursor.next_key()? {
                    self.comma(&mut first);
                    let key_text = key.text();
                    let secret = self.redactor.names.get(key_text.as_bytes()).is_some()
                        || self.redactor.names_a_key(&key_text);
                    self.string(key, false);
                    self.out.push(b':');
                    self.value(cursor, secret)?;
                }
                self.out.push(b'}');
            }
            b'[' => {
                cursor.begin_array()?;
                self.out.push(b'[');
                let mut first = true;
                while cursor.next_element()? {
                    self.comma(&mut first);
                    self.value(cursor, secret)?;
                }
                self.out.push(b']');
            }
            b'"' => {
                let string = cursor.string()?;
                self.string(string, secret);
            }
            other => {
                let before = cursor.rest();
                cursor.skip()?;
                let raw = &before[..before.len() - cursor.rest().len()];
                if secret && (other == b'-' || other.is_ascii_digit()) {
                    self.put(HIDDEN);
                } else {
                    self.number(raw);
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

    fn string(&mut self, string: JsonStr<'_>, secret: bool) {
        if secret && !string.is_empty() {
            return self.put(HIDDEN);
        }
        let text = string.text();
        match self.redactor.clean(&text, ALL) {
            Some(clean) => self.put(&clean),
            None => {
                self.out.push(b'"');
                self.out.extend_from_slice(string.raw().as_bytes());
                self.out.push(b'"');
            }
        }
    }

    /// A number may be a card's.
    fn number(&mut self, raw: &str) {
        match self.redactor.clean(raw, ALL) {
            Some(clean) => self.put(&clean),
            None => self.out.extend_from_slice(raw.as_bytes()),
        }
    }

    fn put(&mut self, text: &str) {
        self.changed = true;
        string_into(text, &mut self.out);
    }
}
