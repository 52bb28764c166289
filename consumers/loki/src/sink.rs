//! The sink: entries out, outcomes back.
//!
//! Each push is of one stream. Of a push of several an ingester tells only how the last one ended (Loki 3.7.8,
//! `pkg/ingester/instance.go`: "the returned error only reflects what happened to the last stream in the request"): 204 for
//! many would hide that some entries of the others were refused.

use crate::answer::{Concern, Verdict, verdict};
use crate::config::Config;
use crate::encode::{Entry, body, encode};
use catchwater_consumer_core::halving::{Halving, bodies};
use catchwater_consumer_core::http::client::ClientError;
use catchwater_consumer_core::http::section::BadSection;
use catchwater_consumer_core::http::{Client, Keyring, Request};
use catchwater_consumer_core::once::{Part, once, outcomes};
use catchwater_consumer_core::sink::{Named, Sink};
use catchwater_schemas::event::Event;
use catchwater_schemas::outcome::Outcome;
use futures::future::BoxFuture;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bodies are made no smaller than this because the server said that the rate is too high.
const LEAST_BODY_BYTES: usize = 16 * 1024;

const TOO_LONG: &str = "line_too_long: the server answered 413 to the event alone";

/// Writes events to Loki.
pub struct LokiSink {
    client: Client,
    max_line_bytes: usize,
    max_body_bytes: usize,
    /// What bodies are cut at now. A push of more bytes than a limit's burst is never taken, and nobody tells the burst: so
    /// they get smaller with each 429, and larger again with each push that is taken.
    body_bytes: AtomicUsize,
}

/// The sink cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The section.
    #[error(transparent)]
    Config(#[from] BadSection),
    /// The client.
    #[error(transparent)]
    Client(#[from] ClientError),
}

impl LokiSink {
    /// A sink; connects when it is used.
    pub fn open(config: &Config, keyring: &Keyring) -> Result<Self, OpenError> {
        let max_body_bytes = config.max_body_bytes();
        Ok(Self {
            client: Client::new(config.http(keyring)?)?,
            max_line_bytes: config.max_line_bytes(),
            max_body_bytes,
            body_bytes: AtomicUsize::new(max_body_bytes),
        })
    }

    async fn send(&self, body: Vec<u8>) -> Verdict {
        let request = Request::post("/loki/api/v1/push", "application/json", body);
        let verdict = verdict(self.client.send(request).await);
        let bytes = self.body_bytes.load(Ordering::Relaxed);
        let fit = match &verdict {
            Verdict::Taken => bytes.saturating_mul(2),
            Verdict::Later { of: Concern::Rate | Concern::Stream, .. } => (bytes / 2).max(LEAST_BODY_BYTES),
            _ => bytes,
        };
        self.body_bytes.store(fit.min(self.max_body_bytes), Ordering::Relaxed);
        verdict
    }

    async fn write_all(&self, events: &[Event<'_>]) -> Vec<Outcome> {
        let mut text = Vec::with_capacity(events.iter().map(|event| event.json.len() * 5 / 4 + 512).sum());
        let part = |event| match encode(event, self.max_line_bytes, &mut text) {
            Ok(entry) => Part::Sent(entry),
            Err(none) => Part::Known(Outcome::Reject { reason: none.to_string() }),
        };
        let mut parts: Vec<Part<Entry>> = events.iter().map(part).collect();
        once(events, &mut parts);
        let entries = Entries { parts: &parts, text: &text };
        let waiting = entries.bodies(self.body_bytes.load(Ordering::Relaxed));
        let mut halving = Halving::new(waiting, parts.len());
        while let Some(body) = halving.next_body() {
            let verdict = self.send(entries.text_of(&body)).await;
            entries.judge(&mut halving, body, verdict);
        }
        outcomes(&parts, |event| halving.outcome(event))
    }
}

impl Sink for LokiSink {
    fn name(&self) -> &'static str {
        Config::NAME
    }

    fn write<'a>(&'a self, events: &'a [Event<'a>]) -> BoxFuture<'a, Vec<Outcome>> {
        Box::pin(self.write_all(events))
    }
}

/// The entries of one call; an event's entry has the event's index.
struct Entries<'p> {
    parts: &'p [Part<Entry>],
    text: &'p [u8],
}

impl Entries<'_> {
    fn entry(&self, event: usize) -> Option<&Entry> {
        match &self.parts[event] {
            Part::Sent(entry) => Some(entry),
            _ => None,
        }
    }

    fn labels(&self, event: usize) -> Option<&[u8]> {
        Some(&self.text[self.entry(event)?.labels.clone()])
    }

    /// One stream a body, each stream's entries in the order of time: Loki refuses what comes an hour behind a stream's newest.
    fn bodies(&self, max_bytes: usize) -> Vec<Vec<usize>> {
        let mut streams: BTreeMap<&[u8], Vec<(i64, usize, usize)>> = BTreeMap::new();
        for event in 0..self.parts.len() {
            let (Some(entry), Some(labels)) = (self.entry(event), self.labels(event)) else { continue };
            streams.entry(labels).or_default().push((entry.time_ns, event, entry.value.len() + 1));
        }
        let of_stream = |(labels, mut entries): (&[u8], Vec<(i64, usize, usize)>)| {
            entries.sort_unstable();
            let around = labels.len() + r#"{"streams":[{"stream":,"values":[]}]}"#.len();
            let entries = entries.into_iter().map(|(_, event, bytes)| (event, bytes));
            bodies(entries, max_bytes.saturating_sub(around))
        };
        streams.into_iter().flat_map(of_stream).collect()
    }

    fn text_of(&self, events: &[usize]) -> Vec<u8> {
        let entries: Vec<&Entry> = events.iter().filter_map(|event| self.entry(*event)).collect();
        body(&entries, self.text)
    }

    /// The entries that were not refused are taken; sent again with others they are the same entries.
    fn judge(&self, halving: &mut Halving, body: Vec<usize>, verdict: Verdict) {
        match verdict {
            Verdict::Taken => halving.know(&body, &Outcome::Delivered),
            Verdict::Later { after, reason, of: Concern::Stream } => {
                let stream = body.first().and_then(|event| self.labels(*event));
                let of_stream =
                    |other: &[usize]| other.first().and_then(|event| self.labels(*event)) == stream;
                halving.later_where(&body, of_stream, after, &reason);
            }
            Verdict::Later { after, reason, .. } => halving.later(&body, after, &reason),
            Verdict::TooLarge => halving.refused(body, TOO_LONG.into()),
            Verdict::Some(refused) => {
                halving.refused_some(body, refused, |event| self.entry(event).map(|entry| entry.time_ns));
            }
        }
    }
}
