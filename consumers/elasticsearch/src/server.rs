//! Which server it is.

use catchwater_consumer_core::http::{Client, Failure, Request};
use serde_json::Value;
use std::fmt;

/// The two that speak this API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    /// Elasticsearch 7 to 9.
    Elasticsearch,
    /// OpenSearch 1 to 3, also as Amazon's service.
    OpenSearch,
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Elasticsearch => "Elasticsearch",
            Self::OpenSearch => "OpenSearch",
        })
    }
}

/// A server and its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Which of the two.
    pub product: Product,
    /// Its version, such as `8.18.0`.
    pub version: String,
}

impl Server {
    /// Of what it says of itself. OpenSearch names itself; by versions alone it is that of 1 to 3, for Elasticsearch
    /// had 7.8, which is the first with these templates, before OpenSearch was.
    fn of(version: &Value) -> Option<Self> {
        let number = version.get("number").unwrap_or(version).as_str()?;
        let major: u32 = number.split('.').next()?.parse().ok()?;
        let named = version.get("distribution").and_then(Value::as_str) == Some("opensearch");
        let product = if named || major <= 3 { Product::OpenSearch } else { Product::Elasticsearch };
        Some(Self { product, version: number.to_string() })
    }

    /// Asks the server: its root, or where that is closed (a proxy, a user without `monitor`), its nodes.
    pub async fn ask(client: &Client) -> Result<Option<Self>, Failure> {
        let root = client.send(Request::get("/")).await?;
        // The root tells as a whole whether we may speak to the server at all.
        if root.status == 401 {
            root.clone().into_success()?;
        }
        let answer: Value = serde_json::from_slice(&root.body).unwrap_or_default();
        if let Some(server) = answer.get("version").and_then(Self::of) {
            return Ok(Some(server));
        }
        let nodes = client.send(Request::get("/_nodes?filter_path=nodes.*.version")).await?.into_success()?;
        let nodes: Value = serde_json::from_slice(&nodes).unwrap_or_default();
        let first = nodes.get("nodes").and_then(Value::as_object).and_then(|n| n.values().next());
        Ok(first.and_then(|node| node.get("version")).and_then(Self::of))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_server_is_known_by_its_word_or_its_version() {
        for (version, product) in [
            (json!({"number": "7.10.2", "distribution": "opensearch"}), Product::OpenSearch),
            (json!({"number": "3.4.0", "distribution": "opensearch"}), Product::OpenSearch),
            (json!({"number": "9.1.0", "build_flavor": "default"}), Product::Elasticsearch),
            (json!("2.19.4"), Product::OpenSearch),
            (json!("8.18.0"), Product::Elasticsearch),
        ] {
            assert_eq!(Server::of(&version).unwrap().product, product, "{version}");
        }
        assert_eq!(Server::of(&json!({"number": "soon"})), None);
    }
}
