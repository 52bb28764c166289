//! The SDK's client, made when it is first used: what region and whose credentials is asked of the environment, and
//! the service is asked which endpoint is ours (endpoint discovery,
//! <https://docs.aws.amazon.com/timestream/latest/developerguide/Using.API.html#Using-API.endpoint-discovery>). Where the
//! configuration or the environment names an endpoint, that one is taken and nobody is asked.

use crate::config::Config;
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_timestreamwrite::Client;
use aws_sdk_timestreamwrite::config::Builder;
use aws_sdk_timestreamwrite::error::SdkError;
use aws_sdk_timestreamwrite::operation::describe_endpoints::DescribeEndpointsError;
use aws_types::service_config::ServiceConfigKey;
use catchwater_aws::failure::{self, Failure};
use catchwater_aws::sdk;
use tokio::sync::Mutex;

/// A client that is made once.
pub(crate) struct OnceClient {
    sdk: Option<SdkConfig>,
    region: Option<String>,
    endpoint_url: Option<String>,
    made: Mutex<Option<Client>>,
}

impl OnceClient {
    /// Of this configuration of the SDK, or of what the environment says when it is made.
    pub fn new(config: &Config, sdk: Option<SdkConfig>) -> Self {
        let (region, endpoint_url) = (config.region.clone(), config.endpoint_url.clone());
        Self { sdk, region, endpoint_url, made: Mutex::new(None) }
    }

    /// The client; asks for the endpoint if there is none yet.
    pub async fn get(&self) -> Result<Client, Failure> {
        let mut made = self.made.lock().await;
        if let Some(client) = &*made {
            return Ok(client.clone());
        }
        let client = self.make().await?;
        *made = Some(client.clone());
        Ok(client)
    }

    /// The next call asks for the endpoint anew.
    pub async fn forget(&self) {
        *self.made.lock().await = None;
    }

    async fn make(&self) -> Result<Client, Failure> {
        let sdk = sdk::of_sink(self.sdk.as_ref(), self.region.as_deref()).await;
        // Which records to send again is the sink's matter.
        let builder = Builder::from(&sdk).retry_config(RetryConfig::disabled());
        if let Some(url) = &self.endpoint_url {
            return Ok(Client::from_conf(builder.endpoint_url(url).build()));
        }
        let client = Client::from_conf(builder.build());
        if sdk.endpoint_url().is_some() || names_endpoint(&sdk) {
            return Ok(client);
        }
        match client.with_endpoint_discovery_enabled().await {
            Ok((client, reloader)) => {
                // Ends with the client.
                drop(tokio::spawn(reloader.reload_task()));
                Ok(client)
            }
            Err(error) => Err(match error.downcast_ref::<SdkError<DescribeEndpointsError>>() {
                Some(error) => failure::of(error),
                None => Failure::ComeAgain(error.to_string()),
            }),
        }
    }
}

/// Does the environment or the profile name an endpoint of this service, as the SDK will look it up?
fn names_endpoint(sdk: &SdkConfig) -> bool {
    let key = ServiceConfigKey::builder()
        .service_id("Timestream Write")
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build();
    let lookup = sdk.service_config().zip(key.ok());
    lookup.and_then(|(config, key)| config.load_config(key)).is_some()
}
