//! Lambda's event source mapping for Kinesis, our own: what AWS does between a stream and a function, done here
//! between an embedded stream and the same code.
//!
//! A mapping reads the [`stream`], one reader a shard, parents before children; hands batches to its [`target`];
//! and keeps in [`positions`] how far it has come, never past a record that is not settled.
//!
//! In the order in which a record passes: [`runner`] holds the contract, lists the shards and starts a reader for
//! each; `shard_reader` walks one shard from batch to batch; `gather` reads records and waits for a batch to fill;
//! `attempt` hands one to the target and reads the answer; `worklist` decides what becomes of the records: settled,
//! cut in two, tried again after a [`backoff`], or given up, which `give_up` makes dead letters of. What is settled
//! is committed to the positions ([`sqlite_positions`] on disk, [`memory_positions`] for tests and simulation) and
//! told to [`progress`], from which a stream learns what no mapping needs any more; [`status`] is what a page shows.
//! [`sink_target`] puts a sink's handler behind a mapping.
//! [`lambda_event`] is the form that batches and answers have between Lambda and a deployed function.

mod attempt;
pub mod backoff;
mod gather;
mod give_up;
pub mod lambda_event;
pub mod memory_positions;
pub mod positions;
pub mod progress;
pub mod runner;
mod shard_reader;
pub mod sink_target;
pub mod sqlite_positions;
pub mod status;
mod stop;
pub mod stream;
pub mod target;
mod worklist;

pub use runner::{Mapping, MappingParts};
