//! How fast events become entries of a push: `cargo bench -p catchwater-consumer-loki`; what is measured stands in
//! [`catchwater_consumer_core::encoding_rate`].

#![allow(missing_docs, clippy::unwrap_used, reason = "a program to measure with")]

use catchwater_consumer_core::encoding_rate::measure;
use catchwater_consumer_loki::encode::{Entry, body, encode};

fn main() {
    let mut out = Vec::new();
    measure("a push", |events| {
        out.clear();
        let entries: Vec<Entry> =
            events.iter().map(|event| encode(event, 256 << 10, &mut out).unwrap()).collect();
        body(&entries.iter().collect::<Vec<_>>(), &out).len()
    });
}
