//! Firehose's answer, kept below what Lambda takes: 6 MB for a synchronous invocation, base64 and all.
//!
//! Each record that was not transformed goes back as it came, marked `ProcessingFailed`, and Firehose keeps it under its
//! error prefix. Room for that is held back for all of them from the start: they came within 6 MB, so that they fit; what a
//! record needs more than that it takes from the rest, and where the rest has not enough, it stays as it came.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use std::borrow::Cow;

/// Most bytes of an answer: 6 MB ("Lambda quotas", invocation payload), less what the list around the records takes.
pub const MAX_ANSWER_BYTES: usize = (6 << 20) - 1024;
/// Bytes of an entry beside its id and data.
const NAMES_BYTES: usize = r#"{"recordId":"","result":"ProcessingFailed","data":""},"#.len();

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Verdict {
    /// The data is what it became.
    Ok,
    /// Nothing of it goes on, on purpose, or its dead letter is kept.
    Dropped,
    /// The data is the record as it came.
    ProcessingFailed,
}

/// A record's entry.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry<'a> {
    record_id: &'a str,
    /// What became of it.
    pub result: Verdict,
    /// Never left out: Firehose refuses an entry without it ("Required parameters for data transformation").
    data: Cow<'a, str>,
}

/// The entries' room.
#[derive(Debug)]
pub struct Room {
    /// Bytes that are neither used nor held back.
    free: usize,
}

#[derive(Serialize)]
struct Answer<'a> {
    records: &'a [Entry<'a>],
}

impl<'a> Entry<'a> {
    /// The record as it came.
    pub fn failed(record_id: &'a str, original: Option<&'a str>) -> Self {
        Self { record_id, result: Verdict::ProcessingFailed, data: original.unwrap_or_default().into() }
    }

    /// Nothing of it goes on.
    pub fn dropped(record_id: &'a str) -> Self {
        Self { record_id, result: Verdict::Dropped, data: "".into() }
    }

    /// What it became.
    pub fn ok(record_id: &'a str, data: &[u8]) -> Self {
        Self { record_id, result: Verdict::Ok, data: STANDARD.encode(data).into() }
    }
}

impl Room {
    /// Room for `most` bytes, of which that of all originals, by id and data, is held back.
    pub fn new<'a>(most: usize, originals: impl Iterator<Item = (&'a str, Option<&'a str>)>) -> Self {
        let bytes = |(id, data): (&str, Option<&str>)| NAMES_BYTES + escaped(id) + data.map_or(0, escaped);
        Self { free: most.saturating_sub(originals.map(bytes).sum()) }
    }

    /// The most bytes of data for which there is room in the place of the original.
    pub fn left(&self, original: Option<&str>) -> usize {
        (self.free + original.map_or(0, escaped)) / 4 * 3
    }

    /// Takes the room of so many bytes of data in the place of the original's, if it is there. What `may_fail` yet keeps
    /// the original's room too.
    pub fn take(&mut self, original: Option<&str>, data_bytes: usize, may_fail: bool) -> bool {
        let held = original.map_or(0, escaped);
        let needed = data_bytes.div_ceil(3) * 4;
        let needed = if may_fail { needed.max(held) } else { needed };
        match (self.free + held).checked_sub(needed) {
            Some(free) => {
                self.free = free;
                true
            }
            None => false,
        }
    }
}

/// The bytes that the text has in JSON.
fn escaped(text: &str) -> usize {
    let bytes = |b: u8| match b {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 2,
        0..0x20 => r"\u0000".len(),
        _ => 1,
    };
    text.bytes().map(bytes).sum()
}

/// The answer, JSON.
pub fn write(entries: &[Entry<'_>]) -> Vec<u8> {
    serde_json::to_vec(&Answer { records: entries }).expect("text goes into memory")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_answer_never_has_more_bytes_than_its_room(
            records in prop::collection::vec(
                ("[a-z0-9\"\\n]{0,12}", prop::option::of("[A-Za-z0-9/+=\"\\x01é]{0,60}"), 0usize..90, any::<bool>(), any::<bool>()),
                0..20,
            ),
            more in 0usize..400,
        ) {
            let entry_bytes = |entry: &Entry<'_>| serde_json::to_string(entry).unwrap().len() + 1;
            let failed = records.iter().map(|(id, data, ..)| entry_bytes(&Entry::failed(id, data.as_deref())));
            let most = failed.sum::<usize>() + more;
            let mut room = Room::new(most, records.iter().map(|(id, data, ..)| (id.as_str(), data.as_deref())));
            let mut entries = Vec::new();
            for (id, data, bytes, may_fail, fails) in &records {
                let data = data.as_deref();
                let left = room.left(data);
                let fits = room.take(data, *bytes, *may_fail);
                prop_assert!(fits || *bytes > left);
                let stays = fits && !(*may_fail && *fails);
                entries.push(if stays { Entry::ok(id, &vec![0; *bytes]) } else { Entry::failed(id, data) });
            }
            let around = r#"{"records":[]}"#.len();
            prop_assert!(write(&entries).len() <= most + around);
        }
    }

    #[test]
    fn the_form_is_firehoses() {
        let entries = [Entry::ok("1", b"hi"), Entry::dropped("2"), Entry::failed("3", Some("aGk="))];
        assert_eq!(
            String::from_utf8(write(&entries)).unwrap(),
            r#"{"records":[{"recordId":"1","result":"Ok","data":"aGk="},{"recordId":"2","result":"Dropped","data":""},{"recordId":"3","result":"ProcessingFailed","data":"aGk="}]}"#
        );
    }
}
