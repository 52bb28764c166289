//! `[sink.influxdb]` of the configuration.

use catchwater_consumer_core::http::section::{BadSection, Login, Section, Token, days};
use catchwater_consumer_core::http::{Keyring, Settings};
use catchwater_consumer_core::sink::Named;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Where the server is and what it keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The server: `http://host:8086`, with the path before `/write` if it has one.
    pub url: String,
    /// Database of InfluxDB 1.x or VictoriaMetrics; `catchwater` where neither it nor `bucket` is given.
    pub database: Option<String>,
    /// Retention policy of the database; without it, the database's default one.
    pub retention_policy: Option<String>,
    /// Bucket of InfluxDB 2.x or Timestream for InfluxDB; instead of `database`.
    pub bucket: Option<String>,
    /// Organisation that the bucket is of.
    pub organization: Option<String>,
    /// User of InfluxDB 1.x that may write, if it asks for one.
    pub username: Option<String>,
    /// Environment variable that holds the user's password.
    pub password_env: Option<String>,
    /// Environment variable that holds the token of InfluxDB 2.x.
    pub token_env: Option<String>,
    /// File of certificates (PEM) of those who sign the server's; without it, those that the system trusts.
    pub ca_file: Option<String>,
    /// Days for which the database keeps events; older ones become dead letters without asking it.
    pub retention_days: Option<u32>,
    /// Are texts sent? Not to VictoriaMetrics, which keeps numbers and loses lines with a line break in a text.
    pub texts: bool,
    /// Are bodies packed with gzip?
    pub gzip: bool,
    /// Most KiB of one request's body, unpacked. InfluxDB refuses more than 25,000 KB by default.
    pub max_body_kib: u32,
    /// Seconds for one request.
    pub timeout_seconds: u32,
}

impl Named for Config {
    const NAME: &'static str = "influxdb";
}

impl Default for Config {
    fn default() -> Self {
        Self {
            url: "http://127.0.0.1:8086".into(),
            database: None,
            retention_policy: None,
            bucket: None,
            organization: None,
            username: None,
            password_env: None,
            token_env: None,
            ca_file: None,
            retention_days: None,
            texts: true,
            gzip: true,
            max_body_kib: 5_120,
            timeout_seconds: 30,
        }
    }
}

/// The section cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadConfig {
    /// Where the server is, or who we are there.
    #[error(transparent)]
    Section(#[from] BadSection),
    /// Settings that exclude each other, or one that lacks another.
    #[error("{0}")]
    Together(&'static str),
}

/// Where lines go on the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// Path and query of each write.
    pub path: String,
    /// What to make on the server where it answers that there is no such thing.
    pub remedy: String,
}

impl Config {
    /// How long events are kept, also for the handler's settings.
    pub fn retention(&self) -> Option<Duration> {
        self.retention_days.map(days)
    }

    /// Most bytes of a body.
    pub(crate) fn max_body_bytes(&self) -> usize {
        self.max_body_kib.max(1) as usize * 1024
    }

    /// Checks what can be told without secrets, certificates and the server.
    pub fn check(&self) -> Result<(), BadConfig> {
        self.section().check()?;
        self.target().map(drop)
    }

    /// The client's settings; takes the secrets from the keyring.
    pub(crate) fn http(&self, keyring: &Keyring) -> Result<Settings, BadConfig> {
        Ok(Settings { max_answer_bytes: 1 << 20, ..self.section().settings(keyring)? })
    }

    fn section(&self) -> Section<'_> {
        let login = Login {
            user_key: "username",
            user: self.username.as_deref(),
            password_env: self.password_env.as_deref(),
            token: Some(Token { key: "token_env", env: self.token_env.as_deref(), scheme: "Token" }),
            aws: None,
        };
        let (ca_file, timeout_seconds) = (self.ca_file.as_deref(), self.timeout_seconds);
        Section { url: &self.url, login, ca_file, timeout_seconds, gzip: self.gzip }
    }

    /// `/write` of 1.x (<https://docs.influxdata.com/influxdb/v1/tools/api/#write-http-endpoint>) or `/api/v2/write` of 2.x
    /// (<https://docs.influxdata.com/influxdb/v2/api/#operation/PostWrite>).
    pub(crate) fn target(&self) -> Result<Target, BadConfig> {
        let mut path = match (&self.bucket, &self.organization) {
            (Some(_), None) => return Err(BadConfig::Together("`bucket` needs `organization`")),
            (Some(_), _) if self.database.is_some() || self.retention_policy.is_some() => {
                return Err(BadConfig::Together("either `bucket`, or `database` and `retention_policy`"));
            }
            (Some(bucket), Some(organization)) => {
                let (org, name) = (query_value(organization), query_value(bucket));
                let remedy = format!(
                    "organisation or bucket is missing: `influx bucket create --name {bucket} --org {organization}`"
                );
                return Ok(Target {
                    path: format!("/api/v2/write?org={org}&bucket={name}&precision=ns"),
                    remedy,
                });
            }
            (None, Some(_)) => return Err(BadConfig::Together("`organization` needs `bucket`")),
            (None, None) => "/write?db=".to_string(),
        };
        let database = self.database.as_deref().unwrap_or("catchwater");
        path.push_str(&query_value(database));
        if let Some(policy) = &self.retention_policy {
            path.push_str("&rp=");
            path.push_str(&query_value(policy));
        }
        path.push_str("&precision=ns");
        let policy =
            self.retention_policy.as_deref().map(|policy| format!(" or its retention policy \"{policy}\""));
        let remedy = format!(
            "the database{} is missing: `CREATE DATABASE \"{database}\"` in the `influx` shell",
            policy.unwrap_or_default()
        );
        Ok(Target { path, remedy })
    }
}

/// A value of a query: all but RFC 3986's unreserved characters as `%XX`.
fn query_value(text: &str) -> String {
    let mut value = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            value.push(byte.into());
        } else {
            value.push_str(&format!("%{byte:02X}"));
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use catchwater_consumer_core::http::Credentials;

    fn config(toml: &str) -> Config {
        toml::from_str(toml).unwrap()
    }

    #[test]
    fn writes_go_where_the_section_says() {
        for (section, path) in [
            ("", "/write?db=catchwater&precision=ns"),
            (
                "database = 'logs & more'\nretention_policy = 'ü'",
                "/write?db=logs%20%26%20more&rp=%C3%BC&precision=ns",
            ),
            (
                "bucket = 'b/c'\norganization = 'archive'",
                "/api/v2/write?org=archive&bucket=b%2Fc&precision=ns",
            ),
        ] {
            assert_eq!(config(section).target().unwrap().path, path);
        }
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        for section in [
            "bucket = 'b'",
            "organization = 'o'",
            "bucket = 'b'\norganization = 'o'\ndatabase = 'd'",
            "bucket = 'b'\norganization = 'o'\nretention_policy = 'r'",
        ] {
            assert!(config(section).target().is_err(), "{section}");
        }
        for section in [
            "username = 'u'",
            "password_env = 'PATH'",
            "username = 'u'\npassword_env = 'PATH'\ntoken_env = 'PATH'",
            "token_env = 'CATCHWATER_NO_SUCH_VARIABLE'",
            "url = 'https://bob:secret@host'",
        ] {
            assert!(config(section).http(&Keyring::environment()).is_err(), "{section}");
        }
        let token = config("token_env = 'PATH'").http(&Keyring::environment()).unwrap().credentials;
        assert!(matches!(token, Credentials::Token { scheme: "Token", .. }));
        let basic = config("username = 'u'\npassword_env = 'PATH'")
            .http(&Keyring::environment())
            .unwrap()
            .credentials;
        assert!(matches!(basic, Credentials::Basic { .. }));
    }
}
