//! The sink: cuts events into bulks, sends one after the other, and tells how each event ended.

use crate::config::{Config, ConfigError};
use crate::encode::Encoder;
use crate::reply;
use catchwater_consumer_core::http::{Client, Failure, Keyring, Request};
use catchwater_consumer_core::retry::FOR_PEOPLE;
use catchwater_consumer_core::sink::{Named, Sink};
use catchwater_schemas::event::Event;
use catchwater_schemas::id::EventId;
use catchwater_schemas::outcome::Outcome;
use futures::future::BoxFuture;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A trouble that stays is told again after this.
const TOLD_AGAIN: Duration = Duration::from_secs(60);
/// Bodies are made no smaller than this because of what a server said once.
const LEAST_BODY_BYTES: usize = 256 * 1024;

/// Events in dated indices of Elasticsearch or OpenSearch.
pub struct ElasticsearchSink {
    client: Client,
    encoder: Encoder,
    max_body_bytes: usize,
    /// What the server has shown to take, where that is less than the setting.
    taken_body_bytes: AtomicUsize,
    told: Mutex<Option<Instant>>,
}

impl ElasticsearchSink {
    /// A sink; connects when it is written to.
    pub fn open(config: &Config, keyring: &Keyring) -> Result<Self, ConfigError> {
        let max_body_bytes = config.max_body_bytes();
        Ok(Self {
            client: config.client(keyring)?,
            encoder: Encoder::new(&config.index_prefix),
            max_body_bytes,
            taken_body_bytes: AtomicUsize::new(max_body_bytes),
            told: Mutex::new(None),
        })
    }

    async fn write_all(&self, events: &[Event<'_>]) -> Vec<Outcome> {
        let refusal = |event| self.encoder.refusal(event, self.max_body_bytes);
        let reject = |reason: &str| Outcome::Reject { reason: reason.into() };
        let mut outcomes: Vec<Option<Outcome>> = events.iter().map(|e| refusal(e).map(reject)).collect();
        let open: Vec<usize> = (0..events.len()).filter(|n| outcomes[*n].is_none()).collect();
        // One after the other: of two revisions of one event the server keeps the order.
        let mut rest = &open[..];
        let mut most_bytes = self.taken_body_bytes.load(Ordering::Relaxed);
        while !rest.is_empty() {
            let (body, taken) = self.encoder.body(rest.iter().map(|n| &events[*n]), most_bytes);
            let ids: Vec<EventId> = rest[..taken].iter().map(|n| events[*n].id).collect();
            let bytes = body.len();
            let answered = match self.bulk(body, &ids).await {
                Ok(answered) => answered,
                Err(failure) if failure.status() == Some(413) && taken > 1 => {
                    most_bytes = bytes / 2;
                    self.remember(most_bytes);
                    continue;
                }
                Err(failure) if failure.status() == Some(413) => {
                    vec![reject("the server answered 413: the event is larger than it takes")]
                }
                Err(failure) => {
                    self.tell(&failure, rest.len());
                    // A server that takes no more than it has read may cut the connection before it says so.
                    if matches!(failure, Failure::Cut { .. }) {
                        self.remember(bytes / 2);
                    }
                    let left = outcome_of(&failure);
                    rest.iter().for_each(|n| outcomes[*n] = Some(left.clone()));
                    break;
                }
            };
            rest[..taken].iter().zip(answered).for_each(|(n, outcome)| outcomes[*n] = Some(outcome));
            rest = &rest[taken..];
        }
        let unknown = || Outcome::Retry { after: Duration::ZERO, reason: "not sent".into() };
        outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(unknown)).collect()
    }

    async fn bulk(&self, body: Vec<u8>, ids: &[EventId]) -> Result<Vec<Outcome>, Failure> {
        let request = Request::post(reply::PATH, "application/x-ndjson", body);
        let body = self.client.send(request).await?.into_success()?;
        Ok(reply::outcomes(&body, ids))
    }

    fn remember(&self, bytes: usize) {
        let least = LEAST_BODY_BYTES.min(self.max_body_bytes);
        self.taken_body_bytes.fetch_min(bytes.max(least), Ordering::Relaxed);
    }

    /// Logs a failed call, once a minute.
    fn tell(&self, failure: &Failure, events: usize) {
        let mut told = self.told.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if told.is_none_or(|at| at.elapsed() >= TOLD_AGAIN) {
            *told = Some(Instant::now());
            tracing::warn!(sink = Config::NAME, events, cause = %reason(failure), "events wait; told once a minute");
        }
    }
}

/// A failed call says nothing of one event: all are tried again.
fn outcome_of(failure: &Failure) -> Outcome {
    match failure.status() {
        None | Some(429 | 500..) => failure.outcome(),
        Some(_) => Outcome::Retry { after: failure.wait().max(FOR_PEOPLE), reason: reason(failure) },
    }
}

fn reason(failure: &Failure) -> String {
    let hint = match failure.status() {
        Some(401) => "; check the user and password, or the API key",
        Some(403) => {
            "; who we are has not the right to write there, or a signature has another region or time (see the sink's page)"
        }
        Some(404 | 405) => "; is `url` the server's own?",
        _ => "",
    };
    format!("{failure}{hint}")
}

impl Sink for ElasticsearchSink {
    fn name(&self) -> &'static str {
        Config::NAME
    }

    fn write<'a>(&'a self, events: &'a [Event<'a>]) -> BoxFuture<'a, Vec<Outcome>> {
        Box::pin(self.write_all(events))
    }
}
