//! Bulks to a server that wants signed requests: what the sink asks of a signer. The signature itself is tested where it is made.

#![allow(clippy::unwrap_used, reason = "a panic is how a test or a benchmark fails")]

use bytes::Bytes;
use catchwater_consumer_core::contract::event_json;
use catchwater_consumer_core::http::Keyring;
use catchwater_consumer_core::http::script::{Reply, ScriptedServer};
use catchwater_consumer_core::http::sign::{NotSigned, Sign, Signers};
use catchwater_consumer_core::sink::Sink;
use catchwater_consumer_elasticsearch::config::Config;
use catchwater_consumer_elasticsearch::sink::ElasticsearchSink;
use catchwater_schemas::event::Event;
use catchwater_schemas::outcome::Outcome;
use futures::future::BoxFuture;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Signs with what it was asked for, its number, and the length of the body that it saw; has no credentials at first.
#[derive(Debug)]
struct Numbered {
    asked: String,
    tries: AtomicUsize,
}

impl Sign for Numbered {
    fn sign<'a>(&'a self, request: &'a mut hyper::Request<Bytes>) -> BoxFuture<'a, Result<(), NotSigned>> {
        Box::pin(async move {
            let number = self.tries.fetch_add(1, Ordering::SeqCst);
            if number == 0 {
                return Err(NotSigned("no credentials yet".into()));
            }
            let host = request.headers()["host"].to_str().unwrap();
            let signature = format!("{} {host} {number} {}", self.asked, request.body().len());
            request.headers_mut().insert("authorization", signature.parse().unwrap());
            Ok(())
        })
    }
}

struct Asked;

impl Signers for Asked {
    fn signer(&self, region: &str, service: &str) -> Arc<dyn Sign> {
        Arc::new(Numbered { asked: format!("{region} {service}"), tries: AtomicUsize::new(0) })
    }
}

#[tokio::test]
async fn each_try_is_signed_anew_over_the_packed_body_and_waits_for_credentials() {
    let server = ScriptedServer::start(|_, _| Reply::status(503, "")).await.unwrap();
    let config = Config { url: server.url(), aws_region: Some("eu-west-1".into()), ..Config::default() };
    let keyring = Keyring { signers: Some(Arc::new(Asked)), ..Keyring::environment() };
    let sink = ElasticsearchSink::open(&config, &keyring).unwrap();
    let json: Vec<String> = (0..50).map(|n| event_json(n, 1)).collect();
    let events: Vec<Event<'_>> = json.iter().map(|line| Event::read(line).unwrap()).collect();
    for words in ["no credentials yet", "503", "503"] {
        for outcome in sink.write(&events).await {
            let Outcome::Retry { reason, .. } = outcome else { panic!("{words}: {outcome:?}") };
            assert!(reason.contains(words), "{reason}");
        }
    }
    let seen = server.seen();
    assert_eq!(seen.len(), 2, "what is not signed is not sent");
    for (number, seen) in seen.iter().enumerate() {
        assert!(seen.sent_body.len() < seen.body.len());
        let host = server.url().replace("http://", "");
        let expected = format!("eu-west-1 es {host} {} {}", number + 1, seen.sent_body.len());
        assert_eq!(seen.header("authorization"), Some(&*expected));
        assert_eq!(seen.header("host"), Some(&*host));
    }
}
