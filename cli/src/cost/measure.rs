//! `--actual`: what given files are, by sending them through our own producer and transform.
//!
//! The producer reads and packs the files as `catchwater put` does, in records of as many log events as the sums assume, for
//! small records pack less well; in the stream's place stands [`Scales`], which takes
//! each raw record, has the transform make events of it, packs these into event records, and weighs all.

use super::demand::{LogGroup, Shape};
use super::money::{Decimal, MONTH_SECONDS, share};
use anyhow::{Context, Result, bail};
use catchwater_consumer_core::world::{SystemClock, SystemRng};
use catchwater_producers::envelope::Hint;
use catchwater_producers::file::{log_stream_of, open_file};
use catchwater_producers::put_files::{Input, Source, put_in_records_of};
use catchwater_producers::put_records::{
    PutEntry, PutError, PutRecords, PutRecordsApi, PutResult, PutSettings,
};
use catchwater_schemas::account::Account;
use catchwater_schemas::record::{EventTooLarge, Packer, Packing};
use catchwater_transforms::raw::RawRecord;
use catchwater_transforms::transform::{Output, Report, Scratch, Transform};
use futures::future::BoxFuture;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// What a file is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// Its name.
    pub name: String,
    /// Bytes, unpacked.
    pub bytes: u64,
    /// Log events found in it.
    pub log_events: u64,
    /// Events made of them.
    pub events: u64,
    /// Bytes of the raw records.
    pub raw_bytes: u64,
    /// Bytes of the events' JSON, line breaks counted.
    pub json_bytes: u64,
    /// Bytes of the event records.
    pub record_bytes: u64,
    /// Log events that no format took, which are events of `plain`.
    pub unparsed: u64,
    /// Log events that became dead letters.
    pub dead: u64,
}

impl Measured {
    /// The file as a log group of a month, if so many seconds' log events lie in it.
    pub fn group(&self, covers_seconds: u128, events_a_record: u128) -> LogGroup {
        let month = |number: u64| share(u128::from(number), MONTH_SECONDS, covers_seconds);
        LogGroup {
            name: self.name.clone(),
            bytes: month(self.bytes),
            events: month(self.log_events),
            shape: Shape {
                gzip: ratio(self.bytes, self.raw_bytes),
                growth: ratio(self.json_bytes, self.bytes),
                zstd: ratio(self.json_bytes, self.record_bytes),
                events_a_record,
            },
        }
    }
}

/// In thousandths, one at the least: the sums divide by it.
pub fn ratio(of: u64, to: u64) -> Decimal<3> {
    Decimal(share(u128::from(of), Decimal::<3>::ONE, u128::from(to.max(1))).max(1))
}

/// Measures a file, as the transform's routes say. A file of which no event comes is an error.
pub async fn measure(file: &Path, events_a_record: u128, transform: Arc<Transform>) -> Result<Measured> {
    let name = file.display().to_string();
    let scales = Arc::new(Scales { transform, at: Mutex::default() });
    let writer = PutRecords::new(
        scales.clone(),
        "raw",
        Arc::new(SystemClock),
        Arc::new(SystemRng),
        PutSettings::default(),
    );
    let source =
        Source { input: Input::File(file.to_path_buf()), log: log_stream_of(file), hint: Hint::default() };
    let most = usize::try_from(events_a_record).unwrap_or(usize::MAX);
    let loaded = put_in_records_of(most, &writer, vec![source], |_| ()).await?;
    if let Some(unread) = loaded.unread.first() {
        bail!("cannot read {name}: {}", unread.cause);
    }
    let bytes = unpacked_bytes(file).with_context(|| format!("cannot read {name}"))?;
    let mut at = scales.at.lock().unwrap_or_else(PoisonError::into_inner);
    let measured = Measured { name, bytes, ..std::mem::take(&mut at.measured) };
    if measured.log_events == 0 || measured.events == 0 {
        bail!("{}: no event came of it, so that nothing can be measured", measured.name);
    }
    Ok(measured)
}

fn unpacked_bytes(file: &Path) -> std::io::Result<u64> {
    let (mut opened, _, _) = open_file(file)?;
    std::io::copy(&mut opened.content, &mut std::io::sink())
}

/// Takes records as a stream does, and keeps nothing but their weight.
struct Scales {
    transform: Arc<Transform>,
    at: Mutex<At>,
}

struct At {
    scratch: Scratch,
    packer: Packer,
    measured: Measured,
}

impl Default for At {
    fn default() -> Self {
        let (scratch, packer) = (Scratch::new(), Packer::new(Packing::default()));
        Self { scratch, packer, measured: Measured::default() }
    }
}

impl At {
    fn weigh(&mut self, transform: &Transform, entry: &PutEntry, sequence_number: &str) {
        let raw = RawRecord {
            data: &entry.data,
            stream: "raw",
            shard: "0",
            sequence_number,
            partition_key: &entry.partition_key,
            arrival_millis: 0,
            user_record: None,
        };
        let mut report = Report::default();
        let mut out = Weighed { packer: &mut self.packer, json_bytes: 0 };
        transform.record(&raw, &mut self.scratch, &mut out, &mut report);
        let measured = &mut self.measured;
        measured.json_bytes += out.json_bytes;
        measured.record_bytes +=
            self.packer.finish().iter().map(|record| record.data.len() as u64).sum::<u64>();
        measured.raw_bytes += entry.data.len() as u64;
        measured.log_events += report.account.taken;
        measured.events += report.account.delivered;
        measured.unparsed += Account::total(&report.account.unparsed);
        measured.dead += Account::total(&report.account.dead);
    }
}

impl PutRecordsApi for Scales {
    fn put_records<'a>(
        &'a self,
        _: &'a str,
        entries: &'a [PutEntry],
    ) -> BoxFuture<'a, Result<Vec<PutResult>, PutError>> {
        let mut at = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        let mut results = Vec::with_capacity(entries.len());
        for entry in entries {
            let sequence_number = at.measured.raw_bytes.to_string();
            at.weigh(&self.transform, entry, &sequence_number);
            results.push(PutResult::Accepted { shard_id: "0".into(), sequence_number });
        }
        drop(at);
        Box::pin(async { Ok(results) })
    }
}

/// Packs events as the transform's function does, and counts their bytes.
struct Weighed<'p> {
    packer: &'p mut Packer,
    json_bytes: u64,
}

impl Output for Weighed<'_> {
    fn event(&mut self, partition_key: u8, json: &[u8]) -> Result<(), EventTooLarge> {
        self.packer.push(partition_key, json, 0)?;
        self.json_bytes += json.len() as u64 + 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use catchwater_schemas::record::unpack;
    use catchwater_transforms::transform::Parts;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn weighed(file: &Path) -> Result<Measured> {
        in_records_of(10_000, file)
    }

    fn in_records_of(events: u128, file: &Path) -> Result<Measured> {
        let transform = Arc::new(Transform::new(&Parts::default()).unwrap());
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(measure(file, events, transform))
    }

    #[test]
    fn a_file_weighs_the_same_packed_or_not() {
        let folder = tempfile::tempdir().unwrap();
        let sample = include_bytes!("../../samples/nginx_access.log");
        let (plain, packed) = (folder.path().join("plain.log"), folder.path().join("gzip_.log"));
        std::fs::write(&plain, sample).unwrap();
        let mut gzip = GzEncoder::new(std::fs::File::create(&packed).unwrap(), Compression::default());
        gzip.write_all(sample).unwrap();
        gzip.finish().unwrap();
        // Small records pack less well, and hold the same.
        let small = in_records_of(20, &plain).unwrap();
        let (plain, packed) = (weighed(&plain).unwrap(), weighed(&packed).unwrap());
        assert_eq!((small.log_events, small.json_bytes), (plain.log_events, plain.json_bytes));
        assert!(small.raw_bytes > plain.raw_bytes && small.record_bytes > plain.record_bytes);
        assert_eq!((plain.bytes, plain.log_events, plain.events), (sample.len() as u64, 500, 500));
        assert_eq!((plain.unparsed, plain.dead), (0, 0));
        assert_eq!(
            (packed.bytes, packed.log_events, packed.json_bytes),
            (plain.bytes, plain.log_events, plain.json_bytes)
        );
        assert!(plain.raw_bytes < plain.bytes && plain.record_bytes < plain.json_bytes);
    }

    #[test]
    fn what_is_weighed_is_what_the_transform_packs() {
        let lines = "{\"msg\":\"a\"}\n".repeat(3_000);
        let transform = Transform::new(&Parts::default()).unwrap();
        let mut at = At::default();
        let entry =
            PutEntry { partition_key: "k".into(), explicit_hash_key: None, data: lines.clone().into() };
        at.weigh(&transform, &entry, "7");
        // The same, kept.
        let mut packer = Packer::new(Packing::default());
        let mut out = Weighed { packer: &mut packer, json_bytes: 0 };
        let raw = RawRecord {
            data: lines.as_bytes(),
            stream: "raw",
            shard: "0",
            sequence_number: "7",
            partition_key: "k",
            ..RawRecord::default()
        };
        transform.record(&raw, &mut Scratch::new(), &mut out, &mut Report::default());
        let records = packer.finish();
        let unpacked: usize = records.iter().map(|record| unpack(&record.data).unwrap().len()).sum();
        assert_eq!(at.measured.json_bytes, unpacked as u64);
        assert_eq!(
            at.measured.record_bytes,
            records.iter().map(|record| record.data.len() as u64).sum::<u64>()
        );
        assert_eq!((at.measured.log_events, at.measured.raw_bytes), (3_000, lines.len() as u64));
    }

    #[test]
    fn a_day_of_a_file_is_a_month_of_a_log_group() {
        let measured = Measured {
            name: "a".into(),
            bytes: 3_650,
            log_events: 24,
            events: 24,
            raw_bytes: 365,
            json_bytes: 7_300,
            record_bytes: 730,
            ..Measured::default()
        };
        let group = measured.group(86_400, 50);
        // 365 / 12 days, half up.
        assert_eq!((group.bytes, group.events), (111_021, 730));
        let expected = Shape {
            gzip: Decimal(10_000),
            growth: Decimal(2_000),
            zstd: Decimal(10_000),
            events_a_record: 50,
        };
        assert_eq!(group.shape, expected);
    }

    #[test]
    fn a_file_of_which_nothing_comes_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let empty = folder.path().join("empty.log");
        std::fs::write(&empty, "").unwrap();
        assert!(weighed(&empty).unwrap_err().to_string().contains("no event came of it"));
        let told = weighed(&folder.path().join("none.log")).unwrap_err().to_string();
        assert!(told.contains("none.log"), "{told}");
    }
}
