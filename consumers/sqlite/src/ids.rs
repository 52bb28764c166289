//! From an event's id to its row: the newest ids in memory, the others in table `ids`.

use crate::hashing::ByNumber;
use crate::rows::Inserter;
use crate::seen::{MOST_KEYS, Seen};
use catchwater_schemas::id::EventId;
use rusqlite::{Connection, OptionalExtension, Statement};
use std::collections::HashMap;

/// Ids held in memory before they are entered into the table: 33 bytes each, and as many rows are read at start.
const MOST_HELD: usize = 220_000;

/// What the store holds under an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub seq: i64,
    pub revision: i64,
    pub contribution: Contribution,
}

/// What an event adds to the rollups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Contribution {
    pub kind: i64,
    pub time_ns: i64,
    pub service: i64,
    pub who: i64,
}

pub(crate) struct Ids<'c> {
    connection: &'c Connection,
    pub most_held: usize,
    newest: HashMap<EventId, i64, ByNumber>,
    /// Those of `newest` that the transaction at hand added.
    added: Vec<EventId>,
    /// Of the ids in the table; `None` where they are too many.
    seen: Option<Seen>,
    entered: i64,
    insert: Inserter<'c>,
    find: Statement<'c>,
    read: Statement<'c>,
}

/// 48 bits of the digest, so that SQLite stores six bytes of it; events of one log event lie apart. Two ids may
/// share a key: who finds a row checks its whole id.
pub(crate) fn key(id: &EventId) -> i64 {
    let [a, b, c, d, e, f, ..] = id.digest;
    let spread = u64::from(id.ordinal).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 16;
    let number = u64::from_be_bytes([0, 0, a, b, c, d, e, f]) ^ spread;
    // Signed: six bytes hold -2^47 to 2^47 - 1.
    number as i64 - (1 << 47)
}

impl<'c> Ids<'c> {
    pub fn open(connection: &'c Connection) -> rusqlite::Result<Self> {
        let mut newest = HashMap::default();
        let mut rows = connection.prepare(
            "SELECT digest, ordinal, seq FROM events WHERE seq > (SELECT seq FROM ids_entered) ORDER BY seq",
        )?;
        let rows = rows
            .query_map([], |row| Ok((EventId { digest: row.get(0)?, ordinal: row.get(1)? }, row.get(2)?)))?;
        for row in rows {
            let (id, seq) = row?;
            newest.insert(id, seq);
        }
        let entered = connection.query_row("SELECT seq FROM ids_entered", [], |row| row.get(0))?;
        Ok(Self {
            connection,
            most_held: MOST_HELD,
            newest,
            added: Vec::new(),
            seen: if entered <= MOST_KEYS { Some(read_seen(connection)?) } else { None },
            entered,
            insert: Inserter::new(connection, "INSERT OR IGNORE INTO ids", 2, 128)?,
            find: connection.prepare("SELECT seq FROM ids WHERE key = ?1")?,
            read: connection.prepare(
                "SELECT digest, ordinal, revision, kind, time_ns, service, who FROM events WHERE seq = ?1",
            )?,
        })
    }

    /// Looks ids up in the table, sorted, so that neighbours share pages: of each id that lies there, its row.
    pub fn find_in_table(
        &mut self,
        ids: impl Iterator<Item = EventId>,
    ) -> rusqlite::Result<HashMap<EventId, i64>> {
        let mut found = HashMap::new();
        let keyed = ids.map(|id| (key(&id), id));
        let may_hold = |key| self.entered > 0 && self.seen.as_ref().is_none_or(|seen| seen.may_hold(key));
        let mut wanted: Vec<(i64, EventId)> = keyed.filter(|(key, _)| may_hold(*key)).collect();
        wanted.sort_unstable();
        for (key, id) in wanted {
            let candidates: Vec<i64> =
                self.find.query_map([key], |row| row.get(0))?.collect::<Result<_, _>>()?;
            for seq in candidates {
                if self.read(seq)?.is_some_and(|(held, _)| held == id) {
                    found.insert(id, seq);
                }
            }
        }
        Ok(found)
    }

    /// The row of an id that was written lately.
    pub fn newest(&self, id: &EventId) -> Option<i64> {
        self.newest.get(id).copied()
    }

    /// What lies in a row.
    pub fn read(&mut self, seq: i64) -> rusqlite::Result<Option<(EventId, Held)>> {
        let row = self.read.query_row([seq], |row| {
            let id = EventId { digest: row.get(0)?, ordinal: row.get(1)? };
            let (kind, time_ns, service, who) = (row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?);
            let contribution = Contribution { kind, time_ns, service, who };
            Ok((id, Held { seq, revision: row.get(2)?, contribution }))
        });
        row.optional()
    }

    pub fn add(&mut self, id: EventId, seq: i64) {
        self.newest.insert(id, seq);
        self.added.push(id);
    }

    /// Forgets what was added since the last commit.
    pub fn rolled_back(&mut self) {
        for id in self.added.drain(..) {
            self.newest.remove(&id);
        }
    }

    pub fn committed(&mut self) {
        self.added.clear();
    }

    /// Forgets an id whose row is gone.
    pub fn forget(&mut self, id: &EventId) {
        self.newest.remove(id);
    }

    /// Are there so many ids in memory that they should be entered into the table?
    pub fn are_many(&self) -> bool {
        self.newest.len() >= self.most_held
    }

    /// Enters the ids in memory into the table, in a transaction of its own.
    pub fn enter(&mut self) -> rusqlite::Result<()> {
        let Some(last) = self.newest.values().copied().max() else { return Ok(()) };
        let mut rows: Vec<(i64, i64)> = self.newest.iter().map(|(id, seq)| (key(id), *seq)).collect();
        rows.sort_unstable();
        let transaction = self.connection.unchecked_transaction()?;
        self.insert.insert(&rows, |(key, seq), row| row.value(key).and_then(|()| row.value(seq)))?;
        transaction.execute("UPDATE ids_entered SET seq = ?1", [last])?;
        transaction.commit()?;
        self.entered = last;
        match &mut self.seen {
            Some(seen) if last <= MOST_KEYS => rows.iter().for_each(|(key, _)| seen.add(*key)),
            _ => self.seen = None,
        }
        self.newest.clear();
        Ok(())
    }
}

fn read_seen(connection: &Connection) -> rusqlite::Result<Seen> {
    let mut seen = Seen::new();
    let mut keys = connection.prepare("SELECT key FROM ids")?;
    let mut rows = keys.query([])?;
    while let Some(row) = rows.next()? {
        seen.add(row.get(0)?);
    }
    Ok(seen)
}
