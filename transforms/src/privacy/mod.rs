//! What of persons is kept: addresses and users of who asked are cut, hashed with a key, or left out, in every field that
//! holds them. Runs last, when their class and organisation are known.
//!
//! What is personal is told by fields: who asked, the peer and the client, the list of proxies, the user. The same names
//! are then replaced in all fields; in fields that say nothing of whose they are (the line, its query, free fields …)
//! every IP address is. A line that no format took tells of no user, so that only its addresses are replaced.
//! [`key`] hashes, [`addresses`] and [`names`] find, [`scope`] says which fields.

mod addresses;
mod key;
mod names;
mod scope;
#[cfg(test)]
mod tests;

pub use key::Key;
pub(crate) use key::hash;

use crate::json::{Token, rewrite};
use crate::rule_error::RuleError;
use crate::scan::clients;
use catchwater_schemas::config::{self, AddressPrivacy, HIDDEN, RoutePrivacy, UserPrivacy};
use catchwater_schemas::field::{Field, FieldType};
use catchwater_schemas::fields::{Fields, Value};
use names::{Name, Span};
use scope::Scope;
use std::borrow::Cow;
use std::fmt::Write;
use std::net::IpAddr;

/// Bytes of a user's hash: 80 bits, so that no two of millions meet.
const USER_HASH_BYTES: usize = 10;

/// The stage, compiled from the configuration. The default keeps everything.
#[derive(Debug, Default)]
pub struct Privacy {
    config: config::Privacy,
    key: Option<Key>,
}

impl Privacy {
    /// Compiles the configuration; `routes` are only looked at for `hash`, which needs a key.
    pub fn new(
        config: &config::Privacy,
        routes: &[config::Route],
        key: Option<&Key>,
    ) -> Result<Self, RuleError> {
        let all = [RoutePrivacy::default()];
        let asked = routes.iter().map(|route| &route.privacy).chain(&all);
        let hashes = asked
            .map(|route| config.of_route(route))
            .any(|(addresses, users)| addresses == AddressPrivacy::Hash || users == UserPrivacy::Hash);
        if hashes && key.is_none() {
            let message = "`hash` needs a key: name the environment variable that holds it".into();
            return Err(RuleError { section: &["privacy"], index: 0, key: "key_env", message });
        }
        Ok(Self { config: config.clone(), key: key.cloned() })
    }

    /// Replaces what is personal, as the route's configuration or else the global one says.
    #[inline]
    pub fn complete(&self, fields: &mut Fields<'_>, route: &RoutePrivacy) {
        let (addresses, users) = self.config.of_route(route);
        if addresses != AddressPrivacy::Keep || users != UserPrivacy::Keep {
            self.replace(fields, addresses, users);
        }
    }

    #[cold]
    fn replace(&self, fields: &mut Fields<'_>, addresses: AddressPrivacy, users: UserPrivacy) {
        let names = self.names(fields, addresses, users);
        let work = Work { key: self.key.as_ref(), addresses, names: &names };
        for field in fields.present().iter() {
            let scope = Scope::of(field);
            if scope == Scope::Structure {
                continue;
            }
            let Some(value) = fields.get(field) else { continue };
            match work.value(field, value, scope) {
                Change::None => {}
                Change::Remove => fields.remove(field),
                Change::Text(text) => fields.set(field, text),
                Change::Json(json) => fields.set(field, Value::Json(json.into())),
            }
        }
        // A list of proxies of which nothing is left says nothing.
        if addresses == AddressPrivacy::Drop {
            fields.remove(Field::NginxForwardedFor);
        }
    }

    /// Everything personal that the fields tell of.
    fn names(&self, fields: &Fields<'_>, addresses: AddressPrivacy, users: UserPrivacy) -> Vec<Name> {
        let mut names = Vec::new();
        for text in scope::ADDRESSES.iter().filter_map(|field| text_of(fields, *field)) {
            self.add_addresses(&text, addresses, &mut names);
        }
        if let Some(list) = fields.text(Field::NginxForwardedFor) {
            clients::items(&list).for_each(|item| self.add_address(item, addresses, &mut names));
        }
        for text in scope::USERS.iter().filter_map(|field| text_of(fields, *field)) {
            self.add_user(&text, users, &mut names);
        }
        // Who is not known to be anything else may be a person.
        let agent = fields.text(Field::PremisAgentType);
        if !matches!(agent.as_deref(), Some("software" | "hardware" | "organization")) {
            for field in [Field::PremisAgentName, Field::PremisAgentIdentifier] {
                texts_of(fields, field).iter().for_each(|text| self.add_user(text, users, &mut names));
            }
        }
        if let Some(who) = text_of(fields, Field::Who) {
            // A format may have told; of those that look, only an API key's application is nobody's name.
            match fields.text(Field::WhoSource).as_deref() {
                Some("api_key") => {}
                _ if who.parse::<IpAddr>().is_ok() => self.add_address(&who, addresses, &mut names),
                Some("address" | "forwarded_for") => self.add_addresses(&who, addresses, &mut names),
                _ => self.add_user(&who, users, &mut names),
            }
        }
        names
    }

    /// An address, or a host's name; AWS's services are no persons.
    fn add_addresses(&self, text: &str, privacy: AddressPrivacy, names: &mut Vec<Name>) {
        if text.parse::<IpAddr>().is_ok() {
            self.add_address(text, privacy, names);
        } else if privacy != AddressPrivacy::Keep && !text.ends_with(".amazonaws.com") {
            let pseudonym = addresses::pseudonym_of_name(text, privacy, self.key.as_ref());
            let drop = privacy != AddressPrivacy::Hash;
            add(names, text, &pseudonym, drop, false);
        }
    }

    fn add_address(&self, text: &str, privacy: AddressPrivacy, names: &mut Vec<Name>) {
        let Ok(ip) = text.parse::<IpAddr>() else { return };
        if privacy != AddressPrivacy::Keep {
            let pseudonym = addresses::pseudonym(ip, privacy, self.key.as_ref());
            add(names, text, &pseudonym, privacy == AddressPrivacy::Drop, true);
        }
    }

    fn add_user(&self, text: &str, privacy: UserPrivacy, names: &mut Vec<Name>) {
        let pseudonym = match privacy {
            UserPrivacy::Keep => return,
            UserPrivacy::Drop => HIDDEN.to_string(),
            UserPrivacy::Hash => {
                let mut pseudonym = String::from("user-");
                for byte in &hash(self.key.as_ref(), "user", text.as_bytes())[..USER_HASH_BYTES] {
                    // Writing to a String does not fail.
                    let _ = write!(pseudonym, "{byte:02x}");
                }
                pseudonym
            }
        };
        add(names, text, &pseudonym, privacy == UserPrivacy::Drop, false);
    }
}

fn add(names: &mut Vec<Name>, text: &str, replacement: &str, drop: bool, is_address: bool) {
    // Punctuation alone, as formats without a user write it, names nobody.
    if !text.chars().any(char::is_alphanumeric) {
        return;
    }
    for spelling in names::spellings(text) {
        if !names.iter().any(|name| name.is(&spelling)) {
            names.push(Name::new(spelling, replacement.to_string(), drop, is_address));
        }
    }
}

/// The text of a value; ids may be numbers.
/// The text of a field, or the texts of its list.
fn texts_of<'f>(fields: &'f Fields<'_>, field: Field) -> Vec<Cow<'f, str>> {
    match fields.get(field) {
        Some(Value::Json(list)) => serde_json::from_str::<Vec<String>>(list)
            .map(|texts| texts.into_iter().map(Cow::Owned).collect())
            .unwrap_or_default(),
        _ => text_of(fields, field).into_iter().collect(),
    }
}

fn text_of<'f>(fields: &'f Fields<'_>, field: Field) -> Option<Cow<'f, str>> {
    let text: Option<Cow<'f, str>> = match fields.get(field)? {
        Value::Number(raw) => Some(Cow::Borrowed(*raw)),
        Value::Unsigned(number) => Some(Cow::Owned(number.to_string())),
        value => value.text(),
    };
    text.filter(|text| !text.is_empty())
}

/// What is replaced in one event, and by what.
struct Work<'n> {
    key: Option<&'n Key>,
    addresses: AddressPrivacy,
    names: &'n [Name],
}

/// What becomes of a value.
enum Change {
    None,
    Remove,
    Text(String),
    Json(String),
}

impl Work<'_> {
    fn value(&self, field: Field, value: &Value<'_>, scope: Scope) -> Change {
        let whole = |text: &str| match self.names.iter().find(|name| name.is(text)) {
            Some(name) if name.drop => Change::Remove,
            Some(name) => Change::Text(name.replacement.clone()),
            None => Change::None,
        };
        let text = match value {
            Value::Json(json) => {
                return self.json(json, scope).map_or(Change::None, Change::Json);
            }
            Value::Text(_) | Value::Escaped(_) => value.text(),
            // Other numbers are no ids.
            Value::Number(raw) if scope::USERS.contains(&field) => return whole(raw),
            Value::Unsigned(number) if scope::USERS.contains(&field) => return whole(&number.to_string()),
            _ => None,
        };
        let Some(text) = text else { return Change::None };
        match whole(&text) {
            // Stores take nothing but an address there.
            Change::None if field.info().field_type != FieldType::Ip => {
                self.text(&text, scope).map_or(Change::None, Change::Text)
            }
            change => change,
        }
    }

    fn json(&self, json: &str, scope: Scope) -> Option<String> {
        rewrite(json, |token| match token {
            Token::Name(text) | Token::Text(text, _) => self.text(text, scope),
            Token::Number(raw, _) => {
                self.names.iter().find(|name| name.is(raw)).map(|name| name.replacement.clone())
            }
        })
    }

    /// The text with all that is personal replaced; `None` if nothing is.
    fn text(&self, text: &str, scope: Scope) -> Option<String> {
        let mut spans = Vec::new();
        names::find(self.names, text, &mut spans);
        if scope == Scope::Text && self.addresses != AddressPrivacy::Keep {
            addresses::find(text, |start, end, ip| {
                let replacement = addresses::pseudonym(ip, self.addresses, self.key).into();
                spans.push(Span { start, end, replacement });
            });
        }
        names::replaced(text, spans)
    }
}
