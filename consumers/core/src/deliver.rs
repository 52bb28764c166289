//! One call of a sink, made safe: whatever the sink does, each event has exactly one outcome afterwards.

use crate::sink::Sink;
use crate::world::Clock;
use catchwater_schemas::event::Event;
use catchwater_schemas::outcome::Outcome;
use futures::FutureExt;
use futures::future::{Either, select};
use std::panic::AssertUnwindSafe;
use std::time::Duration;

/// Calls a sink and guards against what its contract forbids: a panic, a wrong number of outcomes, no answer.
pub struct Deliver<'s> {
    /// The sink.
    pub sink: &'s dyn Sink,
    /// Ends a call that does not answer.
    pub clock: &'s dyn Clock,
}

impl Deliver<'_> {
    /// One outcome an event, in their order. A call that breaks the contract or is not over at `deadline`
    /// (milliseconds since the epoch) leaves all its events to be tried again: nobody knows which the sink holds,
    /// and writing again is harmless.
    pub async fn write(&self, events: &[Event<'_>], deadline: i64) -> Vec<Outcome> {
        let call = AssertUnwindSafe(async { self.sink.write(events).await }).catch_unwind();
        let timer = self.clock.sleep(self.clock.left(deadline));
        let sink = self.sink.name();
        let reason = match select(Box::pin(call), timer).await {
            Either::Left((Ok(outcomes), _)) if outcomes.len() == events.len() => return outcomes,
            Either::Left((Ok(outcomes), _)) => {
                let (outcomes, events) = (outcomes.len(), events.len());
                tracing::error!(
                    sink,
                    events,
                    outcomes,
                    "contract broken: not one outcome an event; trying all again"
                );
                "contract broken: not one outcome an event"
            }
            Either::Left((Err(_), _)) => {
                tracing::error!(sink, events = events.len(), "the sink panicked; trying all again");
                "the sink panicked"
            }
            Either::Right(_) => "no answer before the deadline",
        };
        vec![Outcome::Retry { after: Duration::ZERO, reason: reason.into() }; events.len()]
    }
}
