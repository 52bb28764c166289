//! The client in `X-Forwarded-For`. Each proxy appends whom it was asked by, and what came before may be anyone's
//! invention: so the list is read from the right, as far as proxies are trusted. Where there are fewer addresses than
//! trusted proxies, one was gone around and nothing is found, as in Envoy
//! (<https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#x-forwarded-for>).

use super::named;
use super::networks::{NetworkList, Networks};
use super::part;
use crate::rule_error::RuleError;
use crate::scan::address::is_ip;
use crate::scan::{clients, host_port};
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use std::net::IpAddr;

/// Names of the header in fields that have no name of their own.
const HEADER: [&str; 2] = ["x-forwarded-for", "forwarded_for"];

/// Which proxies are trusted.
#[derive(Debug)]
pub(super) struct ForwardedFor {
    hops: usize,
    /// If given, it counts instead of `hops`.
    proxies: Option<Networks<()>>,
    header: named::Names,
}

impl Default for ForwardedFor {
    fn default() -> Self {
        Self { hops: 1, proxies: None, header: named::Names::new(&HEADER) }
    }
}

impl ForwardedFor {
    pub(super) fn new(hops: usize, proxies: &[String]) -> Result<Self, RuleError> {
        let section = &["who", "trusted_proxies"];
        let mut networks = NetworkList::default();
        for (index, cidr) in proxies.iter().enumerate() {
            networks.insert(cidr, ()).map_err(|message| RuleError {
                section,
                index,
                key: "cidr",
                message,
            })?;
        }
        Ok(Self { hops, proxies: (!proxies.is_empty()).then(|| networks.into()), ..Self::default() })
    }

    /// The client's address.
    pub(super) fn find<'a>(&self, fields: &Fields<'a>) -> Option<Value<'a>> {
        let peer = fields.text(Field::SourceIp).and_then(|text| text.parse::<IpAddr>().ok());
        let client = |list: &str| self.client(list, peer);
        let cut = |list: &Value<'a>| {
            part(list, |text| {
                let (from, to) = client(text)?;
                text.get(from..to)
            })
        };
        if let Some(list) = fields.get(Field::NginxForwardedFor) {
            return cut(list);
        }
        let list = named::in_free_fields(fields, &self.header)?;
        cut(&Value::from(list.into_owned()))
    }

    /// Where the client's address stands in the list.
    fn client(&self, list: &str, peer: Option<IpAddr>) -> Option<(usize, usize)> {
        let item = match &self.proxies {
            None => clients::items(list).rev().nth(self.hops.checked_sub(1)?).map(host)?,
            Some(proxies) => {
                let is_trusted = |ip: IpAddr| proxies.find(ip).is_some();
                if peer.is_some_and(|peer| !is_trusted(peer)) {
                    return None;
                }
                let hosts = clients::items(list).rev().map(host);
                let mut last = None;
                for host in hosts {
                    last = Some(host);
                    // What is no address was not written by a proxy that is trusted.
                    if !host.parse().is_ok_and(is_trusted) {
                        break;
                    }
                }
                last?
            }
        };
        // Offsets, for the item is a part of the list.
        let from = item.as_ptr() as usize - list.as_ptr() as usize;
        is_ip(item).then_some((from, from + item.len()))
    }
}

/// Without the port that some load balancers append.
fn host(item: &str) -> &str {
    host_port::split(item).host
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn find(trust: &ForwardedFor, peer: &str, list: &str) -> Option<String> {
        let mut fields = Fields::new();
        fields.set(Field::SourceIp, peer.to_string());
        fields.set(Field::NginxForwardedFor, list.to_string());
        trust.find(&fields).and_then(|value| value.text().map(|text| text.into_owned()))
    }

    #[test]
    fn is_counted_from_the_right() {
        let hops = |n| ForwardedFor::new(n, &[]).unwrap();
        let list = "6.6.6.6, 198.18.0.1, 10.0.0.1";
        for (n, expected) in
            [(1, Some("10.0.0.1")), (2, Some("198.18.0.1")), (3, Some("6.6.6.6")), (4, None), (0, None)]
        {
            assert_eq!(find(&hops(n), "10.0.0.2", list).as_deref(), expected, "{n}");
        }
        assert_eq!(find(&hops(1), "10.0.0.2", "198.18.0.1:4711").as_deref(), Some("198.18.0.1"));
        assert_eq!(find(&hops(1), "10.0.0.2", "[2001:db8::1]:80").as_deref(), Some("2001:db8::1"));
        assert_eq!(find(&hops(1), "10.0.0.2", "unknown"), None);
    }

    #[test]
    fn stops_at_the_first_that_is_no_proxy_of_ours() {
        let trust = ForwardedFor::new(1, &["10.0.0.0/8".into(), "fd00::/8".into()]).unwrap();
        let list = "6.6.6.6, 198.18.0.1, fd00::7, 10.0.0.1";
        assert_eq!(find(&trust, "10.0.0.2", list).as_deref(), Some("198.18.0.1"));
        assert_eq!(find(&trust, "198.18.9.9", list), None, "the peer is none of ours");
        assert_eq!(find(&trust, "10.0.0.2", "10.1.1.1, 10.0.0.1").as_deref(), Some("10.1.1.1"));
        assert_eq!(find(&trust, "10.0.0.2", "6.6.6.6, evil, 10.0.0.1"), None);
        let wrong = ForwardedFor::new(1, &["10.0.0.0/8".into(), "10.0.0.0/33".into()]).unwrap_err();
        assert_eq!((wrong.index, wrong.section), (1, ["who", "trusted_proxies"].as_slice()));
    }

    #[test]
    fn the_header_may_be_a_free_field() {
        let mut fields = Fields::new();
        fields.set(Field::FreeFields, Value::Json(r#"{"headers":{"X-Forwarded-For":"198.18.0.1"}}"#.into()));
        assert_eq!(ForwardedFor::default().find(&fields), Some("198.18.0.1".to_string().into()));
    }

    proptest! {
        #[test]
        fn never_panics(list in "[0-9a-f.:, \\[\\]é]{0,40}", hops in 0usize..4) {
            for proxies in [vec![], vec!["0.0.0.0/1".to_string()]] {
                find(&ForwardedFor::new(hops, &proxies).unwrap(), "1.1.1.1", &list);
            }
        }
    }
}
