//! What every SDK client is made of: region and credentials as AWS's tools find them (environment, profile, role), TLS
//! by rustls with ring, and the endpoint variables (`AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_KINESIS` and the like,
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>).
//!
//! The SDK tries a call again by itself only where nothing above it does: callers that resolve single entries turn
//! that off for their client.

use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_types::timeout::TimeoutConfig;
use std::time::Duration;

/// Time for a TCP connection and for a call with all its tries. Within a function the deadline cuts earlier.
const CONNECT: Duration = Duration::from_secs(3);
const ATTEMPT: Duration = Duration::from_secs(30);

/// The configuration that clients are made of. Reads the environment and, outside of Lambda, the profile's files;
/// speaks to no one yet.
pub async fn config() -> SdkConfig {
    loader().load().await
}

/// The configuration for a server of one's own that speaks AWS's APIs, such as an emulator: any credentials do.
pub async fn config_at(url: &str, region: &str) -> SdkConfig {
    let anyone = Credentials::new("test", "test", None, None, "of the caller");
    loader()
        .region(Region::new(region.to_string()))
        .credentials_provider(anyone)
        .endpoint_url(url)
        .load()
        .await
}

/// The configuration of a sink: what it was given, else [`config`]; in the region of its section, if that names one.
pub async fn of_sink(given: Option<&SdkConfig>, region: Option<&str>) -> SdkConfig {
    let found = match given {
        Some(given) => given.clone(),
        None => config().await,
    };
    match region {
        Some(region) => found.into_builder().region(Region::new(region.to_string())).build(),
        None => found,
    }
}

fn loader() -> ConfigLoader {
    let timeouts =
        TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(ATTEMPT).build();
    let http =
        aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(http).timeout_config(timeouts)
}
