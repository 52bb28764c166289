//! A stream's only writer: a thread that commits what waits in the queue together, so that many callers share one
//! flush of the disk, and answers each after the commit. Between commits it removes what may go, in small steps.

use crate::queue::{Change, ChangeError, Placed, Put, PutAnswer, Queue, Work};
use crate::retention;
use crate::shards::{self, Routes, Shard};
use crate::store::{Header, NewRecord, Store, StoreError};
use crate::stream::PutError;
use catchwater_consumer_core::world::Clock;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often the age of records is looked at while nothing comes in.
const IDLE: Duration = Duration::from_secs(5);
/// Pages given back to the file system in one step: 4 MiB.
const SHRINK_PAGES: i64 = 256;

/// The stream as all its readers see it: what is committed, nothing else.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub header: Header,
    pub shards: Vec<Shard>,
}

impl View {
    /// Bytes kept in all shards.
    pub fn bytes(&self) -> u64 {
        self.shards.iter().map(|s| s.bytes).sum()
    }

    /// Shards that a reader of the whole stream must pass: those that are open or hold records, and those that came of
    /// such, for without them a reader could not know that a child comes after its grandparent.
    pub fn to_read(&self) -> Vec<&Shard> {
        let mut listed: Vec<&Shard> = Vec::new();
        // Parents have lower numbers than their children.
        for shard in &self.shards {
            let waits = shard.parents().any(|p| listed.iter().any(|l| l.ix == p));
            if shard.is_open() || shard.records > 0 || waits {
                listed.push(shard);
            }
        }
        listed
    }

    /// A shard by its number.
    pub fn shard(&self, ix: u32) -> Option<&Shard> {
        self.shards.iter().find(|s| s.ix == ix)
    }
}

/// The writer of one stream.
pub(crate) struct Writer {
    store: Store,
    view: View,
    routes: Routes,
    last_arrival_millis: i64,
    /// Places from here on were never tried, by shard; only after a failed commit above the shard's next place.
    untried: BTreeMap<u32, u64>,
    queue: Arc<Queue>,
    clock: Arc<dyn Clock>,
    published: watch::Sender<Arc<View>>,
    /// Something was written since the WAL was last copied into the file.
    wal_used: bool,
}

/// Closes the queue when the writer ends, however it ends: nobody waits for an answer that never comes.
struct Leaving(Arc<Queue>);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

impl Writer {
    /// The writer of a stream just opened, and its view.
    pub fn new(
        (store, header, shards): (Store, Header, Vec<Shard>),
        queue: Arc<Queue>,
        clock: Arc<dyn Clock>,
    ) -> (Self, watch::Receiver<Arc<View>>) {
        let routes = Routes::new(&shards);
        let last_arrival_millis = shards.iter().filter_map(|s| s.newest_millis).max().unwrap_or(0);
        let view = View { header, shards };
        let (published, receiver) = watch::channel(Arc::new(view.clone()));
        let untried = BTreeMap::new();
        let writer = Self {
            store,
            view,
            routes,
            last_arrival_millis,
            untried,
            queue,
            clock,
            published,
            wal_used: true,
        };
        (writer, receiver)
    }

    /// Works until the queue is closed and empty.
    pub fn run(mut self) {
        let _leaving = Leaving(Arc::clone(&self.queue));
        let mut wait = Duration::ZERO;
        while let Some(work) = self.queue.take(wait) {
            let idle = matches!(&work, Work::Puts(puts) if puts.is_empty());
            match work {
                Work::Puts(puts) if idle => drop(puts),
                Work::Puts(puts) => self.put(puts),
                Work::Change(change, answer) => {
                    // Who asked may have gone.
                    let _ = answer.send(self.change(&change));
                }
            }
            let more = self.tidy(idle).unwrap_or_else(|error| {
                tracing::warn!(stream = %self.view.header.name, %error, "old records were not removed");
                false
            });
            wait = if more { Duration::ZERO } else { IDLE };
        }
    }

    /// Commits these calls' records together and answers each.
    fn put(&mut self, puts: Vec<Put>) {
        let incoming = puts.iter().flat_map(|p| &p.records).map(|r| r.bytes()).sum::<u64>();
        self.make_room(incoming);
        let arrival_millis = self.clock.now_millis().max(self.last_arrival_millis);
        self.last_arrival_millis = arrival_millis;
        let mut after = self.view.clone();
        match self.append(&puts, arrival_millis, &mut after) {
            Ok(answers) => {
                self.view = after;
                self.publish();
                for (put, answer) in puts.into_iter().zip(answers) {
                    // Who asked may have gone; the record stays.
                    let _ = put.answer.send(answer);
                }
            }
            Err(error) => {
                tracing::error!(stream = %self.view.header.name, %error, "records could not be written");
                // Places that were tried are not used again: the disk may have kept them all the same.
                self.untried.extend(after.shards.iter().map(|s| (s.ix, s.next)));
                for put in puts {
                    let failed = PutError::Failed(error.to_string());
                    let _ = put.answer.send(put.records.iter().map(|_| Err(failed.clone())).collect());
                }
            }
        }
    }

    fn append(
        &self,
        puts: &[Put],
        arrival_millis: i64,
        after: &mut View,
    ) -> Result<Vec<PutAnswer>, StoreError> {
        let transaction = self.store.begin()?;
        let mut appender = self.store.appender();
        let mut kept_bytes = after.bytes();
        let most_bytes = after.header.retention_bytes;
        let mut answers = Vec::with_capacity(puts.len());
        for put in puts {
            let mut full = false;
            let mut answer = Vec::with_capacity(put.records.len());
            for record in &put.records {
                let ix = self.routes.shard(record.hash_key);
                // What follows a refused record in its call is refused too: sent again, it keeps its order.
                full |= kept_bytes + record.bytes() > most_bytes;
                if full {
                    answer.push(Err(PutError::Full { shard: ix, retention_bytes: most_bytes }));
                    continue;
                }
                let shard = &mut after.shards[ix as usize];
                let place = shard.next.max(self.untried.get(&ix).copied().unwrap_or(0));
                let new = NewRecord {
                    place,
                    arrival_millis,
                    partition_key: &record.partition_key,
                    data: &record.data,
                };
                shard.next = place + 1;
                appender.append(ix, &new)?;
                kept_bytes += record.bytes();
                if shard.records == 0 {
                    shard.first = place;
                    shard.oldest_millis = Some(arrival_millis);
                }
                shard.records += 1;
                shard.bytes += record.bytes();
                shard.newest_millis = Some(arrival_millis);
                answer.push(Ok(Placed { shard: ix, place, arrival_millis }));
            }
            answers.push(answer);
        }
        let changed = after.shards.iter().zip(&self.view.shards).filter(|(a, b)| a.next != b.next);
        self.store.write_counts(changed.map(|(a, _)| a))?;
        drop(appender);
        transaction.commit()?;
        Ok(answers)
    }

    /// Removes settled records until this much more fits, or none may go.
    fn make_room(&mut self, incoming_bytes: u64) {
        while self.view.bytes() + incoming_bytes > self.view.header.retention_bytes {
            match self.remove_step(incoming_bytes) {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    tracing::warn!(stream = %self.view.header.name, %error, "no room could be made");
                    return;
                }
            }
        }
    }

    /// Removes a few records that may go; false if none may.
    fn remove_step(&mut self, incoming_bytes: u64) -> Result<bool, StoreError> {
        let marks = self.queue.marks();
        let header = &self.view.header;
        let kept_bytes = self.view.bytes() + incoming_bytes;
        let now = self.clock.now_millis();
        let need = retention::need(kept_bytes, header.retention_bytes, header.retention_hours, now);
        let Some(ix) = retention::next_shard(&self.view.shards, &marks, need) else { return Ok(false) };
        let oldest = self.store.oldest(ix, retention::STEP_RECORDS)?;
        let (count, bytes) = retention::how_many(&oldest, marks.of(ix), marks.held, need);
        let Some(last) = count.checked_sub(1).and_then(|n| oldest.get(n)) else { return Ok(false) };
        let mut shard = self.view.shards[ix as usize].clone();
        shard.records = shard.records.saturating_sub(count as u64);
        shard.bytes = shard.bytes.saturating_sub(bytes);
        let transaction = self.store.begin()?;
        self.store.remove_up_to(ix, last.place)?;
        self.store.write_counts(std::iter::once(&shard))?;
        self.store.find_oldest(&mut shard)?;
        transaction.commit()?;
        self.view.shards[ix as usize] = shard;
        self.publish();
        Ok(true)
    }

    /// Removes what may go and, if nothing else is to do, gives room back to the file system; true if there is more.
    fn tidy(&mut self, idle: bool) -> Result<bool, StoreError> {
        self.wal_used |= !idle;
        if self.remove_step(0)? {
            self.wal_used = true;
            return Ok(true);
        }
        if !idle {
            return Ok(false);
        }
        if self.store.shrink(SHRINK_PAGES)? {
            self.wal_used = true;
            return Ok(true);
        }
        if std::mem::take(&mut self.wal_used) {
            self.store.checkpoint()?;
        }
        Ok(false)
    }

    fn change(&mut self, change: &Change) -> Result<(), ChangeError> {
        let mut after = self.view.clone();
        let now = self.clock.now_millis().max(self.last_arrival_millis);
        match *change {
            Change::Split { shard, at } => shards::split(&mut after.shards, shard, at, now)?,
            Change::Merge { lower, upper } => shards::merge(&mut after.shards, lower, upper, now)?,
            Change::Retention { hours, bytes } => {
                after.header.retention_hours = hours;
                after.header.retention_bytes = bytes.unwrap_or(after.header.retention_bytes);
            }
        }
        self.write_change(&after).map_err(|error| ChangeError::Failed(error.to_string()))?;
        self.routes = Routes::new(&after.shards);
        self.view = after;
        self.publish();
        Ok(())
    }

    fn write_change(&self, after: &View) -> Result<(), StoreError> {
        let transaction = self.store.begin()?;
        let before = &self.view.shards;
        let changed = after.shards.iter().filter(|s| !before.contains(s)).cloned().collect::<Vec<_>>();
        self.store.write_shards(&changed)?;
        self.store.write_retention(after.header.retention_hours, after.header.retention_bytes)?;
        Ok(transaction.commit()?)
    }

    fn publish(&self) {
        self.published.send_replace(Arc::new(self.view.clone()));
    }
}
