//! What the configuration's tables say of addresses, keys and users. The files are read by whoever runs the transform,
//! who may put new tables in the old ones' place at any time ([`SharedTables`]): a raw record is walked with those that
//! counted when it was begun.

use super::class::Class;
use super::networks::{NetworkList, Networks};
use arc_swap::ArcSwap;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Arc;

/// Tables that can be swapped while a transform runs.
pub type SharedTables = Arc<ArcSwap<Tables>>;

/// The tables. The default knows nothing.
#[derive(Debug, Default)]
pub struct Tables {
    organizations: Networks<u32>,
    /// Each name once.
    names: Vec<Box<str>>,
    /// By the key's hash: tables may give that instead of the key.
    applications: HashMap<[u8; 32], Box<str>>,
    classes: HashMap<Box<str>, Class>,
}

/// Tables that are being filled.
#[derive(Debug, Default)]
pub struct Draft {
    organizations: NetworkList<u32>,
    places: HashMap<Box<str>, u32>,
    tables: Tables,
}

impl Draft {
    /// The tables, ready to be asked.
    pub fn finish(self) -> Tables {
        Tables { organizations: self.organizations.into(), ..self.tables }
    }

    /// Adds a network, `192.0.2.0/24`, `2001:db8::/32` or one address, of an organisation. The error says what is wrong.
    pub fn add_organization(&mut self, cidr: &str, name: &str) -> Result<(), String> {
        let name = filled(name, "name")?;
        let place = *self.places.entry(name.into()).or_insert_with(|| {
            self.tables.names.push(name.into());
            (self.tables.names.len() - 1) as u32
        });
        self.organizations.insert(cidr, place)
    }

    /// Adds the key of an application, or `sha256:` and the hash of its key.
    pub fn add_application(&mut self, key: &str, name: &str) -> Result<(), String> {
        let (key, name) = (filled(key, "key")?, filled(name, "name")?);
        let hash = match key.strip_prefix("sha256:") {
            Some(digits) => from_hex(digits).ok_or("`sha256:` needs 64 hexadecimal digits behind it")?,
            None => Sha256::digest(key).into(),
        };
        match self.tables.applications.insert(hash, name.into()) {
            Some(before) if *before != *name => {
                Err(format!("the key stands twice, for `{before}` and `{name}`"))
            }
            _ => Ok(()),
        }
    }

    /// Adds the class of a user or principal.
    pub fn add_class(&mut self, who: &str, class: &str) -> Result<(), String> {
        let who = filled(who, "who")?;
        let class = Class::of_name(class)
            .ok_or_else(|| format!("`{class}` is no class; use `person`, `service` or `bot`"))?;
        match self.tables.classes.insert(who.into(), class) {
            Some(before) if before != class => Err(format!("`{who}` stands twice, with different classes")),
            _ => Ok(()),
        }
    }
}

impl Tables {
    /// Is any organisation known?
    #[inline]
    pub fn has_organizations(&self) -> bool {
        !self.names.is_empty()
    }

    /// The organisation of an address, by the smallest network that holds it.
    pub fn organization(&self, address: &str) -> Option<&str> {
        let place = self.organizations.find(address.parse().ok()?)?;
        self.names.get(*place as usize).map(AsRef::as_ref)
    }

    /// The application that has this key.
    pub fn application(&self, key: &str) -> Option<&str> {
        if self.applications.is_empty() {
            return None;
        }
        let hash: [u8; 32] = Sha256::digest(key).into();
        self.applications.get(&hash).map(AsRef::as_ref)
    }

    /// The class of a user or principal.
    #[inline]
    pub fn class(&self, who: &str) -> Option<Class> {
        self.classes.get(who).copied()
    }

    /// Is any class known?
    #[inline]
    pub fn has_classes(&self) -> bool {
        !self.classes.is_empty()
    }
}

fn filled<'t>(text: &'t str, what: &str) -> Result<&'t str, String> {
    let text = text.trim();
    if text.is_empty() { Err(format!("the {what} is empty")) } else { Ok(text) }
}

fn from_hex(digits: &str) -> Option<[u8; 32]> {
    let digits = digits.as_bytes();
    let mut bytes = [0; 32];
    if digits.len() != 64 {
        return None;
    }
    let value = |digit: u8| char::from(digit).to_digit(16);
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = (value(pair[0])? << 4 | value(pair[1])?) as u8;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answer_what_was_put_in_and_say_what_is_wrong() {
        let mut tables = Draft::default();
        tables.add_organization("192.0.2.0/24", "Library").unwrap();
        tables.add_organization("192.0.2.128/25", "Reading room").unwrap();
        tables.add_organization("2001:db8::/32", "Library").unwrap();
        tables.add_application("k", "App").unwrap();
        // printf other | sha256sum
        let hash = "sha256:d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa";
        tables.add_application(hash, "Other").unwrap();
        tables.add_class("etl", "service").unwrap();
        for (error, says) in [
            (tables.add_organization("192.0.2.0/33", "x"), "no network"),
            (tables.add_organization("192.0.2.0/24", " "), "name is empty"),
            (tables.add_application("k2", ""), "name is empty"),
            (tables.add_application("sha256:12", "x"), "64 hexadecimal"),
            (tables.add_class("a", "human"), "no class"),
        ] {
            let error = error.unwrap_err();
            assert!(error.contains(says), "{error}");
        }
        let tables = tables.finish();
        assert_eq!(tables.organization("192.0.2.7"), Some("Library"));
        assert_eq!(tables.organization("192.0.2.200"), Some("Reading room"));
        assert_eq!(tables.organization("2001:DB8::1"), Some("Library"));
        assert_eq!((tables.organization("198.18.0.1"), tables.organization("no address")), (None, None));
        assert_eq!(
            (tables.application("k"), tables.application("other"), tables.application("x")),
            (Some("App"), Some("Other"), None)
        );
        assert_eq!((tables.class("etl"), tables.class("bob")), (Some(Class::Service), None));
        // The third is of the network that is none.
        assert_eq!(tables.names.len(), 3);
    }
}
