//! Classes of user agents that were met before: a few user agents make most of a log. A table of fixed size, in which
//! the whole text is compared, so that a hash that two share costs time and never gives a wrong answer.

use crate::identity::Class;
use crate::scan::hash::hash;

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
    groups: Vec<Group>,
    /// Which way of a group gives way next.
    next: usize,
}

/// Hashes stand together, so that a look-up touches two cache lines and the text.
#[derive(Clone, Default)]
struct Group {
    hashes: [u64; WAYS],
    places: [Place; WAYS],
}

#[derive(Clone, Default)]
struct Place {
    agent: Box<[u8]>,
    /// The text is the inside of a JSON string as it was written.
    escaped: bool,
    class: Option<Class>,
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
        let group = (hash >> (u64::BITS - GROUPS.ilog2())) as usize;
        if let Some(Group { hashes, places }) = self.groups.get(group) {
            for (known, place) in hashes.iter().zip(places) {
                if *known == hash && place.escaped == escaped && *place.agent == *bytes {
                    return place.class;
                }
            }
        }
        let class = make();
        self.put(Place { agent: bytes.into(), escaped, class }, hash, group);
        class
    }

    #[cold]
    fn put(&mut self, place: Place, hash: u64, group: usize) {
        if place.agent.len() > MOST_BYTES {
            return;
        }
        if self.groups.is_empty() {
            self.groups = vec![Group::default(); GROUPS];
        }
        let group = &mut self.groups[group];
        let free = group.places.iter().position(|place| place.agent.is_empty());
        let way = free.unwrap_or(self.next);
        self.next = (self.next + 1) % WAYS;
        (group.hashes[way], group.places[way]) = (hash, place);
    }
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
        assert_eq!(cache.groups.len(), GROUPS);
        let long = "x".repeat(MOST_BYTES + 1);
        for _ in 0..2 {
            cache.class(&long, false, || None);
        }
        let mut places = cache.groups.iter().flat_map(|group| &group.places);
        assert!(places.all(|place| place.agent.len() <= MOST_BYTES));
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
