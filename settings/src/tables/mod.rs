//! The tables of who asks, from the files that the configuration names: [`read`] reads them; a file that changes is read
//! again while the pipeline runs.

mod read;

pub use read::{Unusable, load};

use catchwater_consumer_core::world::Clock;
use catchwater_schemas::config::WhoTables;
use catchwater_transforms::identity::tables::SharedTables;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// How often the files are looked at.
const EVERY: Duration = Duration::from_secs(2);

/// The same paths, seen from the configuration's folder.
pub fn seen_from(folder: &Path, tables: &WhoTables) -> WhoTables {
    let seen = |file: &Option<String>| file.as_ref().map(|file| folder.join(file).display().to_string());
    WhoTables {
        organizations: seen(&tables.organizations),
        applications: seen(&tables.applications),
        classes: seen(&tables.classes),
    }
}

/// What tells that a file has changed.
type Stamp = Option<(SystemTime, u64)>;

/// Files whose tables are in use.
pub struct Watched {
    files: WhoTables,
    seen: [Stamp; 3],
    shared: SharedTables,
}

impl Watched {
    /// Reads the files; the error has a line for each mistake.
    pub fn open(files: &WhoTables) -> Result<Self, Unusable> {
        // Looked at before: what is written meanwhile is read again.
        let seen = stamps(files);
        let tables = load(files)?;
        let shared = SharedTables::default();
        shared.store(Arc::new(tables));
        Ok(Self { files: files.clone(), seen, shared })
    }

    /// The tables as they are at any time.
    pub fn shared(&self) -> SharedTables {
        self.shared.clone()
    }

    /// Reads the files again if one has changed since the last look. Where they cannot be used, the tables that are in
    /// use stay, and the mistakes are told once.
    pub fn look(&mut self) -> Look {
        let now = stamps(&self.files);
        if now == self.seen {
            return Look::Same;
        }
        self.seen = now;
        match load(&self.files) {
            Ok(tables) => {
                self.shared.store(Arc::new(tables));
                Look::Read
            }
            Err(wrong) => Look::Wrong(wrong.to_string()),
        }
    }

    /// Looks again and again until the other is ready.
    pub async fn watch_until(self, stop: impl Future<Output = ()> + Send, clock: Arc<dyn Clock>) {
        tokio::select! {
            () = self.watch(clock) => {}
            () = stop => {}
        }
    }

    async fn watch(mut self, clock: Arc<dyn Clock>) {
        if self.files == WhoTables::default() {
            return std::future::pending().await;
        }
        loop {
            clock.sleep(EVERY).await;
            // Reading 100,000 networks takes longer than a task may.
            let looked = tokio::task::spawn_blocking(move || {
                let look = self.look();
                (self, look)
            });
            let Ok((watched, look)) = looked.await else { return };
            self = watched;
            match look {
                Look::Same => {}
                Look::Read => tracing::info!("the tables of who asks have changed and are in use"),
                Look::Wrong(mistakes) => {
                    tracing::warn!(
                        mistakes,
                        "the tables of who asks cannot be read again; the old ones stay in use"
                    );
                }
            }
        }
    }
}

/// What a look at the files found.
#[derive(Debug, PartialEq, Eq)]
pub enum Look {
    /// No change.
    Same,
    /// New tables are in use.
    Read,
    /// The files have changed and cannot be used.
    Wrong(String),
}

fn stamps(files: &WhoTables) -> [Stamp; 3] {
    files.files().map(|(_, file)| {
        let metadata = std::fs::metadata(PathBuf::from(file?)).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_file_is_read_again_and_a_broken_one_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("orgs.csv");
        std::fs::write(&file, "cidr,name\n198.18.0.0/24,Library\n").unwrap();
        let tables = WhoTables { organizations: Some("orgs.csv".into()), ..WhoTables::default() };
        let mut watched = Watched::open(&seen_from(folder.path(), &tables)).unwrap();
        let shared = watched.shared();
        let organization = || shared.load().organization("198.18.0.7").map(String::from);
        assert_eq!((watched.look(), organization().as_deref()), (Look::Same, Some("Library")));
        // Another size: two writes may fall on one instant.
        std::fs::write(&file, "198.18.0.0/24,Reading room\n").unwrap();
        assert_eq!((watched.look(), organization().as_deref()), (Look::Read, Some("Reading room")));
        std::fs::write(&file, "198.18.0.0/24,\n").unwrap();
        let Look::Wrong(mistakes) = watched.look() else { panic!("a broken table was read") };
        assert!(mistakes.contains("orgs.csv:1: the name is empty"), "{mistakes}");
        assert_eq!((watched.look(), organization().as_deref()), (Look::Same, Some("Reading room")));
        std::fs::remove_file(&file).unwrap();
        assert!(matches!(watched.look(), Look::Wrong(_)));
        assert!(Watched::open(&seen_from(folder.path(), &tables)).is_err());
    }
}
