//! Real gzip envelopes through the handler to a scripted endpoint, by the numbers of the handler's contract.
#![allow(clippy::unwrap_used)] // clippy's exception for tests does not reach their helpers

mod world;

use catchwater_consumer_core::world::{Clock, SystemClock};
use catchwater_mapping::stream::Record;
use catchwater_mapping::target::{Batch, BatchResponse, Target, TargetError};
use catchwater_schemas::account::Account;
use futures::future::BoxFuture;
use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use world::{Alone, Endpoint, Letters, alone, handler, handler_with, noise_record, record, runtime};

fn invoke(
    handler: &dyn Target,
    records: &[Record],
    tries: u32,
    time: Duration,
) -> Result<BatchResponse, TargetError> {
    let batch = Batch { stream: "raw", shard: "s", records, tries, first_try_millis: 7, time_left: time };
    runtime().block_on(handler.invoke(batch))
}

fn index_of(response: &BatchResponse, records: &[Record]) -> usize {
    match &response.lowest_failure {
        None => records.len(),
        Some(lowest) => records.iter().position(|r| r.sequence_number == *lowest).expect("of the batch"),
    }
}

fn sum(alone: &[Alone]) -> Account {
    let mut account = Account::default();
    alone.iter().for_each(|a| account.add(&a.account));
    account
}

const LONG: Duration = Duration::from_secs(60);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Puts and dead letters fail as they like; the mapping's part, trying again from the lowest failure, is played.
    #[test]
    fn rules_1_to_3_under_any_failures(
        shapes in proptest::collection::vec(any::<u8>(), 1..40),
        puts in proptest::collection::vec(any::<bool>(), 0..40),
        keeps in proptest::collection::vec(any::<bool>(), 0..6),
    ) {
        let records: Vec<Record> = shapes.iter().enumerate().map(|(n, shape)| record(n, *shape)).collect();
        let alone: Vec<Alone> = records.iter().map(alone).collect();
        let endpoint = Arc::new(Endpoint::new(puts));
        let letters = Arc::new(Letters::new(keeps));
        let handler = handler(endpoint.clone(), letters.clone());
        let (mut from, mut total) = (0, Account::default());
        for tries in 0.. {
            prop_assert!(tries < 100, "no end of it");
            let response = invoke(&handler, &records[from..], tries, LONG).unwrap();
            let (events, kept) = (endpoint.event_ids(), letters.ids());
            let settled = |a: &Alone| a.events.is_subset(&events) && a.letters.is_subset(&kept);
            let unsettled = alone[from..].iter().position(|a| !settled(a));
            let expected = unsettled.unwrap_or(records.len() - from);
            let found = index_of(&response, &records[from..]);
            // What an earlier try had put may be found put again or not: never above what is missing.
            prop_assert!(found <= expected, "{} is said to be settled, {} is not", found, expected);
            if tries == 0 {
                prop_assert_eq!(found, expected);
            }
            prop_assert_eq!(&response.account, &sum(&alone[from..from + found]));
            total.add(&response.account);
            from += found;
            if response.lowest_failure.is_none() {
                break;
            }
        }
        prop_assert_eq!(total, sum(&alone));
        let all = |of: fn(&Alone) -> &BTreeSet<String>| alone.iter().flat_map(|a| of(a).clone()).collect::<BTreeSet<_>>();
        prop_assert_eq!(endpoint.event_ids(), all(|a| &a.events));
        prop_assert_eq!(letters.ids(), all(|a| &a.letters));
    }
}

#[test]
fn dead_letters_tell_of_their_tries() {
    let letters = Arc::new(Letters::new(Vec::new()));
    let handler = handler(Arc::new(Endpoint::new(Vec::new())), letters.clone());
    let before = SystemClock.now_millis();
    let response = invoke(&handler, &[record(0, world::BROKEN)], 4, LONG).unwrap();
    assert_eq!((response.lowest_failure, Account::total(&response.account.dead)), (None, 1));
    let kept = letters.kept.lock().unwrap();
    assert_eq!((kept[0].tries, kept[0].first_try_millis), (5, 7));
    assert!(kept[0].last_try_millis >= before);
    assert_eq!((kept[0].origin.stream.as_str(), kept[0].origin.shard.as_str()), ("raw", "s"));
}

#[test]
fn rule_2_a_later_event_record_that_fails_leaves_the_earlier_raw_records_settled() {
    // Each raw record fills more than one event record, all of one log stream, so of one key.
    let records: Vec<Record> = (0..6).map(noise_record).collect();
    let alone: Vec<Alone> = records.iter().map(alone).collect();
    let endpoint = Arc::new(Endpoint::new([vec![true; 5], vec![false; 1000]].concat()));
    let handler = handler(endpoint.clone(), Arc::new(Letters::new(Vec::new())));
    let response = invoke(&handler, &records, 0, LONG).unwrap();
    let put = endpoint.event_ids();
    let expected = alone.iter().position(|a| !a.events.is_subset(&put)).unwrap();
    assert!(expected > 0 && expected < 5, "{expected}");
    assert_eq!(index_of(&response, &records), expected);
    assert_eq!(response.account, sum(&alone[..expected]));
}

#[test]
fn rule_4_the_thread_waits_for_the_writer() {
    let records: Vec<Record> = (0..20).map(noise_record).collect();
    let endpoint = Arc::new(Endpoint::slow(Duration::from_millis(5)));
    let handler = handler(endpoint.clone(), Arc::new(Letters::new(Vec::new())));
    let response = invoke(&handler, &records, 0, LONG).unwrap();
    assert_eq!(response.lowest_failure, None);
    let events: BTreeSet<String> = records.iter().flat_map(|r| alone(r).events).collect();
    assert_eq!(endpoint.event_ids(), events);
}

#[test]
fn rule_5_a_silent_endpoint_costs_the_time_and_no_more() {
    let records: Vec<Record> = (0..4).map(|n| record(n, 3)).collect();
    let endpoint = Arc::new(Endpoint::slow(LONG));
    let handler = handler(endpoint, Arc::new(Letters::new(Vec::new())));
    let started = Instant::now();
    let response = invoke(&handler, &records, 0, Duration::from_millis(200)).unwrap();
    assert_eq!(index_of(&response, &records), 0);
    assert_eq!(response.account, Account::default());
    assert!(started.elapsed() < LONG / 4, "{:?}", started.elapsed());
}

/// Each look at this clock takes a minute.
struct Hurrying(AtomicU32);

impl Clock for Hurrying {
    fn now_millis(&self) -> i64 {
        i64::from(self.0.fetch_add(1, Ordering::Relaxed)) * 60_000
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        SystemClock.sleep(duration)
    }
}

#[test]
fn rule_5_the_first_raw_record_is_settled_however_short_the_time() {
    let records: Vec<Record> = (0..4).map(|n| record(n, 3)).collect();
    let (endpoint, letters) = (Arc::new(Endpoint::new(Vec::new())), Arc::new(Letters::new(Vec::new())));
    let handler = handler_with(endpoint, letters, Arc::new(Hurrying(AtomicU32::new(0))));
    let response = invoke(&handler, &records, 0, LONG).unwrap();
    assert_eq!(index_of(&response, &records), 1);
    assert_eq!(response.account, alone(&records[0]).account);
}

/// Panics at its second look, which is the thread's.
struct Breaking(AtomicU32);

impl Clock for Breaking {
    fn now_millis(&self) -> i64 {
        assert!(self.0.fetch_add(1, Ordering::Relaxed) != 1, "the clock breaks");
        SystemClock.now_millis()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        SystemClock.sleep(duration)
    }
}

#[test]
fn a_panic_of_the_thread_is_an_error_and_the_next_try_is_whole() {
    let records: Vec<Record> = (0..4).map(|n| record(n, 3)).collect();
    let endpoint = Arc::new(Endpoint::new(Vec::new()));
    let clock = Arc::new(Breaking(AtomicU32::new(0)));
    let handler = handler_with(endpoint.clone(), Arc::new(Letters::new(Vec::new())), clock);
    assert!(matches!(invoke(&handler, &records, 0, LONG), Err(TargetError::Failed(_))));
    let response = invoke(&handler, &records, 1, LONG).unwrap();
    assert_eq!(response.lowest_failure, None);
    let events: BTreeSet<String> = records.iter().flat_map(|r| alone(r).events).collect();
    assert_eq!(endpoint.event_ids(), events);
}
