//! Lines of a reader, with their offsets; memory is bounded by the longest line that is kept.

use crate::envelope::Line;
use std::io::{ErrorKind, Read};

/// Longest line that is kept, bytes. One above the transform's own bound on messages (1 MiB by default), so that it
/// is the transform that marks a longer one as truncated.
pub const MAX_LINE_BYTES: usize = (1 << 20) + 1;
/// Bytes asked of the reader at once.
const READ_BYTES: usize = 256 << 10;

/// Splits at `\n`; a `\r` before it is left out too. A line longer than the bound is cut there, its rest skipped.
pub struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    /// The buffer's part that is not given out yet, and how much of it is known to hold no line break.
    start: usize,
    searched: usize,
    /// Offset of `start` in the source.
    offset: u64,
    most: usize,
    /// The start of the line at hand was given out, cut; its rest is passed over.
    skipping: bool,
}

impl<R: Read> Lines<R> {
    /// Lines of a reader that stands at `offset` of the source.
    pub fn new(reader: R, offset: u64, most: usize) -> Self {
        Self { reader, buffer: Vec::new(), start: 0, searched: 0, offset, most, skipping: false }
    }

    /// The next line that has its line break; `None` at the end of what there is now. After `None` it may be called
    /// again: a file may have grown.
    pub fn next_line(&mut self) -> std::io::Result<Option<Line<'_>>> {
        loop {
            let from = self.start + self.searched;
            if let Some(found) = memchr::memchr(b'\n', &self.buffer[from..]) {
                let at = from + found;
                let (start, offset) = (self.start, self.offset);
                self.offset += (at + 1 - start) as u64;
                (self.start, self.searched) = (at + 1, 0);
                if std::mem::take(&mut self.skipping) {
                    continue;
                }
                let end = self.offset;
                let (bytes, cut) = trim(&self.buffer[start..at], self.most);
                return Ok(Some(Line { offset, end, bytes, cut }));
            }
            self.searched = self.buffer.len() - self.start;
            if self.skipping {
                self.skip_searched();
            } else if self.searched > self.most {
                // Its end is not known yet: who starts again at `end` gets this line again, not the middle of it.
                self.skipping = true;
                let (start, offset) = (self.start, self.offset);
                self.skip_searched();
                let bytes = &self.buffer[start..start + self.most];
                return Ok(Some(Line { offset, end: offset, bytes, cut: true }));
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    /// What is left at the end without a line break; nothing if there is none.
    pub fn take_rest(&mut self) -> Option<Line<'_>> {
        let (start, offset) = (self.start, self.offset);
        self.searched = self.buffer.len() - start;
        self.skip_searched();
        if std::mem::take(&mut self.skipping) || start == self.buffer.len() {
            return None;
        }
        let (bytes, cut) = trim(&self.buffer[start..], self.most);
        Some(Line { offset, end: self.offset, bytes, cut })
    }

    /// Offset up to which lines were given out.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Offset up to which the reader was read; at or after [`offset`](Self::offset).
    pub fn read_to(&self) -> u64 {
        self.offset + (self.buffer.len() - self.start) as u64
    }

    fn skip_searched(&mut self) {
        self.offset += self.searched as u64;
        self.start += self.searched;
        self.searched = 0;
    }

    fn fill(&mut self) -> std::io::Result<bool> {
        refill(&mut self.reader, &mut self.buffer, &mut self.start)
    }
}

/// Drops what lies before `start`, which becomes 0, and reads on behind the rest; `false` if nothing came.
pub(crate) fn refill(
    reader: &mut impl Read,
    buffer: &mut Vec<u8>,
    start: &mut usize,
) -> std::io::Result<bool> {
    buffer.drain(..std::mem::take(start));
    let filled = buffer.len();
    buffer.resize(filled + READ_BYTES, 0);
    let read = loop {
        match reader.read(&mut buffer[filled..]) {
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            other => break other,
        }
    };
    buffer.truncate(filled + *read.as_ref().unwrap_or(&0));
    Ok(read? > 0)
}

fn trim(line: &[u8], most: usize) -> (&[u8], bool) {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    (&line[..line.len().min(most)], line.len() > most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Gives out at most `step` bytes at a time.
    struct Dribble<'a>(&'a [u8], usize);

    impl Read for Dribble<'_> {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            let n = self.1.min(self.0.len()).min(out.len());
            out[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    fn all(text: &[u8], step: usize, most: usize) -> Vec<(u64, Vec<u8>, bool)> {
        let mut lines = Lines::new(Dribble(text, step), 100, most);
        let mut found = Vec::new();
        while let Some(line) = lines.next_line().unwrap() {
            found.push((line.offset - 100, line.bytes.to_vec(), line.cut));
        }
        found.extend(lines.take_rest().map(|line| (line.offset - 100, line.bytes.to_vec(), line.cut)));
        assert_eq!(lines.offset(), 100 + text.len() as u64);
        found
    }

    proptest! {
        #[test]
        fn the_same_however_it_is_read(text in "([a-c\r]{0,12}\n?){0,20}", step in 1usize..40, most in 3usize..14) {
            let text = text.as_bytes();
            let mut expected = Vec::new();
            let mut offset = 0;
            for line in text.split_inclusive(|b| *b == b'\n') {
                let bare = line.strip_suffix(b"\n").unwrap_or(line);
                let bare = bare.strip_suffix(b"\r").unwrap_or(bare);
                expected.push((offset, bare[..bare.len().min(most)].to_vec(), bare.len() > most));
                offset += line.len() as u64;
            }
            // A `\r` just at the bound may be seen before the line break is: cut or not, the bytes are the same.
            let found = all(text, step, most);
            prop_assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(&expected) {
                prop_assert_eq!((found.0, &found.1), (expected.0, &expected.1));
                prop_assert!(found.2 == expected.2 || expected.1.len() == most);
            }
        }
    }

    #[test]
    fn a_line_without_end_keeps_memory_bounded_and_the_next_line_whole() {
        let text = [vec![b'x'; 5 << 20], b"\nnext\n".to_vec()].concat();
        let mut lines = Lines::new(&text[..], 0, 1 << 20);
        let first = lines.next_line().unwrap().unwrap();
        assert_eq!((first.bytes.len(), first.cut), (1 << 20, true));
        assert_eq!(lines.next_line().unwrap().unwrap().bytes, b"next");
        assert!(lines.buffer.capacity() <= 4 << 20, "{}", lines.buffer.capacity());
    }

    #[test]
    fn a_partial_line_waits_for_its_end() {
        use std::io::{Seek, SeekFrom, Write};
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"one\ntw").unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        let mut lines = Lines::new(file.try_clone().unwrap(), 0, 100);
        assert_eq!(lines.next_line().unwrap().unwrap().bytes, b"one");
        assert!(lines.next_line().unwrap().is_none());
        assert_eq!(lines.offset(), 4);
        file.write_all(b"o\n").unwrap();
        file.seek(SeekFrom::Start(6)).unwrap();
        let line = lines.next_line().unwrap().unwrap();
        assert_eq!((line.offset, line.bytes), (4, b"two".as_slice()));
    }
}
