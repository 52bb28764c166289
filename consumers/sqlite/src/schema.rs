//! The tables, and how connections to them are opened.

use crate::config::Config;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// Version of the tables, kept as `user_version`.
pub const VERSION: i64 = 1;

/// Bytes of a page. Larger than SQLite's own 4,096 because an event has some 700 bytes: less is left empty.
const PAGE_BYTES: u32 = 16384;
/// The write-ahead log is brought into the database when about this much was written to it.
pub(crate) const CHECKPOINT_BYTES: usize = 48 << 20;

/// The tables. Times are nanoseconds since the epoch; `service` and `who` are numbers of `name`, 0 for none.
///
/// `ids` leads from the id of an event to its row. Ids are uniform, so that each new one lands on another page; rows
/// are therefore entered many at a time and sorted. `ids_entered` says up to which `seq` that was done; what is newer
/// the writer holds in memory and reads anew when it starts.
const TABLES: &str = "
CREATE TABLE events (
  seq      INTEGER PRIMARY KEY,
  digest   BLOB    NOT NULL,
  ordinal  INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  kind     INTEGER NOT NULL,
  time_ns  INTEGER NOT NULL,
  service  INTEGER NOT NULL,
  who      INTEGER NOT NULL,
  event    TEXT    NOT NULL
) STRICT;
CREATE INDEX events_time ON events (time_ns, kind, service, who);
CREATE INDEX events_file_move ON events (time_ns) WHERE kind = 1;
CREATE TABLE ids (key INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (key, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE ids_entered (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL) STRICT;
CREATE TABLE kind (id INTEGER PRIMARY KEY, kind TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE name (id INTEGER PRIMARY KEY, name TEXT UNIQUE) STRICT;
CREATE TABLE service_minute (
  minute  INTEGER NOT NULL,
  service INTEGER NOT NULL,
  kind    INTEGER NOT NULL,
  count   INTEGER NOT NULL,
  PRIMARY KEY (minute, service, kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE who_service (
  who          INTEGER NOT NULL,
  service      INTEGER NOT NULL,
  count        INTEGER NOT NULL,
  last_seen_ns INTEGER NOT NULL,
  PRIMARY KEY (who, service)
) STRICT, WITHOUT ROWID;
INSERT INTO ids_entered VALUES (1, 0);
INSERT INTO kind VALUES (0, 'service_query'), (1, 'file_move'), (2, 'preservation'), (3, 'log');
INSERT INTO name VALUES (0, NULL);

CREATE VIEW event_view AS
  SELECT e.seq, lower(hex(e.digest)) || CASE e.ordinal WHEN 0 THEN '' ELSE '-' || e.ordinal END AS id, e.revision,
         strftime('%Y-%m-%dT%H:%M:%fZ', e.time_ns / 1e9, 'unixepoch') AS time, e.time_ns,
         k.kind, s.name AS service, w.name AS who, e.event
  FROM events e JOIN kind k ON k.id = e.kind JOIN name s ON s.id = e.service JOIN name w ON w.id = e.who;
CREATE VIEW service_minute_view AS
  SELECT strftime('%Y-%m-%dT%H:%MZ', m.minute * 60, 'unixepoch') AS minute, s.name AS service, k.kind, m.count
  FROM service_minute m JOIN kind k ON k.id = m.kind JOIN name s ON s.id = m.service;
CREATE VIEW who_service_view AS
  SELECT w.name AS who, s.name AS service, p.count,
         strftime('%Y-%m-%dT%H:%M:%fZ', p.last_seen_ns / 1e9, 'unixepoch') AS last_seen
  FROM who_service p JOIN name w ON w.id = p.who JOIN name s ON s.id = p.service;
";

/// The store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// SQLite says why.
    #[error("the store {file} cannot be opened: {cause}")]
    Sqlite {
        /// The database's file.
        file: String,
        /// Why.
        cause: rusqlite::Error,
    },
    /// Made by another version.
    #[error(
        "the store {file} has tables of version {found}, this program knows {VERSION}; move it away or use the version that made it"
    )]
    Version {
        /// The database's file.
        file: String,
        /// Its version.
        found: i64,
    },
}

impl OpenError {
    pub(crate) fn at(file: &Path) -> impl Fn(rusqlite::Error) -> OpenError {
        move |cause| OpenError::Sqlite { file: file.display().to_string(), cause }
    }
}

/// Opens the connection that writes, making the tables where there are none.
pub(crate) fn open_writer(file: &Path, config: &Config) -> Result<Connection, OpenError> {
    let failed = OpenError::at(file);
    let mut connection = Connection::open(file).map_err(&failed)?;
    settle(&connection, config.cache_mib).map_err(&failed)?;
    let found = make_tables(&mut connection).map_err(&failed)?;
    if found != VERSION {
        return Err(OpenError::Version { file: file.display().to_string(), found });
    }
    Ok(connection)
}

fn settle(connection: &Connection, cache_mib: u32) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // Only FULL makes each commit survive a loss of power (sqlite.org/pragma.html#pragma_synchronous).
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "cache_size", -i64::from(cache_mib) * 1024)?;
    // The writer does it when nobody waits for its answer.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "journal_size_limit", 3 * CHECKPOINT_BYTES as i64)
}

fn make_tables(connection: &mut Connection) -> rusqlite::Result<i64> {
    let version = |c: &Connection| c.pragma_query_value(None, "user_version", |row| row.get(0));
    if version(connection)? == 0 {
        let transaction = connection.transaction()?;
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
        transaction.commit()?;
    }
    version(connection)
}

/// Opens a connection that only reads; the store must be there.
pub(crate) fn open_reader(file: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(file, flags)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.pragma_update(None, "cache_size", -16 * 1024)?;
        Ok(connection)
    };
    open().map_err(OpenError::at(file))
}

/// Opens a connection that only reads a store whose tables are those of this version.
pub(crate) fn open_checked_reader(file: &Path) -> Result<Connection, OpenError> {
    let connection = open_reader(file)?;
    let version = connection.pragma_query_value(None, "user_version", |row| row.get(0));
    match version.map_err(OpenError::at(file))? {
        VERSION => Ok(connection),
        found => Err(OpenError::Version { file: file.display().to_string(), found }),
    }
}
