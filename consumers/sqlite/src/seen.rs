//! Says of most ids that the table cannot hold them, without looking: a Bloom filter over the table's keys.

/// 2^26 bits, 8 MiB: of 2 million keys one in 1,500 new ones is looked up in vain, of 8 million one in 36.
const BITS: u32 = 26;
/// With more keys than this the filter is given up: it would take long to fill at start, and help little.
pub(crate) const MOST_KEYS: i64 = 12_000_000;

pub(crate) struct Seen {
    words: Vec<u64>,
}

impl Seen {
    pub fn new() -> Self {
        Self { words: vec![0; 1 << (BITS - 6)] }
    }

    pub fn add(&mut self, key: i64) {
        for bit in places(key) {
            self.words[(bit >> 6) as usize] |= 1 << (bit & 63);
        }
    }

    /// `false`: this key was never added.
    pub fn may_hold(&self, key: i64) -> bool {
        places(key).iter().all(|bit| self.words[(bit >> 6) as usize] >> (bit & 63) & 1 == 1)
    }
}

/// Three places from the upper bits of three products; keys are uniform already.
fn places(key: i64) -> [u64; 3] {
    let by = |factor: u64| (key as u64).wrapping_mul(factor) >> (64 - BITS);
    [by(0x9E37_79B9_7F4A_7C15), by(0xC2B2_AE3D_27D4_EB4F), by(0x1656_67B1_9E37_79F9)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_may_be_held_and_most_else_is_not() {
        let key = |n: i64| n.wrapping_mul(0x5851_F42D_4C95_7F2D) >> 16;
        let mut seen = Seen::new();
        (0..1_000_000).for_each(|n| seen.add(key(n)));
        assert!((0..1_000_000).all(|n| seen.may_hold(key(n))));
        let in_vain = (1_000_000..2_000_000).filter(|n| seen.may_hold(key(*n))).count();
        assert!(in_vain < 1_000, "{in_vain} of a million");
    }
}
