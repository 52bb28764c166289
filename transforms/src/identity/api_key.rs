//! The application whose API key a line holds. The key is a secret: what comes out is the name that the tables give it,
//! else a hash of it.

use super::named::{self, Names};
use super::tables::Tables;
use crate::privacy::{Key, hash};
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use std::fmt::Write;

/// Bytes of the hash that stand in the key's place: 64 bits tell all keys of an institution apart.
const HASH_BYTES: usize = 8;

/// Where keys stand.
#[derive(Debug)]
pub(super) struct ApiKeys {
    names: Names,
    key: Option<Key>,
}

/// What an API key says.
pub(super) struct Found<'f> {
    pub who: Value<'f>,
    /// The application's name, if the tables know the key.
    pub application: Option<&'f str>,
}

impl ApiKeys {
    /// `key`: that of keyed hashes; without it, keys that no table knows are hashed without one.
    pub(super) fn new(names: &[String], key: Option<&Key>) -> Self {
        Self { names: Names::new(names), key: key.cloned() }
    }

    /// Who has the key that the line holds.
    pub(super) fn find<'f>(&self, fields: &Fields<'f>, tables: &'f Tables) -> Option<Found<'f>> {
        let query = fields.text(Field::UrlQuery);
        let in_query = query.as_deref().and_then(|query| named::in_query(query, &self.names));
        let api_key = in_query.or_else(|| named::in_free_fields(fields, &self.names))?;
        let application = tables.application(&api_key);
        let who = application.map(Value::from).unwrap_or_else(|| self.hashed(&api_key).into());
        Some(Found { who, application })
    }

    fn hashed(&self, api_key: &str) -> String {
        let hash = hash(self.key.as_ref(), "api_key", api_key.as_bytes());
        let mut text = String::from("key-");
        for byte in &hash[..HASH_BYTES] {
            // Writing to a String does not fail.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::super::tables::Draft;
    use super::*;
    use catchwater_schemas::config::Who;

    #[test]
    fn the_applications_name_else_a_hash_but_never_the_key() {
        let mut tables = Draft::default();
        tables.add_application("k-123", "Catalogue").unwrap();
        let tables = tables.finish();
        let find = |keys: &ApiKeys, query: &'static str| {
            let mut fields = Fields::new();
            fields.set(Field::UrlQuery, query);
            keys.find(&fields, &tables).map(|found| {
                (found.who.text().unwrap_or_default().into_owned(), found.application.map(String::from))
            })
        };
        let names = Who::default().api_keys;
        let (plain, keyed) = (ApiKeys::new(&names, None), ApiKeys::new(&names, Some(&Key::new(b"secret"))));
        let catalogue = Some(("Catalogue".to_string(), Some("Catalogue".to_string())));
        assert_eq!(find(&plain, "q=a&api_key=k-123"), catalogue);
        assert_eq!(find(&plain, "q=a"), None);
        let other = find(&plain, "X-API-KEY=k-456").unwrap();
        assert!(
            other.0.starts_with("key-") && other.0.len() == 20 && !other.0.contains("k-456"),
            "{other:?}"
        );
        assert_eq!(find(&plain, "api_key=k-456"), Some(other.clone()));
        assert_ne!(find(&keyed, "api_key=k-456"), Some(other));
    }
}
