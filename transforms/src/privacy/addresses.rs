//! IP addresses in texts, and what stands in their place.

use super::key::{Key, hash};
use catchwater_schemas::config::{AddressPrivacy, HIDDEN};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// First byte of a pseudonym: locally assigned addresses of RFC 4193, which nobody outside can be reached by.
const UNIQUE_LOCAL: u8 = 0xFD;

/// What stands in an address's place. (One that is dropped is hidden where it is a part of a text.)
pub(super) fn pseudonym(ip: IpAddr, privacy: AddressPrivacy, key: Option<&Key>) -> String {
    let ip = ip.to_canonical();
    match privacy {
        AddressPrivacy::Keep => ip.to_string(),
        AddressPrivacy::Truncate => truncated(ip).to_string(),
        AddressPrivacy::Hash => match ip {
            IpAddr::V4(ip) => hashed(&ip.octets(), key),
            IpAddr::V6(ip) => hashed(&ip.octets(), key),
        },
        AddressPrivacy::Drop => HIDDEN.to_string(),
    }
}

/// What stands in the place of a host's name; no part of it is kept by `truncate`, for it may be one person's.
pub(super) fn pseudonym_of_name(name: &str, privacy: AddressPrivacy, key: Option<&Key>) -> String {
    match privacy {
        AddressPrivacy::Hash => hashed(name.to_ascii_lowercase().as_bytes(), key),
        _ => HIDDEN.to_string(),
    }
}

fn hashed(bytes: &[u8], key: Option<&Key>) -> String {
    let hash = hash(key, "address", bytes);
    let mut octets = [0; 16];
    octets.copy_from_slice(&hash[..16]);
    octets[0] = UNIQUE_LOCAL;
    Ipv6Addr::from(octets).to_string()
}

fn truncated(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => Ipv4Addr::from(u32::from(ip) & (u32::MAX << 8)).into(),
        IpAddr::V6(ip) => Ipv6Addr::from(u128::from(ip) & (u128::MAX << 80)).into(),
    }
}

/// All addresses in a text, in order: where each starts and ends. One pass.
pub(super) fn find(text: &str, mut found: impl FnMut(usize, usize, IpAddr)) {
    let bytes = text.as_bytes();
    let is_of_run = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    let mut at = 0;
    while let Some(start) = bytes[at..].iter().position(is_of_run).map(|n| at + n) {
        let end = bytes[start..].iter().position(|b| !is_of_run(b)).map_or(bytes.len(), |n| start + n);
        let is_word = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
        let alone = !is_word(start.checked_sub(1).and_then(|n| bytes.get(n))) && !is_word(bytes.get(end));
        match v6(&text[start..end]).filter(|_| alone) {
            Some((from, to, ip)) => found(start + from, start + to, ip.into()),
            None => find_v4(&text[start..end], start, &mut found),
        }
        at = end;
    }
}

/// The IPv6 address that a run of its letters is, but for punctuation behind it.
fn v6(run: &str) -> Option<(usize, usize, Ipv6Addr)> {
    if run.len() > 64 || memchr::memchr_iter(b':', run.as_bytes()).take(2).count() < 2 {
        return None;
    }
    let without = |run: &str, end: char| run.strip_suffix(end).unwrap_or(run).len();
    let lengths = [run.len(), without(run, '.'), without(run, ':')];
    let parsed = lengths.into_iter().find_map(|len| Some((len, run[..len].parse().ok()?)));
    // `::` alone stands between names in many languages, and is nobody's address.
    parsed.filter(|(len, _)| *len > 2).map(|(len, ip)| (0, len, ip))
}

fn find_v4(run: &str, offset: usize, found: &mut impl FnMut(usize, usize, IpAddr)) {
    let mut start = 0;
    for part in run.split_inclusive(|c: char| !c.is_ascii_digit() && c != '.') {
        let text = part.trim_end_matches(|c: char| !c.is_ascii_digit());
        let dots = text.len() - text.trim_start_matches('.').len();
        if let Ok(ip) = text[dots..].parse::<Ipv4Addr>() {
            found(offset + start + dots, offset + start + text.len(), ip.into());
        }
        start += part.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(text: &str) -> Vec<&str> {
        let mut found = Vec::new();
        find(text, |start, end, _| found.push(&text[start..end]));
        found
    }

    #[test]
    fn finds_addresses_wherever_they_stand() {
        for (text, expected) in [
            ("198.18.0.1 - -", vec!["198.18.0.1"]),
            ("from 198.18.0.1:80, [2001:db8::1]:443.", vec!["198.18.0.1", "2001:db8::1"]),
            ("host=198.18.0.1.", vec!["198.18.0.1"]),
            ("rhost:198.18.0.1", vec!["198.18.0.1"]),
            ("ip198.18.0.1x", vec!["198.18.0.1"]),
            ("abc198.18.0.1", vec!["198.18.0.1"]),
            ("::ffff:198.18.0.1 2001:DB8:0:0::7:", vec!["::ffff:198.18.0.1", "2001:DB8:0:0::7"]),
            ("12:34:56 std::fmt a::b? :: 1.2.3 1.2.3.4.5 300.1.1.1", vec!["a::b"]),
            ("", vec![]),
        ] {
            assert_eq!(all(text), expected, "{text}");
        }
    }

    #[test]
    fn pseudonyms_are_addresses() {
        let key = Key::new(b"k");
        let of = |ip: &str, privacy| pseudonym(ip.parse().unwrap(), privacy, Some(&key));
        assert_eq!(of("198.18.7.9", AddressPrivacy::Truncate), "198.18.7.0");
        assert_eq!(of("2001:db8:1:2:3::4", AddressPrivacy::Truncate), "2001:db8:1::");
        let hashed = of("198.18.7.9", AddressPrivacy::Hash);
        assert!(hashed.starts_with("fd") && hashed.parse::<Ipv6Addr>().is_ok(), "{hashed}");
        assert_eq!(of("::ffff:198.18.7.9", AddressPrivacy::Hash), hashed);
        assert_ne!(of("198.18.7.8", AddressPrivacy::Hash), hashed);
        assert_eq!(of("198.18.7.9", AddressPrivacy::Drop), HIDDEN);
    }

    proptest! {
        #[test]
        fn finds_every_address_between_spaces(ips in proptest::collection::vec(any::<IpAddr>(), 0..5)) {
            let text = ips.iter().map(|ip| format!("{ip} ")).collect::<String>();
            let expected: Vec<String> = ips.iter().map(IpAddr::to_string).filter(|ip| ip != "::").collect();
            prop_assert_eq!(all(&text), expected);
        }

        #[test]
        fn never_panics(text in "([0-9]{1,3}|[a-g:._é ]){0,40}") {
            let mut last = 0;
            for found in all(&text) {
                let start = found.as_ptr() as usize - text.as_ptr() as usize;
                prop_assert!(start >= last);
                last = start + found.len();
            }
        }
    }
}
