//! A function on an emulator behind our own mapping, with its dead letters in a folder.

use crate::own_stream::OwnStream;
use catchwater_consumer_core::folder::DeadLetterFolder;
use catchwater_mapping::memory_positions::MemoryPositions;
use catchwater_schemas::account::Account;
use catchwater_schemas::config;
use catchwater_tests::deployment::{Configuration, Deployment, Letters};
use catchwater_tests::emulator::Emulator;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

/// A stream, an emulator, and a folder for dead letters.
pub struct Bench {
    pub emulator: Emulator,
    folder: TempDir,
    stream: OwnStream,
    positions: Arc<MemoryPositions>,
}

impl Bench {
    /// A stream of so many shards, and an emulator; `None` where it is not installed.
    pub fn new(stream: &str, shards: u32) -> Option<Self> {
        let emulator = Emulator::ministack()?;
        let folder = tempfile::tempdir().unwrap();
        let (stream, positions) = (OwnStream::new(stream, shards), Arc::default());
        Some(Self { emulator, folder, stream, positions })
    }

    /// The folder for the function's own dead letters.
    pub fn letters(&self) -> std::path::PathBuf {
        self.folder.path().join("dead-letters")
    }

    /// Deploys a function as it is shipped, with this configuration and these variables besides its usual ones.
    pub fn deploy(&self, function: &str, configuration: &str, variables: &[(&str, &str)], seconds: u32) {
        let deployment = Deployment {
            name: function,
            zip: function,
            configuration: Configuration::Text(configuration),
            letters: Letters::Folder(&self.letters()),
            variables,
            timeout_seconds: seconds,
        };
        deployment.on(&self.emulator);
    }

    /// Puts records (partition key, data) on the stream.
    pub async fn put(&self, records: Vec<(String, Vec<u8>)>) {
        self.stream.put(records).await;
    }

    /// Runs the mapping until nothing lies on the stream that it has not passed; what it has counted.
    pub async fn run(&self, function: &str, settings: config::Mapping) -> Account {
        self.stream.run(&self.emulator, function, settings, &self.positions).await
    }
}

/// Letters in a folder, by reason.
pub fn reasons(letters: &Path) -> Vec<String> {
    let folder = DeadLetterFolder::open(letters).unwrap();
    let mut reasons: Vec<String> = folder.newest(1_000).into_iter().map(|letter| letter.reason).collect();
    reasons.sort();
    reasons
}
