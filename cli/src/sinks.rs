//! The sinks that this program has: one line a sink in [`sinks!`], which makes its `[sink.NAME]` section and builds it.

use crate::data_folder::DataFolder;
use anyhow::{Context, Result};
use catchwater_consumer_core::http::Keyring;
use catchwater_consumer_core::sink::Sink;
use catchwater_consumer_core::world::SystemClock;
use catchwater_consumer_elasticsearch::sink::ElasticsearchSink;
#[cfg(feature = "aws")]
use catchwater_consumer_firehose::sink::FirehoseSink;
use catchwater_consumer_influxdb::sink::InfluxdbSink;
use catchwater_consumer_loki::sink::LokiSink;
use catchwater_consumer_sqlite::sink::SqliteSink;
#[cfg(feature = "aws")]
use catchwater_consumer_timestream::sink::TimestreamSink;
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
    ($($(#[$built:meta])* $name:ident, $Config:ty, $check:expr, $open:expr;)*) => {
        /// The `[sink.NAME]` sections; a sink runs if its section stands in the configuration.
        #[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
        #[serde(default, deny_unknown_fields)]
        pub struct Sinks {
            $(
                $(#[$built])*
                #[doc = concat!("Sink `", stringify!($name), "`.")]
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $name: Option<$Config>,
            )*
        }

        impl Sections for Sinks {
            const NAMES: Option<&'static [&'static str]> = Some(&[$($(#[$built])* stringify!($name)),*]);

            fn mistakes(&self, keyring: Option<&Keyring>) -> Vec<(&'static str, String)> {
                let mut mistakes = Vec::new();
                $($(#[$built])* if let Some(config) = &self.$name {
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
                $($(#[$built])* if let Some(config) = &self.$name {
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
    #[cfg(feature = "aws")]
    firehose, catchwater_consumer_firehose::config::Config,
    |config, _| Ok(config.check()?),
    |config, _, _| {
        Ok(Opened { sink: Arc::new(FirehoseSink::open(config)?), retention: config.retention() })
    };
    #[cfg(not(feature = "aws"))]
    firehose, NotBuilt, |_, _| NotBuilt::mistake(), |_, _, _| NotBuilt::mistake();
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
    #[cfg(feature = "aws")]
    timestream, catchwater_consumer_timestream::config::Config,
    |config, _| Ok(config.check()?),
    |config, _, _| {
        Ok(Opened { sink: Arc::new(TimestreamSink::open(config)?), retention: config.retention() })
    };
    #[cfg(not(feature = "aws"))]
    timestream, NotBuilt, |_, _| NotBuilt::mistake(), |_, _, _| NotBuilt::mistake();
}

/// The section of a sink that this program was built without: whatever stands there, it says what to do.
#[cfg(not(feature = "aws"))]
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[schemars(
    rename = "AwsStore",
    description = "A sink of AWS's own stores: in a program built with `--features aws`, what the sink's page shows."
)]
pub struct NotBuilt {}

#[cfg(not(feature = "aws"))]
impl NotBuilt {
    fn mistake<T>() -> Result<T> {
        anyhow::bail!(
            "this program was built without the sinks of AWS's own stores: build with `--features aws`"
        )
    }
}

#[cfg(not(feature = "aws"))]
impl<'de> Deserialize<'de> for NotBuilt {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self {})
    }
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

#[cfg(test)]
mod tests {
    use crate::settings::check;
    use std::path::Path;

    #[test]
    fn a_sink_that_was_not_built_is_told_where_it_stands() {
        for name in ["firehose", "timestream"] {
            let text = format!("[listen]\npage = \"127.0.0.1:1\"\n\n[sink.{name}]\nany = 1\n");
            let told = check(&text, Path::new(""), None).unwrap_err().remove(0).to_string();
            let words = if cfg!(feature = "aws") { "any" } else { "build with `--features aws`" };
            assert!(told.contains(words) && (told.starts_with("4:") || told.starts_with("5:")), "{told}");
        }
    }
}
