//! How far each followed file was put, in one JSON file that is always whole.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// How far a followed file was put, and which file it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub device: u64,
    pub inode: u64,
    /// [`crate::file::Fingerprint`] of the content; empty while no line of it was taken.
    pub fingerprint: String,
    /// How often a file of this name and fingerprint has begun again.
    pub generation: u64,
    /// All lines that end up to here are accepted.
    pub offset: u64,
    /// BLAKE3 of up to 4,096 bytes before `offset`: the content is still the same where it still ends so.
    pub before: String,
    /// Fingerprints of the last files of this name, and their generations.
    pub history: Vec<(String, u64)>,
}

#[derive(Serialize, Deserialize)]
struct Content {
    version: u32,
    files: BTreeMap<PathBuf, Place>,
}

const VERSION: u32 = 1;

/// Positions cannot be read or kept.
#[derive(Debug, thiserror::Error)]
#[error("positions of followed files in {}: {cause}", path.display())]
pub struct PositionsFileError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub cause: String,
}

impl PositionsFileError {
    pub(super) fn broken_off() -> Self {
        Self { path: PathBuf::new(), cause: "the reading thread failed".into() }
    }
}

/// The file that positions are kept in. One agent at a time.
#[derive(Clone, Debug)]
pub struct PositionsFile {
    path: PathBuf,
}

impl PositionsFile {
    /// At this path; its folder must be there.
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_path_buf() }
    }

    pub(super) fn load(&self) -> Result<BTreeMap<PathBuf, Place>, PositionsFileError> {
        let text = match std::fs::read(&self.path) {
            Ok(text) => text,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(e) => return Err(self.error(e)),
        };
        let content: Content = serde_json::from_slice(&text).map_err(|e| self.error(e))?;
        match content.version {
            VERSION => Ok(content.files),
            other => Err(self.error(format!("layout {other} is not known to this version"))),
        }
    }

    /// Replaces what is kept of these files; what is kept of others stays. Survives the end of the process and of the
    /// machine once it returns.
    pub(super) fn save(&self, places: BTreeMap<PathBuf, Place>) -> Result<(), PositionsFileError> {
        let mut files = self.load()?;
        files.extend(places);
        let text =
            serde_json::to_vec_pretty(&Content { version: VERSION, files }).map_err(|e| self.error(e))?;
        let draft = self.path.with_extension("tmp");
        let written = File::create(&draft)
            .and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_all()))
            .and_then(|()| std::fs::rename(&draft, &self.path))
            .and_then(|()| match self.path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                Some(folder) => File::open(folder)?.sync_all(),
                None => File::open(".")?.sync_all(),
            });
        written.map_err(|e| self.error(e))
    }

    fn error(&self, cause: impl ToString) -> PositionsFileError {
        PositionsFileError { path: self.path.clone(), cause: cause.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_stays_beside_what_comes_and_a_damaged_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = PositionsFile::at(&folder.path().join("followed.json"));
        assert!(file.load().unwrap().is_empty());
        let place = |offset| Place {
            device: 1,
            inode: 2,
            fingerprint: "f".into(),
            generation: 3,
            offset,
            before: "b".into(),
            history: vec![("f".into(), 3)],
        };
        file.save(BTreeMap::from([("/a".into(), place(1))])).unwrap();
        file.save(BTreeMap::from([("/b".into(), place(2))])).unwrap();
        file.save(BTreeMap::from([("/a".into(), place(5))])).unwrap();
        assert_eq!(file.load().unwrap(), BTreeMap::from([("/a".into(), place(5)), ("/b".into(), place(2))]));
        std::fs::write(folder.path().join("followed.json"), "{").unwrap();
        assert!(file.load().unwrap_err().to_string().contains("followed.json"));
    }
}
