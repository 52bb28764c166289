//! What the page asks, on a connection of its own that only reads. All calls block: not for async threads.

use crate::schema::{OpenError, open_reader};
use catchwater_schemas::event::Kind;
use rusqlite::{Connection, Row, params};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

const MINUTE_MILLIS: i64 = 60_000;
const NANOS_PER_MILLI: i64 = 1_000_000;
/// Two times with nothing between them for longer than this belong to different ranges.
const GAP_MINUTES: i64 = 7 * 24 * 60;
/// Most buckets of one answer.
const MOST_BUCKETS: i64 = 1_500;
/// Lengths that buckets may have, minutes: 1, 5, 15 minutes, 1, 6 hours, 1, 7, 28 days, a year.
const BUCKET_MINUTES: [i64; 9] = [1, 5, 15, 60, 360, 1_440, 10_080, 40_320, 525_600];
/// Most events that one question about who asked looks at.
const MOST_SCANNED: i64 = 1_000_000;

/// The store cannot answer.
#[derive(Debug, thiserror::Error)]
#[error("the store cannot be read: {0}")]
pub struct QueryError(#[from] rusqlite::Error);

/// A stretch of time with events in it; times in milliseconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Range {
    /// First minute that has events.
    pub from_millis: i64,
    /// End of the last minute that has events.
    pub to_millis: i64,
    /// Events in it.
    pub count: u64,
}

/// Events over time, by service: columns of the same length.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Series {
    /// Minutes of one bucket.
    pub bucket_minutes: i64,
    /// Each bucket's start, milliseconds since the epoch; without gaps.
    pub starts_millis: Vec<i64>,
    /// The services with the most events, most first.
    pub services: Vec<ServiceCounts>,
}

/// Events of one service, one number a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServiceCounts {
    /// The service; `None` for events without one.
    pub service: Option<String>,
    /// These are all services but those named before.
    pub others: bool,
    /// Events a bucket.
    pub counts: Vec<u64>,
}

/// Who queried which service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WhoQueried {
    /// Most queries first.
    pub rows: Vec<WhoRow>,
    /// Number of pairs of a person and a service, of which `rows` may be the first few.
    pub pairs: u64,
    /// All events of the range were looked at; else its newest 1,000,000.
    pub complete: bool,
}

/// How often someone queried a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WhoRow {
    /// User, else address.
    pub who: String,
    /// The service.
    pub service: Option<String>,
    /// Queries.
    pub count: u64,
    /// The last of them, milliseconds since the epoch.
    pub last_seen_millis: i64,
}

/// One move of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileMove {
    /// When, milliseconds since the epoch.
    pub time_millis: i64,
    /// `start`, `end`, or what else the event's type says.
    pub phase: Option<String>,
    /// PUT, DELETE, COPY or MOVE.
    pub action_type: Option<String>,
    /// What was done, in the source's word.
    pub action: Option<String>,
    /// Path or key of the file.
    pub key: Option<String>,
    /// Bucket that it came from.
    pub source: Option<String>,
    /// Bucket that it went to.
    pub destination: Option<String>,
    /// Who did it.
    pub who: Option<String>,
    /// The service that told of it.
    pub service: Option<String>,
}

/// What the store holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Events.
    pub events: u64,
    /// Events by kind.
    pub by_kind: BTreeMap<Kind, u64>,
    /// Bytes on disk, the write-ahead log with them.
    pub store_bytes: u64,
}

/// Reads the store. Answers see all that was delivered before they were asked for.
pub struct Reader {
    connection: Mutex<Connection>,
    file: PathBuf,
}

impl Reader {
    /// Opens a store that a sink has made.
    pub fn open(file: &Path) -> Result<Self, OpenError> {
        Ok(Self { connection: Mutex::new(open_reader(file)?), file: file.to_path_buf() })
    }

    /// Stretches of time with events, oldest first; more than 7 days without any lie between two of them.
    pub fn ranges(&self) -> Result<Vec<Range>, QueryError> {
        let mut ranges: Vec<Range> = Vec::new();
        let sql = "SELECT minute, SUM(count) FROM service_minute GROUP BY minute ORDER BY minute";
        for row in self.rows(sql, [], |row| Ok((row.get::<_, i64>(0)?, number(row, 1)?)))? {
            let (minute, count) = row;
            let (from_millis, to_millis) = (minute * MINUTE_MILLIS, (minute + 1) * MINUTE_MILLIS);
            match ranges.last_mut() {
                Some(last) if from_millis - last.to_millis <= GAP_MINUTES * MINUTE_MILLIS => {
                    last.to_millis = to_millis;
                    last.count += count;
                }
                _ => ranges.push(Range { from_millis, to_millis, count }),
            }
        }
        Ok(ranges)
    }

    /// Events a bucket of the `top` services with the most events, and of all others together, from
    /// `from_millis` up to before `to_millis`. Without `bucket_minutes`, and where it gives more than 1,500 buckets,
    /// the shortest that does not.
    pub fn by_service(
        &self,
        from_millis: i64,
        to_millis: i64,
        bucket_minutes: Option<i64>,
        top: usize,
    ) -> Result<Series, QueryError> {
        let (from, to) =
            (from_millis.div_euclid(MINUTE_MILLIS), to_millis.saturating_sub(1).div_euclid(MINUTE_MILLIS));
        let to = to.max(from);
        let bucket = fitting_bucket(from, to, bucket_minutes);
        let first = from.div_euclid(bucket);
        let length = usize::try_from(to.div_euclid(bucket) - first + 1).unwrap_or(1);
        // SQLite divides towards zero; shifted by whole buckets all minutes from 1678 on are positive.
        let shift = 160_000_000 / bucket;
        let sql = "SELECT (minute + ?4 * ?3) / ?3 - ?4, n.id, n.name, SUM(count)
                   FROM service_minute JOIN name n ON n.id = service
                   WHERE minute BETWEEN ?1 AND ?2 GROUP BY 1, 2";
        let rows = self.rows(sql, params![from, to, bucket, shift], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get(2)?, number(row, 3)?))
        })?;
        let mut services: BTreeMap<i64, ServiceCounts> = BTreeMap::new();
        for (at, id, service, count) in rows {
            let empty = || ServiceCounts { service, others: false, counts: vec![0; length] };
            let counts = &mut services.entry(id).or_insert_with(empty).counts;
            if let Some(slot) = usize::try_from(at - first).ok().and_then(|at| counts.get_mut(at)) {
                *slot += count;
            }
        }
        let starts_millis = (first..).take(length).map(|n| n * bucket * MINUTE_MILLIS).collect();
        let services = with_others(services.into_values().collect(), top, length);
        Ok(Series { bucket_minutes: bucket, starts_millis, services })
    }

    /// The `limit` pairs of a person and a service with the most queries, of all events or of those from the first up
    /// to before the second time (milliseconds since the epoch).
    pub fn who_queried(&self, range: Option<(i64, i64)>, limit: usize) -> Result<WhoQueried, QueryError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let read = |row: &Row<'_>| {
            let (count, last_seen_ns): (u64, i64) = (number(row, 2)?, row.get(3)?);
            let last_seen_millis = last_seen_ns.div_euclid(NANOS_PER_MILLI);
            let who = WhoRow { who: row.get(0)?, service: row.get(1)?, count, last_seen_millis };
            Ok((who, number(row, 4)?, row.get::<_, i64>(5)?))
        };
        let rows = match range {
            None => self.rows(
                "SELECT w.name, s.name, p.count, p.last_seen_ns, p.pairs, 0
                 FROM (SELECT *, COUNT(*) OVER () AS pairs FROM who_service ORDER BY count DESC, who, service LIMIT ?1) p
                 JOIN name w ON w.id = p.who JOIN name s ON s.id = p.service ORDER BY p.count DESC, p.who, p.service",
                [limit],
                read,
            )?,
            Some((from, to)) => self.rows(
                "SELECT w.name, s.name, p.count, p.last_seen_ns, p.pairs, p.scanned
                 FROM (SELECT who, service, COUNT(*) AS count, MAX(time_ns) AS last_seen_ns,
                              COUNT(*) OVER () AS pairs, SUM(COUNT(*)) OVER () AS scanned
                       FROM (SELECT who, service, time_ns FROM events INDEXED BY events_time
                             WHERE time_ns >= ?2 AND time_ns < ?3 AND kind = 0 AND who <> 0
                             ORDER BY time_ns DESC LIMIT ?4)
                       GROUP BY who, service ORDER BY 3 DESC, who, service LIMIT ?1) p
                 JOIN name w ON w.id = p.who JOIN name s ON s.id = p.service ORDER BY p.count DESC, p.who, p.service",
                params![limit, nanos(from), nanos(to), MOST_SCANNED],
                read,
            )?,
        };
        let (pairs, scanned) = rows.first().map_or((0, 0), |(_, pairs, scanned)| (*pairs, *scanned));
        let rows = rows.into_iter().map(|(row, ..)| row).collect();
        Ok(WhoQueried { rows, pairs, complete: scanned < MOST_SCANNED })
    }

    /// The latest file moves, newest first, of all or of those from the first up to before the second time.
    pub fn file_moves(&self, range: Option<(i64, i64)>, limit: usize) -> Result<Vec<FileMove>, QueryError> {
        let (from, to) = range.map_or((i64::MIN, i64::MAX), |(from, to)| (nanos(from), nanos(to)));
        let sql = "SELECT e.time_ns, event ->> '$.event.type', event ->> '$.catchwater.action_type',
                          event ->> '$.event.action', coalesce(event ->> '$.file.path', event ->> '$.file.name'),
                          event ->> '$.file.source.bucket', event ->> '$.file.destination.bucket', w.name, s.name
                   FROM (SELECT * FROM events INDEXED BY events_file_move
                         WHERE kind = 1 AND time_ns >= ?1 AND time_ns < ?2 ORDER BY time_ns DESC LIMIT ?3) e
                   JOIN name w ON w.id = e.who JOIN name s ON s.id = e.service ORDER BY e.time_ns DESC, e.seq DESC";
        self.rows(sql, params![from, to, i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
            let time_ns: i64 = row.get(0)?;
            Ok(FileMove {
                time_millis: time_ns.div_euclid(NANOS_PER_MILLI),
                phase: row.get::<_, Option<String>>(1)?.map(first_of_list),
                action_type: row.get(2)?,
                action: row.get(3)?,
                key: row.get(4)?,
                source: row.get(5)?,
                destination: row.get(6)?,
                who: row.get(7)?,
                service: row.get(8)?,
            })
        })
    }

    /// What the store holds.
    pub fn totals(&self) -> Result<Totals, QueryError> {
        let sql = "SELECT kind, SUM(count) FROM service_minute GROUP BY kind";
        let counts = self.rows(sql, [], |row| Ok((number(row, 0)?, number(row, 1)?)))?;
        let by_kind: BTreeMap<Kind, u64> = counts
            .into_iter()
            .filter_map(|(kind, count)| Some((*Kind::ALL.get(usize::try_from(kind).ok()?)?, count)))
            .collect();
        let bytes = |suffix: &str| {
            let mut name = self.file.clone().into_os_string();
            name.push(suffix);
            std::fs::metadata(name).map_or(0, |m| m.len())
        };
        let store_bytes = bytes("") + bytes("-wal");
        Ok(Totals { events: by_kind.values().sum(), by_kind, store_bytes })
    }

    fn rows<T>(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, QueryError> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let mut statement = connection.prepare(sql)?;
        let rows = statement.query_map(values, read)?.collect::<rusqlite::Result<Vec<T>>>()?;
        Ok(rows)
    }
}

/// A number that is never negative.
fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(|n| n.unsigned_abs())
}

fn nanos(millis: i64) -> i64 {
    millis.saturating_mul(NANOS_PER_MILLI)
}

/// The wanted length, or the shortest that gives few enough buckets.
fn fitting_bucket(from: i64, to: i64, wanted: Option<i64>) -> i64 {
    let fits = |bucket: &i64| (to - from) / bucket < MOST_BUCKETS;
    let longest = BUCKET_MINUTES[BUCKET_MINUTES.len() - 1];
    let wanted = wanted.filter(|bucket| *bucket > 0 && fits(bucket));
    wanted.or_else(|| BUCKET_MINUTES.into_iter().find(fits)).unwrap_or(longest)
}

/// Most events first; those after the first `top` are added up.
fn with_others(mut services: Vec<ServiceCounts>, top: usize, length: usize) -> Vec<ServiceCounts> {
    services.sort_by_cached_key(|s| (std::cmp::Reverse(s.counts.iter().sum::<u64>()), s.service.clone()));
    if services.len() > top {
        let mut others = ServiceCounts { service: None, others: true, counts: vec![0; length] };
        for service in services.drain(top..) {
            others.counts.iter_mut().zip(service.counts).for_each(|(sum, count)| *sum += count);
        }
        services.push(others);
    }
    services
}

/// ECS lets `event.type` be one word or a list of them.
fn first_of_list(text: String) -> String {
    match text.starts_with('[').then(|| serde_json::from_str::<Vec<String>>(&text)) {
        Some(Ok(list)) => list.into_iter().next().unwrap_or_default(),
        _ => text,
    }
}
