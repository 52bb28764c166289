//! Networks of IPv4 and IPv6, and the smallest that holds an address: a trie of crate `prefix-trie`, whose look-up
//! costs what the address is long and not what the table holds.

use ipnet::{Ipv4Net, Ipv6Net};
use prefix_trie::PrefixMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A value for each of many networks. An IPv4 address that is written as IPv6 (`::ffff:192.0.2.1`) is taken for IPv4.
pub struct Networks<T> {
    v4: PrefixMap<Ipv4Net, T>,
    v6: PrefixMap<Ipv6Net, T>,
}

impl<T> Default for Networks<T> {
    fn default() -> Self {
        Self { v4: PrefixMap::new(), v6: PrefixMap::new() }
    }
}

impl<T> fmt::Debug for Networks<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Networks({} of IPv4, {} of IPv6)", self.v4.len(), self.v6.len())
    }
}

impl<T> Networks<T> {
    /// Puts in a network such as `192.0.2.0/24`, or one address; bits behind the prefix are of no meaning. The error says
    /// what is wrong, also where the network was put in before.
    pub fn insert(&mut self, cidr: &str, value: T) -> Result<(), String> {
        let cidr = cidr.trim();
        let wrong = || format!("`{cidr}` is no network such as `192.0.2.0/24` or `2001:db8::/32`");
        let (address, length) = match cidr.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u8>().map_err(|_| wrong())?)),
            None => (cidr, None),
        };
        let before = match address.parse().map_err(|_| wrong())? {
            IpAddr::V4(ip) => {
                let network = Ipv4Net::new(ip, length.unwrap_or(32)).map_err(|_| wrong())?;
                self.v4.insert(network.trunc(), value)
            }
            IpAddr::V6(ip) => {
                let network = Ipv6Net::new(ip, length.unwrap_or(128)).map_err(|_| wrong())?;
                self.v6.insert(network.trunc(), value)
            }
        };
        before.map_or(Ok(()), |_| Err(format!("the network `{cidr}` stands twice")))
    }

    /// The value of the smallest network that holds this address.
    #[inline]
    pub fn find(&self, address: IpAddr) -> Option<&T> {
        match address.to_canonical() {
            IpAddr::V4(ip) => self.find_v4(ip),
            IpAddr::V6(ip) => self.find_v6(ip),
        }
    }

    fn find_v4(&self, ip: Ipv4Addr) -> Option<&T> {
        self.v4.get_lpm(&Ipv4Net::from(ip)).map(|(_, value)| value)
    }

    fn find_v6(&self, ip: Ipv6Addr) -> Option<&T> {
        self.v6.get_lpm(&Ipv6Net::from(ip)).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn says_what_is_no_network() {
        for bad in
            ["", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/", "a.b.c.d", "10.0.0.0/8/8", "10.0.0.0/-1"]
        {
            assert!(Networks::default().insert(bad, ()).unwrap_err().contains("is no network"), "{bad}");
        }
        let mut networks = Networks::default();
        networks.insert("10.0.0.7", 1).unwrap();
        networks.insert(" 0.0.0.0/0 ", 2).unwrap();
        assert!(networks.insert("10.0.0.7/32", 3).unwrap_err().contains("twice"));
        assert_eq!(networks.find("::ffff:10.0.0.8".parse().unwrap()), Some(&2));
        assert_eq!(networks.find("::1".parse().unwrap()), None);
    }

    /// Addresses near each other, so that networks hold each other.
    fn address() -> impl Strategy<Value = IpAddr> {
        prop_oneof![
            any::<u32>().prop_map(|n| IpAddr::from(Ipv4Addr::from(n & 0xE000_000F))),
            any::<u128>().prop_map(|n| IpAddr::from(Ipv6Addr::from(n & (7 << 125 | 15) | 1 << 64))),
        ]
    }

    proptest! {
        #[test]
        fn finds_what_a_scan_finds(
            networks in proptest::collection::vec((address(), 0u8..129), 0..40),
            asked in proptest::collection::vec(address(), 20),
        ) {
            let mut table = Networks::default();
            let mut all: Vec<(ipnet::IpNet, usize)> = Vec::new();
            for (n, (ip, length)) in networks.into_iter().enumerate() {
                let length = if ip.is_ipv4() { length.min(32) } else { length.min(128) };
                let network = ipnet::IpNet::new(ip, length).unwrap().trunc();
                let is_new = all.iter().all(|(known, _)| *known != network);
                prop_assert_eq!(table.insert(&network.to_string(), n).is_ok(), is_new);
                // The last put in counts, for what stands twice.
                all.retain(|(known, _)| *known != network);
                all.push((network, n));
            }
            for ip in asked {
                let holds = all.iter().filter(|(network, _)| network.contains(&ip));
                let expected = holds.max_by_key(|(network, _)| network.prefix_len()).map(|(_, n)| n);
                prop_assert_eq!(table.find(ip), expected);
            }
        }
    }
}
