//! The sink for Amazon Data Firehose, which lays down on S3 what it is given: an archive of events.
//!
//! [`config`] names the delivery stream. [`sink`] takes events: [`pack`] makes records of them, as those of the event stream
//! are made, and `client` puts these. A record has one outcome, and with it each of its events.

mod client;
pub mod config;
pub mod pack;
pub mod sink;
