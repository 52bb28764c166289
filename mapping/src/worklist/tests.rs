use super::*;
use crate::stream::SequenceNumber;
use proptest::prelude::*;

fn records(count: usize) -> Vec<Record> {
    let record = |n: usize| Record {
        sequence_number: SequenceNumber((n + 1).to_string()),
        partition_key: String::new(),
        arrival_millis: n as i64,
        data: Default::default(),
    };
    (0..count).map(record).collect()
}

fn of(count: usize, bisect: bool, retries: Option<u32>) -> Worklist {
    let mut work = Worklist::new(Rules { bisect, retries });
    work.load(records(count), 0);
    work
}

fn ranges(work: &Worklist) -> Vec<Range<usize>> {
    work.parts.iter().rev().map(|p| p.range.clone()).collect()
}

fn failed() -> Answer {
    Answer::Failed("x".into())
}

fn at(index: usize) -> Answer {
    Answer::FailedAt(index, Account::default())
}

#[test]
fn a_named_failure_is_cut_at_the_name_and_a_second_one_there_in_the_middle() {
    let mut work = of(10, true, None);
    let verdict = work.judge(at(4), |_| false);
    assert_eq!(verdict.settled.unwrap().0, 0..4);
    assert!(verdict.wait);
    assert_eq!(work.next().map(|p| p.range.clone()), Some(4..10));
    assert!(work.judge(at(0), |_| false).wait);
    assert_eq!(ranges(&work), [4..7, 7..10]);
}

#[test]
fn tries_go_with_the_records_and_retries_with_the_failure() {
    let mut work = of(4, true, Some(1));
    work.judge(failed(), |_| false);
    assert_eq!(work.next().map(|p| (p.range.clone(), p.tries, p.counted)), Some((0..2, 1, 0)));
    work.judge(at(1), |_| false);
    assert_eq!(work.next().map(|p| (p.range.clone(), p.tries, p.counted)), Some((1..2, 2, 1)));
    let verdict = work.judge(at(0), |_| false);
    assert_eq!(verdict.given_up, Some((1..2, Reason::RetryAttempts)));
    assert_eq!(work.next().map(|p| (p.range.clone(), p.tries, p.counted)), Some((2..4, 1, 0)));
}

#[test]
fn ages_are_given_up_in_growing_numbers_until_something_is_settled() {
    let mut work = of(100, true, None);
    work.judge(at(1), |_| false);
    for expected in [1..2, 2..4, 4..8, 8..16] {
        let verdict = work.judge(failed_or_named(expected.start), |_| true);
        assert_eq!(verdict.given_up, Some((expected, Reason::RecordAge)));
    }
    work.judge(at(1), |_| false);
    assert_eq!(work.judge(at(0), |_| true).given_up, Some((17..18, Reason::RecordAge)));
    // What is young stays.
    let verdict = work.judge(at(0), |record| record.arrival_millis < 19);
    assert_eq!(verdict.given_up, Some((18..19, Reason::RecordAge)));
    assert!(work.judge(at(0), |record| record.arrival_millis < 19).given_up.is_none());
}

/// The first is named; in the outage then, failures of the whole are not cut any more.
fn failed_or_named(start: usize) -> Answer {
    if start == 1 { at(0) } else { failed() }
}

proptest! {
    /// Whatever the answers: ranges come in order without gap or overlap, and nothing stays behind at the end.
    #[test]
    fn records_leave_in_order_each_once(
        count in 1usize..200,
        bisect: bool,
        retries in prop::option::of(0u32..4),
        some_index: prop::sample::Index,
        answers in prop::collection::vec((0u8..3, any::<prop::sample::Index>(), 0i64..400), 0..300),
    ) {
        let mut work = of(count, bisect, retries);
        let mut passed = 0;
        let mut answers = answers.into_iter();
        while let Some(part) = work.next().cloned() {
            prop_assert_eq!(part.range.start, passed, "the next part begins where the last one left");
            let (kind, index, old) = answers.next().unwrap_or((0, some_index, 0));
            let answer = match kind {
                0 => Answer::Settled(Account::default()),
                1 => at(index.index(part.range.len())),
                _ => failed(),
            };
            let failed_whole = kind == 2;
            let verdict = work.judge(answer, |record| record.arrival_millis < old);
            prop_assert!(!(failed_whole && verdict.settled.is_some()));
            for range in verdict.settled.map(|s| s.0).into_iter().chain(verdict.given_up.map(|g| g.0)) {
                prop_assert_eq!(range.start, passed);
                prop_assert!(range.end > range.start && range.end <= part.range.end);
                passed = range.end;
            }
        }
        prop_assert_eq!(passed, count);
    }
}
