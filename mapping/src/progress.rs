//! Up to where mappings have passed, told to whom it concerns: a stream bounded in bytes may remove only what every
//! one of its mappings has passed.

use crate::positions::Position;
use crate::stream::SequenceNumber;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

/// Is told how far mappings have come.
pub trait Progress: Send + Sync + 'static {
    /// A mapping has this position in a shard, and it is kept: at the reader's start and after each commit. Called
    /// from the reader, so it must be quick.
    fn passed(&self, mapping: &str, stream: &str, shard: &str, position: &Position);
}

/// The lowest position of all mappings of a stream, by shard.
#[derive(Debug)]
pub struct LowWater {
    mappings: BTreeSet<String>,
    /// By stream and shard: the mappings' positions.
    positions: Mutex<BTreeMap<(String, String), BTreeMap<String, Position>>>,
}

impl LowWater {
    /// For the mappings with these names, which all must have passed a record. Others are not heeded.
    pub fn new<N: Into<String>>(mappings: impl IntoIterator<Item = N>) -> Self {
        Self { mappings: mappings.into_iter().map(Into::into).collect(), positions: Mutex::default() }
    }

    /// The last record that all mappings have passed; `None` while one has passed nothing or has not been heard of.
    pub fn passed_by_all(&self, stream: &str, shard: &str) -> Option<SequenceNumber> {
        let all = self.positions.lock().unwrap_or_else(PoisonError::into_inner);
        let heard = all.get(&(stream.to_string(), shard.to_string()))?;
        if heard.len() < self.mappings.len() {
            return None;
        }
        // `None` is lower than any sequence number.
        heard.values().map(|p| p.after.clone()).min().flatten()
    }
}

impl Progress for LowWater {
    fn passed(&self, mapping: &str, stream: &str, shard: &str, position: &Position) {
        if !self.mappings.contains(mapping) {
            return;
        }
        let mut all = self.positions.lock().unwrap_or_else(PoisonError::into_inner);
        let shard = all.entry((stream.to_string(), shard.to_string())).or_default();
        shard.insert(mapping.to_string(), position.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn low_water_is_the_lowest_of_all_mappings() {
        let low = LowWater::new(["a", "b"]);
        let at = |n: &str| Position { after: Some(SequenceNumber(n.into())), ended: false };
        low.passed("a", "events", "s", &at("10"));
        low.passed("other", "events", "s", &at("1"));
        assert_eq!(low.passed_by_all("events", "s"), None, "b has not been heard of");
        low.passed("b", "events", "s", &Position::default());
        assert_eq!(low.passed_by_all("events", "s"), None, "b has passed nothing");
        low.passed("b", "events", "s", &at("9"));
        assert_eq!(low.passed_by_all("events", "s"), Some(SequenceNumber("9".into())));
        low.passed("b", "events", "s", &at("11"));
        assert_eq!(low.passed_by_all("events", "s"), Some(SequenceNumber("10".into())));
        assert_eq!(low.passed_by_all("raw", "s"), None);
    }
}
