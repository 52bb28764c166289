//! The sink from outside: on a real Loki ([`real`], [`limits`], [`questions`]), and on a server that answers by a script
//! ([`answers`]).

#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod answers;
mod documents;
mod limits;
mod questions;
mod real;

use catchwater_consumer_core::contract::{is_rejected, is_retry, write_json as write};
use catchwater_consumer_core::http::Keyring;
use catchwater_consumer_core::sink::Sink;
use catchwater_consumer_loki::config::Config;
use catchwater_consumer_loki::sink::LokiSink;
use catchwater_schemas::outcome::Outcome;

fn sink(url: String, change: impl FnOnce(&mut Config)) -> LokiSink {
    let mut config = Config { url, ..Config::default() };
    change(&mut config);
    LokiSink::open(&config, &Keyring::environment()).unwrap()
}
