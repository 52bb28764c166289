//! Records that a mapping gives up, as dead letters and in the account.
//!
//! On AWS only an S3 destination gets the records themselves (Lambda developer guide, "Retain discarded batch
//! records for a Kinesis Data Streams event source"); here the dead letters always hold them.

use crate::stream::Record;
use catchwater_schemas::account::Account;
use catchwater_schemas::dead_letter::{DeadLetter, Fault, Origin, Stage};

/// Why records are given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    RecordAge,
    RetryAttempts,
}

impl Reason {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Reason::RecordAge => "record_age_exceeded",
            Reason::RetryAttempts => "retry_attempts_exhausted",
        }
    }
}

/// What is known of the records beside themselves.
pub(crate) struct Circumstances<'a> {
    pub(crate) mapping: &'a str,
    pub(crate) stream: &'a str,
    pub(crate) shard: &'a str,
    pub(crate) reason: Reason,
    pub(crate) last_error: &'a str,
    pub(crate) first_try_millis: i64,
    pub(crate) last_try_millis: i64,
    pub(crate) tries: u32,
}

pub(crate) fn letters(records: &[Record], of: &Circumstances<'_>) -> Vec<DeadLetter> {
    let letter = |record: &Record| {
        let fault = Fault {
            stage: Stage::Mapping,
            // Part of the letter's id: two mappings of one stream may give up the same record.
            sink: Some(of.mapping.to_string()),
            reason: of.reason.as_str().to_string(),
            detail: of.last_error.to_string(),
            origin: Origin {
                stream: of.stream.to_string(),
                shard: of.shard.to_string(),
                sequence_number: record.sequence_number.0.clone(),
                partition_key: record.partition_key.clone(),
                arrival_millis: record.arrival_millis,
                user_record: None,
                log_event: None,
                ordinal: None,
            },
            bytes: record.data.to_vec(),
        };
        fault.into_letter(of.first_try_millis, of.last_try_millis, of.tries)
    };
    records.iter().map(letter).collect()
}

/// A record given up counts as one taken and one dead: how much was in it is not known here, and the account
/// balances.
pub(crate) fn account(records: usize, reason: Reason) -> Account {
    let records = records as u64;
    let dead = [(reason.as_str().to_string(), records)].into();
    Account { records, taken: records, dead, ..Account::default() }
}
