//! Who may come in: programs of this machine, no web page.
//!
//! A page in a browser can send requests to loopback ports (cross-site request forgery), and under a host name of its
//! own that it lets point to 127.0.0.1 even read the answers (DNS rebinding). The first has an `Origin`, the second
//! a foreign `Host`: both are refused.

use super::errors::{self, Refusal};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ferrokinesis_core::constants;
use ferrokinesis_core::operation::Operation;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};

/// Refuses what a browser sends for a page.
pub(super) fn check(parts: &Parts) -> Result<(), Refusal> {
    if parts.headers.contains_key(header::ORIGIN) || parts.headers.contains_key("sec-fetch-site") {
        return Err(errors::from_a_web_page());
    }
    let host = parts.headers.get(header::HOST).map_or("", |h| h.to_str().unwrap_or("?"));
    if is_loopback(host) { Ok(()) } else { Err(errors::not_loopback(host)) }
}

fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let name = name.to_ascii_lowercase();
    // Names under localhost never leave the machine (RFC 6761, 6.3).
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The operation that `X-Amz-Target` names.
pub(super) fn operation(headers: &HeaderMap) -> Result<Operation, Refusal> {
    let target = headers.get("x-amz-target").and_then(|t| t.to_str().ok()).unwrap_or_default();
    let (service, operation) = target.split_once('.').unwrap_or_default();
    let known = operation.parse().ok().filter(|_| service == constants::KINESIS_API);
    known.ok_or_else(errors::unknown_operation)
}

/// Ids of requests, for the headers that SDKs show in errors. They need to differ, nothing more.
pub(super) struct RequestIds {
    seed: RandomState,
    count: AtomicU64,
}

impl RequestIds {
    pub fn new() -> Self {
        Self { seed: RandomState::new(), count: AtomicU64::new(0) }
    }

    /// Sets `x-amzn-RequestId` and `x-amz-id-2`.
    pub fn mark(&self, headers: &mut HeaderMap) {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let parts: Vec<u64> = (0..6u64).map(|n| self.seed.hash_one((count, n))).collect();
        let (a, b) = (parts[0], parts[1]);
        let id = format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            a >> 32,
            a >> 16 & 0xffff,
            a & 0xfff,
            b >> 52,
            b & 0xffff_ffff_ffff
        );
        let long = STANDARD.encode(parts.iter().flat_map(|p| p.to_be_bytes()).collect::<Vec<u8>>());
        for (name, text) in [("x-amzn-requestid", id), ("x-amz-id-2", long)] {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machines_names_are_served() {
        for host in
            ["localhost", "LOCALHOST:4567", "127.0.0.1:4567", "127.9.9.9", "[::1]:80", "kinesis.localhost:1"]
        {
            assert!(is_loopback(host), "{host}");
        }
        for host in
            ["", "evil.example:4567", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", "[::2]"]
        {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn request_ids_look_like_uuids_and_differ() {
        let (ids, mut headers) = (RequestIds::new(), HeaderMap::new());
        ids.mark(&mut headers);
        let first = headers["x-amzn-requestid"].clone();
        assert_eq!(first.to_str().unwrap().split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        ids.mark(&mut headers);
        assert_ne!(first, headers["x-amzn-requestid"]);
    }
}
