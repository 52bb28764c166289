//! Dead letters in a folder: one JSON file a letter, `<stage>/<id>.json`, and what the page shows of them.

use crate::dead_letters::{DeadLetters, DeadLettersDown};
use catchwater_schemas::dead_letter::{DeadLetter, Origin, Stage};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// How many of the newest letters are held ready for [`DeadLetterFolder::newest`].
const NEWEST: usize = 1_000;

/// What may be shown of a letter: everything but its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterInfo {
    /// The letter's id.
    pub id: String,
    /// Where it could not pass.
    pub stage: Stage,
    /// The sink that refused it, if one did.
    pub sink: Option<String>,
    /// Why, in a word.
    pub reason: String,
    /// Why, in full.
    pub detail: String,
    /// Where the bytes lay.
    pub origin: Origin,
    /// First try, milliseconds since the epoch.
    pub first_try_millis: i64,
    /// Last try, milliseconds since the epoch.
    pub last_try_millis: i64,
    /// Number of tries.
    pub tries: u32,
}

impl From<&DeadLetter> for LetterInfo {
    fn from(letter: &DeadLetter) -> Self {
        Self {
            id: letter.id.clone(),
            stage: letter.stage,
            sink: letter.sink.clone(),
            reason: letter.reason.clone(),
            detail: letter.detail.clone(),
            origin: letter.origin.clone(),
            first_try_millis: letter.first_try_millis,
            last_try_millis: letter.last_try_millis,
            tries: letter.tries,
        }
    }
}

/// Number of letters of one stage and reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LetterCount {
    /// Where they could not pass.
    pub stage: Stage,
    /// Why, in a word.
    pub reason: String,
    /// How many there are.
    pub count: u64,
}

/// Dead letters in a folder. One process at a time may have it open.
#[derive(Clone)]
pub struct DeadLetterFolder(Arc<Inner>);

struct Inner {
    path: PathBuf,
    index: Mutex<Index>,
}

#[derive(Default)]
struct Index {
    counts: BTreeMap<(Stage, String), u64>,
    /// Infos by last try and id; the oldest goes when there are more than [`NEWEST`].
    newest: BTreeMap<(i64, String), LetterInfo>,
}

impl DeadLetterFolder {
    /// Opens the folder, making it where it is missing; reads what lies in it once, and removes what an interrupted
    /// write left half done.
    pub fn open(path: &Path) -> Result<Self, DeadLettersDown> {
        let index = read_all(path).map_err(|cause| down(path, &cause))?;
        Ok(Self(Arc::new(Inner { path: path.to_path_buf(), index: Mutex::new(index) })))
    }

    /// Where the letters lie.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// The newest letters by last try, newest first; at most `limit` and at most 1,000.
    pub fn newest(&self, limit: usize) -> Vec<LetterInfo> {
        let index = self.0.index.lock().unwrap_or_else(PoisonError::into_inner);
        index.newest.values().rev().take(limit).cloned().collect()
    }

    /// Numbers of letters by stage and reason.
    pub fn counts(&self) -> Vec<LetterCount> {
        let index = self.0.index.lock().unwrap_or_else(PoisonError::into_inner);
        let count = |((stage, reason), count): (&(Stage, String), &u64)| LetterCount {
            stage: *stage,
            reason: reason.clone(),
            count: *count,
        };
        index.counts.iter().map(count).collect()
    }
}

impl DeadLetters for DeadLetterFolder {
    fn keep<'a>(&'a self, letters: &'a [DeadLetter]) -> BoxFuture<'a, Result<(), DeadLettersDown>> {
        let (inner, letters) = (Arc::clone(&self.0), letters.to_vec());
        Box::pin(async move {
            let place = inner.path.clone();
            let kept = tokio::task::spawn_blocking(move || inner.keep(letters)).await;
            kept.unwrap_or_else(|e| Err(io::Error::other(e))).map_err(|cause| down(&place, &cause))
        })
    }
}

impl Inner {
    fn keep(&self, letters: Vec<DeadLetter>) -> io::Result<()> {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        let mut folders = BTreeSet::new();
        for mut letter in letters {
            let folder = self.path.join(stage_name(letter.stage));
            let file = folder.join(format!("{}.json", letter.id));
            let earlier = read_letter(&file)?;
            if let Some(earlier) = &earlier {
                letter.first_try_millis = letter.first_try_millis.min(earlier.first_try_millis);
                letter.last_try_millis = letter.last_try_millis.max(earlier.last_try_millis);
                // A restarted mapping counts from one again.
                letter.tries = letter.tries.max(earlier.tries.saturating_add(1));
            }
            write_whole(&file, &letter)?;
            // Counted at once: if a later step fails, the letter is there all the same.
            index.put(earlier, LetterInfo::from(&letter));
            folders.insert(folder);
        }
        folders.iter().try_for_each(|folder| File::open(folder)?.sync_all())
    }
}

impl Index {
    fn put(&mut self, earlier: Option<LetterInfo>, info: LetterInfo) {
        match earlier {
            Some(earlier) => drop(self.newest.remove(&(earlier.last_try_millis, earlier.id))),
            None => *self.counts.entry((info.stage, info.reason.clone())).or_default() += 1,
        }
        self.newest.insert((info.last_try_millis, info.id.clone()), info);
        if self.newest.len() > NEWEST {
            self.newest.pop_first();
        }
    }
}

/// Writes a file such that after a crash it is there whole or not at all; its folder is synchronised by the caller.
fn write_whole(file: &Path, letter: &DeadLetter) -> io::Result<()> {
    let half_done = file.with_extension("tmp");
    let write = || {
        let mut out = File::create(&half_done)?;
        out.write_all(&serde_json::to_vec(letter)?)?;
        out.sync_all()?;
        fs::rename(&half_done, file)
    };
    write().inspect_err(|_| drop(fs::remove_file(&half_done)))
}

/// A letter's info; `None` where there is none, or none that can be read: then it is written anew.
fn read_letter(file: &Path) -> io::Result<Option<LetterInfo>> {
    match fs::read(file) {
        Ok(json) => Ok(serde_json::from_slice(&json).ok()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

fn read_all(path: &Path) -> io::Result<Index> {
    let mut index = Index::default();
    for stage in [Stage::Decode, Stage::Parse, Stage::EventRecord, Stage::Sink, Stage::Mapping] {
        let folder = path.join(stage_name(stage));
        fs::create_dir_all(&folder)?;
        for entry in fs::read_dir(&folder)? {
            let file = entry?.path();
            match file.extension().and_then(|e| e.to_str()) {
                Some("tmp") => fs::remove_file(&file)?,
                Some("json") => match read_letter(&file)? {
                    Some(info) => index.put(None, info),
                    None => {
                        tracing::warn!(file = %file.display(), "no dead letter of this version; left as it is")
                    }
                },
                _ => {}
            }
        }
    }
    // The stages' folders themselves survive the end of the machine.
    File::open(path)?.sync_all()?;
    Ok(index)
}

fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Decode => "decode",
        Stage::Parse => "parse",
        Stage::EventRecord => "event_record",
        Stage::Sink => "sink",
        Stage::Mapping => "mapping",
    }
}

fn down(place: &Path, cause: &io::Error) -> DeadLettersDown {
    let cause = match cause.kind() {
        io::ErrorKind::StorageFull => "the disk is full; make room, the records wait".to_string(),
        _ => cause.to_string(),
    };
    DeadLettersDown { place: place.display().to_string(), cause }
}

#[cfg(test)]
mod tests {
    use super::*;
    use catchwater_schemas::dead_letter::Fault;

    fn letter(sequence: u32, stage: Stage, reason: &str, at: i64, tries: u32) -> DeadLetter {
        let origin = Origin { sequence_number: sequence.to_string(), ..Origin::default() };
        let (reason, detail, bytes) = (reason.to_string(), "d".to_string(), b"secret".to_vec());
        Fault { stage, sink: None, reason, detail, origin, bytes }.into_letter(at, at, tries)
    }

    fn counts(folder: &DeadLetterFolder) -> Vec<(Stage, String, u64)> {
        folder.counts().into_iter().map(|c| (c.stage, c.reason, c.count)).collect()
    }

    #[tokio::test]
    async fn a_letter_is_kept_once_with_its_first_try_and_survives_reopening() {
        let dir = tempfile::tempdir().unwrap();
        let folder = DeadLetterFolder::open(dir.path()).unwrap();
        folder
            .keep(&[letter(1, Stage::Sink, "a", 10, 1), letter(2, Stage::Decode, "b", 20, 1)])
            .await
            .unwrap();
        folder.keep(&[letter(1, Stage::Sink, "a", 30, 2), letter(3, Stage::Sink, "a", 25, 1)]).await.unwrap();
        folder.keep(&[letter(1, Stage::Sink, "a", 40, 1)]).await.unwrap();
        let expected = [(Stage::Decode, "b".to_string(), 1), (Stage::Sink, "a".to_string(), 2)];
        for folder in [folder, DeadLetterFolder::open(dir.path()).unwrap()] {
            assert_eq!(counts(&folder), expected);
            let newest = folder.newest(10);
            let tries: Vec<_> = newest
                .iter()
                .map(|l| (l.origin.sequence_number.as_str(), l.first_try_millis, l.tries))
                .collect();
            assert_eq!(tries, [("1", 10, 3), ("3", 25, 1), ("2", 20, 1)]);
            assert_eq!(folder.newest(1).len(), 1);
            assert!(!serde_json::to_string(&newest).unwrap().contains("c2VjcmV0"), "no bytes in the view");
        }
        let stored = dir.path().join("sink").join(format!("{}.json", letter(1, Stage::Sink, "a", 0, 0).id));
        let stored: DeadLetter = serde_json::from_slice(&fs::read(stored).unwrap()).unwrap();
        assert_eq!((stored.bytes.as_slice(), stored.last_try_millis), (b"secret".as_slice(), 40));
    }

    #[tokio::test]
    async fn what_cannot_be_written_is_down_with_place_and_cause_and_not_counted() {
        let dir = tempfile::tempdir().unwrap();
        let folder = DeadLetterFolder::open(dir.path()).unwrap();
        fs::remove_dir(dir.path().join("sink")).unwrap();
        let letters = [letter(1, Stage::Decode, "a", 1, 1), letter(2, Stage::Sink, "b", 1, 1)];
        let error = folder.keep(&letters).await.unwrap_err();
        assert_eq!(error.place, dir.path().display().to_string());
        assert!(error.cause.contains("No such file"), "{error}");
        assert_eq!(counts(&folder), [(Stage::Decode, "a".to_string(), 1)]);
        fs::create_dir(dir.path().join("sink")).unwrap();
        folder.keep(&letters).await.unwrap();
        assert_eq!(folder.counts().iter().map(|c| c.count).sum::<u64>(), 2);
    }

    #[test]
    fn half_done_files_go_and_a_full_disk_is_named() {
        let dir = tempfile::tempdir().unwrap();
        DeadLetterFolder::open(dir.path()).unwrap();
        fs::write(dir.path().join("sink/0.tmp"), "{").unwrap();
        fs::write(dir.path().join("sink/1.json"), "{").unwrap();
        let folder = DeadLetterFolder::open(dir.path()).unwrap();
        assert!(folder.counts().is_empty() && !dir.path().join("sink/0.tmp").exists());
        let full = down(Path::new("/x"), &io::ErrorKind::StorageFull.into()).to_string();
        assert_eq!(full, "dead letters cannot be kept at /x: the disk is full; make room, the records wait");
    }
}
