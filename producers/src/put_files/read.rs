//! The reading thread: each source's lines or objects, packed.

use super::{Input, Packed, Packs, Shared, Source, Unread};
use crate::documents::{Contents, Document, Documents, MAX_OBJECT_BYTES};
use crate::envelope::{Changed, Envelope, EnvelopeBuilder, Line, MAX_PACKED_BYTES, Packer};
use crate::file::{Fingerprint, Opened, open_file, open_live, run_id_prefix};
use crate::lines::{Lines, MAX_LINE_BYTES};
use crate::live::Live;
use crate::put_records::PutEntry;
use crate::split::split;
use std::io::{ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Default)]
pub(super) struct ReadAll {
    pub changed: Changed,
    pub unread: Vec<Unread>,
}

/// The reading ended before the sources did.
enum Stop {
    /// The stream takes no more.
    Stream,
    /// This source cannot be read on.
    Source(std::io::Error),
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Stop::Source(error)
    }
}

pub(super) fn read_all(
    sources: Vec<Source>,
    most_log_events: usize,
    shared: &Shared,
    packs: &Packs,
) -> ReadAll {
    let lengths = sources.iter().filter_map(|s| match &s.input {
        Input::File(path) => std::fs::metadata(path).ok().map(|m| m.len()),
        Input::Reader { .. } => None,
    });
    shared.bytes_total.store(lengths.sum(), Ordering::Relaxed);
    let mut all = ReadAll::default();
    for source in sources {
        let name = match &source.input {
            Input::File(path) => path.display().to_string(),
            Input::Reader { .. } => "-".to_string(),
        };
        match read_source(source, most_log_events, shared, packs, &mut all.changed) {
            Ok(()) => {}
            Err(Stop::Stream) => break,
            Err(Stop::Source(error)) => all.unread.push(Unread { name, cause: error.to_string() }),
        }
    }
    all
}

fn read_source(
    source: Source,
    most_log_events: usize,
    shared: &Shared,
    packs: &Packs,
    changed: &mut Changed,
) -> Result<(), Stop> {
    let (opened, id_prefix, timestamp_millis) = match source.input {
        Input::File(path) => {
            let (opened, _, modified_millis) = open_file(&path)?;
            let prefix = Fingerprint::of(&opened.start).id_prefix(0);
            (opened, prefix, modified_millis)
        }
        Input::Reader { run, timestamp_millis, reader } => {
            let live = Live::new(reader);
            let telling = live.telling();
            let opened = open_live(live)?;
            // gzip's decoder cannot be interrupted between any two bytes.
            telling.store(!opened.packed, Ordering::Relaxed);
            (opened, run_id_prefix(&run), timestamp_millis)
        }
    };
    let mut out = Out {
        builder: EnvelopeBuilder::new(&source.log, &source.hint, &id_prefix).with_most(most_log_events),
        timestamp_millis,
        full: Vec::new(),
        packer: Packer::new(),
        partition_key: source.log.partition_key(),
        shared,
        packs,
        read: opened.read.clone(),
    };
    let read = match Contents::of(&opened.start) {
        Contents::Lines => out.lines(opened),
        contents => out.objects(opened, contents),
    };
    // What was read before an error is put: the file may be cut for good.
    let rest = match read {
        Err(Stop::Stream) => Ok(()),
        _ => out.finish(),
    };
    let counts = out.builder.take_changed();
    changed.cut += counts.cut;
    changed.replaced += counts.replaced;
    shared.bytes_before.fetch_add(out.read.load(Ordering::Relaxed), Ordering::Relaxed);
    read.and(rest)
}

struct Out<'a> {
    builder: EnvelopeBuilder,
    timestamp_millis: i64,
    full: Vec<Envelope>,
    packer: Packer,
    partition_key: String,
    shared: &'a Shared,
    packs: &'a Packs,
    read: Arc<AtomicU64>,
}

impl Out<'_> {
    fn lines(&mut self, opened: Opened) -> Result<(), Stop> {
        let mut lines = Lines::new(opened.content, 0, MAX_LINE_BYTES);
        loop {
            match lines.next_line() {
                Ok(Some(line)) => self.line(line)?,
                Ok(None) => break,
                Err(e) if e.kind() == ErrorKind::WouldBlock => self.finish()?,
                Err(e) => return Err(e.into()),
            }
        }
        match lines.take_rest() {
            Some(line) => self.line(line),
            None => Ok(()),
        }
    }

    fn objects(&mut self, opened: Opened, contents: Contents) -> Result<(), Stop> {
        let mut documents = Documents::new(Patient(opened.content), MAX_OBJECT_BYTES);
        while let Some(document) = documents.next_document()? {
            match contents {
                Contents::Envelopes if document.is_object => self.envelope(document)?,
                _ => self.object(document)?,
            }
        }
        Ok(())
    }

    fn line(&mut self, line: Line<'_>) -> Result<(), Stop> {
        self.builder.push(line, self.timestamp_millis, &mut self.full);
        if self.full.is_empty() { Ok(()) } else { self.send_full() }
    }

    fn finish(&mut self) -> Result<(), Stop> {
        self.builder.finish(&mut self.full);
        self.send_full()
    }

    fn send_full(&mut self) -> Result<(), Stop> {
        for envelope in std::mem::take(&mut self.full) {
            self.send(envelope.data, envelope.log_events)?;
        }
        Ok(())
    }

    /// An envelope as it is; in parts where it is too large.
    fn envelope(&mut self, document: Document<'_>) -> Result<(), Stop> {
        self.finish()?;
        let data = self.packer.pack(&[document.bytes]);
        if data.len() <= MAX_PACKED_BYTES {
            return self.send(data, 0);
        }
        let packer = &mut self.packer;
        let parts = split(document.bytes, "logEvents", |json| packer.pack(&[json]).len() <= MAX_PACKED_BYTES);
        match parts {
            Some(parts) => parts.into_iter().try_for_each(|part| {
                let data = self.packer.pack(&[&part.json]);
                self.send(data, 0)
            }),
            None => self.send(data, 0),
        }
    }

    /// An object as one log event; in parts where it is too large.
    fn object(&mut self, document: Document<'_>) -> Result<(), Stop> {
        let Document { offset, end, bytes, .. } = document;
        let fits = |json: &[u8]| json.len() < MAX_LINE_BYTES;
        let parts = if fits(bytes) { None } else { split(bytes, "Records", fits) };
        let Some(parts) = parts else {
            let cut = bytes.len() > MAX_LINE_BYTES;
            return self.line(Line { offset, end, bytes: &bytes[..bytes.len().min(MAX_LINE_BYTES)], cut });
        };
        for part in parts {
            let cut = part.json.len() > MAX_LINE_BYTES;
            let bytes = &part.json[..part.json.len().min(MAX_LINE_BYTES)];
            self.line(Line { offset: offset + part.at as u64, end, bytes, cut })?;
        }
        Ok(())
    }

    fn send(&mut self, data: Vec<u8>, log_events: u32) -> Result<(), Stop> {
        let before = self.shared.bytes_before.load(Ordering::Relaxed);
        let bytes_read = before + self.read.load(Ordering::Relaxed);
        let entry = PutEntry {
            partition_key: self.partition_key.clone(),
            explicit_hash_key: None,
            data: data.into(),
        };
        let sent = self.packs.blocking_send((Packed { log_events, bytes_read }, entry));
        if sent.is_err() || self.shared.stop.load(Ordering::Relaxed) {
            return Err(Stop::Stream);
        }
        Ok(())
    }
}

/// Waits where [`Live`] would tell of silence.
struct Patient<R>(R);

impl<R: Read> Read for Patient<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        loop {
            match self.0.read(out) {
                Err(e) if e.kind() == ErrorKind::WouldBlock => {}
                read => return read,
            }
        }
    }
}
