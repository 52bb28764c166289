use super::script::ScriptedFirehose;
use super::*;
use catchwater_consumer_core::world::{Clock, Rng};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};

/// Time passes only by waiting, which takes none.
#[derive(Default)]
struct JumpingClock(AtomicI64);

impl Clock for JumpingClock {
    fn now_millis(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.0.fetch_add(duration.as_millis() as i64, Ordering::SeqCst);
        Box::pin(async {})
    }
}

/// Always the longest wait.
struct Longest;

impl Rng for Longest {
    fn below(&self, bound: u64) -> u64 {
        bound.saturating_sub(1)
    }
}

fn writer(api: &Arc<ScriptedFirehose>, patience: Duration) -> PutRecordBatch {
    let settings = PutBatchSettings { patience, ..PutBatchSettings::default() };
    let (clock, rng) = (Arc::new(JumpingClock::default()), Arc::new(Longest));
    PutRecordBatch::new(api.clone(), "archive", clock, rng, settings)
}

fn put(api: &Arc<ScriptedFirehose>, records: &[Bytes], patience: Duration) -> Vec<RecordResult> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(writer(api, patience).put(records))
}

fn numbered(count: usize) -> Vec<Bytes> {
    (0..count).map(|n| Bytes::from(n.to_string())).collect()
}

fn throttled() -> RecordResult {
    RecordResult::failed("ServiceUnavailableException", "Slow down.")
}

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn clause_2_only_what_failed_is_sent_again() {
    let api = Arc::new(ScriptedFirehose::new(|call, records| {
        let fails = |n| call == 0 && n % 3 == 0;
        let result = |n| if fails(n) { throttled() } else { RecordResult::Accepted };
        Ok((0..records.len()).map(result).collect())
    }));
    let records = numbered(10);
    assert!(put(&api, &records, MINUTE).iter().all(RecordResult::is_accepted));
    let again: Vec<Bytes> = [0, 3, 6, 9].map(|n| records[n].clone()).into();
    assert_eq!(api.calls(), [records, again]);
}

#[test]
fn clause_2_patience_ends_the_tries_and_the_last_code_stays() {
    let api = Arc::new(ScriptedFirehose::new(|_, records| Ok(vec![throttled(); records.len()])));
    // Waits of 100, 200 and 400 ms end before the second is over, one of 800 would not.
    assert_eq!(put(&api, &numbered(1), Duration::from_secs(1)), [throttled()]);
    assert_eq!(api.calls().len(), 4);
    assert_eq!(put(&api, &numbered(1), Duration::ZERO), [throttled()]);
    assert_eq!(api.calls().len(), 5, "without patience one try");
}

#[test]
fn clause_3_what_was_not_answered_is_sent_again_and_the_rest_waits_with_it() {
    let api = Arc::new(ScriptedFirehose::new(|call, records| match call {
        0 => Err(Failure::ComeAgain("no answer".into())),
        _ => Ok(vec![RecordResult::Accepted; records.len()]),
    }));
    assert_eq!(put(&api, &numbered(1_200), Duration::ZERO).len(), 1_200);
    assert_eq!(api.calls().len(), 1, "the second call is not made");
    let api = Arc::new(ScriptedFirehose::new(|call, records| match call {
        0 => Err(Failure::ComeAgain("no answer".into())),
        _ => Ok(vec![RecordResult::Accepted; records.len()]),
    }));
    assert!(put(&api, &numbered(1_200), MINUTE).iter().all(RecordResult::is_accepted));
    assert_eq!(api.calls().iter().map(Vec::len).collect::<Vec<_>>(), [500, 500, 500, 200]);
}

#[test]
fn clause_4_a_refusal_is_the_last_call() {
    let api = Arc::new(ScriptedFirehose::new(|call, records| match call {
        0 => Ok(vec![RecordResult::Accepted; records.len()]),
        _ => Err(Failure::Refused { code: "ResourceNotFoundException".into(), message: "gone".into() }),
    }));
    let results = put(&api, &numbered(1_200), MINUTE);
    let gone = RecordResult::failed("ResourceNotFoundException", "gone");
    assert!(results[..500].iter().all(RecordResult::is_accepted));
    assert!(results[500..].iter().all(|result| *result == gone));
    assert_eq!(api.calls().len(), 2);
}

#[test]
fn clause_5_calls_fit_and_a_record_that_is_too_large_fails_alone() {
    let api = Arc::new(ScriptedFirehose::willing());
    let sizes = [RECORD_BYTES, RECORD_BYTES + 1, RECORD_BYTES, RECORD_BYTES, RECORD_BYTES, 7];
    let records: Vec<Bytes> = sizes.iter().map(|size| Bytes::from(vec![b'x'; *size])).collect();
    let results = put(&api, &records, MINUTE);
    let accepted: Vec<bool> = results.iter().map(RecordResult::is_accepted).collect();
    assert_eq!(accepted, [true, false, true, true, true, true]);
    assert!(matches!(&results[1], RecordResult::Failed { code, .. } if code == TOO_LARGE));
    let base64: Vec<usize> =
        api.calls().iter().map(|call| call.iter().map(|r| r.len().div_ceil(3) * 4).sum()).collect();
    assert!(base64.len() == 2 && base64.iter().all(|bytes| *bytes < CALL_BYTES), "{base64:?}");
    assert_eq!(put(&api, &[], MINUTE), []);
    assert_eq!(api.calls().len(), 2, "nothing to put, no call");
}

/// What the scripted Firehose answers a call.
#[derive(Clone, Debug)]
enum Turn {
    /// Accepts what is not named here, by index modulo 32.
    Partly(BTreeSet<usize>),
    /// One answer too few.
    Short,
    Silent,
    Refuses,
}

fn turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        6 => proptest::collection::btree_set(0usize..32, 0..32).prop_map(Turn::Partly),
        1 => Just(Turn::Short),
        1 => Just(Turn::Silent),
        1 => Just(Turn::Refuses),
    ]
}

proptest! {
    #[test]
    fn clause_1_each_record_ends_once(
        count in 0usize..1_300,
        turns in proptest::collection::vec(turn(), 1..8),
        patience in 0u64..20_000,
    ) {
        let api = Arc::new(ScriptedFirehose::new(move |call, records| match &turns[call % turns.len()] {
            Turn::Partly(failed) => Ok((0..records.len())
                .map(|n| if failed.contains(&(n % 32)) { throttled() } else { RecordResult::Accepted })
                .collect()),
            Turn::Short => Ok(vec![throttled(); records.len() - 1]),
            Turn::Silent => Err(Failure::ComeAgain("no answer".into())),
            Turn::Refuses => Err(Failure::Refused { code: "No".into(), message: String::new() }),
        }));
        let records = numbered(count);
        let results = put(&api, &records, Duration::from_millis(patience));
        prop_assert_eq!(results.len(), count);
        let mut accepted = api.accepted();
        accepted.sort_unstable();
        let said = records.iter().zip(&results).filter(|(_, result)| result.is_accepted());
        let mut said: Vec<Bytes> = said.map(|(record, _)| record.clone()).collect();
        said.sort_unstable();
        prop_assert_eq!(accepted, said);
        prop_assert!(api.calls().iter().all(|call| (1..=CALL_RECORDS).contains(&call.len())));
    }
}
