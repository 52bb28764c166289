//! A function reads its own `[sink.NAME]` section of a configuration that serves all functions.

use catchwater_consumer_core::sink::Named;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;

/// Of all sections the one of a function's own sink, if it is there; those of others may hold anything.
#[derive(Clone, Debug)]
pub struct Only<C: Named>(pub Option<C>);

impl<C: Named> Default for Only<C> {
    fn default() -> Self {
        Self(None)
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
    }
}
