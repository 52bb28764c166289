//! Counts of how log events and events ended. Each log event is counted once: as events, joined into another,
//! filtered or dead; each event at a sink once: as delivered, duplicate, filtered or dead.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What one stage did with the records of one range of one shard. Covers only records below the reported failure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Account {
    /// Records of the stream that were taken.
    pub records: u64,
    /// Log events found in raw records, or events found in event records.
    pub taken: u64,
    /// Of those log events, how many came out as events.
    pub parsed: u64,
    /// Log events joined into another one's event.
    pub joined: u64,
    /// Events made (one log event may give several), or delivered to the sink.
    pub delivered: u64,
    /// Events that the sink held already.
    pub duplicates: u64,
    /// Left out on purpose, by reason.
    pub filtered: BTreeMap<String, u64>,
    /// Became dead letters, by reason.
    pub dead: BTreeMap<String, u64>,
    /// Of the parsed log events, those that came out as `plain` because their format refused them, by reason.
    pub unparsed: BTreeMap<String, u64>,
}

impl Account {
    /// Adds another account's counts.
    pub fn add(&mut self, other: &Account) {
        self.records += other.records;
        self.taken += other.taken;
        self.parsed += other.parsed;
        self.joined += other.joined;
        self.delivered += other.delivered;
        self.duplicates += other.duplicates;
        for (mine, theirs) in [
            (&mut self.filtered, &other.filtered),
            (&mut self.dead, &other.dead),
            (&mut self.unparsed, &other.unparsed),
        ] {
            for (reason, count) in theirs {
                *mine.entry(reason.clone()).or_default() += count;
            }
        }
    }

    /// Counts one more under a reason.
    pub fn count(reasons: &mut BTreeMap<String, u64>, reason: &str) {
        match reasons.get_mut(reason) {
            Some(count) => *count += 1,
            None => drop(reasons.insert(reason.to_string(), 1)),
        }
    }

    /// Sum over all reasons.
    pub fn total(reasons: &BTreeMap<String, u64>) -> u64 {
        reasons.values().sum()
    }

    /// Has every log event of a transform ended exactly once?
    pub fn transform_balances(&self) -> bool {
        self.taken == self.parsed + self.joined + Self::total(&self.filtered) + Self::total(&self.dead)
    }

    /// Has every event at a sink ended exactly once?
    pub fn sink_balances(&self) -> bool {
        self.taken == self.delivered + self.duplicates + Self::total(&self.filtered) + Self::total(&self.dead)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_by_reason_and_balances() {
        let mut a = Account { taken: 3, parsed: 1, delivered: 4, ..Account::default() };
        Account::count(&mut a.filtered, "CONTROL_MESSAGE");
        Account::count(&mut a.dead, "panic");
        let mut sum = a.clone();
        sum.add(&a);
        assert!(a.transform_balances() && sum.transform_balances());
        assert_eq!(sum.filtered["CONTROL_MESSAGE"], 2);
        sum.joined = 1;
        assert!(!sum.transform_balances());
    }
}
