//! Firehose's records, each answered with what it becomes. The rules, by the numbers that the tests name:
//! 1. Each record has one entry, in order: `Ok` with its events packed; `Dropped`, where nothing of it goes on: all was
//!    filtered, or is in dead letters that are kept; else `ProcessingFailed` with the record as it came, which Firehose
//!    keeps under its error prefix.
//! 2. What is answered `ProcessingFailed` is nowhere else: neither its events nor its dead letters, nor in the account.
//! 3. The answer stays below 6 MB ([`fit`](super::fit)); a record for which there is no room is [`TOO_LARGE`].
//! 4. After two thirds of the time no record but the first is begun ([`DEADLINE`]): Firehose would try the whole
//!    invocation again, and after three times give all of it up.

use super::archive::{ArchivePacking, Frames};
use super::fit::{self, Entry, MAX_ANSWER_BYTES, Room};
use super::wrap;
use crate::events::firehose::{FirehoseEvent, FirehoseRecord};
use catchwater_consumer_core::dead_letters::{DeadLetters, keep_until};
use catchwater_consumer_core::world::{Clock, millis};
use catchwater_mapping::lambda_event::{BAD_BASE64, MALFORMED, decode};
use catchwater_schemas::account::Account;
use catchwater_schemas::dead_letter::{DeadLetter, Fault, Stage};
use catchwater_transforms::raw::RawRecord;
use catchwater_transforms::transform::{Report, Scratch, Transform};
use std::collections::BTreeMap;
use std::time::Duration;

/// Reason of a record for which the answer had no room: a smaller buffer hint of the delivery stream helps.
pub const TOO_LARGE: &str = "answer_too_large";
/// Reason of a record that was not begun in time.
pub const DEADLINE: &str = "deadline";
/// Reason of a record whose dead letters could not be kept.
pub const UNKEPT: &str = "dead_letters_down";
/// Dead letters go to be kept when they hold this many bytes, and at the end.
const LETTERS_BYTES: usize = 1 << 20;

/// What records become.
#[derive(Clone, Copy)]
pub enum Work<'a> {
    /// Their events.
    Events(&'a Transform),
    /// Lines of the raw archive.
    Wrap,
}

/// The transformation.
pub struct FirehoseTransform<'a> {
    /// What records become.
    pub work: Work<'a>,
    /// How that is packed.
    pub packing: ArchivePacking,
    /// Keeps what could not pass.
    pub dead_letters: &'a dyn DeadLetters,
    /// Time.
    pub clock: &'a dyn Clock,
    /// Most bytes of the answer: [`MAX_ANSWER_BYTES`].
    pub answer_bytes: usize,
}

/// The answer, and what it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The answer, JSON.
    pub json: Vec<u8>,
    /// Counts of the records that are `Ok` or `Dropped`.
    pub account: Account,
    /// Records that are `ProcessingFailed`, by reason.
    pub failed: BTreeMap<String, u64>,
}

/// The answer as it grows.
struct Growing<'e> {
    records: &'e [FirehoseRecord<'e>],
    entries: Vec<Entry<'e>>,
    room: Room,
    account: Account,
    failed: BTreeMap<String, u64>,
    /// Letters to be kept, and the entries and accounts that stand only if they are.
    letters: Vec<DeadLetter>,
    letters_bytes: usize,
    pending: Vec<(usize, Account)>,
}

impl<'a> FirehoseTransform<'a> {
    /// Of these parts, with the answer's usual limit.
    pub fn new(
        work: Work<'a>,
        packing: ArchivePacking,
        dead_letters: &'a dyn DeadLetters,
        clock: &'a dyn Clock,
    ) -> Self {
        Self { work, packing, dead_letters, clock, answer_bytes: MAX_ANSWER_BYTES }
    }

    /// Answers an event. Takes the processor for as long as the records need.
    pub async fn answer(&self, event: &FirehoseEvent<'_>, time_left: Duration) -> Answered {
        let begun = self.clock.now_millis();
        let begin_until = begun.saturating_add(millis(time_left * 2 / 3));
        let end = begun.saturating_add(millis(time_left));
        let originals = event.records.iter().map(|record| (record.id.as_ref(), record.data.as_deref()));
        let mut answer = Growing {
            records: &event.records,
            entries: Vec::with_capacity(event.records.len()),
            room: Room::new(self.answer_bytes, originals),
            account: Account::default(),
            failed: BTreeMap::new(),
            letters: Vec::new(),
            letters_bytes: 0,
            pending: Vec::new(),
        };
        let (mut frames, mut scratch) = (Frames::new(self.packing), Scratch::new());
        for (index, record) in event.records.iter().enumerate() {
            if index > 0 && self.clock.now_millis() >= begin_until {
                answer.fail(record, DEADLINE);
                continue;
            }
            let Some(data) = record.data.as_deref() else {
                answer.fail(record, MALFORMED);
                continue;
            };
            frames.begin(answer.room.left(Some(data)));
            let report = self.report(&event.stream, record, data, &mut frames, &mut scratch);
            answer.add(record, report, frames.end(), begun, self.clock.now_millis());
            if answer.letters_bytes > LETTERS_BYTES {
                self.keep(&mut answer, end).await;
            }
        }
        self.keep(&mut answer, end).await;
        let Growing { entries, account, failed, .. } = answer;
        Answered { json: fit::write(&entries), account, failed }
    }

    /// Puts what the record becomes into the frames, and reports the rest.
    fn report(
        &self,
        stream: &str,
        record: &FirehoseRecord<'_>,
        base64: &str,
        frames: &mut Frames,
        scratch: &mut Scratch,
    ) -> Report {
        let place = &record.place;
        let raw = RawRecord {
            data: &[],
            stream,
            shard: &place.shard,
            sequence_number: &place.sequence_number,
            partition_key: &place.partition_key,
            arrival_millis: place.arrival_millis,
            user_record: place.user_record,
        };
        let mut report = Report::default();
        match (decode(base64), self.work) {
            (Ok(data), Work::Events(transform)) => {
                transform.record(&RawRecord { data: &data, ..raw }, scratch, frames, &mut report);
            }
            (Ok(_), Work::Wrap) => {
                frames.push(&wrap::line(stream, record, base64));
                report.account =
                    Account { records: 1, taken: 1, parsed: 1, delivered: 1, ..Account::default() };
            }
            (Err(detail), _) => {
                report.account = Account { records: 1, taken: 1, ..Account::default() };
                Account::count(&mut report.account.dead, BAD_BASE64);
                report.faults.push(Fault {
                    stage: Stage::Decode,
                    sink: None,
                    reason: BAD_BASE64.to_string(),
                    detail,
                    origin: raw.origin(None, None),
                    bytes: base64.as_bytes().to_vec(),
                });
            }
        }
        report
    }

    /// Keeps the letters that wait; where that fails, the records that they are of stay as they came.
    async fn keep(&self, answer: &mut Growing<'_>, end: i64) {
        let letters = std::mem::take(&mut answer.letters);
        answer.letters_bytes = 0;
        if letters.is_empty() {
            return;
        }
        let half = self.clock.now_millis().saturating_add(millis(self.clock.left(end) / 2));
        let cause = keep_until(self.dead_letters, &letters, self.clock, half).await.err();
        if let Some(cause) = &cause {
            let (letters, records) = (letters.len(), answer.pending.len());
            tracing::error!(letters, records, cause, "records go back for their dead letters cannot be kept");
        }
        for (index, account) in std::mem::take(&mut answer.pending) {
            if cause.is_none() {
                answer.account.add(&account);
            } else {
                let record = &answer.records[index];
                answer.entries[index] = Entry::failed(&record.id, record.data.as_deref());
                Account::count(&mut answer.failed, UNKEPT);
            }
        }
    }
}

impl<'e> Growing<'e> {
    fn fail(&mut self, record: &'e FirehoseRecord<'e>, reason: &str) {
        self.entries.push(Entry::failed(&record.id, record.data.as_deref()));
        Account::count(&mut self.failed, reason);
    }

    /// Adds a record's entry, if there is room for it.
    fn add(
        &mut self,
        record: &'e FirehoseRecord<'e>,
        report: Report,
        data: Option<&[u8]>,
        first_try: i64,
        last_try: i64,
    ) {
        let Report { account, faults, .. } = report;
        let fits = |data: &&[u8]| self.room.take(record.data.as_deref(), data.len(), !faults.is_empty());
        let Some(data) = data.filter(fits) else { return self.fail(record, TOO_LARGE) };
        self.entries.push(match data {
            [] => Entry::dropped(&record.id),
            data => Entry::ok(&record.id, data),
        });
        if faults.is_empty() {
            return self.account.add(&account);
        }
        self.pending.push((self.entries.len() - 1, account));
        for fault in faults {
            self.letters_bytes += fault.bytes.len();
            self.letters.push(fault.into_letter(first_try, last_try, 1));
        }
    }
}

#[cfg(test)]
mod tests;
