//! Addresses and names of hosts.

use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use std::net::{Ipv4Addr, Ipv6Addr};

/// Is this an IPv4 or IPv6 address (no zone, no port, no brackets), which an index for addresses takes?
pub fn is_ip(text: &str) -> bool {
    // The length tells at once that most names and all user agents are none.
    match text.len() {
        2..=15 => is_ipv4(text.as_bytes()) || is_ipv6(text),
        16..=45 => is_ipv6(text),
        _ => false,
    }
}

/// Four numbers up to 255 without leading zeros, as `Ipv4Addr` reads them: most lines begin with one.
fn is_ipv4(text: &[u8]) -> bool {
    let (mut dots, mut digits, mut number) = (0, 0, 0u32);
    for byte in text {
        match byte {
            b'0'..=b'9' if digits == 0 || number != 0 => {
                number = number * 10 + u32::from(byte - b'0');
                digits += 1;
                if number > 255 {
                    return false;
                }
            }
            b'.' if digits > 0 => {
                dots += 1;
                (digits, number) = (0, 0);
            }
            _ => return false,
        }
    }
    dots == 3 && digits > 0
}

/// Is this an IPv6 address without brackets?
pub fn is_ipv6(text: &str) -> bool {
    text.len() <= 45 && text.parse::<Ipv6Addr>().is_ok()
}

/// Is this a private or loopback IPv4 address (RFC 1918, RFC 1122), one that a proxy in front would not be asked
/// from over the internet?
pub fn is_private(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_private() || ip.is_loopback())
}

/// Sets the peer: as `source.ip` if it is an address, else as `source.address`; nothing if it is absent.
pub fn set_source<'a>(fields: &mut Fields<'a>, text: &'a str) {
    if is_ip(text) {
        fields.set(Field::SourceIp, Value::Escaped(text));
    } else {
        fields.set_present(Field::SourceAddress, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tells_addresses_from_names() {
        for ip in ["::1", "::", "0.0.0.0", "255.255.255.255", "2a03:0000:10ff:f00f:0000:0000:0:8000"] {
            assert!(is_ip(ip), "{ip}");
        }
        for name in [
            "",
            "-",
            "unix:",
            "localhost",
            "1.2.3",
            "1.2.3.4.5",
            "256.1.1.1",
            "1.2.3.4:80",
            "[::1]",
            "fe80::1%eth0",
            "unknown",
        ] {
            assert!(!is_ip(name), "{name}");
        }
        assert!(is_private("172.31.0.1") && is_private("127.0.0.1") && !is_private("172.32.0.1"));
    }
    proptest! {
        #[test]
        fn reads_what_the_standard_library_reads(text in "[0-9]{0,4}(\\.[0-9]{0,4}){2,4}|[0-9.:a]{0,16}") {
            prop_assert_eq!(is_ipv4(text.as_bytes()), text.parse::<Ipv4Addr>().is_ok(), "{}", text);
        }

        #[test]
        fn numbers_up_to_255(ip in any::<u32>()) {
            prop_assert!(is_ip(&Ipv4Addr::from(ip).to_string()));
        }
    }
}
