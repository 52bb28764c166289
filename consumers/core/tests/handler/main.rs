//! The handler's contract, by the numbers in `handler.rs`.

#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod script;

use catchwater_consumer_core::contract::event_json;
use catchwater_consumer_core::handler::Settings;
use catchwater_schemas::account::Account;
use catchwater_schemas::dead_letter::Stage as LetterStage;
use catchwater_schemas::outcome::Outcome;
use proptest::prelude::*;
use script::{Act, NOW, reject, retry, stage};
use std::collections::BTreeSet;
use std::time::Duration;

/// An event record of the kit's events with these numbers.
fn record(numbers: impl IntoIterator<Item = u32>) -> Vec<u8> {
    numbers.into_iter().map(|n| event_json(n, 1) + "\n").collect::<String>().into_bytes()
}

#[test]
fn rule_1_only_what_needs_it_is_tried_again_and_not_before_its_time() {
    let stage = stage(Settings::default());
    stage.script(2, [retry(0), retry(3_000)]);
    stage.script(3, [retry(8_000), Act::Answer(Outcome::Duplicate)]);
    stage.script(4, [reject("Too wide: 900 columns")]);
    let response = stage.handle(&[record(1..5)], 0, 2);
    assert_eq!(response.lowest_failure, None);
    let a = &response.account;
    assert_eq!((a.records, a.taken, a.delivered, a.duplicates, a.dead["too_wide"]), (1, 4, 2, 1, 1));
    let calls = stage.sink.calls.lock().unwrap().clone();
    let ids: Vec<Vec<u128>> = calls.iter().map(|c| c.1.clone()).collect();
    assert_eq!(ids[..2], [vec![1, 2, 3, 4], vec![2]]);
    assert!(ids[2..].iter().all(|ids| *ids == [2] || *ids == [3] || *ids == [2, 3]), "{ids:?}");
    let first_of = |id: u128, nth: usize| calls.iter().filter(|c| c.1.contains(&id)).nth(nth).unwrap().0;
    assert!(first_of(3, 1) >= NOW + 8_000 && first_of(2, 2) >= first_of(2, 1) + 3_000);
    let kept = stage.letters.kept.lock().unwrap();
    let letter = kept.values().next().unwrap();
    assert_eq!(
        (letter.stage, letter.sink.as_deref(), letter.tries),
        (LetterStage::Sink, Some("scripted"), 3)
    );
    assert_eq!((letter.detail.as_str(), letter.first_try_millis), ("Too wide: 900 columns", NOW - 5));
    assert_eq!(
        (letter.bytes.as_slice(), letter.origin.sequence_number.as_str()),
        (event_json(4, 1).as_bytes(), "1")
    );
}

#[test]
fn rule_1_what_a_sink_leaves_out_is_counted_and_is_no_dead_letter() {
    let stage = stage(Settings::default());
    stage.script(2, [Act::Answer(Outcome::Filtered { reason: "kind_not_kept" })]);
    let response = stage.handle(&[record(1..4)], 0, 0);
    let a = &response.account;
    assert_eq!((response.lowest_failure, a.taken, a.delivered, a.filtered["kind_not_kept"]), (None, 3, 2, 1));
    assert!(a.sink_balances() && stage.letters.kept.lock().unwrap().is_empty());
}

#[test]
fn rule_1_a_panic_a_silence_and_a_wrong_number_of_outcomes_are_tried_again() {
    for act in [Act::Panic, Act::TooFew] {
        let stage = stage(Settings::default());
        stage.script(2, [act]);
        let response = stage.handle(&[record(1..4)], 0, 0);
        assert_eq!(response.lowest_failure, None);
        assert_eq!(response.account.delivered + response.account.duplicates, 3);
        assert_eq!(stage.sink.calls.lock().unwrap()[1].1, [1, 2, 3]);
    }
    let stage = stage(Settings::default());
    stage.script(2, [Act::Hang]);
    let response = stage.handle(&[record([1]), record([2])], 0, 0);
    assert_eq!((response.lowest_failure, response.account), (Some(0), Account::default()));
}

#[test]
fn rule_2_the_lowest_open_record_is_the_failure_and_rule_3_only_those_below_are_counted() {
    let stage = stage(Settings::default());
    stage.script(5, vec![retry(0); 1_000]);
    stage.script(6, [reject("no")]);
    let records = [record([1, 2]), record([3]), record([4, 5, 6]), record([7])];
    let response = stage.handle(&records, 0, 0);
    assert_eq!(response.lowest_failure, Some(2));
    assert_eq!((response.account.records, response.account.taken, response.account.delivered), (2, 3, 3));
    assert!(stage.letters.kept.lock().unwrap().is_empty(), "above the failure nothing has ended");
    assert!(stage.sink.clock.0.load(std::sync::atomic::Ordering::SeqCst) > NOW + 40_000, "kept trying");
}

#[test]
fn rule_2_without_dead_letters_nothing_passes() {
    let stage = stage(Settings { max_write_events: 1, ..Settings::default() });
    stage.letters.fails.lock().unwrap().push_back(true);
    stage.script(2, [reject("no"), reject("no")]);
    let records = [record([1]), record([2]), record([3])];
    let response = stage.handle(&records, 0, 0);
    assert_eq!((response.lowest_failure, response.account.delivered), (Some(1), 1));
    let again = stage.handle(&records, 1, 1);
    assert_eq!((again.lowest_failure, again.account.delivered, again.account.dead["no"]), (None, 1, 1));
}

#[test]
fn rule_4_a_bad_record_and_a_bad_line_cost_themselves() {
    let stage = stage(Settings::default());
    let mut cut = zstd_of(&record(0..50));
    cut.truncate(cut.len() / 2);
    let mixed = [record([1]), b"not json\nnot json\n".to_vec(), record([2])].concat();
    let newer = event_json(3, 1).replace("\"schema\":1", "\"schema\":9").into_bytes();
    let response = stage.handle(&[cut.clone(), mixed, newer], 0, 0);
    let a = &response.account;
    assert_eq!((response.lowest_failure, a.taken, a.delivered), (None, 6, 2));
    let words: Vec<&str> = a.dead.keys().map(String::as_str).collect();
    assert_eq!(words, ["event_layout", "not_an_event", "record_does_not_unpack"]);
    let kept = stage.letters.kept.lock().unwrap();
    assert!(kept.values().all(|l| l.stage == LetterStage::EventRecord));
    assert_eq!(
        kept.len() as u64,
        a.dead.values().sum::<u64>(),
        "equal lines are as many letters as are counted"
    );
    let bytes: BTreeSet<&[u8]> = kept.values().map(|l| l.bytes.as_slice()).collect();
    assert!(bytes.contains(cut.as_slice()) && bytes.contains(b"not json".as_slice()));
}

#[test]
fn equal_events_of_a_record_that_are_refused_are_as_many_dead_letters() {
    let stage = stage(Settings { retention: Some(Duration::from_secs(3600)), ..Settings::default() });
    let account = stage.handle(&[record([60, 60])], 0, 0).account;
    assert_eq!((account.taken, account.dead.values().sum::<u64>()), (2, 2));
    assert_eq!(stage.letters.kept.lock().unwrap().len(), 2);
}

#[test]
fn events_outside_the_sinks_time_are_dead_letters() {
    let hours = |n: u64| Some(Duration::from_secs(n * 3600));
    // The kit's event n is n minutes younger than two hours; event 60 is like event 0.
    for (retention, future, clock, dead) in [
        (None, hours(1), NOW, None),
        (hours(2), hours(1), NOW, None),
        (hours(1), hours(1), NOW, Some("event_older_than_retention")),
        (None, hours(1), NOW - 4 * 3_600_000, Some("event_in_the_future")),
        (None, None, NOW - 4 * 3_600_000, None),
    ] {
        let stage = stage(Settings { retention, future, ..Settings::default() });
        stage.sink.clock.0.store(clock, std::sync::atomic::Ordering::SeqCst);
        let account = stage.handle(&[record([60])], 0, 0).account;
        assert_eq!(account.dead.keys().next().map(String::as_str), dead);
        assert!(account.sink_balances());
    }
}

fn zstd_of(bytes: &[u8]) -> Vec<u8> {
    let mut packer = catchwater_schemas::record::Packer::new(Default::default());
    for line in bytes.split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
        packer.push(7, line, 0).unwrap();
    }
    packer.finish().remove(0).data
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        4 => Just(retry(0)),
        1 => (0u64..70_000).prop_map(retry),
        2 => Just(reject("no: x")),
        1 => Just(Act::Panic),
        1 => Just(Act::TooFew),
        1 => Just(Act::Hang),
    ];
    prop_oneof![3 => Just(Vec::new()), 1 => proptest::collection::vec(act, 1..6)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// As a mapping would: until nothing fails, from the failure on. Whatever sink and dead letters do, each event
    /// ends once, and the accounts of all answers add up.
    #[test]
    fn rules_1_to_3_hold_for_any_sink(
        sizes in proptest::collection::vec(0u32..6, 1..8),
        scripts in proptest::collection::vec(acts(), 48),
        fails in proptest::collection::vec(any::<bool>(), 0..6),
        max_write_events in 1usize..12,
    ) {
        let stage = stage(Settings { max_write_events, ..Settings::default() });
        stage.letters.fails.lock().unwrap().extend(fails);
        let mut total = 0u32;
        let mut ends = Vec::new();
        let records: Vec<Vec<u8>> = sizes.iter().map(|size| {
            let numbers = total..total + size;
            total += size;
            ends.push(total);
            record(numbers)
        }).collect();
        for (id, acts) in scripts.into_iter().enumerate() {
            stage.script(id as u128, acts);
        }
        let (mut from, mut sum) = (0, Account::default());
        for tries in 0.. {
            prop_assert!(tries < 2_000, "no progress");
            let response = stage.handle(&records, from, tries);
            prop_assert!(response.account.sink_balances());
            sum.add(&response.account);
            let settled = response.lowest_failure.map_or(records.len(), |lowest| from + lowest);
            prop_assert_eq!(sum.records, settled as u64);
            prop_assert_eq!(sum.taken, u64::from(if settled == 0 { 0 } else { ends[settled - 1] }));
            from = settled;
            if response.lowest_failure.is_none() {
                break;
            }
        }
        let dead: BTreeSet<String> = stage.letters.kept.lock().unwrap().values()
            .map(|l| l.origin.log_event.clone().unwrap().id).collect();
        prop_assert_eq!(dead.len() as u64, Account::total(&sum.dead));
        prop_assert_eq!(sum.taken, u64::from(total));
        let held = stage.sink.held.lock().unwrap();
        for id in 0..u128::from(total) {
            let is_dead = dead.contains(&format!("{id:032x}"));
            prop_assert!(held.contains_key(&id) != is_dead, "{} did not end once", id);
        }
    }
}
