//! A scripted endpoint and a clock that jumps: every test plays in virtual time on one thread.

use super::*;
use catchwater_consumer_core::world::{Clock, Rng};
use proptest::prelude::{Just, ProptestConfig, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// Time passes only when somebody waits for it; each wait costs a few turns of the executor.
struct JumpingClock(Arc<AtomicI64>);

impl Clock for JumpingClock {
    fn now_millis(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let now = self.0.clone();
        let until = now.load(Ordering::Relaxed) + duration.as_millis() as i64;
        Box::pin(async move {
            loop {
                tokio::task::yield_now().await;
                let at = now.fetch_add(1, Ordering::Relaxed);
                if at >= until {
                    return;
                }
            }
        })
    }
}

struct SeededRng(AtomicU64);

impl Rng for SeededRng {
    fn below(&self, bound: u64) -> u64 {
        let x = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let mixed = (x ^ (x >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        if bound == 0 { 0 } else { (mixed ^ (mixed >> 29)) % bound }
    }
}

/// What the endpoint does with the n-th entry that it sees (by turns), and with whole calls.
#[derive(Clone, Debug)]
struct Script {
    entries: Vec<bool>,
    calls: Vec<CallEnd>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum CallEnd {
    Answered,
    Lost,
    TakenAndLost,
    Short,
}

#[derive(Default)]
struct Seen {
    accepted: BTreeMap<String, Vec<String>>,
    entries: usize,
    calls: usize,
    largest: (usize, usize),
    key_twice: bool,
}

struct Scripted {
    script: Script,
    seen: Mutex<Seen>,
}

impl PutRecordsApi for Scripted {
    fn put_records<'a>(
        &'a self,
        _: &'a str,
        entries: &'a [PutEntry],
    ) -> BoxFuture<'a, Result<Vec<PutResult>, PutError>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            let mut seen = self.seen.lock().unwrap();
            seen.calls += 1;
            let bytes = entries.iter().map(|e| e.data.len() + e.partition_key.len()).sum();
            seen.largest = (seen.largest.0.max(entries.len()), seen.largest.1.max(bytes));
            let mut keys: Vec<_> = entries.iter().map(|e| &e.partition_key).collect();
            keys.sort();
            keys.dedup();
            seen.key_twice |= keys.len() < entries.len();
            let end = self.script.calls[seen.calls % self.script.calls.len()];
            if end == CallEnd::Lost {
                return Err(PutError::Unavailable("lost".into()));
            }
            let mut results = Vec::new();
            for entry in entries {
                seen.entries += 1;
                if self.script.entries[seen.entries % self.script.entries.len()] {
                    let text = String::from_utf8(entry.data.to_vec()).unwrap();
                    seen.accepted.entry(entry.partition_key.clone()).or_default().push(text);
                    let sequence_number = seen.entries.to_string();
                    results.push(PutResult::Accepted { shard_id: "0".into(), sequence_number });
                } else {
                    results.push(PutResult::failed("ProvisionedThroughputExceededException", ""));
                }
            }
            match end {
                CallEnd::TakenAndLost => Err(PutError::Unavailable("taken and lost".into())),
                CallEnd::Short => Ok(results[..results.len() / 2].to_vec()),
                _ => Ok(results),
            }
        })
    }
}

fn writer(script: Script, settings: PutSettings) -> (PutRecords, Arc<Scripted>) {
    let api = Arc::new(Scripted { script, seen: Mutex::default() });
    let clock = Arc::new(JumpingClock(Arc::default()));
    let rng = Arc::new(SeededRng(AtomicU64::new(7)));
    (PutRecords::new(api.clone(), "raw", clock, rng, settings), api)
}

fn entry(key: u8, data: String) -> PutEntry {
    PutEntry { partition_key: format!("k{key}"), explicit_hash_key: None, data: data.into() }
}

fn run<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn small() -> PutSettings {
    PutSettings {
        call_records: 5,
        call_bytes: 200,
        record_bytes: 100,
        queued_bytes: 400,
        ..Default::default()
    }
}

fn always(accepted: bool) -> Script {
    Script { entries: vec![accepted], calls: vec![CallEnd::Answered] }
}

/// The first time that each record was taken, in order.
fn first_times(accepted: &[String]) -> Vec<String> {
    let mut first = Vec::new();
    for text in accepted {
        if !first.contains(text) {
            first.push(text.clone());
        }
    }
    first
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn rules_1_to_3_under_any_failures(
        keys in proptest::collection::vec((0u8..6, 0usize..90), 0..120),
        failing in proptest::collection::vec(any::<bool>(), 0..12),
        ends in proptest::collection::vec(prop_oneof![
            3 => Just(CallEnd::Answered), 1 => Just(CallEnd::Lost),
            1 => Just(CallEnd::TakenAndLost), 1 => Just(CallEnd::Short)], 0..6),
    ) {
        let lossy = ends.iter().any(|e| matches!(e, CallEnd::TakenAndLost | CallEnd::Short));
        let script = Script {
            entries: failing.into_iter().chain([true, true]).collect(),
            calls: ends.into_iter().chain([CallEnd::Answered]).collect(),
        };
        let (writer, api) = writer(script, small());
        let entries: Vec<PutEntry> =
            keys.iter().enumerate().map(|(n, (key, len))| entry(*key, format!("{n}:{}", "x".repeat(*len)))).collect();
        let results = run(writer.put(entries.clone(), None));
        let seen = api.seen.lock().unwrap();
        for (entry, result) in entries.iter().zip(&results) {
            let fits = entry.data.len() + 2 <= 100;
            prop_assert_eq!(result.is_accepted(), fits, "{:?}", result);
        }
        for key in 0..6u8 {
            let key = format!("k{key}");
            let sent: Vec<String> = entries.iter().filter(|e| e.partition_key == key && e.data.len() + 2 <= 100)
                .map(|e| String::from_utf8(e.data.to_vec()).unwrap()).collect();
            let accepted = seen.accepted.get(&key).cloned().unwrap_or_default();
            prop_assert_eq!(first_times(&accepted), sent.clone());
            if !lossy {
                prop_assert_eq!(accepted, sent, "sent again although it was accepted");
            }
        }
        prop_assert!(seen.largest.0 <= 5 && seen.largest.1 <= 200 && !seen.key_twice);
    }

    #[test]
    fn rule_4_nothing_passes_what_was_given_up(
        keys in proptest::collection::vec(0u8..3, 1..60),
        failing in proptest::collection::vec(any::<bool>(), 3..9),
        patience in 0u64..400,
    ) {
        let settings = PutSettings { patience: Some(Duration::from_millis(patience)), ..small() };
        let script = Script { entries: failing, calls: vec![CallEnd::Answered] };
        let (writer, api) = writer(script, settings);
        let entries: Vec<PutEntry> =
            keys.iter().enumerate().map(|(n, key)| entry(*key, format!("{n}"))).collect();
        let deadline = Some(Duration::from_millis(2_000));
        let results = run(writer.put(entries.clone(), deadline));
        let seen = api.seen.lock().unwrap();
        for (n, (entry, result)) in entries.iter().zip(&results).enumerate() {
            let accepted = seen.accepted.get(&entry.partition_key).into_iter().flatten();
            let times = accepted.filter(|text| text.as_bytes() == &entry.data[..]).count();
            let late = matches!(result, PutResult::Failed { code, .. } if code == DEADLINE);
            prop_assert!(times == usize::from(result.is_accepted()) || (late && times <= 1), "{} {:?}", n, result);
        }
        for accepted in seen.accepted.values() {
            let numbers: Vec<usize> = accepted.iter().map(|t| t.parse().unwrap()).collect();
            prop_assert!(numbers.is_sorted(), "{:?}", numbers);
        }
    }
}

#[test]
fn rule_4_what_waits_behind_a_given_up_entry_fails_with_it() {
    let settings = PutSettings { patience: Some(Duration::ZERO), backoff_millis: 9, ..small() };
    let (writer, api) = writer(always(false), settings);
    let results = run(writer.put((0..4).map(|n| entry(n / 3, n.to_string())).collect(), None));
    let codes: Vec<&str> = results
        .iter()
        .map(|r| match r {
            PutResult::Failed { code, .. } => code.as_str(),
            PutResult::Accepted { .. } => "accepted",
        })
        .collect();
    let refused = "ProvisionedThroughputExceededException";
    assert_eq!(codes, [refused, HELD, HELD, refused]);
    assert!(api.seen.lock().unwrap().accepted.is_empty());
}

#[test]
fn a_refused_call_is_not_tried_again() {
    struct Refusing(AtomicU64);
    impl PutRecordsApi for Refusing {
        fn put_records<'a>(
            &'a self,
            _: &'a str,
            _: &'a [PutEntry],
        ) -> BoxFuture<'a, Result<Vec<PutResult>, PutError>> {
            self.0.fetch_add(1, Ordering::Relaxed);
            let code = "ResourceNotFoundException".to_string();
            Box::pin(async move { Err(PutError::Refused { code, message: "no stream".into() }) })
        }
    }
    let api = Arc::new(Refusing(AtomicU64::new(0)));
    let clock = Arc::new(JumpingClock(Arc::default()));
    let rng = Arc::new(SeededRng(AtomicU64::new(7)));
    let writer = PutRecords::new(api.clone(), "raw", clock, rng, small());
    let results = run(writer.put(vec![entry(0, "a".into())], None));
    assert!(matches!(&results[0], PutResult::Failed { code, .. } if code == "ResourceNotFoundException"));
    assert_eq!(api.0.load(Ordering::Relaxed), 1);
}

#[test]
fn the_deadline_ends_a_call_that_never_answers() {
    struct Silent;
    impl PutRecordsApi for Silent {
        fn put_records<'a>(
            &'a self,
            _: &'a str,
            _: &'a [PutEntry],
        ) -> BoxFuture<'a, Result<Vec<PutResult>, PutError>> {
            Box::pin(std::future::pending())
        }
    }
    let clock = Arc::new(JumpingClock(Arc::default()));
    let rng = Arc::new(SeededRng(AtomicU64::new(7)));
    let writer = PutRecords::new(Arc::new(Silent), "raw", clock, rng, small());
    let entries = (0..200).map(|n| entry(n % 3, n.to_string())).collect();
    let results = run(writer.put(entries, Some(Duration::from_millis(300))));
    assert_eq!(results.len(), 200);
    assert!(results.iter().all(|r| matches!(r, PutResult::Failed { code, .. } if code == DEADLINE)));
}

#[test]
fn rule_5_what_does_not_fit_waits_at_the_channel() {
    let (writer, api) = writer(always(false), small());
    run(async {
        let (sender, receiver) = mpsc::channel(1);
        let feed = async {
            let mut sent = 0usize;
            while sender.send((sent, entry(0, "x".repeat(80)))).await.is_ok() {
                sent += 1;
            }
            sent
        };
        let mut ended = 0;
        let put = writer.put_stream(receiver, Some(Duration::from_millis(500)), |_, _| ended += 1);
        let (sent, ()) = futures::join!(feed, put);
        // 400 bytes hold five such records, one more crosses the bound, one lies in the channel.
        assert!((1..=7).contains(&sent), "{sent}");
        assert_eq!(ended, sent);
    });
    assert!(api.seen.lock().unwrap().calls > 1);
}

#[test]
fn the_wait_doubles_and_stays_random() {
    let bounds = Arc::new(Mutex::new(Vec::new()));
    struct Recording(Arc<Mutex<Vec<u64>>>);
    impl Rng for Recording {
        fn below(&self, bound: u64) -> u64 {
            self.0.lock().unwrap().push(bound);
            bound - 1
        }
    }
    let api = Arc::new(Scripted { script: always(false), seen: Mutex::default() });
    let clock = Arc::new(JumpingClock(Arc::default()));
    let settings = PutSettings { backoff_millis: 10, backoff_most_millis: 100, ..small() };
    let writer = PutRecords::new(api, "raw", clock, Arc::new(Recording(bounds.clone())), settings);
    run(writer.put(vec![entry(0, "a".into())], Some(Duration::from_millis(1_000))));
    assert_eq!(bounds.lock().unwrap()[..6], [11, 21, 41, 81, 101, 101]);
}
