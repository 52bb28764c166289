//! One try: hands records to the target and reads what it answers. Whatever the target does, there is an answer.

use crate::target::{Batch, BatchResponse, Target, TargetError};
use catchwater_consumer_core::world::Clock;
use catchwater_schemas::account::Account;
use futures::FutureExt;
use std::panic::AssertUnwindSafe;

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// All records are settled.
    Settled(Account),
    /// The record with this index is the lowest that is not settled; the account is of those below.
    FailedAt(usize, Account),
    /// No usable answer; all records count as failed.
    Failed(String),
}

/// Hands a batch to the target; a panic, no answer in time and an answer that names no record of the batch are
/// failures of the whole batch (AWS: Lambda developer guide, "Configuring partial batch response with Kinesis Data
/// Streams and Lambda", Success and failure conditions).
pub(crate) async fn attempt(target: &dyn Target, clock: &dyn Clock, batch: Batch<'_>) -> Answer {
    // Nothing of a target that panicked is looked at again but the target itself, which Lambda too would use again.
    let call = AssertUnwindSafe(async { target.invoke(batch).await }).catch_unwind();
    let answer = tokio::select! {
        biased;
        answer = call => answer,
        () = clock.sleep(batch.time_left) => Ok(Err(TargetError::Timeout(batch.time_left))),
    };
    match answer {
        Ok(Ok(response)) => read(batch, response),
        Ok(Err(error)) => Answer::Failed(error.to_string()),
        // The message of a panic may quote the payload.
        Err(_) => Answer::Failed("the target panicked".into()),
    }
}

fn read(batch: Batch<'_>, response: BatchResponse) -> Answer {
    let Some(failure) = response.lowest_failure else {
        return Answer::Settled(counted(response.account, batch.records.len()));
    };
    match batch.records.binary_search_by(|r| r.sequence_number.cmp(&failure)) {
        Ok(index) => Answer::FailedAt(index, counted(response.account, index)),
        Err(_) => Answer::Failed("the answer names a record that is not in the batch".into()),
    }
}

/// How many records are settled is the mapping's to know.
fn counted(account: Account, records: usize) -> Account {
    Account { records: records as u64, ..account }
}
