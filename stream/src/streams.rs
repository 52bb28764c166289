//! The folder of all streams: a folder a stream, made and removed in one step each.

use crate::queue::ChangeError;
use crate::shards::{self, Shard};
use crate::store::{self, Header, StoreError};
use crate::stream::EmbeddedStream;
use catchwater_consumer_core::world::Clock;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// Beginning of the name of a folder that is being made or removed; no stream's folder begins so.
const UNFINISHED: &str = ".unfinished-";

/// What a stream is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamSettings {
    /// Shards; only for a new stream.
    pub shards: u32,
    /// Hours after which records are removed.
    pub retention_hours: u32,
    /// Bytes of data and partition keys that may be kept.
    pub retention_bytes: u64,
}

impl Default for StreamSettings {
    /// What a stream has that a user makes without saying more.
    fn default() -> Self {
        Self { shards: 1, retention_hours: 24, retention_bytes: 2 << 30 }
    }
}

/// A stream could not be opened, made or removed.
#[derive(Debug, thiserror::Error)]
#[error("stream at {}: {cause}", path.display())]
pub struct OpenError {
    /// Its folder.
    pub path: PathBuf,
    /// Why.
    pub cause: String,
}

/// A stream was not made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CreateError {
    #[error("the stream exists")]
    Exists,
    #[error(transparent)]
    Failed(#[from] OpenError),
}

/// A stream was not removed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeleteError {
    #[error("there is no such stream")]
    NoStream,
    #[error("the pipeline reads this stream")]
    OfPipeline,
    #[error(transparent)]
    Failed(#[from] OpenError),
}

/// All streams of a folder.
pub struct Streams {
    folder: PathBuf,
    clock: Arc<dyn Clock>,
    open: RwLock<BTreeMap<String, Arc<EmbeddedStream>>>,
    /// Held while a stream is made or removed.
    changing: Mutex<()>,
}

impl Streams {
    /// Opens all streams of a folder, which is made if missing. One process at a time: the caller sees to that.
    pub fn open(folder: &Path, clock: Arc<dyn Clock>) -> Result<Arc<Self>, OpenError> {
        let fail =
            |path: &Path, cause: &dyn ToString| OpenError { path: path.into(), cause: cause.to_string() };
        fs::create_dir_all(folder).map_err(|e| fail(folder, &e))?;
        let mut open = BTreeMap::new();
        for entry in fs::read_dir(folder).map_err(|e| fail(folder, &e))? {
            let path = entry.map_err(|e| fail(folder, &e))?.path();
            let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
            if name.starts_with(UNFINISHED) {
                fs::remove_dir_all(&path).map_err(|e| fail(&path, &e))?;
            } else if path.is_dir() {
                let stream = EmbeddedStream::open(&path, Arc::clone(&clock)).map_err(|e| fail(&path, &e))?;
                open.insert(stream.name().to_string(), Arc::new(stream));
            }
        }
        let open = RwLock::new(open);
        Ok(Arc::new(Self { folder: folder.into(), clock, open, changing: Mutex::new(()) }))
    }

    /// The pipeline's stream of this name: made if missing, else with these bounds of retention from now on. Its
    /// records leave only behind the low-water mark, and it cannot be deleted over the wire.
    pub fn ensure(&self, name: &str, settings: StreamSettings) -> Result<Arc<EmbeddedStream>, OpenError> {
        let stream = match self.create(name, settings) {
            Ok(stream) => stream,
            Err(CreateError::Failed(error)) => return Err(error),
            Err(CreateError::Exists) => {
                let stream = self.get(name).ok_or_else(|| self.failed(name, &"it was just removed"))?;
                let retained = stream.set_retention(settings.retention_hours, Some(settings.retention_bytes));
                retained.map_err(|error: ChangeError| self.failed(name, &error))?;
                stream
            }
        };
        stream.claim();
        Ok(stream)
    }

    /// A stream by its name.
    pub fn get(&self, name: &str) -> Option<Arc<EmbeddedStream>> {
        self.read().get(name).cloned()
    }

    /// All streams, by name.
    pub fn all(&self) -> Vec<Arc<EmbeddedStream>> {
        self.read().values().cloned().collect()
    }

    /// Makes a stream.
    pub(crate) fn create(
        &self,
        name: &str,
        settings: StreamSettings,
    ) -> Result<Arc<EmbeddedStream>, CreateError> {
        let _changing = self.change();
        if self.get(name).is_some() {
            return Err(CreateError::Exists);
        }
        let now = self.clock.now_millis();
        let header = Header {
            name: name.into(),
            created_millis: now,
            retention_hours: settings.retention_hours,
            retention_bytes: settings.retention_bytes,
        };
        let made = self.make(&header, &shards::evenly(settings.shards, now));
        let stream = Arc::new(made.map_err(|error| self.failed(name, &error))?);
        self.write().insert(name.into(), Arc::clone(&stream));
        Ok(stream)
    }

    /// Removes a stream and all its records.
    pub(crate) fn delete(&self, name: &str) -> Result<(), DeleteError> {
        let _changing = self.change();
        let stream = self.get(name).ok_or(DeleteError::NoStream)?;
        if stream.is_of_pipeline() {
            return Err(DeleteError::OfPipeline);
        }
        self.write().remove(name);
        stream.close();
        let unfinished = self.unfinished(name);
        let removed = fs::rename(self.folder.join(folder_name(name)), &unfinished)
            .and_then(|()| sync_folder(&self.folder))
            .and_then(|()| fs::remove_dir_all(&unfinished));
        Ok(removed.map_err(|error| self.failed(name, &error))?)
    }

    fn make(&self, header: &Header, shards: &[Shard]) -> Result<EmbeddedStream, StoreError> {
        let unfinished = self.unfinished(&header.name);
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished)?;
        }
        fs::create_dir(&unfinished)?;
        store::create(&unfinished, header, shards)?;
        // The names must be on disk too before a record is accepted.
        sync_folder(&unfinished)?;
        let folder = self.folder.join(folder_name(&header.name));
        fs::rename(&unfinished, &folder)?;
        sync_folder(&self.folder)?;
        EmbeddedStream::open(&folder, Arc::clone(&self.clock))
    }

    fn unfinished(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{UNFINISHED}{}", folder_name(name)))
    }

    fn failed(&self, name: &str, cause: &dyn ToString) -> OpenError {
        OpenError { path: self.folder.join(folder_name(name)), cause: cause.to_string() }
    }

    fn change(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, BTreeMap<String, Arc<EmbeddedStream>>> {
        self.open.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, BTreeMap<String, Arc<EmbeddedStream>>> {
        self.open.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Folder of a stream. A name may be `..`, and names may differ in case only, which some file systems do not see: a
/// leading dot becomes `+.`, and `R` becomes `+r`; no name has a `+`.
fn folder_name(name: &str) -> String {
    let mut folder = String::with_capacity(name.len());
    for (at, c) in name.char_indices() {
        if c.is_ascii_uppercase() || (at == 0 && c == '.') {
            folder.push('+');
        }
        folder.push(c.to_ascii_lowercase());
    }
    folder
}

/// A folder's entries reach the disk; where folders cannot be opened, the system sees to it.
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use catchwater_consumer_core::world::SystemClock;

    #[test]
    fn a_streams_name_never_leads_out_of_the_folder() {
        assert_eq!(folder_name("raw"), "raw");
        assert_eq!(folder_name(".."), "+..");
        assert_eq!(folder_name("RawEvents.x"), "+raw+events.x");
    }

    #[test]
    fn streams_are_made_found_again_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Streams::open(folder.path(), Arc::new(SystemClock)).unwrap();
        let streams = open();
        for name in ["..", "raw", "RAW"] {
            streams.create(name, StreamSettings::default()).unwrap();
        }
        assert!(matches!(streams.create("raw", StreamSettings::default()), Err(CreateError::Exists)));
        let settings = StreamSettings { shards: 3, retention_hours: 48, retention_bytes: 1 << 30 };
        assert_eq!(streams.ensure("raw", settings).unwrap().statistics().shards.len(), 1);
        assert_eq!(streams.ensure("events", settings).unwrap().statistics().shards.len(), 3);
        assert!(matches!(streams.delete("raw"), Err(DeleteError::OfPipeline)));
        streams.delete("..").unwrap();
        assert!(matches!(streams.delete(".."), Err(DeleteError::NoStream)));
        fs::create_dir(folder.path().join(".unfinished-x")).unwrap();
        drop(streams);
        let streams = open();
        let names: Vec<_> = streams.all().iter().map(|s| s.name().to_string()).collect();
        assert_eq!(names, ["RAW", "events", "raw"]);
        assert_eq!(streams.get("raw").unwrap().header().retention_hours, 48);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }
}
