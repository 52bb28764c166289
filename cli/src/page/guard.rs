//! Who may ask: pages of other sites that the same browser shows must not read the logs (DNS rebinding), and nothing
//! that comes from logs may run as script.

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Scripts and styles come from this page only. uPlot sets inline styles on its elements.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Refuses requests whose `Host` is a name of somebody else, and sets the security headers.
pub async fn only_from_here(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or_default();
    if !is_address_or_localhost(host) {
        let told = "This page answers to localhost or an address only, not to a name (DNS rebinding).\n";
        return (StatusCode::FORBIDDEN, told).into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// An IP address cannot be rebound to another host; of names only localhost is ours.
fn is_address_or_localhost(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    name == "localhost" || name.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_localhost_are_ours() {
        for ours in ["127.0.0.1:4580", "127.0.0.1", "localhost:1", "[::1]:4580", "10.0.0.7:80"] {
            assert!(is_address_or_localhost(ours), "{ours}");
        }
        for others in ["evil.example:4580", "localhost.evil.example", "", "127.0.0.1.evil.example:80"] {
            assert!(!is_address_or_localhost(others), "{others}");
        }
    }
}
