//! One followed name: which file has it now, and how far that was read.

use super::files::{Identity, before, continues, find, fingerprint, identity, later, open};
use super::positions::Place;
use super::{Followed, ROUND_BYTES, Round};
use crate::envelope::EnvelopeBuilder;
use crate::file::{Fingerprint, modified_millis};
use crate::lines::{Lines, MAX_LINE_BYTES};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::PathBuf;

/// A renamed file is given up this long after another took its name: writers keep it open until they are told.
const RENAMED_MILLIS: i64 = 1_000;
/// Fingerprints of earlier files that are remembered.
const HISTORY: usize = 16;

pub(super) struct Tail {
    followed: Followed,
    partition_key: String,
    current: Option<Current>,
    /// Read to its end in this round, and wanted again if the round is not accepted.
    finished: Option<Current>,
    /// Files that took the name after the current one, oldest first.
    waiting: VecDeque<File>,
    /// Where to begin; until a file is open.
    resume: Option<Place>,
    /// What is accepted, and what was read since.
    kept: Option<Place>,
    reached: Option<Place>,
    history: Vec<(String, u64)>,
    last_error: Option<String>,
}

/// The file that is read.
struct Current {
    file: File,
    identity: Identity,
    lines: Lines<File>,
    /// `None` while the file is too short for a fingerprint.
    reading: Option<Reading>,
    /// When another file was first seen under the name, milliseconds since the epoch.
    renamed_since: Option<i64>,
}

struct Reading {
    fingerprint: String,
    generation: u64,
    builder: EnvelopeBuilder,
    /// End of the last line taken, and the hash of what stands before it.
    offset: u64,
    before: String,
}

impl Tail {
    pub fn new(followed: Followed, kept: Option<Place>) -> Self {
        Self {
            partition_key: followed.log.partition_key(),
            followed,
            current: None,
            finished: None,
            waiting: VecDeque::new(),
            resume: kept.clone(),
            history: history_of(&kept),
            kept,
            reached: None,
            last_error: None,
        }
    }

    pub fn path(&self) -> &PathBuf {
        &self.followed.path
    }

    /// What is accepted.
    pub fn place(&self) -> Option<&Place> {
        self.kept.as_ref()
    }

    /// All that was read is accepted. Is there anything new to keep?
    pub fn keep(&mut self) -> bool {
        let reached = self.reached.take();
        let is_new = reached.is_some();
        self.finished = None;
        self.kept = reached.or(self.kept.take());
        is_new
    }

    /// Goes back to what is accepted.
    pub fn rewind(&mut self) {
        self.reached = None;
        self.history = history_of(&self.kept);
        let Some(read) = self.finished.take().or(self.current.take()) else { return };
        let is_kept = |place: &&Place| (place.device, place.inode) == read.identity;
        match self.begin(read.file, self.kept.as_ref().filter(is_kept)) {
            Ok(current) => {
                self.reached = current.reading.is_none().then(|| current.nothing_yet(&self.history));
                self.current = Some(Current { renamed_since: read.renamed_since, ..current });
            }
            Err(_) => {
                // By its name then, as after a restart.
                self.waiting.clear();
                self.resume = self.kept.clone();
            }
        }
    }

    /// Takes the lines that have come, as many as the round holds.
    pub fn read(&mut self, round: &mut Round, now_millis: i64) {
        let read = self.try_read(round, now_millis);
        let error = read.err().map(|error| error.to_string());
        if let Some(error) = &error
            && self.last_error != Some(error.clone())
        {
            tracing::warn!(path = %self.followed.path.display(), error, "cannot be followed now");
        }
        self.last_error = error;
    }

    fn try_read(&mut self, round: &mut Round, now_millis: i64) -> std::io::Result<()> {
        if self.current.is_none() {
            self.current = self.open_next()?;
        }
        self.look_at_name()?;
        if let Some(current) = &mut self.current
            && current.was_written_anew()?
        {
            // By its name again, as after a restart: what we had not read may stand in a copy.
            self.resume = current.reading.as_ref().map(|r| r.place(current.identity, &self.history));
            self.current = None;
            self.waiting.clear();
            self.current = self.open_next()?;
            self.look_at_name()?;
        }
        let Some(current) = &mut self.current else { return Ok(()) };
        let metadata = current.file.metadata()?;
        let ends = !self.waiting.is_empty()
            && now_millis - *current.renamed_since.get_or_insert(now_millis) >= RENAMED_MILLIS;
        if current.reading.is_none() {
            let fingerprint = fingerprint(&current.file)?;
            if fingerprint.settled || ends {
                let generation = next_generation(&mut self.history, &fingerprint.text);
                current.reading = Some(Reading::new(
                    &self.followed,
                    fingerprint.text,
                    generation,
                    0,
                    before(&current.file, 0)?,
                ));
            }
        }
        let Some(reading) = &mut current.reading else { return Ok(()) };
        let offset = reading.offset;
        round.partition_key.clone_from(&self.partition_key);
        let taken = reading.take_lines(&mut current.lines, modified_millis(&metadata), ends, round);
        reading.finish(round);
        if reading.offset != offset {
            reading.before = before(&current.file, reading.offset)?;
            self.reached = Some(reading.place(current.identity, &self.history));
        }
        if taken? && ends {
            self.finished = self.current.take();
        }
        Ok(())
    }

    /// Takes note of a file that has the name now and had it not before, and of those that had it between.
    fn look_at_name(&mut self) -> std::io::Result<()> {
        let (Some(current), Some(named)) = (&self.current, open(&self.followed.path)?) else { return Ok(()) };
        let mut known = vec![current.identity];
        for file in &self.waiting {
            known.push(identity(&file.metadata()?));
        }
        if known.contains(&identity(&named.metadata()?)) {
            return Ok(());
        }
        for file in later(&self.followed.path, &current.file)?.into_iter().chain([named]) {
            if !known.contains(&identity(&file.metadata()?)) {
                self.waiting.push_back(file);
            }
        }
        Ok(())
    }

    fn open_next(&mut self) -> std::io::Result<Option<Current>> {
        if let Some(place) = &self.resume
            && let Some((file, later)) = find(&self.followed.path, place)?
        {
            let current = self.begin(file, Some(place))?;
            self.waiting = later.into();
            self.resume = None;
            return Ok(Some(current));
        }
        let file = match self.waiting.pop_front() {
            Some(file) => file,
            None => match open(&self.followed.path)? {
                Some(file) => file,
                None => return Ok(None),
            },
        };
        self.resume = None;
        let current = Current::at(file, 0)?;
        self.reached = Some(current.nothing_yet(&self.history));
        Ok(Some(current))
    }

    /// From the place on, if the file is the place's; else from its start.
    fn begin(&self, file: File, place: Option<&Place>) -> std::io::Result<Current> {
        let Some(place) = place.filter(|place| !place.fingerprint.is_empty()) else {
            return Current::at(file, 0);
        };
        if !continues(&file, place)? {
            return Current::at(file, 0);
        }
        let mut current = Current::at(file, place.offset)?;
        let (fingerprint, before) = (place.fingerprint.clone(), place.before.clone());
        current.reading =
            Some(Reading::new(&self.followed, fingerprint, place.generation, place.offset, before));
        Ok(current)
    }
}

fn history_of(place: &Option<Place>) -> Vec<(String, u64)> {
    place.as_ref().map(|place| place.history.clone()).unwrap_or_default()
}

impl Current {
    fn at(mut file: File, offset: u64) -> std::io::Result<Self> {
        file.seek(SeekFrom::Start(offset))?;
        let lines = Lines::new(file.try_clone()?, offset, MAX_LINE_BYTES);
        let identity = identity(&file.metadata()?);
        Ok(Self { file, identity, lines, reading: None, renamed_since: None })
    }

    /// The place in a file of which no line was taken.
    fn nothing_yet(&self, history: &[(String, u64)]) -> Place {
        Place {
            device: self.identity.0,
            inode: self.identity.1,
            fingerprint: String::new(),
            generation: 0,
            offset: 0,
            before: String::new(),
            history: history.to_vec(),
        }
    }

    /// Was the file cut, or written anew, before the place that we have come to?
    fn was_written_anew(&mut self) -> std::io::Result<bool> {
        let Some(reading) = &self.reading else { return Ok(false) };
        let len = self.file.metadata()?.len();
        if len == self.lines.read_to() {
            return Ok(false);
        }
        if len < reading.offset || before(&self.file, reading.offset)? != reading.before {
            return Ok(true);
        }
        if len < self.lines.read_to() {
            // Only a line that had no end yet was cut off: what comes in its place is read from its start.
            self.file.seek(SeekFrom::Start(reading.offset))?;
            self.lines = Lines::new(self.file.try_clone()?, reading.offset, MAX_LINE_BYTES);
        }
        Ok(false)
    }
}

impl Reading {
    fn new(followed: &Followed, fingerprint: String, generation: u64, offset: u64, before: String) -> Self {
        let prefix = Fingerprint { text: fingerprint.clone(), settled: true }.id_prefix(generation);
        let builder = EnvelopeBuilder::new(&followed.log, &followed.hint, &prefix);
        Self { fingerprint, generation, builder, offset, before }
    }

    /// Takes lines until the file's end, and then its rest if the file `ends`; `false`: the round was full before.
    fn take_lines(
        &mut self,
        lines: &mut Lines<File>,
        modified_millis: i64,
        ends: bool,
        round: &mut Round,
    ) -> std::io::Result<bool> {
        let mut full = Vec::new();
        while round.bytes < ROUND_BYTES {
            let line = match lines.next_line()? {
                None if ends => lines.take_rest(),
                line => line,
            };
            let Some(line) = line else { return Ok(true) };
            self.offset = self.offset.max(line.end);
            self.builder.push(line, modified_millis, &mut full);
            round.add(&mut full);
        }
        Ok(false)
    }

    /// Packs what was taken.
    fn finish(&mut self, round: &mut Round) {
        let mut full = Vec::new();
        self.builder.finish(&mut full);
        round.add(&mut full);
        let changed = self.builder.take_changed();
        round.changed.cut += changed.cut;
        round.changed.replaced += changed.replaced;
    }

    fn place(&self, identity: Identity, history: &[(String, u64)]) -> Place {
        Place {
            device: identity.0,
            inode: identity.1,
            fingerprint: self.fingerprint.clone(),
            generation: self.generation,
            offset: self.offset,
            before: self.before.clone(),
            history: history.to_vec(),
        }
    }
}

/// 0 for a fingerprint that is new under this name, else one more than last time.
fn next_generation(history: &mut Vec<(String, u64)>, fingerprint: &str) -> u64 {
    let known = history.iter().position(|(text, _)| text == fingerprint).map(|at| history.remove(at));
    let generation = known.map_or(0, |(_, last)| last + 1);
    if history.len() == HISTORY {
        history.remove(0);
    }
    history.push((fingerprint.to_string(), generation));
    generation
}
