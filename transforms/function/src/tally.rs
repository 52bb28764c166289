//! Which raw records are settled, and what they count.

use catchwater_mapping::stream::Record;
use catchwater_mapping::target::BatchResponse;
use catchwater_schemas::account::Account;

/// What became of a batch.
pub(crate) struct Tally {
    /// One for each raw record that was transformed: the first so many.
    pub accounts: Vec<Account>,
    /// Lowest index of a raw record with events in an event record that was not put.
    pub unput: Option<u32>,
    /// Lowest index of a raw record with a dead letter that is not kept.
    pub unkept: Option<u32>,
}

impl Tally {
    pub fn response(self, records: &[Record]) -> BatchResponse {
        let failures = [self.unput, self.unkept].into_iter().flatten().map(|origin| origin as usize);
        let settled = failures.min().unwrap_or(usize::MAX).min(self.accounts.len());
        let mut account = Account::default();
        for of_record in &self.accounts[..settled] {
            account.add(of_record);
        }
        let lowest_failure = records.get(settled).map(|record| record.sequence_number.clone());
        BatchResponse { lowest_failure, account }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use catchwater_mapping::stream::SequenceNumber;

    #[test]
    fn the_lowest_of_what_failed_and_the_counts_below() {
        let records: Vec<Record> = (0..4)
            .map(|n| Record {
                sequence_number: SequenceNumber(n.to_string()),
                partition_key: String::new(),
                arrival_millis: 0,
                data: Default::default(),
            })
            .collect();
        for (begun, unput, unkept, expected) in [
            (4, None, None, None),
            (4, Some(3), Some(1), Some(1)),
            (4, Some(0), None, Some(0)),
            (2, None, None, Some(2)),
            (2, Some(1), Some(3), Some(1)),
        ] {
            let accounts =
                (0..begun).map(|n| Account { taken: 10u64.pow(n), ..Account::default() }).collect();
            let response = Tally { accounts, unput, unkept }.response(&records);
            let lowest = response.lowest_failure.map(|s| s.0.parse::<u32>().unwrap());
            assert_eq!(lowest, expected);
            let taken: u64 = (0..expected.unwrap_or(4)).map(|n| 10u64.pow(n)).sum();
            assert_eq!(response.account.taken, taken);
        }
    }
}
