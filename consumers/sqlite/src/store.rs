//! Puts events into the tables: all that wait in one transaction.

use crate::ids::{Contribution, Ids};
use crate::names::Names;
use crate::rollup::Rollup;
use crate::schema::CHECKPOINT_BYTES;
use catchwater_schemas::event::{Event, Kind};
use catchwater_schemas::id::EventId;
use catchwater_schemas::outcome::Outcome;
use rusqlite::{Connection, Statement, params};
use std::ops::Range;

/// The events of one call, in a form that can go to another thread: one copy of all text.
#[derive(Default)]
pub(crate) struct Bundle {
    text: String,
    rows: Vec<Row>,
}

struct Row {
    id: EventId,
    revision: u64,
    kind: Kind,
    time_ns: i64,
    json: Range<usize>,
    service: Option<Range<usize>>,
    who: Option<Range<usize>>,
}

impl Bundle {
    pub fn of(events: &[Event<'_>]) -> Self {
        let bytes: usize = events.iter().map(|e| e.json.len() + 64).sum();
        let mut bundle = Self { text: String::with_capacity(bytes), rows: Vec::with_capacity(events.len()) };
        for event in events {
            let row = Row {
                id: event.id,
                revision: event.revision,
                kind: event.kind,
                time_ns: event.time.nanos(),
                json: bundle.push(event.json),
                service: event.service.as_deref().map(|text| bundle.push(text)),
                who: event.who.as_deref().map(|text| bundle.push(text)),
            };
            bundle.rows.push(row);
        }
        bundle
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    fn push(&mut self, text: &str) -> Range<usize> {
        let from = self.text.len();
        self.text.push_str(text);
        from..self.text.len()
    }

    fn text(&self, range: &Option<Range<usize>>) -> Option<&str> {
        range.clone().map(|range| &self.text[range])
    }
}

/// The tables, as the one thread that writes has them.
pub(crate) struct Store<'c> {
    pub(crate) connection: &'c Connection,
    pub(crate) ids: Ids<'c>,
    pub(crate) rollup: Rollup<'c>,
    names: Names<'c>,
    next_seq: i64,
    /// Bytes put in since the log was last brought into the database.
    unchecked_bytes: usize,
    insert: Statement<'c>,
    replace: Statement<'c>,
}

impl<'c> Store<'c> {
    pub fn open(connection: &'c Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            connection,
            ids: Ids::open(connection)?,
            rollup: Rollup::open(connection)?,
            names: Names::open(connection)?,
            next_seq: next_seq(connection)?,
            unchecked_bytes: 0,
            insert: connection.prepare("INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?,
            replace: connection.prepare(
                "UPDATE events SET revision = ?2, kind = ?3, time_ns = ?4, service = ?5, who = ?6, event = ?7
                 WHERE seq = ?1",
            )?,
        })
    }

    /// Puts bundles in, all or nothing; gives one outcome an event and bundle.
    pub fn put(&mut self, bundles: &[Bundle]) -> rusqlite::Result<Vec<Vec<Outcome>>> {
        self.in_transaction(|store| {
            let ids = bundles.iter().flat_map(|bundle| bundle.rows.iter().map(|row| row.id));
            let in_table = store.ids.find_in_table(ids)?;
            let mut outcomes = Vec::with_capacity(bundles.len());
            for bundle in bundles {
                let put = |row: &Row| {
                    let held = store.ids.newest(&row.id).or_else(|| in_table.get(&row.id).copied());
                    store.put_row(bundle, row, held)
                };
                outcomes.push(bundle.rows.iter().map(put).collect::<rusqlite::Result<Vec<Outcome>>>()?);
            }
            Ok(outcomes)
        })
    }

    fn put_row(&mut self, bundle: &Bundle, row: &Row, held: Option<i64>) -> rusqlite::Result<Outcome> {
        let Ok(revision) = i64::try_from(row.revision) else {
            return Ok(Outcome::Reject {
                reason: "revision too large: SQLite's numbers have 63 bits".into(),
            });
        };
        let held = match held {
            Some(seq) => self.ids.read(seq)?.map(|(_, held)| held),
            None => None,
        };
        if held.is_some_and(|held| held.revision >= revision) {
            return Ok(Outcome::Duplicate);
        }
        let (kind, time_ns, json) = (row.kind as i64, row.time_ns, &bundle.text[row.json.clone()]);
        let service = self.names.number(bundle.text(&row.service))?;
        let who = self.names.number(bundle.text(&row.who))?;
        let contribution = Contribution { kind, time_ns, service, who };
        match held {
            Some(held) => {
                self.replace.execute(params![held.seq, revision, kind, time_ns, service, who, json])?;
                self.rollup.remove(&held.contribution);
            }
            None => {
                let (seq, id) = (self.next_seq, &row.id);
                let columns =
                    params![seq, id.digest, id.ordinal, revision, kind, time_ns, service, who, json];
                self.insert.execute(columns)?;
                self.next_seq += 1;
                self.ids.add(row.id, seq);
                self.unchecked_bytes += json.len();
            }
        }
        self.rollup.add(&contribution);
        Ok(Outcome::Delivered)
    }

    /// Runs `work` and writes the rollups in one transaction; if any of it fails, memory forgets it too.
    pub fn in_transaction<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let transaction = self.connection.unchecked_transaction()?;
        let done = work(self).and_then(|done| self.rollup.write().map(|()| done));
        match done.and_then(|done| transaction.commit().map(|()| done)) {
            Ok(done) => {
                self.ids.committed();
                Ok(done)
            }
            Err(e) => {
                self.ids.rolled_back();
                self.names.forget();
                self.rollup.forget();
                self.next_seq = next_seq(self.connection).unwrap_or(self.next_seq);
                Err(e)
            }
        }
    }

    /// What can wait until nobody waits for an answer: ids into their table, the log into the database.
    pub fn tidy(&mut self, idle: bool) -> rusqlite::Result<()> {
        if self.ids.are_many() {
            self.ids.enter()?;
            self.unchecked_bytes = CHECKPOINT_BYTES;
        }
        if self.unchecked_bytes >= CHECKPOINT_BYTES || (idle && self.unchecked_bytes > 0) {
            self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
            self.unchecked_bytes = 0;
        }
        Ok(())
    }
}

fn next_seq(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT coalesce(max(seq), 0) + 1 FROM events", [], |row| row.get(0))
}
