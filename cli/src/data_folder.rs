//! The data folder: a lock against a second process, and where each part of the pipeline keeps its files.

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

/// Where the data lies if nobody says otherwise.
pub const DEFAULT: &str = "catchwater-data";

/// What a running pipeline writes into its folder so that other commands find it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Endpoint {
    /// Process id of the pipeline.
    pub pid: u32,
    /// Base address of the embedded Kinesis.
    pub kinesis: String,
    /// Address of the page.
    pub page: String,
    /// Names of the formats that its configuration describes.
    #[serde(default)]
    pub formats: Vec<String>,
}

/// A folder that this process has locked; unlocked when dropped or when the process ends, however it ends.
pub struct DataFolder {
    path: PathBuf,
    _lock: File,
}

impl DataFolder {
    /// Makes the folder where it is missing and locks it.
    pub fn lock(path: &Path) -> Result<Self> {
        std::fs::create_dir_all(path).with_context(|| {
            format!("cannot make the data folder {}; choose another with --data-dir", path.display())
        })?;
        let file = path.join("lock");
        let lock =
            OpenOptions::new().create(true).truncate(false).write(true).open(&file).with_context(|| {
                format!("cannot write {}; choose another folder with --data-dir", file.display())
            })?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_path_buf(), _lock: lock }),
            Err(TryLockError::WouldBlock) => bail!(
                "another catchwater{} is running on {}; stop it, or choose another folder with --data-dir",
                Endpoint::find(path)
                    .map_or(String::new(), |e| format!(" (process {}, page {})", e.pid, e.page)),
                path.display(),
            ),
            Err(TryLockError::Error(e)) => Err(e).with_context(|| format!("cannot lock {}", file.display())),
        }
    }

    /// Folder of the embedded streams.
    pub fn streams(&self) -> PathBuf {
        self.path.join("streams")
    }

    /// File of the mappings' positions and accounts.
    pub fn positions(&self) -> PathBuf {
        self.path.join("positions.sqlite")
    }

    /// Folder of the dead letters.
    pub fn dead_letters(&self) -> PathBuf {
        self.path.join("dead-letters")
    }

    /// File of the positions in followed files.
    pub fn follow(&self) -> PathBuf {
        self.path.join("follow.json")
    }

    /// Is there once the samples have been loaded.
    pub fn samples_loaded(&self) -> PathBuf {
        self.path.join("samples-loaded")
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Tells other commands where the pipeline listens.
    pub fn announce(&self, endpoint: &Endpoint) -> Result<()> {
        let file = self.path.join("endpoint.json");
        let draft = self.path.join("endpoint.json.tmp");
        std::fs::write(&draft, serde_json::to_vec_pretty(endpoint)?)
            .and_then(|()| std::fs::rename(&draft, &file))
            .with_context(|| format!("cannot write {}", file.display()))
    }
}

impl Drop for DataFolder {
    fn drop(&mut self) {
        // Gone or not, a stale file does no harm: the process id in it is checked by nobody but people.
        let _ = std::fs::remove_file(self.path.join("endpoint.json"));
    }
}

impl Endpoint {
    /// Reads what the pipeline of a folder announced.
    pub fn find(folder: &Path) -> Result<Self> {
        let file = folder.join("endpoint.json");
        let text = std::fs::read(&file).with_context(|| {
            format!(
                "no running pipeline in {}: {} is not there; start one with `catchwater up`, or name its folder with --data-dir",
                folder.display(),
                file.display()
            )
        })?;
        serde_json::from_slice(&text)
            .with_context(|| format!("{} is damaged; restart the pipeline", file.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_lock_is_refused_until_the_first_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let first = DataFolder::lock(folder.path()).unwrap();
        let endpoint = Endpoint { pid: 7, kinesis: "k".into(), page: "http://p".into(), formats: Vec::new() };
        first.announce(&endpoint).unwrap();
        let refusal = DataFolder::lock(folder.path()).err().unwrap().to_string();
        assert!(refusal.contains("process 7") && refusal.contains("--data-dir"), "{refusal}");
        drop(first);
        DataFolder::lock(folder.path()).unwrap();
        assert!(Endpoint::find(folder.path()).unwrap_err().to_string().contains("catchwater up"));
    }
}
