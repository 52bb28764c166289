//! PutRecordBatch by the SDK: one call; which records to send again is
//! [`PutRecordBatch`](crate::put_record_batch::PutRecordBatch)'s matter, so the SDK tries nothing again by itself.
//!
//! <https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html>

use crate::failure::{self, Failure};
use crate::put_record_batch::{PutRecordBatchApi, RecordResult};
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_firehose::Client;
use aws_sdk_firehose::config::Builder;
use aws_sdk_firehose::operation::put_record_batch::PutRecordBatchOutput;
use aws_sdk_firehose::primitives::Blob;
use aws_sdk_firehose::types::{PutRecordBatchResponseEntry, Record};
use bytes::Bytes;
use futures::future::BoxFuture;

/// Amazon Data Firehose in an account.
#[derive(Clone)]
pub struct Firehose(Client);

impl Firehose {
    /// The service that the configuration's credentials and region lead to.
    pub fn new(config: &SdkConfig) -> Self {
        let config = Builder::from(config).retry_config(RetryConfig::disabled()).build();
        Self(Client::from_conf(config))
    }

    async fn call(&self, delivery_stream: &str, records: &[Bytes]) -> Result<Vec<RecordResult>, Failure> {
        let record = |data: &Bytes| Record::builder().data(Blob::new(data.to_vec())).build();
        let records: Result<Vec<Record>, _> = records.iter().map(record).collect();
        let records =
            records.map_err(|e| Failure::Refused { code: "NoRecord".into(), message: e.to_string() })?;
        let call = self.0.put_record_batch().delivery_stream_name(delivery_stream).set_records(Some(records));
        match call.send().await {
            Ok(answer) => results(answer),
            Err(error) => Err(failure::of(&error)),
        }
    }
}

impl PutRecordBatchApi for Firehose {
    fn put_record_batch<'a>(
        &'a self,
        delivery_stream: &'a str,
        records: &'a [Bytes],
    ) -> BoxFuture<'a, Result<Vec<RecordResult>, Failure>> {
        Box::pin(self.call(delivery_stream, records))
    }
}

/// An answer that counts more failures than it names is no answer: nobody knows which records it means.
fn results(answer: PutRecordBatchOutput) -> Result<Vec<RecordResult>, Failure> {
    let counted = usize::try_from(answer.failed_put_count).unwrap_or(0);
    let results: Vec<RecordResult> = answer.request_responses.into_iter().map(result).collect();
    let named = results.iter().filter(|result| !result.is_accepted()).count();
    if named < counted {
        let (of, what) = (results.len(), "the answer contradicts itself");
        return Err(Failure::ComeAgain(format!("{what}: {counted} failures of {of}, {named} of them named")));
    }
    Ok(results)
}

fn result(entry: PutRecordBatchResponseEntry) -> RecordResult {
    match (entry.error_code, entry.record_id) {
        (None, Some(_)) => RecordResult::Accepted,
        (code, _) => RecordResult::Failed {
            code: code.unwrap_or_else(|| "InternalFailure".into()),
            message: entry.error_message.unwrap_or_default(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(code: Option<&str>) -> PutRecordBatchResponseEntry {
        let entry = PutRecordBatchResponseEntry::builder();
        match code {
            Some(code) => entry.error_code(code).error_message("why").build(),
            None => entry.record_id("id").build(),
        }
    }

    fn answer(failed: i32, codes: &[Option<&str>]) -> PutRecordBatchOutput {
        let answer = PutRecordBatchOutput::builder().failed_put_count(failed);
        let entries = codes.iter().map(|code| entry(*code)).collect();
        answer.set_request_responses(Some(entries)).build().unwrap()
    }

    #[test]
    fn each_entry_speaks_for_its_record() {
        let of = |failed, codes: &[Option<&str>]| results(answer(failed, codes));
        let busy = RecordResult::Failed { code: "Busy".into(), message: "why".into() };
        assert_eq!(of(1, &[None, Some("Busy")]).unwrap(), [RecordResult::Accepted, busy.clone()]);
        assert_eq!(of(0, &[Some("Busy")]).unwrap(), [busy], "an error code counts, whatever the sum says");
        assert!(matches!(of(2, &[None, Some("Busy")]), Err(Failure::ComeAgain(_))));
        let neither = PutRecordBatchResponseEntry::builder().build();
        assert!(!result(neither).is_accepted());
    }
}
