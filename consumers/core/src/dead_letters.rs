//! Where dead letters go. Nothing passes its checkpoint before they are kept.

use crate::world::Clock;
use catchwater_schemas::dead_letter::DeadLetter;
use futures::future::{BoxFuture, Either, select};

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

/// Keeps letters before this time, milliseconds since the epoch; why not, where they are not kept. None of them counts as
/// kept then, though some may be.
pub async fn keep_until(
    dead_letters: &dyn DeadLetters,
    letters: &[DeadLetter],
    clock: &dyn Clock,
    until_millis: i64,
) -> Result<(), String> {
    match select(dead_letters.keep(letters), clock.sleep(clock.left(until_millis))).await {
        Either::Left((kept, _)) => kept.map_err(|down| down.to_string()),
        Either::Right(_) => Err("dead letters were not kept in the time that was left".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::SystemClock;
    use std::future::{pending, ready};

    /// Answers so, or never.
    struct Keeper(Option<Result<(), &'static str>>);

    impl DeadLetters for Keeper {
        fn keep<'a>(&'a self, _: &'a [DeadLetter]) -> BoxFuture<'a, Result<(), DeadLettersDown>> {
            let down = |cause: &str| DeadLettersDown { place: "here".into(), cause: cause.into() };
            match self.0 {
                Some(answer) => Box::pin(ready(answer.map_err(down))),
                None => Box::pin(pending()),
            }
        }
    }

    #[tokio::test]
    async fn letters_are_kept_only_if_their_keeper_says_so_in_time() {
        let kept = async |keeper: Keeper| {
            keep_until(&keeper, &[], &SystemClock, SystemClock.now_millis() + 20).await
        };
        assert_eq!(kept(Keeper(Some(Ok(())))).await, Ok(()));
        let down = kept(Keeper(Some(Err("full")))).await.unwrap_err();
        assert_eq!(down, "dead letters cannot be kept at here: full");
        assert!(kept(Keeper(None)).await.unwrap_err().contains("in the time that was left"));
    }
}
