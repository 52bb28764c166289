//! `[sink.elasticsearch]` of the configuration.

use catchwater_consumer_core::http::client::ClientError;
use catchwater_consumer_core::http::section::{Aws, BadSection, Login, Section, Token, days};
use catchwater_consumer_core::http::{Client, Keyring};
use catchwater_consumer_core::sink::Named;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Prefixes whose indices the servers' own templates make data streams of, where no event could be replaced.
const TAKEN_PREFIXES: [&str; 5] = ["logs", "metrics", "traces", "synthetics", "profiling"];

/// Where the server is, who we are there, and how it is written to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The server, such as `https://search.example:9200`; a path stands before all paths.
    pub url: String,
    /// User's name; its password is in `password_env`.
    pub user: Option<String>,
    /// The environment variable that holds the user's password.
    pub password_env: Option<String>,
    /// The environment variable that holds an API key (Elasticsearch's encoded form), in place of user and password.
    pub api_key_env: Option<String>,
    /// The region of a domain that Amazon runs, such as `eu-west-1`: requests are signed (SigV4) with the credentials that AWS's
    /// tools find, in place of user, password and key.
    pub aws_region: Option<String>,
    /// The service's name in signatures.
    pub aws_service: String,
    /// Certificates (PEM) of those who sign the server's; without it, those that the system trusts.
    pub ca_file: Option<String>,
    /// Indices are `<index_prefix>-<kind>-YYYY.MM.DD`, by the event's own time.
    pub index_prefix: String,
    /// Days for which events are kept, by the event's own time; without it, for ever. Older ones become dead
    /// letters, and `catchwater setup elasticsearch` has the server delete indices that are older.
    pub retention_days: Option<u32>,
    /// Most KiB of a bulk's body before packing; a larger event becomes a dead letter.
    pub max_body_kib: u32,
    /// Are bodies packed with gzip?
    pub gzip: bool,
    /// Seconds for a call, from the connection to the answer's end.
    pub timeout_seconds: u32,
    /// Primary shards of an index that `catchwater setup elasticsearch` asks for.
    pub shards: u32,
    /// Copies of each shard; without it, the server's own default.
    pub replicas: Option<u32>,
}

impl Named for Config {
    const NAME: &'static str = "elasticsearch";
}

impl Default for Config {
    fn default() -> Self {
        Self {
            url: "http://127.0.0.1:9200".into(),
            user: None,
            password_env: None,
            api_key_env: None,
            aws_region: None,
            aws_service: "es".into(),
            ca_file: None,
            index_prefix: "catchwater".into(),
            retention_days: None,
            max_body_kib: 5 * 1024,
            gzip: true,
            timeout_seconds: 60,
            shards: 1,
            replicas: None,
        }
    }
}

/// What is wrong with the section.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Where the server is, or who we are there.
    #[error(transparent)]
    Section(#[from] BadSection),
    /// A store that keeps no event once only.
    #[error(
        "OpenSearch Serverless cannot be written to: there no event is kept once by id and revision (see the sink's page); use a domain of Amazon OpenSearch Service"
    )]
    Serverless,
    /// The prefix can begin no index.
    #[error(
        "`index_prefix` \"{0}\" can begin no index: use small letters, digits, `-`, `_` and `.`, begin with a letter, and not {taken}, whose indices are the server's data streams",
        taken = TAKEN_PREFIXES.join(", ")
    )]
    Prefix(String),
    /// A number out of its range.
    #[error("`{0}` must be at least {1}")]
    TooSmall(&'static str, u32),
    /// The client.
    #[error(transparent)]
    Client(#[from] ClientError),
}

impl Config {
    /// How long events are kept, also for the handler's settings.
    pub fn retention(&self) -> Option<Duration> {
        self.retention_days.map(days)
    }

    /// Most bytes of a bulk's body.
    pub fn max_body_bytes(&self) -> usize {
        self.max_body_kib as usize * 1024
    }

    /// Checks the section, and makes the client of it with the keyring's secrets; connects to nothing.
    pub fn client(&self, keyring: &Keyring) -> Result<Client, ConfigError> {
        self.check()?;
        Ok(Client::new(self.section().settings(keyring)?)?)
    }

    fn section(&self) -> Section<'_> {
        let login = Login {
            user_key: "user",
            user: self.user.as_deref(),
            password_env: self.password_env.as_deref(),
            token: Some(Token { key: "api_key_env", env: self.api_key_env.as_deref(), scheme: "ApiKey" }),
            aws: Some(Aws { region: self.aws_region.as_deref(), service: &self.aws_service }),
        };
        let (ca_file, timeout_seconds) = (self.ca_file.as_deref(), self.timeout_seconds);
        Section { url: &self.url, login, ca_file, timeout_seconds, gzip: self.gzip }
    }

    /// Checks what can be told without secrets, certificates and the server.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.section().check()?;
        // Endpoints are `<id>.<region>.aoss.amazonaws.com` and `<id>.aoss.<region>.on.aws`.
        if self.aws_service == "aoss" || self.url.contains(".aoss.") {
            return Err(ConfigError::Serverless);
        }
        self.check_prefix()?;
        for (name, value, least) in [
            ("max_body_kib", self.max_body_kib, 64),
            ("timeout_seconds", self.timeout_seconds, 1),
            ("shards", self.shards, 1),
            ("retention_days", self.retention_days.unwrap_or(1), 1),
        ] {
            if value < least {
                return Err(ConfigError::TooSmall(name, least));
            }
        }
        Ok(())
    }

    /// Names of indices: <https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-create>.
    fn check_prefix(&self) -> Result<(), ConfigError> {
        let prefix = &self.index_prefix;
        let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b);
        let starts = prefix.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
        let taken = TAKEN_PREFIXES.iter().any(|t| prefix.split('-').next() == Some(t));
        if !starts || !prefix.bytes().all(letter) || prefix.len() > 100 || taken {
            return Err(ConfigError::Prefix(prefix.clone()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_makes_a_client() {
        Config::default().client(&Keyring::environment()).unwrap();
    }

    #[test]
    fn what_is_wrong_is_told() {
        let text = |s: &str| Some(s.to_string());
        let unset = text("CATCHWATER_NO_SUCH_VARIABLE");
        let good = Config::default();
        for (config, part) in [
            (Config { url: "localhost:9200".into(), ..good.clone() }, "`url`"),
            (Config { user: text("bob"), ..good.clone() }, "`password_env`"),
            (Config { user: text("b"), api_key_env: unset.clone(), ..good.clone() }, "alone"),
            (Config { api_key_env: unset, ..good.clone() }, "`CATCHWATER_NO_SUCH_VARIABLE`"),
            (Config { aws_region: text("eu-west-1"), ..good.clone() }, "`--features aws`"),
            (Config { aws_region: text("eu-west-1"), user: text("bob"), ..good.clone() }, "stands alone"),
            (Config { aws_service: "aoss".into(), ..good.clone() }, "OpenSearch Serverless"),
            (Config { url: "https://x.eu-west-1.aoss.amazonaws.com".into(), ..good.clone() }, "Serverless"),
            (Config { index_prefix: "Logs".into(), ..good.clone() }, "`index_prefix`"),
            (Config { index_prefix: "logs-x".into(), ..good.clone() }, "data streams"),
            (Config { index_prefix: "a,b".into(), ..good.clone() }, "`index_prefix`"),
            (Config { max_body_kib: 1, ..good.clone() }, "`max_body_kib`"),
            (Config { retention_days: Some(0), ..good.clone() }, "`retention_days`"),
            (Config { ca_file: text("no/such.pem"), ..good }, "no/such.pem"),
        ] {
            let error = config.client(&Keyring::environment()).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
