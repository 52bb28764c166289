//! Tries again what may succeed later, and only that.

use crate::deliver::Deliver;
use crate::world::{Clock, Rng, millis};
use catchwater_schemas::event::Event;
use catchwater_schemas::outcome::Outcome;
use std::time::Duration;

/// Wait before a call that people have to help with, such as by a right or a table: it is not made again at once.
pub const FOR_PEOPLE: Duration = Duration::from_secs(5);

/// How long to wait between tries: exponential with full jitter
/// (<https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Longest wait before the second try; doubles with each further one.
    pub first: Duration,
    /// The wait grows no further than this.
    pub most: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: Duration::from_millis(100), most: Duration::from_secs(10) }
    }
}

impl Backoff {
    /// How long to wait, in milliseconds, after so many tries that failed before the last one.
    pub fn wait_millis(self, tries: u32, rng: &dyn Rng) -> i64 {
        let doubled = self.first.saturating_mul(1 << tries.min(20)).min(self.most);
        millis(Duration::from_millis(rng.below(doubled.as_millis() as u64 + 1)))
    }
}

/// Repeats a delivery until each event is settled or no try fits before the deadline.
pub struct Retry<'s> {
    /// One try.
    pub deliver: Deliver<'s>,
    /// Chance of the jitter.
    pub rng: &'s dyn Rng,
    /// How long to wait between tries.
    pub backoff: Backoff,
}

/// An event to be tried again, not before a time.
struct Open {
    index: usize,
    due: i64,
}

impl Retry<'_> {
    /// One outcome an event, in their order; those still [`Outcome::Retry`] were so at the deadline.
    pub async fn write(&self, events: &[Event<'_>], deadline: i64) -> Vec<Outcome> {
        let mut outcomes = self.deliver.write(events, deadline).await;
        let mut open = self.still_open(&outcomes, 0..events.len());
        if let Some(Outcome::Retry { reason, .. }) = open.first().map(|o| &outcomes[o.index]) {
            let (sink, waiting) = (self.deliver.sink.name(), open.len());
            tracing::warn!(
                sink,
                waiting,
                reason,
                "the sink does not take all events now; they are tried again"
            );
        }
        for tries in 0.. {
            let Some(earliest) = open.iter().map(|o| o.due).min() else { break };
            let now = self.clock().now_millis();
            let wait = self.backoff.wait_millis(tries, self.rng).max(earliest - now);
            if now.saturating_add(wait) >= deadline {
                break;
            }
            self.clock().sleep(Duration::from_millis(wait.unsigned_abs())).await;
            let now = self.clock().now_millis();
            let (due, later): (Vec<Open>, Vec<Open>) = open.into_iter().partition(|o| o.due <= now);
            let again: Vec<Event<'_>> = due.iter().map(|o| events[o.index].clone()).collect();
            open = later;
            if !again.is_empty() {
                let answers = self.deliver.write(&again, deadline).await;
                let settled_now = due.iter().zip(answers);
                settled_now.for_each(|(o, outcome)| outcomes[o.index] = outcome);
                open.extend(self.still_open(&outcomes, due.iter().map(|o| o.index)));
                // A sink that keeps order by time of writing gets the events in their own.
                open.sort_unstable_by_key(|o| o.index);
            }
        }
        outcomes
    }

    fn still_open(&self, outcomes: &[Outcome], among: impl Iterator<Item = usize>) -> Vec<Open> {
        let now = self.clock().now_millis();
        let open = among.filter_map(|index| match &outcomes[index] {
            Outcome::Retry { after, .. } => Some(Open { index, due: now.saturating_add(millis(*after)) }),
            _ => None,
        });
        open.collect()
    }

    fn clock(&self) -> &dyn Clock {
        self.deliver.clock
    }
}
