//! How fast events become lines: `cargo bench -p catchwater-consumer-influxdb`; what is measured stands in
//! [`catchwater_consumer_core::encoding_rate`].

#![allow(missing_docs, clippy::unwrap_used, reason = "a program to measure with")]

use catchwater_consumer_core::encoding_rate::measure;
use catchwater_consumer_influxdb::encode::Encoder;
use std::hint::black_box;

fn main() {
    let (mut encoder, mut out) = (Encoder::new(true), Vec::new());
    measure("line protocol", |events| {
        out.clear();
        for event in events {
            black_box(encoder.encode(event, &mut out).unwrap());
        }
        out.len()
    });
}
