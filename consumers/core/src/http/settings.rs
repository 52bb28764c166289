//! Where the server is and how it is spoken to.

use crate::http::credentials::{Credentials, Secret};
use hyper::Uri;
use std::path::PathBuf;
use std::time::Duration;

/// Settings of a client.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The server and the path before all paths: `https://search.example:9200/logs`.
    pub base: BaseUrl,
    /// Who the client says it is.
    pub credentials: Credentials,
    /// More headers of each request; a value may be a secret.
    pub headers: Vec<(String, Secret)>,
    /// Certificates (PEM) of those who sign the server's; without it, those that the system trusts.
    pub ca_file: Option<PathBuf>,
    /// Time for a TCP connection.
    pub connect_timeout: Duration,
    /// Time for a call, from the connection to the answer's last byte.
    pub timeout: Duration,
    /// Most bytes of an answer's body.
    pub max_answer_bytes: usize,
    /// Are bodies packed? (gzip, level 1)
    pub gzip: bool,
}

impl Settings {
    /// Settings for a server, else the defaults.
    pub fn new(base: BaseUrl) -> Self {
        Self {
            base,
            credentials: Credentials::None,
            headers: Vec::new(),
            ca_file: None,
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
            max_answer_bytes: 16 << 20,
            gzip: true,
        }
    }
}

/// `http` or `https`, host, port and the path before all paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(String);

/// A URL that is no server's; says never the URL, which may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    /// Not `http(s)://host…`.
    #[error("the URL is not `http://host:port` or `https://host:port`")]
    NoUrl,
    /// A user or password stands in it.
    #[error("the URL has a user or password before the host; set them by settings of their own")]
    HasUser,
    /// It goes on behind the path.
    #[error("the URL has a query (`?…`), which a server's address has not")]
    HasQuery,
}

impl BaseUrl {
    /// Reads a server's address.
    pub fn parse(text: &str) -> Result<Self, BadUrl> {
        let uri: Uri = text.trim().parse().map_err(|_| BadUrl::NoUrl)?;
        let (Some("http" | "https"), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(BadUrl::NoUrl);
        };
        if authority.as_str().contains('@') {
            return Err(BadUrl::HasUser);
        }
        if uri.query().is_some() {
            return Err(BadUrl::HasQuery);
        }
        if authority.host().is_empty() {
            return Err(BadUrl::NoUrl);
        }
        let scheme = uri.scheme_str().unwrap_or("https");
        Ok(Self(format!("{scheme}://{authority}{}", uri.path().trim_end_matches('/'))))
    }

    /// The address, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_read() {
        for (text, read) in [
            ("http://127.0.0.1:9200", "http://127.0.0.1:9200"),
            ("https://a.example/", "https://a.example"),
            (" https://a.example:443/es/ ", "https://a.example:443/es"),
            ("http://[::1]:9200", "http://[::1]:9200"),
        ] {
            assert_eq!(BaseUrl::parse(text).unwrap().as_str(), read, "{text}");
        }
    }

    #[test]
    fn what_is_no_server_is_refused_without_telling_it() {
        for (text, error) in [
            ("a.example:9200", BadUrl::NoUrl),
            ("ftp://a.example", BadUrl::NoUrl),
            ("", BadUrl::NoUrl),
            ("http://", BadUrl::NoUrl),
            ("https://bob:s3cret@a.example", BadUrl::HasUser),
            ("https://a.example/?api_key=s3cret", BadUrl::HasQuery),
        ] {
            let read = BaseUrl::parse(text).unwrap_err();
            assert_eq!(read, error, "{text}");
            assert!(!format!("{read} {read:?}").contains("s3cret"));
        }
    }
}
