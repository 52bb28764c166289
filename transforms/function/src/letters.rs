//! Dead letters of a batch, kept in portions while the batch is at work.

use catchwater_consumer_core::dead_letters::{DeadLetters, keep_until};
use catchwater_consumer_core::world::Clock;
use catchwater_schemas::dead_letter::DeadLetter;
use tokio::sync::mpsc;

/// Dead letters in the order of their raw records.
#[derive(Default)]
pub(crate) struct Letters {
    /// Index of the raw record of the first.
    pub first_origin: u32,
    pub letters: Vec<DeadLetter>,
    pub bytes: usize,
}

impl Letters {
    pub fn add(&mut self, origin: u32, letter: DeadLetter) {
        if self.letters.is_empty() {
            self.first_origin = origin;
        }
        self.bytes += letter.bytes.len();
        self.letters.push(letter);
    }
}

/// Letters that are not kept: those of this raw record and maybe of later ones.
pub(crate) struct Unkept {
    pub origin: u32,
    pub cause: String,
}

/// Keeps what comes until this time, or until the channel is closed or something cannot be kept; later ones then come
/// again in any case.
pub(crate) async fn keep_letters(
    dead_letters: &dyn DeadLetters,
    mut to_keep: mpsc::Receiver<Letters>,
    clock: &dyn Clock,
    until_millis: i64,
) -> Option<Unkept> {
    while let Some(portion) = to_keep.recv().await {
        if let Err(cause) = keep_until(dead_letters, &portion.letters, clock, until_millis).await {
            return Some(Unkept { origin: portion.first_origin, cause });
        }
    }
    None
}
