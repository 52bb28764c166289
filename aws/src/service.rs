//! A service that is asked one thing seldom: signed calls by the HTTP client of the sinks in place of an SDK client, whose
//! code for hundreds of other operations would be built into every function (decision 0009).

use crate::sigv4::SigV4;
use aws_config::SdkConfig;
use catchwater_consumer_core::http::client::ClientError;
use catchwater_consumer_core::http::settings::{BadUrl, BaseUrl};
use catchwater_consumer_core::http::sign::Signers;
use catchwater_consumer_core::http::{Answer, Client, Credentials, Failure, Request, Settings};
use catchwater_consumer_core::world::Clock;
use std::sync::Arc;
use std::time::Duration;

/// Waits before the further tries of a call that is made again; a function's start waits for them.
const WAITS: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(500)];

/// What AWS's JSON services take.
pub(crate) const JSON: &str = "application/x-amz-json-1.1";

/// A service's names.
#[derive(Clone, Copy, Debug)]
pub struct Name {
    /// In its address and its signatures: `secretsmanager`.
    pub signing: &'static str,
    /// In its endpoint variable, `AWS_ENDPOINT_URL_…`: `SECRETS_MANAGER`.
    pub variable: &'static str,
}

/// There is no client of the service.
#[derive(Debug, thiserror::Error)]
pub enum NoService {
    /// Neither the environment nor the profile names a region.
    #[error("no AWS region is set: set AWS_REGION")]
    NoRegion,
    /// No credentials are configured at all.
    #[error("no source of AWS credentials is configured")]
    NoCredentials,
    /// The endpoint variable.
    #[error("the endpoint of {0}: {1}")]
    Url(&'static str, BadUrl),
    /// TLS, or a header.
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// Calls one service.
#[derive(Clone)]
pub struct Service {
    client: Client,
    clock: Arc<dyn Clock>,
}

impl Service {
    /// The service in the configuration's region, or at the address that its endpoint variable has. `more` sets what is not as
    /// usual with it.
    pub fn new(
        config: &SdkConfig,
        name: Name,
        clock: Arc<dyn Clock>,
        more: impl FnOnce(&mut Settings),
    ) -> Result<Self, NoService> {
        let region = config.region().ok_or(NoService::NoRegion)?.as_ref();
        let usual = || format!("https://{}.{region}.{}", name.signing, domain(region));
        Self::at(&name.endpoint(config).unwrap_or_else(usual), config, name, clock, more)
    }

    /// The service at this address.
    pub fn at(
        url: &str,
        config: &SdkConfig,
        name: Name,
        clock: Arc<dyn Clock>,
        more: impl FnOnce(&mut Settings),
    ) -> Result<Self, NoService> {
        let region = config.region().ok_or(NoService::NoRegion)?.as_ref();
        let signers = SigV4::of(config, clock.clone()).ok_or(NoService::NoCredentials)?;
        let base = BaseUrl::parse(url).map_err(|wrong| NoService::Url(name.signing, wrong))?;
        let credentials = Credentials::Signed(signers.signer(region, name.signing));
        let mut settings = Settings { credentials, gzip: false, ..Settings::new(base) };
        more(&mut settings);
        Ok(Self { client: Client::new(settings)?, clock })
    }

    /// One call; any status is an answer.
    pub async fn call(&self, request: Request) -> Result<Answer, Failure> {
        self.client.send(request).await
    }

    /// A call that does no harm if it is made more than once: made again where there is no answer, or one that says to come
    /// again.
    pub async fn call_again(&self, request: Request) -> Result<Answer, Failure> {
        for wait in WAITS {
            match self.call(request.clone()).await {
                Ok(answer) if !(answer.status >= 500 || answer.status == 429) => return Ok(answer),
                Err(too_long @ Failure::TooLong { .. }) => return Err(too_long),
                _ => self.clock.sleep(wait).await,
            }
        }
        self.call(request).await
    }
}

/// Prints no credentials.
impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Service({:?})", self.client)
    }
}

impl Name {
    /// The address that the environment or the configuration names in place of AWS's own
    /// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>).
    pub(crate) fn endpoint(self, config: &SdkConfig) -> Option<String> {
        let own = std::env::var(format!("AWS_ENDPOINT_URL_{}", self.variable)).ok();
        own.or_else(|| config.endpoint_url().map(String::from))
    }
}

/// Where a region's services are (<https://docs.aws.amazon.com/general/latest/gr/rande.html>).
pub(crate) fn domain(region: &str) -> &'static str {
    if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" }
}
