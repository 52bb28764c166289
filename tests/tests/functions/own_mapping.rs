//! Our own mapping, from a stream on disk to a function on an emulator.

use catchwater_aws::invoke::DeployedFunction;
use catchwater_aws::sdk::config_at;
use catchwater_consumer_core::folder::DeadLetterFolder;
use catchwater_consumer_core::world::{Clock, Rng, SystemClock, SystemRng};
use catchwater_mapping::memory_positions::MemoryPositions;
use catchwater_mapping::positions::Positions;
use catchwater_mapping::runner::{Mapping, MappingParts};
use catchwater_producers::put_records::{PutEntry, PutRecords, PutSettings};
use catchwater_schemas::account::Account;
use catchwater_schemas::config;
use catchwater_stream::{EmbeddedStream, StreamSettings, Streams};
use catchwater_tests::cloud::{CREDENTIALS, Function, REGION};
use catchwater_tests::emulator::Emulator;
use catchwater_tests::functions::zip_of;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::sync::watch;

const LIMIT: Duration = Duration::from_secs(60);

/// A stream, a function, and what the mapping between them keeps.
pub struct Bench {
    pub emulator: Emulator,
    pub folder: TempDir,
    pub stream: Arc<EmbeddedStream>,
    streams: Arc<Streams>,
    positions: Arc<MemoryPositions>,
    pub given_up: DeadLetterFolder,
}

impl Bench {
    /// A stream of so many shards, and an emulator; `None` where it is not installed.
    pub fn new(stream: &str, shards: u32) -> Option<Self> {
        let emulator = Emulator::ministack()?;
        let folder = tempfile::tempdir().unwrap();
        let streams = Streams::open(&folder.path().join("streams"), clock()).unwrap();
        let settings = StreamSettings { shards, retention_hours: 24, retention_bytes: 1 << 30 };
        let stream = streams.ensure(stream, settings).unwrap();
        let given_up = DeadLetterFolder::open(&folder.path().join("given-up")).unwrap();
        Some(Self { emulator, folder, stream, streams, positions: Arc::default(), given_up })
    }

    /// The folder for the function's own dead letters.
    pub fn letters(&self) -> std::path::PathBuf {
        self.folder.path().join("dead-letters")
    }

    /// Deploys a function as it is shipped, with this configuration and these variables besides its usual ones.
    pub fn deploy(&self, function: &str, configuration: &str, variables: &[(&str, &str)], seconds: u32) {
        let zip = std::fs::read(zip_of(function)).unwrap();
        let (endpoint, letters) = (self.emulator.url(), self.letters());
        let usual = [
            ("AWS_ENDPOINT_URL", endpoint.as_str()),
            ("CATCHWATER_CONFIG_TEXT", configuration),
            ("CATCHWATER_DEAD_LETTER_FOLDER", letters.to_str().unwrap()),
        ];
        let environment = [&CREDENTIALS[..], &usual, variables].concat();
        let function = Function {
            name: function,
            zip: &zip,
            environment: &environment,
            timeout_seconds: seconds,
            memory_mb: 256,
        };
        self.emulator.cloud().create_function(&function);
    }

    /// Puts records (partition key, data) on the stream.
    pub async fn put(&self, records: Vec<(String, Vec<u8>)>) {
        let entry = |(partition_key, data): (String, Vec<u8>)| PutEntry {
            partition_key,
            explicit_hash_key: None,
            data: data.into(),
        };
        let put = PutRecords::new(
            self.streams.clone(),
            self.stream.name(),
            clock(),
            Arc::new(SystemRng),
            PutSettings::default(),
        );
        let results = put.put(records.into_iter().map(entry).collect(), None).await;
        assert!(results.iter().all(|result| result.is_accepted()), "{results:?}");
    }

    /// Runs the mapping until nothing lies on the stream that it has not passed; what it has counted.
    pub async fn run(&self, function: &str, settings: config::Mapping) -> Account {
        let aws = config_at(&self.emulator.url(), REGION).await;
        let arn = format!("arn:aws:kinesis:{REGION}:000000000000:stream/{}", self.stream.name());
        let target = DeployedFunction::new(&aws, function, function, &arn, clock()).unwrap();
        let mapping = Mapping::new(MappingParts {
            settings,
            stream: self.stream.clone(),
            target: Arc::new(target),
            positions: self.positions.clone(),
            on_failure: Arc::new(self.given_up.clone()),
            progress: None,
            clock: clock(),
            rng: Arc::new(SystemRng) as Arc<dyn Rng>,
        });
        let (stop, mut stopped) = watch::channel(false);
        let running = tokio::spawn(mapping.run(async move {
            let _ = stopped.wait_for(|set| *set).await;
        }));
        let begun = Instant::now();
        let account = loop {
            let kept = self.positions.all().await.unwrap();
            let kept: Vec<_> = kept.iter().filter(|k| k.mapping == function).collect();
            let is_passed = self.stream.statistics().shards.iter().all(|shard| {
                let position = kept.iter().find(|k| k.shard == shard.shard_id);
                let after = position.and_then(|k| k.position.after.as_ref());
                self.stream.records_after(&shard.shard_id, after) == 0
            });
            if is_passed {
                let mut account = Account::default();
                kept.iter().for_each(|k| account.add(&k.account));
                break account;
            }
            let log = || self.emulator.cloud().function_log(function);
            assert!(begun.elapsed() < LIMIT, "the mapping has not passed all: {:#?}", log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        stop.send_replace(true);
        running.await.unwrap();
        account
    }
}

/// Letters in a folder, by reason.
pub fn reasons(letters: &Path) -> Vec<String> {
    let folder = DeadLetterFolder::open(letters).unwrap();
    let mut reasons: Vec<String> = folder.newest(1_000).into_iter().map(|letter| letter.reason).collect();
    reasons.sort();
    reasons
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}
