//! Positions and accounts on disk, in one SQLite file.
//!
//! One thread owns the connection: calls are done in the order in which they were made, so that a reader that starts
//! sees what the one before it committed last, and commits that wait at the same time share one transaction and its
//! write to disk.

use crate::positions::{Kept, Position, Positions, PositionsDown, Step, step};
use crate::stream::SequenceNumber;
use catchwater_schemas::account::Account;
use futures::future::BoxFuture;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use std::path::Path;
use std::sync::mpsc;
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// Version of the tables, in `PRAGMA user_version`.
const LAYOUT: i64 = 1;
/// Calls that share a transaction at most.
const MOST_CALLS: usize = 256;

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS positions (
        mapping TEXT NOT NULL, stream TEXT NOT NULL, shard TEXT NOT NULL,
        -- Sequence number of the last record settled; NULL before the first.
        after TEXT, ended INTEGER NOT NULL,
        PRIMARY KEY (mapping, stream, shard)) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS accounts (
        mapping TEXT NOT NULL, stream TEXT NOT NULL, shard TEXT NOT NULL,
        -- The counts as JSON.
        account TEXT NOT NULL,
        PRIMARY KEY (mapping, stream, shard)) STRICT, WITHOUT ROWID;
    PRAGMA user_version = 1;";

/// Positions on disk. Dropping it waits for the calls made before.
#[derive(Debug)]
pub struct SqlitePositions {
    place: String,
    calls: Option<mpsc::Sender<Call>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Key {
    mapping: String,
    stream: String,
    shard: String,
}

#[derive(Debug)]
enum Call {
    Get(Key, Reply<Position>),
    Commit(Key, Position, Account, Reply<()>),
    All(Reply<Vec<Kept>>),
}

type Reply<T> = oneshot::Sender<Result<T, String>>;

/// What stays to be said once the transaction is on disk.
type Say = Box<dyn FnOnce(Result<(), String>)>;

#[derive(Debug, thiserror::Error)]
enum Cause {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error("an account cannot be read: {0}")]
    Account(#[from] serde_json::Error),
    #[error("{0}")]
    Backwards(String),
    #[error("{0}")]
    NoTransaction(String),
}

impl SqlitePositions {
    /// Opens the file, and makes it if there is none. One process at a time: the caller holds the data folder's
    /// lock.
    pub fn open(path: &Path) -> Result<Self, PositionsDown> {
        let place = path.display().to_string();
        let down = |cause: String| PositionsDown { place: place.clone(), cause };
        let connection = connect(path).map_err(&down)?;
        let (calls, queue) = mpsc::channel();
        let thread = std::thread::Builder::new().name("positions".into());
        let thread = thread.spawn(move || serve(connection, &queue)).map_err(|e| down(e.to_string()))?;
        Ok(Self { place, calls: Some(calls), thread: Some(thread) })
    }

    fn call<'a, T: Send + 'static>(
        &'a self,
        make: impl FnOnce(Reply<T>) -> Call,
    ) -> BoxFuture<'a, Result<T, PositionsDown>> {
        let (reply, answer) = oneshot::channel();
        // Where the thread has ended the reply is dropped with the call, which the answer then tells.
        if let Some(calls) = &self.calls {
            let _ = calls.send(make(reply));
        }
        Box::pin(async move {
            let answer = answer.await.unwrap_or_else(|_| Err("its thread has ended".into()));
            answer.map_err(|cause| PositionsDown { place: self.place.clone(), cause })
        })
    }
}

impl Drop for SqlitePositions {
    fn drop(&mut self) {
        self.calls = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Positions for SqlitePositions {
    fn get<'a>(
        &'a self,
        mapping: &'a str,
        stream: &'a str,
        shard: &'a str,
    ) -> BoxFuture<'a, Result<Position, PositionsDown>> {
        self.call(|reply| Call::Get(Key::new(mapping, stream, shard), reply))
    }

    fn commit<'a>(
        &'a self,
        mapping: &'a str,
        stream: &'a str,
        shard: &'a str,
        position: &'a Position,
        account: &'a Account,
    ) -> BoxFuture<'a, Result<(), PositionsDown>> {
        let key = Key::new(mapping, stream, shard);
        self.call(|reply| Call::Commit(key, position.clone(), account.clone(), reply))
    }

    fn all(&self) -> BoxFuture<'_, Result<Vec<Kept>, PositionsDown>> {
        self.call(Call::All)
    }
}

impl Key {
    fn new(mapping: &str, stream: &str, shard: &str) -> Self {
        Self { mapping: mapping.into(), stream: stream.into(), shard: shard.into() }
    }
}

fn connect(path: &Path) -> Result<Connection, String> {
    let open = || -> rusqlite::Result<(Connection, i64)> {
        let connection = Connection::open(path)?;
        // WAL with FULL: a commit is on disk when it returns (SQLite, "PRAGMA synchronous").
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
        let layout = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        Ok((connection, layout))
    };
    let (connection, layout) = open().map_err(|e| e.to_string())?;
    if layout > LAYOUT {
        return Err(format!("written by a newer catchwater (layout {layout}, this one knows {LAYOUT})"));
    }
    connection.execute_batch(TABLES).map_err(|e| e.to_string())?;
    Ok(connection)
}

fn serve(mut connection: Connection, queue: &mpsc::Receiver<Call>) {
    while let Ok(first) = queue.recv() {
        let calls = std::iter::once(first).chain(queue.try_iter()).take(MOST_CALLS);
        let mut answers: Vec<Say> = Vec::new();
        let done = together(&mut connection, calls, &mut answers);
        for say in answers {
            say(done.clone());
        }
    }
}

/// Does calls in one transaction. What one call is refused for does not concern the others; where the database
/// fails, none is done, so that half of a commit is never kept.
fn together(
    connection: &mut Connection,
    calls: impl Iterator<Item = Call>,
    answers: &mut Vec<Say>,
) -> Result<(), String> {
    let begun = connection.transaction_with_behavior(TransactionBehavior::Immediate);
    let transaction = match &begun {
        Ok(transaction) => Ok(&**transaction),
        Err(error) => Err(error.to_string()),
    };
    let mut failed = None;
    for call in calls {
        let (say, failure) = call.done_in(transaction.clone());
        answers.push(say);
        failed = failed.or(failure);
    }
    match (begun, failed) {
        (Ok(transaction), None) => transaction.commit().map_err(|e| e.to_string()),
        (Ok(transaction), Some(failure)) => match transaction.rollback() {
            Ok(()) => Err(failure),
            Err(error) => Err(format!("{failure}; then {error}")),
        },
        (Err(error), _) => Err(error.to_string()),
    }
}

impl Call {
    /// Does the call, if there is a transaction: what to say of it once that has ended, and why it must not be
    /// committed.
    fn done_in(self, transaction: Result<&Connection, String>) -> (Say, Option<String>) {
        fn end<T: Send + 'static>(reply: Reply<T>, result: Result<T, Cause>) -> (Say, Option<String>) {
            let failure = match &result {
                Err(Cause::Sqlite(error)) => Some(error.to_string()),
                _ => None,
            };
            let result = result.map_err(|e| e.to_string());
            // Who asked may have gone.
            (Box::new(move |done| drop(reply.send(done.and(result)))), failure)
        }
        let on = transaction.map_err(Cause::NoTransaction);
        match self {
            Call::Get(key, reply) => end(reply, on.and_then(|c| get(c, &key))),
            Call::Commit(key, position, account, reply) => {
                end(reply, on.and_then(|c| commit(c, &key, &position, &account)))
            }
            Call::All(reply) => end(reply, on.and_then(all)),
        }
    }
}

fn get(connection: &Connection, key: &Key) -> Result<Position, Cause> {
    let mut query = connection
        .prepare("SELECT after, ended FROM positions WHERE mapping = ? AND stream = ? AND shard = ?")?;
    let kept = query.query_row(params![key.mapping, key.stream, key.shard], |row| {
        Ok(Position { after: row.get::<_, Option<String>>(0)?.map(SequenceNumber), ended: row.get(1)? })
    });
    Ok(kept.optional()?.unwrap_or_default())
}

fn commit(connection: &Connection, key: &Key, position: &Position, account: &Account) -> Result<(), Cause> {
    // All that can be refused for itself is looked at before anything is written: the transaction is shared.
    let step = step(&get(connection, key)?, position).map_err(Cause::Backwards)?;
    if step == Step::Forward && *account != Account::default() {
        let mut query = connection
            .prepare("SELECT account FROM accounts WHERE mapping = ? AND stream = ? AND shard = ?")?;
        let kept: Option<String> =
            query.query_row(params![key.mapping, key.stream, key.shard], |row| row.get(0)).optional()?;
        let mut sum: Account = kept.map_or(Ok(Account::default()), |text| serde_json::from_str(&text))?;
        sum.add(account);
        let mut insert = connection.prepare("INSERT OR REPLACE INTO accounts VALUES (?, ?, ?, ?)")?;
        insert.execute(params![key.mapping, key.stream, key.shard, serde_json::to_string(&sum)?])?;
    }
    let mut insert = connection.prepare("INSERT OR REPLACE INTO positions VALUES (?, ?, ?, ?, ?)")?;
    let after = position.after.as_ref().map(|s| s.0.as_str());
    insert.execute(params![key.mapping, key.stream, key.shard, after, position.ended])?;
    Ok(())
}

fn all(connection: &Connection) -> Result<Vec<Kept>, Cause> {
    let mut query = connection.prepare(
        "SELECT mapping, stream, shard, after, ended, account FROM positions
         LEFT JOIN accounts USING (mapping, stream, shard) ORDER BY mapping, stream, shard",
    )?;
    let mut rows = query.query([])?;
    let mut kept = Vec::new();
    while let Some(row) = rows.next()? {
        let account = row.get::<_, Option<String>>(5)?;
        kept.push(Kept {
            mapping: row.get(0)?,
            stream: row.get(1)?,
            shard: row.get(2)?,
            position: Position {
                after: row.get::<_, Option<String>>(3)?.map(SequenceNumber),
                ended: row.get(4)?,
            },
            account: account.map_or(Ok(Account::default()), |text| serde_json::from_str(&text))?,
        });
    }
    Ok(kept)
}

#[cfg(test)]
mod tests;
