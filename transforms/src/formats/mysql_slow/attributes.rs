//! The lines of an entry that begin with `#`.

use crate::scan::log_time;
use crate::scan::mysql_account::MysqlAccount;
use catchwater_schemas::time::Timestamp;

/// `# User@Host: root[root] @ localhost [198.18.170.94]  Id:     5`: the account, and the thread's id or nothing.
pub(super) fn user_and_host(line: &str) -> Option<(MysqlAccount<'_>, &str)> {
    let (account, rest) = MysqlAccount::read(line.strip_prefix("# User@Host: ")?)?;
    Some((account, rest.trim().strip_prefix("Id:").map_or("", str::trim)))
}

/// `# Time: 2021-01-26T23:45:57.678222Z`, `# Time: 190117 16:04:18`: the time, and whether it had a zone.
pub(super) fn time(line: &str, zone_seconds: i32) -> Option<(Timestamp, bool)> {
    let text = line.strip_prefix("# Time: ")?.trim();
    let context = log_time::Context { zone_seconds, near: Timestamp::default() };
    let (time, rest) = log_time::read(text, context)?;
    let zoned = text.contains('T') && (text.ends_with('Z') || text[10..].contains(['+', '-']));
    rest.is_empty().then_some((time, zoned))
}

/// `Name: value` of a line, behind its `#`: a single space before a value, and one or two before the next name. Values
/// are single words, but for names of schemas.
pub(super) struct Pairs<'a> {
    rest: &'a str,
}

impl<'a> Pairs<'a> {
    pub fn of(line: &'a str) -> Self {
        Self { rest: line.trim_start_matches(['#', ' ']) }
    }
}

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, rest) = self.rest.split_once(':')?;
        if name.is_empty() || name.contains(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) {
            return None;
        }
        // Without the space it is no pair but a text with a colon in it.
        let rest = if rest.is_empty() { rest } else { rest.strip_prefix(' ')? };
        let separator = if name == "Schema" { "  " } else { " " };
        let end = rest.find(separator).unwrap_or(rest.len());
        self.rest = rest[end..].trim_start_matches(' ');
        Some((name, rest[..end].trim_end()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pairs_of_all_servers() {
        let pairs = |line| Pairs::of(line).collect::<Vec<_>>();
        assert_eq!(
            pairs("# Thread_id: 5  Schema:   QC_hit: No"),
            [("Thread_id", "5"), ("Schema", ""), ("QC_hit", "No")]
        );
        assert_eq!(
            pairs("# Query_time: 2.000227  Lock_time: 0.000000 Rows_sent: 1  Rows_examined: 0"),
            [
                ("Query_time", "2.000227"),
                ("Lock_time", "0.000000"),
                ("Rows_sent", "1"),
                ("Rows_examined", "0")
            ]
        );
        assert_eq!(pairs("#   InnoDB_IO_r_ops: 9744"), [("InnoDB_IO_r_ops", "9744")]);
        assert_eq!(pairs("# Schema: my db  Last_errno: 0"), [("Schema", "my db"), ("Last_errno", "0")]);
        for none in ["#", "# No InnoDB statistics available for this query", "# a b: c", "# a:b"] {
            assert_eq!(pairs(none), [], "{none}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "[a: #\\[\\]@é0-9TZ+-]{0,40}") {
            let _ = Pairs::of(&text).count();
            let _ = (time(&format!("# Time: {text}"), 0), time(&format!("# Time: 2021-01-26T{text}"), 0));
        }
    }
}
