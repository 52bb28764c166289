//! What one call brings twice. The database would keep the last line of each point and tell nobody.

use crate::encode::Line;
use catchwater_schemas::event::Event;
use catchwater_schemas::outcome::Outcome;
use std::collections::HashMap;
use std::time::Duration;

/// What is done with an event of the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// It has a line, which is sent.
    Sent(Line),
    /// It gets its outcome without being sent.
    Known(Outcome),
    /// Another event of the call, by its index, is the same one at a higher or equal revision and is sent instead.
    Instead {
        /// The event that is sent.
        of: usize,
        /// Was it new when it came: of a higher revision than all before it?
        new: bool,
    },
}

/// Marks all events but one a point; `lines` lie in `text`.
pub(crate) fn once(events: &[Event<'_>], parts: &mut [Part], text: &[u8]) {
    let mut held: HashMap<(i64, &[u8]), usize> = HashMap::with_capacity(parts.len());
    // Events whose line was overtaken, and by which.
    let mut overtaken: Vec<(usize, usize)> = Vec::new();
    for index in 0..parts.len() {
        let Part::Sent(line) = &parts[index] else { continue };
        let first = *held.entry((line.time_ns, &text[line.series.clone()])).or_insert(index);
        if first == index {
            continue;
        }
        let (event, other) = (&events[index], &events[first]);
        if event.id != other.id {
            let reason = "point_collision: another event of the same call has this series and time".into();
            parts[index] = Part::Known(Outcome::Reject { reason });
        } else if event.revision > other.revision {
            held.insert((line.time_ns, &text[line.series.clone()]), index);
            overtaken.push((first, index));
        } else {
            parts[index] = Part::Instead { of: first, new: false };
        }
    }
    for (index, of) in overtaken {
        parts[index] = Part::Instead { of, new: true };
    }
}

/// The outcome of an event that another one was sent instead of.
pub(crate) fn outcome_instead(sent: &Outcome, new: bool) -> Outcome {
    match sent {
        Outcome::Delivered | Outcome::Duplicate if new => Outcome::Delivered,
        Outcome::Delivered | Outcome::Duplicate => Outcome::Duplicate,
        Outcome::Retry { .. } => sent.clone(),
        Outcome::Reject { .. } => Outcome::Retry {
            after: Duration::ZERO,
            reason: "the higher revision of the same call was refused: tried by itself".into(),
        },
    }
}
