//! A sink's handler as the target of a mapping.

use crate::target::{Batch, BatchResponse, Target, TargetError};
use catchwater_consumer_core::handler::{self, SinkHandler};
use futures::future::BoxFuture;

/// A sink behind a mapping; the mapping's name is the sink's.
pub struct SinkTarget(pub SinkHandler);

impl Target for SinkTarget {
    fn name(&self) -> &str {
        self.0.sink.name()
    }

    fn invoke<'a>(&'a self, batch: Batch<'a>) -> BoxFuture<'a, Result<BatchResponse, TargetError>> {
        Box::pin(async move {
            let record = |r: &'a crate::stream::Record| handler::Record {
                sequence_number: &r.sequence_number.0,
                partition_key: &r.partition_key,
                arrival_millis: r.arrival_millis,
                data: &r.data,
            };
            let records: Vec<handler::Record<'_>> = batch.records.iter().map(record).collect();
            let Batch { stream, shard, tries, first_try_millis, time_left, .. } = batch;
            let batch_of_sink =
                handler::Batch { stream, shard, records: &records, tries, first_try_millis, time_left };
            let response = self.0.handle(batch_of_sink).await;
            let lowest_failure = response.lowest_failure.map(|n| batch.records[n].sequence_number.clone());
            Ok(BatchResponse { lowest_failure, account: response.account })
        })
    }
}
