//! Bodies of `_bulk`: for each event a line that says where it goes, and the event's JSON as it is.
//! <https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk>

use catchwater_schemas::event::{Event, Kind};
use catchwater_schemas::id::EventId;
use catchwater_schemas::time::NANOS_PER_SECOND;
use std::io::Write;

const NANOS_PER_DAY: i64 = 86_400 * NANOS_PER_SECOND;
/// Bytes of an action line without index and id, at most: the version has 19 digits.
const ACTION_BYTES: usize = 96;

/// Makes bodies.
#[derive(Clone, Debug)]
pub struct Encoder {
    prefix: String,
}

/// The part of an action line before the id, for the kind and day of the last event.
struct Opening {
    day: Option<(Kind, i64)>,
    text: Vec<u8>,
}

impl Encoder {
    /// For indices of this prefix.
    pub fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_string() }
    }

    /// The index of an event: by kind and its own day in UTC.
    pub fn index(&self, event: &Event<'_>) -> String {
        let civil = event.time.civil();
        let (year, month, day) = (civil.year, civil.month, civil.day);
        format!("{}-{}-{year:04}.{month:02}.{day:02}", self.prefix, event.kind)
    }

    /// Why an event can be in no body of at most this many bytes, if so.
    pub fn refusal(&self, event: &Event<'_>, most_bytes: usize) -> Option<&'static str> {
        if event.json.len() + self.action_bytes() > most_bytes {
            return Some("the event is larger than a bulk may be (`max_body_kib`)");
        }
        if i64::try_from(event.revision).is_err() {
            return Some("the server holds no revision of more than 63 bits");
        }
        // A line break would end the event and make its rest an action.
        memchr::memchr(b'\n', event.json.as_bytes()).map(|_| "the event has a line break")
    }

    /// A body of the first of these events: as many as `most_bytes` hold, but at least one. Gives their number too.
    pub fn body<'a, 'b: 'a>(
        &self,
        events: impl Iterator<Item = &'a Event<'b>> + Clone,
        most_bytes: usize,
    ) -> (Vec<u8>, usize) {
        let (mut bytes, mut taken) = (0, 0);
        for event in events.clone() {
            let with = bytes + event.json.len() + self.action_bytes();
            if taken > 0 && with > most_bytes {
                break;
            }
            (bytes, taken) = (with, taken + 1);
        }
        let mut body = Vec::with_capacity(bytes);
        let mut opening = Opening { day: None, text: Vec::new() };
        for event in events.take(taken) {
            self.action(event, &mut opening, &mut body);
            body.extend_from_slice(event.json.as_bytes());
            body.push(b'\n');
        }
        (body, taken)
    }

    fn action_bytes(&self) -> usize {
        // `service_query` is the longest kind, an id has 32 digits and at most 11 of its ordinal.
        ACTION_BYTES + self.prefix.len() + 13 + 12 + 43
    }

    fn action(&self, event: &Event<'_>, opening: &mut Opening, body: &mut Vec<u8>) {
        let day = Some((event.kind, event.time.nanos().div_euclid(NANOS_PER_DAY)));
        if opening.day != day {
            opening.day = day;
            opening.text = format!("{{\"index\":{{\"_index\":\"{}\",\"_id\":\"", self.index(event)).into();
        }
        body.extend_from_slice(&opening.text);
        write_id(event.id, body);
        body.extend_from_slice(b"\",\"version_type\":\"external\",\"version\":");
        write_number(event.revision, body);
        body.extend_from_slice(b"}}\n");
    }
}

/// As `EventId`'s own text, without the formatter: half of the time of an event would be spent there.
fn write_id(id: EventId, body: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [0; 32];
    for (pair, byte) in text.as_chunks_mut::<2>().0.iter_mut().zip(id.digest) {
        *pair = [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
    }
    body.extend_from_slice(&text);
    if id.ordinal > 0 {
        body.push(b'-');
        write_number(u64::from(id.ordinal), body);
    }
}

fn write_number(number: u64, body: &mut Vec<u8>) {
    match u8::try_from(number) {
        Ok(small) if small < 10 => body.push(b'0' + small),
        // A `Vec` takes all that is written.
        _ => drop(write!(body, "{number}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn json(id: &str, revision: u64, time: &str, message: &str) -> String {
        let message = serde_json::to_string(message).unwrap();
        format!(
            r#"{{"@timestamp":"{time}","event":{{"id":"{id}"}},"catchwater":{{"schema":1,"revision":{revision},"kind":"file_move"}},"message":{message}}}"#
        )
    }

    #[test]
    fn an_event_goes_to_the_index_of_its_day_under_its_id_and_revision() {
        let first = json("0123456789abcdef0123456789abcdef", 3, "2020-02-29T23:59:59.999Z", "a");
        let second = json("0123456789abcdef0123456789abcdef-17", 12, "2020-03-01T00:00:00Z", "b");
        let events = [Event::read(&first).unwrap(), Event::read(&second).unwrap()];
        let (body, taken) = Encoder::new("cw").body(events.iter(), 1 << 20);
        let expected = format!(
            "{}\n{first}\n{}\n{second}\n",
            r#"{"index":{"_index":"cw-file_move-2020.02.29","_id":"0123456789abcdef0123456789abcdef","version_type":"external","version":3}}"#,
            r#"{"index":{"_index":"cw-file_move-2020.03.01","_id":"0123456789abcdef0123456789abcdef-17","version_type":"external","version":12}}"#,
        );
        assert_eq!((String::from_utf8(body).unwrap(), taken), (expected, 2));
    }

    #[test]
    fn what_fits_in_no_body_is_refused() {
        let encoder = Encoder::new("cw");
        let id = "0123456789abcdef0123456789abcdef";
        let line = json(id, 1, "2020-01-01T00:00:00Z", &"x".repeat(1000));
        let event = Event::read(&line).unwrap();
        assert_eq!(encoder.refusal(&event, 2000), None);
        assert!(encoder.refusal(&event, 1000).unwrap().contains("larger"));
        let late = json(id, 1 << 63, "2020-01-01T00:00:00Z", "x");
        assert!(encoder.refusal(&Event::read(&late).unwrap(), 2000).unwrap().contains("63 bits"));
        let broken = json(id, 1, "2020-01-01T00:00:00Z", "x").replace("\"event\"", "\n\"event\"");
        assert!(encoder.refusal(&Event::read(&broken).unwrap(), 2000).unwrap().contains("line break"));
    }

    proptest! {
        #[test]
        fn a_body_is_never_larger_and_holds_all_in_order(
            lengths in prop::collection::vec(0_usize..400, 1..40), most in 600_usize..3000, ordinal in any::<u32>(),
            revision in 0_u64..1 << 63, seconds in -60_000_000_000_i64..250_000_000_000,
        ) {
            let time = catchwater_schemas::time::Timestamp::from_seconds(seconds);
            let json: Vec<String> = lengths.iter().map(|n| format!("{{\"x\":\"{}\"}}", "é".repeat(*n / 2))).collect();
            let id = EventId { digest: [0xa5; 16], ordinal };
            let events: Vec<Event<'_>> = json.iter().map(|json| Event {
                json, id, revision, kind: Kind::ServiceQuery, time: time.unwrap_or(catchwater_schemas::time::Timestamp::from_nanos(0)),
                service: None, who: None,
            }).collect();
            let encoder = Encoder::new("catchwater");
            let (mut rest, mut held) = (&events[..], Vec::new());
            while !rest.is_empty() {
                let (body, taken) = encoder.body(rest.iter(), most);
                prop_assert!(taken > 0);
                prop_assert!(taken == 1 || body.len() <= most, "{} > {most}", body.len());
                prop_assert!(encoder.refusal(&rest[0], most).is_some() || body.len() <= most);
                let text = String::from_utf8(body).unwrap();
                for (n, line) in text.lines().enumerate() {
                    let value: serde_json::Value = serde_json::from_str(line).unwrap();
                    if n % 2 == 1 {
                        held.push(line.to_string());
                    } else {
                        prop_assert_eq!(value["index"]["_id"].as_str().unwrap(), id.to_string());
                        prop_assert_eq!(value["index"]["version"].as_u64(), Some(revision));
                    }
                }
                rest = &rest[taken..];
            }
            prop_assert_eq!(held, json);
        }
    }
}
