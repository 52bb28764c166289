//! A hasher for keys that are numbers: a multiplication a number, with a factor drawn anew by each process, so that
//! nobody can send events whose keys all meet (multiply-shift, Dietzfelbinger and others, 1997).

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::LazyLock;

static FACTOR: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(0u64) | 1);

/// Makes [`NumberHasher`]s of one factor.
#[derive(Clone, Copy)]
pub(crate) struct ByNumber(u64);

impl Default for ByNumber {
    fn default() -> Self {
        Self(*FACTOR)
    }
}

impl BuildHasher for ByNumber {
    type Hasher = NumberHasher;

    fn build_hasher(&self) -> NumberHasher {
        NumberHasher { factor: self.0, state: 0 }
    }
}

pub(crate) struct NumberHasher {
    factor: u64,
    state: u64,
}

impl Hasher for NumberHasher {
    fn write_u64(&mut self, number: u64) {
        // The upper bits of a product depend on all bits of the number; they are brought down for the next round.
        let product = u128::from(self.state ^ number) * u128::from(self.factor);
        self.state = (product >> 64) as u64 ^ product as u64;
    }

    fn write_i64(&mut self, number: i64) {
        self.write_u64(number as u64);
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(number.into());
    }

    fn write_usize(&mut self, _length: usize) {
        // The length of an array, which is the same for all keys.
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut number = [0; 8];
            number[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(number));
        }
    }

    fn finish(&self) -> u64 {
        self.state
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use catchwater_schemas::id::EventId;
    use std::collections::HashSet;

    #[test]
    fn keys_that_differ_anywhere_are_spread() {
        let by = ByNumber::default();
        let numbers: HashSet<u64> = (0..10_000i64).map(|n| by.hash_one((n, n % 7, 3i64))).collect();
        assert_eq!(numbers.len(), 10_000);
        let id = |place: usize, ordinal| {
            let mut digest = [0; 16];
            digest[place % 16] = 1 + (place / 16) as u8;
            by.hash_one(EventId { digest, ordinal })
        };
        let ids: HashSet<u64> =
            (0..3_200).map(|place| id(place, 1)).chain((2..100).map(|n| id(0, n))).collect();
        assert_eq!(ids.len(), 3_298);
    }
}
