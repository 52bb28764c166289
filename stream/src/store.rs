//! One stream's SQLite file: its layout, and each statement that touches it.
//!
//! WAL with `synchronous=FULL`: a commit has reached the disk when it returns (SQLite, "Write-Ahead Logging",
//! durability), so that what was accepted survives the end of the process and of the power. Each shard has a table of
//! its own, to which records are only appended.

use crate::shards::Shard;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, Statement, Transaction, params};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// Layout of the file, kept as `user_version`.
const LAYOUT: i64 = 1;
/// Larger than SQLite's default: most records are large blobs, which then take fewer overflow pages.
const PAGE_BYTES: usize = 16 << 10;
/// The WAL is copied into the file when it has this many pages: 32 MiB.
const CHECKPOINT_PAGES: usize = (32 << 20) / PAGE_BYTES;
/// Free pages that stay for the next records: 16 MiB.
const FREE_PAGES_KEPT: i64 = (16 << 20) / PAGE_BYTES as i64;
const FILE: &str = "stream.sqlite";

/// The file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error("the file has layout {0}, this program knows layout {LAYOUT}")]
    Layout(i64),
}

/// What is kept of a stream beside its shards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub name: String,
    pub created_millis: i64,
    pub retention_hours: u32,
    pub retention_bytes: u64,
}

/// A record to append.
pub(crate) struct NewRecord<'a> {
    pub place: u64,
    pub arrival_millis: i64,
    pub partition_key: &'a str,
    pub data: &'a [u8],
}

/// A record as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredRecord {
    pub place: u64,
    pub arrival_millis: i64,
    pub partition_key: String,
    pub data: Vec<u8>,
}

/// Place, arrival and bytes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    pub place: u64,
    pub arrival_millis: i64,
    pub bytes: u64,
}

/// The writer's connection.
pub(crate) struct Store {
    connection: Connection,
}

/// Makes the file of a new stream in an empty folder.
pub(crate) fn create(folder: &Path, header: &Header, shards: &[Shard]) -> Result<(), StoreError> {
    let connection = Connection::open(folder.join(FILE))?;
    // Both must stand before the first table.
    connection.execute_batch(&format!("PRAGMA page_size={PAGE_BYTES}; PRAGMA auto_vacuum=INCREMENTAL;"))?;
    prepare(&connection, -8_000)?;
    let store = Store { connection };
    let transaction = store.connection.unchecked_transaction()?;
    transaction.execute_batch(&format!(
        "CREATE TABLE stream (name TEXT NOT NULL, created INTEGER NOT NULL, retention_hours INTEGER NOT NULL,
           retention_bytes INTEGER NOT NULL);
         CREATE TABLE shards (ix INTEGER PRIMARY KEY, start_hash BLOB NOT NULL, end_hash BLOB NOT NULL,
           created INTEGER NOT NULL, closed INTEGER, parent INTEGER, adjacent_parent INTEGER, next INTEGER NOT NULL,
           records INTEGER NOT NULL, bytes INTEGER NOT NULL, newest INTEGER);
         PRAGMA user_version={LAYOUT};"
    ))?;
    transaction.execute(
        "INSERT INTO stream VALUES (?1, ?2, ?3, ?4)",
        params![header.name, header.created_millis, header.retention_hours, signed(header.retention_bytes)],
    )?;
    store.write_shards(shards)?;
    transaction.commit()?;
    Ok(())
}

/// Settings of each connection; `cache` as SQLite's `cache_size`.
fn prepare(connection: &Connection, cache: i64) -> Result<(), StoreError> {
    connection.busy_timeout(Duration::from_secs(30))?;
    let wal_bytes = 2 * CHECKPOINT_PAGES * PAGE_BYTES;
    // fullfsync: on macOS a plain fsync leaves the bytes in the drive's cache (SQLite, PRAGMA fullfsync).
    let settings = format!(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA fullfsync=ON; PRAGMA checkpoint_fullfsync=ON;
         PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}; PRAGMA journal_size_limit={wal_bytes};
         PRAGMA cache_size={cache};"
    );
    Ok(connection.execute_batch(&settings)?)
}

/// SQLite's integers are signed; counts and bytes are far below the limit.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(column)?.max(0).unsigned_abs())
}

fn hash(row: &Row<'_>, column: usize) -> rusqlite::Result<u128> {
    Ok(u128::from_be_bytes(row.get::<_, [u8; 16]>(column)?))
}

fn read_shard(row: &Row<'_>) -> rusqlite::Result<Shard> {
    let next = unsigned(row, 7)?;
    Ok(Shard {
        ix: row.get(0)?,
        start: hash(row, 1)?,
        end: hash(row, 2)?,
        created_millis: row.get(3)?,
        closed_millis: row.get(4)?,
        parent: row.get(5)?,
        adjacent_parent: row.get(6)?,
        next,
        first: next,
        records: unsigned(row, 8)?,
        bytes: unsigned(row, 9)?,
        oldest_millis: None,
        newest_millis: row.get(10)?,
    })
}

impl Store {
    /// Opens the file in this folder and reads what it holds.
    pub fn open(folder: &Path) -> Result<(Self, Header, Vec<Shard>), StoreError> {
        let connection = Connection::open_with_flags(
            folder.join(FILE),
            rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE | rusqlite::OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        let layout: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if layout != LAYOUT {
            return Err(StoreError::Layout(layout));
        }
        prepare(&connection, -8_000)?;
        let header = connection.query_row("SELECT * FROM stream", [], |row| {
            Ok(Header {
                name: row.get(0)?,
                created_millis: row.get(1)?,
                retention_hours: row.get(2)?,
                retention_bytes: unsigned(row, 3)?,
            })
        })?;
        let store = Self { connection };
        let mut shards = {
            let mut statement = store.connection.prepare("SELECT * FROM shards ORDER BY ix")?;
            statement.query_map([], read_shard)?.collect::<Result<Vec<_>, _>>()?
        };
        for shard in &mut shards {
            store.find_oldest(shard)?;
        }
        Ok((store, header, shards))
    }

    /// Starts a transaction; dropped without commit, it leaves no trace.
    pub fn begin(&self) -> Result<Transaction<'_>, StoreError> {
        Ok(self.connection.unchecked_transaction()?)
    }

    /// Appends records within a transaction.
    pub fn appender(&self) -> Appender<'_> {
        Appender { connection: &self.connection, inserts: BTreeMap::new() }
    }

    /// Writes the rows of these shards, and makes the tables of new ones.
    pub fn write_shards(&self, shards: &[Shard]) -> Result<(), StoreError> {
        let mut statement = self
            .connection
            .prepare("INSERT OR REPLACE INTO shards VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")?;
        for shard in shards {
            self.connection.execute_batch(&format!(
                "CREATE TABLE IF NOT EXISTS records_{} (place INTEGER PRIMARY KEY, arrival INTEGER NOT NULL,
                   partition_key TEXT NOT NULL, data BLOB NOT NULL)",
                shard.ix
            ))?;
            statement.execute(params![
                shard.ix,
                shard.start.to_be_bytes(),
                shard.end.to_be_bytes(),
                shard.created_millis,
                shard.closed_millis,
                shard.parent,
                shard.adjacent_parent,
                signed(shard.next),
                signed(shard.records),
                signed(shard.bytes),
                shard.newest_millis,
            ])?;
        }
        Ok(())
    }

    /// Writes what a put or a trim changes of these shards.
    pub fn write_counts<'a>(&self, shards: impl Iterator<Item = &'a Shard>) -> Result<(), StoreError> {
        let mut statement = self
            .connection
            .prepare("UPDATE shards SET next = ?2, records = ?3, bytes = ?4, newest = ?5 WHERE ix = ?1")?;
        for s in shards {
            statement.execute(params![
                s.ix,
                signed(s.next),
                signed(s.records),
                signed(s.bytes),
                s.newest_millis
            ])?;
        }
        Ok(())
    }

    /// Keeps new bounds of retention.
    pub fn write_retention(&self, hours: u32, bytes: u64) -> Result<(), StoreError> {
        let sql = "UPDATE stream SET retention_hours = ?1, retention_bytes = ?2";
        self.connection.execute(sql, params![hours, signed(bytes)])?;
        Ok(())
    }

    /// The oldest records of a shard.
    pub fn oldest(&self, ix: u32, most: usize) -> Result<Vec<Extent>, StoreError> {
        // octet_length does not read a blob's overflow pages.
        let mut statement = self.connection.prepare(&format!(
            "SELECT place, arrival, octet_length(partition_key) + octet_length(data) FROM records_{ix}
             ORDER BY place LIMIT {most}"
        ))?;
        let rows = statement.query_map([], |row| {
            Ok(Extent { place: unsigned(row, 0)?, arrival_millis: row.get(1)?, bytes: unsigned(row, 2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Removes the records of a shard up to this place.
    pub fn remove_up_to(&self, ix: u32, place: u64) -> Result<(), StoreError> {
        let sql = format!("DELETE FROM records_{ix} WHERE place <= ?1");
        self.connection.execute(&sql, [signed(place)])?;
        Ok(())
    }

    /// Sets `first` and `oldest_millis` by what the shard's table holds.
    pub fn find_oldest(&self, shard: &mut Shard) -> Result<(), StoreError> {
        let sql = format!("SELECT place, arrival FROM records_{} ORDER BY place LIMIT 1", shard.ix);
        let oldest = self.connection.query_row(&sql, [], |row| Ok((unsigned(row, 0)?, row.get(1)?)));
        let oldest: Option<(u64, i64)> = oldest.optional()?;
        shard.first = oldest.map_or(shard.next, |(place, _)| place);
        shard.oldest_millis = oldest.map(|(_, arrival)| arrival);
        Ok(())
    }

    /// Gives some free pages back to the file system; true if there are more to give.
    pub fn shrink(&self, most_pages: i64) -> Result<bool, StoreError> {
        let free: i64 = self.connection.query_row("PRAGMA freelist_count", [], |row| row.get(0))?;
        let pages = (free - FREE_PAGES_KEPT).min(most_pages);
        if pages <= 0 {
            return Ok(false);
        }
        // A step moves one page, so that all must be taken.
        let mut statement = self.connection.prepare(&format!("PRAGMA incremental_vacuum({pages})"))?;
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
        Ok(free - pages > FREE_PAGES_KEPT)
    }

    /// Copies the WAL into the file as far as readers let it.
    pub fn checkpoint(&self) -> Result<(), StoreError> {
        Ok(self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?)
    }
}

/// Appends records; the statement of each shard is prepared once.
pub(crate) struct Appender<'c> {
    connection: &'c Connection,
    inserts: BTreeMap<u32, Statement<'c>>,
}

impl Appender<'_> {
    /// Appends a record to a shard.
    pub fn append(&mut self, ix: u32, record: &NewRecord<'_>) -> Result<(), StoreError> {
        let insert = match self.inserts.entry(ix) {
            std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::btree_map::Entry::Vacant(new) => {
                let sql = format!("INSERT INTO records_{ix} VALUES (?1, ?2, ?3, ?4)");
                new.insert(self.connection.prepare(&sql)?)
            }
        };
        insert.execute(params![
            signed(record.place),
            record.arrival_millis,
            record.partition_key,
            record.data
        ])?;
        Ok(())
    }
}

/// A reader's connection.
pub(crate) fn open_reader(folder: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(
        folder.join(FILE),
        rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE | rusqlite::OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    prepare(&connection, -1_000)?;
    connection.execute_batch("PRAGMA query_only=ON")?;
    Ok(connection)
}

/// Records of a shard from a place on, at most so many and, but for one larger record, so many bytes of data.
pub(crate) fn read(
    connection: &Connection,
    ix: u32,
    from: u64,
    max_records: usize,
    max_bytes: usize,
) -> Result<Vec<StoredRecord>, StoreError> {
    let sql = format!(
        "SELECT place, arrival, partition_key, data FROM records_{ix} WHERE place >= ?1 ORDER BY place LIMIT ?2"
    );
    let mut statement = connection.prepare(&sql)?;
    let limit = i64::try_from(max_records).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![signed(from), limit])?;
    let (mut records, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let ValueRef::Blob(data) = row.get_ref(3)? else {
            return Err(rusqlite::Error::InvalidColumnName("data".into()).into());
        };
        bytes += data.len();
        if bytes > max_bytes && !records.is_empty() {
            break;
        }
        records.push(StoredRecord {
            place: unsigned(row, 0)?,
            arrival_millis: row.get(1)?,
            partition_key: row.get(2)?,
            data: data.to_vec(),
        });
    }
    Ok(records)
}

/// Place of the first record of a shard that arrived at or after a time. Arrival rises with the place, so that the
/// place is found by halving, without an index.
pub(crate) fn first_since(connection: &Connection, ix: u32, millis: i64) -> Result<Option<u64>, StoreError> {
    let bounds =
        format!("SELECT (SELECT min(place) FROM records_{ix}), (SELECT max(place) FROM records_{ix})");
    let (low, high): (Option<i64>, Option<i64>) =
        connection.query_row(&bounds, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (Some(mut low), Some(high)) = (low, high) else { return Ok(None) };
    let next = format!("SELECT place, arrival FROM records_{ix} WHERE place >= ?1 ORDER BY place LIMIT 1");
    let mut statement = connection.prepare(&next)?;
    let mut beyond = high.saturating_add(1);
    // `low` to `beyond` holds the place; places may have gaps, so each probe takes the next record.
    while low < beyond {
        let middle = low + (beyond - low) / 2;
        let found: Option<(i64, i64)> =
            statement.query_row([middle], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        match found {
            Some((place, arrival)) if arrival < millis => low = place + 1,
            _ => beyond = middle,
        }
    }
    Ok((low <= high).then_some(low.unsigned_abs()))
}
