//! Who the client says it is.

use crate::http::sign::Sign;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};
use std::fmt;
use std::sync::Arc;

/// A password, token or key; prints `****`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A secret that is known already, as in tests.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Of a text as people store it: white space around the secret is no part of it, and an empty one is none.
    pub fn of(text: &str) -> Option<Self> {
        let secret = text.trim();
        (!secret.is_empty()).then(|| Self::new(secret))
    }

    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("****")
    }
}

/// How the client says who it is.
#[derive(Clone, Debug, Default)]
pub enum Credentials {
    /// It does not.
    #[default]
    None,
    /// User and password (RFC 7617).
    Basic {
        /// User's name.
        user: String,
        /// Its password.
        password: Secret,
    },
    /// `Authorization: <scheme> <token>`: `Bearer` (RFC 6750), Elasticsearch's `ApiKey`, InfluxDB's `Token`.
    Token {
        /// The word before the token.
        scheme: &'static str,
        /// The token.
        token: Secret,
    },
    /// A header of the server's own, such as `X-Api-Key`.
    Header {
        /// The header's name.
        name: String,
        /// Its value.
        value: Secret,
    },
    /// Each request is signed.
    Signed(Arc<dyn Sign>),
}

/// The credentials cannot stand in a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadCredentials(&'static str);

impl Credentials {
    /// The header that says it; marked as sensitive, so that it prints as such.
    pub(crate) fn header(&self) -> Result<Option<(HeaderName, HeaderValue)>, BadCredentials> {
        let (name, text) = match self {
            Self::None | Self::Signed(_) => return Ok(None),
            Self::Basic { user, .. } if user.contains(':') => {
                return Err(BadCredentials("a user's name cannot have a colon (RFC 7617)"));
            }
            Self::Basic { user, password } => {
                (AUTHORIZATION, format!("Basic {}", STANDARD.encode(format!("{user}:{}", password.0))))
            }
            Self::Token { scheme, token } => (AUTHORIZATION, format!("{scheme} {}", token.0)),
            Self::Header { name, value } => {
                let name = HeaderName::try_from(name.as_str());
                let name = name.map_err(|_| BadCredentials("the key's header has a malformed name"))?;
                (name, value.0.clone())
            }
        };
        let value = HeaderValue::try_from(text);
        let mut value =
            value.map_err(|_| BadCredentials("the secret has characters that no header takes"))?;
        value.set_sensitive(true);
        Ok(Some((name, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_header() {
        let token = Secret::new("s3cret");
        let of = |c: Credentials| c.header().unwrap().map(|(n, v)| format!("{n}: {}", v.to_str().unwrap()));
        let basic = Credentials::Basic { user: "bob".into(), password: token.clone() };
        assert_eq!(of(basic).unwrap(), "authorization: Basic Ym9iOnMzY3JldA==");
        let key = Credentials::Token { scheme: "ApiKey", token: token.clone() };
        assert_eq!(of(key).unwrap(), "authorization: ApiKey s3cret");
        let own = Credentials::Header { name: "X-Api-Key".into(), value: token };
        assert_eq!(of(own).unwrap(), "x-api-key: s3cret");
        assert_eq!(of(Credentials::None), None);
    }

    #[test]
    fn what_no_header_takes_is_refused_without_telling_it() {
        let colon = Credentials::Basic { user: "a:b".into(), password: Secret::new("p") };
        assert!(colon.header().is_err());
        let broken = Credentials::Token { scheme: "Bearer", token: Secret::new("se\ncret") };
        let said = format!("{:?} {broken:?}", broken.header().unwrap_err());
        assert!(!said.contains("cret\"") && !said.contains("se\n"), "{said}");
    }

    #[test]
    fn white_space_around_a_secret_is_no_part_of_it() {
        assert_eq!(Secret::of(" s3 cret\n").unwrap().reveal(), "s3 cret");
        assert_eq!(Secret::of(" \n"), None);
    }
}
