//! Log events that go on with the one before them: which are joined, and the group that is being joined.
//!
//! Joins happen within one log stream and raw record, never across: a retry or replay cuts batches elsewhere, and ids
//! must not change. The group's identity and time are those of its first log event.

use crate::formats::{Format, Group};
use crate::rule_error::bounded;
use catchwater_schemas::config::Multiline;
use regex::Regex;

/// Which log events of a route go on with the one before them.
#[derive(Clone, Debug)]
pub enum Joining {
    /// As the format says.
    Format,
    /// None.
    Off,
    /// Those that do not match.
    Starts(Regex),
    /// Those that match.
    Continues(Regex),
}

impl Joining {
    /// Compiles what the configuration says; the error says what is wrong with its expression.
    pub fn new(config: &Multiline) -> Result<Self, String> {
        Ok(match config {
            Multiline::Auto => Joining::Format,
            Multiline::Off => Joining::Off,
            Multiline::Starts(text) => Joining::Starts(bounded(text)?),
            Multiline::Continues(text) => Joining::Continues(bounded(text)?),
        })
    }

    /// Can log events of this format be joined at all? Where not, none waits for the next.
    pub fn may_join(&self, format: &Format) -> bool {
        match self {
            Joining::Format => format.continues.is_some(),
            Joining::Off => false,
            Joining::Starts(_) | Joining::Continues(_) => true,
        }
    }
}

/// The log event at hand and those that were joined to it.
#[derive(Debug)]
pub struct Open {
    /// The first log event's own id; empty if it has none.
    pub id: String,
    /// The first log event's own time, milliseconds since the epoch.
    pub time_millis: Option<i64>,
    /// Number of the first log event within its raw record, from 0.
    pub index: u64,
    /// Messages, with line breaks between them.
    pub text: String,
    /// What the format remembers of the group.
    pub state: u32,
}

impl Open {
    /// Does the message go on with this group?
    pub fn goes_on(&mut self, joining: &Joining, format: &Format, message: &str) -> bool {
        match joining {
            Joining::Format => format.continues.is_some_and(|continues| {
                continues(&mut Group { text: &self.text, state: &mut self.state }, message)
            }),
            Joining::Off => false,
            Joining::Starts(starts) => !starts.is_match(message),
            Joining::Continues(continues) => continues.is_match(message),
        }
    }

    /// Joins a message. Beyond `most` bytes nothing more is kept: the text is then longer than that, and will be cut.
    pub fn push(&mut self, message: &str, most: usize) {
        if self.text.len() <= most {
            self.text.push('\n');
            self.text.push_str(message);
        }
    }
}
