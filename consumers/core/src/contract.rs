//! The test kit of all sinks: what [`crate::sink::Sink`] promises, checked by the numbers given there. A sink's
//! tests make a [`Subject`] of it and call [`check`].

use crate::sink::Sink;
use catchwater_schemas::event::Event;
use catchwater_schemas::outcome::Outcome;
use futures::future::BoxFuture;
use std::sync::Arc;

/// A sink under test, and the store behind it.
pub trait Subject {
    /// Opens the sink on its store as it lies: first with an empty store, later again after the sink was dropped.
    fn open(&mut self) -> BoxFuture<'_, Arc<dyn Sink>>;

    /// Number of events that the store holds; called while no sink is open.
    fn held(&mut self) -> BoxFuture<'_, u64>;

    /// JSON of an event that the store refuses for good; `None` if it takes all.
    fn poison(&self) -> Option<String>;

    /// Can the store tell of an event whether it holds it? Of one that cannot, such as a database of points that only
    /// overwrites, clause 2 asks that each event is held once, and allows [`Outcome::Delivered`] for
    /// [`Outcome::Duplicate`] between calls. Within one call no store is needed to tell.
    fn tells_duplicates(&self) -> bool {
        true
    }
}

/// The JSON of the `number`-th test event at a revision; its message is the revision too.
pub fn event_json(number: u32, revision: u64) -> String {
    let (minute, kind) = (number % 60, ["service_query", "file_move", "log"][number as usize % 3]);
    format!(
        r#"{{"@timestamp":"2020-01-01T00:{minute:02}:00.000Z","service":{{"name":"shop"}},"event":{{"id":"{number:032x}"}},"catchwater":{{"schema":1,"revision":{revision},"kind":"{kind}","who":"bob"}},"message":"revision {revision}"}}"#
    )
}

/// Checks a sink, on an empty store, against its contract; panics with the number of the clause that it breaks.
pub async fn check(subject: &mut dyn Subject) {
    clause_1_one_outcome_an_event_in_their_order(subject).await;
    clause_2_equal_and_lower_revisions_are_duplicates_and_higher_replace(subject).await;
    clause_3_delivered_survives_a_restart_before_the_checkpoint(subject).await;
    clause_4_what_concerns_one_event_does_not_concern_the_others(subject).await;
    clause_5_a_call_may_be_dropped_and_made_again(subject).await;
}

async fn write(sink: &dyn Sink, events: &[(u32, u64)]) -> Vec<Outcome> {
    let json: Vec<String> = events.iter().map(|(number, revision)| event_json(*number, *revision)).collect();
    write_json(sink, &json).await
}

/// Writes the events of this JSON in one call.
pub async fn write_json(sink: &dyn Sink, json: &[String]) -> Vec<Outcome> {
    let events: Vec<Event<'_>> =
        json.iter().map(|line| Event::read(line).expect("the kit's events are readable")).collect();
    sink.write(&events).await
}

/// Is the event refused for good, for a reason that begins so?
pub fn is_rejected(outcome: &Outcome, word: &str) -> bool {
    matches!(outcome, Outcome::Reject { reason } if reason.starts_with(word))
}

/// Is the event to be tried again, for a reason with these words in it?
pub fn is_retry(outcome: &Outcome, words: &str) -> bool {
    matches!(outcome, Outcome::Retry { reason, .. } if reason.contains(words))
}

use Outcome::{Delivered, Duplicate};

/// Are the outcomes as expected? A store that cannot tell may say that it holds now what it held before.
fn agree(subject: &dyn Subject, outcomes: &[Outcome], expected: &[Outcome], clause: &str) {
    let untold = |(is, should): (&Outcome, &Outcome)| {
        is == should || (!subject.tells_duplicates() && (is, should) == (&Delivered, &Duplicate))
    };
    let all = outcomes.len() == expected.len() && outcomes.iter().zip(expected).all(untold);
    assert!(all, "{clause}: {outcomes:?}, not {expected:?}");
}

async fn clause_1_one_outcome_an_event_in_their_order(subject: &mut dyn Subject) {
    let sink = subject.open().await;
    assert_eq!(sink.write(&[]).await, [], "clause 1: no event, no outcome");
    let numbers: Vec<(u32, u64)> = (0..100).map(|n| (n, 1)).collect();
    assert_eq!(write(&*sink, &numbers).await, vec![Delivered; 100], "clause 1: new events");
    let mixed: Vec<(u32, u64)> = (90..110).rev().map(|n| (n, 1)).collect();
    let expected: Vec<Outcome> =
        mixed.iter().map(|(n, _)| if *n < 100 { Duplicate } else { Delivered }).collect();
    let outcomes = write(&*sink, &mixed).await;
    agree(subject, &outcomes, &expected, "clause 1: held and new events in one call");
    drop(sink);
    assert_eq!(subject.held().await, 110, "clause 1: all are held");
}

/// Numbers and revisions of one call's events, and their outcomes.
type Call<'a> = (&'a [(u32, u64)], &'a [Outcome]);

async fn clause_2_equal_and_lower_revisions_are_duplicates_and_higher_replace(subject: &mut dyn Subject) {
    let sink = subject.open().await;
    let calls: [Call<'_>; 5] = [
        (&[(200, 3)], &[Delivered]),
        (&[(200, 3)], &[Duplicate]),
        (&[(200, 2)], &[Duplicate]),
        (&[(200, 4)], &[Delivered]),
        (
            &[(201, 2), (201, 2), (200, 4), (201, 1), (201, 5), (201, 4)],
            &[Delivered, Duplicate, Duplicate, Duplicate, Delivered, Duplicate],
        ),
    ];
    for (events, expected) in calls {
        let outcomes = write(&*sink, events).await;
        agree(subject, &outcomes, expected, &format!("clause 2: (number, revision) {events:?}"));
    }
    drop(sink);
    assert_eq!(subject.held().await, 112, "clause 2: replaced, not added");
}

async fn clause_3_delivered_survives_a_restart_before_the_checkpoint(subject: &mut dyn Subject) {
    let events: Vec<(u32, u64)> = (300..400).map(|n| (n, 1)).collect();
    let sink = subject.open().await;
    assert_eq!(write(&*sink, &events).await, vec![Delivered; 100]);
    drop(sink);
    assert_eq!(subject.held().await, 212, "clause 3: held after the sink is gone");
    let sink = subject.open().await;
    let outcomes = write(&*sink, &events).await;
    agree(subject, &outcomes, &vec![Duplicate; 100], "clause 3: the same batch after a restart");
    let outcomes = write(&*sink, &[(200, 4), (201, 5)]).await;
    agree(subject, &outcomes, &[Duplicate, Duplicate], "clause 3: revisions too");
    assert_eq!(write(&*sink, &[(200, 5)]).await, [Delivered], "clause 3: a correction after a restart");
    drop(sink);
    assert_eq!(subject.held().await, 212, "clause 3: nothing twice");
}

async fn clause_4_what_concerns_one_event_does_not_concern_the_others(subject: &mut dyn Subject) {
    let Some(poison) = subject.poison() else { return };
    let sink = subject.open().await;
    let json = [event_json(400, 1), poison.clone(), event_json(401, 1), poison, event_json(400, 1)];
    let outcomes = write_json(&*sink, &json).await;
    let refused = |outcome: &Outcome| matches!(outcome, Outcome::Reject { .. });
    assert!(refused(&outcomes[1]) && refused(&outcomes[3]), "clause 4: the poison is refused: {outcomes:?}");
    let good = [&outcomes[0], &outcomes[2], &outcomes[4]];
    assert_eq!(good, [&Delivered, &Delivered, &Duplicate], "clause 4: the others are not touched");
    drop(sink);
    assert_eq!(subject.held().await, 214, "clause 4: the others are held");
}

async fn clause_5_a_call_may_be_dropped_and_made_again(subject: &mut dyn Subject) {
    let before = subject.held().await;
    let sink = subject.open().await;
    let events: Vec<(u32, u64)> = (500..600).map(|n| (n, 1)).collect();
    drop(futures::poll!(Box::pin(write(&*sink, &events))));
    let outcomes = write(&*sink, &events).await;
    let settled = outcomes.iter().all(|o| matches!(o, Delivered | Duplicate));
    assert!(settled && outcomes.len() == 100, "clause 5: the call made again settles all: {outcomes:?}");
    drop(sink);
    assert_eq!(subject.held().await, before + 100, "clause 5: each event is held once");
}
