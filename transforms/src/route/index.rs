//! Finds the first route that matches among many: each stands under one anchor of its patterns, a text that account,
//! log group or log stream must be, begin or end with. Only routes whose anchor fits are tried, so that ten thousand
//! routes cost as much as ten. Routes without an anchor are tried in their order.

use super::Patterns;
use super::glob::Anchor;
use std::collections::HashMap;

/// Places of routes by anchor.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// For account, log group and log stream.
    columns: [Column; 3],
    /// Routes without an anchor, in order.
    rest: Vec<usize>,
}

/// Places of the routes that are anchored in one of the texts, in order each.
#[derive(Debug, Default)]
struct Column {
    whole: HashMap<Box<[u8]>, Vec<usize>>,
    starts: ByLength,
    ends: ByLength,
}

/// One map for each length that occurs.
type ByLength = Vec<(usize, HashMap<Box<[u8]>, Vec<usize>>)>;

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
        let mut index = Self::default();
        for (place, patterns) in routes.iter().enumerate() {
            match anchors(patterns).min_by_key(|anchor| shared.get(anchor).copied().unwrap_or_default()) {
                Some((column, anchor)) => index.columns[column].places(anchor).push(place),
                None => index.rest.push(place),
            }
        }
        index
    }

    /// The lowest place at which `matches` says so.
    pub(super) fn first(&self, texts: [&str; 3], matches: impl Fn(usize) -> bool) -> Option<usize> {
        let mut best = None;
        let mut try_all = |places: &[usize]| {
            let before = places.iter().take_while(|place| best.is_none_or(|best| **place < best));
            if let Some(place) = before.into_iter().copied().find(|place| matches(*place)) {
                best = Some(place);
            }
        };
        for (column, text) in self.columns.iter().zip(texts) {
            column.each(text.as_bytes(), &mut try_all);
        }
        try_all(&self.rest);
        best
    }
}

fn anchors(patterns: &Patterns) -> impl Iterator<Item = (usize, Anchor<'_>)> {
    let numbered = patterns.iter().enumerate();
    numbered.filter_map(|(column, glob)| Some((column, glob.as_ref()?.anchor()?)))
}

impl Column {
    /// The places under this anchor.
    fn places(&mut self, anchor: Anchor<'_>) -> &mut Vec<usize> {
        let (lists, text) = match anchor {
            Anchor::Whole(text) => return self.whole.entry(text.as_bytes().into()).or_default(),
            Anchor::Start(text) => (&mut self.starts, text.as_bytes()),
            Anchor::End(text) => (&mut self.ends, text.as_bytes()),
        };
        let found = lists.iter().position(|(length, _)| *length == text.len());
        let at = found.unwrap_or_else(|| {
            lists.push((text.len(), HashMap::new()));
            lists.len() - 1
        });
        lists[at].1.entry(text.into()).or_default()
    }

    /// Hands out the places of all anchors that fit the text.
    fn each(&self, text: &[u8], take: &mut impl FnMut(&[usize])) {
        if let Some(places) = self.whole.get(text) {
            take(places);
        }
        for (length, by_start) in &self.starts {
            if let Some(places) = text.get(..*length).and_then(|start| by_start.get(start)) {
                take(places);
            }
        }
        for (length, by_end) in &self.ends {
            let end = text.len().checked_sub(*length).and_then(|from| text.get(from..));
            if let Some(places) = end.and_then(|end| by_end.get(end)) {
                take(places);
            }
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
