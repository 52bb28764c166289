//! What a sink is: a store that takes events and says of each how it ended.

use catchwater_schemas::event::Event;
use catchwater_schemas::outcome::Outcome;
use futures::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A store that events go to. The contract, by the numbers that the tests name:
/// 1. `write` answers with exactly one outcome an event, in the order of the events.
/// 2. It is idempotent by `event.id` and revision: an equal or lower revision is a [`Outcome::Duplicate`], a higher
///    one replaces; also between events of one call. A store that cannot tell what it holds (the sink's README says
///    so) holds each event once all the same: then an equal revision may be a [`Outcome::Delivered`] too.
/// 3. [`Outcome::Delivered`] is said only of what survives the end of the process.
/// 4. What concerns one event does not concern the others of the call.
/// 5. It may be dropped at any await and called again with the same or other events.
pub trait Sink: Send + Sync {
    /// The sink's name: that of its folder and of its section in the configuration.
    fn name(&self) -> &'static str;

    /// Writes events and tells how each ended.
    fn write<'a>(&'a self, events: &'a [Event<'a>]) -> BoxFuture<'a, Vec<Outcome>>;
}

/// A sink's section of the configuration, `[sink.NAME]`.
pub trait Named: DeserializeOwned + Serialize {
    /// The sink's name.
    const NAME: &'static str;
}
