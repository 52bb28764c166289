//! The function's configuration, the same TOML as the program's: from an S3 object, from the function's zip, from an environment
//! variable, or the defaults.

use crate::section::Only;
use crate::variables::{BadVariable, Variables};
use aws_config::SdkConfig;
use catchwater_aws::objects::Bucket;
use catchwater_consumer_core::http::Keyring;
use catchwater_consumer_core::sink::Named;
use catchwater_consumer_core::world::Clock;
use catchwater_schemas::config::Config;
use catchwater_settings::sections::NoSection;
use catchwater_settings::{Mistake, check};
use std::sync::Arc;

/// Where it lies: `s3://BUCKET/KEY`, `?versionId=…` behind it pins a version; or a path in the function's zip.
const PLACE: &str = "CATCHWATER_CONFIG";
/// Its text itself; environment variables hold 4 KB in all.
const TEXT: &str = "CATCHWATER_CONFIG_TEXT";
/// Name of the file in the zip that is taken where neither is set.
const BUNDLED: &str = "catchwater.toml";
/// A larger object is none of ours.
const MOST_BYTES: usize = 4 << 20;

/// A configuration's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub text: String,
    /// Where it came from, for people.
    pub place: String,
    /// The object's version in S3, else the text's hash: it stands in each log line.
    pub version: String,
}

/// There is no configuration that can be used.
#[derive(Debug, thiserror::Error)]
pub enum NoConfiguration {
    /// The variable.
    #[error(transparent)]
    Variable(#[from] BadVariable),
    /// It cannot be read.
    #[error("the configuration {place} cannot be read: {cause}")]
    Unread {
        /// Where it should lie.
        place: String,
        /// Why.
        cause: String,
    },
    /// It has mistakes: a line for each.
    #[error("the configuration {place} cannot be used\n{}", .mistakes.iter().map(|m| format!("{place}:{m}")).collect::<Vec<_>>().join("\n"))]
    Wrong {
        /// Where it lies.
        place: String,
        /// What is wrong.
        mistakes: Vec<Mistake>,
    },
}

/// Finds and reads the text.
pub async fn read(
    variables: &Variables,
    aws: &SdkConfig,
    clock: &Arc<dyn Clock>,
) -> Result<Text, NoConfiguration> {
    if let Some(text) = variables.get(TEXT) {
        return Ok(Text::new(text.to_string(), TEXT.to_string(), None));
    }
    let unread = |place: &str, cause: String| NoConfiguration::Unread { place: place.to_string(), cause };
    let Some(place) = variables.get(PLACE) else {
        let file = variables.task_root().join(BUNDLED);
        return match std::fs::read_to_string(&file) {
            Ok(text) => Ok(Text::new(text, file.display().to_string(), None)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                Ok(Text::new(String::new(), "defaults".into(), None))
            }
            Err(e) => Err(unread(&file.display().to_string(), e.to_string())),
        };
    };
    let Some(object) = place.strip_prefix("s3://") else {
        let text = std::fs::read_to_string(variables.task_root().join(place));
        let text = text.map_err(|e| unread(place, e.to_string()))?;
        return Ok(Text::new(text, place.to_string(), None));
    };
    let (object, version) = match object.split_once("?versionId=") {
        Some((object, version)) => (object, Some(version)),
        None => (object, None),
    };
    let Some((bucket, key)) = object.split_once('/').filter(|(b, k)| !b.is_empty() && !k.is_empty()) else {
        return Err(BadVariable::new(PLACE, "is no object: set it to `s3://BUCKET/KEY`").into());
    };
    let bucket = Bucket::new(aws, bucket, clock.clone()).map_err(|e| unread(place, e.to_string()))?;
    let got = bucket.get(key, version, MOST_BYTES).await.map_err(|e| unread(place, e.to_string()))?;
    let text =
        String::from_utf8(got.bytes.into()).map_err(|_| unread(place, "it is no UTF-8 text".into()))?;
    Ok(Text::new(text, place.to_string(), got.version))
}

impl Text {
    fn new(text: String, place: String, version: Option<String>) -> Self {
        let version = version.unwrap_or_else(|| blake3::hash(text.as_bytes()).to_hex()[..12].to_string());
        Self { text, place, version }
    }

    /// The section of a function's own sink, if there is one. The rest is read and not looked into: it is the transform's, with
    /// tables and a key that this function has not.
    pub fn section<C: Named>(&self) -> Result<Option<C>, NoConfiguration> {
        let config: Config<Only<C>> =
            catchwater_settings::read(&self.text).map_err(|mistake| self.wrong(vec![mistake]))?;
        Ok(config.sink.0)
    }

    /// The whole configuration, if it has no mistake; paths in it are seen from the function's zip.
    pub fn check(
        &self,
        variables: &Variables,
        keyring: &Keyring,
    ) -> Result<Config<NoSection>, NoConfiguration> {
        let checked = check(&self.text, &variables.task_root(), &*keyring.secrets, Some(keyring));
        checked.map_err(|mistakes| self.wrong(mistakes))
    }

    fn wrong(&self, mistakes: Vec<Mistake>) -> NoConfiguration {
        NoConfiguration::Wrong { place: self.place.clone(), mistakes }
    }
}
