//! The transform's function: whatever it is invoked with, raw records become events.

use crate::events::answer::KafkaFailures;
use crate::events::{Invocation, NotAnEvent, answer};
use crate::metrics::Measured;
use crate::shell::{Answer, Call, Failed, Function};
use crate::streams::{Streams, measured};
use crate::surroundings::{CannotStart, Surroundings};
use crate::transform::archive::ArchivePacking;
use crate::transform::firehose::{FirehoseTransform, Work};
use crate::transform::logs;
use crate::variables::{BadVariable, Variables};
use catchwater_aws::kinesis::Kinesis;
use catchwater_consumer_core::dead_letters::DeadLetters;
use catchwater_consumer_core::world::Clock;
use catchwater_producers::put_records::{PutRecords, PutSettings};
use catchwater_schemas::dead_letter::Stage;
use catchwater_settings::parts;
use catchwater_settings::tables::Watched;
use catchwater_transform_function::TransformHandler;
use catchwater_transforms::transform::Transform;
use futures::future::BoxFuture;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// Name or ARN of the event stream; a function behind Firehose alone needs none.
const EVENT_STREAM: &str = "CATCHWATER_EVENT_STREAM";
/// What Firehose's records become: `events`, or `wrap` for the raw archive.
const FIREHOSE: &str = "CATCHWATER_FIREHOSE";
/// How the archive's events are packed: `zstd`, `gzip` or `plain`.
const PACKING: &str = "CATCHWATER_ARCHIVE_PACKING";
/// How a Kafka mapping is told what is not settled: `whole` or `partial`.
const KAFKA_FAILURES: &str = "CATCHWATER_KAFKA_FAILURES";

/// Most bytes of a PutRecords call. Four are in flight, each there three times: as it came, as the SDK's, and as JSON.
const CALL_BYTES: usize = 1 << 20;

/// Makes events of raw records.
pub struct Transforming {
    /// Puts to the event stream.
    target: Option<TransformHandler>,
    /// For Firehose.
    transform: Arc<Transform>,
    wraps: bool,
    packing: ArchivePacking,
    kafka_failures: KafkaFailures,
    dead_letters: Arc<dyn DeadLetters>,
    clock: Arc<dyn Clock>,
}

/// The transform's function as its surroundings say.
pub fn build(surroundings: &Surroundings) -> Result<Transforming, CannotStart> {
    let Surroundings { variables, configuration, keyring, dead_letters, clock, rng, aws } = surroundings;
    let config = configuration.check(variables, keyring)?;
    let tables = Watched::open(&config.who.tables).map_err(|e| CannotStart::Parts(e.to_string()))?.shared();
    let parts = parts(&config, tables, &*keyring.secrets).map_err(|e| CannotStart::Parts(e.to_string()))?;
    let transform = Arc::new(Transform::new(&parts).map_err(|e| CannotStart::Parts(e.to_string()))?);
    let target = match variables.get(EVENT_STREAM) {
        None => None,
        Some(stream) => {
            let kinesis = Arc::new(Kinesis::new(aws));
            let settings = PutSettings { call_bytes: CALL_BYTES, ..PutSettings::default() };
            let events = PutRecords::new(kinesis, stream, clock.clone(), rng.clone(), settings);
            let (letters, packing) = (dead_letters.clone(), config.pipeline.packing);
            Some(TransformHandler::new(transform.clone(), events, letters, clock.clone(), packing))
        }
    };
    let work: FirehoseWork = word(variables, FIREHOSE)?.unwrap_or_default();
    Ok(Transforming {
        target,
        transform,
        wraps: work == FirehoseWork::Wrap,
        packing: word(variables, PACKING)?.unwrap_or_default(),
        kafka_failures: word(variables, KAFKA_FAILURES)?.unwrap_or_default(),
        dead_letters: dead_letters.clone(),
        clock: clock.clone(),
    })
}

/// What Firehose's records become.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum FirehoseWork {
    #[default]
    Events,
    Wrap,
}

/// The value of a variable that holds one of some words.
fn word<T: DeserializeOwned>(variables: &Variables, name: &'static str) -> Result<Option<T>, BadVariable> {
    let Some(text) = variables.get(name) else { return Ok(None) };
    let read = serde_json::from_value(serde_json::Value::String(text.to_string()));
    // "unknown variant `zst`, expected one of `zstd`, `gzip`, `plain`"
    read.map(Some).map_err(|e: serde_json::Error| BadVariable::new(name, format!("cannot be used: {e}")))
}

impl Transforming {
    async fn handle(&self, call: Call<'_>) -> Result<Answer, Failed> {
        let Call { payload, request, time_left } = call;
        let read = Invocation::read(payload.as_bytes());
        match read.map_err(|e: NotAnEvent| Failed(e.to_string()))? {
            Invocation::Kinesis(event) => {
                drop(payload);
                let answers = self.streams()?.settle(&event.shards, event.tries, time_left).await;
                let answers = answers.map_err(|unsettled| Failed(unsettled.to_string()))?;
                let measured = measured(&event.shards, &answers, self.clock.now_millis());
                Ok(Answer { json: answer::kinesis(&event, &answers), measured })
            }
            Invocation::Kafka(event) => {
                drop(payload);
                let answers = self.streams()?.settle(&event.partitions, None, time_left).await;
                let answers = answers.map_err(|unsettled| Failed(unsettled.to_string()))?;
                let measured = measured(&event.partitions, &answers, self.clock.now_millis());
                let json = answer::kafka(&answers, self.kafka_failures);
                Ok(Answer { json: json.map_err(|unsettled| Failed(unsettled.to_string()))?, measured })
            }
            Invocation::Logs(event) => {
                let settled = logs::settle(&event, request, &self.streams()?, time_left).await;
                let (json, answer) = settled.map_err(|unsettled| Failed(unsettled.to_string()))?;
                Ok(Answer { json, measured: Measured { account: answer.account, ..Measured::default() } })
            }
            Invocation::Firehose(event) => {
                let work = if self.wraps { Work::Wrap } else { Work::Events(&self.transform) };
                let firehose = FirehoseTransform::new(work, self.packing, &*self.dead_letters, &*self.clock);
                let answered = firehose.answer(&event, time_left).await;
                let unsettled = answered.failed.values().sum();
                Ok(Answer {
                    json: answered.json,
                    measured: Measured { account: answered.account, unsettled, ..Measured::default() },
                })
            }
        }
    }

    fn streams(&self) -> Result<Streams<'_>, Failed> {
        let no_stream =
            || Failed(BadVariable::new(EVENT_STREAM, "is not set; set it to the event stream").to_string());
        Ok(Streams {
            target: self.target.as_ref().ok_or_else(no_stream)?,
            dead_letters: &*self.dead_letters,
            clock: &*self.clock,
            stage: Stage::Decode,
            sink: None,
        })
    }
}

impl Function for Transforming {
    fn invoke<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Result<Answer, Failed>> {
        Box::pin(self.handle(call))
    }
}
