//! The `[sink.NAME]` sections that a reader of the configuration knows: the program all of them, a function its own.

use catchwater_consumer_core::http::Keyring;
use catchwater_consumer_core::sink::Named;
use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;

/// The sections under `[sink]`.
pub trait Sections: DeserializeOwned + Serialize + Default {
    /// Names of all sinks that there are; `None`: those of others are not known here, so that none can be wrong.
    const NAMES: Option<&'static [&'static str]>;

    /// What is wrong with the sections, by the sink's name: what can be told without asking a store. With a keyring,
    /// also secrets and certificates that are missing.
    fn mistakes(&self, keyring: Option<&Keyring>) -> Vec<(&'static str, String)>;
}

/// Of all sections the one of a function's own sink, if it is there; those of others may hold anything.
#[derive(Clone, Debug)]
pub struct Only<C: Named>(pub Option<C>);

/// Of all sections none: the transform's.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NoSection {}

impl Sections for NoSection {
    const NAMES: Option<&'static [&'static str]> = None;

    fn mistakes(&self, _: Option<&Keyring>) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

impl<C: Named> Default for Only<C> {
    fn default() -> Self {
        Self(None)
    }
}

impl<C: Named> Sections for Only<C> {
    const NAMES: Option<&'static [&'static str]> = None;

    fn mistakes(&self, _: Option<&Keyring>) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

impl<C: Named> Serialize for Only<C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|section| (C::NAME, section)))
    }
}

impl<'de, C: Named> Deserialize<'de> for Only<C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Own<C>(PhantomData<C>);
        impl<'de, C: Named> Visitor<'de> for Own<C> {
            type Value = Option<C>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("sections of sinks")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<C>, A::Error> {
                let mut own = None;
                while let Some(name) = map.next_key::<String>()? {
                    if name == C::NAME {
                        own = Some(map.next_value()?);
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(own)
            }
        }
        deserializer.deserialize_map(Own(PhantomData)).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use catchwater_schemas::config;

    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Pond {
        depth: u32,
    }

    impl Named for Pond {
        const NAME: &'static str = "pond";
    }

    #[test]
    fn a_function_reads_its_own_section_and_no_other() {
        let text = "[sink.lake]\nanything = [1, \"a\"]\n\n[sink.pond]\ndepth = 3\n";
        let config = config::parse::<Only<Pond>>(text).unwrap();
        assert_eq!(config.sink.0, Some(Pond { depth: 3 }));
        assert!(config::parse::<Only<Pond>>("[sink.lake]\na = 1\n").unwrap().sink.0.is_none());
        let wrong = config::parse::<Only<Pond>>("[sink.lake]\na = 1\n[sink.pond]\ndept = 3\n").unwrap_err();
        assert_eq!((wrong.line, wrong.suggestion.as_deref()), (4, Some("depth")), "{wrong}");
        config::parse::<NoSection>(text).unwrap();
    }
}
