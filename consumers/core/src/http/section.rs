//! What the sections of all sinks that speak HTTP have in common: where the server is and who we are there. A section keeps
//! its own keys, for each server has its own words for a user.

use crate::http::client::ClientError;
use crate::http::credentials::Credentials;
use crate::http::keyring::Keyring;
use crate::http::secrets::NoSecret;
use crate::http::settings::{BadUrl, BaseUrl, Settings};
use std::path::PathBuf;
use std::time::Duration;

/// The common part of a section.
#[derive(Clone, Copy, Debug)]
pub struct Section<'c> {
    /// The key `url`.
    pub url: &'c str,
    /// Who we are there.
    pub login: Login<'c>,
    /// The key `ca_file`.
    pub ca_file: Option<&'c str>,
    /// The key `timeout_seconds`.
    pub timeout_seconds: u32,
    /// The key `gzip`.
    pub gzip: bool,
}

/// The keys that say who we are: user and password, or a token, or AWS's, or none.
#[derive(Clone, Copy, Debug)]
pub struct Login<'c> {
    /// What the section calls the user: `user`, `username`.
    pub user_key: &'static str,
    /// The user.
    pub user: Option<&'c str>,
    /// The key `password_env`.
    pub password_env: Option<&'c str>,
    /// A token in place of both, where the server takes one.
    pub token: Option<Token<'c>>,
    /// Requests are signed for AWS in place of both, where the server may be one that Amazon runs.
    pub aws: Option<Aws<'c>>,
}

/// The key that names a token.
#[derive(Clone, Copy, Debug)]
pub struct Token<'c> {
    /// What the section calls it: `token_env`, `api_key_env`.
    pub key: &'static str,
    /// The token's name.
    pub env: Option<&'c str>,
    /// The word before the token.
    pub scheme: &'static str,
}

/// The keys for requests that are signed as AWS asks for.
#[derive(Clone, Copy, Debug)]
pub struct Aws<'c> {
    /// The key `aws_region`.
    pub region: Option<&'c str>,
    /// The key `aws_service`.
    pub service: &'c str,
}

/// What is wrong with it.
#[derive(Debug, thiserror::Error)]
pub enum BadSection {
    /// The server's address.
    #[error("`url`: {0}")]
    Url(#[from] BadUrl),
    /// One setting lacks another, or excludes it.
    #[error("{0}")]
    Together(String),
    /// A name that is none of AWS's.
    #[error("`{0}` \"{1}\" is none of AWS's names, such as \"eu-west-1\" and \"es\"")]
    Aws(&'static str, String),
    /// Requests are to be signed, and nobody here can.
    #[error("`aws_region` is set, and this program was built without AWS: build it with `--features aws`")]
    NoAws,
    /// A secret is not there.
    #[error(transparent)]
    Secret(#[from] NoSecret),
    /// The client: certificates, or a secret that no header takes.
    #[error(transparent)]
    Client(#[from] ClientError),
}

impl Section<'_> {
    /// Checks what can be told of the section alone: neither secrets nor certificates are read.
    pub fn check(&self) -> Result<(), BadSection> {
        BaseUrl::parse(self.url)?;
        self.login.way().map(drop)
    }

    /// The client's settings; takes the secrets from the keyring.
    pub fn settings(&self, keyring: &Keyring) -> Result<Settings, BadSection> {
        Ok(Settings {
            credentials: self.login.credentials(keyring)?,
            ca_file: self.ca_file.map(PathBuf::from),
            timeout: Duration::from_secs(self.timeout_seconds.max(1).into()),
            gzip: self.gzip,
            ..Settings::new(BaseUrl::parse(self.url)?)
        })
    }
}

/// How we say who we are.
enum Way<'c> {
    None,
    Password { user: &'c str, name: &'c str },
    Token { scheme: &'static str, name: &'c str },
    Signed { region: &'c str, service: &'c str },
}

impl<'c> Login<'c> {
    fn way(&self) -> Result<Way<'c>, BadSection> {
        let wrong = |text: String| Err(BadSection::Together(text));
        let token = self.token.and_then(|token| Some((token.key, token.scheme, token.env?)));
        if let Some(Aws { region: Some(region), service }) = self.aws {
            if self.user.is_some() || self.password_env.is_some() || token.is_some() {
                return wrong(
                    "`aws_region` stands alone: signed requests have no user, password or key".into(),
                );
            }
            for (key, name) in [("aws_region", region), ("aws_service", service)] {
                let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
                if name.is_empty() || !name.bytes().all(letter) {
                    return Err(BadSection::Aws(key, name.to_string()));
                }
            }
            return Ok(Way::Signed { region, service });
        }
        match (self.user, self.password_env, token) {
            (None, None, None) => Ok(Way::None),
            (Some(user), Some(name), None) => Ok(Way::Password { user, name }),
            (None, None, Some((_, scheme, name))) => Ok(Way::Token { scheme, name }),
            (.., Some((key, ..))) => {
                wrong(format!("`{key}` stands alone, without `{}` and `password_env`", self.user_key))
            }
            _ => wrong(format!("`{}` and `password_env` belong together", self.user_key)),
        }
    }

    fn credentials(&self, keyring: &Keyring) -> Result<Credentials, BadSection> {
        Ok(match self.way()? {
            Way::None => Credentials::None,
            Way::Password { user, name } => {
                Credentials::Basic { user: user.to_string(), password: keyring.secrets.need(name)? }
            }
            Way::Token { scheme, name } => Credentials::Token { scheme, token: keyring.secrets.need(name)? },
            Way::Signed { region, service } => {
                let signers = keyring.signers.as_ref().ok_or(BadSection::NoAws)?;
                Credentials::Signed(signers.signer(region, service))
            }
        })
    }
}

/// A time in days, as `retention_days` has it.
pub fn days(days: u32) -> Duration {
    Duration::from_secs(u64::from(days) * 86_400)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Secret;
    use crate::http::secrets::Secrets;
    use std::sync::Arc;

    struct Held;

    impl Secrets for Held {
        fn get(&self, name: &str) -> Option<Secret> {
            (name == "HELD").then(|| Secret::new("s3cret"))
        }
    }

    fn section<'c>(
        user: Option<&'c str>,
        password_env: Option<&'c str>,
        token_env: Option<&'c str>,
    ) -> Section<'c> {
        let token = Some(Token { key: "token_env", env: token_env, scheme: "Bearer" });
        let login = Login { user_key: "username", user, password_env, token, aws: None };
        Section { url: "http://127.0.0.1:1", login, ca_file: None, timeout_seconds: 0, gzip: false }
    }

    #[test]
    fn who_we_are_is_read_of_the_section_and_the_keyring() {
        let keyring = Keyring { secrets: Arc::new(Held), signers: None };
        let of = |section: Section<'_>| section.settings(&keyring).unwrap();
        assert!(matches!(of(section(None, None, None)).credentials, Credentials::None));
        let Credentials::Basic { user, password } = of(section(Some("u"), Some("HELD"), None)).credentials
        else {
            panic!("no password")
        };
        assert_eq!((&*user, password.reveal()), ("u", "s3cret"));
        let token = of(section(None, None, Some("HELD")));
        assert!(matches!(token.credentials, Credentials::Token { scheme: "Bearer", .. }));
        assert_eq!(token.timeout, Duration::from_secs(1), "no time at all would end each call");
    }

    #[test]
    fn what_does_not_go_together_is_told_without_the_secrets_and_what_is_missing_with_them() {
        for (section, words) in [
            (section(Some("u"), None, None), "`username` and `password_env` belong together"),
            (section(None, Some("HELD"), None), "`username` and `password_env` belong together"),
            (section(Some("u"), Some("HELD"), Some("HELD")), "`token_env` stands alone"),
            (Section { url: "localhost", ..section(None, None, None) }, "`url`"),
        ] {
            let error = section.check().unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
        let signed = |mut section: Section<'static>, region, service| {
            section.login.aws = Some(Aws { region: Some(region), service });
            section
        };
        for (section, words) in [
            (signed(section(Some("u"), Some("HELD"), None), "eu-west-1", "es"), "`aws_region` stands alone"),
            (signed(section(None, None, Some("HELD")), "eu-west-1", "es"), "`aws_region` stands alone"),
            (signed(section(None, None, None), "Ireland", "es"), "`aws_region` \"Ireland\""),
            (signed(section(None, None, None), "eu-west-1", ""), "`aws_service` \"\""),
        ] {
            let error = section.check().unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
        let missing = section(None, None, Some("MISSING"));
        missing.check().unwrap();
        let keyring = Keyring { secrets: Arc::new(Held), signers: None };
        let error = missing.settings(&keyring).unwrap_err().to_string();
        assert!(error.contains("`MISSING`"), "{error}");
        let no_aws = signed(section(None, None, None), "eu-west-1", "es");
        no_aws.check().unwrap();
        let error = no_aws.settings(&keyring).unwrap_err().to_string();
        assert!(error.contains("`--features aws`"), "{error}");
    }
}
