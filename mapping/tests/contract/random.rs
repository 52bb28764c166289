//! All promises at once, under random faults of the target, the dead letters and the positions, random poison
//! records, and kills of the mapping at random moments, on a stream that splits and merges meanwhile.

use crate::target::{Act, Seen};
use crate::world::{Fault, Running, World};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use tokio::time::Instant;

/// Shards with their parents and the first of their records' numbers.
const SHARDS: [(&str, &[&str], u64); 5] = [
    ("s", &[], 1),
    ("t", &[], 1001),
    ("left", &["s"], 2001),
    ("right", &["s"], 3001),
    ("merged", &["right", "t"], 4001),
];

#[derive(Clone, Debug)]
struct Plan {
    batch_size: u32,
    batch_bytes: usize,
    window: u64,
    retries: Option<u32>,
    bisect: bool,
    /// Records in each shard.
    counts: Vec<u64>,
    /// What the target does at first; later it settles all but poison.
    acts: Vec<Act>,
    /// Records, by their place among all, that always fail, and how.
    poison: Vec<(prop::sample::Index, Act)>,
    commit_faults: Vec<Fault>,
    letter_faults: Vec<Fault>,
    /// The mapping is killed after so many more calls and commits and so many milliseconds.
    kills: Vec<(usize, u64)>,
}

fn act() -> impl Strategy<Value = Act> {
    let quick = prop_oneof![
        3 => Just(Act::Settle),
        4 => (0usize..6).prop_map(Act::FailAt),
        1 => Just(Act::FailElsewhere),
        2 => Just(Act::Fail),
        1 => Just(Act::Panic),
        1 => Just(Act::Hang),
    ];
    (quick, 0u64..40)
        .prop_map(|(act, millis)| if millis < 20 { act } else { Act::Slow(millis, Box::new(act)) })
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        3 => Just(Fault::None),
        1 => Just(Fault::Refused),
        1 => Just(Fault::AnswerLost),
        1 => Just(Fault::SlowBefore),
        1 => Just(Fault::SlowAfter),
    ]
}

fn plan() -> impl Strategy<Value = Plan> {
    let settings =
        (1u32..9, 1usize..80, prop_oneof![Just(0), Just(50u64)], prop::option::of(0u32..4), any::<bool>());
    let poison = prop_oneof![Just(Act::FailAt(0)), Just(Act::Fail), Just(Act::Panic), Just(Act::Hang)];
    let faults = (prop::collection::vec(fault(), 0..30), prop::collection::vec(fault(), 0..8));
    (
        settings,
        prop::collection::vec(0u64..14, SHARDS.len()),
        prop::collection::vec(act(), 0..40),
        prop::collection::vec((any::<prop::sample::Index>(), poison), 0..4),
        faults,
        prop::collection::vec((0usize..12, 0u64..60), 0..8),
    )
        .prop_map(|(settings, counts, acts, poison, (commit_faults, letter_faults), kills)| {
            let (batch_size, batch_bytes, window, retries, bisect) = settings;
            Plan {
                batch_size,
                batch_bytes,
                window,
                retries,
                bisect,
                counts,
                acts,
                poison,
                commit_faults,
                letter_faults,
                kills,
            }
        })
}

/// What was seen to be broken while it ran. A panic in a callback would be taken for the target's.
type Broken = Arc<Mutex<Vec<String>>>;

/// The target's script: random acts, poison, and a look at the order of what it is given.
fn script(w: &World, plan: &Plan, poison: Vec<(u64, Act)>, broken: &Broken) {
    let (broken, positions, stream) = (broken.clone(), w.positions.clone(), w.stream.clone());
    let mut acts = plan.acts.clone().into_iter();
    let (most, most_bytes) = (plan.batch_size as usize, plan.batch_bytes);
    *w.target.script.lock().unwrap() = Box::new(move |seen: &Seen| {
        let position = World::position_in(&*positions, &seen.shard);
        let open: Vec<u64> = stream
            .numbers(&seen.shard)
            .into_iter()
            .filter(|n| Some(*n) > position)
            .take(seen.numbers.len())
            .collect();
        if open != seen.numbers {
            broken.lock().unwrap().push(format!("{seen:?} came with the position at {position:?}"));
        }
        if seen.numbers.len() > most || (seen.numbers.len() > 1 && seen.numbers.len() * 10 > most_bytes) {
            broken.lock().unwrap().push(format!("{seen:?} is larger than set"));
        }
        for parent in stream.parents(&seen.shard) {
            if World::position_in(&*positions, &parent) != stream.numbers(&parent).last().copied() {
                broken.lock().unwrap().push(format!("{seen:?} came before the end of {parent}"));
            }
        }
        let bad = poison.iter().find_map(|(n, act)| Some((seen.numbers.iter().position(|s| s == n)?, act)));
        match (acts.next(), bad) {
            // A poison record fails whatever else happens.
            (Some(Act::Fail | Act::Panic | Act::Hang | Act::FailElsewhere), Some((_, act)))
            | (None, Some((_, act)))
                if !matches!(act, Act::FailAt(_)) =>
            {
                act.clone()
            }
            (Some(Act::FailAt(index)), Some((bad, _))) => Act::FailAt(index.min(bad)),
            (_, Some((bad, _))) => Act::FailAt(bad),
            (Some(act), None) => within(act, seen.numbers.len()),
            (None, None) => Act::Settle,
        }
    });
}

/// A target can name only records that it was given.
fn within(act: Act, len: usize) -> Act {
    match act {
        Act::FailAt(index) => Act::FailAt(index % len),
        Act::Slow(millis, then) => Act::Slow(millis, Box::new(within(*then, len))),
        act => act,
    }
}

/// Looks at each commit whether all that it passes is settled or kept.
fn watch_commits(w: &World, plan: &Plan, broken: &Broken) {
    let mut faults = plan.commit_faults.clone().into_iter();
    *w.positions.fault.lock().unwrap() = Box::new(move || faults.next().unwrap_or(Fault::None));
    let (broken, target, letters, stream) =
        (broken.clone(), w.target.clone(), w.letters.clone(), w.stream.clone());
    *w.positions.on_commit.lock().unwrap() = Box::new(move |shard, position| {
        let after = position.after.as_ref().map(|s| s.0.parse::<u64>().unwrap());
        let settled = target.settled.lock().unwrap();
        let dead = letters.numbers();
        let passed = stream.numbers(shard).into_iter().filter(|n| Some(*n) <= after);
        for number in passed {
            if !settled.contains(&(shard.to_string(), number)) && !dead.contains(&number) {
                broken.lock().unwrap().push(format!("{shard} passed {number} unresolved"));
            }
        }
    });
}

fn fill(w: &World, plan: &Plan, second_half: bool) {
    for ((shard, parents, first), count) in SHARDS.iter().zip(&plan.counts) {
        if parents.is_empty() {
            let half = count / 2;
            w.stream.put(shard, if second_half { first + half..first + count } else { *first..first + half });
        } else if second_half {
            w.stream.add_shard(shard, parents);
            w.stream.put(shard, *first..first + count);
        }
        if second_half {
            parents.iter().for_each(|parent| w.stream.end(parent));
        }
    }
}

fn done(w: &World) -> bool {
    SHARDS.iter().all(|(shard, ..)| w.position(shard) == w.stream.numbers(shard).last().copied())
        && ["s", "t", "right"].iter().all(|shard| w.ended(shard))
}

async fn live(plan: &Plan) -> (World, Vec<u64>, Broken) {
    let mut w = World::new(|_| Act::Settle);
    w.stream.add_shard("t", &[]);
    w.settings.batch_size = plan.batch_size;
    w.settings.batch_bytes = plan.batch_bytes;
    w.settings.maximum_batching_window_ms = plan.window;
    w.settings.maximum_retry_attempts = plan.retries;
    w.settings.maximum_record_age_seconds = Some(60);
    w.settings.bisect_batch_on_function_error = plan.bisect;
    w.settings.timeout_ms = 500;
    let all: Vec<u64> =
        SHARDS.iter().zip(&plan.counts).flat_map(|((.., first), n)| *first..first + n).collect();
    let poison: Vec<(u64, Act)> = match all.is_empty() {
        true => Vec::new(),
        false => plan.poison.iter().map(|(index, act)| (*index.get(&all), act.clone())).collect(),
    };
    let broken = Broken::default();
    script(&w, plan, poison, &broken);
    watch_commits(&w, plan, &broken);
    *w.letters.faults.lock().unwrap() = plan.letter_faults.clone();
    fill(&w, plan, false);
    let mut running: Running = w.start();
    for (n, (changes, millis)) in plan.kills.iter().enumerate() {
        let moment = Instant::now() + std::time::Duration::from_millis(*millis);
        let count = w.count_changes() + changes;
        if n > 0 {
            tokio::time::timeout_at(
                Instant::now() + std::time::Duration::from_secs(3),
                w.until(|w| w.count_changes() >= count),
            )
            .await
            .ok();
        }
        tokio::time::sleep_until(moment).await;
        running.kill().await;
        if n == 0 {
            fill(&w, plan, true);
        }
        running = w.start();
    }
    if plan.kills.is_empty() {
        fill(&w, plan, true);
    }
    w.until(done).await;
    running.stop().await;
    (w, all, broken)
}

fn check(w: &World, all: &[u64], broken: &Broken) {
    assert_eq!(*broken.lock().unwrap(), Vec::<String>::new());
    let settled: BTreeSet<u64> = w.target.settled.lock().unwrap().iter().map(|(_, n)| *n).collect();
    let dead: BTreeSet<u64> = w.letters.numbers().into_iter().collect();
    let lost: Vec<&u64> = all.iter().filter(|n| !settled.contains(n) && !dead.contains(n)).collect();
    assert!(lost.is_empty(), "neither delivered nor dead: {lost:?}");
    for kept in w.kept() {
        let numbers = w.stream.numbers(&kept.shard);
        let (count, account) = (numbers.len() as u64, &kept.account);
        let dead_here = numbers.iter().filter(|n| dead.contains(n)).count() as u64;
        let counted_dead: u64 = account.dead.values().sum();
        assert_eq!((account.records, account.taken), (count, count), "{kept:?}");
        assert!(account.sink_balances(), "{kept:?}");
        // A letter whose commit was cut off by a kill may be settled by the next try.
        assert!(counted_dead <= dead_here, "{kept:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 2000, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn all_promises_hold_under_random_faults_and_kills(plan in plan()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let (w, all, broken) = runtime.block_on(live(&plan));
        check(&w, &all, &broken);
    }
}
