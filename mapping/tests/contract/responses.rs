//! What the target may answer: promises 3 to 5.

use crate::target::{Act, Seen};
use crate::world::World;
use catchwater_mapping::status::State;
use std::time::Duration;

/// Fails each batch that holds the record.
fn poison(number: u64, act: Act) -> impl FnMut(&Seen) -> Act + Send {
    move |seen| if seen.numbers.contains(&number) { act.clone() } else { Act::Settle }
}

#[tokio::test(start_paused = true)]
async fn p03_a_named_failure_settles_what_is_below_and_the_rest_comes_again_after_a_wait() {
    let w = World::new(|seen| match seen.tries {
        0 => Act::FailAt(3),
        _ => Act::Settle,
    });
    w.stream.put("s", 1..=5);
    let running = w.start();
    w.until(|w| w.position("s").is_some()).await;
    assert_eq!(w.position("s"), Some(3), "never past the failure");
    assert_eq!(w.kept()[0].account.records, 3, "the mapping's number, not the target's");
    w.until(|w| w.position("s") == Some(5)).await;
    running.stop().await;
    let calls = w.target.calls.lock().unwrap().clone();
    assert_eq!(calls[0].numbers, [1, 2, 3, 4, 5]);
    assert_eq!((&calls[1].numbers[..], calls[1].tries), (&[4, 5][..], 1));
    assert!((50..=100).contains(&calls[1].at_millis), "{calls:?}");
    assert_eq!((w.kept()[0].account.records, w.kept()[0].account.delivered), (5, 5));
}

#[tokio::test(start_paused = true)]
async fn p03_waits_grow_to_ten_seconds_and_are_short_again_after_progress() {
    let mut w = World::new(|seen| match (seen.numbers[0], seen.at_millis) {
        (1, 0..60_000) => Act::FailAt(0),
        (1, _) => Act::FailAt(1),
        (2, 0..200_000) => Act::FailAt(0),
        _ => Act::Settle,
    });
    w.settings.bisect_batch_on_function_error = false;
    w.stream.put("s", 1..=2);
    w.run_to(2).await;
    let calls = w.target.calls.lock().unwrap().clone();
    let progress = calls.iter().position(|c| c.numbers[0] == 2).unwrap();
    let waits: Vec<u64> = calls.windows(2).map(|c| c[1].at_millis - c[0].at_millis).collect();
    assert!(waits[..progress - 1].is_sorted_by(|a, b| *b >= 5000 || a < b), "{waits:?}");
    assert!(waits.iter().all(|w| (50..=10_000).contains(w)), "{waits:?}");
    assert!(waits.iter().filter(|w| **w >= 5000).count() > 10, "{waits:?}");
    assert!(waits[progress - 1] <= 100, "{waits:?}");
}

#[tokio::test(start_paused = true)]
async fn p03_a_record_that_fails_by_name_for_long_does_not_take_the_batch_with_it_each_time() {
    let w = World::new(|seen| match seen.numbers.iter().position(|n| *n == 40) {
        Some(index) if seen.at_millis < 600_000 => Act::FailAt(index),
        _ => Act::Settle,
    });
    w.stream.put("s", 1..=64);
    w.run_to(64).await;
    let calls = w.calls();
    let alone = calls.iter().filter(|c| **c == [40]).count();
    assert!(alone > 50, "{calls:?}");
    let others: usize = calls.iter().filter(|c| **c != [40]).map(Vec::len).sum();
    assert!(others < 64 * 3, "{others}: {calls:?}");
}

#[tokio::test(start_paused = true)]
async fn p04_error_panic_silence_and_invalid_failure_fail_the_whole_batch() {
    let cases = [
        (Act::Fail, "scripted failure"),
        (Act::Panic, "the target panicked"),
        (Act::Hang, "no answer within 7s"),
        (Act::FailElsewhere, "the answer names a record that is not in the batch"),
    ];
    for (act, error) in cases {
        let mut w = World::new(move |seen| if seen.tries == 0 { act.clone() } else { Act::Settle });
        (w.settings.bisect_batch_on_function_error, w.settings.timeout_ms) = (false, 7000);
        w.stream.put("s", 1..=3);
        let running = w.start();
        w.until(|w| w.calls().len() == 1).await;
        tokio::time::sleep(Duration::from_millis(7010)).await;
        let status = running.shard();
        assert_eq!(status.last_error.as_deref(), Some(error), "no payload either");
        w.until(|w| w.position("s") == Some(3)).await;
        running.stop().await;
        assert_eq!(w.calls(), [[1, 2, 3], [1, 2, 3]], "{error}");
        assert_eq!(w.kept()[0].account.delivered, 3, "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn p04_while_it_retries_the_status_says_so() {
    let w = World::new(|_| Act::Fail);
    w.stream.put_aged("s", 1, 60, 10);
    let running = w.start();
    w.until(|w| w.calls().len() == 6).await;
    tokio::time::sleep(Duration::from_millis(1)).await;
    let status = running.shard();
    assert_eq!((status.state, status.tries), (State::Retrying, 6));
    assert!(status.behind_millis > 60_000, "{status:?}");
    assert!(status.last_error_millis.is_some());
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn p05_bisect_isolates_a_poison_record_and_lets_the_others_pass() {
    for act in [Act::Fail, Act::Panic, Act::FailElsewhere] {
        let mut w = World::new(poison(6, act));
        w.settings.maximum_retry_attempts = Some(2);
        w.stream.put("s", 1..=8);
        w.run_to(8).await;
        assert_eq!(w.letters.numbers(), [6]);
        let expected: &[&[u64]] = &[
            &[1, 2, 3, 4, 5, 6, 7, 8],
            &[1, 2, 3, 4],
            &[5, 6, 7, 8],
            &[5, 6],
            &[5],
            &[6],
            &[6],
            &[6],
            &[7, 8],
        ];
        assert_eq!(w.calls(), expected, "cutting uses up no retry");
        let account = w.kept()[0].account.clone();
        assert_eq!((account.records, account.delivered), (8, 7));
        assert!(account.sink_balances());
    }
}

#[tokio::test(start_paused = true)]
async fn p05_halves_are_tried_at_once() {
    let mut w = World::new(poison(1, Act::Fail));
    w.settings.maximum_retry_attempts = Some(0);
    w.stream.put("s", 1..=64);
    w.run_to(64).await;
    assert_eq!(w.target.calls.lock().unwrap().last().unwrap().at_millis, 0);
}

#[tokio::test(start_paused = true)]
async fn p05_without_bisect_the_whole_batch_comes_again() {
    let mut w = World::new(poison(2, Act::Fail));
    w.settings.bisect_batch_on_function_error = false;
    w.settings.maximum_retry_attempts = Some(1);
    w.stream.put("s", 1..=3);
    w.run_to(3).await;
    assert_eq!(w.calls(), [[1, 2, 3], [1, 2, 3]]);
    assert_eq!(w.letters.numbers(), [1, 2, 3]);
}
