//! How fast events become records: `cargo bench -p catchwater-consumer-timestream`; what is measured stands in
//! [`catchwater_consumer_core::encoding_rate`].

#![allow(missing_docs, clippy::unwrap_used, reason = "a program to measure with")]

use catchwater_consumer_core::encoding_rate::measure;
use catchwater_consumer_timestream::config::Config;
use catchwater_consumer_timestream::encode::Encoder;
use std::hint::black_box;

fn main() {
    let encoder = Encoder::new(&Config::default());
    measure("records", |events| {
        for event in events {
            black_box(encoder.encode(event).unwrap());
        }
        // The SDK makes bytes of them.
        0
    });
}
