//! What the functions of all sinks have in common: event records of a stream go to the sink of the configuration.

use crate::events::{Invocation, NotAnEvent, answer};
use crate::shell::{Answer, Call, Failed, Function};
use crate::streams::{Streams, measured};
use crate::surroundings::{CannotStart, Surroundings};
use crate::timed::Timed;
use catchwater_consumer_core::dead_letters::DeadLetters;
use catchwater_consumer_core::handler::{Settings, SinkHandler};
use catchwater_consumer_core::http::Keyring;
use catchwater_consumer_core::sink::{Named, Sink};
use catchwater_consumer_core::world::Clock;
use catchwater_mapping::sink_target::SinkTarget;
use catchwater_schemas::dead_letter::Stage;
use futures::future::BoxFuture;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// A sink that is ready, and for how long it keeps events.
pub type Opened = (Arc<dyn Sink>, Option<Duration>);

/// Brings event records to one sink.
pub struct Consumer {
    target: SinkTarget,
    timed: Arc<Timed>,
    dead_letters: Arc<dyn DeadLetters>,
    clock: Arc<dyn Clock>,
}

/// The function of the sink whose section this is; `open` makes the sink of it.
pub fn build<C: Named>(
    surroundings: &Surroundings,
    open: impl FnOnce(&C, &Keyring) -> Result<Opened, Box<dyn Error>>,
) -> Result<Consumer, CannotStart> {
    let Surroundings { configuration, keyring, .. } = surroundings;
    let Some(section) = configuration.section::<C>()? else {
        let place = &configuration.place;
        return Err(CannotStart::Parts(format!(
            "the configuration {place} has no section [sink.{}]",
            C::NAME
        )));
    };
    let opened = open(&section, keyring);
    let (sink, retention) =
        opened.map_err(|wrong| CannotStart::Parts(format!("[sink.{}]: {wrong}", C::NAME)))?;
    let timed = Arc::new(Timed::new(sink, surroundings.clock.clone()));
    let handler = SinkHandler {
        sink: timed.clone(),
        dead_letters: surroundings.dead_letters.clone(),
        clock: surroundings.clock.clone(),
        rng: surroundings.rng.clone(),
        settings: Settings { retention, ..Settings::default() },
    };
    Ok(Consumer {
        target: SinkTarget(handler),
        timed,
        dead_letters: surroundings.dead_letters.clone(),
        clock: surroundings.clock.clone(),
    })
}

impl Consumer {
    async fn handle(&self, call: Call<'_>) -> Result<Answer, Failed> {
        let Call { payload, time_left, .. } = call;
        let read = Invocation::read(payload.as_bytes()).map_err(|e: NotAnEvent| Failed(e.to_string()))?;
        let Invocation::Kinesis(event) = read else {
            return Err(Failed("a sink's function takes records of a Kinesis stream only".into()));
        };
        drop(payload);
        let streams = Streams {
            target: &self.target,
            dead_letters: &*self.dead_letters,
            clock: &*self.clock,
            stage: Stage::EventRecord,
            sink: Some(self.timed.name()),
        };
        let settled = streams.settle(&event.shards, event.tries, time_left).await;
        let answers = settled.map_err(|unsettled| Failed(unsettled.to_string()))?;
        let mut measured = measured(&event.shards, &answers, self.clock.now_millis());
        measured.sink_millis = self.timed.take();
        Ok(Answer { json: answer::kinesis(&event, &answers), measured })
    }
}

impl Function for Consumer {
    fn invoke<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Result<Answer, Failed>> {
        Box::pin(self.handle(call))
    }
}
