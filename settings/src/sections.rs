//! The `[sink.NAME]` sections that a reader of the configuration knows.

use catchwater_consumer_core::http::Keyring;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The sections under `[sink]`.
pub trait Sections: DeserializeOwned + Serialize + Default {
    /// Names of all sinks that there are; `None`: those of others are not known here, so that none can be wrong.
    const NAMES: Option<&'static [&'static str]>;

    /// What is wrong with the sections, by the sink's name: what can be told without asking a store. With a keyring,
    /// also secrets and certificates that are missing.
    fn mistakes(&self, keyring: Option<&Keyring>) -> Vec<(&'static str, String)>;
}

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
