//! The rules of `firehose`, by their numbers.

use super::*;
use crate::events::Invocation;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use catchwater_consumer_core::dead_letters::DeadLettersDown;
use catchwater_consumer_core::world::SystemClock;
use catchwater_schemas::record::unpack;
use catchwater_schemas::wrapped::Wrapped;
use catchwater_transforms::transform::Parts;
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use std::sync::Mutex;

const MINUTE: Duration = Duration::from_secs(60);

#[derive(Default)]
struct Letters {
    is_down: bool,
    kept: Mutex<Vec<DeadLetter>>,
}

impl DeadLetters for Letters {
    fn keep<'a>(&'a self, letters: &'a [DeadLetter]) -> BoxFuture<'a, Result<(), DeadLettersDown>> {
        let kept = match self.is_down {
            true => Err(DeadLettersDown { place: "here".into(), cause: "told so".into() }),
            false => {
                self.kept.lock().unwrap().extend_from_slice(letters);
                Ok(())
            }
        };
        async move { kept }.boxed()
    }
}

/// A payload of these records' data, each as base64; what starts with `!` stands as it is.
fn payload(data: &[Vec<u8>]) -> Vec<u8> {
    let record = |(n, data): (usize, &Vec<u8>)| {
        let data = match data.strip_prefix(b"!") {
            Some(rest) => String::from_utf8(rest.to_vec()).unwrap(),
            None => STANDARD.encode(data),
        };
        json!({"recordId": format!("id{n}"), "approximateArrivalTimestamp": 1507217624302i64, "data": data,
            "kinesisRecordMetadata": {"shardId": "shardId-0", "partitionKey": "p", "sequenceNumber": (1000 + n).to_string(),
                "approximateArrivalTimestamp": 1507217624302i64, "subsequenceNumber": 0}})
    };
    let event = json!({"invocationId": "i", "deliveryStreamArn": "arn:aws:firehose:r:1:deliverystream/archive",
        "sourceKinesisStreamArn": "arn:aws:kinesis:r:1:stream/raw", "region": "r",
        "records": data.iter().enumerate().map(record).collect::<Vec<_>>()});
    event.to_string().into_bytes()
}

fn lines(lines: &[&str]) -> Vec<u8> {
    lines.join("\n").into_bytes()
}

fn transform() -> Transform {
    Transform::new(&Parts::default()).unwrap()
}

struct Run {
    answered: Answered,
    /// Result and data of each entry.
    entries: Vec<(String, Option<Vec<u8>>)>,
}

fn run(
    work: Work<'_>,
    packing: ArchivePacking,
    letters: &Letters,
    data: &[Vec<u8>],
    change: impl FnOnce(&mut FirehoseTransform<'_>),
    time_left: Duration,
) -> Run {
    let payload = payload(data);
    let Ok(Invocation::Firehose(event)) = Invocation::read(&payload) else { panic!("no Firehose event") };
    let mut firehose = FirehoseTransform::new(work, packing, letters, &SystemClock);
    change(&mut firehose);
    // Its sleeps are tokio's.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let answered = runtime.block_on(firehose.answer(&event, time_left));
    let answer: Value = serde_json::from_slice(&answered.json).unwrap();
    let entry = |(n, entry): (usize, &Value)| {
        assert_eq!(entry["recordId"], format!("id{n}"));
        let data = entry["data"].as_str().map(|data| STANDARD.decode(data).unwrap_or(data.into()));
        (entry["result"].as_str().unwrap().to_string(), data)
    };
    let entries = answer["records"].as_array().unwrap().iter().enumerate().map(entry).collect();
    assert!(answered.account.transform_balances());
    Run { answered, entries }
}

fn results(run: &Run) -> Vec<&str> {
    run.entries.iter().map(|(result, _)| result.as_str()).collect()
}

const BROKEN_GZIP: &[u8] = b"\x1f\x8b broken";

#[test]
fn rule_1_each_record_has_its_verdict_and_the_archive_is_frames() {
    let (transform, letters) = (transform(), Letters::default());
    let data = [
        lines(&["one", "two"]),
        b" \n".to_vec(),
        BROKEN_GZIP.to_vec(),
        b"!broken base64".to_vec(),
        lines(&["three"]),
    ];
    for packing in [ArchivePacking::Zstd, ArchivePacking::Gzip, ArchivePacking::Plain] {
        let run = run(Work::Events(&transform), packing, &letters, &data, |_| {}, MINUTE);
        assert_eq!(results(&run), ["Ok", "Dropped", "Dropped", "Dropped", "Ok"]);
        let archive: Vec<u8> =
            run.entries.iter().flat_map(|(_, data)| data.clone().unwrap_or_default()).collect();
        let messages: Vec<String> = unpack(&archive)
            .unwrap()
            .lines()
            .map(|l| serde_json::from_str::<Value>(l).unwrap()["message"].as_str().unwrap().to_string())
            .collect();
        assert_eq!(messages, ["one", "two", "three"], "{packing:?}");
        let account = &run.answered.account;
        assert_eq!((account.records, account.taken, account.parsed), (5, 6, 3));
        assert_eq!(account.dead.get(BAD_BASE64), Some(&1));
        assert!(run.answered.failed.is_empty());
    }
    let kept = letters.kept.lock().unwrap();
    assert_eq!(kept.len(), 6);
    assert_eq!(
        (kept[0].bytes.as_slice(), kept[1].bytes.as_slice()),
        (BROKEN_GZIP, b"broken base64".as_slice())
    );
    assert_eq!((kept[0].origin.stream.as_str(), kept[0].origin.sequence_number.as_str()), ("raw", "1002"));
    // The same letters each time.
    assert!(kept[..2].iter().zip(&kept[2..4]).all(|(a, b)| a.id == b.id));
}

#[test]
fn rule_2_what_cannot_be_kept_goes_back_whole() {
    let (transform, letters) = (transform(), Letters { is_down: true, ..Letters::default() });
    let half = [b"one\n".as_slice(), br#"{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logStream":"s","logEvents":[{"id":"1"}]}"#].concat();
    let data = [lines(&["one"]), BROKEN_GZIP.to_vec(), half.clone(), b"!no base64".to_vec()];
    let run = run(Work::Events(&transform), ArchivePacking::Plain, &letters, &data, |_| {}, MINUTE);
    assert_eq!(results(&run), ["Ok", "ProcessingFailed", "ProcessingFailed", "ProcessingFailed"]);
    assert_eq!(run.entries[1].1.as_deref(), Some(BROKEN_GZIP));
    assert_eq!(run.entries[2].1.as_ref(), Some(&half));
    assert_eq!(run.entries[3].1.as_deref(), Some(b"no base64".as_slice()));
    assert_eq!(run.answered.failed, [(UNKEPT.to_string(), 3)].into());
    assert_eq!((run.answered.account.records, run.answered.account.taken), (1, 1));
}

#[test]
fn rule_3_what_has_no_room_goes_back_and_the_rest_passes() {
    let (transform, letters) = (transform(), Letters::default());
    // An event of the plain format is many times its line.
    let data: Vec<Vec<u8>> = (0..50).map(|n| lines(&[&format!("line {n}")])).collect();
    let all = payload(&data).len();
    let set = |firehose: &mut FirehoseTransform<'_>| firehose.answer_bytes = all;
    let plain = run(Work::Events(&transform), ArchivePacking::Plain, &letters, &data, set, MINUTE);
    let ok = results(&plain).iter().filter(|r| **r == "Ok").count();
    assert!(ok > 5 && ok < 45, "{ok}");
    assert!(plain.answered.json.len() <= all + 20);
    assert_eq!(plain.answered.failed, [(TOO_LARGE.to_string(), 50 - ok as u64)].into());
    assert_eq!(plain.answered.account.records, ok as u64);
    for ((result, got), original) in plain.entries.iter().zip(&data) {
        assert!(result == "Ok" || got.as_ref() == Some(original));
    }
}

#[test]
fn rule_4_out_of_time_the_rest_goes_back() {
    let (transform, letters) = (transform(), Letters::default());
    let data = [lines(&["one"]), lines(&["two"]), lines(&["three"])];
    let run = run(Work::Events(&transform), ArchivePacking::Zstd, &letters, &data, |_| {}, Duration::ZERO);
    assert_eq!(results(&run), ["Ok", "ProcessingFailed", "ProcessingFailed"]);
    assert_eq!(run.answered.failed, [(DEADLINE.to_string(), 2)].into());
}

#[test]
fn wrapped_records_come_back_with_their_places() {
    let letters = Letters::default();
    let data = [BROKEN_GZIP.to_vec(), Vec::new(), b"!a".to_vec(), (0..=255).collect()];
    for packing in [ArchivePacking::Plain, ArchivePacking::Zstd] {
        let run = run(Work::Wrap, packing, &letters, &data, |_| {}, MINUTE);
        assert_eq!(results(&run), ["Ok", "Ok", "Dropped", "Ok"]);
        let archive: Vec<u8> =
            run.entries.iter().flat_map(|(_, data)| data.clone().unwrap_or_default()).collect();
        let text = unpack(&archive).unwrap();
        let wrapped: Vec<Wrapped<'_>> = text.lines().map(|line| Wrapped::read(line).unwrap()).collect();
        let places: Vec<(&str, &str, &str, i64)> = wrapped
            .iter()
            .map(|w| (w.stream.as_ref(), w.shard.as_ref(), w.sequence_number.as_ref(), w.arrival_millis))
            .collect();
        let place = |n| ("raw", "shardId-0", n, 1507217624302);
        assert_eq!(places, [place("1000"), place("1001"), place("1003")]);
        let bytes: Vec<Vec<u8>> = wrapped.iter().map(|w| w.bytes().unwrap()).collect();
        assert_eq!(bytes, [data[0].clone(), data[1].clone(), data[3].clone()]);
    }
    assert_eq!(letters.kept.lock().unwrap().len(), 2);
}
