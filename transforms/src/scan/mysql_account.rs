//! An account as MySQL, MariaDB and Percona Server write it in their slow and audit logs: `root[root] @ localhost
//! [127.0.0.1]`: the account whose rights the client has, the name by which it logged in, its host's name and address.

use super::address;
use super::free_fields::FreeFields;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Fields;

/// Its parts, each empty where it is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MysqlAccount<'a> {
    /// The account whose rights the client has.
    pub user: &'a str,
    /// The name by which it logged in.
    pub current: &'a str,
    /// The host's name.
    pub host: &'a str,
    /// Its address.
    pub ip: &'a str,
}

impl<'a> MysqlAccount<'a> {
    /// Reads an account at the front of a text; what follows is given back.
    pub fn read(text: &'a str) -> Option<(Self, &'a str)> {
        let (user, place) = text.split_once("] @ ")?;
        let (user, current) = user.split_once('[')?;
        let (host, rest) = place.split_once('[')?;
        let (ip, rest) = rest.split_once(']')?;
        Some((Self { user, current, host: host.trim(), ip }, rest))
    }

    /// Sets who and from where.
    pub fn set(&self, fields: &mut Fields<'a>, free: &mut FreeFields) {
        fields.set_present(Field::UserName, if self.user.is_empty() { self.current } else { self.user });
        if self.user != self.current {
            free.add("current_user", self.current);
        }
        fields.set_present(Field::SourceAddress, self.host);
        address::set_source(fields, self.ip);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn accounts_of_all_servers() {
        let read = |text| MysqlAccount::read(text).map(|(a, rest)| (a.user, a.current, a.host, a.ip, rest));
        assert_eq!(
            read("root[root] @ localhost [198.18.1.9]  Id: 5"),
            Some(("root", "root", "localhost", "198.18.1.9", "  Id: 5"))
        );
        assert_eq!(read("[SQL_SLAVE] @  []"), Some(("", "SQL_SLAVE", "", "", "")));
        assert_eq!(read("root @ localhost"), None);
    }

    proptest! {
        #[test]
        fn never_panics(text in "[a \\[\\]@é]{0,20}(\\] @ )?[a \\[\\]é]{0,20}") {
            let _ = MysqlAccount::read(&text);
        }
    }
}
