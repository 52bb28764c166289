//! The sink from outside: on a server that answers by the rules of AWS's text ([`rules`], [`contract`], [`requests`]), on
//! one that fails by a script ([`answers`]), on one whose endpoint has to be asked for ([`discovery`]), and on moto ([`moto`]), which takes every record.

#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod answers;
mod contract;
mod discovery;
mod documents;
mod moto;
mod requests;
mod rules;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use catchwater_consumer_core::contract::{is_rejected, is_retry, write_json as write};
use catchwater_consumer_core::sink::Sink;
use catchwater_consumer_timestream::config::Config;
use catchwater_consumer_timestream::sink::TimestreamSink;
use catchwater_schemas::outcome::Outcome;

/// The SDK as the product has it, but for the region and credentials that emulators take.
async fn sdk() -> SdkConfig {
    let found = catchwater_aws::sdk::config().await.into_builder();
    let credentials = Credentials::new("test", "test", None, None, "test");
    let provider = aws_credential_types::provider::SharedCredentialsProvider::new(credentials);
    found
        .region(Region::new("us-east-1"))
        .credentials_provider(provider)
        .behavior_version(BehaviorVersion::v2026_01_12())
        .build()
}

async fn sink(url: String, change: impl FnOnce(&mut Config)) -> TimestreamSink {
    let mut config = Config { endpoint_url: Some(url), ..Config::default() };
    change(&mut config);
    TimestreamSink::with_sdk(&config, sdk().await).unwrap()
}
