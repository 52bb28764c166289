//! What the functions of all sinks have in common: event records of a stream go to the sink of the configuration.

use crate::events::streams::Streams;
use crate::shell::{Answer, Failed, Function};
use crate::surroundings::{CannotStart, Surroundings};
use crate::timed::Timed;
use catchwater_consumer_core::handler::{Settings, SinkHandler};
use catchwater_consumer_core::http::Keyring;
use catchwater_consumer_core::sink::{Named, Sink};
use catchwater_mapping::sink_target::SinkTarget;
use catchwater_settings::sections::Only;
use futures::future::BoxFuture;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// A sink that is ready, and for how long it keeps events.
pub type Opened = (Arc<dyn Sink>, Option<Duration>);

/// Brings event records to one sink.
pub struct Consumer {
    streams: Streams<SinkTarget>,
    timed: Arc<Timed>,
}

/// The function of the sink whose section this is; `open` makes the sink of it.
pub fn build<C: Named>(
    surroundings: &Surroundings,
    open: impl FnOnce(&C, &Keyring) -> Result<Opened, Box<dyn Error>>,
) -> Result<Consumer, CannotStart> {
    let Surroundings { variables, configuration, keyring, .. } = surroundings;
    let config = configuration.check::<Only<C>>(variables, keyring)?;
    let Some(section) = config.sink.0 else {
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
    Ok(Consumer { streams: Streams::new(SinkTarget(handler), surroundings.clock.clone()), timed })
}

impl Function for Consumer {
    fn invoke<'a>(&'a self, payload: &'a str, time_left: Duration) -> BoxFuture<'a, Result<Answer, Failed>> {
        Box::pin(async move {
            let mut answer = self.streams.invoke(payload, time_left).await?;
            answer.measured.sink_millis = self.timed.take();
            Ok(answer)
        })
    }
}
