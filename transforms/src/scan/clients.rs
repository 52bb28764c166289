//! Who asked, where proxies stand in between: the list of addresses that `X-Forwarded-For` grows into.

use super::address::{is_ip, is_private};

/// The client in a list `client, proxy, proxy`: the first public address, for private ones are proxies and hosts
/// inside; else the first item. The rule is that of Elastic's nginx module.
pub fn client<'a>(list: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let public = list.clone().find(|item| is_ip(item) && !is_private(item));
    public.or_else(|| list.clone().next())
}

/// The items of a list separated by commas and spaces.
pub fn items(list: &str) -> impl DoubleEndedIterator<Item = &str> + Clone {
    list.split([',', ' ']).filter(|item| !item.is_empty())
}

/// Does this look like the value of an `X-Forwarded-For` header?
pub fn is_list(text: &str) -> bool {
    items(text).next().is_some_and(|first| is_ip(first) || first == "unknown")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_public_address_is_the_client() {
        assert_eq!(
            client(items("10.5.102.222, 198.18.41.47, 198.18.187.117, 10.2.1.185")),
            Some("198.18.41.47")
        );
        assert_eq!(client(items("10.0.0.2, 10.0.0.1, 127.0.0.1")), Some("10.0.0.2"));
        assert_eq!(client(items("localhost, localhost")), Some("localhost"));
        assert_eq!(client(items("2a03::8000, 10.225.192.17")), Some("2a03::8000"));
        assert_eq!(client(items("")), None);
        assert!(
            is_list("1.2.3.4, 10.10.1.1") && is_list("unknown, 1.1.1.1") && !is_list("2.75") && !is_list("")
        );
    }
}
