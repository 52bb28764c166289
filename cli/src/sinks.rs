//! The sinks that this program has: one line a sink in [`sinks!`], which makes its `[sink.NAME]` section and builds it.

use crate::data_folder::DataFolder;
use anyhow::{Context, Result};
use catchwater_consumer_core::http::Keyring;
use catchwater_consumer_core::sink::Sink;
use catchwater_consumer_core::world::SystemClock;
use catchwater_consumer_elasticsearch::sink::ElasticsearchSink;
use catchwater_consumer_influxdb::sink::InfluxdbSink;
use catchwater_consumer_loki::sink::LokiSink;
use catchwater_consumer_sqlite::sink::SqliteSink;
use catchwater_settings::Sections;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// A sink that is ready.
pub struct Opened {
    /// The sink.
    pub sink: Arc<dyn Sink>,
    /// For how long it keeps events; older ones become dead letters.
    pub retention: Option<Duration>,
}

macro_rules! sinks {
    ($($name:ident, $Config:ty, $check:expr, $open:expr;)*) => {
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

        impl Sections for Sinks {
            const NAMES: Option<&'static [&'static str]> = Some(&[$(stringify!($name)),*]);

            fn mistakes(&self, keyring: Option<&Keyring>) -> Vec<(&'static str, String)> {
                let mut mistakes = Vec::new();
                $(if let Some(config) = &self.$name {
                    let check: fn(&$Config, Option<&Keyring>) -> Result<()> = $check;
                    let error = check(config, keyring).err();
                    mistakes.extend(error.map(|error| (stringify!($name), error.to_string())));
                })*
                mistakes
            }
        }

        impl Sinks {
            /// Opens the sinks that are configured.
            pub fn open(&self, folder: &DataFolder, keyring: &Keyring) -> Result<Vec<Opened>> {
                let mut sinks: Vec<Opened> = Vec::new();
                $(if let Some(config) = &self.$name {
                    let open: fn(&$Config, &DataFolder, &Keyring) -> Result<Opened> = $open;
                    sinks.push(open(config, folder, keyring).context(concat!("sink ", stringify!($name)))?);
                })*
                Ok(sinks)
            }
        }
    };
}

sinks! {
    elasticsearch, catchwater_consumer_elasticsearch::config::Config,
    |config, keyring| match keyring {
        Some(keyring) => Ok(ElasticsearchSink::open(config, keyring).map(drop)?),
        None => Ok(config.check()?),
    },
    |config, _, keyring| {
        Ok(Opened { sink: Arc::new(ElasticsearchSink::open(config, keyring)?), retention: config.retention() })
    };
    influxdb, catchwater_consumer_influxdb::config::Config,
    |config, keyring| match keyring {
        Some(keyring) => Ok(InfluxdbSink::open(config, keyring).map(drop)?),
        None => Ok(config.check()?),
    },
    |config, _, keyring| {
        Ok(Opened { sink: Arc::new(InfluxdbSink::open(config, keyring)?), retention: config.retention() })
    };
    loki, catchwater_consumer_loki::config::Config,
    |config, keyring| match keyring {
        Some(keyring) => Ok(LokiSink::open(config, keyring).map(drop)?),
        None => Ok(config.check()?),
    },
    |config, _, keyring| {
        Ok(Opened { sink: Arc::new(LokiSink::open(config, keyring)?), retention: config.retention() })
    };
    sqlite, catchwater_consumer_sqlite::config::Config,
    |_, _| Ok(()),
    |config, folder, _| {
        let file = config.file(folder.path());
        let sink = Arc::new(SqliteSink::open(&file, config, Arc::new(SystemClock))?);
        Ok(Opened { sink, retention: config.retention() })
    };
}

impl Sinks {
    /// File of the SQLite store, which the page reads.
    pub fn store(&self, folder: &DataFolder) -> PathBuf {
        self.store_in(folder.path())
    }

    /// File of the SQLite store of the pipeline whose data folder this is.
    pub fn store_in(&self, data_dir: &Path) -> PathBuf {
        self.sqlite.clone().unwrap_or_default().file(data_dir)
    }
}
