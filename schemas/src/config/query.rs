//! What was asked: which parameters hold a query's text, and rules for the names of operations.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the text of a query stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Query {
    /// Parameters of `url.query` that hold what was searched, compared without case; of several that are there, the
    /// one named first here counts.
    pub parameters: Vec<String>,
}

impl Default for Query {
    fn default() -> Self {
        let names = [
            "q",
            "query",
            "search",
            "searchterm",
            "search_term",
            "search_query",
            "keywords",
            "keyword",
            "term",
            "terms",
            "text",
            "lookfor",
        ];
        Self { parameters: names.map(String::from).to_vec() }
    }
}

/// A rule for `catchwater.operation`. The first whose service and path match counts; where none does, parts of the
/// path that look like ids are replaced. Give `template` or `pattern`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Operation {
    /// The whole path, `{name}` for what differs and holds no `/`, `{name*}` for what may hold some:
    /// `/iiif/{image}/{region}/{size}/{rotation}/{quality}.{format}`.
    pub template: Option<String>,
    /// A regular expression that is searched in the path (syntax of Rust's crate `regex`: linear time, no look-around).
    pub pattern: Option<String>,
    /// The operation's name, `$1` or `${name}` for groups of the pattern; without it the method and the template.
    pub operation: Option<String>,
    /// Only for this service; `*` stands for any text.
    pub service: Option<String>,
    /// Only for this method, such as `GET`.
    pub method: Option<String>,
}
