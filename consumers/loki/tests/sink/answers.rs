//! What a real server cannot be made to answer at will: a server by script.

use super::*;
use catchwater_consumer_core::contract::event_json;
use catchwater_consumer_core::http::script::{Reply, ScriptedServer, Seen};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The kit's events of one stream.
fn events(numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(|number| event_json(3 * number, 1)).collect()
}

/// The entries of a push: its one stream, their times and lines.
fn entries(seen: &Seen) -> (Value, Vec<(i64, String)>) {
    let push: Value = serde_json::from_slice(&seen.body).unwrap();
    let streams = push["streams"].as_array().unwrap();
    assert_eq!(streams.len(), 1, "one stream a push");
    let entry =
        |value: &Value| (value[0].as_str().unwrap().parse().unwrap(), value[1].as_str().unwrap().to_string());
    (streams[0]["stream"].clone(), streams[0]["values"].as_array().unwrap().iter().map(entry).collect())
}

#[tokio::test]
async fn what_concerns_the_server_is_asked_once_and_comes_later() {
    let busy = |status| Reply::Full(status, vec![("retry-after", "7".into())], "busy".into());
    for (reply, words) in [
        (busy(429), "429"),
        (busy(503), "503"),
        (Reply::status(500, "rpc error: at least 1 live replicas required"), "500"),
        (Reply::status(200, ""), "200"),
        (Reply::status(401, "no org id"), "check `tenant`"),
        (Reply::status(403, ""), "right to write"),
        (Reply::status(404, "404 page not found"), "Loki's own"),
        (Reply::Close, "cut"),
        (Reply::Half("x".into()), "cut"),
    ] {
        let server = ScriptedServer::start(move |_, _| reply.clone()).await.unwrap();
        let json: Vec<String> = (0..10).map(|n| event_json(n, 1)).collect();
        let outcomes = write(&sink(server.url(), |_| {}), &json).await;
        assert!(outcomes.len() == 10 && outcomes.iter().all(|o| is_retry(o, words)), "{words}: {outcomes:?}");
        assert_eq!(server.seen().len(), 1, "{words}");
        if ["429", "503"].contains(&words) {
            assert!(matches!(outcomes[0], Outcome::Retry { after, .. } if after == Duration::from_secs(7)));
        }
    }
    let gone = sink("http://127.0.0.1:1".into(), |_| {});
    assert!(is_retry(&write(&gone, &events(0..1)).await[0], "not reached"));
}

#[tokio::test]
async fn requests_are_as_loki_wants_them() {
    let server = ScriptedServer::start(|_, _| Reply::status(204, "")).await.unwrap();
    let json: Vec<String> = (0..90).rev().map(|n| event_json(n, 1)).collect();
    assert_eq!(write(&sink(server.url(), |_| {}), &json).await, vec![Outcome::Delivered; 90]);
    let other = sink(server.url() + "/logs", |config| {
        config.tenant = Some("archive".into());
        config.username = Some("bob".into());
        config.password_env = Some("PATH".into());
        config.gzip = false;
    });
    write(&other, &events(0..1)).await;
    let seen = server.seen();
    assert_eq!(seen.len(), 4, "a push for each of three streams, and another");
    for seen in &seen[..3] {
        assert_eq!(seen.line, "POST /loki/api/v1/push");
        assert_eq!(seen.header("content-type"), Some("application/json"));
        assert_eq!((seen.header("content-encoding"), seen.header("x-scope-orgid")), (Some("gzip"), None));
        let (_, entries) = entries(seen);
        assert!(entries.len() == 30 && entries.is_sorted_by_key(|(time, _)| *time));
    }
    assert_eq!(seen[3].line, "POST /logs/loki/api/v1/push");
    assert_eq!(
        (seen[3].header("content-encoding"), seen[3].header("x-scope-orgid")),
        (None, Some("archive"))
    );
    assert!(seen[3].header("authorization").unwrap().starts_with("Basic "));
}

/// A server that refuses entries of which `is_bad` and answers 400 as `says` of how many; keeps the others.
async fn choosy(
    is_bad: fn(i64, &str) -> bool,
    says: fn(usize, usize) -> String,
) -> (ScriptedServer, Arc<Mutex<BTreeSet<String>>>) {
    let kept: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    let keeping = Arc::clone(&kept);
    let server = ScriptedServer::start(move |_, seen: &Seen| {
        let (_, entries) = entries(seen);
        let all = entries.len();
        let (bad, good): (Vec<_>, Vec<_>) = entries.into_iter().partition(|(time, line)| is_bad(*time, line));
        keeping.lock().unwrap().extend(good.into_iter().map(|(_, line)| line));
        if bad.is_empty() { Reply::status(204, "") } else { Reply::status(400, says(bad.len(), all)) }
    });
    (server.await.unwrap(), kept)
}

#[tokio::test]
async fn an_entry_that_is_not_named_is_found_by_halving() {
    let bad: fn(i64, &str) -> bool =
        |_, line| [7, 42, 43].iter().any(|n| line.contains(&format!("{:032x}", 3 * n)));
    let (server, kept) = choosy(bad, |_, _| "something new".into()).await;
    let outcomes = write(&sink(server.url(), |_| {}), &events(0..128)).await;
    for (number, outcome) in outcomes.iter().enumerate() {
        match [7, 42, 43].contains(&number) {
            true => assert!(is_rejected(outcome, "entry_refused:"), "{number}: {outcome:?}"),
            false => assert_eq!(*outcome, Outcome::Delivered, "{number}"),
        }
    }
    assert_eq!(kept.lock().unwrap().len(), 125);
    assert!(server.seen().len() < 50, "{} requests for three entries of 128", server.seen().len());
}

#[tokio::test]
async fn entries_that_are_too_far_behind_are_known_by_their_number() {
    let bad: fn(i64, &str) -> bool = |time, _| time < (1_577_836_800 + 20 * 60) * 1_000_000_000;
    let says = |bad, all| {
        format!(
            "entry with timestamp 2020 ignored, reason: 'entry too far behind, entry timestamp is: 2020',\nuser 'fake', total ignored: {bad} out of {all} for stream: {{a=\"b\"}}"
        )
    };
    let (server, kept) = choosy(bad, says).await;
    // The kit's event n is of minute n modulo 60.
    let json: Vec<String> = events(0..60).into_iter().rev().collect();
    let outcomes = write(&sink(server.url(), |_| {}), &json).await;
    for (outcome, n) in outcomes.iter().zip((0..60).rev()) {
        match 3 * n % 60 < 20 {
            true => assert!(is_rejected(outcome, "too_far_behind:"), "{n}: {outcome:?}"),
            false => assert_eq!(*outcome, Outcome::Delivered, "{n}"),
        }
    }
    assert_eq!((kept.lock().unwrap().len(), server.seen().len()), (39, 3));
}

#[tokio::test]
async fn a_batch_of_bad_entries_is_resolved_step_by_step() {
    let (server, kept) = choosy(|_, line| !line.contains("0\"}"), |_, _| String::new()).await;
    let mut open = events(0..512);
    let (mut delivered, mut rejected, mut calls) = (0, 0, 0);
    while !open.is_empty() {
        let outcomes = write(&sink(server.url(), |_| {}), &open).await;
        delivered += outcomes.iter().filter(|o| **o == Outcome::Delivered).count();
        rejected += outcomes.iter().filter(|o| is_rejected(o, "entry_refused:")).count();
        let mut again = outcomes.iter().map(|o| is_retry(o, "search goes on"));
        let before = open.len();
        open.retain(|_| again.next().unwrap());
        assert!(open.len() < before, "no step forward");
        calls += 1;
    }
    assert_eq!((delivered, rejected, kept.lock().unwrap().len()), (32, 480, 32));
    assert!(calls > 1, "one call may not ask for ever");
}

#[tokio::test]
async fn a_body_that_is_too_large_is_halved() {
    let server = ScriptedServer::start(|_, seen| match entries(seen).1 {
        few if few.len() <= 30 && !few.iter().any(|(_, l)| l.contains("0033\"")) => Reply::status(204, ""),
        _ => Reply::status(413, "request body too large"),
    });
    let server = server.await.unwrap();
    let outcomes = write(&sink(server.url(), |_| {}), &events(0..100)).await;
    let refused: Vec<usize> = (0..100).filter(|n| is_rejected(&outcomes[*n], "line_too_long:")).collect();
    let delivered = outcomes.iter().filter(|o| **o == Outcome::Delivered).count();
    assert_eq!((refused, delivered), (vec![17], 99));
}

#[tokio::test]
async fn bodies_are_cut_at_their_limit_and_a_longer_line_is_refused() {
    let server = ScriptedServer::start(|_, _| Reply::status(204, "")).await.unwrap();
    let small = sink(server.url(), |config| (config.max_body_kib, config.max_line_kib) = (2, 1));
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
    let (labels, sent) = entries(&server.seen()[0]);
    assert_eq!(labels, serde_json::json!({"kind": "file_move", "service": "shop"}));
    assert_eq!(sent.iter().map(|(_, line)| line).collect::<Vec<_>>(), [&json[2]]);
    let refuses = ScriptedServer::start(|_, _| Reply::status(400, "")).await.unwrap();
    let outcomes = write(&sink(refuses.url(), |_| {}), &json).await;
    assert!(
        is_rejected(&outcomes[2], "entry_refused:") && is_retry(&outcomes[0], "tried by itself"),
        "{outcomes:?}"
    );
}

#[tokio::test]
async fn bodies_get_smaller_where_the_rate_is_too_high_and_larger_again() {
    // A burst of 100 kB, which no larger body is ever taken in.
    let server = ScriptedServer::start(|_, seen| match seen.body.len() {
        0..100_000 => Reply::status(204, ""),
        _ => Reply::status(429, "ingestion rate limit exceeded for user fake (limit: 100000 bytes/sec)"),
    });
    let server = server.await.unwrap();
    let sink = sink(server.url(), |_| {});
    let json: Vec<String> =
        events(0..300).iter().map(|json| json.replace("revision 1", &"x".repeat(1_000))).collect();
    let mut calls = 0;
    while write(&sink, &json).await.iter().any(|o| !o.is_settled()) {
        calls += 1;
        assert!(calls < 10, "no end: {:?}", server.seen().last().map(|seen| seen.body.len()));
    }
    assert!(calls > 1);
    let smallest = server.seen().iter().map(|seen| seen.body.len()).filter(|bytes| *bytes < 100_000).max();
    assert!(smallest.is_some_and(|bytes| bytes > 20_000), "{smallest:?}");
}
