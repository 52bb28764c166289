//! PutRecords by the SDK: one call; which entries to send again is [`PutRecords`](catchwater_producers::put_records)'
//! matter, so the SDK tries nothing again by itself.
//!
//! <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html>

use crate::failure::{self, Failure};
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::config::Builder;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::{PutRecordsRequestEntry, PutRecordsResultEntry};
use catchwater_producers::put_records::{PutEntry, PutError, PutRecordsApi, PutResult};
use futures::FutureExt;
use futures::future::BoxFuture;

/// Kinesis Data Streams in an account.
pub struct Kinesis(Client);

impl Kinesis {
    /// The service that the configuration's credentials and region lead to.
    pub fn new(config: &SdkConfig) -> Self {
        let config = Builder::from(config).retry_config(RetryConfig::disabled()).build();
        Self(Client::from_conf(config))
    }

    async fn call(&self, stream: &str, entries: &[PutEntry]) -> Result<Vec<PutResult>, PutError> {
        let records: Result<Vec<_>, _> = entries.iter().map(request_entry).collect();
        let records =
            records.map_err(|e| PutError::Refused { code: "NoEntry".into(), message: e.to_string() })?;
        let call = self.0.put_records().set_records(Some(records));
        // A stream's ARN names its account too: another one's stream can be put to.
        let call = match stream.starts_with("arn:") {
            true => call.stream_arn(stream),
            false => call.stream_name(stream),
        };
        match call.send().await {
            Ok(answer) => Ok(answer.records.into_iter().map(result).collect()),
            Err(error) => Err(match failure::of(&error) {
                Failure::ComeAgain(cause) => PutError::Unavailable(cause),
                Failure::Refused { code, message } => PutError::Refused { code, message },
            }),
        }
    }
}

impl PutRecordsApi for Kinesis {
    fn put_records<'a>(
        &'a self,
        stream: &'a str,
        entries: &'a [PutEntry],
    ) -> BoxFuture<'a, Result<Vec<PutResult>, PutError>> {
        self.call(stream, entries).boxed()
    }
}

fn request_entry(entry: &PutEntry) -> Result<PutRecordsRequestEntry, aws_sdk_kinesis::error::BuildError> {
    PutRecordsRequestEntry::builder()
        .data(Blob::new(entry.data.to_vec()))
        .partition_key(&entry.partition_key)
        .set_explicit_hash_key(entry.explicit_hash_key.clone())
        .build()
}

fn result(entry: PutRecordsResultEntry) -> PutResult {
    match (entry.error_code, entry.shard_id, entry.sequence_number) {
        (None, Some(shard_id), Some(sequence_number)) => PutResult::Accepted { shard_id, sequence_number },
        (code, ..) => PutResult::Failed {
            code: code.unwrap_or_else(|| "InternalFailure".into()),
            message: entry.error_message.unwrap_or_default(),
        },
    }
}
