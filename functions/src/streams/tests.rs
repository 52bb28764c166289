//! The rules of `streams`, by their numbers, with a target and dead letters that do as they are told.

use super::*;
use catchwater_consumer_core::dead_letters::DeadLettersDown;
use catchwater_mapping::lambda_event::{BAD_BASE64, MALFORMED};
use catchwater_mapping::stream::Record;
use catchwater_mapping::target::TargetError;
use catchwater_schemas::dead_letter::Origin;
use futures::FutureExt;
use futures::future::BoxFuture;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

/// Settles all below a sequence number, and tells what it was given.
#[derive(Default)]
struct Told {
    fails_at: Option<&'static str>,
    is_down: bool,
    given: Mutex<Vec<(String, usize, u32, Duration)>>,
    takes_millis: i64,
    now: std::sync::Arc<AtomicI64>,
}

impl Target for Told {
    fn name(&self) -> &str {
        "told"
    }

    fn invoke<'a>(&'a self, batch: Batch<'a>) -> BoxFuture<'a, Result<BatchResponse, TargetError>> {
        self.now.fetch_add(self.takes_millis, Ordering::Relaxed);
        let given = (batch.shard.to_string(), batch.records.len(), batch.tries, batch.time_left);
        self.given.lock().unwrap().push(given);
        let failure = batch.records.iter().position(|r| Some(r.sequence_number.0.as_str()) == self.fails_at);
        let settled = failure.unwrap_or(batch.records.len()) as u64;
        let account = Account { records: settled, taken: settled, parsed: settled, ..Account::default() };
        let lowest_failure = failure.map(|index| batch.records[index].sequence_number.clone());
        let answer = match self.is_down {
            true => Err(TargetError::Failed("down".into())),
            false => Ok(BatchResponse { lowest_failure, account }),
        };
        async move { answer }.boxed()
    }
}

struct Manual(std::sync::Arc<AtomicI64>);

impl Clock for Manual {
    fn now_millis(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        futures::future::pending().boxed()
    }
}

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

/// A shard of these records: digits a whole one, `b` one that is broken, `?` one that is broken and without a number.
/// The place in the text is the sequence number.
fn shard(id: &str, text: &str) -> ShardBatch {
    let mut batch = ShardBatch { stream: "raw".into(), shard: id.into(), ..ShardBatch::default() };
    for (n, c) in text.chars().enumerate() {
        let number = if c == '?' { String::new() } else { n.to_string() };
        if c.is_ascii_digit() {
            batch.records.push(Record {
                sequence_number: SequenceNumber(number),
                partition_key: String::new(),
                arrival_millis: 0,
                data: Default::default(),
            });
        } else {
            batch.broken.push(Broken {
                before: batch.records.len(),
                reason: if c == '?' { MALFORMED } else { BAD_BASE64 },
                detail: String::new(),
                origin: Origin { sequence_number: number, ..Origin::default() },
                bytes: vec![n as u8],
            });
        }
    }
    batch
}

fn settle(target: &Told, letters: &Letters, shards: &[ShardBatch]) -> Result<Vec<ShardAnswer>, Unsettled> {
    let clock = Manual(target.now.clone());
    let streams = Streams { target, dead_letters: letters, clock: &clock, stage: Stage::Decode, sink: None };
    futures::executor::block_on(streams.settle(shards, None, Duration::from_secs(60)))
}

/// The lowest failure of one shard, and the counts of records, parsed and dead below it.
fn one(target: Told, is_down: bool, text: &str) -> (Option<String>, u64, u64, u64) {
    let letters = Letters { is_down, ..Letters::default() };
    let answers = settle(&target, &letters, &[shard("s", text)]).unwrap();
    let ShardAnswer { lowest_failure, account, .. } = &answers[0];
    assert!(account.transform_balances(), "{account:?}");
    let dead = Account::total(&account.dead);
    (lowest_failure.as_ref().map(|s| s.0.clone()), account.records, account.parsed, dead)
}

#[test]
fn rule_1_and_3_what_is_broken_is_kept_and_counted_below_the_failure() {
    let fails_at = |number| Told { fails_at: number, ..Told::default() };
    assert_eq!(one(fails_at(None), false, "b0b00?0b"), (None, 8, 4, 4));
    assert_eq!(one(fails_at(Some("3")), false, "b0b00?0b"), (Some("3".into()), 3, 1, 2));
    assert_eq!(one(fails_at(Some("6")), false, "b0b00?0b"), (Some("6".into()), 6, 3, 3));
    assert_eq!(one(fails_at(None), false, "bb?"), (None, 3, 0, 3));
    let down = Told { is_down: true, ..Told::default() };
    assert_eq!(one(down, false, "b000b"), (Some("1".into()), 1, 0, 1));
}

#[test]
fn rule_2_what_cannot_be_kept_is_named() {
    let fails_at = |number| Told { fails_at: number, ..Told::default() };
    assert_eq!(one(fails_at(None), true, "00b00b"), (Some("2".into()), 2, 2, 0));
    assert_eq!(one(fails_at(Some("1")), true, "00b00b"), (Some("1".into()), 1, 1, 0));
    assert_eq!(one(fails_at(None), true, "b00"), (Some("0".into()), 0, 0, 0));
    let letters = Letters { is_down: true, ..Letters::default() };
    for text in ["00?00", "b0?"] {
        let error = settle(&fails_at(None), &letters, &[shard("s", text)]).unwrap_err().to_string();
        assert!(
            error.starts_with("records of shard s are not settled (dead letters cannot be kept at here"),
            "{error}"
        );
    }
}

#[test]
fn rule_4_each_shard_has_its_share_and_goes_on_after_anothers_failure() {
    let target = Told { fails_at: Some("1"), takes_millis: 10_000, ..Told::default() };
    let shards = [shard("a", "000"), shard("b", "0"), shard("c", "bb"), shard("d", "00")];
    let answers = settle(&target, &Letters::default(), &shards).unwrap();
    let lowest: Vec<Option<&str>> =
        answers.iter().map(|a| a.lowest_failure.as_ref().map(|s| s.0.as_str())).collect();
    assert_eq!(lowest, [Some("1"), None, None, Some("1")]);
    let given: Vec<(String, u64)> = target
        .given
        .lock()
        .unwrap()
        .iter()
        .map(|(shard, .., time)| (shard.clone(), time.as_secs()))
        .collect();
    // 60 / 4, 50 / 3, all that is left after those.
    assert_eq!(given, [("a".into(), 15), ("b".into(), 16), ("d".into(), 40)]);
}

#[test]
fn the_tries_of_our_own_mapping_are_handed_on() {
    let (target, letters) = (Told::default(), Letters::default());
    let clock = Manual(target.now.clone());
    let streams = Streams {
        target: &target,
        dead_letters: &letters,
        clock: &clock,
        stage: Stage::Sink,
        sink: Some("loki"),
    };
    let tries = Some(Tries { tries: 4, first_try_millis: 7 });
    futures::executor::block_on(streams.settle(&[shard("s", "0b")], tries, Duration::ZERO)).unwrap();
    assert_eq!(target.given.lock().unwrap()[0].2, 4);
    let letter = &letters.kept.lock().unwrap()[0];
    assert_eq!((letter.tries, letter.first_try_millis, letter.sink.as_deref()), (5, 7, Some("loki")));
}

#[test]
fn the_metrics_cover_what_was_settled_and_tell_how_much_was_not() {
    let target = Told { fails_at: Some("2"), ..Told::default() };
    let mut shards = [shard("a", "0b00"), shard("b", "0")];
    shards[0].records[1].arrival_millis = 700;
    shards[1].records[0].arrival_millis = 900;
    let answers = settle(&target, &Letters::default(), &shards).unwrap();
    let measured = measured(&shards, &answers, 1_000);
    assert_eq!((measured.account.records, measured.unsettled, measured.oldest_millis), (3, 2, Some(300)));
}
