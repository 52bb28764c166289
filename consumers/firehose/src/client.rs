//! Firehose by the SDK, made at the first call: region and credentials are then looked for in the environment.

use crate::config::Config;
use aws_config::SdkConfig;
use bytes::Bytes;
use catchwater_aws::failure::Failure;
use catchwater_aws::firehose::Firehose;
use catchwater_aws::put_record_batch::{PutRecordBatchApi, RecordResult};
use catchwater_aws::sdk;
use futures::future::BoxFuture;
use tokio::sync::OnceCell;

/// A client that is made once.
pub(crate) struct OnceFirehose {
    sdk: Option<SdkConfig>,
    region: Option<String>,
    endpoint_url: Option<String>,
    made: OnceCell<Firehose>,
}

impl OnceFirehose {
    /// Of this configuration of the SDK, or of what the environment says when it is made.
    pub fn new(config: &Config, sdk: Option<SdkConfig>) -> Self {
        let (region, endpoint_url) = (config.region.clone(), config.endpoint_url.clone());
        Self { sdk, region, endpoint_url, made: OnceCell::new() }
    }

    async fn make(&self) -> Firehose {
        let sdk = sdk::of_sink(self.sdk.as_ref(), self.region.as_deref()).await;
        Firehose::new(&match &self.endpoint_url {
            Some(url) => sdk.into_builder().endpoint_url(url).build(),
            None => sdk,
        })
    }
}

impl PutRecordBatchApi for OnceFirehose {
    fn put_record_batch<'a>(
        &'a self,
        delivery_stream: &'a str,
        records: &'a [Bytes],
    ) -> BoxFuture<'a, Result<Vec<RecordResult>, Failure>> {
        Box::pin(async move {
            let firehose = self.made.get_or_init(|| self.make()).await;
            firehose.put_record_batch(delivery_stream, records).await
        })
    }
}
