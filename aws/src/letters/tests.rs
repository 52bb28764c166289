use super::*;
use crate::put_record_batch::PutBatchSettings;
use crate::put_record_batch::script::ScriptedFirehose;
use catchwater_consumer_core::world::{SystemClock, SystemRng};
use catchwater_schemas::dead_letter::{Fault, Origin, Stage};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

/// Objects in memory; `down`: S3 takes nothing.
#[derive(Default)]
struct Bucket {
    objects: Mutex<BTreeMap<String, Bytes>>,
    down: bool,
}

impl PutObjectApi for Bucket {
    fn bucket(&self) -> &str {
        "b"
    }

    fn put_object<'a>(
        &'a self,
        key: &'a str,
        _: &'static str,
        bytes: Bytes,
    ) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move {
            if self.down {
                return Err(Failure::ComeAgain("SlowDown: reduce your rate".into()));
            }
            self.objects.lock().unwrap().insert(key.into(), bytes);
            Ok(())
        })
    }
}

fn letters(firehose: &Arc<ScriptedFirehose>, bucket: &Arc<Bucket>) -> LettersToS3 {
    let settings = PutBatchSettings { patience: Duration::ZERO, ..PutBatchSettings::default() };
    let (clock, rng) = (Arc::new(SystemClock), Arc::new(SystemRng));
    let firehose = PutRecordBatch::new(firehose.clone(), "letters", clock, rng, settings);
    LettersToS3::new(firehose, bucket.clone(), "dead-letters/")
}

/// Letters of so many bytes, last tried on 2026-02-03.
fn of_bytes(sizes: &[usize]) -> Vec<DeadLetter> {
    let letter = |(n, size): (usize, &usize)| {
        let origin = Origin { sequence_number: n.to_string(), ..Origin::default() };
        let (reason, detail, bytes) = ("bad".to_string(), "d\n".to_string(), vec![0xff; *size]);
        let fault = Fault { stage: Stage::Sink, sink: None, reason, detail, origin, bytes };
        fault.into_letter(1_770_000_000_000, 1_770_076_800_000 + n as i64, 1)
    };
    sizes.iter().enumerate().map(letter).collect()
}

fn read(lines: &[Bytes]) -> Vec<DeadLetter> {
    let line = |bytes: &Bytes| {
        let text = std::str::from_utf8(bytes).unwrap();
        assert_eq!(text.find('\n'), Some(text.len() - 1), "one line");
        serde_json::from_str(text).unwrap()
    };
    lines.iter().map(line).collect()
}

#[tokio::test]
async fn small_ones_go_through_firehose_and_a_large_one_is_an_object_of_the_same_key_each_time() {
    let (firehose, bucket) = (Arc::new(ScriptedFirehose::willing()), Arc::new(Bucket::default()));
    let (keeper, all) = (letters(&firehose, &bucket), of_bytes(&[3, 500_000, 1 << 20, 9]));
    for _ in 0..2 {
        keeper.keep(&all).await.unwrap();
    }
    let small = [all[0].clone(), all[1].clone(), all[3].clone()];
    assert_eq!(read(&firehose.accepted()), [small.clone(), small].concat());
    let objects = bucket.objects.lock().unwrap();
    let key = format!("dead-letters/2026/02/03/00/large-{}.json", all[2].id);
    assert_eq!(objects.keys().collect::<Vec<_>>(), [&key]);
    assert_eq!(read(&[objects[&key].clone()]), [all[2].clone()]);
}

#[tokio::test]
async fn what_is_not_all_kept_is_down_with_place_and_cause() {
    let partly = || {
        ScriptedFirehose::new(|_, records| {
            let failed = RecordResult::Failed { code: "Busy".into(), message: "slow down".into() };
            let mut results = vec![RecordResult::Accepted; records.len()];
            results[1] = failed;
            Ok(results)
        })
    };
    let silent = || ScriptedFirehose::new(|_, _| Err(Failure::ComeAgain("no answer".into())));
    let willing = ScriptedFirehose::willing;
    for (firehose, down, message) in [
        (partly(), false, "the Firehose letters: 1 of 2 letters: Busy: slow down"),
        (silent(), false, "the Firehose letters: 2 of 2 letters: Unavailable: no answer"),
        (willing(), true, ".json: SlowDown: reduce your rate"),
        (silent(), true, "the Firehose letters"),
    ] {
        let (firehose, bucket) = (Arc::new(firehose), Arc::new(Bucket { down, ..Bucket::default() }));
        let error = letters(&firehose, &bucket).keep(&of_bytes(&[3, 1 << 20, 9])).await.unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
    }
}

#[tokio::test]
async fn the_prefix_may_be_empty_and_no_letter_is_no_call() {
    let (firehose, bucket) = (Arc::new(ScriptedFirehose::willing()), Arc::new(Bucket::default()));
    let mut keeper = letters(&firehose, &bucket);
    keeper.keep(&[]).await.unwrap();
    assert!(firehose.calls().is_empty());
    keeper.prefix = String::new();
    let letter = &of_bytes(&[1])[0];
    assert_eq!(keeper.key(letter), format!("2026/02/03/00/large-{}.json", letter.id));
}
