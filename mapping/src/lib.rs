//! Lambda's event source mapping for Kinesis, our own: what AWS does between a stream and a function, done here
//! between an embedded stream and the same code.
//!
//! A mapping reads the [`stream`], one reader a shard, parents before children; hands batches to its [`target`];
//! and keeps in [`positions`] how far it has come, never past a record that is not settled.

pub mod positions;
pub mod stream;
pub mod target;
