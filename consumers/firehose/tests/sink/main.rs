//! The sink on a Firehose by script, and on ministack's, which lays objects down in S3.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod answers;
mod real;

use catchwater_consumer_core::contract::write_json as write;
use catchwater_consumer_core::sink::Sink;
use catchwater_consumer_firehose::config::{Config, Packing};
use catchwater_schemas::event::Event;
use catchwater_schemas::outcome::Outcome;

fn config(packing: Packing) -> Config {
    Config { packing, delivery_stream: "events".into(), ..Config::default() }
}

/// An event with a message of so many bytes that no packing makes smaller than five eighths.
fn noisy(number: u32, bytes: usize) -> String {
    let mut state = u64::from(number) + 1;
    let mut next = || {
        // xorshift64 (Marsaglia, 2003).
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        b"0123456789abcdefghijklmnopqrstuv"[(state >> 40) as usize % 32] as char
    };
    let noise: String = (0..bytes).map(|_| next()).collect();
    catchwater_consumer_core::contract::event_json(number, 1).replace("revision 1", &noise)
}
