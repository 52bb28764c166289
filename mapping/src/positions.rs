//! How far a mapping has come in each shard, and the accounts of what it has passed, kept together: both are
//! committed in one step, so that counts are exact whatever is tried again.

use crate::stream::SequenceNumber;
use catchwater_schemas::account::Account;
use futures::future::BoxFuture;

/// Positions could not be read or kept.
#[derive(Debug, thiserror::Error)]
#[error("positions at {place}: {cause}")]
pub struct PositionsDown {
    /// File or table.
    pub place: String,
    /// Why.
    pub cause: String,
}

/// How far a mapping has come in one shard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Last record that is settled; `None` before the first.
    pub after: Option<SequenceNumber>,
    /// The shard has ended and all of it is settled.
    pub ended: bool,
}

/// Keeps positions.
pub trait Positions: Send + Sync + 'static {
    /// Position of a mapping in a shard of a stream.
    fn get<'a>(
        &'a self,
        mapping: &'a str,
        stream: &'a str,
        shard: &'a str,
    ) -> BoxFuture<'a, Result<Position, PositionsDown>>;

    /// Moves a position on and adds the account of the records passed, both or neither; returns once it survives
    /// the end of the process.
    fn commit<'a>(
        &'a self,
        mapping: &'a str,
        stream: &'a str,
        shard: &'a str,
        position: &'a Position,
        account: &'a Account,
    ) -> BoxFuture<'a, Result<(), PositionsDown>>;
}
