//! What becomes of a batch's records after each try: settled, cut in two, tried again, given up. Decisions only, no
//! I/O and no clock.
//!
//! The rules are Lambda's (developer guide, "Configuring partial batch response with Kinesis Data Streams and
//! Lambda" and "Retain discarded batch records for a Kinesis Data Streams event source"):
//! - A failure of the whole batch cuts it in two if bisecting is on. The halves come one after the other, at once,
//!   and cutting does not count as a retry.
//! - A named failure settles what is below it; the rest comes again.
//! - A record is given up after its retries, the first try not counted, or when it is too old.
//!
//! Where Lambda gives up what is left of the batch, this is stricter, for good records stand behind a bad one:
//! - A record that was never tried is not given up, however old.
//! - A named failure that leaves nothing settled also cuts the rest in two if bisecting is on, so that a record that
//!   fails for hours does not take a whole batch through the target with it each time. It counts as a retry.
//! - Where the target names the failure, only that record has used up its retries.
//! - Of records that are too old, one is given up; if nothing succeeds then, two, four, eight: a poison record is
//!   given up alone, and in an outage the whole backlog goes before the stream's retention takes it.

use crate::attempt::Answer;
use crate::give_up::Reason;
use crate::stream::Record;
use catchwater_schemas::account::Account;
use std::ops::Range;

/// The mapping's settings that decide.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) bisect: bool,
    pub(crate) retries: Option<u32>,
}

/// Records that are tried together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Indices into the batch; never empty.
    pub(crate) range: Range<usize>,
    /// Tries of these records so far.
    pub(crate) tries: u32,
    /// Tries that count against the retries of the first record.
    counted: u32,
    /// When the batch was first tried, milliseconds since the epoch.
    pub(crate) first_try_millis: i64,
}

/// What to do after a try, in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Commit these as settled.
    pub(crate) settled: Option<(Range<usize>, Account)>,
    /// Make these dead letters, then commit them.
    pub(crate) given_up: Option<(Range<usize>, Reason)>,
    /// Wait before the next try.
    pub(crate) wait: bool,
}

pub(crate) struct Worklist {
    rules: Rules,
    records: Vec<Record>,
    /// What is left, the next part last.
    parts: Vec<Part>,
    /// How often records were given up for their age since anything was settled.
    given_up_for_age: u32,
}

impl Worklist {
    pub(crate) fn new(rules: Rules) -> Self {
        Self { rules, records: Vec::new(), parts: Vec::new(), given_up_for_age: 0 }
    }

    /// Takes a batch on, when nothing is left of the one before.
    pub(crate) fn load(&mut self, records: Vec<Record>, now_millis: i64) {
        debug_assert!(self.parts.is_empty() && !records.is_empty());
        self.records = records;
        let range = 0..self.records.len();
        self.parts.push(Part { range, tries: 0, counted: 0, first_try_millis: now_millis });
    }

    /// What to try next; `None` once all records are settled or given up.
    pub(crate) fn next(&self) -> Option<&Part> {
        self.parts.last()
    }

    pub(crate) fn records(&self, range: Range<usize>) -> &[Record] {
        &self.records[range]
    }

    /// Lets the records of a batch go of which nothing is left, so that a shard at rest holds no memory.
    pub(crate) fn unload(&mut self) {
        debug_assert!(self.parts.is_empty());
        self.records = Vec::new();
    }

    /// Decides what an answer to the next part means.
    pub(crate) fn judge(&mut self, answer: Answer, too_old: impl Fn(&Record) -> bool) -> Verdict {
        let Some(mut part) = self.parts.pop() else { return Verdict::default() };
        part.tries = part.tries.saturating_add(1);
        match answer {
            Answer::Settled(account) => {
                self.given_up_for_age = 0;
                Verdict { settled: Some((part.range, account)), ..Verdict::default() }
            }
            Answer::FailedAt(index, account) if index > 0 => {
                self.given_up_for_age = 0;
                let settled = part.range.start..part.range.start + index;
                (part.range.start, part.counted) = (settled.end, 1);
                let verdict = self.fail(part, true, false, too_old);
                Verdict { settled: Some((settled, account)), ..verdict }
            }
            Answer::FailedAt(..) => {
                part.counted += 1;
                self.fail(part, true, true, too_old)
            }
            Answer::Failed(_) => self.fail_whole(part, too_old),
        }
    }

    fn fail_whole(&mut self, mut part: Part, too_old: impl Fn(&Record) -> bool) -> Verdict {
        // In an outage that outlasts the record age, cutting would try every single record.
        let outage = self.given_up_for_age > 0 && too_old(&self.records[part.range.start]);
        if self.rules.bisect && part.range.len() > 1 && !outage {
            let counted = part.counted;
            self.cut(part, counted);
            return Verdict::default();
        }
        part.counted += 1;
        self.fail(part, false, false, too_old)
    }

    /// The first record of the part has failed: alone if `named`, else all of the part.
    fn fail(&mut self, mut part: Part, named: bool, cut: bool, too_old: impl Fn(&Record) -> bool) -> Verdict {
        let exhausted = self.rules.retries.is_some_and(|retries| part.counted > retries);
        let old = self.records[part.range.clone()].iter().take_while(|r| too_old(r)).count();
        let (count, reason) = if exhausted {
            (if named { 1 } else { part.range.len() }, Reason::RetryAttempts)
        } else if old > 0 {
            let count = old.min(1 << self.given_up_for_age.min(20));
            self.given_up_for_age += 1;
            (count, Reason::RecordAge)
        } else {
            if cut && self.rules.bisect && part.range.len() > 1 {
                self.cut(part, 0);
            } else {
                self.parts.push(part);
            }
            return Verdict { wait: true, ..Verdict::default() };
        };
        let given_up = part.range.start..part.range.start + count;
        (part.range.start, part.counted) = (given_up.end, 0);
        if !part.range.is_empty() {
            self.parts.push(part);
        }
        Verdict { given_up: Some((given_up, reason)), ..Verdict::default() }
    }

    fn cut(&mut self, part: Part, counted_of_second: u32) {
        let middle = part.range.start + part.range.len().div_ceil(2);
        let second = Part { range: middle..part.range.end, counted: counted_of_second, ..part };
        self.parts.push(second);
        self.parts.push(Part { range: part.range.start..middle, ..part });
    }
}

#[cfg(test)]
mod tests;
