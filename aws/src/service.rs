//! A service that is asked one thing seldom: signed calls by the HTTP client of the sinks in place of an SDK client, whose
//! code for hundreds of other operations would be built into every function (decision 0009).

use crate::sigv4::SigV4;
use aws_config::SdkConfig;
use bytes::Bytes;
use catchwater_consumer_core::http::client::ClientError;
use catchwater_consumer_core::http::settings::{BadUrl, BaseUrl};
use catchwater_consumer_core::http::sign::Signers;
use catchwater_consumer_core::http::{
    Answer, Client, Credentials, Failure as HttpFailure, Request, Secret, Settings,
};
use catchwater_consumer_core::world::Clock;
use std::sync::Arc;
use std::time::Duration;

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
pub struct Service(Client);

impl Service {
    /// The service in the configuration's region, or at the address that its endpoint variable has. `target` is the
    /// `X-Amz-Target` of those that speak AWS's JSON protocol.
    pub fn new(
        config: &SdkConfig,
        name: Name,
        target: Option<&str>,
        timeout: Duration,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, NoService> {
        let region = config.region().ok_or(NoService::NoRegion)?.as_ref();
        let signers = SigV4::of(config, clock).ok_or(NoService::NoCredentials)?;
        let base = BaseUrl::parse(&endpoint(config, name, region));
        let base = base.map_err(|wrong| NoService::Url(name.signing, wrong))?;
        let headers = target.map(|target| ("X-Amz-Target".to_string(), Secret::new(target)));
        Ok(Self(Client::new(Settings {
            credentials: Credentials::Signed(signers.signer(region, name.signing)),
            headers: headers.into_iter().collect(),
            timeout,
            gzip: false,
            ..Settings::new(base)
        })?))
    }

    /// One call; any status is an answer.
    pub async fn call(&self, path: &str, body: impl Into<Bytes>) -> Result<Answer, HttpFailure> {
        self.0.send(Request::post(path, "application/x-amz-json-1.1", body)).await
    }
}

/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>
fn endpoint(config: &SdkConfig, name: Name, region: &str) -> String {
    if let Ok(url) = std::env::var(format!("AWS_ENDPOINT_URL_{}", name.variable)) {
        return url;
    }
    if let Some(url) = config.endpoint_url() {
        return url.to_string();
    }
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://{}.{region}.{domain}", name.signing)
}
