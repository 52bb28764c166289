//! Our own mapping, from a stream on disk to a function on an emulator by Lambda's Invoke: it keeps the rules of Lambda's
//! mapping (partial batch responses, bisect, retries), of which the emulator's own knows none.

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
use catchwater_tests::cloud::REGION;
use catchwater_tests::emulator::Emulator;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::sync::watch;

const LIMIT: Duration = Duration::from_secs(120);

/// A stream on disk.
pub struct OwnStream {
    _folder: TempDir,
    streams: Arc<Streams>,
    stream: Arc<EmbeddedStream>,
    given_up: DeadLetterFolder,
}

impl OwnStream {
    /// An empty stream of so many shards.
    pub fn new(name: &str, shards: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let streams = Streams::open(&folder.path().join("streams"), clock()).unwrap();
        let settings = StreamSettings { shards, retention_hours: 24, retention_bytes: 1 << 30 };
        let stream = streams.ensure(name, settings).unwrap();
        let given_up = DeadLetterFolder::open(&folder.path().join("given-up")).unwrap();
        Self { _folder: folder, stream, streams, given_up }
    }

    /// Puts records (partition key, data) in their order.
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

    /// Runs the mapping to a function until nothing lies on the stream that it has not passed; what it has counted since these
    /// positions began. With new ones every batch is delivered, also what was before.
    pub async fn run(
        &self,
        emulator: &Emulator,
        function: &str,
        settings: config::Mapping,
        positions: &Arc<MemoryPositions>,
    ) -> Account {
        let aws = config_at(&emulator.url(), REGION).await;
        let arn = format!("arn:aws:kinesis:{REGION}:000000000000:stream/{}", self.stream.name());
        let target = DeployedFunction::new(&aws, function, function, &arn, clock()).unwrap();
        let mapping = Mapping::new(MappingParts {
            settings,
            stream: self.stream.clone(),
            target: Arc::new(target),
            positions: positions.clone(),
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
            if let Some(account) = self.passed(function, positions).await {
                break account;
            }
            let log = || emulator.cloud().function_log(function);
            assert!(begun.elapsed() < LIMIT, "the mapping has not passed all: {:#?}", log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        stop.send_replace(true);
        running.await.unwrap();
        assert_eq!(self.given_up.newest(1).len(), 0, "the mapping gives nothing up");
        account
    }

    /// The account of a mapping that has passed all that lies on the stream.
    async fn passed(&self, mapping: &str, positions: &MemoryPositions) -> Option<Account> {
        let kept = positions.all().await.unwrap();
        let kept: Vec<_> = kept.iter().filter(|k| k.mapping == mapping).collect();
        let is_passed = self.stream.statistics().shards.iter().all(|shard| {
            let position = kept.iter().find(|k| k.shard == shard.shard_id);
            let after = position.and_then(|k| k.position.after.as_ref());
            self.stream.records_after(&shard.shard_id, after) == 0
        });
        is_passed.then(|| {
            let mut account = Account::default();
            kept.iter().for_each(|k| account.add(&k.account));
            account
        })
    }
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}
