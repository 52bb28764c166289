//! Giving up: promises 6 to 8.

use crate::target::{Act, Seen};
use crate::world::{START, World};
use catchwater_mapping::status::State;
use catchwater_schemas::dead_letter::Stage;
use std::sync::atomic::Ordering;
use std::time::Duration;

const HOUR: i64 = 3600;

fn names(bad: &'static [u64]) -> impl FnMut(&Seen) -> Act + Send {
    move |seen| match seen.numbers.iter().position(|n| bad.contains(n)) {
        Some(index) => Act::FailAt(index),
        None => Act::Settle,
    }
}

#[tokio::test(start_paused = true)]
async fn p06_a_failing_record_is_given_up_at_nine_tenths_of_the_retention() {
    let w = World::new(names(&[2]));
    w.stream.put_aged("s", 1, 0, 10);
    w.stream.put_aged("s", 2, 0, 10);
    w.stream.put_aged("s", 3, 0, 10);
    w.run_to(3).await;
    assert_eq!(w.letters.numbers(), [2]);
    let letter = w.letters.kept.lock().unwrap().values().next().unwrap().clone();
    let age = (letter.last_try_millis - START) / 1000;
    assert!((21 * HOUR + 2160..21 * HOUR + 2180).contains(&age), "21.6 h and at most a wait more: {age}");
    assert_eq!(w.kept()[0].account.dead["record_age_exceeded"], 1);
}

#[tokio::test(start_paused = true)]
async fn p06_the_age_is_bounded_by_seven_days_and_set_by_the_setting() {
    let mut w = World::new(names(&[1, 2, 3]));
    w.settings.maximum_record_age_seconds = Some(u64::MAX);
    w.stream.put_aged("s", 1, 604_801, 10);
    let running = w.start();
    w.until(|w| w.position("s") == Some(1)).await;
    w.stream.put_aged("s", 2, 604_700, 10);
    tokio::time::sleep(Duration::from_secs(50)).await;
    assert_eq!(w.letters.numbers(), [1]);
    running.stop().await;
    w.settings.maximum_record_age_seconds = Some(60);
    w.run_to(2).await;
    assert_eq!(w.letters.numbers(), [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn p06_only_what_failed_and_is_too_old_is_given_up() {
    for bisect in [true, false] {
        let mut w = World::new(names(&[2, 4]));
        w.settings.maximum_record_age_seconds = Some(1000);
        w.settings.bisect_batch_on_function_error = bisect;
        for (number, age) in [(1, 2000), (2, 2000), (3, 2000), (4, 500), (5, 500)] {
            w.stream.put_aged("s", number, age, 10);
        }
        let running = w.start();
        w.until(|w| w.position("s") == Some(3)).await;
        tokio::time::sleep(Duration::from_secs(400)).await;
        assert_eq!(w.letters.numbers(), [2], "1 and 3 were never tried in vain, 4 is young");
        assert_eq!(w.position("s"), Some(3));
        w.until(|w| w.position("s") == Some(5)).await;
        assert_eq!(w.letters.numbers(), [2, 4]);
        running.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn p06_a_record_that_was_never_tried_is_tried_however_old() {
    let w = World::new(|_| Act::Settle);
    w.stream.put_aged("s", 1, 1000 * HOUR, 10);
    w.run_to(1).await;
    assert!(w.letters.numbers().is_empty());
    assert_eq!(w.kept()[0].account.delivered, 1);
}

#[tokio::test(start_paused = true)]
async fn p06_in_an_outage_a_backlog_that_is_too_old_is_given_up_in_few_tries() {
    for act in [Act::Hang, Act::FailAt(0)] {
        let mut w =
            World::new(move |seen| if seen.at_millis < 3_600_000 { act.clone() } else { Act::Settle });
        w.settings.maximum_record_age_seconds = Some(60);
        (1..=3000).for_each(|number| w.stream.put_aged("s", number, 2 * HOUR, 10));
        w.stream.put_aged("s", 3001, -2 * HOUR, 10);
        w.run_to(3001).await;
        assert_eq!(w.letters.numbers(), (1..=3000).collect::<Vec<u64>>());
        let tries = w.target.calls.lock().unwrap().iter().filter(|c| c.numbers[0] <= 3000).count();
        assert!(tries < 40, "{tries}");
        assert_eq!(w.kept()[0].account.records, 3001);
    }
}

#[tokio::test(start_paused = true)]
async fn p07_retries_do_not_count_the_first_try_and_only_the_named_record_uses_them_up() {
    let mut w = World::new(names(&[2, 5]));
    w.settings.maximum_retry_attempts = Some(3);
    w.stream.put("s", 1..=6);
    w.run_to(6).await;
    assert_eq!(w.letters.numbers(), [2, 5]);
    for number in [2, 5] {
        let named = |c: &&Vec<u64>| c.iter().find(|n| [2, 5].contains(*n)) == Some(&number);
        let calls = w.calls();
        assert_eq!(calls.iter().filter(named).count(), 4, "{number}: {calls:?}");
    }
    assert_eq!(w.kept()[0].account.dead["retry_attempts_exhausted"], 2);
    assert!(w.kept()[0].account.sink_balances());
}

#[tokio::test(start_paused = true)]
async fn p07_no_number_of_retries_is_no_end_of_retries() {
    let mut w = World::new(names(&[1]));
    w.settings.maximum_record_age_seconds = Some(86_400);
    w.stream.put("s", 1..=2);
    let running = w.start();
    w.until(|w| w.calls().len() == 5000).await;
    assert!(w.letters.numbers().is_empty() && w.position("s").is_none());
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn p08_a_dead_letter_has_bytes_origin_tries_and_times() {
    let mut w = World::new(|seen| if seen.numbers == [9] { Act::Settle } else { Act::Fail });
    w.settings.maximum_retry_attempts = Some(1);
    w.stream.put_aged("s", 7, 5, 3);
    w.stream.put("s", [9]);
    w.run_to(9).await;
    let letter = w.letters.kept.lock().unwrap().values().next().unwrap().clone();
    assert_eq!((letter.stage, letter.reason.as_str()), (Stage::Mapping, "retry_attempts_exhausted"));
    assert_eq!((letter.sink.as_deref(), letter.detail.as_str()), (Some("target"), "scripted failure"));
    assert_eq!(letter.bytes, [7, 7, 7]);
    let origin = &letter.origin;
    assert_eq!((origin.stream.as_str(), origin.shard.as_str()), ("stream", "s"));
    assert_eq!((origin.sequence_number.as_str(), origin.partition_key.as_str()), ("7", "key-7"));
    assert_eq!(origin.arrival_millis, START - 5000);
    // With its batch, alone, and alone once more.
    assert_eq!((letter.tries, letter.first_try_millis), (3, START));
    assert!((50..=100).contains(&(letter.last_try_millis - START)));
}

#[tokio::test(start_paused = true)]
async fn p08_while_dead_letters_are_down_the_shard_waits() {
    let mut w = World::new(names(&[2]));
    w.settings.maximum_retry_attempts = Some(0);
    w.letters.down.store(true, Ordering::Relaxed);
    w.stream.put("s", 1..=3);
    let running = w.start();
    w.until(|w| w.position("s") == Some(1)).await;
    tokio::time::sleep(Duration::from_secs(86_400)).await;
    assert_eq!(w.position("s"), Some(1));
    assert!(w.letters.refused.load(Ordering::Relaxed) > 1000);
    let status = running.shard();
    assert_eq!(status.state, State::BlockedByDeadLetters);
    assert_eq!(status.last_error.as_deref(), Some("dead letters cannot be kept at memory: scripted"));
    assert!(status.behind_millis >= 86_400_000);
    w.letters.down.store(false, Ordering::Relaxed);
    w.until(|w| w.position("s") == Some(3)).await;
    assert_eq!(w.letters.numbers(), [2]);
    running.stop().await;
}
