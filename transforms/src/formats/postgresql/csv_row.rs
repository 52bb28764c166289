//! An entry of `log_destination = csvlog`: 22 columns in 8.4, 23 since 9.0, 24 since 13, 26 since 14
//! (<https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-CSVLOG>). A row may be of
//! several lines, and its values are as they were, without tabs.

use super::entry::{COLUMNS, Entry};
use super::{severity, time};
use crate::formats::Refusal;
use crate::scan::csv::{RFC_4180, take};

/// Columns of the oldest version.
const FEWEST: usize = 22;

/// Does a row begin here? A time with its zone and a comma.
pub(super) fn begins(line: &str) -> bool {
    line.as_bytes().first().is_some_and(u8::is_ascii_digit)
        && time::date_time(line, 0).is_some_and(|read| read.zoned && read.rest.starts_with(','))
}

/// Reads a row that [`begins`].
pub(super) fn read(row: &str, zone_seconds: i32) -> Result<Entry<'_>, Refusal> {
    let cut = Refusal("csv_cut");
    let mut entry = Entry::new();
    entry.time = time::date_time(row, zone_seconds).map(|read| read.time);
    entry.zoned = true;
    let mut rest = Some(row);
    let mut columns = 0;
    while let Some(text) = rest {
        let (value, next) = take(text, RFC_4180).ok_or(cut)?;
        let part = COLUMNS.get(columns).ok_or(Refusal("too_many_columns_cut"))?;
        entry.put(*part, value);
        rest = next;
        columns += 1;
    }
    let known = entry.get(super::entry::Part::Severity).is_some_and(|s| severity::role(s).is_some());
    if columns < FEWEST || !known { Err(cut) } else { Ok(entry) }
}
