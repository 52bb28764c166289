//! Who asked: where to look for a name, how far proxies are trusted, tables that map addresses and keys, and what is
//! added to the lists of bots and services.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who asked, for all routes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Who {
    /// Where `catchwater.who` comes from: the first that finds something counts. A route's own `who` takes its place.
    pub order: Vec<Extractor>,
    /// The claim of a JSON Web Token that `jwt` takes.
    pub jwt_claim: String,
    /// Names of headers and of parameters of the query whose value `api_key` takes for a key, compared without case,
    /// `_` and `-`. Their values are hidden as `redact.query_parameters` are.
    pub api_keys: Vec<String>,
    /// How many proxies of your own append to `X-Forwarded-For`: `forwarded_for` takes the address that the outermost of
    /// them saw, counted from the right.
    pub trusted_hops: usize,
    /// Networks of your own proxies; if given, `forwarded_for` takes the last address that is in none of them, and only
    /// where the peer is in one.
    pub trusted_proxies: Vec<String>,
    /// Parts of user agents that are bots', beside those that are known; compared without case.
    pub bots: Vec<String>,
    /// Parts of user agents that are services'.
    pub services: Vec<String>,
    /// Parts of user agents that are persons'.
    pub persons: Vec<String>,
    /// Files that say more about addresses, keys and users.
    pub tables: WhoTables,
}

impl Default for Who {
    fn default() -> Self {
        let names = ["api_key", "apikey", "x-api-key"];
        Self {
            order: vec![Extractor::User, Extractor::Address],
            jwt_claim: "sub".into(),
            api_keys: names.map(String::from).to_vec(),
            trusted_hops: 1,
            trusted_proxies: Vec::new(),
            bots: Vec::new(),
            services: Vec::new(),
            persons: Vec::new(),
            tables: WhoTables::default(),
        }
    }
}

/// One way to find out who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Extractor {
    /// The authenticated user: `user.name`, else `user.id`.
    User,
    /// The subject of a JSON Web Token in the line, or the claim as the source had read it. Its signature is not
    /// checked: take it only from logs of what has.
    Jwt,
    /// The application whose API key the line holds, by the table `applications`; else a hash of the key, never the key.
    ApiKey,
    /// The AWS principal: role and session, user, or the service that called.
    Principal,
    /// The client in `X-Forwarded-For`, as far as proxies are trusted.
    ForwardedFor,
    /// The peer: `source.ip`, `source.address`, else `client.ip`.
    Address,
}

impl Extractor {
    /// All of them.
    pub const ALL: [Extractor; 6] = [
        Extractor::User,
        Extractor::Jwt,
        Extractor::ApiKey,
        Extractor::Principal,
        Extractor::ForwardedFor,
        Extractor::Address,
    ];

    /// Its name in the configuration and in `catchwater.who_source`.
    pub fn name(self) -> &'static str {
        match self {
            Extractor::User => "user",
            Extractor::Jwt => "jwt",
            Extractor::ApiKey => "api_key",
            Extractor::Principal => "principal",
            Extractor::ForwardedFor => "forwarded_for",
            Extractor::Address => "address",
        }
    }
}

/// Files with tables: CSV, or TOML by the ending `.toml`. Paths are seen from the configuration's folder. `catchwater up`
/// reads a file again when it changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WhoTables {
    /// `cidr,name`: the organisation of an address, for `organization.name`; of networks in each other the smallest counts.
    pub organizations: Option<String>,
    /// `key,name`: the application of an API key, for `catchwater.application`. A key may be given as `sha256:` and its
    /// hash in hexadecimal digits.
    pub applications: Option<String>,
    /// `who,class`: `person`, `service` or `bot` for a user or principal, for `catchwater.who_class`.
    pub classes: Option<String>,
}

impl WhoTables {
    /// Each key with its file, if there is one.
    pub fn files(&self) -> [(&'static str, Option<&str>); 3] {
        [
            ("organizations", self.organizations.as_deref()),
            ("applications", self.applications.as_deref()),
            ("classes", self.classes.as_deref()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_configuration() {
        for extractor in Extractor::ALL {
            assert_eq!(serde_json::to_value(extractor).unwrap(), extractor.name());
        }
    }
}
