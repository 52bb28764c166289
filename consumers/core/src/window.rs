//! As many event records as one write to the sink can take, unpacked, and the events in them.

use crate::handler::{Batch, Settings};
use catchwater_schemas::dead_letter::{Fault, LogEventOrigin, Origin, Stage};
use catchwater_schemas::event::{Event, NotAnEvent};
use catchwater_schemas::record::{BadRecord, unpack};

/// Unpacked event records that follow each other. Memory: the settings' bytes of one write and one record more.
pub struct Window<'b> {
    batch: &'b Batch<'b>,
    /// Index of the first record within the batch.
    pub first: usize,
    records: Vec<Result<String, BadRecord>>,
}

/// Where an event lay.
#[derive(Clone, Copy)]
pub struct Place {
    /// Index of its record within the batch.
    pub record: usize,
    /// Number of its line within the unpacked record, from 0.
    line: u64,
}

/// Events of a window, each with where it lay, and what is none.
#[derive(Default)]
pub struct Sifted<'w> {
    /// Events that may go to the sink.
    pub events: Vec<Event<'w>>,
    /// Of each of them, where it lay.
    pub places: Vec<Place>,
    /// What never reaches the sink, by record.
    pub faults: Vec<(usize, Fault)>,
}

impl<'b> Window<'b> {
    /// Unpacks records from `first` on, until a write's events are together.
    pub fn unpack(batch: &'b Batch<'b>, first: usize, settings: &Settings) -> Self {
        let mut records = Vec::new();
        let (mut bytes, mut events) = (0, 0);
        for record in &batch.records[first..] {
            let unpacked = unpack(record.data);
            if let Ok(text) = &unpacked {
                bytes += text.len();
                events += memchr::memchr_iter(b'\n', text.as_bytes()).count();
            }
            records.push(unpacked);
            if bytes >= settings.max_write_bytes || events >= settings.max_write_events {
                break;
            }
        }
        Self { batch, first, records }
    }

    /// Index of the first record after the window.
    pub fn end(&self) -> usize {
        self.first + self.records.len()
    }

    /// Reads the events; `sink` is named in the letters of those that it cannot take at time `now`.
    pub fn sift(&self, sink: &str, settings: &Settings, now: i64) -> Sifted<'_> {
        let mut sifted = Sifted::default();
        for (index, unpacked) in (self.first..).zip(&self.records) {
            let text = match unpacked {
                Ok(text) => text,
                Err(bad) => {
                    let bytes = self.batch.records[index].data.to_vec();
                    sifted.faults.push((
                        index,
                        fault(self.origin(index, None), record_word(bad), bad.to_string(), bytes),
                    ));
                    continue;
                }
            };
            for (number, line) in (0..).zip(text.lines()).filter(|(_, line)| !line.is_empty()) {
                let place = Place { record: index, line: number };
                match Event::read(line) {
                    Ok(event) => match settings.refuses_time(event.time, now) {
                        None => {
                            sifted.events.push(event);
                            sifted.places.push(place);
                        }
                        Some(reason) => {
                            sifted.faults.push((index, self.refusal(place, sink, reason, &event)))
                        }
                    },
                    Err(e) => {
                        let origin = self.origin(index, Some(number));
                        let fault = fault(origin, line_word(&e), e.to_string(), line.as_bytes().to_vec());
                        sifted.faults.push((index, fault));
                    }
                }
            }
        }
        sifted
    }

    /// What becomes of an event that the sink takes never. The part of `reason` before a colon is counted.
    pub fn refusal(&self, place: Place, sink: &str, reason: &str, event: &Event<'_>) -> Fault {
        let mut origin = self.origin(place.record, Some(place.line));
        let (id, timestamp_millis) = (event.id.to_string(), event.time.millis());
        origin.log_event = Some(LogEventOrigin { id, timestamp_millis, ..LogEventOrigin::default() });
        Fault {
            stage: Stage::Sink,
            sink: Some(sink.to_string()),
            reason: countable(reason),
            detail: reason.to_string(),
            origin,
            bytes: event.json.as_bytes().to_vec(),
        }
    }

    fn origin(&self, index: usize, ordinal: Option<u64>) -> Origin {
        let record = &self.batch.records[index];
        Origin {
            stream: self.batch.stream.to_string(),
            shard: self.batch.shard.to_string(),
            sequence_number: record.sequence_number.to_string(),
            partition_key: record.partition_key.to_string(),
            arrival_millis: record.arrival_millis,
            user_record: None,
            log_event: None,
            ordinal,
        }
    }
}

fn fault(origin: Origin, word: &str, detail: String, bytes: Vec<u8>) -> Fault {
    Fault { stage: Stage::EventRecord, sink: None, reason: word.to_string(), detail, origin, bytes }
}

fn record_word(bad: &BadRecord) -> &'static str {
    match bad {
        BadRecord::Unpack(_) => "record_does_not_unpack",
        BadRecord::TooLarge => "record_too_large",
        BadRecord::NotText => "record_not_text",
    }
}

fn line_word(bad: &NotAnEvent) -> &'static str {
    match bad {
        NotAnEvent::Json(_) => "not_an_event",
        NotAnEvent::Malformed(_) => "malformed_event",
        NotAnEvent::Layout(_) => "event_layout",
    }
}

/// A word of at most 48 letters, digits and underscores from what stands before the first colon: reasons are
/// counted, so there must be few of them.
fn countable(reason: &str) -> String {
    let head = reason.split(':').next().unwrap_or_default().trim();
    let word =
        head.chars().take(48).map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' });
    let word: String = word.collect();
    if word.is_empty() { "refused".into() } else { word }
}

#[cfg(test)]
mod tests {
    use super::countable;

    #[test]
    fn reasons_are_words_that_can_be_counted() {
        assert_eq!(countable("Mapper parsing: field [a] of doc 17"), "mapper_parsing");
        assert_eq!(countable(": 17"), "refused");
        assert_eq!(countable(&"ä".repeat(100)), "_".repeat(48));
    }
}
