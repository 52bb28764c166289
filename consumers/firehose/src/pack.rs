//! Records of events for Firehose: event records as on the event stream, so that what lies in S3 is the same whichever way it
//! came; or their lines as they are. Firehose puts records one after the other, without anything in between: frames and
//! members may be concatenated, and each line brings its break.

use crate::config::Packing;
use bytes::Bytes;
use catchwater_aws::put_record_batch::RECORD_BYTES;
use catchwater_schemas::record::{EventRecord, Packer};

/// Records follow in the order of the events that were pushed; of each the bytes and how many events it holds.
pub type Packed = (Bytes, usize);

/// Gathers events and packs them into records.
pub enum Records {
    /// Event records, all of one key.
    Packed(Box<Packer>),
    /// Lines.
    Plain {
        /// Records that are full.
        full: Vec<Packed>,
        /// Lines of the next.
        open: Vec<u8>,
        /// Number of these.
        events: usize,
    },
}

/// All events of a call go one way; no order is to be kept but theirs.
const KEY: u8 = 0;

impl Records {
    /// Without events.
    pub fn new(packing: Packing) -> Self {
        match packing.of_record() {
            Some(packing) => Self::Packed(Box::new(Packer::new(packing))),
            None => Self::Plain { full: Vec::new(), open: Vec::new(), events: 0 },
        }
    }

    /// Is there a record that holds this event?
    pub fn fits(&mut self, json: &str) -> bool {
        match self {
            Self::Packed(packer) => packer.fits(json.as_bytes()),
            Self::Plain { .. } => json.len() < RECORD_BYTES,
        }
    }

    /// Adds an event; `false`, and nothing is added, where it does not fit.
    pub fn push(&mut self, json: &str) -> bool {
        match self {
            Self::Packed(packer) => packer.push(KEY, json.as_bytes(), 0).is_ok(),
            Self::Plain { .. } if json.len() >= RECORD_BYTES => false,
            Self::Plain { full, open, events } => {
                if open.len() + json.len() + 1 > RECORD_BYTES {
                    full.push((std::mem::take(open).into(), std::mem::take(events)));
                }
                open.extend_from_slice(json.as_bytes());
                open.push(b'\n');
                *events += 1;
                true
            }
        }
    }

    /// All records.
    pub fn finish(self) -> Vec<Packed> {
        let packed = |record: EventRecord| (record.data.into(), record.events as usize);
        match self {
            Self::Packed(mut packer) => packer.finish().into_iter().map(packed).collect(),
            Self::Plain { mut full, open, events } => {
                full.extend((events > 0).then_some((open.into(), events)));
                full
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use catchwater_schemas::record::unpack;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn every_event_is_in_the_record_that_counts_it(
            events in proptest::collection::vec(("[a-z]{1,9}", 1usize..60_000), 0..60),
            packing in prop_oneof![Just(Packing::Zstd), Just(Packing::Gzip), Just(Packing::None)],
        ) {
            let events: Vec<String> = events.iter().map(|(text, times)| text.repeat(*times)).collect();
            let mut records = Records::new(packing);
            prop_assert!(events.iter().all(|event| records.push(event)));
            let mut left = events.as_slice();
            for (data, count) in records.finish() {
                prop_assert!(data.len() <= RECORD_BYTES && count > 0);
                let (of_record, after) = left.split_at(count);
                let lines = unpack(&data).unwrap();
                prop_assert_eq!(lines.lines().collect::<Vec<_>>(), of_record);
                left = after;
            }
            prop_assert!(left.is_empty());
        }
    }

    #[test]
    fn what_fits_no_record_is_not_added() {
        for packing in [Packing::Zstd, Packing::None] {
            let mut records = Records::new(packing);
            assert!(records.push("{}") && !records.push(&"a".repeat(8 << 20)) && records.push("[]"));
            let records = records.finish();
            let of_one = unpack(&records[0].0).unwrap();
            assert_eq!((records.len(), of_one.as_str()), (1, "{}\n[]\n"));
        }
        let mut plain = Records::new(Packing::None);
        assert!(plain.push(&"a".repeat(RECORD_BYTES - 1)) && !plain.push(&"a".repeat(RECORD_BYTES)));
        assert_eq!(plain.finish()[0].0.len(), RECORD_BYTES);
    }
}
