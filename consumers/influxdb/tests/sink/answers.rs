//! What a real server cannot be made to answer at will: a server by script.

use super::*;
use catchwater_consumer_core::contract::event_json;
use catchwater_consumer_core::http::script::{Reply, ScriptedServer, Seen};
use std::sync::{Arc, Mutex};
use std::time::Duration;

fn events(numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(|number| event_json(number, 1)).collect()
}

async fn answered(reply: Reply) -> (Vec<Outcome>, usize) {
    let server = ScriptedServer::start(move |_, _| reply.clone()).await.unwrap();
    let outcomes = write(&sink(server.url(), |_| {}), &events(0..10)).await;
    (outcomes, server.seen().len())
}

#[tokio::test]
async fn what_concerns_the_server_is_asked_once_and_comes_later() {
    let busy = |status| Reply::Full(status, vec![("retry-after", "7".into())], "{}".into());
    for (reply, words) in [
        (busy(429), "429"),
        (busy(503), "503"),
        (Reply::status(500, r#"{"error":"timeout"}"#), "500"),
        (Reply::status(200, ""), "200"),
        (Reply::status(401, r#"{"error":"authorization failed"}"#), "token_env"),
        (Reply::status(403, "{}"), "right to write"),
        (Reply::status(404, r#"{"error":"database not found: \"catchwater\""}"#), "CREATE DATABASE"),
        (Reply::Close, "cut"),
        (Reply::Half("{".into()), "cut"),
    ] {
        let (outcomes, requests) = answered(reply).await;
        assert!(outcomes.len() == 10 && outcomes.iter().all(|o| is_retry(o, words)), "{words}: {outcomes:?}");
        assert_eq!(requests, 1, "{words}");
        if ["429", "503"].contains(&words) {
            assert!(matches!(outcomes[0], Outcome::Retry { after, .. } if after == Duration::from_secs(7)));
        }
    }
    let gone = sink("http://127.0.0.1:1".into(), |_| {});
    assert!(is_retry(&write(&gone, &events(0..1)).await[0], "not reached"));
}

#[tokio::test]
async fn requests_are_as_each_version_wants_them() {
    let server = ScriptedServer::start(|_, _| Reply::status(204, "")).await.unwrap();
    write(&sink(server.url(), |_| {}), &events(0..1)).await;
    let two = sink(server.url() + "/influx", |config| {
        config.bucket = Some("events".into());
        config.organization = Some("archive".into());
        config.token_env = Some("PATH".into());
        config.gzip = false;
    });
    write(&two, &events(0..100)).await;
    let seen = server.seen();
    assert_eq!(seen[0].line, "POST /write?db=catchwater&precision=ns");
    assert_eq!(seen[1].line, "POST /influx/api/v2/write?org=archive&bucket=events&precision=ns");
    assert!(seen[1].header("authorization").unwrap().starts_with("Token "));
    assert_eq!((seen[1].header("content-encoding"), seen[1].text().lines().count()), (None, 100));
}

/// A database that refuses lines of which `is_bad` and answers as `reply` says of how many; keeps the others.
async fn choosy(
    is_bad: fn(&str) -> bool,
    reply: fn(usize) -> Reply,
) -> (ScriptedServer, Arc<Mutex<std::collections::BTreeSet<String>>>) {
    let kept: Arc<Mutex<std::collections::BTreeSet<String>>> = Arc::default();
    let keeping = Arc::clone(&kept);
    let server = ScriptedServer::start(move |_, seen: &Seen| {
        let text = seen.text();
        let (bad, good): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| is_bad(line));
        keeping.lock().unwrap().extend(good.into_iter().map(String::from));
        if bad.is_empty() { Reply::status(204, "") } else { reply(bad.len()) }
    });
    (server.await.unwrap(), kept)
}

fn is_of_the_second_hundred(line: &str) -> bool {
    line.contains(&format!("event.id=\"{:030x}", 1))
}

#[tokio::test]
async fn a_line_that_is_not_named_is_found_by_halving() {
    let bad: fn(&str) -> bool =
        |line| ["00007", "00042", "00043"].iter().any(|id| line.contains(&format!("{id}\",")));
    let reply: fn(usize) -> Reply = |_| {
        Reply::status(400, r#"{"error":"partial write: unable to parse 'x y': missing fields dropped=0"}"#)
    };
    let (server, kept) = choosy(bad, reply).await;
    let outcomes = write(&sink(server.url(), |_| {}), &events(0..0x80)).await;
    for (number, outcome) in outcomes.iter().enumerate() {
        match [0x7, 0x42, 0x43].contains(&number) {
            true => assert!(is_rejected(outcome, "line_not_parsed:"), "{number}: {outcome:?}"),
            false => assert_eq!(*outcome, Outcome::Delivered, "{number}"),
        }
    }
    assert_eq!(kept.lock().unwrap().len(), 0x80 - 3);
    assert!(server.seen().len() < 32, "{} requests for three lines of 128", server.seen().len());
}

#[tokio::test]
async fn lines_beyond_the_retention_are_known_by_their_number() {
    // The kit's event n is of minute n: the first 20 minutes are too old.
    let bad: fn(&str) -> bool = |line| {
        let time: i64 = line.rsplit(' ').next().unwrap().parse().unwrap();
        time < (1_577_836_800 + 20 * 60) * 1_000_000_000
    };
    let reply: fn(usize) -> Reply = |dropped| {
        Reply::status(
            422,
            format!(r#"{{"message":"partial write: points beyond retention policy dropped={dropped}"}}"#),
        )
    };
    let (server, kept) = choosy(bad, reply).await;
    let mut json = events(0..60);
    json.reverse();
    let outcomes = write(&sink(server.url(), |_| {}), &json).await;
    for (outcome, minute) in outcomes.iter().zip((0..60).rev()) {
        match minute < 20 {
            true => assert!(is_rejected(outcome, "older_than_retention:"), "{minute}: {outcome:?}"),
            false => assert_eq!(*outcome, Outcome::Delivered, "{minute}"),
        }
    }
    assert_eq!((kept.lock().unwrap().len(), server.seen().len()), (40, 3));
}

#[tokio::test]
async fn a_batch_of_bad_lines_is_resolved_step_by_step() {
    let reply: fn(usize) -> Reply = |_| Reply::status(400, "{}");
    let (server, kept) = choosy(is_of_the_second_hundred, reply).await;
    let mut open = events(0..0x200);
    let (mut delivered, mut rejected, mut calls) = (0, 0, 0);
    while !open.is_empty() {
        let outcomes = write(&sink(server.url(), |_| {}), &open).await;
        delivered += outcomes.iter().filter(|o| **o == Outcome::Delivered).count();
        rejected += outcomes.iter().filter(|o| is_rejected(o, "line_refused:")).count();
        let mut again = outcomes.iter().map(|o| is_retry(o, "search goes on"));
        let before = open.len();
        open.retain(|_| again.next().unwrap());
        assert!(open.len() < before, "no step forward");
        calls += 1;
    }
    assert_eq!((delivered, rejected, kept.lock().unwrap().len()), (0x100, 0x100, 0x100));
    assert!(calls > 1, "one call may not ask for ever");
}

#[tokio::test]
async fn a_body_that_is_too_large_is_halved() {
    let server = ScriptedServer::start(|_, seen| match seen.text().lines().count() {
        0..=30 if !seen.text().contains("0000000011\"") => Reply::status(204, ""),
        _ => Reply::status(413, "{}"),
    });
    let server = server.await.unwrap();
    let outcomes = write(&sink(server.url(), |_| {}), &events(0..100)).await;
    let refused: Vec<usize> = (0..100).filter(|n| is_rejected(&outcomes[*n], "line_too_long:")).collect();
    let delivered = outcomes.iter().filter(|o| **o == Outcome::Delivered).count();
    assert_eq!((refused, delivered), (vec![0x11], 99));
}

#[tokio::test]
async fn bodies_are_cut_at_their_limit_and_a_longer_line_is_refused() {
    let server = ScriptedServer::start(|_, _| Reply::status(204, "")).await.unwrap();
    let small = sink(server.url(), |config| config.max_body_kib = 2);
    let mut json = events(0..100);
    json[50] = json[50].replace("revision 1\"", &format!("{}\"", "x".repeat(3_000)));
    let outcomes = write(&small, &json).await;
    assert!(is_rejected(&outcomes[50], "line_too_long:"), "{:?}", outcomes[50]);
    assert_eq!(outcomes.iter().filter(|o| **o == Outcome::Delivered).count(), 99);
    let bodies: Vec<usize> = server.seen().iter().map(|seen| seen.body.len()).collect();
    assert!(bodies.len() > 5 && bodies.iter().all(|bytes| *bytes <= 2_048), "{bodies:?}");
}

#[tokio::test]
async fn what_one_call_brings_twice_is_settled_with_what_was_sent() {
    let json = [event_json(1, 2), event_json(1, 2), event_json(1, 3), event_json(1, 1)];
    let (delivered, duplicate) = (Outcome::Delivered, Outcome::Duplicate);
    let server = ScriptedServer::start(|_, _| Reply::status(204, "")).await.unwrap();
    let outcomes = write(&sink(server.url(), |_| {}), &json).await;
    assert_eq!(outcomes, [delivered.clone(), duplicate.clone(), delivered, duplicate]);
    let sent = server.seen()[0].text();
    assert!(sent.lines().count() == 1 && sent.contains("catchwater.revision=3i"), "{sent}");
    // Not held: then the ones that were not sent are not either.
    let down = ScriptedServer::start(|_, _| Reply::status(503, "")).await.unwrap();
    let outcomes = write(&sink(down.url(), |_| {}), &json).await;
    assert!(outcomes.iter().all(|o| is_retry(o, "503")), "{outcomes:?}");
    let refuses = ScriptedServer::start(|_, _| Reply::status(400, "")).await.unwrap();
    let outcomes = write(&sink(refuses.url(), |_| {}), &json).await;
    assert!(
        is_rejected(&outcomes[2], "line_refused") && is_retry(&outcomes[0], "tried by itself"),
        "{outcomes:?}"
    );
}

#[tokio::test]
async fn two_events_of_one_place_are_not_both_called_delivered() {
    // A time of nanoseconds leaves no room; ids are tried until two have the same slot.
    let of = |n: u32| {
        event_json(3 * n, 1)
            .replace("T00:00:00.000Z", "T00:00:00.000000001Z")
            .replace(&format!("T00:{:02}:00.000Z", 3 * n % 60), "T00:00:00.000000001Z")
    };
    let server = ScriptedServer::start(|_, _| Reply::status(204, "")).await.unwrap();
    let outcomes = write(&sink(server.url(), |_| {}), &(0..17).map(of).collect::<Vec<_>>()).await;
    let delivered = outcomes.iter().filter(|o| **o == Outcome::Delivered).count();
    let collided = outcomes.iter().filter(|o| is_rejected(o, "point_collision:")).count();
    assert!(collided > 0 && delivered + collided == 17, "{outcomes:?}");
    assert_eq!(server.seen()[0].text().lines().count(), delivered);
}
