//! What is hidden before any sink and log.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is hidden before any sink and log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Redact {
    /// Rules that are at work; all are unless this says otherwise.
    pub rules: Vec<RedactRule>,
    /// Names whose values the rule `parameters` hides, in queries, JSON and text; compared without case, `_` and `-`.
    pub query_parameters: Vec<String>,
    /// Rules of your own.
    pub pattern: Vec<RedactPattern>,
}

/// A kind of secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RedactRule {
    /// Values of what is named in `query_parameters`.
    Parameters,
    /// Passwords before the host of a URL.
    UrlPasswords,
    /// Passwords in SQL: `PASSWORD '…'`, `IDENTIFIED BY '…'`.
    SqlPasswords,
    /// AWS access key ids, and secret keys that follow one.
    AwsKeys,
    /// What follows `Bearer` or `Basic`.
    Authorization,
    /// JSON Web Tokens.
    Jwt,
    /// Numbers of payment cards.
    Cards,
    /// PEM blocks of private keys.
    PrivateKeys,
    /// Tokens of GitHub, GitLab, Slack, Google, Stripe and npm.
    Tokens,
}

impl RedactRule {
    /// All of them.
    pub const ALL: [RedactRule; 9] = [
        RedactRule::Parameters,
        RedactRule::UrlPasswords,
        RedactRule::SqlPasswords,
        RedactRule::AwsKeys,
        RedactRule::Authorization,
        RedactRule::Jwt,
        RedactRule::Cards,
        RedactRule::PrivateKeys,
        RedactRule::Tokens,
    ];
}

/// A rule of your own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RedactPattern {
    /// What it hides, for messages about the rule.
    pub name: String,
    /// A regular expression (syntax of Rust's crate `regex`: linear time, no look-around).
    pub pattern: String,
    /// What stands in its place, `$1` or `${name}` for groups of the pattern.
    #[serde(default = "hidden")]
    pub replacement: String,
}

/// What stands in a secret's place.
pub const HIDDEN: &str = "REDACTED";

fn hidden() -> String {
    HIDDEN.into()
}

impl Default for Redact {
    fn default() -> Self {
        let names = [
            "password",
            "passwd",
            "pwd",
            "passphrase",
            "token",
            "access_token",
            "id_token",
            "refresh_token",
            "auth_token",
            "session_token",
            "security_token",
            "api_key",
            "x-api-key",
            "secret",
            "client_secret",
            "secret_key",
            "secret_access_key",
            "aws_secret_access_key",
            "private_key",
            "signature",
            "sig",
            "x-amz-signature",
            "x-amz-security-token",
            "x-amz-credential",
            "authorization",
            "proxy-authorization",
        ];
        Self {
            rules: RedactRule::ALL.to_vec(),
            query_parameters: names.map(String::from).to_vec(),
            pattern: Vec::new(),
        }
    }
}
