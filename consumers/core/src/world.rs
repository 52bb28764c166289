//! Time and chance come in through traits, so that a test can rerun the same day.

use futures::future::BoxFuture;
use std::time::Duration;

/// The time of day, and waiting for it.
pub trait Clock: Send + Sync + 'static {
    /// Milliseconds since the Unix epoch.
    fn now_millis(&self) -> i64;
    /// Is ready once this much time has passed.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
    /// Time that is left until then, milliseconds since the epoch; none once it is past.
    fn left(&self, until_millis: i64) -> Duration {
        Duration::from_millis(u64::try_from(until_millis.saturating_sub(self.now_millis())).unwrap_or(0))
    }
}

/// A length of time in milliseconds, to be added to [`Clock::now_millis`].
pub fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// A source of random numbers.
pub trait Rng: Send + Sync + 'static {
    /// Uniform in 0 to `bound` - 1; 0 where `bound` is 0.
    fn below(&self, bound: u64) -> u64;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_millis(&self) -> i64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or(0, millis)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// The machine's random numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRng;

impl Rng for SystemRng {
    fn below(&self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { rand::random_range(0..bound) }
    }
}
