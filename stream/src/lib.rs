//! The embedded Kinesis: streams on disk, behind Kinesis's wire API and behind the traits of mappings and producers.
//!
//! A record comes in over the [`wire`] (or straight from a producer, [`mapped`]) to one [`stream`] of the
//! [`streams`]; waits in its `queue`; and is committed by its `writer`, together with what others have put meanwhile,
//! to the shard that [`shards`] finds, in the SQLite file of `store`. From there `reader` gives it to mappings and
//! GetRecords, until `retention` lets it go.
//!
//! What is accepted is on disk. What is taken in is bounded: what waits, what a call holds, what a read gives, what
//! is kept. Signatures are not checked: listen on a loopback address only.

pub mod mapped;
mod queue;
mod reader;
mod retention;
pub mod shards;
mod store;
pub mod stream;
pub mod streams;
pub mod wire;
mod writer;

pub use queue::ChangeError;
pub use stream::{EmbeddedStream, PutEntry, PutError, PutResult, ShardStatistics, Statistics};
pub use streams::{OpenError, StreamSettings, Streams};
