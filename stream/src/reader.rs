//! Reading a stream's file: a few connections of their own, so that readers wait for no writer.

use crate::store::{self, StoreError, StoredRecord};
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// Reads of one stream at the same time; each holds at most one answer in memory.
const READERS: usize = 4;

/// Connections for reading.
pub(crate) struct Readers {
    folder: PathBuf,
    idle: Mutex<Vec<Connection>>,
    turns: Arc<Semaphore>,
}

impl Readers {
    pub fn new(folder: PathBuf) -> Arc<Self> {
        let turns = Arc::new(Semaphore::new(READERS));
        Arc::new(Self { folder, idle: Mutex::default(), turns })
    }

    /// Records of a shard from a place on; see [`store::read`].
    pub async fn read(
        self: &Arc<Self>,
        shard: u32,
        from: u64,
        max_records: usize,
        max_bytes: usize,
    ) -> Result<Vec<StoredRecord>, String> {
        let read = move |c: &Connection| store::read(c, shard, from, max_records, max_bytes);
        self.with(read).await
    }

    /// Place of a shard's first record that arrived at or after a time.
    pub async fn first_since(self: &Arc<Self>, shard: u32, millis: i64) -> Result<Option<u64>, String> {
        self.with(move |c| store::first_since(c, shard, millis)).await
    }

    async fn with<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, String> {
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|e| e.to_string())?;
        let readers = Arc::clone(self);
        let task = tokio::task::spawn_blocking(move || {
            let connection = match readers.idle().pop() {
                Some(connection) => connection,
                None => store::open_reader(&readers.folder).map_err(|e| e.to_string())?,
            };
            // A connection whose read failed is dropped, not used again.
            let done = work(&connection).map_err(|e| e.to_string())?;
            readers.idle().push(connection);
            drop(turn);
            Ok(done)
        });
        task.await.unwrap_or_else(|panic| Err(panic.to_string()))
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets no more read, and closes the connections.
    pub fn close(&self) {
        self.turns.close();
        self.idle().clear();
    }
}
