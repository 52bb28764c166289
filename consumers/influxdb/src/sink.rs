//! The sink: lines out, outcomes back.

use crate::answer::{Verdict, verdict};
use crate::collision::refuse_collisions;
use crate::config::{BadConfig, Config, Target};
use crate::encode::{Encoder, Line};
use catchwater_consumer_core::halving::{Halving, bodies};
use catchwater_consumer_core::http::client::ClientError;
use catchwater_consumer_core::http::{Client, Keyring, Request};
use catchwater_consumer_core::once::{Part, once, outcomes};
use catchwater_consumer_core::sink::{Named, Sink};
use catchwater_schemas::event::Event;
use catchwater_schemas::outcome::Outcome;
use futures::future::BoxFuture;

/// Writes events to a server that takes line protocol.
pub struct InfluxdbSink {
    client: Client,
    target: Target,
    max_body_bytes: usize,
    texts: bool,
}

/// The sink cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The section.
    #[error(transparent)]
    Config(#[from] BadConfig),
    /// The client.
    #[error(transparent)]
    Client(#[from] ClientError),
}

impl InfluxdbSink {
    /// A sink; connects when it is used.
    pub fn open(config: &Config, keyring: &Keyring) -> Result<Self, OpenError> {
        let (target, max_body_bytes) = (config.target()?, config.max_body_bytes());
        Ok(Self { client: Client::new(config.http(keyring)?)?, target, max_body_bytes, texts: config.texts })
    }

    async fn send(&self, body: Vec<u8>) -> Verdict {
        let request = Request::post(self.target.path.as_str(), "text/plain; charset=utf-8", body);
        verdict(self.client.send(request).await, &self.target.remedy)
    }

    async fn write_all(&self, events: &[Event<'_>]) -> Vec<Outcome> {
        let mut text = Vec::with_capacity(events.iter().map(|event| event.json.len() + 64).sum());
        let mut encoder = Encoder::new(self.texts);
        let part = |event| match encoder.encode(event, &mut text) {
            Ok(line) if line.bytes.len() > self.max_body_bytes => {
                Part::Known(Outcome::Reject { reason: TOO_LONG.into() })
            }
            Ok(line) => Part::Sent(line),
            Err(none) => Part::Known(Outcome::Reject { reason: none.to_string() }),
        };
        let mut parts: Vec<Part<Line>> = events.iter().map(part).collect();
        once(events, &mut parts);
        refuse_collisions(&mut parts, &text);
        let lines = Lines { parts: &parts, text: &text };
        let mut halving = Halving::new(lines.bodies(self.max_body_bytes), parts.len());
        while let Some(body) = halving.next_body() {
            let verdict = self.send(lines.text_of(&body)).await;
            lines.judge(&mut halving, body, verdict);
        }
        outcomes(&parts, |event| halving.outcome(event))
    }
}

impl Sink for InfluxdbSink {
    fn name(&self) -> &'static str {
        Config::NAME
    }

    fn write<'a>(&'a self, events: &'a [Event<'a>]) -> BoxFuture<'a, Vec<Outcome>> {
        Box::pin(self.write_all(events))
    }
}

const TOO_LONG: &str = "line_too_long: its line is longer than a body may be (`max_body_kib`)";

/// The lines of one call; an event's line has the event's index.
struct Lines<'p> {
    parts: &'p [Part<Line>],
    text: &'p [u8],
}

impl Lines<'_> {
    fn line(&self, event: usize) -> Option<&Line> {
        match &self.parts[event] {
            Part::Sent(line) => Some(line),
            _ => None,
        }
    }

    fn bodies(&self, max_bytes: usize) -> Vec<Vec<usize>> {
        let lines = (0..self.parts.len()).filter_map(|event| Some((event, self.line(event)?.bytes.len())));
        bodies(lines, max_bytes)
    }

    fn text_of(&self, body: &[usize]) -> Vec<u8> {
        let lines = body.iter().filter_map(|event| self.line(*event));
        let mut text = Vec::with_capacity(lines.clone().map(|line| line.bytes.len()).sum());
        lines.for_each(|line| text.extend_from_slice(&self.text[line.bytes.clone()]));
        text
    }

    /// The lines that were not refused are in the database, and will be written to the same places again.
    fn judge(&self, halving: &mut Halving, body: Vec<usize>, verdict: Verdict) {
        match verdict {
            Verdict::Taken => halving.know(&body, &Outcome::Delivered),
            Verdict::Later { after, reason } => halving.later(&body, after, &reason),
            Verdict::TooLarge => halving.refused(body, TOO_LONG.into()),
            Verdict::Some(refused) => {
                halving.refused_some(body, refused, |event| self.line(event).map(|line| line.time_ns));
            }
        }
    }
}
