//! The transform between a stream that is there or not and dead letters that are kept.

use catchwater_consumer_core::dead_letters::{DeadLetters, DeadLettersDown};
use catchwater_consumer_core::world::{SystemClock, SystemRng};
use catchwater_functions::events::answer::ShardAnswer;
use catchwater_functions::streams::Streams;
use catchwater_mapping::lambda_event::{ShardBatch, Tries};
use catchwater_producers::envelope::{EnvelopeBuilder, Hint, Line, LogStream};
use catchwater_producers::put_records::{
    PutEntry, PutError, PutRecords, PutRecordsApi, PutResult, PutSettings,
};
use catchwater_schemas::dead_letter::{DeadLetter, Stage};
use catchwater_schemas::record::{Packing, unpack};
use catchwater_transform_function::TransformHandler;
use catchwater_transforms::transform::{Parts, Transform};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub const MINUTE: Duration = Duration::from_secs(60);

/// An event stream that is there or not, and dead letters.
#[derive(Default)]
pub struct World {
    pub is_down: bool,
    pub messages: Mutex<Vec<String>>,
    pub letters: Mutex<Vec<DeadLetter>>,
}

impl PutRecordsApi for World {
    fn put_records<'a>(
        &'a self,
        _: &'a str,
        entries: &'a [PutEntry],
    ) -> BoxFuture<'a, Result<Vec<PutResult>, PutError>> {
        let put = |entry: &PutEntry| {
            if self.is_down {
                return PutResult::Failed { code: "InternalFailure".into(), message: String::new() };
            }
            let text = unpack(&entry.data).unwrap();
            let message = |line: &str| {
                serde_json::from_str::<Value>(line).unwrap()["message"].as_str().unwrap().to_string()
            };
            self.messages.lock().unwrap().extend(text.lines().map(message));
            PutResult::Accepted { shard_id: "0".into(), sequence_number: "1".into() }
        };
        let results = Ok(entries.iter().map(put).collect());
        async move { results }.boxed()
    }
}

impl DeadLetters for World {
    fn keep<'a>(&'a self, letters: &'a [DeadLetter]) -> BoxFuture<'a, Result<(), DeadLettersDown>> {
        self.letters.lock().unwrap().extend_from_slice(letters);
        async { Ok(()) }.boxed()
    }
}

impl World {
    pub fn messages(&self) -> Vec<String> {
        self.messages.lock().unwrap().clone()
    }
}

pub fn with<T>(world: &Arc<World>, act: impl AsyncFnOnce(&Streams<'_>) -> T) -> T {
    let settings = PutSettings { patience: Some(Duration::ZERO), ..Default::default() };
    let events =
        PutRecords::new(world.clone(), "events", Arc::new(SystemClock), Arc::new(SystemRng), settings);
    let transform = Transform::new(&Parts::default()).unwrap();
    let target = TransformHandler::new(
        Arc::new(transform),
        events,
        world.clone(),
        Arc::new(SystemClock),
        Packing::Zstd,
    );
    let streams = Streams {
        target: &target,
        dead_letters: &**world,
        clock: &SystemClock,
        stage: Stage::Decode,
        sink: None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(act(&streams))
}

pub fn settle(world: &Arc<World>, shards: &[ShardBatch], tries: Option<Tries>) -> Vec<ShardAnswer> {
    with(world, async |streams| streams.settle(shards, tries, MINUTE).await.unwrap())
}

/// An envelope of these lines, gzip, as CloudWatch Logs and our own producers send it.
pub fn envelope(lines: &[&[u8]]) -> Vec<u8> {
    let log = LogStream { account: "1".into(), log_group: "g".into(), log_stream: "s".into() };
    let mut builder = EnvelopeBuilder::new(&log, &Hint::default(), "f:0:0:");
    let mut out = Vec::new();
    for (offset, bytes) in (0..).zip(lines) {
        builder.push(Line { offset, end: offset, bytes, cut: false }, 1_600_000_000_000, &mut out);
    }
    builder.finish(&mut out);
    out.into_iter().flat_map(|envelope| envelope.data).collect()
}
