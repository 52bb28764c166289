//! Classes of user agents that were met before: a few user agents make most of a log. A table of fixed size, in which
//! the whole text is compared, so that a hash that two share costs time and never gives a wrong answer.

use crate::identity::Class;

/// Places, in groups of [`WAYS`].
const GROUPS: usize = 256;
/// Places where one user agent may stand.
const WAYS: usize = 4;
/// Longest user agent that is kept: the table holds at most 1 MiB.
const MOST_BYTES: usize = 1024;

/// The table of one thread.
#[derive(Default)]
pub struct AgentCache {
    /// Empty until the first is put in.
    places: Vec<Place>,
    /// Which way of a group gives way next.
    next: usize,
}

#[derive(Clone, Default)]
struct Place {
    hash: u64,
    /// The text is the inside of a JSON string as it was written.
    escaped: bool,
    class: Option<Class>,
    agent: Vec<u8>,
}

impl AgentCache {
    /// The class of this user agent, made by `make` where it is not known. `escaped`: the text is the inside of a JSON
    /// string; the same letters may then mean another text.
    #[inline]
    pub fn class(
        &mut self,
        agent: &str,
        escaped: bool,
        make: impl FnOnce() -> Option<Class>,
    ) -> Option<Class> {
        let bytes = agent.as_bytes();
        let hash = hash(bytes);
        let group = (hash >> (u64::BITS - GROUPS.ilog2())) as usize * WAYS;
        let is_it = |place: &Place| place.hash == hash && place.escaped == escaped && place.agent == bytes;
        if let Some(known) = self.places.get(group..group + WAYS).and_then(|g| g.iter().find(|p| is_it(p))) {
            return known.class;
        }
        self.put(bytes, escaped, hash, group, make())
    }

    #[cold]
    fn put(
        &mut self,
        agent: &[u8],
        escaped: bool,
        hash: u64,
        group: usize,
        class: Option<Class>,
    ) -> Option<Class> {
        if agent.len() > MOST_BYTES {
            return class;
        }
        if self.places.is_empty() {
            self.places = vec![Place::default(); GROUPS * WAYS];
        }
        self.next = (self.next + 1) % WAYS;
        let place = &mut self.places[group + self.next];
        place.agent.clear();
        place.agent.extend_from_slice(agent);
        // What was longer before gives its memory back.
        place.agent.shrink_to(agent.len());
        (place.hash, place.escaped, place.class) = (hash, escaped, class);
        class
    }
}

/// Two products of 64 by 64 bits at a time, folded (as wyhash does, <https://github.com/wangyi-fudan/wyhash>).
#[inline]
fn hash(bytes: &[u8]) -> u64 {
    const FACTORS: [u64; 3] = [0x9E37_79B9_7F4A_7C15, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9];
    let fold = |a: u64, b: u64| {
        let product = u128::from(a) * u128::from(b);
        product as u64 ^ (product >> 64) as u64
    };
    let word = |chunk: &[u8; 8]| u64::from_le_bytes(*chunk);
    let (words, rest) = bytes.as_chunks::<8>();
    let (fours, left) = words.as_chunks::<4>();
    let mut sums = [bytes.len() as u64 ^ FACTORS[0], FACTORS[1]];
    for [a, b, c, d] in fours {
        sums[0] = fold(word(a) ^ sums[0], word(b) ^ FACTORS[0]);
        sums[1] = fold(word(c) ^ sums[1], word(d) ^ FACTORS[1]);
    }
    for a in left {
        sums[0] = fold(word(a) ^ sums[0], FACTORS[0]);
    }
    let tail = match bytes.last_chunk::<8>() {
        Some(last) => word(last),
        None => rest.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)),
    };
    fold(sums[0] ^ tail, sums[1] ^ FACTORS[2])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A class that follows from the text.
    fn class_of(agent: &str, escaped: bool) -> Option<Class> {
        let sum = agent.bytes().map(usize::from).sum::<usize>() + usize::from(escaped);
        [None, Some(Class::Bot), Some(Class::Person), Some(Class::Service)][sum % 4]
    }

    #[test]
    fn is_asked_once_for_what_comes_again_and_holds_a_fixed_number() {
        let mut cache = AgentCache::default();
        let mut made = 0;
        for n in 0..20_000 {
            let agent = format!("agent {}", n % 40);
            let class = cache.class(&agent, false, || {
                made += 1;
                class_of(&agent, false)
            });
            assert_eq!(class, class_of(&agent, false));
        }
        assert_eq!(made, 40);
        for n in 0..20_000 {
            let agent = format!("other agent {n}");
            assert_eq!(cache.class(&agent, false, || class_of(&agent, false)), class_of(&agent, false));
        }
        assert_eq!(cache.places.len(), GROUPS * WAYS);
        let long = "x".repeat(MOST_BYTES + 1);
        for _ in 0..2 {
            cache.class(&long, false, || None);
        }
        assert!(cache.places.iter().all(|place| place.agent.capacity() <= MOST_BYTES));
    }

    proptest! {
        #[test]
        fn never_answers_wrongly(agents in proptest::collection::vec(("[ab]{0,9}|\\PC{0,70}", any::<bool>()), 1..300)) {
            let mut cache = AgentCache::default();
            for (agent, escaped) in agents.iter().chain(&agents) {
                let class = cache.class(agent, *escaped, || class_of(agent, *escaped));
                prop_assert_eq!(class, class_of(agent, *escaped));
            }
        }
    }
}
