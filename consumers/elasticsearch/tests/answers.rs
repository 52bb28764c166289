//! The sink before a server that answers by script: what a real one cannot be made to say.

#![allow(clippy::unwrap_used, reason = "a panic is how a test or a benchmark fails")]

use catchwater_consumer_core::contract::event_json;
use catchwater_consumer_core::http::Keyring;
use catchwater_consumer_core::http::script::{Reply, ScriptedServer, Seen};
use catchwater_consumer_core::sink::Sink;
use catchwater_consumer_elasticsearch::config::Config;
use catchwater_consumer_elasticsearch::sink::ElasticsearchSink;
use catchwater_schemas::event::Event;
use catchwater_schemas::outcome::Outcome;
use std::time::Duration;

fn config(server: &ScriptedServer) -> Config {
    Config { url: server.url(), ..Config::default() }
}

fn sink(server: &ScriptedServer) -> ElasticsearchSink {
    ElasticsearchSink::open(&config(server), &Keyring::environment()).unwrap()
}

async fn write(sink: &ElasticsearchSink, numbers: std::ops::Range<u32>) -> Vec<Outcome> {
    let json: Vec<String> = numbers.map(|n| event_json(n, 1)).collect();
    let events: Vec<Event<'_>> = json.iter().map(|line| Event::read(line).unwrap()).collect();
    sink.write(&events).await
}

/// What a server says that took all.
fn taken(seen: &Seen) -> Reply {
    let id = |action: &str| action.split("\"_id\":\"").nth(1).unwrap().split('"').next().unwrap().to_string();
    let items: Vec<String> = seen.text().lines().step_by(2).map(id).collect();
    let item = |id: String| format!(r#"{{"index":{{"_id":"{id}","status":201}}}}"#);
    let items: Vec<String> = items.into_iter().map(item).collect();
    Reply::status(200, format!(r#"{{"errors":false,"items":[{}]}}"#, items.join(",")))
}

#[tokio::test]
async fn a_failed_call_leaves_all_its_events_to_be_tried_again_when_the_server_says() {
    let server = ScriptedServer::start(|n, _| match n {
        0 => Reply::Full(429, vec![("Retry-After", "7".into())], "{}".into()),
        1 => Reply::status(401, "{}"),
        2 => Reply::Half("{\"errors\":false".into()),
        3 => Reply::Close,
        4 => Reply::status(200, "{\"errors\":false,\"items\":[]}"),
        _ => Reply::status(503, "no master"),
    });
    let server = server.await.unwrap();
    let sink = sink(&server);
    for (seconds, words) in [
        (7, "429 Too Many Requests"),
        (5, "check the user and password, or the API key"),
        (0, "cut"),
        (0, "cut"),
        (0, "another number of items"),
        (0, "503 Service Unavailable"),
    ] {
        let outcomes = write(&sink, 0..10).await;
        assert_eq!(outcomes.len(), 10);
        for outcome in outcomes {
            let Outcome::Retry { after, reason } = outcome else { panic!("{words}: {outcome:?}") };
            assert!(after == Duration::from_secs(seconds) && reason.contains(words), "{after:?} {reason}");
        }
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_halved_and_the_size_is_remembered() {
    let limit = 300 * 1024;
    let server = ScriptedServer::start(move |_, seen| match seen.body.len() > limit {
        true => Reply::status(413, ""),
        false => taken(seen),
    });
    let server = server.await.unwrap();
    let sink = sink(&server);
    assert_eq!(write(&sink, 0..3000).await, vec![Outcome::Delivered; 3000]);
    let tries = server.seen().iter().filter(|s| s.body.len() > limit).count();
    assert!(tries >= 1);
    assert_eq!(write(&sink, 0..3000).await, vec![Outcome::Delivered; 3000]);
    assert_eq!(server.seen().iter().filter(|s| s.body.len() > limit).count(), tries, "it is remembered");
}

#[tokio::test]
async fn one_event_that_is_too_large_is_refused_and_the_others_pass() {
    let server = ScriptedServer::start(|_, seen| match seen.text().contains("revision 77") {
        true => Reply::status(413, ""),
        false => taken(seen),
    });
    let server = server.await.unwrap();
    let sink = sink(&server);
    let huge = event_json(2, 1).replace("revision 1", &"x".repeat(6 << 20));
    let json = [event_json(0, 1), event_json(1, 77), huge, event_json(3, 1)];
    let events: Vec<Event<'_>> = json.iter().map(|line| Event::read(line).unwrap()).collect();
    let outcomes = sink.write(&events).await;
    assert_eq!([&outcomes[0], &outcomes[3]], [&Outcome::Delivered; 2]);
    for (index, words) in [(1, "413"), (2, "max_body_kib")] {
        let Outcome::Reject { reason } = &outcomes[index] else { panic!("{:?}", outcomes[index]) };
        assert!(reason.contains(words), "{reason}");
    }
}

#[tokio::test]
async fn bodies_are_cut_and_sent_one_after_the_other() {
    let server = ScriptedServer::start(|_, seen| taken(seen)).await.unwrap();
    let config = Config { max_body_kib: 64, gzip: false, ..config(&server) };
    let sink = ElasticsearchSink::open(&config, &Keyring::environment()).unwrap();
    assert_eq!(write(&sink, 0..1000).await, vec![Outcome::Delivered; 1000]);
    let seen = server.seen();
    assert!(seen.len() > 3 && seen.iter().all(|s| s.body.len() <= 64 * 1024));
    let lines: Vec<String> = seen.iter().map(Seen::text).collect();
    let events: Vec<&str> = lines.iter().flat_map(|text| text.lines().skip(1).step_by(2)).collect();
    let sent: Vec<String> = (0..1000).map(|n| event_json(n, 1)).collect();
    assert_eq!(events, sent, "all, once, as they came, in order");
    assert!(seen.iter().all(|s| s.header("content-encoding").is_none()), "gzip is off");
    assert_eq!(seen[0].header("content-type"), Some("application/x-ndjson"));
}
