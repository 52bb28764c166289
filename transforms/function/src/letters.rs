//! Dead letters of a batch, kept in portions while the batch is at work.

use catchwater_consumer_core::dead_letters::DeadLetters;
use catchwater_schemas::dead_letter::DeadLetter;
use futures::future::{BoxFuture, Either, select};
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

/// Keeps what comes, until the channel is closed or something cannot be kept; later ones then come again in any case.
pub(crate) async fn keep_letters(
    dead_letters: &dyn DeadLetters,
    mut to_keep: mpsc::Receiver<Letters>,
    out_of_time: BoxFuture<'static, ()>,
) -> Option<Unkept> {
    let mut out_of_time = out_of_time;
    while let Some(portion) = to_keep.recv().await {
        let cause = match select(dead_letters.keep(&portion.letters), out_of_time).await {
            Either::Left((Ok(()), time)) => {
                out_of_time = time;
                continue;
            }
            Either::Left((Err(down), _)) => down.to_string(),
            Either::Right(_) => "dead letters were not kept in the time that was left".to_string(),
        };
        return Some(Unkept { origin: portion.first_origin, cause });
    }
    None
}
