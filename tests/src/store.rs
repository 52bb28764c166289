//! What the SQLite store of a pipeline holds, read as a user with `sqlite3` would.

use rusqlite::{Connection, OpenFlags};
use std::path::Path;

/// A store opened for reading.
pub struct Store(Connection);

impl Store {
    /// Opens the store of a data folder.
    pub fn open(data: &Path) -> Self {
        let file = data.join("events.sqlite");
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        Self(Connection::open_with_flags(&file, flags).unwrap_or_else(|e| panic!("{}: {e}", file.display())))
    }

    /// One number.
    pub fn number(&self, sql: &str) -> i64 {
        self.0.query_row(sql, [], |row| row.get(0)).unwrap_or_else(|e| panic!("{sql}: {e}"))
    }

    /// One column of text.
    pub fn texts(&self, sql: &str) -> Vec<String> {
        let mut statement = self.0.prepare(sql).unwrap_or_else(|e| panic!("{sql}: {e}"));
        let rows = statement.query_map([], |row| row.get::<_, Option<String>>(0)).expect("the query runs");
        rows.map(|r| r.expect("a row").unwrap_or_default()).collect()
    }

    /// Number of events.
    pub fn events(&self) -> i64 {
        self.number("SELECT count(*) FROM events")
    }
}
