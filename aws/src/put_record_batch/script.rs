//! A Firehose for tests: answers what a real one cannot be made to, and remembers what it was sent. Its script is a function
//! from a call's number, from 0, and the call's records to the answer.

use super::{PutRecordBatchApi, RecordResult};
use crate::failure::Failure;
use bytes::Bytes;
use futures::future::BoxFuture;
use std::sync::{Mutex, PoisonError};

/// What a call is answered.
pub type Answer = Result<Vec<RecordResult>, Failure>;

type Script = dyn Fn(usize, &[Bytes]) -> Answer + Send + Sync;

/// The scripted Firehose.
pub struct ScriptedFirehose {
    script: Box<Script>,
    calls: Mutex<Vec<(Vec<Bytes>, Answer)>>,
}

impl ScriptedFirehose {
    /// One that answers by the script.
    pub fn new(script: impl Fn(usize, &[Bytes]) -> Answer + Send + Sync + 'static) -> Self {
        Self { script: Box::new(script), calls: Mutex::default() }
    }

    /// One that takes all.
    pub fn willing() -> Self {
        Self::new(|_, records| Ok(vec![RecordResult::Accepted; records.len()]))
    }

    /// The calls so far, each with its records.
    pub fn calls(&self) -> Vec<Vec<Bytes>> {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.iter().map(|(records, _)| records.clone()).collect()
    }

    /// The records that it said to have accepted, in their order.
    pub fn accepted(&self) -> Vec<Bytes> {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let answered = calls.iter().filter_map(|(records, answer)| Some((records, answer.as_ref().ok()?)));
        let each = answered.flat_map(|(records, results)| records.iter().zip(results));
        each.filter(|(_, result)| result.is_accepted()).map(|(record, _)| record.clone()).collect()
    }
}

impl PutRecordBatchApi for ScriptedFirehose {
    fn put_record_batch<'a>(&'a self, _: &'a str, records: &'a [Bytes]) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
            let answer = (self.script)(calls.len(), records);
            calls.push((records.to_vec(), answer.clone()));
            answer
        })
    }
}
