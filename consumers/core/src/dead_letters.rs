//! Where dead letters go. Nothing passes its checkpoint before they are kept.

use catchwater_schemas::dead_letter::DeadLetter;
use futures::future::BoxFuture;

/// Dead letters could not be kept; the records that they came from stay unresolved.
#[derive(Debug, thiserror::Error)]
#[error("dead letters cannot be kept at {place}: {cause}")]
pub struct DeadLettersDown {
    /// Folder, bucket or stream.
    pub place: String,
    /// Why.
    pub cause: String,
}

/// Keeps dead letters. The same letter (by id) may come again and is kept once.
pub trait DeadLetters: Send + Sync {
    /// Returns once all letters survive the end of the process.
    fn keep<'a>(&'a self, letters: &'a [DeadLetter]) -> BoxFuture<'a, Result<(), DeadLettersDown>>;
}
