//! What puts log events on the raw stream.
//!
//! In the order in which a line passes: [`put_records`] is the only writer to a stream.

pub mod put_records;
