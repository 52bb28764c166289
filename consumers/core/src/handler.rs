//! What a function of a sink does with a batch of event records, on Lambda and in one process alike.
//!
//! 1. Each event of a settled record ended once: delivered, held already, left out on purpose, or a dead letter that is
//!    kept.
//! 2. The answer names the lowest record that is not settled; dead letters are kept before any record counts as
//!    settled, and if they cannot be, the record of the first of them is the failure.
//! 3. The account covers the records below the failure and no other.
//! 4. A fault of one record or line costs that one.
//! 5. Memory: the unpacked events of one write, one event record (8 MiB) more, and the letters made of them.

use crate::dead_letters::{DeadLetters, keep_until};
use crate::deliver::Deliver;
use crate::retry::{Backoff, Retry};
use crate::sink::Sink;
use crate::tally::Tally;
use crate::window::Window;
use crate::world::{Clock, Rng, millis};
use catchwater_schemas::account::Account;
use catchwater_schemas::dead_letter::{DeadLetter, Fault};
use catchwater_schemas::event::Event;
use catchwater_schemas::outcome::Outcome;
use catchwater_schemas::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// An event record as the stream gave it.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Place in the shard.
    pub sequence_number: &'a str,
    /// Partition key.
    pub partition_key: &'a str,
    /// When the stream took it, milliseconds since the epoch.
    pub arrival_millis: i64,
    /// The packed events.
    pub data: &'a [u8],
}

/// Event records of one shard, in order.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// Stream's name.
    pub stream: &'a str,
    /// Shard's id.
    pub shard: &'a str,
    /// The records.
    pub records: &'a [Record<'a>],
    /// Tries of these records before this one.
    pub tries: u32,
    /// When the first record was first tried, milliseconds since the epoch.
    pub first_try_millis: i64,
    /// Time left in which to answer.
    pub time_left: Duration,
}

/// What became of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// Index of the lowest record that is not settled: it and all after it must come again. `None`: all are settled.
    pub lowest_failure: Option<usize>,
    /// Counts of the records below the failure.
    pub account: Account,
}

/// How events go to a sink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Most events of one write.
    pub max_write_events: usize,
    /// Most bytes of one write's events, but for one larger event.
    pub max_write_bytes: usize,
    /// Waits between tries.
    pub backoff: Backoff,
    /// Time kept back before the deadline, for dead letters and the answer; at most a quarter of the time left.
    pub margin: Duration,
    /// The sink keeps events no longer; older ones become dead letters. `None`: events of any age are taken.
    pub retention: Option<Duration>,
    /// How far ahead of the clock an event's time may be. `None`: as far as it likes.
    pub future: Option<Duration>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_write_events: 5_000,
            max_write_bytes: 8 << 20,
            backoff: Backoff::default(),
            margin: Duration::from_secs(2),
            retention: None,
            future: Some(Duration::from_secs(3600)),
        }
    }
}

impl Settings {
    /// Why an event of this time cannot go to the sink at `now` (milliseconds since the epoch), if it cannot.
    pub fn refuses_time(&self, time: Timestamp, now: i64) -> Option<&'static str> {
        if self.retention.is_some_and(|kept| time.millis() < now.saturating_sub(millis(kept))) {
            return Some("event_older_than_retention");
        }
        let ahead = self.future.is_some_and(|ahead| time.millis() > now.saturating_add(millis(ahead)));
        ahead.then_some("event_in_the_future")
    }
}

/// Brings event records to a sink.
pub struct SinkHandler {
    /// The sink.
    pub sink: Arc<dyn Sink>,
    /// Where goes what the sink never will take.
    pub dead_letters: Arc<dyn DeadLetters>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub rng: Arc<dyn Rng>,
    /// How events go to the sink.
    pub settings: Settings,
}

impl SinkHandler {
    /// Brings a batch's events to the sink: window by window read → deliver → retry → partial failure → dead letter.
    pub async fn handle(&self, batch: Batch<'_>) -> Response {
        let margin = self.settings.margin.min(batch.time_left / 4);
        let answer_by = self.clock.now_millis().saturating_add(millis(batch.time_left));
        let deadline = answer_by.saturating_sub(millis(margin));
        let mut response = Response::default();
        let mut next = 0;
        while next < batch.records.len() {
            // The first window is tried however little time there is, so that each batch makes a step.
            if next > 0 && self.clock.now_millis() >= deadline {
                response.lowest_failure = Some(next);
                break;
            }
            let window = Window::unpack(&batch, next, &self.settings);
            let sifted = window.sift(self.sink.name(), &self.settings, self.clock.now_millis());
            let outcomes = self.write(&sifted.events, deadline).await;
            let mut tally = Tally::of(&window, sifted, &outcomes, self.sink.name());
            self.keep_dead_letters(&batch, &mut tally, answer_by).await;
            tally.add_to(&mut response.account);
            next = window.end();
            response.lowest_failure = tally.lowest_failure;
            if response.lowest_failure.is_some() {
                break;
            }
        }
        response
    }

    /// Writes events in portions that the sink can take. After a portion with an event left over the rest is not
    /// begun: its records come again in any case.
    async fn write(&self, events: &[Event<'_>], deadline: i64) -> Vec<Outcome> {
        let deliver = Deliver { sink: &*self.sink, clock: &*self.clock };
        let retry = Retry { deliver, rng: &*self.rng, backoff: self.settings.backoff };
        let mut outcomes = Vec::with_capacity(events.len());
        for portion in portions(events, &self.settings) {
            outcomes.extend(retry.write(portion, deadline).await);
            if !outcomes.iter().all(Outcome::is_settled) {
                break;
            }
        }
        let not_begun =
            Outcome::Retry { after: Duration::ZERO, reason: "not begun before the deadline".into() };
        outcomes.resize(events.len(), not_begun);
        outcomes
    }

    /// Keeps what never will pass; if that fails, the record of the first letter is not settled.
    async fn keep_dead_letters(&self, batch: &Batch<'_>, tally: &mut Tally, answer_by: i64) {
        let faults = tally.take_faults();
        let Some(first) = faults.first().map(|(record, _)| *record) else { return };
        let now = self.clock.now_millis();
        let letter = |(_, fault): (usize, Fault)| {
            fault.into_letter(batch.first_try_millis, now, batch.tries.saturating_add(1))
        };
        let letters: Vec<DeadLetter> = faults.into_iter().map(letter).collect();
        let kept = keep_until(&*self.dead_letters, &letters, &*self.clock, answer_by).await;
        let Err(cause) = kept else { return };
        let (sink, letters) = (self.sink.name(), letters.len());
        tracing::error!(sink, shard = batch.shard, letters, cause, "records wait for their dead letters");
        tally.fail_at(first);
    }
}

/// Cuts events into runs of at most the settings' number and bytes.
fn portions<'e, 'a>(events: &'e [Event<'a>], settings: &Settings) -> impl Iterator<Item = &'e [Event<'a>]> {
    let (most_events, most_bytes) = (settings.max_write_events.max(1), settings.max_write_bytes);
    let mut rest = events;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = rest.iter().take(most_events).take_while(|event| {
            bytes += event.json.len();
            bytes <= most_bytes
        });
        let (portion, after) = rest.split_at(fits.count().max(1).min(rest.len()));
        rest = after;
        (!portion.is_empty()).then_some(portion)
    })
}
