//! What a sink answers for each event: exactly one of five.

use std::time::Duration;

/// How one event ended at one sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The sink holds it now.
    Delivered,
    /// The sink held it already, at this revision or a higher one.
    Duplicate,
    /// Not meant for this sink, by its configuration: nothing is written, and it is counted by reason.
    Filtered {
        /// Why: a word.
        reason: &'static str,
    },
    /// Not now: try again, not before `after`.
    Retry {
        /// Shortest wait that the sink asks for; zero if it asks for none.
        after: Duration,
        /// Why, for the log and the last dead letter; no payload.
        reason: String,
    },
    /// Never: the sink will not take this event; it becomes a dead letter.
    Reject {
        /// Why, as the sink says it; no payload.
        reason: String,
    },
}

impl Outcome {
    /// Is nothing left to do for this event at this sink?
    pub fn is_settled(&self) -> bool {
        !matches!(self, Outcome::Retry { .. })
    }
}
