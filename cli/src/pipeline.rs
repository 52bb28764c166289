//! The pipeline on one machine, assembled top to bottom: streams, transform, sinks, and a mapping before each.

use crate::data_folder::DataFolder;
use crate::settings::Config;
use crate::sinks::Opened;
use anyhow::{Context, Result, bail};
use catchwater_consumer_core::dead_letters::DeadLetters;
use catchwater_consumer_core::folder::DeadLetterFolder;
use catchwater_consumer_core::handler::{Settings as SinkSettings, SinkHandler};
use catchwater_consumer_core::http::Keyring;
use catchwater_consumer_core::world::{Clock, Rng, SystemClock, SystemRng};
use catchwater_mapping::positions::{Kept, Position};
use catchwater_mapping::progress::{LowWater, Progress};
use catchwater_mapping::runner::{Mapping, MappingParts};
use catchwater_mapping::sink_target::SinkTarget;
use catchwater_mapping::sqlite_positions::SqlitePositions;
use catchwater_mapping::status::Status;
use catchwater_mapping::target::Target;
use catchwater_producers::put_records::{PutRecords, PutSettings};
use catchwater_schemas::config;
use catchwater_settings::tables::Watched;
use catchwater_stream::{EmbeddedStream, StreamSettings, Streams};
use catchwater_transform_function::TransformHandler;
use catchwater_transforms::transform::Transform;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Name of the stream that producers put to.
pub const RAW: &str = "raw";
/// Name of the stream of event records.
pub const EVENTS: &str = "events";
/// Name of the transform's mapping.
pub const TRANSFORM: &str = "transform";

/// A running pipeline; [`Pipeline::stop`] ends it.
pub struct Pipeline {
    /// The embedded Kinesis.
    pub streams: Arc<Streams>,
    /// Where the mappings have come.
    pub positions: Arc<SqlitePositions>,
    /// What every mapping is doing.
    pub mappings: Vec<Status>,
    /// What could not pass.
    pub dead_letters: DeadLetterFolder,
    /// Puts to the raw stream from within this process.
    pub raw: PutRecords,
    /// The sample logs are being put: more will lie on the raw stream than does now.
    pub is_loading: AtomicBool,
    running: JoinSet<()>,
    stop: watch::Sender<bool>,
}

/// Starts everything. What it takes from outside this process comes in through the wire API and the producers.
pub async fn start(config: &Config, folder: &DataFolder, keyring: &Keyring) -> Result<Pipeline> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let rng: Arc<dyn Rng> = Arc::new(SystemRng);

    // Two streams on disk, what lies between being kept through any end of the process.
    let streams = Streams::open(&folder.streams(), clock.clone()).context("the embedded streams")?;
    let raw = ensure(&streams, RAW, &config.streams.raw)?;
    let events = ensure(&streams, EVENTS, &config.streams.events)?;
    let positions = Arc::new(SqlitePositions::open(&folder.positions())?);
    let dead_letters = DeadLetterFolder::open(&folder.dead_letters())?;
    let letters: Arc<dyn DeadLetters> = Arc::new(dead_letters.clone());

    // raw → transform → events
    let put = |stream: &str| {
        let settings = PutSettings::default();
        PutRecords::new(streams.clone(), stream, clock.clone(), rng.clone(), settings)
    };
    let tables = Watched::open(&config.who.tables)?;
    let transform = Arc::new(Transform::new(&crate::settings::parts(config, tables.shared())?)?);
    let handler = TransformHandler::new(
        transform,
        put(EVENTS),
        letters.clone(),
        clock.clone(),
        config.pipeline.packing,
    );
    let mut targets: Vec<(Arc<EmbeddedStream>, Arc<dyn Target>)> = vec![(raw.clone(), Arc::new(handler))];

    // events → each sink, with a position of its own, so that one sink's outage delays only that sink
    let sinks = config.sink.open(folder, keyring)?;
    if sinks.is_empty() {
        bail!(
            "no sink is configured, so nothing would be kept; add a line [sink.sqlite] to the configuration"
        );
    }
    for Opened { sink, retention } in sinks {
        let handler = SinkHandler {
            sink,
            dead_letters: letters.clone(),
            clock: clock.clone(),
            rng: rng.clone(),
            settings: SinkSettings { retention, ..SinkSettings::default() },
        };
        targets.push((events.clone(), Arc::new(SinkTarget(handler))));
    }

    let sinks = targets.iter().skip(1).map(|(_, target)| target.name().to_string());
    let passed = Arc::new(Passed {
        marks: [
            (raw.clone(), LowWater::new([TRANSFORM])),
            (events.clone(), LowWater::new(sinks.collect::<Vec<_>>())),
        ],
    });
    let (stop, stopped) = watch::channel(false);
    let mut running = JoinSet::new();
    running.spawn(tables.watch_until(is_set(stopped.clone()), clock.clone()));
    let mut mappings = Vec::new();
    for (stream, target) in targets {
        let mapping = Mapping::new(MappingParts {
            settings: config.mapping.get(target.name()).copied().unwrap_or_default(),
            stream,
            target,
            positions: positions.clone(),
            on_failure: letters.clone(),
            progress: Some(passed.clone()),
            clock: clock.clone(),
            rng: rng.clone(),
        });
        mappings.push(mapping.status());
        running.spawn(mapping.run(is_set(stopped.clone())));
    }
    let (raw, is_loading) = (put(RAW), AtomicBool::new(false));
    Ok(Pipeline { streams, positions, mappings, dead_letters, raw, is_loading, running, stop })
}

impl Pipeline {
    /// Is ready when the pipeline is told to stop.
    pub fn stopped(&self) -> impl Future<Output = ()> + Send + 'static {
        is_set(self.stop.subscribe())
    }

    /// Tells all that run to stop.
    pub fn begin_stop(&self) {
        self.stop.send_replace(true);
    }

    /// Stops the mappings at once; what was in flight comes again at the next start.
    pub async fn stop(mut self) {
        self.begin_stop();
        while self.running.join_next().await.is_some() {}
    }

    /// Are the samples loaded, and has every mapping passed all that lies on its stream, by these positions?
    pub fn is_settled(&self, kept: &[Kept]) -> bool {
        if self.is_loading.load(Ordering::Acquire) {
            return false;
        }
        self.mappings.iter().all(|mapping| {
            let Some(stream) = self.streams.get(mapping.stream()) else { return false };
            stream.statistics().shards.iter().all(|shard| {
                let position = kept.iter().find(|k| {
                    k.mapping == mapping.mapping()
                        && k.stream == mapping.stream()
                        && k.shard == shard.shard_id
                });
                let after = position.and_then(|k| k.position.after.as_ref());
                stream.records_after(&shard.shard_id, after) == 0
            })
        })
    }
}

fn ensure(streams: &Arc<Streams>, name: &str, settings: &config::Stream) -> Result<Arc<EmbeddedStream>> {
    let config::Stream { shards, retention_hours, retention_bytes } = *settings;
    let settings = StreamSettings { shards, retention_hours, retention_bytes };
    streams.ensure(name, settings).with_context(|| format!("the stream {name}"))
}

async fn is_set(mut flag: watch::Receiver<bool>) {
    // An error means that the sender is gone, and with it the pipeline.
    let _ = flag.wait_for(|set| *set).await;
}

/// Tells each stream what all its mappings have passed, for its retention by bytes.
struct Passed {
    marks: [(Arc<EmbeddedStream>, LowWater); 2],
}

impl Progress for Passed {
    fn passed(&self, mapping: &str, stream: &str, shard: &str, position: &Position) {
        for (of, mark) in self.marks.iter().filter(|(of, _)| of.name() == stream) {
            mark.passed(mapping, stream, shard, position);
            if let Some(sequence_number) = mark.passed_by_all(stream, shard) {
                of.set_low_water(shard, &sequence_number);
            }
        }
    }
}
