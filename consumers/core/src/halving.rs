//! Finds the events that a store refuses where it does not say which: it keeps what it takes of a body, so the body is
//! sent again in halves until each refused event stands alone.

use catchwater_schemas::outcome::Outcome;
use std::time::Duration;

/// Most requests of one call. What then is still unknown is told to come again: the call after it has fewer events.
pub const MOST_REQUESTS: usize = 200;

/// Events of a body that a store refused while it took the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Why; begins with a word and a colon.
    pub reason: String,
    /// How many, where the store tells it.
    pub dropped: Option<usize>,
    /// These are the ones with the earliest times.
    pub are_oldest: bool,
}

/// The events of one call, by their index: bodies that wait for an answer, and what is known of the others.
pub struct Halving {
    /// Bodies to send; the last is the next.
    waiting: Vec<Vec<usize>>,
    known: Vec<Option<Outcome>>,
    requests: usize,
}

impl Halving {
    /// Bodies to send, of a call of so many events. Events that are in no body are not of its concern.
    pub fn new(mut bodies: Vec<Vec<usize>>, events: usize) -> Self {
        bodies.reverse();
        Self { waiting: bodies, known: vec![None; events], requests: 0 }
    }

    /// The next body to send; `None` once there is none, or after [`MOST_REQUESTS`].
    pub fn next_body(&mut self) -> Option<Vec<usize>> {
        self.requests += 1;
        if self.requests > MOST_REQUESTS { None } else { self.waiting.pop() }
    }

    /// All events of a body have this outcome.
    pub fn know(&mut self, body: &[usize], outcome: &Outcome) {
        body.iter().for_each(|event| self.known[*event] = Some(outcome.clone()));
    }

    /// The server takes nothing now: that also holds for the bodies that were not sent yet.
    pub fn later(&mut self, body: &[usize], after: Duration, reason: &str) {
        self.later_where(body, |_| true, after, reason);
    }

    /// The server does not take this body now, nor those of `like_it` that were not sent yet; the others go on.
    pub fn later_where(
        &mut self,
        body: &[usize],
        like_it: impl Fn(&[usize]) -> bool,
        after: Duration,
        reason: &str,
    ) {
        let outcome = Outcome::Retry { after, reason: reason.to_string() };
        self.know(body, &outcome);
        let waiting = std::mem::take(&mut self.waiting);
        let (like, others): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|body| like_it(body));
        like.iter().for_each(|body| self.know(body, &outcome));
        self.waiting = others;
    }

    /// Some of the body's events were refused: if it is one, it is known, else its halves are next.
    pub fn refused(&mut self, mut body: Vec<usize>, reason: String) {
        if body.len() <= 1 {
            return self.know(&body, &Outcome::Reject { reason });
        }
        let second = body.split_off(body.len() / 2);
        self.split(body, second);
    }

    /// Some of the body's events were refused, the others taken; `time` gives an event's.
    pub fn refused_some<T: Ord>(
        &mut self,
        mut body: Vec<usize>,
        refused: Refused,
        time: impl Fn(usize) -> T,
    ) {
        let Refused { reason, dropped, are_oldest } = refused;
        match dropped {
            Some(dropped) if dropped >= body.len() => self.know(&body, &Outcome::Reject { reason }),
            // Which ones is known: they are sent by themselves, which proves it.
            Some(dropped) if are_oldest && dropped > 0 => {
                body.sort_by_key(|event| time(*event));
                let younger = body.split_off(dropped);
                self.split(body, younger);
            }
            _ => self.refused(body, reason),
        }
    }

    /// Puts two parts of a body in its place.
    fn split(&mut self, first: Vec<usize>, second: Vec<usize>) {
        self.waiting.extend([second, first].into_iter().filter(|body| !body.is_empty()));
    }

    /// An event's outcome.
    pub fn outcome(&self, event: usize) -> Outcome {
        self.known[event].clone().unwrap_or_else(|| Outcome::Retry {
            after: Duration::ZERO,
            reason: "the server refuses events without saying which; the search goes on".into(),
        })
    }
}

/// Cuts events, given with their bytes, into bodies of at most so many bytes, but for one larger event.
pub fn bodies(events: impl Iterator<Item = (usize, usize)>, most_bytes: usize) -> Vec<Vec<usize>> {
    let mut bodies: Vec<Vec<usize>> = Vec::new();
    let mut filled = usize::MAX;
    for (event, bytes) in events {
        filled = filled.saturating_add(bytes);
        match bodies.last_mut() {
            Some(body) if filled <= most_bytes => body.push(event),
            _ => {
                bodies.push(vec![event]);
                filled = bytes;
            }
        }
    }
    bodies
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bodies_keep_the_order_and_the_limit() {
        let of = |bytes: &[usize]| bodies(bytes.iter().copied().enumerate(), 10);
        assert_eq!(of(&[4, 6, 1, 30, 5, 5]), [vec![0, 1], vec![2], vec![3], vec![4, 5]]);
        assert!(of(&[]).is_empty());
    }

    #[test]
    fn a_server_that_takes_nothing_is_not_asked_again() {
        let mut halving = Halving::new(vec![vec![0], vec![1], vec![2]], 3);
        let first = halving.next_body().unwrap();
        halving.know(&first, &Outcome::Delivered);
        let second = halving.next_body().unwrap();
        halving.later(&second, Duration::from_secs(1), "busy");
        assert_eq!(halving.next_body(), None);
        let later = Outcome::Retry { after: Duration::from_secs(1), reason: "busy".into() };
        assert_eq!([0, 1, 2].map(|n| halving.outcome(n)), [Outcome::Delivered, later.clone(), later]);
    }

    #[test]
    fn what_concerns_some_bodies_leaves_the_others() {
        let mut halving = Halving::new(vec![vec![0], vec![1], vec![2]], 3);
        let first = halving.next_body().unwrap();
        halving.later_where(&first, |body| body == [2], Duration::ZERO, "busy");
        assert_eq!(halving.next_body(), Some(vec![1]));
        assert_eq!(halving.next_body(), None);
        assert!(matches!(
            [halving.outcome(0), halving.outcome(2)],
            [Outcome::Retry { .. }, Outcome::Retry { .. }]
        ));
    }

    proptest! {
        #[test]
        fn exactly_the_refused_are_found(bad in proptest::collection::btree_set(0usize..64, 0..8)) {
            let mut halving = Halving::new(vec![(0..40).collect(), (40..64).collect()], 64);
            while let Some(body) = halving.next_body() {
                match body.iter().any(|event| bad.contains(event)) {
                    true => halving.refused(body, "bad".into()),
                    false => halving.know(&body, &Outcome::Delivered),
                }
            }
            for event in 0..64 {
                let expected = match bad.contains(&event) {
                    true => Outcome::Reject { reason: "bad".into() },
                    false => Outcome::Delivered,
                };
                prop_assert_eq!(halving.outcome(event), expected);
            }
        }
    }
}
