//! A sink with a watch beside it: how long each write took, for the metrics.

use catchwater_consumer_core::sink::Sink;
use catchwater_consumer_core::world::Clock;
use catchwater_schemas::event::Event;
use catchwater_schemas::outcome::Outcome;
use futures::future::BoxFuture;
use std::sync::{Arc, Mutex, PoisonError};

/// A sink whose writes are timed.
pub struct Timed {
    sink: Arc<dyn Sink>,
    clock: Arc<dyn Clock>,
    millis: Mutex<Vec<u64>>,
}

impl Timed {
    /// A watch beside this sink.
    pub fn new(sink: Arc<dyn Sink>, clock: Arc<dyn Clock>) -> Self {
        Self { sink, clock, millis: Mutex::default() }
    }

    /// The times since the last call, milliseconds a write.
    pub fn take(&self) -> Vec<u64> {
        std::mem::take(&mut self.millis.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Sink for Timed {
    fn name(&self) -> &'static str {
        self.sink.name()
    }

    fn write<'a>(&'a self, events: &'a [Event<'a>]) -> BoxFuture<'a, Vec<Outcome>> {
        Box::pin(async move {
            let began = self.clock.now_millis();
            let outcomes = self.sink.write(events).await;
            let took = u64::try_from(self.clock.now_millis() - began).unwrap_or(0);
            self.millis.lock().unwrap_or_else(PoisonError::into_inner).push(took);
            outcomes
        })
    }
}
