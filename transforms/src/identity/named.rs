//! Values by name: of parameters of the query, and of headers and the like that a line holds beyond registered fields.

use crate::json::{Cursor, Invalid, JsonStr, MOST_DEPTH};
use crate::scan::percent::decode_form;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use std::borrow::Cow;

/// Names, the best first. Case counts not, nor do `_` and `-`: `X-Api-Key` is `x_api_key` in many logs.
#[derive(Clone, Debug)]
pub(super) struct Names {
    names: Vec<String>,
    /// Is only the whole of a name compared?
    whole: bool,
}

impl Names {
    /// Names that may stand behind a path: of `req.headers.host` the last part counts too.
    pub(super) fn new<S: AsRef<str>>(names: &[S]) -> Self {
        Self { names: names.iter().map(|name| name.as_ref().to_string()).collect(), whole: false }
    }

    /// Names that are compared as a whole.
    pub(super) fn whole<S: AsRef<str>>(names: &[S]) -> Self {
        Self { whole: true, ..Self::new(names) }
    }

    /// Place of the name in the order.
    fn place(&self, name: &str) -> Option<usize> {
        let last = if self.whole { name } else { name.rsplit('.').next().unwrap_or(name) };
        self.names.iter().position(|known| is_same(known, name) || is_same(known, last))
    }
}

fn is_same(a: &str, b: &str) -> bool {
    let plain = |byte: u8| if byte == b'_' { b'-' } else { byte.to_ascii_lowercase() };
    a.len() == b.len() && a.bytes().zip(b.bytes()).all(|(a, b)| plain(a) == plain(b))
}

/// The value of the parameter that is named first in `names`, decoded; empty ones are none.
pub(super) fn in_query<'q>(query: &'q str, names: &Names) -> Option<Cow<'q, str>> {
    let parameters = query.split(['&', ';']).filter_map(|pair| pair.split_once('='));
    let named = parameters.filter(|(_, value)| !value.is_empty());
    let found = named.filter_map(|(name, value)| Some((names.place(name)?, value)));
    found.min_by_key(|(place, _)| *place).map(|(_, value)| decode_form(value.into()))
}

/// The text of the member that is named first in `names`, at any depth of `catchwater.fields`; empty ones are none.
pub(super) fn in_free_fields<'f>(fields: &'f Fields<'_>, names: &Names) -> Option<Cow<'f, str>> {
    let Some(Value::Json(json)) = fields.get(Field::FreeFields) else { return None };
    let mut best = None;
    let mut cursor = Cursor::new(json, MOST_DEPTH);
    walk(&mut cursor, names, &mut best).ok()?;
    best.map(|(_, text): (usize, JsonStr<'f>)| text.text())
}

fn walk<'a>(
    cursor: &mut Cursor<'a>,
    names: &Names,
    best: &mut Option<(usize, JsonStr<'a>)>,
) -> Result<(), Invalid> {
    match cursor.peek() {
        b'{' => {
            cursor.begin_object()?;
            while let Some(key) = cursor.next_key()? {
                let place = names.place(&key.text());
                match place.filter(|place| best.as_ref().is_none_or(|(before, _)| place < before)) {
                    Some(place) if cursor.peek() == b'"' => {
                        let text = cursor.string()?;
                        if !text.is_empty() {
                            *best = Some((place, text));
                        }
                    }
                    _ => walk(cursor, names, best)?,
                }
            }
        }
        b'[' => {
            cursor.begin_array()?;
            while cursor.next_element()? {
                walk(cursor, names, best)?;
            }
        }
        _ => cursor.skip()?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_name_that_stands_first_in_the_order_counts() {
        let names = Names::new(&["x-api-key", "key"]);
        assert_eq!(in_query("a=1&KEY=k1&X_Api_Key=k%2B2", &names).as_deref(), Some("k+2"));
        assert_eq!(in_query("xkey=1&key=", &names), None);
        let free = |json: &'static str| {
            let mut fields = Fields::new();
            fields.set(Field::FreeFields, Value::Json(json.into()));
            in_free_fields(&fields, &names).map(Cow::into_owned)
        };
        assert_eq!(free(r#"{"key":"a","req":[{"headers":{"X-API-Key":"b\u0021"}}]}"#).as_deref(), Some("b!"));
        assert_eq!(free(r#"{"req.headers.key":"c","x_api_key":7}"#).as_deref(), Some("c"));
        assert_eq!(free(r#"{"x-api-key":{"key":"d"}}"#).as_deref(), Some("d"));
        assert_eq!(free(r#"{"other":"e"}"#), None);
    }

    proptest! {
        #[test]
        fn never_panics(query in "([a-c=&;%]|key|é){0,20}") {
            in_query(&query, &Names::new(&["key"]));
        }
    }
}
