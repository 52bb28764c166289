//! Lines into envelopes: what a CloudWatch Logs subscription would put on the stream, gzip of one JSON object.
//!
//! Layout: "Subscription filters with Kinesis Data Streams" in the CloudWatch Logs user guide. Beside CloudWatch's
//! fields stands our `catchwater` object with what the producer knows: format and service. It comes before
//! `logEvents`, so that one pass over the text has it in time.

use catchwater_schemas::escape::{escape_into, string_into};
use libdeflater::{CompressionLvl, Compressor};
use std::borrow::Cow;

/// Most bytes of a packed envelope: Kinesis's 1 MiB less the longest partition key.
pub const MAX_PACKED_BYTES: usize = (1 << 20) - 256;
/// An envelope is closed when its JSON would pass this; log text packs at least 4:1 nearly always.
const TARGET_JSON_BYTES: usize = 4 << 20;
/// An envelope is closed when it holds this many log events, CloudWatch's own bound of a batch.
pub const MAX_LOG_EVENTS: usize = 10_000;
/// A message up to this fits an envelope whatever is in it: six bytes of JSON a byte, and gzip adds next to nothing.
const SURE_MESSAGE_BYTES: usize = 128 << 10;

/// Where log events come from, in CloudWatch's words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogStream {
    /// AWS account that owns the log group; any text, or empty, for logs from elsewhere.
    pub account: String,
    /// Log group.
    pub log_group: String,
    /// Log stream.
    pub log_stream: String,
}

impl LogStream {
    /// A partition key that all its records share.
    pub fn partition_key(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for text in [&self.account, &self.log_group, &self.log_stream] {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
        hasher.finalize().to_hex()[..16].to_string()
    }
}

/// What the producer knows of the lines; a route has the last word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hint {
    /// Format's name.
    pub format: Option<String>,
    /// Service's name.
    pub service: Option<String>,
}

/// A packed envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// gzip of the JSON.
    pub data: Vec<u8>,
    /// Log events in it.
    pub log_events: u32,
    /// The `end` of its last line: how far the source is covered once this envelope is accepted.
    pub end: u64,
}

/// One line of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Byte offset of its start in the (unpacked) source.
    pub offset: u64,
    /// Byte offset after its line break; that of its start where the end is not known yet.
    pub end: u64,
    /// The line without its line break; what is not UTF-8 comes out as U+FFFD.
    pub bytes: &'a [u8],
    /// The line went on, but was too long.
    pub cut: bool,
}

/// Counts of what was changed in lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Lines that were too long and are cut.
    pub cut: u64,
    /// Lines that were not UTF-8.
    pub replaced: u64,
}

/// Gathers lines of one log stream and packs them. An id is `id_prefix` and the line's offset.
pub struct EnvelopeBuilder {
    head: Vec<u8>,
    id_prefix: String,
    json: Vec<u8>,
    /// For each log event: where it ends in `json`, and the line's `end`.
    ends: Vec<(usize, u64)>,
    changed: Changed,
    packer: Packer,
    most_log_events: usize,
}

impl EnvelopeBuilder {
    /// A builder without lines. `id_prefix` names the source, such as `f:0123456789abcdef:0:`.
    pub fn new(log: &LogStream, hint: &Hint, id_prefix: &str) -> Self {
        Self {
            head: head(log, hint),
            id_prefix: json_inside(id_prefix),
            json: Vec::new(),
            ends: Vec::new(),
            changed: Changed::default(),
            packer: Packer::new(),
            most_log_events: MAX_LOG_EVENTS,
        }
    }

    /// Envelopes of fewer log events: at least one, at most [`MAX_LOG_EVENTS`].
    pub fn with_most(mut self, log_events: usize) -> Self {
        self.most_log_events = log_events.clamp(1, MAX_LOG_EVENTS);
        self
    }

    /// Adds one line; the timestamp is in milliseconds since the epoch. Envelopes that are full go to `out`.
    pub fn push(&mut self, line: Line<'_>, timestamp_millis: i64, out: &mut Vec<Envelope>) {
        // Checked first: the lossy walk over chunks is slower, and nearly every line is UTF-8.
        let text = match std::str::from_utf8(line.bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(line.bytes),
        };
        self.changed.replaced += u64::from(matches!(text, Cow::Owned(_)));
        let fitting = if text.len() > SURE_MESSAGE_BYTES { self.cut_to_fit(&text) } else { &text };
        self.changed.cut += u64::from(line.cut || fitting.len() < text.len());
        let most = fitting.len() + self.id_prefix.len() + 80;
        if self.ends.len() == self.most_log_events || self.json.len() + most > TARGET_JSON_BYTES {
            self.finish(out);
        }
        self.write_log_event(line.offset, timestamp_millis, fitting);
        self.ends.push((self.json.len(), line.end));
    }

    /// Packs what has gathered, into one envelope, or more where it packs badly.
    pub fn finish(&mut self, out: &mut Vec<Envelope>) {
        self.pack(0, self.ends.len(), out);
        self.json.clear();
        self.ends.clear();
    }

    /// Log events gathered and not yet packed.
    pub fn gathered(&self) -> usize {
        self.ends.len()
    }

    /// Counts since the last call.
    pub fn take_changed(&mut self) -> Changed {
        std::mem::take(&mut self.changed)
    }

    fn write_log_event(&mut self, offset: u64, timestamp_millis: i64, message: &str) {
        let out = &mut self.json;
        out.extend_from_slice(b"{\"id\":\"");
        out.extend_from_slice(self.id_prefix.as_bytes());
        decimal_into(offset, out);
        out.extend_from_slice(b"\",\"timestamp\":");
        if timestamp_millis < 0 {
            out.push(b'-');
        }
        decimal_into(timestamp_millis.unsigned_abs(), out);
        out.extend_from_slice(b",\"message\":\"");
        escape_into(message, out);
        out.extend_from_slice(b"\"},");
    }

    fn pack(&mut self, from: usize, to: usize, out: &mut Vec<Envelope>) {
        if from == to {
            return;
        }
        let start = from.checked_sub(1).map_or(0, |before| self.ends[before].0);
        let log_events = &self.json[start..self.ends[to - 1].0 - 1];
        let data = self.packer.pack(&[&self.head, log_events, b"]}"]);
        // One log event always fits: `push` has seen to that.
        if data.len() > MAX_PACKED_BYTES && to - from > 1 {
            let middle = from + (to - from) / 2;
            self.pack(from, middle, out);
            return self.pack(middle, to, out);
        }
        out.push(Envelope { data, log_events: (to - from) as u32, end: self.ends[to - 1].1 });
    }

    /// The longest start of a long message, by halves, that packs into an envelope of its own.
    fn cut_to_fit<'t>(&mut self, message: &'t str) -> &'t str {
        let mut fitting = message;
        let mut escaped = Vec::with_capacity(message.len() + message.len() / 8);
        loop {
            escaped.clear();
            escape_into(fitting, &mut escaped);
            let spare = self.head.len() + self.id_prefix.len() + 256;
            if self.packer.pack(&[&escaped]).len() + spare <= MAX_PACKED_BYTES {
                return fitting;
            }
            fitting = &fitting[..fitting.floor_char_boundary(fitting.len() / 2)];
        }
    }
}

/// gzip level 1 of libdeflate, with buffers that are used again.
pub(crate) struct Packer {
    compressor: Compressor,
    text: Vec<u8>,
}

impl Packer {
    pub fn new() -> Self {
        let level = CompressionLvl::new(1).unwrap_or_default();
        Self { compressor: Compressor::new(level), text: Vec::new() }
    }

    /// gzip of the parts, one after the other.
    pub fn pack(&mut self, parts: &[&[u8]]) -> Vec<u8> {
        self.text.clear();
        for part in parts {
            self.text.extend_from_slice(part);
        }
        let mut packed = vec![0; self.compressor.gzip_compress_bound(self.text.len())];
        let len = self.compressor.gzip_compress(&self.text, &mut packed);
        packed.truncate(len.expect("the output buffer is as large as libdeflate's bound"));
        packed.shrink_to_fit();
        packed
    }
}

fn head(log: &LogStream, hint: &Hint) -> Vec<u8> {
    let mut out = b"{\"messageType\":\"DATA_MESSAGE\",\"owner\":".to_vec();
    string_into(&log.account, &mut out);
    out.extend_from_slice(b",\"logGroup\":");
    string_into(&log.log_group, &mut out);
    out.extend_from_slice(b",\"logStream\":");
    string_into(&log.log_stream, &mut out);
    out.extend_from_slice(b",\"subscriptionFilters\":[\"catchwater\"]");
    let known = [("format", &hint.format), ("service", &hint.service)];
    let mut before: &[u8] = b",\"catchwater\":{";
    for (name, value) in known {
        if let Some(value) = value {
            out.extend_from_slice(before);
            string_into(name, &mut out);
            out.push(b':');
            string_into(value, &mut out);
            before = b",";
        }
    }
    if before == b"," {
        out.push(b'}');
    }
    out.extend_from_slice(b",\"logEvents\":[");
    out
}

fn json_inside(text: &str) -> String {
    let mut out = Vec::new();
    escape_into(text, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

fn decimal_into(mut number: u64, out: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return out.extend_from_slice(&digits[at..]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Read;

    fn unpack(envelope: &Envelope) -> serde_json::Value {
        let mut json = String::new();
        flate2::read::GzDecoder::new(&envelope.data[..]).read_to_string(&mut json).unwrap();
        serde_json::from_str(&json).unwrap()
    }

    fn log() -> LogStream {
        LogStream { account: "1".into(), log_group: "/a\"b".into(), log_stream: "c".into() }
    }

    fn build(lines: &[Vec<u8>], hint: &Hint) -> (Vec<Envelope>, Changed) {
        let mut builder = EnvelopeBuilder::new(&log(), hint, "f:\\:0:");
        let (mut out, mut offset) = (Vec::new(), 0);
        for bytes in lines {
            let end = offset + bytes.len() as u64 + 1;
            builder.push(Line { offset, end, bytes, cut: false }, -5, &mut out);
            offset = end;
        }
        builder.finish(&mut out);
        assert_eq!(builder.gathered(), 0);
        (out, builder.take_changed())
    }

    #[test]
    fn the_fields_are_cloudwatchs_and_the_hint_is_there_only_if_something_is_known() {
        let hint = Hint { format: None, service: Some("s".into()) };
        let value = unpack(&build(&[b"x".to_vec()], &hint).0[0]);
        let expected = serde_json::json!({
            "messageType": "DATA_MESSAGE", "owner": "1", "logGroup": "/a\"b", "logStream": "c",
            "subscriptionFilters": ["catchwater"], "catchwater": {"service": "s"},
            "logEvents": [{"id": "f:\\:0:0", "timestamp": -5, "message": "x"}],
        });
        assert_eq!(value, expected);
        let both = Hint { format: Some("plain".into()), ..hint };
        assert_eq!(unpack(&build(&[vec![]], &both).0[0])["catchwater"]["format"], "plain");
        assert!(unpack(&build(&[vec![]], &Hint::default()).0[0]).get("catchwater").is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn every_line_comes_back(lines in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 0..400)) {
            let (envelopes, changed) = build(&lines, &Hint::default());
            let mut expected = Vec::new();
            let mut offset = 0;
            for line in &lines {
                expected.push((format!("f:\\:0:{offset}"), String::from_utf8_lossy(line).into_owned()));
                offset += line.len() + 1;
            }
            let found: Vec<_> = envelopes.iter().flat_map(|e| {
                let value = unpack(e);
                let events = value["logEvents"].as_array().unwrap().clone();
                assert_eq!(events.len() as u32, e.log_events);
                events.into_iter().map(|e| (e["id"].as_str().unwrap().to_string(), e["message"].as_str().unwrap().to_string()))
            }).collect();
            prop_assert_eq!(found, expected);
            let replaced = lines.iter().filter(|l| std::str::from_utf8(l).is_err()).count() as u64;
            prop_assert_eq!(changed, Changed { cut: 0, replaced });
            prop_assert_eq!(envelopes.last().map_or(0, |e| e.end), offset as u64);
        }
    }

    fn noise(len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        blake3::Hasher::new().finalize_xof().fill(&mut bytes);
        bytes
    }

    #[test]
    fn what_packs_badly_is_spread_and_a_line_that_fits_none_is_cut() {
        let lines: Vec<Vec<u8>> = noise(3_000_000).chunks(100_000).map(<[u8]>::to_vec).collect();
        let (envelopes, changed) = build(&lines, &Hint::default());
        assert!(envelopes.iter().all(|e| e.data.len() <= MAX_PACKED_BYTES), "too large for Kinesis");
        assert_eq!(envelopes.iter().map(|e| e.log_events).sum::<u32>(), 30);
        assert_eq!(changed.cut, 0);
        // Six bytes of JSON and a random one of 32 a byte pack to over a byte each; a line of a million that packs well stays whole.
        let control: Vec<u8> = noise(1_000_000).iter().map(|b| b % 32).collect();
        for (line, cut) in [(noise(2_000_000), 1), (control, 1), (vec![b'a'; 1 << 20], 0)] {
            let (envelopes, changed) = build(std::slice::from_ref(&line), &Hint::default());
            assert_eq!((envelopes.len(), changed.cut), (1, cut));
            assert!(envelopes[0].data.len() <= MAX_PACKED_BYTES);
            let value = unpack(&envelopes[0]);
            let message = value["logEvents"][0]["message"].as_str().unwrap().to_string();
            assert!(String::from_utf8_lossy(&line).starts_with(&message) && message.len() > 100_000);
        }
    }

    #[test]
    fn an_envelope_holds_ten_thousand_log_events() {
        let (envelopes, _) = build(&vec![b"x".to_vec(); 20_001], &Hint::default());
        let counts: Vec<u32> = envelopes.iter().map(|e| e.log_events).collect();
        assert_eq!(counts, [10_000, 10_000, 1]);
        let mut builder = EnvelopeBuilder::new(&log(), &Hint::default(), "f:").with_most(2);
        let mut out = Vec::new();
        for offset in 0..5 {
            builder.push(Line { offset, end: offset + 1, bytes: b"x", cut: false }, 0, &mut out);
        }
        builder.finish(&mut out);
        assert_eq!(out.iter().map(|e| e.log_events).collect::<Vec<_>>(), [2, 2, 1]);
    }
}
