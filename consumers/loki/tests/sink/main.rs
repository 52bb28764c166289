//! The sink from outside: on a real Loki ([`real`], [`limits`], [`questions`]), and on a server that answers by a script
//! ([`answers`]).

#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod answers;
mod documents;
mod limits;
mod questions;
mod real;
mod server;

use catchwater_consumer_core::http::Keyring;
use catchwater_consumer_core::sink::Sink;
use catchwater_consumer_loki::config::Config;
use catchwater_consumer_loki::sink::LokiSink;
use catchwater_schemas::event::Event;
use catchwater_schemas::outcome::Outcome;

fn sink(url: String, change: impl FnOnce(&mut Config)) -> LokiSink {
    let mut config = Config { url, ..Config::default() };
    change(&mut config);
    LokiSink::open(&config, &Keyring::environment()).unwrap()
}

async fn write(sink: &dyn Sink, json: &[String]) -> Vec<Outcome> {
    let events: Vec<Event<'_>> = json.iter().map(|line| Event::read(line).unwrap()).collect();
    sink.write(&events).await
}

fn is_rejected(outcome: &Outcome, word: &str) -> bool {
    matches!(outcome, Outcome::Reject { reason } if reason.starts_with(word))
}

fn is_retry(outcome: &Outcome, words: &str) -> bool {
    matches!(outcome, Outcome::Retry { reason, .. } if reason.contains(words))
}
