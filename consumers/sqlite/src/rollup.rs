//! Counts that are kept with the events, in the same transaction: they agree with them at any moment.

use crate::hashing::ByNumber;
use crate::ids::Contribution;
use rusqlite::{Connection, OptionalExtension, Statement, params};
use std::collections::HashMap;

const NANOS_PER_MINUTE: i64 = 60_000_000_000;
const SERVICE_QUERY: i64 = 0;

/// What a transaction changes for one person and service.
#[derive(Clone, Copy)]
struct Pair {
    count: i64,
    newest_added: i64,
    newest_removed: Option<i64>,
}

impl Default for Pair {
    fn default() -> Self {
        Self { count: 0, newest_added: i64::MIN, newest_removed: None }
    }
}

pub(crate) struct Rollup<'c> {
    minutes: HashMap<(i64, i64, i64), i64, ByNumber>,
    pairs: HashMap<(i64, i64), Pair, ByNumber>,
    add_minute: Statement<'c>,
    drop_minute: Statement<'c>,
    add_pair: Statement<'c>,
    drop_pair: Statement<'c>,
    read_pair: Statement<'c>,
    set_pair: Statement<'c>,
    newest_of_pair: Statement<'c>,
}

impl<'c> Rollup<'c> {
    pub fn open(connection: &'c Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            minutes: HashMap::default(),
            pairs: HashMap::default(),
            add_minute: connection.prepare(
                "INSERT INTO service_minute VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET count = count + excluded.count",
            )?,
            drop_minute: connection.prepare(
                "DELETE FROM service_minute WHERE minute = ?1 AND service = ?2 AND kind = ?3 AND count = 0",
            )?,
            add_pair: connection.prepare(
                "INSERT INTO who_service VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE
                 SET count = count + excluded.count, last_seen_ns = max(last_seen_ns, excluded.last_seen_ns)",
            )?,
            drop_pair: connection.prepare("DELETE FROM who_service WHERE who = ?1 AND service = ?2")?,
            read_pair: connection
                .prepare("SELECT count, last_seen_ns FROM who_service WHERE who = ?1 AND service = ?2")?,
            set_pair: connection.prepare("INSERT OR REPLACE INTO who_service VALUES (?1, ?2, ?3, ?4)")?,
            newest_of_pair: connection.prepare(
                "SELECT time_ns FROM events INDEXED BY events_time
                 WHERE time_ns <= ?3 AND kind = 0 AND service = ?2 AND who = ?1 ORDER BY time_ns DESC LIMIT 1",
            )?,
        })
    }

    /// Counts an event that was put in.
    pub fn add(&mut self, event: &Contribution) {
        *self.minutes.entry(minute_of(event)).or_default() += 1;
        if let Some(pair) = self.pair_of(event) {
            pair.count += 1;
            pair.newest_added = pair.newest_added.max(event.time_ns);
        }
    }

    /// Takes back the count of an event that was removed or is replaced.
    pub fn remove(&mut self, event: &Contribution) {
        *self.minutes.entry(minute_of(event)).or_default() -= 1;
        if let Some(pair) = self.pair_of(event) {
            pair.count -= 1;
            pair.newest_removed = pair.newest_removed.max(Some(event.time_ns));
        }
    }

    fn pair_of(&mut self, event: &Contribution) -> Option<&mut Pair> {
        let asked = event.kind == SERVICE_QUERY && event.who != 0;
        asked.then(|| self.pairs.entry((event.who, event.service)).or_default())
    }

    /// Writes the changes; the events must be in their tables already.
    pub fn write(&mut self) -> rusqlite::Result<()> {
        for ((minute, service, kind), count) in self.minutes.drain() {
            if count != 0 {
                self.add_minute.execute(params![minute, service, kind, count])?;
            }
            if count < 0 {
                self.drop_minute.execute(params![minute, service, kind])?;
            }
        }
        let mut pairs: Vec<((i64, i64), Pair)> = self.pairs.drain().collect();
        pairs.sort_unstable_by_key(|(key, _)| *key);
        for ((who, service), pair) in pairs {
            match pair.newest_removed {
                None => {
                    self.add_pair.execute(params![who, service, pair.count, pair.newest_added])?;
                }
                Some(removed) => self.write_shrunk(who, service, pair, removed)?,
            }
        }
        Ok(())
    }

    /// Forgets changes that are not written: the transaction was rolled back.
    pub fn forget(&mut self) {
        self.minutes.clear();
        self.pairs.clear();
    }

    /// The last time stays exact: where the event that set it may be gone, it is looked up among those left.
    fn write_shrunk(&mut self, who: i64, service: i64, pair: Pair, removed: i64) -> rusqlite::Result<()> {
        let read =
            self.read_pair.query_row([who, service], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let (count, last_seen): (i64, i64) = read.unwrap_or((0, i64::MIN));
        let (count, known) = (count + pair.count, last_seen.max(pair.newest_added));
        if count <= 0 {
            self.drop_pair.execute([who, service])?;
            return Ok(());
        }
        let last_seen = match removed >= known {
            true => self.newest_of_pair.query_row([who, service, known], |row| row.get(0))?,
            false => known,
        };
        self.set_pair.execute(params![who, service, count, last_seen])?;
        Ok(())
    }
}

fn minute_of(event: &Contribution) -> (i64, i64, i64) {
    (event.time_ns.div_euclid(NANOS_PER_MINUTE), event.service, event.kind)
}
