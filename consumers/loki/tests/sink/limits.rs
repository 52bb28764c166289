//! What a real Loki 3.7 refuses, each limit set low for a tenant of its own.

use super::real::held_of;
use super::*;
use catchwater_consumer_core::contract::event_json;
use catchwater_schemas::time::Timestamp;
use catchwater_tests::loki_server::{LokiServer, Set};
use std::collections::BTreeSet;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const TENANTS: &str = "
narrow: {max_line_size: 2KB, max_structured_metadata_size: 600, max_label_value_length: 60}
old: {reject_old_samples: false}
timed: {reject_old_samples: false, shard_streams: {time_sharding_enabled: true}}
slow: {ingestion_rate_mb: 0.1, ingestion_burst_size_mb: 0.1}
noisy: {per_stream_rate_limit: 40KB, per_stream_rate_limit_burst: 40KB}
full: {max_global_streams_per_user: 2}
blocked: {block_ingestion_until: 2099-01-01T00:00:00Z}
plain: {allow_structured_metadata: false}
labelled: {enforced_labels: [env]}
";

fn server() -> Option<LokiServer> {
    LokiServer::start_with(Set { tenants: Some(TENANTS), ..Set::default() })
}

fn of(server: &LokiServer, tenant: &str) -> LokiSink {
    sink(server.url(), |config| config.tenant = Some(tenant.into()))
}

/// The kit's event, so many seconds ago.
fn ago(number: u32, seconds: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
    let time = Timestamp::from_millis((now - seconds) * 1_000).unwrap();
    let json = event_json(number, 1);
    let from = json.find("2020-").unwrap();
    format!("{}{time}{}", &json[..from], &json[from + 24..])
}

fn lines(server: &LokiServer, tenant: &str) -> BTreeSet<String> {
    let held = held_of(server, tenant);
    let lines: BTreeSet<String> = held.iter().map(|entry| entry.line.clone()).collect();
    assert_eq!(lines.len(), held.len(), "an entry is there twice");
    lines
}

#[tokio::test]
async fn what_is_refused_is_known_and_the_rest_goes_through() {
    let Some(server) = server() else { return };
    let words = [
        "",
        "timestamp_too_old:",
        "",
        "timestamp_too_new:",
        "line_too_long:",
        "metadata_too_large:",
        "label_too_long:",
    ];
    let json: Vec<String> = (0..140)
        .map(|n| match words[n as usize % words.len()] {
            "timestamp_too_old:" => ago(3 * n, 8 * 86_400 + i64::from(n)),
            "timestamp_too_new:" => ago(3 * n, -1_800),
            "line_too_long:" => ago(3 * n, 60).replace("revision 1", &"x".repeat(3_000)),
            "metadata_too_large:" => ago(3 * n, 60).replace(
                "\"who\":\"bob\"",
                &format!("\"who\":\"bob\",\"operation\":\"{}\"", "o".repeat(700)),
            ),
            "label_too_long:" => ago(3 * n, 60).replace("shop", &"s".repeat(70)),
            _ => ago(3 * n, 7 * i64::from(n)),
        })
        .collect();
    let outcomes = write(&of(&server, "narrow"), &json).await;
    let mut taken = BTreeSet::new();
    for (n, outcome) in outcomes.iter().enumerate() {
        match words[n % words.len()] {
            "" => {
                assert_eq!(*outcome, Outcome::Delivered, "{n}");
                taken.insert(json[n].clone());
            }
            word => assert!(is_rejected(outcome, word), "{n}: {outcome:?}, not {word}"),
        }
    }
    assert_eq!(lines(&server, "narrow"), taken);
}

#[tokio::test]
async fn what_is_older_than_the_servers_schema_is_refused_and_the_rest_goes_through() {
    let Some(server) = server() else { return };
    // The schema begins with 2000; of forty events every seventh is of 1998.
    let is_before = |n: u32| n.is_multiple_of(7);
    let seconds_since_1998 =
        (SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() - 883_612_800) as i64;
    let json: Vec<String> = (0..40)
        .map(|n| if is_before(n) { ago(3 * n, seconds_since_1998) } else { ago(3 * n, i64::from(n)) })
        .collect();
    let outcomes = write(&of(&server, "old"), &json).await;
    let mut taken = BTreeSet::new();
    for ((n, outcome), line) in (0..40).zip(&outcomes).zip(&json) {
        match is_before(n) {
            true => assert!(is_rejected(outcome, "before_schema:"), "{n}: {outcome:?}"),
            false => {
                assert_eq!(*outcome, Outcome::Delivered, "{n}");
                taken.insert(line.clone());
            }
        }
    }
    assert_eq!(lines(&server, "old"), taken);
}

#[tokio::test]
async fn an_hour_behind_is_taken_and_what_is_older_is_told_also_beside_other_streams() {
    let Some(server) = server() else { return };
    let sink = of(&server, "old");
    let newest: Vec<String> = (0..3).map(|n| ago(n, 0)).collect();
    assert_eq!(write(&sink, &newest).await, vec![Outcome::Delivered; 3]);
    // Two of three streams get events of the last two hours, the last one of all only new ones.
    let minutes = |n: u32| if n.is_multiple_of(3) { n % 50 } else { n };
    let json: Vec<String> = (3..120).map(|n| ago(n, 60 * i64::from(minutes(n)))).collect();
    let outcomes = write(&sink, &json).await;
    let mut taken: BTreeSet<String> = newest.into_iter().collect();
    for ((n, outcome), line) in (3..120).zip(&outcomes).zip(&json) {
        match minutes(n) {
            0..60 => {
                assert_eq!(*outcome, Outcome::Delivered, "{n}");
                taken.insert(line.clone());
            }
            60 => {}
            _ => assert!(is_rejected(outcome, "too_far_behind:"), "{n}: {outcome:?}"),
        }
    }
    let held = lines(&server, "old");
    assert!(taken.is_subset(&held) && held.len() <= taken.len() + 2, "{} {}", held.len(), taken.len());
    // Why each push is of one stream: of two, Loki tells of the last only.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    let push = |values: &str, other: &str| {
        server.push(
            &format!(r#"{{"streams":[{{"stream":{{"kind":"a"}},"values":[{values}]}}{other}]}}"#),
            "old",
        )
    };
    let old = format!(r#"["{}","old"]"#, now - 2 * 3_600_000_000_000);
    assert_eq!(push(&format!(r#"["{now}","new"]"#), ""), 204);
    assert_eq!(push(&old, ""), 400);
    let other = format!(r#",{{"stream":{{"kind":"b"}},"values":[["{now}","other"]]}}"#);
    assert_eq!(push(&old, &other), 204, "Loki tells now of each stream: pushes may be of several");
    assert!(!lines(&server, "old").contains("old"));
}

/// What the README advises for a backfill.
#[tokio::test]
async fn with_shards_of_time_events_of_days_are_taken_in_any_order() {
    let Some(server) = server() else { return };
    let sink = of(&server, "timed");
    let json: Vec<String> = (0..150).map(|n| ago(n, 1_800 * i64::from(n * 7 % 150))).collect();
    for part in [&json[..70], &json[70..], &json[20..100]] {
        assert_eq!(write(&sink, part).await, vec![Outcome::Delivered; part.len()]);
    }
    assert_eq!(lines(&server, "timed"), json.into_iter().collect());
}

/// Writes until nothing is left to try again, as the frame of all sinks does; what was said first, and at the end.
async fn until_settled(sink: &dyn Sink, json: &[String]) -> (Vec<Outcome>, Vec<Outcome>) {
    let (first, started) = (write(sink, json).await, Instant::now());
    let mut last = first.clone();
    loop {
        let open: Vec<usize> = (0..last.len()).filter(|n| !last[*n].is_settled()).collect();
        let waits = open.iter().filter_map(|n| match &last[*n] {
            Outcome::Retry { after, .. } => Some(*after),
            _ => None,
        });
        let Some(wait) = waits.min() else { return (first, last) };
        assert!(started.elapsed() < Duration::from_secs(60), "{:?}", last[open[0]]);
        tokio::time::sleep(wait).await;
        let again: Vec<String> = open.iter().map(|n| json[*n].clone()).collect();
        for (n, outcome) in open.into_iter().zip(write(sink, &again).await) {
            last[n] = outcome;
        }
    }
}

#[tokio::test]
async fn a_rate_that_is_too_high_is_waited_for() {
    let Some(server) = server() else { return };
    let long = |n: u32| ago(n, 60).replace("revision 1", &"x".repeat(1_000));
    // More in one stream than the limit's burst, which no waiting helps.
    let json: Vec<String> = (0..250).map(|n| long(3 * n)).collect();
    let (first, last) = until_settled(&of(&server, "slow"), &json).await;
    assert!(first.iter().all(|o| is_retry(o, "ingestion_rate_mb")), "{:?}", first[0]);
    assert!(matches!(first[0], Outcome::Retry { after, .. } if after >= Duration::from_secs(1)));
    assert_eq!(last, vec![Outcome::Delivered; 250]);
    assert_eq!(lines(&server, "slow"), json.into_iter().collect());
    // One stream has too much: the others do not wait for it.
    let json: Vec<String> =
        (0..200).map(|n| if n % 40 == 0 { ago(n + 1 - n % 3, 60) } else { long(3 * n) }).collect();
    let (first, last) = until_settled(&of(&server, "noisy"), &json).await;
    for (n, outcome) in first.iter().enumerate() {
        match n % 40 {
            0 => assert_eq!(*outcome, Outcome::Delivered, "{n}"),
            _ => assert!(is_retry(outcome, "per_stream_rate_limit"), "{n}: {outcome:?}"),
        }
    }
    assert_eq!(last, vec![Outcome::Delivered; 200]);
    assert_eq!(lines(&server, "noisy"), json.into_iter().collect());
}

#[tokio::test]
async fn what_the_operator_has_to_do_is_said_and_nothing_is_refused_for_it() {
    let Some(server) = server() else { return };
    let json: Vec<String> = (0..30).map(|n| ago(n, 60)).collect();
    let nobody = sink(server.url(), |_| {});
    let outcomes = write(&nobody, &json).await;
    assert!(outcomes.iter().all(|o| is_retry(o, "check `tenant`")), "{:?}", outcomes[0]);
    for (tenant, words) in
        [("blocked", "block_ingestion_until"), ("plain", "schema v13"), ("labelled", "enforced_labels")]
    {
        let outcomes = write(&of(&server, tenant), &json).await;
        assert!(outcomes.iter().all(|o| is_retry(o, words)), "{tenant}: {:?}", outcomes[0]);
        assert!(lines(&server, tenant).is_empty());
    }
    let outcomes = write(&of(&server, "full"), &json).await;
    let waiting = outcomes.iter().filter(|o| is_retry(o, "max_global_streams_per_user")).count();
    let delivered = outcomes.iter().filter(|o| **o == Outcome::Delivered).count();
    assert_eq!((waiting, delivered, lines(&server, "full").len()), (10, 20, 20));
}
