//! The sinks that this program has: one line a sink in [`sinks!`], which makes its `[sink.NAME]` section and builds it.

use crate::data_folder::DataFolder;
use anyhow::{Context, Result};
use catchwater_consumer_core::sink::Sink;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

macro_rules! sinks {
    ($($name:ident, $Config:ty, $open:expr;)*) => {
        /// The `[sink.NAME]` sections; a sink runs if its section stands in the configuration.
        #[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
        #[serde(default, deny_unknown_fields)]
        pub struct Sinks {
            $(
                #[doc = concat!("Sink `", stringify!($name), "`.")]
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $name: Option<$Config>,
            )*
        }

        impl Sinks {
            /// Names of all sinks there are.
            pub const NAMES: &[&str] = &[$(stringify!($name)),*];

            /// Opens the sinks that are configured.
            pub fn open(&self, folder: &DataFolder) -> Result<Vec<Arc<dyn Sink>>> {
                let mut sinks: Vec<Arc<dyn Sink>> = Vec::new();
                $(if let Some(config) = &self.$name {
                    let open: fn(&$Config, &DataFolder) -> Result<Arc<dyn Sink>> = $open;
                    sinks.push(open(config, folder).context(concat!("sink ", stringify!($name)))?);
                })*
                Ok(sinks)
            }
        }
    };
}

sinks! {
    sqlite, catchwater_consumer_sqlite::Config, |config, folder| {
        Ok(Arc::new(catchwater_consumer_sqlite::SqliteSink::open(config, &folder.store())?))
    };
}
