//! The HTTP client before a server that answers by script.

#![allow(clippy::unwrap_used, reason = "a panic is how a test or a benchmark fails")]

use catchwater_consumer_core::http::script::{Reply, ScriptedServer};
use catchwater_consumer_core::http::settings::BaseUrl;
use catchwater_consumer_core::http::{Client, Credentials, Failure, Request, Secret, Settings};
use catchwater_schemas::outcome::Outcome;
use std::time::Duration;

fn settings(url: &str) -> Settings {
    let password = Secret::new("s3cret");
    Settings {
        credentials: Credentials::Basic { user: "bob".into(), password },
        headers: vec![("x-scope".into(), Secret::new("t3nant"))],
        timeout: Duration::from_secs(20),
        max_answer_bytes: 10_000,
        ..Settings::new(BaseUrl::parse(url).unwrap())
    }
}

fn client(server: &ScriptedServer) -> Client {
    Client::new(settings(&server.url())).unwrap()
}

fn post(body: &str) -> Request {
    Request::post("/put?x=1", "text/plain", body.to_string())
}

#[tokio::test]
async fn a_request_comes_as_it_was_meant() {
    let server = ScriptedServer::start(|_, _| Reply::status(200, "fine")).await.unwrap();
    let client = client(&server);
    let body = "line\n".repeat(1000);
    assert_eq!(&client.send(post(&body)).await.unwrap().into_success().unwrap()[..], b"fine");
    client.send(post("short")).await.unwrap();
    client.send(Request::get("/")).await.unwrap();
    let seen = server.seen();
    assert_eq!(seen[0].line, "POST /put?x=1");
    assert_eq!((seen[0].text(), seen[0].header("content-encoding")), (body, Some("gzip")));
    assert_eq!(seen[0].header("content-type"), Some("text/plain"));
    assert_eq!(seen[0].header("authorization"), Some("Basic Ym9iOnMzY3JldA=="));
    assert_eq!(seen[0].header("x-scope"), Some("t3nant"));
    assert_eq!((seen[1].text().as_str(), seen[1].header("content-encoding")), ("short", None));
    assert_eq!(seen[2].line, "GET /");
    assert_eq!(server.connections(), 1, "the connection is kept");
}

#[tokio::test]
async fn a_status_is_a_failure_that_says_when_to_come_again() {
    let server = ScriptedServer::start(|n, _| {
        let wait = ["7", "Sun, 06 Nov 1994 08:49:50 GMT"][n % 2].to_string();
        let date = "Sun, 06 Nov 1994 08:49:37 GMT".to_string();
        Reply::Full(429, vec![("Retry-After", wait), ("Date", date)], "bob asked for /secret".into())
    });
    let server = server.await.unwrap();
    let client = client(&server);
    for seconds in [7, 13] {
        let failure = client.send(post("x")).await.unwrap().into_success().unwrap_err();
        assert_eq!(failure.excerpt(), "bob asked for /secret");
        let reason = "the server answered 429 Too Many Requests".to_string();
        assert_eq!(failure.outcome(), Outcome::Retry { after: Duration::from_secs(seconds), reason });
        assert!(!format!("{failure:?}").contains("/secret"), "what it said may be a payload");
    }
}

#[tokio::test]
async fn a_cut_connection_is_told_from_a_server_that_is_not_there() {
    let server = ScriptedServer::start(|n, _| match n {
        0 => Reply::Half("abc".into()),
        1 => Reply::Close,
        _ => Reply::status(200, "back"),
    });
    let server = server.await.unwrap();
    let client = client(&server);
    for _ in 0..2 {
        let failure = client.send(post("x")).await.unwrap_err();
        assert!(matches!(failure, Failure::Cut { .. }), "{failure}");
    }
    assert_eq!(&client.send(post("x")).await.unwrap().body[..], b"back");
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let gone = Client::new(settings(&format!("http://{free}"))).unwrap();
    let failure = gone.send(post("x")).await.unwrap_err();
    assert!(matches!(failure, Failure::NotReached { .. }), "{failure}");
    assert!(failure.to_string().contains("refused"), "{failure}");
}

#[tokio::test]
async fn a_call_ends_when_its_time_is_over() {
    let server = ScriptedServer::start(|_, _| Reply::Silence).await.unwrap();
    let after = Duration::from_millis(50);
    let client = Client::new(Settings { timeout: after, ..settings(&server.url()) }).unwrap();
    assert_eq!(client.send(post("x")).await.unwrap_err(), Failure::TimedOut { after });
}

#[tokio::test]
async fn an_answer_is_bounded() {
    let server = ScriptedServer::start(|n, _| Reply::status(200, "x".repeat(10_000 + n))).await.unwrap();
    let client = client(&server);
    assert_eq!(client.send(post("x")).await.unwrap().body.len(), 10_000);
    assert_eq!(client.send(post("x")).await.unwrap_err(), Failure::TooLong { most: 10_000 });
}

#[tokio::test]
async fn no_secret_is_printed() {
    let server = ScriptedServer::start(|_, _| Reply::Close).await.unwrap();
    let settings = settings(&server.url());
    let client = Client::new(settings.clone()).unwrap();
    let failure = client.send(post("payload")).await.unwrap_err();
    let said = format!("{settings:?} {client:?} {failure:?} {failure}");
    for secret in ["s3cret", "Ym9iOnMzY3JldA", "t3nant", "payload"] {
        assert!(!said.contains(secret), "{said}");
    }
}
