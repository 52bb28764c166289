//! Partial failure: which records are settled, and what the account may say of them.

use crate::window::{Sifted, Window};
use catchwater_schemas::account::Account;
use catchwater_schemas::dead_letter::Fault;
use catchwater_schemas::outcome::Outcome;

/// A window's outcomes by record.
pub struct Tally {
    first: usize,
    records: Vec<Account>,
    /// Lowest index of a record with an event that is not settled.
    pub lowest_failure: Option<usize>,
    /// What never will pass, by record, in their order.
    pub faults: Vec<(usize, Fault)>,
}

impl Tally {
    /// Sorts outcomes to their records; `outcomes` has one an event.
    pub fn of(window: &Window<'_>, sifted: Sifted<'_>, outcomes: &[Outcome], sink: &str) -> Self {
        let first = window.first;
        let mut records = vec![Account { records: 1, ..Account::default() }; window.end() - first];
        let mut faults = sifted.faults;
        let mut lowest_failure = None;
        for ((event, place), outcome) in sifted.events.iter().zip(&sifted.places).zip(outcomes) {
            let account = &mut records[place.record - first];
            account.taken += 1;
            match outcome {
                Outcome::Delivered => account.delivered += 1,
                Outcome::Duplicate => account.duplicates += 1,
                Outcome::Filtered { reason } => Account::count(&mut account.filtered, reason),
                Outcome::Reject { reason } => {
                    account.taken -= 1; // counted with the faults
                    faults.push((place.record, window.refusal(*place, sink, reason, event)));
                }
                Outcome::Retry { .. } => {
                    lowest_failure.get_or_insert(place.record);
                }
            }
        }
        faults.sort_by_key(|(record, _)| *record);
        for (record, fault) in &faults {
            let account = &mut records[record - first];
            account.taken += 1;
            Account::count(&mut account.dead, &fault.reason);
        }
        Self { first, records, lowest_failure, faults }
    }

    /// Moves the failure down to this record, if it is not lower already.
    pub fn fail_at(&mut self, record: usize) {
        self.lowest_failure = Some(self.lowest_failure.map_or(record, |lowest| lowest.min(record)));
    }

    /// What never will pass of records below the failure. Those above it come again and may end otherwise.
    pub fn take_faults(&mut self) -> Vec<(usize, Fault)> {
        let mut faults = std::mem::take(&mut self.faults);
        if let Some(lowest) = self.lowest_failure {
            faults.retain(|(record, _)| *record < lowest);
        }
        faults
    }

    /// Adds the counts of the records below the failure.
    pub fn add_to(&self, account: &mut Account) {
        let settled = self.lowest_failure.map_or(self.records.len(), |lowest| lowest - self.first);
        self.records[..settled].iter().for_each(|record| account.add(record));
    }
}
