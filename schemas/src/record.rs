//! The event record: NDJSON of many events, packed as one or more concatenated zstd or gzip frames. A reader tells
//! by the magic bytes; what Firehose archives of them is readable as it is (Athena reads zstd text).

use flate2::write::GzEncoder;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io::{Read, Write};

/// Most bytes of a packed event record, below Firehose's 1,000 KiB a record and Kinesis's 1 MiB.
pub const MAX_PACKED_BYTES: usize = 900 * 1000;
/// Most bytes of an event record's NDJSON.
pub const MAX_UNPACKED_BYTES: usize = 8 << 20;
/// Number of partition keys that log streams are spread over.
pub const PARTITION_KEYS: u32 = 256;
/// NDJSON is packed when a key has gathered this much: zstd level 1 looks back no further.
const FRAME_BYTES: usize = 512 << 10;
/// All keys' buffers of NDJSON together; above it the key with the largest is packed, so that memory stays bounded.
const GATHERED_BYTES: usize = 16 << 20;

/// How event records are packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Packing {
    /// zstd level 1.
    #[default]
    Zstd,
    /// gzip level 1, for readers that know no zstd.
    Gzip,
}

/// A packed event record, ready for the event stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRecord {
    /// hash(account, log group, log stream) mod 256: keeps a log stream's order.
    pub partition_key: u8,
    /// Concatenated frames.
    pub data: Vec<u8>,
    /// Number of events in it.
    pub events: u32,
    /// Lowest index, within the batch, of a raw record that has events in it.
    pub first_origin: u32,
}

/// An event is too large for any event record: its packed bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an event of {unpacked} bytes fits no event record ({MAX_UNPACKED_BYTES} bytes, {MAX_PACKED_BYTES} packed)"
)]
pub struct EventTooLarge {
    /// Bytes of the event's JSON.
    pub unpacked: usize,
}

/// The bytes are no event record.
#[derive(Debug, thiserror::Error)]
pub enum BadRecord {
    /// The frames do not unpack.
    #[error("event record does not unpack: {0}")]
    Unpack(#[from] std::io::Error),
    /// The NDJSON is longer than any event record may be.
    #[error("event record unpacks to over {MAX_UNPACKED_BYTES} bytes")]
    TooLarge,
    /// Not UTF-8.
    #[error("event record is no UTF-8")]
    NotText,
}

#[derive(Default)]
struct Open {
    ndjson: Vec<u8>,
    events: u32,
    first_origin: u32,
    record: Option<EventRecord>,
    record_unpacked: usize,
}

/// Gathers events by partition key and packs them into event records.
pub struct Packer {
    packing: Packing,
    zstd: zstd::bulk::Compressor<'static>,
    open: HashMap<u8, Open>,
    /// Bytes that the buffers of `open` hold, filled or not.
    gathered: usize,
    full: Vec<EventRecord>,
}

impl Packer {
    /// A packer without events.
    pub fn new(packing: Packing) -> Self {
        let zstd = zstd::bulk::Compressor::new(1)
            .expect("zstd takes level 1 and the system has memory for its context");
        Self { packing, zstd, open: HashMap::new(), gathered: 0, full: Vec::new() }
    }

    /// Adds one event's JSON (without line break) that came of the raw record at index `origin` of the batch.
    /// Origins must not fall within one key.
    pub fn push(&mut self, partition_key: u8, json: &[u8], origin: u32) -> Result<(), EventTooLarge> {
        if !self.fits(json) {
            return Err(EventTooLarge { unpacked: json.len() });
        }
        let open = self.open.entry(partition_key).or_default();
        if !open.ndjson.is_empty() && open.ndjson.len() + json.len() + 1 > FRAME_BYTES {
            close_frame(self.packing, &mut self.zstd, partition_key, open, &mut self.full);
        }
        let held = open.ndjson.capacity();
        if open.events == 0 {
            open.first_origin = origin;
        }
        open.ndjson.extend_from_slice(json);
        open.ndjson.push(b'\n');
        open.events += 1;
        self.gathered += open.ndjson.capacity() - held;
        if self.gathered > GATHERED_BYTES {
            self.pack_largest();
        }
        Ok(())
    }

    /// Event records that are full, so that they can go on their way while more is gathered.
    pub fn take_full(&mut self) -> Vec<EventRecord> {
        std::mem::take(&mut self.full)
    }

    /// Packs what is left and gives all event records not taken yet, in an order that keeps each key's own.
    pub fn finish(&mut self) -> Vec<EventRecord> {
        let mut keys: Vec<u8> = self.open.keys().copied().collect();
        keys.sort_unstable();
        for key in keys {
            let mut open = self.open.remove(&key).unwrap_or_default();
            close_frame(self.packing, &mut self.zstd, key, &mut open, &mut self.full);
            self.full.extend(open.record);
        }
        self.gathered = 0;
        self.take_full()
    }

    /// Is there an event record that holds this event? Only a large one has to be packed to tell.
    pub fn fits(&mut self, json: &[u8]) -> bool {
        json.len() < FRAME_BYTES
            || json.len() < MAX_UNPACKED_BYTES
                && pack(self.packing, &mut self.zstd, json).len() < MAX_PACKED_BYTES - 64
    }

    fn pack_largest(&mut self) {
        let size = |open: &Open| (open.ndjson.capacity(), open.ndjson.len());
        if let Some((key, open)) = self.open.iter_mut().max_by_key(|(key, open)| (size(open), **key)) {
            close_frame(self.packing, &mut self.zstd, *key, open, &mut self.full);
            // Given back and not kept: a large buffer in the hands of a key with little to say would be packed again at once.
            self.gathered -= std::mem::take(&mut open.ndjson).capacity();
        }
    }
}

/// Packs the gathered NDJSON as one frame onto the key's event record, or onto a new one where it does not fit.
fn close_frame(
    packing: Packing,
    zstd: &mut zstd::bulk::Compressor<'_>,
    partition_key: u8,
    open: &mut Open,
    full: &mut Vec<EventRecord>,
) {
    if open.events == 0 {
        return;
    }
    let frame = pack(packing, zstd, &open.ndjson);
    let fits = |record: &EventRecord, unpacked: usize| {
        record.data.len() + frame.len() <= MAX_PACKED_BYTES
            && unpacked + open.ndjson.len() <= MAX_UNPACKED_BYTES
    };
    match &mut open.record {
        Some(record) if fits(record, open.record_unpacked) => {
            record.data.extend_from_slice(&frame);
            record.events += open.events;
            open.record_unpacked += open.ndjson.len();
        }
        slot => {
            let record = EventRecord {
                partition_key,
                data: frame,
                events: open.events,
                first_origin: open.first_origin,
            };
            full.extend(slot.replace(record));
            open.record_unpacked = open.ndjson.len();
        }
    }
    open.ndjson.clear();
    open.events = 0;
}

/// Packs NDJSON as single frames, for what is no event record but is read like one.
pub struct Framer {
    packing: Packing,
    zstd: zstd::bulk::Compressor<'static>,
}

impl Framer {
    /// Its frames may be concatenated.
    pub fn new(packing: Packing) -> Self {
        let Packer { zstd, .. } = Packer::new(packing);
        Self { packing, zstd }
    }

    /// One frame.
    pub fn frame(&mut self, ndjson: &[u8]) -> Vec<u8> {
        pack(self.packing, &mut self.zstd, ndjson)
    }
}

fn pack(packing: Packing, zstd: &mut zstd::bulk::Compressor<'_>, ndjson: &[u8]) -> Vec<u8> {
    match packing {
        Packing::Zstd => zstd.compress(ndjson).expect("the output buffer is as large as zstd's bound"),
        Packing::Gzip => {
            let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::new(1));
            let written = encoder.write_all(ndjson).and_then(|()| encoder.finish());
            written.expect("writing to memory does not fail")
        }
    }
}

/// Unpacks an event record to its NDJSON: zstd or gzip by the magic bytes, else plain; at most
/// [`MAX_UNPACKED_BYTES`].
pub fn unpack(data: &[u8]) -> Result<String, BadRecord> {
    let mut out = Vec::new();
    let limit = MAX_UNPACKED_BYTES as u64 + 1;
    match data {
        [0x28, 0xb5, 0x2f, 0xfd, ..] => drop(zstd::Decoder::new(data)?.take(limit).read_to_end(&mut out)?),
        [0x1f, 0x8b, ..] => drop(flate2::read::MultiGzDecoder::new(data).take(limit).read_to_end(&mut out)?),
        plain => out.extend_from_slice(&plain[..plain.len().min(limit as usize)]),
    }
    if out.len() > MAX_UNPACKED_BYTES {
        return Err(BadRecord::TooLarge);
    }
    String::from_utf8(out).map_err(|_| BadRecord::NotText)
}

/// Partition key of a log stream.
pub fn partition_key(account: &str, log_group: &str, log_stream: &str) -> u8 {
    let mut hasher = blake3::Hasher::new();
    for text in [account, log_group, log_stream] {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    // The hash is uniform: its first byte is the hash modulo 256.
    hasher.finalize().as_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(records: &[EventRecord], key: u8) -> Vec<String> {
        let of_key = records.iter().filter(|r| r.partition_key == key);
        of_key.flat_map(|r| unpack(&r.data).unwrap().lines().map(String::from).collect::<Vec<_>>()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn every_event_comes_back_in_its_keys_order(
            events in proptest::collection::vec((0u8..4, "[a-z]{0,300}", 1usize..2000), 0..300),
            gzip in any::<bool>(),
        ) {
            let mut packer = Packer::new(if gzip { Packing::Gzip } else { Packing::Zstd });
            let mut records = Vec::new();
            for (n, (key, text, times)) in events.iter().enumerate() {
                packer.push(*key, format!("{n}:{}", text.repeat(*times / 100 + 1)).as_bytes(), n as u32).unwrap();
                records.extend(packer.take_full());
            }
            records.extend(packer.finish());
            for key in 0..4u8 {
                let expected: Vec<String> = events.iter().enumerate().filter(|(_, e)| e.0 == key)
                    .map(|(n, (_, text, times))| format!("{n}:{}", text.repeat(*times / 100 + 1))).collect();
                prop_assert_eq!(lines(&records, key), expected);
            }
            for r in &records {
                prop_assert!(r.data.len() <= MAX_PACKED_BYTES);
                prop_assert_eq!(unpack(&r.data).unwrap().lines().count(), r.events as usize);
                let first = unpack(&r.data).unwrap();
                let origin = format!("{}:", r.first_origin);
                prop_assert!(first.starts_with(&origin), "{}", origin);
            }
        }
    }

    #[test]
    fn what_does_not_compress_is_spread_over_records_and_what_fits_none_is_refused() {
        let noise = |seed: u8, len: usize| -> Vec<u8> {
            let mut reader = blake3::Hasher::new().update(&[seed]).finalize_xof();
            let mut bytes = vec![0; len];
            reader.fill(&mut bytes);
            bytes
                .iter()
                .flat_map(|b| {
                    [b"0123456789abcdef"[usize::from(b >> 4)], b"0123456789abcdef"[usize::from(b & 15)]]
                })
                .collect()
        };
        let mut packer = Packer::new(Packing::Zstd);
        for n in 0..40 {
            packer.push(7, &noise(n, 100_000), u32::from(n)).unwrap();
        }
        let records = packer.finish();
        assert!(records.len() > 3 && records.iter().all(|r| r.data.len() <= MAX_PACKED_BYTES));
        assert_eq!(records.iter().map(|r| r.events).sum::<u32>(), 40);
        assert_eq!(packer.push(7, &noise(0, 2_000_000), 0), Err(EventTooLarge { unpacked: 4_000_000 }));
        assert_eq!(
            packer.push(7, &vec![b'a'; MAX_UNPACKED_BYTES], 0),
            Err(EventTooLarge { unpacked: MAX_UNPACKED_BYTES })
        );
        packer.push(7, &vec![b'a'; MAX_UNPACKED_BYTES - 1], 0).unwrap();
        assert_eq!(unpack(&packer.finish()[0].data).unwrap().len(), MAX_UNPACKED_BYTES);
    }

    /// Keys one after the other, and all at once.
    #[test]
    fn buffers_of_many_keys_stay_within_their_bound_lose_nothing_and_make_no_small_frames() {
        const EVENTS: u32 = 150_000;
        let line = |n: u32| {
            format!("{{\"n\":{n},\"path\":\"/a/{}\",\"text\":\"{}\"}}", n % 977, "word ".repeat(100))
        };
        let ndjson: usize = (0..EVENTS).map(|n| line(n).len() + 1).sum();
        for key_of in [|n: u32| n / 600, |n: u32| n] {
            let mut packer = Packer::new(Packing::Zstd);
            for n in 0..EVENTS {
                packer.push((key_of(n) % 256) as u8, line(n).as_bytes(), n).unwrap();
                let held: usize = packer.open.values().map(|open| open.ndjson.capacity()).sum();
                assert!(
                    held == packer.gathered && held <= GATHERED_BYTES,
                    "{held} bytes, {}",
                    packer.gathered
                );
            }
            // A large event's buffer counts too.
            let large = vec![b'a'; MAX_UNPACKED_BYTES - 1];
            packer.push(0, &large, EVENTS).unwrap();
            assert!(packer.gathered <= GATHERED_BYTES);
            let records = packer.finish();
            for key in 0..=255u8 {
                let of_key = (0..EVENTS).filter(|n| (key_of(*n) % 256) as u8 == key).map(line);
                let large = (key == 0).then(|| String::from_utf8(large.clone()).unwrap());
                assert!(lines(&records, key).into_iter().eq(of_key.chain(large)), "events of key {key}");
            }
            let magic = [0x28, 0xb5, 0x2f, 0xfd];
            let frames: usize =
                records.iter().map(|r| r.data.windows(4).filter(|w| *w == magic).count()).sum();
            assert!(ndjson / frames > 32 << 10, "{frames} frames of {} bytes", ndjson / frames);
        }
    }

    #[test]
    fn a_bomb_and_a_cut_record_are_errors() {
        let bomb = zstd::bulk::compress(&vec![b'a'; 64 << 20], 1).unwrap();
        assert!(matches!(unpack(&bomb), Err(BadRecord::TooLarge)));
        assert!(unpack(&bomb[..bomb.len() / 2]).is_err());
        assert_eq!(unpack(b"{}\n").unwrap(), "{}\n");
    }
}
