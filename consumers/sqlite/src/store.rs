//! Puts events into the tables: all that wait in one transaction.

use crate::ids::{Contribution, Ids};
use crate::names::Names;
use crate::rollup::Rollup;
use crate::rows::Inserter;
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

/// An event on its way into the table.
struct NewRow<'b> {
    row: &'b Row,
    seq: i64,
    revision: i64,
    contribution: Contribution,
}

fn refused() -> Outcome {
    Outcome::Reject { reason: "revision too large: SQLite's numbers have 63 bits".into() }
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
    insert: Inserter<'c>,
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
            insert: Inserter::new(connection, "INSERT INTO events", 9, 64)?,
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
                let mut new = Vec::with_capacity(bundle.len());
                let put = |row| {
                    let row: &Row = row;
                    let held = store.ids.newest(&row.id).or_else(|| in_table.get(&row.id).copied());
                    match held {
                        None => store.put_new(bundle, row, &mut new),
                        Some(seq) => {
                            // It may be one of this very call.
                            store.insert_new(bundle, &mut new)?;
                            store.put_held(bundle, row, seq)
                        }
                    }
                };
                outcomes.push(bundle.rows.iter().map(put).collect::<rusqlite::Result<Vec<Outcome>>>()?);
                store.insert_new(bundle, &mut new)?;
            }
            Ok(outcomes)
        })
    }

    /// Notes an event that the store does not hold.
    fn put_new<'b>(
        &mut self,
        bundle: &Bundle,
        row: &'b Row,
        new: &mut Vec<NewRow<'b>>,
    ) -> rusqlite::Result<Outcome> {
        let Ok(revision) = i64::try_from(row.revision) else { return Ok(refused()) };
        let contribution = self.contribution(bundle, row)?;
        let seq = self.next_seq;
        self.next_seq += 1;
        self.ids.add(row.id, seq);
        self.rollup.add(&contribution);
        new.push(NewRow { row, seq, revision, contribution });
        Ok(Outcome::Delivered)
    }

    /// Replaces an event that the store holds, if its revision is higher.
    fn put_held(&mut self, bundle: &Bundle, row: &Row, seq: i64) -> rusqlite::Result<Outcome> {
        let Ok(revision) = i64::try_from(row.revision) else { return Ok(refused()) };
        let (_, held) = self.ids.read(seq)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        if held.revision >= revision {
            return Ok(Outcome::Duplicate);
        }
        let contribution = self.contribution(bundle, row)?;
        let Contribution { kind, time_ns, service, who } = contribution;
        let json = &bundle.text[row.json.clone()];
        self.replace.execute(params![seq, revision, kind, time_ns, service, who, json])?;
        self.rollup.remove(&held.contribution);
        self.rollup.add(&contribution);
        self.unchecked_bytes += json.len();
        Ok(Outcome::Delivered)
    }

    fn insert_new(&mut self, bundle: &Bundle, new: &mut Vec<NewRow<'_>>) -> rusqlite::Result<()> {
        self.insert.insert(new, |NewRow { row, seq, revision, contribution }, columns| {
            let Contribution { kind, time_ns, service, who } = contribution;
            columns.value(seq)?;
            columns.value(&row.id.digest[..])?;
            columns.value(row.id.ordinal)?;
            columns.value(revision)?;
            columns.value(kind)?;
            columns.value(time_ns)?;
            columns.value(service)?;
            columns.value(who)?;
            columns.value(&bundle.text[row.json.clone()])
        })?;
        self.unchecked_bytes += new.iter().map(|new| new.row.json.len()).sum::<usize>();
        new.clear();
        Ok(())
    }

    fn contribution(&mut self, bundle: &Bundle, row: &Row) -> rusqlite::Result<Contribution> {
        let service = self.names.number(bundle.text(&row.service))?;
        let who = self.names.number(bundle.text(&row.who))?;
        Ok(Contribution { kind: row.kind as i64, time_ns: row.time_ns, service, who })
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

/// Rows up to `ids_entered` count as entered: also after the newest rows were removed no new one may be below it.
fn next_seq(connection: &Connection) -> rusqlite::Result<i64> {
    let sql = "SELECT max((SELECT coalesce(max(seq), 0) FROM events), (SELECT seq FROM ids_entered)) + 1";
    connection.query_row(sql, [], |row| row.get(0))
}

#[cfg(test)]
mod model;
