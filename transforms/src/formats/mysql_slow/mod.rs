//! The slow query log of MySQL, MariaDB and Percona Server.

mod attributes;
mod entry;
#[cfg(test)]
mod tests;

use super::{Format, Group, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use catchwater_schemas::time::Timestamp;
use entry::Entry;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "mysql_slow",
    title: "Slow query log of MySQL, MariaDB and Percona Server",
    doc: "Reads the slow query log of MySQL 5.1 to 8.4 \
          (<https://dev.mysql.com/doc/refman/8.4/en/slow-query-log.html>), with `log_slow_extra`, of MariaDB \
          (<https://mariadb.com/kb/en/slow-query-log-extended-statistics/>, \
          <https://mariadb.com/kb/en/explain-in-the-slow-query-log/>) and of Percona Server \
          (<https://docs.percona.com/percona-server/8.0/slow-extended.html>), also as Amazon RDS delivers it. An entry is \
          what stands from `# Time:` or `# User@Host:` up to the next of them, in one log event or in one for each line. \
          Each is a `service_query`; an `administrator command` (`Quit`, `Ping`) is a `log` with its name as `event.action`.\n\n\
          `@timestamp` is that of `# Time:` where it has a zone; else `SET timestamp=`, which is exact, else a \
          `# Time:` without zone, which old versions write only when it changes: that of an entry before, in the same \
          raw record. `db.namespace` is that of `Schema:` or `use`; of an entry without both it is not known, since `use` is \
          written only when it changes, and no database at all is not written. Whatever has no field of its own stands in \
          `catchwater.fields` under its own name, `# explain:` lines as one text. Lines that the server writes when it \
          opens the file (`…, Version: … started with:`) are no events.",
    example: "# Time: 2021-01-26T23:45:57.678222Z\n# User@Host: owncloud[owncloud] @ localhost []  Id:     2\n# Query_time: 0.011853  Lock_time: 0.011542 Rows_sent: 268  Rows_examined: 268\nuse owncloud;\nSET timestamp=1611704757;\nSELECT * FROM `oc_appconfig`;",
    detect,
    parse,
    continues: Some(continues),
    ..Format::DEFAULTS
};

/// The last `# Time:` without a zone, in the record.
#[derive(Default)]
struct LastTime(Option<Timestamp>);

fn detect(message: &str) -> bool {
    let first = message.split('\n').next().unwrap_or(message);
    match Opens::of(first) {
        Some(Opens::Time) => attributes::time(first, 0).is_some(),
        Some(Opens::User) => attributes::user_and_host(first).is_some(),
        None => false,
    }
}

/// A line that may begin an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opens {
    /// `# Time: 190117 16:04:18`
    Time,
    /// `# User@Host: root[root] @ localhost []`
    User,
}

impl Opens {
    fn of(line: &str) -> Option<Self> {
        if line.starts_with("# Time: ") {
            return Some(Opens::Time);
        }
        (line.starts_with("# User@Host: ") && line.contains("] @ ")).then_some(Opens::User)
    }
}

/// What the server writes when it opens the file.
fn is_heading(line: &str) -> bool {
    (line.starts_with("Tcp port: ") && line.contains("Unix socket: "))
        || (line.contains(", Version: ") && line.trim_end().ends_with("started with:"))
        || (line.starts_with("Time")
            && line.split_ascii_whitespace().eq(["Time", "Id", "Command", "Argument"]))
}

/// The group was looked at; its entry has its `# User@Host:`; it is no entry.
const SEEN: u32 = 1;
const HAS_USER: u32 = 2;
const NO_ENTRY: u32 = 4;

fn continues(group: &mut Group<'_>, message: &str) -> bool {
    if *group.state & SEEN == 0 {
        *group.state = SEEN;
        if !group.text.starts_with("# ") {
            *group.state |= NO_ENTRY;
        }
        if group.text.split('\n').any(|line| Opens::of(line) == Some(Opens::User)) {
            *group.state |= HAS_USER;
        }
    }
    let first = message.split('\n').next().unwrap_or(message);
    let begins = match Opens::of(first) {
        Some(Opens::Time) => true,
        Some(Opens::User) => *group.state & HAS_USER != 0,
        None => is_heading(first),
    };
    if Opens::of(first) == Some(Opens::User) {
        *group.state |= HAS_USER;
    }
    !begins && *group.state & NO_ENTRY == 0
}

fn parse(state: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let last = state.of::<LastTime>(FORMAT.name);
    let message = event.message.trim_end();
    if message.split('\n').all(is_heading) {
        return Ok(());
    }
    if Opens::of(message.split('\n').next().unwrap_or_default()).is_none() {
        return Err(Refusal("no_slow_query"));
    }
    let mut events = 0;
    for text in entries(message) {
        let entry = Entry::read(text, event.zone_seconds);
        last.0 = entry.written.filter(|_| !entry.zoned).or(last.0);
        if entry.is_time_alone {
            continue;
        }
        // Nothing may be emitted before a refusal; what stands behind a good entry is of its statement at worst.
        if !entry.has_query_time && events == 0 {
            return Err(Refusal("slow_query_cut"));
        }
        events += 1;
        entry.emit(last.0, emit);
    }
    Ok(())
}

/// The entries of one log event.
fn entries(message: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(message);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut state = 0;
        let mut at = 0;
        while let Some(end) = memchr::memchr(b'\n', &text.as_bytes()[at..]) {
            at += end + 1;
            let line = &text[at..];
            // Most lines begin otherwise.
            if line.starts_with("# ") {
                let mut group = Group { text: &text[..at - 1], state: &mut state };
                let (first, next) = line.split_once('\n').unwrap_or((line, ""));
                // More attributes follow, unless the line is a comment in a statement.
                if next.starts_with("# ") && !continues(&mut group, first) {
                    rest = Some(line);
                    return Some(&text[..at - 1]);
                }
            }
        }
        rest = None;
        Some(text)
    })
}
