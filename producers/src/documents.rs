//! JSON objects of a reader, one after the other, with or without line breaks between or in them: envelopes as they
//! were taken off a stream, CloudTrail's files. Only where an object ends is told here, not whether it is valid.

use crate::lines::{MAX_LINE_BYTES, refill};
use memchr::memmem;
use std::io::Read;

/// Longest object that is kept whole, bytes; CloudTrail's files stay below ("50 MB" is its bound, few reach 1).
pub const MAX_OBJECT_BYTES: usize = 32 << 20;
/// As far as a closing brace is looked for once an object did not end.
const MOST_AFTER_BROKEN_BYTES: usize = 64 << 10;

/// What a source holds, told by its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents {
    /// One log event a line.
    Lines,
    /// CloudWatch envelopes: they go as they are.
    Envelopes,
    /// JSON objects of which one is a log event: those that span lines, and documents with a `Records` array.
    Objects,
}

impl Contents {
    /// Looks at the first bytes of the content.
    pub fn of(start: &[u8]) -> Self {
        let start = start.trim_ascii_start();
        let inside = start.strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
        let Some(inside) = inside.filter(|inside| inside.starts_with(b"\"")) else {
            return Contents::Lines;
        };
        let mut scan = Scan::default();
        let end = scan.end(start).unwrap_or(start.len());
        let object = &start[..end];
        let has = |key: &[u8]| memmem::find(object, key).is_some();
        if has(b"\"messageType\"") && has(b"\"logEvents\"") {
            return Contents::Envelopes;
        }
        match inside.starts_with(b"\"Records\"") || (scan.closed && memchr::memchr(b'\n', object).is_some()) {
            true => Contents::Objects,
            false => Contents::Lines,
        }
    }
}

/// Finds the brace that closes an object. It may be fed the object in parts.
#[derive(Default)]
struct Scan {
    depth: usize,
    in_string: bool,
    escaped: bool,
    closed: bool,
}

impl Scan {
    /// How many of these bytes belong to the object, if it ends in them.
    fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while at < bytes.len() {
            if self.in_string {
                if std::mem::take(&mut self.escaped) {
                    at += 1;
                    continue;
                }
                at += memchr::memchr2(b'"', b'\\', &bytes[at..])?;
                match bytes[at] {
                    b'"' => self.in_string = false,
                    _ => self.escaped = true,
                }
            } else {
                at += memchr::memchr3(b'"', b'{', b'}', &bytes[at..])?;
                match bytes[at] {
                    b'"' => self.in_string = true,
                    b'{' => self.depth += 1,
                    _ => self.depth = self.depth.saturating_sub(1),
                }
                if self.depth == 0 {
                    self.closed = true;
                    return Some(at + 1);
                }
            }
            at += 1;
        }
        None
    }
}

/// An object, or a line that stands between objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Document<'a> {
    /// Byte offset of its start in the unpacked source.
    pub offset: u64,
    /// Byte offset after it.
    pub end: u64,
    /// Its bytes, without white space around it.
    pub bytes: &'a [u8],
    /// From a brace to the one that closes it; else a line, or what never closes.
    pub is_object: bool,
}

/// Objects of a reader.
pub struct Documents<R> {
    reader: R,
    buffer: Vec<u8>,
    start: usize,
    offset: u64,
    most: usize,
}

impl<R: Read> Documents<R> {
    /// Objects of a reader that stands at the start of its source; `most`: [`MAX_OBJECT_BYTES`].
    pub fn new(reader: R, most: usize) -> Self {
        Self { reader, buffer: Vec::new(), start: 0, offset: 0, most }
    }

    /// The next object or line; `None` at the end.
    pub fn next_document(&mut self) -> std::io::Result<Option<Document<'_>>> {
        if !self.skip_space()? {
            return Ok(None);
        }
        let object_len = match self.buffer[self.start] {
            b'{' => self.object_len()?,
            _ => None,
        };
        let len = match object_len {
            Some(len) => len,
            None => self.line_len()?,
        };
        let (start, offset) = (self.start, self.offset);
        self.advance(len);
        let bytes = self.buffer[start..start + len].trim_ascii_end();
        Ok(Some(Document { offset, end: self.offset, bytes, is_object: object_len.is_some() }))
    }

    fn skip_space(&mut self) -> std::io::Result<bool> {
        loop {
            let rest = &self.buffer[self.start..];
            let space = rest.len() - rest.trim_ascii_start().len();
            self.advance(space);
            if self.start < self.buffer.len() {
                return Ok(true);
            }
            if !self.fill()? {
                return Ok(false);
            }
        }
    }

    fn object_len(&mut self) -> std::io::Result<Option<usize>> {
        let mut scan = Scan::default();
        let mut scanned = 0;
        loop {
            let from = self.start + scanned;
            if let Some(len) = scan.end(&self.buffer[from..]) {
                return Ok(Some(scanned + len));
            }
            scanned = self.buffer.len() - self.start;
            if scanned > self.most || !self.fill()? {
                // Each later brace might never be closed either: looking far for each would take for ever.
                self.most = self.most.min(MOST_AFTER_BROKEN_BYTES);
                return Ok(None);
            }
        }
    }

    /// To the end of the line, but no more than a line may hold.
    fn line_len(&mut self) -> std::io::Result<usize> {
        let mut searched = 0;
        loop {
            let rest = &self.buffer[self.start..];
            if let Some(at) = memchr::memchr(b'\n', &rest[searched..]) {
                return Ok((searched + at + 1).min(MAX_LINE_BYTES));
            }
            searched = rest.len();
            if searched >= MAX_LINE_BYTES || !self.fill()? {
                return Ok(searched.min(MAX_LINE_BYTES));
            }
        }
    }

    fn advance(&mut self, len: usize) {
        self.start += len;
        self.offset += len as u64;
    }

    fn fill(&mut self) -> std::io::Result<bool> {
        refill(&mut self.reader, &mut self.buffer, &mut self.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn contents_are_told_by_their_start() {
        let cases = [
            ("", Contents::Lines),
            ("1.2.3.4 - - [x] \"GET / HTTP/1.1\" 200 1\n", Contents::Lines),
            (
                "{\"level\":\"info\",\"message\":\"a \\\"messageType\\\" of \\\"logEvents\\\"\"}\n",
                Contents::Lines,
            ),
            ("{\"level\":\"info\"}\n{\"level\":\n", Contents::Lines),
            ("{not json\nat all}\n", Contents::Lines),
            ("{\"never\": closed\n", Contents::Lines),
            (" {\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[", Contents::Envelopes),
            ("{\"a\":1}\n{\"messageType\":\"x\",\"logEvents\":[]}", Contents::Lines),
            ("{\n  \"Records\": [", Contents::Objects),
            ("{\"Records\":[{\"eventVersion\"", Contents::Objects),
            ("{\n  \"a\": \"}\"\n}\n", Contents::Objects),
        ];
        for (text, expected) in cases {
            assert_eq!(Contents::of(text.as_bytes()), expected, "{text}");
        }
    }

    struct Dribble<'a>(&'a [u8], usize);

    impl Read for Dribble<'_> {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            let n = self.1.min(self.0.len()).min(out.len());
            out[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    fn all(text: &[u8], step: usize, most: usize) -> Vec<(u64, String, bool)> {
        let mut documents = Documents::new(Dribble(text, step), most);
        let mut found = Vec::new();
        let mut before = 0;
        while let Some(d) = documents.next_document().unwrap() {
            assert!(d.offset >= before && d.end > d.offset);
            before = d.end;
            found.push((d.offset, String::from_utf8_lossy(d.bytes).into_owned(), d.is_object));
        }
        found
    }

    proptest! {
        #[test]
        fn objects_come_whole_however_they_are_joined_and_read(
            objects in proptest::collection::vec(("[a{}\"\\\\\n]{0,9}", any::<bool>()), 0..12),
            separators in proptest::collection::vec("[ \n\r]{0,3}", 12), step in 1usize..50,
        ) {
            let texts: Vec<String> = objects.iter().map(|(text, pretty)| {
                let value = serde_json::json!({"a": text, "b": [{"c": {}}]});
                if *pretty { serde_json::to_string_pretty(&value).unwrap() } else { value.to_string() }
            }).collect();
            let joined: String = texts.iter().zip(&separators).map(|(t, s)| format!("{s}{t}")).collect();
            let found = all(joined.as_bytes(), step, MAX_OBJECT_BYTES);
            prop_assert_eq!(found.iter().map(|f| f.1.clone()).collect::<Vec<_>>(), texts);
            prop_assert!(found.iter().all(|f| f.2 && joined[f.0 as usize..].starts_with(&f.1)));
        }

        #[test]
        fn nothing_but_space_is_lost_of_anything(text in "[ab{}\"\\\\\n ]{0,60}", step in 1usize..50, most in 1usize..20) {
            let squeeze = |text: &str| text.split_ascii_whitespace().collect::<String>();
            let found: String = all(text.as_bytes(), step, most).into_iter().map(|f| f.1 + "\n").collect();
            prop_assert_eq!(squeeze(&found), squeeze(&text));
        }
    }

    #[test]
    fn a_line_between_objects_is_a_line() {
        let found = all(b"{\"a\":1}\nnoise }\n{\"b\":2}{\"c\":", 7, 100);
        let kinds: Vec<_> = found.iter().map(|(_, text, object)| (text.as_str(), *object)).collect();
        assert_eq!(kinds, [("{\"a\":1}", true), ("noise }", false), ("{\"b\":2}", true), ("{\"c\":", false)]);
    }
}
