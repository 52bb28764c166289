//! Finds the file that was followed before, whatever its name is now.

use super::positions::Place;
use crate::file::{FINGERPRINT_BYTES, Fingerprint};
use std::fs::{File, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::time::SystemTime;

/// Bytes before a place by which content is known again.
const BEFORE_BYTES: u64 = 4096;

/// Which file it is, on one machine, as long as it is open or not removed.
pub(super) type Identity = (u64, u64);

pub(super) fn identity(metadata: &Metadata) -> Identity {
    (metadata.dev(), metadata.ino())
}

/// The file of this name, if there is one.
pub(super) fn open(path: &Path) -> std::io::Result<Option<File>> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

pub(super) fn fingerprint(file: &File) -> std::io::Result<Fingerprint> {
    Ok(Fingerprint::of(&read_at(file, 0, FINGERPRINT_BYTES)?))
}

/// Hash of the bytes before `offset`, by which the content is known again.
pub(super) fn before(file: &File, offset: u64) -> std::io::Result<String> {
    let from = offset.saturating_sub(BEFORE_BYTES);
    let bytes = read_at(file, from, (offset - from) as usize)?;
    Ok(blake3::hash(&bytes).to_hex()[..32].to_string())
}

/// Is the content up to the place still the same?
pub(super) fn continues(file: &File, place: &Place) -> std::io::Result<bool> {
    if place.fingerprint.is_empty() {
        return Ok(true);
    }
    Ok(file.metadata()?.len() >= place.offset
        && fingerprint(file)?.text == place.fingerprint
        && before(file, place.offset)? == place.before)
}

/// Files of one name by age: when they were made, where the file system tells, then when they were written last.
type Age = (SystemTime, SystemTime);

fn age(metadata: &Metadata) -> Age {
    let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    (metadata.created().unwrap_or(modified), modified)
}

/// The file of the place, and the files that came after it but before the one that has the name now, oldest first.
/// It has its name still, or another one in the same folder, as rotation gives them (`access.log.1`,
/// `access.log-20260101`); or a file of the same content has taken its place: a copy made before it was cut
/// (`copytruncate`), or one from a backup.
pub(super) fn find(path: &Path, place: &Place) -> std::io::Result<Option<(File, Vec<File>)>> {
    let is_same = |metadata: &Metadata| identity(metadata) == (place.device, place.inode);
    let (mut named, mut cut) = (open(path)?, None);
    if let Some(file) = &named {
        let metadata = file.metadata()?;
        match (is_same(&metadata), continues(file, place)?) {
            (true, true) => return Ok(named.map(|file| (file, Vec::new()))),
            (false, true) => {}
            (same, false) => {
                cut = metadata.created().ok().filter(|_| same);
                named = None;
            }
        }
    }
    let (mut same, mut copy) = (None, None);
    for file in siblings(path)? {
        let metadata = file.metadata()?;
        // Older files may begin the same and were read; a copy is younger than what it was made of.
        let may_be_copy = cut.is_some_and(|cut| metadata.created().is_ok_and(|created| created > cut));
        if is_same(&metadata) && continues(&file, place)? {
            same = Some(file);
        } else if may_be_copy && !place.fingerprint.is_empty() && continues(&file, place)? {
            copy = Some(file);
        }
    }
    match (same, named, copy) {
        (Some(renamed), _, _) | (None, None, Some(renamed)) => {
            let later = later(path, &renamed)?;
            Ok(Some((renamed, later)))
        }
        (None, named, _) => Ok(named.map(|file| (file, Vec::new()))),
    }
}

/// The renamed files that are younger than this one, oldest first.
pub(super) fn later(path: &Path, file: &File) -> std::io::Result<Vec<File>> {
    let than = file.metadata()?;
    let mut found = Vec::new();
    for file in siblings(path)? {
        let metadata = file.metadata()?;
        if age(&metadata) > age(&than) && identity(&metadata) != identity(&than) {
            found.push((age(&metadata), file));
        }
    }
    found.sort_by_key(|(age, _)| *age);
    Ok(found.into_iter().map(|(_, file)| file).collect())
}

/// Files that may have had the name before.
fn siblings(path: &Path) -> std::io::Result<Vec<File>> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let other = entry.file_name();
        let rest = other.as_encoded_bytes().strip_prefix(name);
        let is_packed = other.as_encoded_bytes().ends_with(b"gz");
        if is_packed || !matches!(rest, Some([b'.' | b'-' | b'_', digit, ..]) if digit.is_ascii_digit()) {
            continue;
        }
        // One that goes away while we look was not to be had.
        if let Ok(file) = File::open(entry.path())
            && file.metadata()?.is_file()
        {
            found.push(file);
        }
    }
    Ok(found)
}

fn read_at(file: &File, offset: u64, len: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; len];
    let mut filled = 0;
    while filled < len {
        match file.read_at(&mut bytes[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}
