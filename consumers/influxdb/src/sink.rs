//! The sink: lines out, outcomes back.

use crate::answer::{Refused, Verdict, verdict};
use crate::config::{BadConfig, Config, Target};
use crate::encode::{Encoder, Line};
use crate::once::{Part, once, outcome_instead};
use catchwater_consumer_core::http::client::ClientError;
use catchwater_consumer_core::http::{Client, Request};
use catchwater_consumer_core::sink::Sink;
use catchwater_schemas::event::Event;
use catchwater_schemas::outcome::Outcome;
use futures::future::BoxFuture;
use std::time::Duration;

/// Most requests of one call. What then is still unknown is told to come again: the call after it has fewer lines.
const MOST_REQUESTS: usize = 200;

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
    pub fn open(config: &Config) -> Result<Self, OpenError> {
        let (target, max_body_bytes) = (config.target()?, config.max_body_bytes());
        Ok(Self { client: Client::new(config.http()?)?, target, max_body_bytes, texts: config.texts })
    }

    async fn send(&self, body: Vec<u8>) -> Verdict {
        let request = Request::post(self.target.path.as_str(), "text/plain; charset=utf-8", body);
        verdict(self.client.send(request).await, &self.target.remedy)
    }

    async fn write_all(&self, events: &[Event<'_>]) -> Vec<Outcome> {
        let mut text = Vec::with_capacity(events.iter().map(|event| event.json.len() + 64).sum());
        let mut encoder = Encoder::new(self.texts);
        let part = |event| match encoder.encode(event, &mut text) {
            Ok(line) if line.bytes.len() > self.max_body_bytes => Part::Known(too_long()),
            Ok(line) => Part::Sent(line),
            Err(none) => Part::Known(Outcome::Reject { reason: none.to_string() }),
        };
        let mut parts: Vec<Part> = events.iter().map(part).collect();
        once(events, &mut parts, &text);
        let mut delivery = Delivery::new(&parts, &text, self.max_body_bytes);
        for _ in 0..MOST_REQUESTS {
            let Some(lines) = delivery.waiting.pop() else { break };
            let verdict = self.send(delivery.body(&lines)).await;
            delivery.judge(lines, verdict);
        }
        delivery.outcomes(&parts)
    }
}

impl Sink for InfluxdbSink {
    fn name(&self) -> &'static str {
        "influxdb"
    }

    fn write<'a>(&'a self, events: &'a [Event<'a>]) -> BoxFuture<'a, Vec<Outcome>> {
        Box::pin(self.write_all(events))
    }
}

fn too_long() -> Outcome {
    Outcome::Reject { reason: "line_too_long: its line is longer than a body may be (`max_body_kib`)".into() }
}

/// A line on its way, and the event that it is of.
#[derive(Clone, Copy)]
struct Sent<'p> {
    line: &'p Line,
    event: usize,
}

/// The lines of one call: those that wait for an answer, and what is known of the others.
struct Delivery<'p> {
    text: &'p [u8],
    /// Bodies to send; the last is the next.
    waiting: Vec<Vec<Sent<'p>>>,
    known: Vec<Option<Outcome>>,
}

impl<'p> Delivery<'p> {
    fn new(parts: &'p [Part], text: &'p [u8], max_body_bytes: usize) -> Self {
        let mut waiting: Vec<Vec<Sent<'p>>> = Vec::new();
        let mut bytes = usize::MAX;
        for (event, part) in parts.iter().enumerate() {
            let Part::Sent(line) = part else { continue };
            bytes = bytes.saturating_add(line.bytes.len());
            if bytes > max_body_bytes {
                waiting.push(Vec::new());
                bytes = line.bytes.len();
            }
            if let Some(body) = waiting.last_mut() {
                body.push(Sent { line, event });
            }
        }
        waiting.reverse();
        Self { text, waiting, known: vec![None; parts.len()] }
    }

    fn body(&self, lines: &[Sent<'_>]) -> Vec<u8> {
        let mut body = Vec::with_capacity(lines.iter().map(|sent| sent.line.bytes.len()).sum());
        lines.iter().for_each(|sent| body.extend_from_slice(&self.text[sent.line.bytes.clone()]));
        body
    }

    fn judge(&mut self, lines: Vec<Sent<'p>>, verdict: Verdict) {
        match verdict {
            Verdict::Taken => self.know(&lines, &Outcome::Delivered),
            Verdict::Later { after, reason } => {
                let outcome = Outcome::Retry { after, reason };
                self.know(&lines, &outcome);
                while let Some(lines) = self.waiting.pop() {
                    self.know(&lines, &outcome);
                }
            }
            Verdict::TooLarge if lines.len() == 1 => self.know(&lines, &too_long()),
            Verdict::TooLarge => self.halve(lines),
            Verdict::Some(refused) => self.judge_refused(lines, refused),
        }
    }

    /// The lines that were not refused are in the database, and will be written to the same places again.
    fn judge_refused(&mut self, mut lines: Vec<Sent<'p>>, refused: Refused) {
        match refused.dropped {
            _ if lines.len() == 1 => self.know(&lines, &Outcome::Reject { reason: refused.reason }),
            Some(dropped) if dropped >= lines.len() => {
                self.know(&lines, &Outcome::Reject { reason: refused.reason });
            }
            // Which ones is known: they are sent by themselves, which proves it.
            Some(dropped) if refused.are_oldest && dropped > 0 => {
                lines.sort_by_key(|sent| sent.line.time_ns);
                let younger = lines.split_off(dropped);
                self.waiting.extend([younger, lines]);
            }
            _ => self.halve(lines),
        }
    }

    fn halve(&mut self, mut lines: Vec<Sent<'p>>) {
        let second = lines.split_off(lines.len() / 2);
        self.waiting.extend([second, lines]);
    }

    fn know(&mut self, lines: &[Sent<'_>], outcome: &Outcome) {
        for sent in lines {
            self.known[sent.event] = Some(outcome.clone());
        }
    }

    fn outcomes(&self, parts: &[Part]) -> Vec<Outcome> {
        let unknown = || Outcome::Retry {
            after: Duration::ZERO,
            reason: "the server refuses lines without saying which; the search goes on".into(),
        };
        let of_sent = |event: usize| self.known[event].clone().unwrap_or_else(unknown);
        let outcomes = parts.iter().enumerate().map(|(index, part)| match part {
            Part::Sent(_) => of_sent(index),
            Part::Known(outcome) => outcome.clone(),
            Part::Instead { of, new } => outcome_instead(&of_sent(last(parts, *of)), *new),
        });
        outcomes.collect()
    }
}

/// The event that is sent in the end: one that was sent instead of another may have been overtaken too.
fn last(parts: &[Part], mut index: usize) -> usize {
    while let Part::Instead { of, .. } = &parts[index] {
        index = *of;
    }
    index
}
