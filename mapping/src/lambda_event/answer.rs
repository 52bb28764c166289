//! A function's answer to an event of a Kinesis stream: `{"batchItemFailures":[{"itemIdentifier":"4959…"}]}`, and the
//! account besides where the event was our own mapping's.
//!
//! Lambda takes `null`, `{}` and an answer without a list for a success of all records. Our own mapping does not: what
//! has no list and no account is no answer of a function of ours, and its records are not settled by it.

use super::no_payload;
use crate::stream::SequenceNumber;
use crate::target::{BatchResponse, TargetError};
use catchwater_schemas::account::Account;
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    batch_item_failures: Vec<Failure<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a Account>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure<'a> {
    item_identifier: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Read {
    batch_item_failures: Vec<ReadFailure>,
    account: Account,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReadFailure {
    item_identifier: String,
}

/// The answer, JSON: of each shard the lowest record that is not settled; the account where it was asked for.
pub fn write<'a>(
    lowest: impl IntoIterator<Item = &'a SequenceNumber>,
    account: Option<&'a Account>,
) -> Vec<u8> {
    let batch_item_failures = lowest.into_iter().map(|s| Failure { item_identifier: &s.0 }).collect();
    let json = serde_json::to_vec(&Written { batch_item_failures, account });
    json.expect("text and numbers go into memory")
}

/// Reads the answer to an event of one shard. Of several failures the lowest counts, as with Lambda.
pub fn read(json: &[u8]) -> Result<BatchResponse, TargetError> {
    let read: Read = serde_json::from_slice(json).map_err(|error| {
        TargetError::Failed(format!("no answer of a function of catchwater: {}", no_payload(&error)))
    })?;
    if read.batch_item_failures.iter().any(|failure| failure.item_identifier.is_empty()) {
        return Err(TargetError::Failed("the answer names a record without sequence number".into()));
    }
    let failures = read.batch_item_failures.into_iter().map(|f| SequenceNumber(f.item_identifier));
    Ok(BatchResponse { lowest_failure: failures.min(), account: read.account })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_lambdas_form_and_comes_back() {
        let account = Account { records: 2, dead: [("gzip_crc".into(), 1)].into(), ..Account::default() };
        let lowest = SequenceNumber("495".into());
        assert_eq!(write([&lowest], None), br#"{"batchItemFailures":[{"itemIdentifier":"495"}]}"#);
        assert_eq!(write([], None), br#"{"batchItemFailures":[]}"#);
        let both = read(&write([&lowest], Some(&account))).unwrap();
        assert_eq!(both, BatchResponse { lowest_failure: Some(lowest), account: account.clone() });
        let none = read(&write([], Some(&account))).unwrap();
        assert_eq!(none, BatchResponse { lowest_failure: None, account });
    }

    #[test]
    fn the_lowest_is_so_by_number() {
        let json =
            br#"{"batchItemFailures":[{"itemIdentifier":"100"},{"itemIdentifier":"99"}],"account":{}}"#;
        assert_eq!(read(json).unwrap().lowest_failure, Some(SequenceNumber("99".into())));
    }

    #[test]
    fn what_is_no_answer_settles_nothing_and_is_not_quoted() {
        for json in [
            "null",
            "{}",
            "",
            r#"{"batchItemFailures":[]}"#,
            r#"{"batchItemFailures":null,"account":{}}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":""}],"account":{}}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":null}],"account":{}}"#,
            r#"{"batchItemFailures":[{"sequenceNumber":"1"}],"account":{}}"#,
            r#"{"errorMessage":"hunter2","errorType":"X"}"#,
            r#""hunter2""#,
        ] {
            let error = read(json.as_bytes()).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
