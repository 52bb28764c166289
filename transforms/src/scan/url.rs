//! A URL or request target, split into its parts as they came: nothing is decoded.

use super::host_port::port;

/// Parts of a URL; absent parts are `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Url<'a> {
    /// `http`, `https`, `ws` …
    pub scheme: Option<&'a str>,
    /// Host, with brackets if it is IPv6 (ECS, `url.domain`).
    pub domain: Option<&'a str>,
    /// Port, where it is written.
    pub port: Option<u16>,
    /// Path.
    pub path: Option<&'a str>,
    /// Query without its `?`.
    pub query: Option<&'a str>,
}

/// Splits a request target (RFC 9112, section 3.2) in origin form (`/a?b`), absolute form (`http://h:80/a?b`) or
/// asterisk form (`*`); `None` if it is none of these.
pub fn split(target: &str) -> Option<Url<'_>> {
    if target.starts_with('/') || target == "*" {
        let (path, query) = path_and_query(target);
        return Some(Url { path, query, ..Url::default() });
    }
    let (scheme, rest) = target.split_once("://")?;
    let valid = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'-' | b'.');
    if !scheme.bytes().next()?.is_ascii_alphabetic() || !scheme.bytes().all(valid) {
        return None;
    }
    let end = memchr::memchr3(b'/', b'?', b'#', rest.as_bytes()).unwrap_or(rest.len());
    let (domain, port) = authority(&rest[..end]);
    let (path, query) = path_and_query(&rest[end..]);
    Some(Url { scheme: Some(scheme), domain, port, path, query })
}

/// Splits an authority (RFC 3986, section 3.2), `user@host:80`; the user is left out.
pub fn authority(text: &str) -> (Option<&str>, Option<u16>) {
    let host = text.rsplit_once('@').map_or(text, |(_, host)| host);
    let colon = match host.rfind(']') {
        Some(bracket) => host[bracket..].find(':').map(|at| bracket + at),
        None => host.rfind(':'),
    };
    let (name, digits) = colon.map_or((host, ""), |at| (&host[..at], &host[at + 1..]));
    // A load balancer writes `http://host:80-` for a request without a target.
    let digits = digits.strip_suffix('-').unwrap_or(digits);
    ((!name.is_empty()).then_some(name), port(digits))
}

fn path_and_query(text: &str) -> (Option<&str>, Option<&str>) {
    let (path, query) = match memchr::memchr(b'?', text.as_bytes()) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    ((!path.is_empty()).then_some(path), query.filter(|q| !q.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn splits_each_form() {
        let url = split("https://u:p@example.com:8443/a/b?c=d?e").unwrap();
        let expected = Url {
            scheme: Some("https"),
            domain: Some("example.com"),
            port: Some(8443),
            path: Some("/a/b"),
            query: Some("c=d?e"),
        };
        assert_eq!(url, expected);
        assert_eq!(split("//a").unwrap().path, Some("//a"));
        assert_eq!(split("/?").unwrap(), Url { path: Some("/"), ..Url::default() });
        assert_eq!(split("http://[::1]:80/").unwrap().domain, Some("[::1]"));
        assert_eq!(split("http://h:80-").unwrap().port, Some(80));
        assert_eq!(split("http://h?q").unwrap().query, Some("q"));
        for bad in ["", "-", "hello", "a b", "://x", "1http://x"] {
            assert_eq!(split(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "[a:/?#@\\[\\]é0-9-]{0,30}") {
            let _ = (split(&text), authority(&text));
        }
    }
}
