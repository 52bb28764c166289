//! A file as a source of lines: which file it is, whatever its name, and how to read it.
//!
//! **Fingerprint.** BLAKE3 of the start of the unpacked content: up to the end of the first line that does not begin
//! with `#` (headers as W3C's extended log format has them are the same in every file), without that line's break, at
//! most 1,024 bytes. It is settled once that line break, or so many bytes, are there, and then stays while the file
//! grows, is renamed or packed by gzip. Two files of one log stream with the same first line share it; the follower
//! tells them apart by the generation in the id, `put` of two such files under one name cannot.

use crate::envelope::LogStream;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{BufReader, Chain, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::UNIX_EPOCH;

/// Most bytes of content that make the fingerprint.
pub const FINGERPRINT_BYTES: usize = 1024;

/// Which file it is, by its content's start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// 16 hexadecimal digits.
    pub text: String,
    /// It stays whatever is appended.
    pub settled: bool,
}

impl Fingerprint {
    /// Of the first [`FINGERPRINT_BYTES`] bytes of content, or all if there are fewer.
    pub fn of(start: &[u8]) -> Self {
        let start = &start[..start.len().min(FINGERPRINT_BYTES)];
        let (mut to, mut ended) = (0, false);
        for line in start.split_inclusive(|b| *b == b'\n') {
            let bare = line.strip_suffix(b"\n");
            to += bare.unwrap_or(line).len();
            if bare.is_some() && !line.starts_with(b"#") {
                ended = true;
                break;
            }
            to += usize::from(bare.is_some());
        }
        let hash = blake3::hash(&start[..to]);
        Self { text: hash.to_hex()[..16].to_string(), settled: ended || start.len() == FINGERPRINT_BYTES }
    }

    /// Start of the ids of the file's lines; each goes on with the line's offset.
    pub fn id_prefix(&self, generation: u64) -> String {
        format!("f:{}:{generation}:", self.text)
    }
}

/// Start of the ids of a run's standard input.
pub fn run_id_prefix(run: &str) -> String {
    format!("r:{run}:")
}

/// Log stream of a file where none is given: the log group is its absolute path, as the CloudWatch agent has it, the
/// log stream its name.
pub fn log_stream_of(path: &Path) -> LogStream {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    LogStream {
        account: String::new(),
        log_group: absolute.to_string_lossy().into_owned(),
        log_stream: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
    }
}

/// Time of a file's last change, milliseconds since the epoch; 0 if the system does not tell.
pub fn modified_millis(metadata: &std::fs::Metadata) -> i64 {
    let since = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    since.and_then(|d| i64::try_from(d.as_millis()).ok()).unwrap_or(0)
}

/// Reads up to `len` bytes, fewer only at the end.
pub fn read_start(reader: &mut impl Read, len: usize) -> std::io::Result<Vec<u8>> {
    let mut start = Vec::with_capacity(len);
    reader.by_ref().take(len as u64).read_to_end(&mut start)?;
    Ok(start)
}

/// Unpacked content, from its start again.
pub type Content = Chain<Cursor<Vec<u8>>, Box<dyn Read + Send>>;

/// A source's content, unpacked if it is gzip (by its magic bytes, whatever its name), and its start.
pub struct Opened {
    /// All content.
    pub content: Content,
    /// The first bytes of it, at most [`START_BYTES`].
    pub start: Vec<u8>,
    /// It is gzip.
    pub packed: bool,
    /// Bytes read so far of the source as it lies there, packed or not.
    pub read: Arc<AtomicU64>,
}

/// How much of the content's start is looked at to tell what it is.
pub const START_BYTES: usize = 64 << 10;

/// Opens a reader that comes to its end: a file.
pub fn open(reader: impl Read + Send + 'static) -> std::io::Result<Opened> {
    open_from(reader, |reader| read_start(reader, START_BYTES))
}

/// Opens a reader that may fall silent: its start is what comes first, not waited for further.
pub fn open_live(reader: impl Read + Send + 'static) -> std::io::Result<Opened> {
    open_from(reader, |reader| {
        let mut start = read_start(reader, 2)?;
        let mut more = vec![0; START_BYTES - start.len()];
        let n = if start.len() == 2 { reader.read(&mut more)? } else { 0 };
        start.extend_from_slice(&more[..n]);
        Ok(start)
    })
}

fn open_from<R: Read + Send + 'static>(
    reader: R,
    first: impl FnOnce(&mut Counted<R>) -> std::io::Result<Vec<u8>>,
) -> std::io::Result<Opened> {
    let read = Arc::new(AtomicU64::new(0));
    let mut reader = Counted { reader, read: read.clone() };
    let first = first(&mut reader)?;
    if !first.starts_with(&[0x1f, 0x8b]) {
        let content = Cursor::new(first.clone()).chain(Box::new(reader) as Box<dyn Read + Send>);
        return Ok(Opened { content, start: first, packed: false, read });
    }
    let packed = BufReader::with_capacity(64 << 10, Cursor::new(first).chain(reader));
    let mut content: Box<dyn Read + Send> = Box::new(MultiGzDecoder::new(packed));
    let start = read_start(&mut content, START_BYTES)?;
    Ok(Opened { content: Cursor::new(start.clone()).chain(content), start, packed: true, read })
}

/// Opens a file; with its length and time of last change, milliseconds since the epoch.
pub fn open_file(path: &Path) -> std::io::Result<(Opened, u64, i64)> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(std::io::Error::new(std::io::ErrorKind::IsADirectory, "is a directory"));
    }
    Ok((open(file)?, metadata.len(), modified_millis(&metadata)))
}

struct Counted<R> {
    reader: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let n = self.reader.read(out)?;
        self.read.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write;

    proptest! {
        #[test]
        fn a_settled_fingerprint_stays_while_the_file_grows(text in "(#?[ab]{0,300}\n){0,8}[ab]{0,1200}", cut in any::<prop::sample::Index>()) {
            let text = text.as_bytes();
            let before = Fingerprint::of(&text[..cut.index(text.len() + 1)]);
            if before.settled {
                prop_assert_eq!(before, Fingerprint::of(text));
            }
        }
    }

    #[test]
    fn the_first_line_decides_and_headers_do_not() {
        let of = |text: &str| Fingerprint::of(text.as_bytes());
        assert_eq!(of("one\ntwo\n"), of("one\nthree\n"));
        assert_eq!(of("one").text, of("one\n").text, "the last line without its break is the same line");
        assert!(!of("one").settled && !of("#Version: 1.0\n").settled && !of("").settled);
        assert_ne!(of("#Version: 1.0\none\n"), of("#Version: 1.0\ntwo\n"));
        assert_eq!(
            of("one\n").id_prefix(2),
            format!("f:{}:2:", blake3::hash(b"one").to_hex().split_at(16).0)
        );
        assert!(of(&"#".repeat(2000)).settled);
    }

    #[test]
    fn gzip_is_told_by_its_magic_bytes_and_read_over_all_members() {
        let mut packed = Vec::new();
        for part in ["one\n", "two\n"] {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(part.as_bytes()).unwrap();
            packed.extend(encoder.finish().unwrap());
        }
        let len = packed.len() as u64;
        for (raw, text) in [(packed, "one\ntwo\n"), (b"x".to_vec(), "x"), (Vec::new(), "")] {
            let mut opened = open(Cursor::new(raw)).unwrap();
            let mut content = String::new();
            opened.content.read_to_string(&mut content).unwrap();
            assert_eq!((content.as_str(), opened.start.as_slice()), (text, text.as_bytes()));
            assert!([len, 1, 0].contains(&opened.read.load(Ordering::Relaxed)));
        }
    }
}
