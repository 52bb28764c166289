//! `[sink.firehose]` of the configuration.

use catchwater_consumer_core::sink::Named;
use catchwater_schemas::record;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Which delivery stream, and how events are packed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Name of the delivery stream; it has to be there.
    pub delivery_stream: String,
    /// How events are packed; the delivery stream itself must not pack what is packed.
    pub packing: Packing,
    /// The delivery stream's region; without it, that of the environment or the profile.
    pub region: Option<String>,
    /// An endpoint that is taken as it is, such as that of a VPC; without it, the region's.
    pub endpoint_url: Option<String>,
}

/// How events of a record are packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Packing {
    /// Frames of zstd level 1, as on the event stream.
    #[default]
    Zstd,
    /// Members of gzip level 1, for readers that know no zstd.
    Gzip,
    /// Lines of JSON as they are, where the delivery stream packs or converts them.
    None,
}

impl Packing {
    /// How an event record is packed; `None`: not at all.
    pub(crate) fn of_record(self) -> Option<record::Packing> {
        match self {
            Self::Zstd => Some(record::Packing::Zstd),
            Self::Gzip => Some(record::Packing::Gzip),
            Self::None => None,
        }
    }
}

impl Named for Config {
    const NAME: &'static str = "firehose";
}

impl Default for Config {
    fn default() -> Self {
        Self {
            delivery_stream: "catchwater-events".into(),
            packing: Packing::Zstd,
            region: None,
            endpoint_url: None,
        }
    }
}

/// The section cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadConfig {
    /// No name that Firehose takes.
    #[error("`delivery_stream` \"{0}\" is no name: 1 to 64 letters, digits, `.`, `_` and `-`, and no ARN")]
    Name(String),
    /// No region's name.
    #[error("`region` \"{0}\" is no region such as `eu-central-1`")]
    Region(String),
    /// No address.
    #[error("`endpoint_url` must begin with `http://` or `https://`")]
    Endpoint,
}

impl Config {
    /// How long events are kept, for the handler's settings: as long as the bucket keeps them.
    pub fn retention(&self) -> Option<Duration> {
        None
    }

    /// Checks the section without asking anyone. Names:
    /// <https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html>
    pub fn check(&self) -> Result<(), BadConfig> {
        let name = &self.delivery_stream;
        let valid = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
        if !(1..=64).contains(&name.len()) || !name.bytes().all(valid) {
            return Err(BadConfig::Name(name.clone()));
        }
        let of_region = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if let Some(region) = self.region.as_ref().filter(|r| r.is_empty() || !r.bytes().all(of_region)) {
            return Err(BadConfig::Region(region.clone()));
        }
        let is_address = |url: &str| url.starts_with("http://") || url.starts_with("https://");
        match &self.endpoint_url {
            Some(url) if !is_address(url) => Err(BadConfig::Endpoint),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use catchwater_consumer_core::sample;

    fn config(toml: &str) -> Config {
        toml::from_str(toml).unwrap()
    }

    #[test]
    fn the_readme_shows_the_sample_and_the_sample_is_the_default() {
        sample::check::<Config>(include_str!("../README.md"), include_str!("../sample.toml"));
    }

    #[test]
    fn what_firehose_would_not_take_is_refused() {
        for good in [
            "",
            "delivery_stream = 'a.b_C-1'",
            "packing = 'none'\nregion = 'eu-central-1'\nendpoint_url = 'https://x'",
        ] {
            assert_eq!(config(good).check(), Ok(()), "{good}");
        }
        let arn = "delivery_stream = 'arn:aws:firehose:eu-central-1:1:deliverystream/a'".to_string();
        let long = format!("delivery_stream = '{}'", "a".repeat(65));
        for bad in [&*arn, &*long, "delivery_stream = ''", "region = 'Frankfurt'", "endpoint_url = 'x:4566'"]
        {
            assert!(config(bad).check().is_err(), "{bad}");
        }
        assert!(toml::from_str::<Config>("packing = 'lz4'").is_err());
    }
}
