//! The sink: records out, one outcome an event back.

use crate::client::OnceFirehose;
use crate::config::{BadConfig, Config, Packing};
use crate::pack::Records;
use aws_config::SdkConfig;
use bytes::Bytes;
use catchwater_aws::put_record_batch::{PutBatchSettings, PutRecordBatch, PutRecordBatchApi, RecordResult};
use catchwater_consumer_core::once::{Part, once, outcomes};
use catchwater_consumer_core::sink::{Named, Sink};
use catchwater_consumer_core::world::{SystemClock, SystemRng};
use catchwater_schemas::event::Event;
use catchwater_schemas::outcome::Outcome;
use futures::future::BoxFuture;
use std::sync::Arc;
use std::time::Duration;

/// Writes events to one delivery stream.
pub struct FirehoseSink {
    firehose: PutRecordBatch,
    packing: Packing,
}

const TOO_LARGE: &str = "event_too_large: it fits no record of Firehose, packed or not";

impl FirehoseSink {
    /// A sink that finds region and credentials in the environment when it is first used.
    pub fn open(config: &Config) -> Result<Self, BadConfig> {
        Self::with_api(config, Arc::new(OnceFirehose::new(config, None)))
    }

    /// A sink for where the SDK is configured already.
    pub fn with_sdk(config: &Config, sdk: SdkConfig) -> Result<Self, BadConfig> {
        Self::with_api(config, Arc::new(OnceFirehose::new(config, Some(sdk))))
    }

    /// A sink on any Firehose.
    pub fn with_api(config: &Config, api: Arc<dyn PutRecordBatchApi>) -> Result<Self, BadConfig> {
        config.check()?;
        // A record is put once a call: the frame around the sinks tries its events again, knows the deadline, and packs
        // those that are left anew. Nothing is waited for here, so a call dropped at the deadline has nothing half done.
        let settings = PutBatchSettings { patience: Duration::ZERO, ..PutBatchSettings::default() };
        let (clock, rng) = (Arc::new(SystemClock), Arc::new(SystemRng));
        let firehose = PutRecordBatch::new(api, &config.delivery_stream, clock, rng, settings);
        Ok(Self { firehose, packing: config.packing })
    }

    async fn write_all(&self, events: &[Event<'_>]) -> Vec<Outcome> {
        let mut records = Records::new(self.packing);
        let part = |event: &Event<'_>| match records.fits(event.json) {
            true => Part::Sent(()),
            false => Part::Known(Outcome::Reject { reason: TOO_LARGE.into() }),
        };
        let mut parts: Vec<Part<()>> = events.iter().map(part).collect();
        once(events, &mut parts);
        let is_sent = |index: &usize| parts[*index] == Part::Sent(()) && records.push(events[*index].json);
        let sent: Vec<usize> = (0..events.len()).filter(is_sent).collect();
        let (data, counts): (Vec<Bytes>, Vec<usize>) = records.finish().into_iter().unzip();
        let results = self.firehose.put(&data).await;
        let mut of_sent = vec![None; events.len()];
        let mut next = sent.iter();
        for (result, count) in results.into_iter().zip(counts) {
            let outcome = outcome(result);
            next.by_ref().take(count).for_each(|event| of_sent[*event] = Some(outcome.clone()));
        }
        outcomes(&parts, |event| of_sent[event].clone().unwrap_or_else(not_packed))
    }
}

impl Sink for FirehoseSink {
    fn name(&self) -> &'static str {
        Config::NAME
    }

    fn write<'a>(&'a self, events: &'a [Event<'a>]) -> BoxFuture<'a, Vec<Outcome>> {
        Box::pin(self.write_all(events))
    }
}

/// The outcome of all events of a record. What Firehose refuses concerns the delivery stream and the right to write to it,
/// never an event: it knows nothing of those.
fn outcome(result: RecordResult) -> Outcome {
    match result {
        RecordResult::Accepted => Outcome::Delivered,
        RecordResult::Failed { code, message } => {
            Outcome::Retry { after: Duration::ZERO, reason: format!("{code}: {message}") }
        }
    }
}

/// Every event that is sent lies in a record; if one did not, it would not be there.
fn not_packed() -> Outcome {
    Outcome::Retry { after: Duration::ZERO, reason: "the event was not packed".into() }
}
