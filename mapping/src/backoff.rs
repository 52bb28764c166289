//! How long to wait before the next try: doubling from 100 ms to 10 s, half of it by chance, so that the readers of
//! many shards do not come back at the same moment.

use catchwater_consumer_core::world::Rng;
use std::time::Duration;

const FIRST_MILLIS: u64 = 100;
const LONGEST_MILLIS: u64 = 10_000;

/// Waits that grow until there is progress.
#[derive(Clone, Copy, Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The next wait: at least half of, at most all of what the failures so far make it.
    pub fn next(&mut self, rng: &dyn Rng) -> Duration {
        let whole = (FIRST_MILLIS << self.failures.min(16)).min(LONGEST_MILLIS);
        self.failures = self.failures.saturating_add(1);
        Duration::from_millis(whole / 2 + rng.below(whole / 2 + 1))
    }

    /// There was progress: the next wait is a short one again.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Highest;
    impl Rng for Highest {
        fn below(&self, bound: u64) -> u64 {
            bound.saturating_sub(1)
        }
    }
    struct Lowest;
    impl Rng for Lowest {
        fn below(&self, _: u64) -> u64 {
            0
        }
    }

    #[test]
    fn doubles_to_the_longest_and_starts_anew_after_progress() {
        let waits = |rng: &dyn Rng| {
            let mut backoff = Backoff::default();
            let waits: Vec<u128> = (0..9).map(|_| backoff.next(rng).as_millis()).collect();
            backoff.reset();
            (waits, backoff.next(rng).as_millis())
        };
        assert_eq!(waits(&Highest), (vec![100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000], 100));
        assert_eq!(waits(&Lowest), (vec![50, 100, 200, 400, 800, 1600, 3200, 5000, 5000], 50));
    }
}
