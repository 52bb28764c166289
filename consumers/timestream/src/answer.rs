//! What became of the records of one call, by Timestream's answer
//! (<https://docs.aws.amazon.com/timestream/latest/developerguide/API_WriteRecords.html>,
//! <https://docs.aws.amazon.com/timestream/latest/developerguide/API_RejectedRecord.html>).
//!
//! Rejected records are named by their index; those that are not named were written. The reasons are sentences, of which
//! AWS documents the sense only: their known words are looked for.

use aws_sdk_timestreamwrite::error::SdkError;
use aws_sdk_timestreamwrite::operation::write_records::{WriteRecordsError, WriteRecordsOutput};
use aws_sdk_timestreamwrite::types::RejectedRecord;
use catchwater_aws::failure::{self, Failure};
use catchwater_consumer_core::retry::FOR_PEOPLE;
use catchwater_schemas::outcome::Outcome;
use catchwater_schemas::time::Timestamp;
use std::time::Duration;

/// Most characters of a sentence of the service that go on.
const MOST_CHARACTERS: usize = 200;

/// What became of the records of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// All are written.
    Taken,
    /// Some are not, by their index in the call; the others are.
    Some(Vec<(usize, Outcome)>),
    /// None is, or nobody knows which. It concerns the service, so also what was not sent yet.
    Later {
        /// Shortest wait.
        after: Duration,
        /// Why.
        reason: String,
    },
    /// None is, because of one or more of them.
    Refused(String),
    /// The endpoint is not ours any more: it has to be asked for again.
    Moved(String),
}

/// Reads an answer; `version` gives a record's version and `time` its time, by its index of `records`.
pub(crate) fn verdict(
    answer: Result<WriteRecordsOutput, SdkError<WriteRecordsError>>,
    table: &str,
    records: &[(i64, Timestamp)],
) -> Verdict {
    let error = match answer {
        Ok(_) => return Verdict::Taken,
        Err(error) => error,
    };
    if let Some(WriteRecordsError::RejectedRecordsException(rejected)) = error.as_service_error() {
        return rejection(rejected.rejected_records(), records);
    }
    of_failure(failure::of(&error), table)
}

/// What a failed call means.
pub(crate) fn of_failure(failure: Failure, table: &str) -> Verdict {
    let (code, message) = match failure {
        Failure::ComeAgain(reason) => return Verdict::Later { after: Duration::ZERO, reason },
        Failure::Refused { code, message } => (code, without_values(&message)),
    };
    let todo = match code.as_str() {
        "ValidationException" => return Verdict::Refused(format!("record_not_valid: {message}")),
        "InvalidEndpointException" => return Verdict::Moved(format!("{code}: {message}")),
        "ResourceNotFoundException" => {
            format!(
                "the table {table} is not there or not active; make it, or correct `database` and `table`"
            )
        }
        "AccessDeniedException" => format!(
            "who we are may not write there: `timestream:WriteRecords` on {table} and `timestream:DescribeEndpoints` on `*`"
        ),
        _ => message,
    };
    // Also of what is not known: nothing is lost by a wrong key or an account that is closed.
    Verdict::Later { after: FOR_PEOPLE, reason: format!("{code}: {todo}") }
}

fn rejection(rejected: &[RejectedRecord], records: &[(i64, Timestamp)]) -> Verdict {
    let mut named = Vec::with_capacity(rejected.len());
    for one in rejected {
        let index = usize::try_from(one.record_index()).unwrap_or(usize::MAX);
        let Some((version, time)) = records.get(index) else {
            return unreadable();
        };
        named.push((index, outcome(one, *version, *time)));
    }
    if named.is_empty() { unreadable() } else { Verdict::Some(named) }
}

fn unreadable() -> Verdict {
    let reason = "Timestream rejects records and does not name them".to_string();
    Verdict::Later { after: FOR_PEOPLE, reason }
}

fn outcome(rejected: &RejectedRecord, version: i64, time: Timestamp) -> Outcome {
    let text = rejected.reason().unwrap_or_default();
    let words = text.to_ascii_lowercase();
    match rejected.existing_version() {
        Some(existing) if existing >= version => return Outcome::Duplicate,
        Some(_) => {
            let reason = "Timestream holds a lower version and rejects the higher one".into();
            return Outcome::Retry { after: FOR_PEOPLE, reason };
        }
        None => {}
    }
    // "The record version 2 is lower than the existing version 200."; "A record already exists with the same time,
    // dimensions, measure name, and record version."
    if words.contains("existing version") || words.contains("record already exists") {
        return Outcome::Duplicate;
    }
    let reason = if words.contains("retention") || words.contains("time range") || words.contains("timestamp")
    {
        match is_ahead(text, time) || words.contains("future") {
            true => "in_the_future: Timestream takes no event so far ahead of its clock (15 minutes)".into(),
            false => "older_than_memory_store: the memory store takes no event of this time any more".into(),
        }
    } else {
        format!("record_refused: {}", without_values(text))
    };
    Outcome::Reject { reason }
}

/// Is the time at or behind the end of the range that the sentence tells: `[2026-01-01T00:00:00.000Z, 2026-…)`?
fn is_ahead(text: &str, time: Timestamp) -> bool {
    let end = || {
        let (_, range) = text.split_once('[')?;
        let (_, end) = range.split([')', ']']).next()?.split_once(',')?;
        Timestamp::parse_rfc3339(end.trim(), 0)
    };
    end().is_some_and(|end| time >= end)
}

/// A sentence of the service, shortened, without what stands in quotes or brackets: it may repeat what was sent.
fn without_values(text: &str) -> String {
    let (mut said, mut until) = (String::new(), None);
    let mut before = ' ';
    for character in text.chars() {
        match until {
            Some(end) if character == end => until = None,
            Some(_) => continue,
            // Not the apostrophe of a word.
            None if character == '\'' && before.is_alphanumeric() => {}
            None => {
                until = [('\'', '\''), ('"', '"'), ('`', '`'), ('[', ']'), ('{', '}')]
                    .into_iter()
                    .find_map(|(a, b)| (a == character).then_some(b))
            }
        }
        if said.chars().count() >= MOST_CHARACTERS {
            break;
        }
        said.push(character);
        before = character;
    }
    said
}

#[cfg(test)]
mod tests;
