//! `[sink.sqlite]` of the configuration.

use catchwater_consumer_core::sink::Named;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where the store lies and how long it keeps events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The database's file; `events.sqlite` in the data folder by default.
    pub path: Option<String>,
    /// Days for which events are kept, by the event's own time; without it, for ever. Events older than that
    /// become dead letters.
    pub retention_days: Option<u32>,
    /// Memory for pages of the database, MiB.
    pub cache_mib: u32,
}

impl Named for Config {
    const NAME: &'static str = "sqlite";
}

impl Default for Config {
    fn default() -> Self {
        Self { path: None, retention_days: None, cache_mib: 64 }
    }
}

impl Config {
    /// The database's file; a relative path is one below the data folder.
    pub fn file(&self, data_dir: &Path) -> PathBuf {
        data_dir.join(self.path.as_deref().unwrap_or("events.sqlite"))
    }

    /// How long events are kept, also for the handler's settings.
    pub fn retention(&self) -> Option<Duration> {
        self.retention_days.map(|days| Duration::from_secs(u64::from(days) * 86_400))
    }
}
