//! What a Firehose record becomes, packed for the archive: Firehose runs records together, and frames may be.

use catchwater_schemas::record::{EventTooLarge, Framer, Packing};
use catchwater_transforms::transform::Output;
use serde::{Deserialize, Serialize};

/// NDJSON is packed when this much has gathered, as in event records: zstd level 1 looks back no further.
const FRAME_BYTES: usize = 512 << 10;

/// How the archive's objects are packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArchivePacking {
    /// Frames of zstd, level 1: objects end in `.zst`.
    #[default]
    Zstd,
    /// Members of gzip: objects end in `.gz`.
    Gzip,
    /// Lines as they are; Firehose may pack the objects.
    Plain,
}

/// Gathers one record's lines and packs them.
pub struct Frames {
    framer: Option<Framer>,
    lines: Vec<u8>,
    packed: Vec<u8>,
    most: usize,
    is_over: bool,
}

impl Frames {
    /// Without lines.
    pub fn new(packing: ArchivePacking) -> Self {
        let framer = match packing {
            ArchivePacking::Zstd => Some(Framer::new(Packing::Zstd)),
            ArchivePacking::Gzip => Some(Framer::new(Packing::Gzip)),
            ArchivePacking::Plain => None,
        };
        Self { framer, lines: Vec::new(), packed: Vec::new(), most: 0, is_over: false }
    }

    /// Begins a record, which may have at most so many bytes packed. What comes beyond is not gathered.
    pub fn begin(&mut self, most: usize) {
        self.lines.clear();
        self.packed.clear();
        (self.most, self.is_over) = (most, false);
    }

    /// Adds a line, which may lack its line break.
    pub fn push(&mut self, line: &[u8]) {
        if self.is_over {
            return;
        }
        if !self.lines.is_empty() && self.lines.len() + line.len() >= FRAME_BYTES {
            self.close();
        }
        self.lines.extend_from_slice(line);
        if line.last() != Some(&b'\n') {
            self.lines.push(b'\n');
        }
    }

    /// The record's bytes; `None` where they are more than it may have.
    pub fn end(&mut self) -> Option<&[u8]> {
        self.close();
        (!self.is_over).then_some(&self.packed)
    }

    fn close(&mut self) {
        if !self.lines.is_empty() {
            match &mut self.framer {
                Some(framer) => self.packed.extend_from_slice(&framer.frame(&self.lines)),
                None => self.packed.append(&mut self.lines),
            }
        }
        self.lines.clear();
        self.is_over |= self.packed.len() > self.most;
    }
}

impl Output for Frames {
    fn event(&mut self, _: u8, json: &[u8]) -> Result<(), EventTooLarge> {
        self.push(json);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use catchwater_schemas::record::unpack;

    #[test]
    fn all_lines_come_back_from_the_frames_of_two_records_run_together() {
        for packing in [ArchivePacking::Zstd, ArchivePacking::Gzip, ArchivePacking::Plain] {
            let mut frames = Frames::new(packing);
            let (mut all, mut expected) = (Vec::new(), String::new());
            for record in 0..2 {
                frames.begin(4 << 20);
                for n in 0..20_000 {
                    let line = format!("{{\"record\":{record},\"n\":{n},\"more\":\"of this and that\"}}");
                    frames.push(line.as_bytes());
                    expected += &line;
                    expected.push('\n');
                }
                all.extend_from_slice(frames.end().unwrap());
            }
            assert!(unpack(&all).unwrap() == expected, "{packing:?}");
        }
    }

    #[test]
    fn a_record_is_cut_off_where_it_is_too_large_and_the_next_is_whole() {
        let mut frames = Frames::new(ArchivePacking::Plain);
        frames.begin(3);
        frames.push(b"abc");
        assert_eq!(frames.end(), None);
        frames.begin(4);
        frames.push(b"abc");
        assert_eq!(frames.end(), Some(b"abc\n".as_slice()));
        frames.begin(10);
        for _ in 0..100 {
            frames.push(&[b'a'; FRAME_BYTES]);
        }
        assert!(frames.packed.len() < 3 * FRAME_BYTES && frames.end().is_none());
        frames.begin(0);
        assert_eq!(frames.end(), Some(b"".as_slice()));
    }
}
