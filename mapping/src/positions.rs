//! How far a mapping has come in each shard, and the accounts of what it has passed, kept together: both are
//! committed in one step, so that counts are exact whatever is tried again.

use crate::stream::SequenceNumber;
use catchwater_schemas::account::Account;
use futures::future::BoxFuture;

/// Positions could not be read or kept.
#[derive(Clone, Debug, thiserror::Error)]
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

/// One shard of one mapping, as kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Mapping's name.
    pub mapping: String,
    /// Stream's name.
    pub stream: String,
    /// Shard's id.
    pub shard: String,
    /// How far it has come.
    pub position: Position,
    /// Sum of all that it has passed.
    pub account: Account,
}

/// Keeps positions.
pub trait Positions: Send + Sync + 'static {
    /// Position of a mapping in a shard of a stream; the default one where none is kept.
    fn get<'a>(
        &'a self,
        mapping: &'a str,
        stream: &'a str,
        shard: &'a str,
    ) -> BoxFuture<'a, Result<Position, PositionsDown>>;

    /// Moves a position on and adds the account of the records passed, both or neither; returns once it survives
    /// the end of the process. A position is never moved backwards: that is refused. A commit of the place that is
    /// kept already adds no account (it was added with that place), so that a commit whose answer was lost can be
    /// made again.
    fn commit<'a>(
        &'a self,
        mapping: &'a str,
        stream: &'a str,
        shard: &'a str,
        position: &'a Position,
        account: &'a Account,
    ) -> BoxFuture<'a, Result<(), PositionsDown>>;

    /// All that is kept, by mapping, stream and shard; for pages.
    fn all(&self) -> BoxFuture<'_, Result<Vec<Kept>, PositionsDown>>;
}

/// What a commit does to the position that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// It moves on, and the account is added.
    Forward,
    /// It stays where it is, but for the mark that the shard has ended.
    Same,
}

/// The step from one position to another; why not, if it goes backwards.
pub(crate) fn step(kept: &Position, next: &Position) -> Result<Step, String> {
    match next.after.cmp(&kept.after) {
        std::cmp::Ordering::Greater => Ok(Step::Forward),
        std::cmp::Ordering::Equal if next.ended || !kept.ended => Ok(Step::Same),
        _ => Err(format!("{} would move back to {}", Place(kept), Place(next))),
    }
}

struct Place<'a>(&'a Position);

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let after = self.0.after.as_ref().map_or("the start", |s| s.0.as_str());
        let ended = if self.0.ended { " (ended)" } else { "" };
        write!(f, "{after}{ended}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(after: Option<&str>, ended: bool) -> Position {
        Position { after: after.map(|s| SequenceNumber(s.into())), ended }
    }

    #[test]
    fn a_position_moves_forward_only() {
        let open = at(Some("99"), false);
        assert_eq!(step(&at(None, false), &open), Ok(Step::Forward));
        assert_eq!(step(&open, &at(Some("100"), false)), Ok(Step::Forward), "longer is higher");
        assert_eq!(step(&open, &open), Ok(Step::Same));
        assert_eq!(step(&open, &at(Some("99"), true)), Ok(Step::Same));
        let back = step(&open, &at(Some("98"), false)).unwrap_err();
        assert_eq!(back, "99 would move back to 98");
        assert!(step(&open, &at(None, true)).unwrap_err().ends_with("the start (ended)"));
        assert!(step(&at(Some("99"), true), &open).is_err(), "what has ended does not open again");
        // A stream that was deleted and made anew has the shards of old, with higher sequence numbers.
        assert_eq!(step(&at(Some("99"), true), &at(Some("100"), false)), Ok(Step::Forward));
    }
}
