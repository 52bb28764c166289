//! Events as the body of a push
//! (<https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs>):
//! `{"streams":[{"stream":{labels},"values":[["1604318400000000042","line",{metadata}], …]}, …]}`.
//!
//! The line is the event's JSON. Labels are the few below, fixed here, for each set of their values is a stream of its own.
//! What one filters by most is structured metadata besides
//! (<https://grafana.com/docs/loki/latest/get-started/labels/structured-metadata/>).

use catchwater_consumer_core::place::Place;
use catchwater_consumer_core::walk::members::Raw;
use catchwater_consumer_core::walk::unescape::unescaped;
use catchwater_consumer_core::walk::walk;
use catchwater_schemas::escape::string_into;
use catchwater_schemas::event::Event;
use catchwater_schemas::field::Field;
use std::collections::BTreeMap;
use std::ops::Range;

/// The labels of a stream, of few values each. Loki takes 15 (`max_label_names_per_series`).
pub const LABELS: [(&str, Field); 5] = [
    ("format", Field::Format),
    ("kind", Field::Kind),
    ("outcome", Field::EventOutcome),
    ("service", Field::ServiceName),
    ("who_class", Field::WhoClass),
];

/// The structured metadata of an entry.
pub const METADATA: [(&str, Field); 7] = [
    ("event_id", Field::EventId),
    ("level", Field::LogLevel),
    ("operation", Field::Operation),
    ("revision", Field::Revision),
    ("status", Field::HttpResponseStatusCode),
    ("trace_id", Field::TraceId),
    ("who", Field::Who),
];

/// Most bytes of a label's value. Loki takes 2,048 (`max_label_value_length`), but a label is short.
pub const MOST_LABEL_BYTES: usize = 256;
/// Most bytes of a metadata value. Loki takes 64 KB of them an entry (`max_structured_metadata_size`).
pub const MOST_METADATA_BYTES: usize = 1_024;

/// An entry in the buffer that it was written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The labels, a JSON object: those of one stream are equal.
    pub labels: Range<usize>,
    /// Time, line and metadata, a JSON array.
    pub value: Range<usize>,
    /// Nanoseconds since the epoch, with the offset of [`Place`].
    pub time_ns: i64,
}

/// Why an event has no entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoEntry {
    /// Its JSON is none.
    #[error("not_json: the event cannot be read")]
    NotJson,
    /// Nanoseconds of 64 bits have no such time.
    #[error("time_out_of_range: Loki knows the years 1677 to 2262")]
    Time,
    /// Loki refuses longer lines.
    #[error("line_too_long: the event is longer than Loki takes (`max_line_kib`)")]
    TooLong,
}

/// Appends an event's entry to `out`; of an event that has none, nothing.
pub fn encode(event: &Event<'_>, max_line_bytes: usize, out: &mut Vec<u8>) -> Result<Entry, NoEntry> {
    if event.json.len() > max_line_bytes {
        return Err(NoEntry::TooLong);
    }
    let time_ns = Place::of(&event.id, event.time).ok_or(NoEntry::Time)?.time_ns;
    let (mut labels, mut metadata) = ([None; LABELS.len()], [None; METADATA.len()]);
    let walked = walk(event.json, |field, value| {
        let (Some(field), Raw::Text(raw) | Raw::Word(raw)) = (field, value) else { return };
        if value == Raw::Word("null") {
            return;
        }
        if let Some(place) = LABELS.iter().position(|(_, of)| *of == field) {
            labels[place] = Some(raw);
        } else if let Some(place) = METADATA.iter().position(|(_, of)| *of == field) {
            metadata[place] = Some(raw);
        }
    });
    walked.ok_or(NoEntry::NotJson)?;
    let start = out.len();
    object(LABELS.iter().map(|(name, _)| *name).zip(labels), MOST_LABEL_BYTES, out);
    let middle = out.len();
    out.extend_from_slice(format!("[\"{time_ns}\",").as_bytes());
    string_into(event.json, out);
    out.push(b',');
    object(METADATA.iter().map(|(name, _)| *name).zip(metadata), MOST_METADATA_BYTES, out);
    out.push(b']');
    Ok(Entry { labels: start..middle, value: middle..out.len(), time_ns })
}

/// Writes an object of texts, those that are there; the values are the insides of JSON strings.
fn object<'a>(members: impl Iterator<Item = (&'a str, Option<&'a str>)>, most: usize, out: &mut Vec<u8>) {
    out.push(b'{');
    let start = out.len();
    for (name, raw) in members {
        let Some(raw) = raw.filter(|raw| !raw.is_empty()) else { continue };
        if out.len() > start {
            out.push(b',');
        }
        string_into(name, out);
        out.push(b':');
        let text = unescaped(raw);
        let text = &text[..text.floor_char_boundary(most)];
        // Loki 3.7 takes U+FFFD in a label for a fault of encoding and refuses the whole push; in metadata it makes it a space.
        match text.contains('\u{fffd}') {
            true => string_into(&text.replace('\u{fffd}', "?"), out),
            false => string_into(text, out),
        }
    }
    out.push(b'}');
}

/// The body of a push of entries that lie in `text`, each stream's in the order of time.
pub fn body(entries: &[&Entry], text: &[u8]) -> Vec<u8> {
    let mut streams: BTreeMap<&[u8], Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        streams.entry(&text[entry.labels.clone()]).or_default().push(entry);
    }
    let values: usize = entries.iter().map(|entry| entry.value.len() + 1).sum();
    let mut body = Vec::with_capacity(values + streams.keys().map(|labels| labels.len() + 32).sum::<usize>());
    body.extend_from_slice(b"{\"streams\":[");
    for (labels, mut entries) in streams {
        entries.sort_by_key(|entry| entry.time_ns);
        body.extend_from_slice(b"{\"stream\":");
        body.extend_from_slice(labels);
        body.extend_from_slice(b",\"values\":[");
        for entry in entries {
            body.extend_from_slice(&text[entry.value.clone()]);
            body.push(b',');
        }
        body.pop();
        body.extend_from_slice(b"]},");
    }
    if !entries.is_empty() {
        body.pop();
    }
    body.extend_from_slice(b"]}");
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use catchwater_consumer_core::contract::event_json;
    use catchwater_schemas::time::Timestamp;
    use proptest::prelude::*;
    use serde_json::Value;

    fn push(json: &[String]) -> Value {
        let mut text = b"before".to_vec();
        let events: Vec<Event<'_>> = json.iter().map(|line| Event::read(line).unwrap()).collect();
        let entries: Vec<Entry> =
            events.iter().map(|event| encode(event, 1 << 18, &mut text).unwrap()).collect();
        serde_json::from_slice(&body(&entries.iter().collect::<Vec<_>>(), &text)).unwrap()
    }

    #[test]
    fn an_event_is_a_line_with_few_labels() {
        let json = event_json(3, 2).replace(
            "\"who\":\"bob\"",
            "\"format\":\"json\",\"who\":\"b\\u00f6b\",\"who_class\":\"\",\"operation\":null",
        );
        let push = push(std::slice::from_ref(&json));
        let stream = &push["streams"][0];
        let labels = serde_json::json!({"format": "json", "kind": "service_query", "service": "shop"});
        assert_eq!(stream["stream"], labels);
        let time: i64 = stream["values"][0][0].as_str().unwrap().parse().unwrap();
        assert!((0..1_000_000_000).contains(&(time - 1_577_836_980_000_000_000)));
        assert_eq!(stream["values"][0][1], json);
        let metadata = serde_json::json!({"event_id": format!("{:032x}", 3), "revision": "2", "who": "böb"});
        assert_eq!(stream["values"][0][2], metadata);
    }

    #[test]
    fn events_of_the_same_labels_are_one_stream_in_order_of_time() {
        let json: Vec<String> = (0..60).rev().map(|n| event_json(n, 1)).collect();
        let push = push(&json);
        let streams = push["streams"].as_array().unwrap();
        let kinds: Vec<&str> = streams.iter().map(|s| s["stream"]["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["file_move", "log", "service_query"]);
        for stream in streams {
            let times = stream["values"].as_array().unwrap().iter().map(|value| value[0].as_str().unwrap());
            let times: Vec<&str> = times.collect();
            assert!(times.len() == 20 && times.is_sorted(), "{times:?}");
        }
        assert_eq!(body(&[], b""), b"{\"streams\":[]}");
    }

    #[test]
    fn an_event_that_loki_refuses_leaves_nothing() {
        let json = event_json(1, 1);
        let mut event = Event::read(&json).unwrap();
        let mut out = Vec::new();
        assert_eq!(encode(&event, json.len() - 1, &mut out), Err(NoEntry::TooLong));
        event.time = Timestamp::from_nanos(i64::MIN);
        assert_eq!(encode(&event, json.len(), &mut out), Err(NoEntry::Time));
        event.time = Timestamp::from_nanos(0);
        event.json = "{";
        assert_eq!(encode(&event, json.len(), &mut out), Err(NoEntry::NotJson));
        assert!(out.is_empty());
    }

    #[test]
    fn labels_are_few_and_sorted() {
        const { assert!(LABELS.len() <= 15) };
        assert!(LABELS.is_sorted() && METADATA.is_sorted());
    }

    proptest! {
        #[test]
        fn whatever_stands_in_an_event_is_read_back(service in any::<String>(), message in any::<String>()) {
            let quoted = |text: &str| serde_json::to_string(text).unwrap();
            let json = event_json(1, 1).replace("\"shop\"", &quoted(&service));
            let json = json.replace("\"revision 1\"", &quoted(&message));
            let push = push(std::slice::from_ref(&json));
            prop_assert_eq!(&push["streams"][0]["values"][0][1], &json);
            let label = push["streams"][0]["stream"]["service"].as_str().unwrap_or_default();
            let cut = &service[..service.floor_char_boundary(MOST_LABEL_BYTES)];
            prop_assert_eq!(label, cut.replace('\u{fffd}', "?"));
        }
    }
}
