//! Order, batches, shards, restart and stop: promises 1, 2, 9 to 13.

use crate::target::Act;
use crate::world::{Fault, World};
use catchwater_mapping::progress::LowWater;
use catchwater_mapping::status::State;
use catchwater_mapping::stream::SequenceNumber;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn p01_records_of_a_shard_come_in_order_one_batch_after_the_other() {
    let mut w = World::new(|_| Act::Slow(50, Box::new(Act::Settle)));
    w.settings.batch_size = 4;
    w.stream.put("s", 1..=10);
    w.run_to(10).await;
    assert_eq!(w.calls(), [vec![1, 2, 3, 4], vec![5, 6, 7, 8], vec![9, 10]]);
    let times: Vec<u64> = w.target.calls.lock().unwrap().iter().map(|c| c.at_millis).collect();
    assert_eq!(times, [0, 50, 100]);
}

#[tokio::test(start_paused = true)]
async fn p01_shards_do_not_wait_for_each_other() {
    let w = World::new(|seen| if seen.shard == "s" { Act::Hang } else { Act::Settle });
    w.stream.add_shard("other", &[]);
    w.stream.put("s", 1..=3);
    w.stream.put("other", 1..=3);
    let running = w.start();
    w.until(|w| w.position("other") == Some(3)).await;
    assert_eq!(w.position("s"), None);
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn p02_nothing_is_passed_while_positions_cannot_be_kept() {
    let w = World::new(|_| Act::Settle);
    let mut refusals = 5;
    *w.positions.fault.lock().unwrap() = Box::new(move || {
        refusals -= 1;
        if refusals >= 0 { Fault::Refused } else { Fault::None }
    });
    w.stream.put("s", 1..=3);
    let running = w.start();
    w.until(|w| w.calls().len() == 1).await;
    w.stream.put("s", 4..=5);
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!((w.position("s"), w.calls().len()), (None, 1), "the next batch waits for the commit");
    assert_eq!(running.shard().state, State::Retrying);
    assert_eq!(running.shard().last_error.as_deref(), Some("positions at memory: scripted"));
    w.until(|w| w.position("s") == Some(5)).await;
    assert_eq!(w.calls(), [vec![1, 2, 3], vec![4, 5]], "the target had settled the first");
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn p02_progress_tells_what_is_passed_and_at_the_start_what_was() {
    let mut w = World::new(|seen| if seen.numbers.len() == 3 { Act::FailAt(1) } else { Act::Hang });
    w.stream.put("s", 1..=3);
    let running = w.start();
    w.until(|w| w.position("s") == Some(1)).await;
    running.stop().await;
    assert_eq!(w.low_water.passed_by_all("stream", "s"), Some(SequenceNumber("1".into())));
    w.low_water = Arc::new(LowWater::new(["target"]));
    let calls = w.calls().len();
    let running = w.start();
    w.until(|w| w.calls().len() > calls).await;
    assert_eq!(w.low_water.passed_by_all("stream", "s"), Some(SequenceNumber("1".into())));
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn p09_a_stream_that_fails_for_a_while_or_a_reader_that_panics_loses_nothing() {
    let w = World::new(|_| Act::Settle);
    w.stream.down.store(true, Ordering::Relaxed);
    w.stream.put("s", 1..=2);
    let running = w.start();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(w.calls().is_empty());
    w.stream.down.store(false, Ordering::Relaxed);
    w.until(|w| w.position("s") == Some(2)).await;
    w.stream.down.store(true, Ordering::Relaxed);
    w.stream.put("s", [3]);
    tokio::time::sleep(Duration::from_secs(60)).await;
    let status = running.shard();
    assert_eq!(
        (status.state, status.last_error.as_deref()),
        (State::Retrying, Some("stream stream: scripted"))
    );
    w.stream.down.store(false, Ordering::Relaxed);
    w.until(|w| w.position("s") == Some(3)).await;
    w.stream.panics.store(true, Ordering::Relaxed);
    w.stream.put("s", [4]);
    w.until(|w| w.position("s") == Some(4)).await;
    assert!(!w.stream.panics.load(Ordering::Relaxed));
    assert_eq!(w.calls(), [vec![1, 2], vec![3], vec![4]]);
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn p09_a_restart_between_the_targets_answer_and_the_commit_brings_the_same_records_again() {
    let w = World::new(|_| Act::Settle);
    *w.positions.fault.lock().unwrap() = Box::new(|| Fault::SlowBefore);
    w.stream.put("s", 1..=3);
    let running = w.start();
    w.until(|w| w.calls().len() == 1).await;
    tokio::time::sleep(Duration::from_millis(1)).await;
    running.kill().await;
    assert_eq!((w.target.settled.lock().unwrap().len(), w.position("s")), (3, None));
    w.run_to(3).await;
    assert_eq!(w.calls(), [[1, 2, 3], [1, 2, 3]]);
    assert_eq!(w.kept()[0].account.delivered, 3, "counted once, with the position");
}

#[tokio::test(start_paused = true)]
async fn p10_parents_are_wholly_settled_before_their_children_and_merges_are_picked_up() {
    let w = World::new(|seen| if seen.tries < 3 { Act::Fail } else { Act::Settle });
    w.stream.add_shard("t", &[]);
    w.stream.put("s", 1..=3);
    w.stream.put("t", 1..=3);
    let running = w.start();
    w.until(|w| w.position("s") == Some(3) && w.position("t") == Some(3)).await;
    // A split of `s` and a merge of one of its children with `t`.
    w.stream.put("s", 4..=5);
    w.stream.add_shard("s-left", &["s"]);
    w.stream.add_shard("s-right", &["s"]);
    w.stream.add_shard("merged", &["s-right", "t"]);
    for (shard, numbers) in [("s-left", 6..=7), ("s-right", 6..=9), ("merged", 20..=21)] {
        w.stream.put(shard, numbers);
    }
    w.stream.end("s");
    w.stream.end("s-right");
    w.until(|w| w.ended("s-right") && w.position("s-left") == Some(7)).await;
    assert!(w.ended("s") && w.position("s") == Some(5));
    assert_eq!(w.position("merged"), None, "`t` has not ended");
    w.stream.end("t");
    w.until(|w| w.position("merged") == Some(21)).await;
    let order: Vec<(String, u64)> = w.target.settled.lock().unwrap().clone();
    let last = |shard: &str| order.iter().rposition(|(s, _)| s == shard).unwrap();
    let first = |shard: &str| order.iter().position(|(s, _)| s == shard).unwrap();
    assert!(last("s") < first("s-left") && last("s") < first("s-right"));
    assert!(last("s-right") < first("merged") && last("t") < first("merged"));
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn p10_a_shard_that_the_stream_has_removed_does_not_hold_its_children() {
    let w = World::new(|seen| if seen.shard == "s" { Act::Fail } else { Act::Settle });
    w.stream.put("s", 1..=1);
    let running = w.start();
    w.until(|w| w.calls().len() == 1).await;
    running.stop().await;
    w.stream.add_shard("child", &["s"]);
    w.stream.put("child", 5..=6);
    w.stream.remove("s");
    let running = w.start();
    w.until(|w| w.position("child") == Some(6)).await;
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn p10_a_shard_removed_while_it_is_read_ends() {
    let w = World::new(|_| Act::Settle);
    w.stream.put("s", 1..=1);
    let running = w.start();
    w.until(|w| w.position("s") == Some(1)).await;
    w.stream.add_shard("child", &["s"]);
    w.stream.put("child", 5..=6);
    w.stream.remove("s");
    w.until(|w| w.position("child") == Some(6)).await;
    assert!(w.ended("s"));
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn p11_a_batch_waits_for_its_window_and_goes_early_when_it_is_full() {
    let mut w = World::new(|_| Act::Settle);
    (w.settings.batch_size, w.settings.maximum_batching_window_ms) = (5, 1000);
    let running = w.start();
    for number in 1..=8 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        w.stream.put("s", [number]);
    }
    w.until(|w| w.position("s") == Some(8)).await;
    let calls = w.target.calls.lock().unwrap().clone();
    assert_eq!(calls[0].numbers, [1, 2, 3, 4, 5]);
    assert_eq!(calls[0].at_millis, 500, "full");
    assert_eq!(calls[1].numbers, [6, 7, 8]);
    assert_eq!(calls[1].at_millis, 1600, "1 s after record 6");
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn p11_without_a_window_what_is_there_goes_at_once_and_waiting_costs_no_reads() {
    let w = World::new(|_| Act::Settle);
    w.stream.put("s", 1..=2);
    let running = w.start();
    w.until(|w| w.position("s") == Some(2)).await;
    assert_eq!(w.target.calls.lock().unwrap()[0].at_millis, 0);
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(w.stream.reads.load(Ordering::Relaxed), 2, "one with records, one without");
    assert_eq!(running.shard().state, State::Waiting);
    w.stream.put("s", [3]);
    w.until(|w| w.position("s") == Some(3)).await;
    assert_eq!(w.target.calls.lock().unwrap()[1].at_millis, 3_600_000);
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn p11_a_batch_has_no_more_bytes_than_set_but_for_one_larger_record() {
    for window in [0, 1000] {
        let mut w = World::new(|_| Act::Settle);
        (w.settings.batch_bytes, w.settings.maximum_batching_window_ms) = (100, window);
        for (number, bytes) in [(1, 60), (2, 40), (3, 60), (4, 41), (5, 500), (6, 1)] {
            w.stream.put_aged("s", number, 0, bytes);
        }
        w.run_to(6).await;
        assert_eq!(w.calls(), [vec![1, 2], vec![3], vec![4], vec![5], vec![6]], "window {window}");
    }
}

#[tokio::test(start_paused = true)]
async fn p11_the_end_of_a_shard_ends_the_window() {
    let mut w = World::new(|_| Act::Settle);
    w.settings.maximum_batching_window_ms = 300_000;
    w.stream.put("s", 1..=2);
    w.stream.end("s");
    let running = w.start();
    w.until(|w| w.ended("s")).await;
    assert_eq!(w.target.calls.lock().unwrap()[0].at_millis, 0);
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn p12_an_account_whose_commit_lost_its_answer_is_counted_once() {
    let w = World::new(|_| Act::Settle);
    let mut faults = [Fault::AnswerLost, Fault::AnswerLost].into_iter();
    *w.positions.fault.lock().unwrap() = Box::new(move || faults.next().unwrap_or(Fault::None));
    w.stream.put("s", 1..=3);
    let running = w.start();
    w.until(|w| w.position("s") == Some(3)).await;
    w.stream.put("s", [4]);
    w.until(|w| w.position("s") == Some(4)).await;
    running.stop().await;
    let account = &w.kept()[0].account;
    assert_eq!((account.records, account.taken, account.delivered), (4, 4, 4));
}

#[tokio::test(start_paused = true)]
async fn p13_a_stop_is_at_once_and_the_batch_in_flight_comes_again() {
    let w = World::new(|seen| if seen.at_millis < 1000 { Act::Hang } else { Act::Settle });
    w.stream.put("s", 1..=3);
    let running = w.start();
    w.until(|w| w.calls().len() == 1).await;
    let before = tokio::time::Instant::now();
    running.stop().await;
    assert_eq!(before.elapsed(), Duration::ZERO);
    tokio::time::sleep(Duration::from_secs(1)).await;
    w.run_to(3).await;
    assert_eq!(w.calls(), [[1, 2, 3], [1, 2, 3]]);
}

#[tokio::test(start_paused = true)]
async fn p13_a_stop_ends_every_wait() {
    for down in ["stream", "letters", "target"] {
        let mut w = World::new(|_| Act::Fail);
        w.settings.maximum_retry_attempts = (down == "letters").then_some(0);
        w.stream.down.store(down == "stream", Ordering::Relaxed);
        w.letters.down.store(true, Ordering::Relaxed);
        w.stream.put("s", 1..=1);
        let running = w.start();
        tokio::time::sleep(Duration::from_secs(100)).await;
        let before = tokio::time::Instant::now();
        running.stop().await;
        assert_eq!(before.elapsed(), Duration::ZERO, "{down}");
        assert_eq!(w.position("s"), None, "{down}");
    }
}
