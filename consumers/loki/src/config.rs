//! `[sink.loki]` of the configuration.

use catchwater_consumer_core::http::section::{BadSection, Login, Section, days};
use catchwater_consumer_core::http::{Keyring, Secret, Settings};
use catchwater_consumer_core::sink::Named;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Where the server is and what it takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The server: `http://host:3100`, with the path before `/loki/api/v1/push` if it has one.
    pub url: String,
    /// Tenant (`X-Scope-OrgID`), where Loki has several.
    pub tenant: Option<String>,
    /// User, where a proxy before Loki or Grafana Cloud asks for one.
    pub username: Option<String>,
    /// Environment variable that holds the user's password.
    pub password_env: Option<String>,
    /// File of certificates (PEM) of those who sign the server's; without it, those that the system trusts.
    pub ca_file: Option<String>,
    /// Days for which Loki takes events back in time (`reject_old_samples_max_age`); older ones become dead letters.
    pub retention_days: Option<u32>,
    /// Are bodies packed with gzip?
    pub gzip: bool,
    /// Most KiB of one event (`max_line_size` of Loki: 256 KB); a longer one becomes a dead letter.
    pub max_line_kib: u32,
    /// Most KiB of one request's body, unpacked.
    pub max_body_kib: u32,
    /// Seconds for one request.
    pub timeout_seconds: u32,
}

impl Named for Config {
    const NAME: &'static str = "loki";
}

impl Default for Config {
    fn default() -> Self {
        Self {
            url: "http://127.0.0.1:3100".into(),
            tenant: None,
            username: None,
            password_env: None,
            ca_file: None,
            retention_days: Some(7),
            gzip: true,
            max_line_kib: 256,
            max_body_kib: 2_048,
            timeout_seconds: 30,
        }
    }
}

impl Config {
    /// How far back events are taken, for the handler's settings.
    pub fn retention(&self) -> Option<Duration> {
        self.retention_days.map(days)
    }

    /// Most bytes of an event.
    pub fn max_line_bytes(&self) -> usize {
        self.max_line_kib as usize * 1024
    }

    /// Most bytes of a body.
    pub(crate) fn max_body_bytes(&self) -> usize {
        self.max_body_kib.max(1) as usize * 1024
    }

    /// Checks what can be told without secrets, certificates and the server.
    pub fn check(&self) -> Result<(), BadSection> {
        self.section().check()
    }

    /// The client's settings; takes the password from the keyring.
    pub fn http(&self, keyring: &Keyring) -> Result<Settings, BadSection> {
        let tenant = self.tenant.iter().map(|tenant| ("X-Scope-OrgID".to_string(), Secret::new(tenant)));
        let settings = self.section().settings(keyring)?;
        // A refusal names each entry of a push by its labels and time.
        Ok(Settings { headers: tenant.collect(), max_answer_bytes: 16 << 20, ..settings })
    }

    fn section(&self) -> Section<'_> {
        let login = Login {
            user_key: "username",
            user: self.username.as_deref(),
            password_env: self.password_env.as_deref(),
            token: None,
            aws: None,
        };
        let (ca_file, timeout_seconds) = (self.ca_file.as_deref(), self.timeout_seconds);
        Section { url: &self.url, login, ca_file, timeout_seconds, gzip: self.gzip }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use catchwater_consumer_core::http::Credentials;

    #[test]
    fn tenant_and_user_go_into_the_settings() {
        let of = |user: Option<&str>, env: Option<&str>| {
            let config = Config {
                tenant: Some("archive".into()),
                username: user.map(String::from),
                password_env: env.map(String::from),
                ..Config::default()
            };
            config.http(&Keyring::environment())
        };
        let settings = of(Some("bob"), Some("PATH")).unwrap();
        assert!(matches!(settings.credentials, Credentials::Basic { .. }));
        assert_eq!(settings.headers, [("X-Scope-OrgID".to_string(), Secret::new("archive"))]);
        assert!(matches!(of(Some("bob"), None), Err(BadSection::Together(_))));
        assert!(matches!(of(Some("bob"), Some("CATCHWATER_NO_SUCH_VARIABLE")), Err(BadSection::Secret(_))));
    }
}
