//! Which lines stand together: those of one request up to the next request, or up to another process or request id.

use super::line::{self, Said};
use crate::scan::log_time::Context;
use crate::scan::tagged_line::{self, RubyLine};
use crate::scan::{ansi, stack_trace};
use catchwater_schemas::time::Timestamp;

/// What was seen of a group of lines, in the bits of one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow(u32);

/// A line was seen; without it the number is that of a group not looked at yet.
const SEEN: u32 = 1;
/// The group is a request.
const REQUEST: u32 = 1 << 1;
const PROCESSING: u32 = 1 << 2;
const COMPLETED: u32 = 1 << 3;
/// It failed: what was thrown may follow.
const FAILED: u32 = 1 << 4;
/// `Logger::Formatter` wrote the last line that had a prefix.
const FORMATTED: u32 = 1 << 5;
/// The last lines are of a trace.
const TRACE: u32 = 1 << 6;
/// How many lines in a row said nothing known, from this bit on.
const OTHERS: u32 = 8;
/// So many of them go on with one group at most.
const MOST_OTHERS: u32 = 500;

/// Longest prefix with tags, in bytes.
pub const MOST_PREFIX: usize = 1_000;

/// Nothing but the order of lines matters here.
pub const ANY_TIME: Context = Context { zone_seconds: 0, near: Timestamp::from_nanos(0) };

/// By what lines of one request are told from those of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key<'a> {
    /// The request's own id.
    Request(&'a str),
    /// The process, whose requests follow one another.
    Process(u64),
    /// Nothing.
    None,
}

/// The key of a line.
pub fn key<'a>(line: &RubyLine<'a>) -> Key<'a> {
    match line.request_id() {
        Some(id) => Key::Request(id),
        None => line.pid.map_or(Key::None, Key::Process),
    }
}

/// Cuts prefix and tags off a line, whose colours are gone.
pub fn cut(line: &str, context: Context) -> RubyLine<'_> {
    tagged_line::read(line.trim_end(), context)
}

impl Flow {
    /// Of the first lines of a group.
    pub fn of(text: &str) -> Self {
        let mut lines = text.split('\n');
        let mut flow = Flow(SEEN);
        flow.note(lines.next().unwrap_or_default());
        for line in lines {
            flow.note(line);
        }
        flow
    }

    /// From the number that a group remembers; 0: it was not looked at.
    pub fn from_state(state: u32, text: &str) -> Self {
        if state == 0 { Self::of(text) } else { Flow(state) }
    }

    /// The number to remember.
    pub fn state(self) -> u32 {
        self.0
    }

    fn has(self, bit: u32) -> bool {
        self.0 & bit != 0
    }

    /// Was its controller named?
    pub fn is_processing(self) -> bool {
        self.has(PROCESSING)
    }

    /// Did it end, and may nothing of it follow?
    pub fn is_whole(self) -> bool {
        self.has(COMPLETED) && !self.has(FAILED)
    }

    /// Did it end?
    pub fn is_completed(self) -> bool {
        self.has(COMPLETED)
    }

    /// What was seen of both, of which the other came behind.
    pub fn with(self, other: Self) -> Self {
        let kept = self.0 & ((1 << OTHERS) - 1) & !TRACE;
        Flow(kept | other.0)
    }

    /// Takes a line in.
    fn note(&mut self, line: &str) {
        let line = ansi::stripped(line);
        let cut = cut(&line, ANY_TIME);
        self.take(&line::read(cut.text, ANY_TIME), &cut);
    }

    fn take(&mut self, said: &Said<'_>, line: &RubyLine<'_>) {
        let is_trace = matches!(said, Said::Thrown(_)) || is_of_trace(line.text);
        self.0 &= !TRACE;
        match said {
            Said::Started(_) => self.0 |= REQUEST,
            Said::Processing(_) => self.0 |= REQUEST | PROCESSING,
            Said::Completed(completed) => {
                self.0 |= REQUEST | COMPLETED;
                if completed.status.is_none_or(|status| status >= 500) {
                    self.0 |= FAILED;
                }
            }
            _ if is_trace => self.0 |= TRACE,
            _ => {}
        }
        if line.is_formatted {
            self.0 |= FORMATTED;
        }
        match said {
            Said::Other => self.0 += if self.0 >> OTHERS < MOST_OTHERS { 1 << OTHERS } else { 0 },
            _ => self.0 &= (1 << OTHERS) - 1,
        }
    }

    /// Does a line go on with the group? `first`: the group's first line. If it does, it is taken in.
    pub fn goes_on(&mut self, first: &str, line: &str, is_others: impl Fn(&str) -> bool) -> bool {
        // What tells lines apart stands at the front, and that line is looked at for each that follows.
        let first = ansi::stripped(&first[..first.floor_char_boundary(MOST_PREFIX)]);
        self.goes_on_with(&self::cut(&first, ANY_TIME), line, is_others)
    }

    /// As [`Flow::goes_on`], the first line being cut already.
    fn goes_on_with(&mut self, first: &RubyLine<'_>, line: &str, is_others: impl Fn(&str) -> bool) -> bool {
        let line = ansi::stripped(line);
        let cut = self::cut(&line, ANY_TIME);
        let said = line::read(cut.text, ANY_TIME);
        let goes_on =
            self.may(first, &cut, &said) && !(said == Said::Other && self.is_foreign(&cut, is_others));
        if goes_on {
            self.take(&said, &cut);
        }
        goes_on
    }

    fn may(self, first: &RubyLine<'_>, line: &RubyLine<'_>, said: &Said<'_>) -> bool {
        let bare = line.time.is_none() && line.tags.is_empty();
        if self.0 >> OTHERS >= MOST_OTHERS {
            return false;
        }
        // The other lines of a message that `Logger::Formatter` wrote have no prefix; Rails puts only tags before them.
        let behind_formatted = self.has(FORMATTED) && !line.is_formatted;
        let same = key(line) == key(first)
            || (behind_formatted && (bare || line.request_id() == first.request_id()));
        let blank = line.text.trim().is_empty();
        match said {
            _ if !same => false,
            Said::Started(_) => false,
            Said::Processing(_) => self.has(REQUEST) && !self.has(PROCESSING) && !self.has(COMPLETED),
            Said::Completed(_) => self.has(REQUEST) && !self.has(COMPLETED),
            _ if behind_formatted && !self.has(COMPLETED) => true,
            _ if self.has(COMPLETED) => {
                let is_trace = matches!(said, Said::Thrown(_)) || is_of_trace(line.text);
                let indented = self.has(TRACE) && stack_trace::line::is_indented(line.text);
                blank || self.has(FAILED) && (indented || is_trace || behind_formatted)
            }
            _ if self.has(REQUEST) => true,
            // No request: what was thrown goes on with the line that tells of it.
            _ => blank && self.has(TRACE) || is_of_trace(line.text),
        }
    }

    /// Is it another format's line, which stands between?
    fn is_foreign(self, line: &RubyLine<'_>, is_others: impl Fn(&str) -> bool) -> bool {
        line.time.is_none() && line.tags.is_empty() && !self.has(FORMATTED) && is_others(line.text)
    }
}

/// A line of a trace as Rails writes it.
fn is_of_trace(line: &str) -> bool {
    let text = line.trim();
    stack_trace::line::is_ruby_frame(line.trim_end())
        || text.starts_with("Causes:")
        || text.starts_with("Caused by: ")
        || text
            .split_once(": ")
            .is_some_and(|(n, _)| !n.is_empty() && n.len() < 7 && n.bytes().all(|b| b.is_ascii_digit()))
}

/// The groups that the lines of one message fall into, each with what was seen of it.
pub fn groups<'a>(text: &'a str, is_others: impl Fn(&str) -> bool + Copy) -> Vec<(Flow, &'a str)> {
    let mut all: Vec<(Flow, &'a str)> = Vec::new();
    let mut start = 0;
    let mut at = 0;
    let mut open: Option<(Flow, RubyLine<'_>)> = None;
    let plain = ansi::stripped(text);
    // Colours hold no line breaks: both have the same lines.
    for (line, plain) in text.split('\n').zip(plain.split('\n')) {
        let goes_on = open.as_mut().is_some_and(|(flow, first)| flow.goes_on_with(first, plain, is_others));
        if !goes_on {
            if let Some((flow, _)) = open {
                all.push((flow, text[start..at].trim_end_matches('\n')));
            }
            start = at;
            open = Some((Flow::of(plain), cut(&plain[..plain.floor_char_boundary(MOST_PREFIX)], ANY_TIME)));
        }
        at += line.len() + 1;
    }
    all.extend(open.map(|(flow, _)| (flow, &text[start..])));
    all
}
