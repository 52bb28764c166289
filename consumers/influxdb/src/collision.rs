//! Two events of one call that meet in one point: the database would keep the last line and tell nobody.

use crate::encode::Line;
use catchwater_consumer_core::once::Part;
use catchwater_schemas::outcome::Outcome;
use std::collections::HashSet;

/// Refuses all events but the first of each point; the lines lie in `text`.
pub(crate) fn refuse_collisions(parts: &mut [Part<Line>], text: &[u8]) {
    let mut taken: HashSet<(i64, &[u8])> = HashSet::with_capacity(parts.len());
    for part in parts {
        let Part::Sent(line) = part else { continue };
        if !taken.insert((line.time_ns, &text[line.series.clone()])) {
            let reason = "point_collision: another event of the same call has this series and time".into();
            *part = Part::Known(Outcome::Reject { reason });
        }
    }
}
