//! Lines of columns whose order is told elsewhere: by a header line above them, or by the route's option `fields`.

use crate::options::{self, CompiledOptions, OptionError};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Most columns of a line.
const MOST: usize = 128;
/// Longest name, in bytes.
const MOST_NAME: usize = 64;

/// The columns of a line, in its order. `R` says what a column means to its format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns<R> {
    columns: Vec<(Box<str>, R)>,
}

impl<R> Columns<R> {
    /// Columns of these names; `None` if there are none or too many, or one stands twice or is no name.
    pub fn new<'n>(names: impl IntoIterator<Item = &'n str>, role: impl Fn(&str) -> R) -> Option<Self> {
        let mut columns: Vec<(Box<str>, R)> = Vec::new();
        for name in names {
            let twice = columns.iter().any(|(other, _)| **other == *name);
            if !is_name(name) || twice || columns.len() == MOST {
                return None;
            }
            columns.push((name.into(), role(name)));
        }
        (!columns.is_empty()).then_some(Self { columns })
    }

    /// Name and meaning of each.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &R)> {
        self.columns.iter().map(|(name, role)| (&**name, role))
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.columns.len()
    }
}

/// Is this a name of a column: letters, digits and `-`, `_`, `(`, `)`?
fn is_name(name: &str) -> bool {
    let valid = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'(' | b')');
    !name.is_empty() && name.len() <= MOST_NAME && name.bytes().all(valid)
}

/// The keys of a format whose only option is `fields`.
pub const KEYS: &[(&str, &str)] = &[(
    "fields",
    "Names of the columns in the lines' order: a list, or one text with spaces, also as `${name}`.",
)];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    fields: Names,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Names {
    Text(String),
    List(Vec<String>),
}

/// Reads the option `fields` into [`Columns`]. `knows`: does the format know what a column means? One at least it must.
pub fn read<R: Send + Sync + 'static>(
    given: &Map<String, Value>,
    role: fn(&str) -> R,
    knows: fn(&R) -> bool,
) -> Result<CompiledOptions, OptionError> {
    options::read(given, |given: Given| {
        let text = match given.fields {
            Names::Text(text) => text,
            Names::List(list) => list.join(" "),
        };
        let wrong = |message: &str| OptionError::of("fields", message);
        let columns = Columns::new(names(&text), role)
            .ok_or_else(|| wrong("must name 1 to 128 columns, each once, as AWS writes their names"))?;
        if !columns.iter().any(|(_, role)| knows(role)) {
            return Err(wrong("names no column that the format knows"));
        }
        Ok(columns)
    })
}

/// Names between spaces or commas, without the `${…}` of AWS's format strings.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| c.is_ascii_whitespace() || c == ',').filter(|word| !word.is_empty());
    words.map(|word| word.strip_prefix("${").and_then(|name| name.strip_suffix('}')).unwrap_or(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn named(given: Value) -> Result<Vec<String>, OptionError> {
        let map = given.as_object().cloned().unwrap_or_default();
        let options = read(&map, |name| name == "a", |known| *known)?;
        let columns: &Columns<bool> = options.downcast_ref().unwrap();
        assert_eq!(columns.iter().count(), columns.count());
        Ok(columns.iter().map(|(name, _)| name.to_string()).collect())
    }

    #[test]
    fn are_given_as_a_list_or_a_text() {
        for given in [json!(["a", "cs(b)", "c-d"]), json!("a cs(b),  c-d"), json!("${a} ${cs(b)} ${c-d}")] {
            assert_eq!(named(json!({"fields": given})).unwrap(), ["a", "cs(b)", "c-d"]);
        }
        for given in [json!(""), json!([]), json!("a b a"), json!("a $b"), json!("b c"), json!(7)] {
            let error = named(json!({"fields": given})).unwrap_err();
            assert!(error.key == "fields" || given == json!(7), "{given}: {error}");
        }
        let many: Vec<String> = (0..200).map(|n| format!("a{n}")).collect();
        assert!(named(json!({"fields": many})).is_err());
        assert!(named(json!({"fields": "a", "x": 1})).is_err());
    }
}
