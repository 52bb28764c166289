//! Finds the first route that matches among many: each stands under one anchor of its patterns, a text that account,
//! log group or log stream must be, begin or end with. Only routes whose anchor fits are tried, so that ten thousand
//! routes cost little more than ten. Routes without an anchor are tried in their order.

use super::Patterns;
use super::glob::Anchor;
use crate::scan::hash::hash;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Places of routes by anchor.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// For account, log group and log stream.
    columns: [Column; 3],
    /// Of each route the next one under the same anchor, or [`NONE`].
    next: Vec<u32>,
    /// The first route without an anchor, or [`NONE`].
    rest: u32,
}

/// No route.
const NONE: u32 = u32::MAX;

/// Routes that are anchored in one of the texts: the first of each anchor, by the anchor's hash. What only has the same
/// hash is tried in vain.
#[derive(Debug, Default)]
struct Column {
    whole: ByHash,
    starts: Vec<(usize, ByHash)>,
    ends: Vec<(usize, ByHash)>,
}

type ByHash = HashMap<u64, u32, BuildHasherDefault<Hashed>>;

/// Takes what is a hash already.
#[derive(Debug, Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = hash(bytes);
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

impl Index {
    pub(super) fn new<'p>(routes: impl Iterator<Item = &'p Patterns>) -> Self {
        let routes: Vec<&Patterns> = routes.collect();
        // Of a route's anchors the one that fewest share parts the routes best.
        let mut shared: HashMap<(usize, Anchor<'_>), usize> = HashMap::new();
        for patterns in &routes {
            for anchor in anchors(patterns) {
                *shared.entry(anchor).or_default() += 1;
            }
        }
        let mut index = Self { next: vec![NONE; routes.len()], rest: NONE, ..Self::default() };
        // From behind, so that each list begins with its first.
        for (place, patterns) in routes.iter().enumerate().rev() {
            let fewest =
                anchors(patterns).min_by_key(|anchor| shared.get(anchor).copied().unwrap_or_default());
            let before = match fewest {
                Some((column, anchor)) => index.columns[column].insert(anchor, place as u32),
                None => std::mem::replace(&mut index.rest, place as u32),
            };
            index.next[place] = before;
        }
        index
    }

    /// The lowest place at which `matches` says so.
    pub(super) fn first(&self, texts: [&str; 3], matches: impl Fn(usize) -> bool) -> Option<usize> {
        let mut best = NONE;
        let mut try_all = |mut place: u32| {
            while place < best {
                if matches(place as usize) {
                    best = place;
                    return;
                }
                place = self.next[place as usize];
            }
        };
        for (column, text) in self.columns.iter().zip(texts) {
            column.each(text.as_bytes(), &mut try_all);
        }
        try_all(self.rest);
        (best != NONE).then_some(best as usize)
    }
}

fn anchors(patterns: &Patterns) -> impl Iterator<Item = (usize, Anchor<'_>)> {
    let numbered = patterns.iter().enumerate();
    numbered.filter_map(|(column, glob)| Some((column, glob.as_ref()?.anchor()?)))
}

impl Column {
    /// Puts a route in front of those of its anchor: which was the first before.
    fn insert(&mut self, anchor: Anchor<'_>, place: u32) -> u32 {
        let (by_length, text) = match anchor {
            Anchor::Whole(text) => return self.whole.insert(hash(text.as_bytes()), place).unwrap_or(NONE),
            Anchor::Start(text) => (&mut self.starts, text.as_bytes()),
            Anchor::End(text) => (&mut self.ends, text.as_bytes()),
        };
        let found = by_length.iter().position(|(length, _)| *length == text.len());
        let at = found.unwrap_or_else(|| {
            by_length.push((text.len(), ByHash::default()));
            by_length.len() - 1
        });
        by_length[at].1.insert(hash(text), place).unwrap_or(NONE)
    }

    /// Hands out the first route of each anchor that fits the text.
    fn each(&self, text: &[u8], take: &mut impl FnMut(u32)) {
        let mut look = |by_hash: &ByHash, part: Option<&[u8]>| {
            if let Some(place) = part.and_then(|part| by_hash.get(&hash(part))) {
                take(*place);
            }
        };
        if !self.whole.is_empty() {
            look(&self.whole, Some(text));
        }
        for (length, by_start) in &self.starts {
            look(by_start, text.get(..*length));
        }
        for (length, by_end) in &self.ends {
            look(by_end, text.len().checked_sub(*length).and_then(|from| text.get(from..)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::{Glob, matches};
    use proptest::prelude::*;

    fn pattern() -> impl Strategy<Value = Option<Glob>> {
        proptest::option::of("[ab*]{0,4}|é\\*").prop_map(|text| text.as_deref().map(Glob::new))
    }

    proptest! {
        #[test]
        fn finds_what_a_scan_finds(
            routes in proptest::collection::vec([pattern(), pattern(), pattern()], 0..40),
            asked in proptest::collection::vec(["[ab]{0,4}|éa?", "[ab]{0,3}", "[ab]{0,3}"], 20),
        ) {
            let index = Index::new(routes.iter());
            for [account, log_group, log_stream] in &asked {
                let texts = [account.as_str(), log_group, log_stream];
                let expected = routes.iter().position(|patterns| matches(patterns, texts));
                prop_assert_eq!(index.first(texts, |place| matches(&routes[place], texts)), expected);
            }
        }
    }
}
