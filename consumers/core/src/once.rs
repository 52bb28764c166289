//! What one call brings twice, for stores that keep the last of what they are sent, or all, and tell nobody: of each
//! event only the highest revision is sent, and the others have their outcome by it. Where a store tells its entries
//! apart by less than the id, of each entry.

use catchwater_schemas::event::Event;
use catchwater_schemas::outcome::Outcome;
use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

/// What is done with an event of the call; `T` is what is sent of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part<T> {
    /// It is sent.
    Sent(T),
    /// It has its outcome without being sent.
    Known(Outcome),
    /// Another event of the call, by its index, is the same one at a higher or equal revision and is sent instead.
    Instead {
        /// That event; it may have been overtaken too.
        of: usize,
        /// Was this one of a higher revision than all before it?
        new: bool,
    },
}

/// Marks all that would be sent but one of each `event.id`.
pub fn once<T>(events: &[Event<'_>], parts: &mut [Part<T>]) {
    once_by(events, parts, |index| events[index].id);
}

/// Likewise of each `key`, which is asked for by the event's index.
pub fn once_by<T, K: Hash + Eq>(events: &[Event<'_>], parts: &mut [Part<T>], key: impl Fn(usize) -> K) {
    let mut highest = HashMap::with_capacity(parts.len());
    for index in 0..parts.len() {
        if !matches!(parts[index], Part::Sent(_)) {
            continue;
        }
        let other = *highest.entry(key(index)).or_insert(index);
        if events[index].revision > events[other].revision {
            highest.insert(key(index), index);
            parts[other] = Part::Instead { of: index, new: true };
        } else if other != index {
            parts[index] = Part::Instead { of: other, new: false };
        }
    }
}

/// The outcomes of the call, by those of what was sent.
pub fn outcomes<T>(parts: &[Part<T>], sent: impl Fn(usize) -> Outcome) -> Vec<Outcome> {
    let of = |index: usize| match &parts[index] {
        Part::Known(outcome) => outcome.clone(),
        _ => sent(index),
    };
    let outcome = |(index, part): (usize, &Part<T>)| match part {
        Part::Instead { of: other, new } => instead(of(last(parts, *other)), *new),
        _ => of(index),
    };
    parts.iter().enumerate().map(outcome).collect()
}

/// The event that is sent in the end.
fn last<T>(parts: &[Part<T>], mut index: usize) -> usize {
    while let Part::Instead { of, .. } = &parts[index] {
        index = *of;
    }
    index
}

/// The outcome of an event that another one was sent instead of.
fn instead(sent: Outcome, new: bool) -> Outcome {
    match sent {
        Outcome::Delivered | Outcome::Duplicate if new => Outcome::Delivered,
        Outcome::Delivered | Outcome::Duplicate => Outcome::Duplicate,
        Outcome::Retry { .. } | Outcome::Filtered { .. } => sent,
        Outcome::Reject { .. } => Outcome::Retry {
            after: Duration::ZERO,
            reason: "the higher revision of the same call was refused: tried by itself".into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::event_json;

    fn settled(events: &[(u32, u64)], sent: impl Fn(usize) -> Outcome) -> (Vec<usize>, Vec<Outcome>) {
        let json: Vec<String> =
            events.iter().map(|(number, revision)| event_json(*number, *revision)).collect();
        let events: Vec<Event<'_>> = json.iter().map(|line| Event::read(line).unwrap()).collect();
        let mut parts = vec![Part::Sent(()); events.len()];
        once(&events, &mut parts);
        let those = (0..parts.len()).filter(|n| matches!(parts[*n], Part::Sent(())));
        (those.collect(), outcomes(&parts, sent))
    }

    #[test]
    fn the_highest_revision_is_sent_and_settles_the_others() {
        use Outcome::{Delivered, Duplicate};
        let call = [(1, 2), (1, 2), (2, 1), (1, 1), (1, 5), (1, 4)];
        let expected = vec![Delivered, Duplicate, Delivered, Duplicate, Delivered, Duplicate];
        assert_eq!(settled(&call, |_| Delivered), (vec![2, 4], expected));
        let busy = Outcome::Retry { after: Duration::ZERO, reason: "busy".into() };
        assert_eq!(settled(&call, |_| busy.clone()).1, vec![busy; 6]);
        let (_, refused) = settled(&call[3..], |_| Outcome::Reject { reason: "bad".into() });
        assert!(matches!(
            &refused[..],
            [Outcome::Retry { .. }, Outcome::Reject { .. }, Outcome::Retry { .. }]
        ));
    }

    #[test]
    fn events_of_one_entry_are_sent_once_though_their_ids_differ() {
        let json = [(1, 1), (2, 1), (3, 2), (4, 1)].map(|(number, revision)| event_json(number, revision));
        let events: Vec<Event<'_>> = json.iter().map(|line| Event::read(line).unwrap()).collect();
        let mut parts = vec![Part::Sent(()); events.len()];
        once_by(&events, &mut parts, |index| [7, 8, 7, 7][index]);
        let sent = (0..parts.len()).filter(|n| matches!(parts[*n], Part::Sent(()))).collect::<Vec<_>>();
        assert_eq!(sent, [1, 2]);
        use Outcome::{Delivered, Duplicate};
        assert_eq!(outcomes(&parts, |_| Delivered), [Delivered, Delivered, Delivered, Duplicate]);
    }
}
