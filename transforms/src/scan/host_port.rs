//! A host and a port, `name:80`, `10.0.0.1:80`, `[::1]:80`, and `2001:db8::1:80` as load balancers write IPv6.

use super::address::is_ipv6;

/// A host, and the port behind it if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostPort<'a> {
    /// Name or address, without brackets.
    pub host: &'a str,
    /// Port.
    pub port: Option<u16>,
}

/// Splits a host that may have a port.
pub fn split(text: &str) -> HostPort<'_> {
    if let Some((host, rest)) = text.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
        return HostPort { host, port: rest.strip_prefix(':').and_then(port) };
    }
    match text.rsplit_once(':') {
        Some((host, digits)) if !host.contains(':') => match port(digits) {
            port @ Some(_) => HostPort { host, port },
            None => HostPort { host: text, port: None },
        },
        // More than one colon: IPv6. Without brackets, the last group is a port only by `split_with_port`.
        _ => HostPort { host: text, port: None },
    }
}

/// Splits a host that surely has a port: of IPv6 without brackets, the last group is the port. `None` if there is
/// none.
pub fn split_with_port(text: &str) -> Option<(&str, u16)> {
    let (host, digits) = text.rsplit_once(':')?;
    let port = port(digits)?;
    let host = match host.strip_prefix('[').and_then(|inside| inside.strip_suffix(']')) {
        Some(inside) if is_ipv6(inside) => inside,
        Some(_) => return None,
        None => host,
    };
    let valid = !host.is_empty() && (!host.contains(':') || is_ipv6(host));
    valid.then_some((host, port))
}

/// A port's number.
pub fn port(digits: &str) -> Option<u16> {
    let valid = !digits.is_empty() && digits.bytes().all(|c| c.is_ascii_digit());
    if valid { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn splits_names_and_addresses() {
        for (text, host, port) in [
            ("example.com:80", "example.com", Some(80)),
            ("example.com", "example.com", None),
            ("[::1]:443", "::1", Some(443)),
            ("[::1]", "::1", None),
            ("2001:db8::1", "2001:db8::1", None),
            ("unix:", "unix:", None),
            ("a:+1", "a:+1", None),
            ("a:70000", "a:70000", None),
        ] {
            assert_eq!(split(text), HostPort { host, port }, "{text}");
        }
    }

    #[test]
    fn the_last_group_is_the_port_where_there_must_be_one() {
        let v6 = "2601:6bbc:c529:9dad:6bbc:c529:9dad:6bbc:50599";
        assert_eq!(split_with_port(v6), Some(("2601:6bbc:c529:9dad:6bbc:c529:9dad:6bbc", 50599)));
        assert_eq!(split_with_port("fd6d::f46:80"), Some(("fd6d::f46", 80)));
        assert_eq!(split_with_port("[fd6d::f46]:80"), Some(("fd6d::f46", 80)));
        assert_eq!(split_with_port("10.0.0.1:80"), Some(("10.0.0.1", 80)));
        for bad in ["-", "", ":80", "10.0.0.1", "a:b:80", "[x]:80", "1.1.1.1:"] {
            assert_eq!(split_with_port(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "[0-9a-f:.\\[\\]é-]{0,30}") {
            let _ = (split(&text), split_with_port(&text));
        }
    }
}
