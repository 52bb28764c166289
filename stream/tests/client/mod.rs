//! A running server and a plain HTTP client for it.
#![allow(dead_code, reason = "each test file uses a part")]

use catchwater_consumer_core::world::Clock;
use catchwater_stream::Streams;
use catchwater_stream::wire;
use futures::future::BoxFuture;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// A clock that a test moves.
#[derive(Clone, Default)]
pub struct Hand(Arc<AtomicI64>);

impl Hand {
    pub fn at(millis: i64) -> Self {
        Self(Arc::new(AtomicI64::new(millis)))
    }

    pub fn set(&self, millis: i64) {
        self.0.store(millis, Ordering::SeqCst);
    }

    pub fn advance(&self, duration: Duration) {
        self.0.fetch_add(i64::try_from(duration.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now_millis(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(async { panic!("the stream does not sleep") })
    }
}

/// The server under test.
pub struct Running {
    pub url: String,
    pub streams: Arc<Streams>,
    runtime: tokio::runtime::Runtime,
}

impl Running {
    pub fn start(folder: &Path, clock: Arc<dyn Clock>) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let streams = Streams::open(folder, clock).unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        runtime.spawn(wire::serve(listener, Arc::clone(&streams), std::future::pending()));
        Self { url, streams, runtime }
    }

    /// A call in JSON that must succeed.
    pub fn ok(&self, operation: &str, body: Value) -> Value {
        let reply = json(&self.url, operation, &body);
        assert_eq!(reply.status, 200, "{operation} {body:.200}: {}", reply.text());
        reply.value()
    }

    /// Type of the error that a call in JSON gives.
    pub fn error(&self, operation: &str, body: Value) -> (u16, String) {
        let reply = json(&self.url, operation, &body);
        let kind = reply.value()["__type"].as_str().unwrap_or_default().to_string();
        assert_eq!(reply.header("x-amzn-errortype"), kind);
        (reply.status, kind)
    }

    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> tokio::task::JoinHandle<()> {
        self.runtime.spawn(task)
    }

    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }
}

pub struct Reply {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null if it is empty.
    pub fn value(&self) -> Value {
        if self.body.is_empty() { Value::Null } else { serde_json::from_slice(&self.body).unwrap() }
    }

    pub fn header(&self, name: &str) -> String {
        self.headers.get(name).map(|v| v.to_str().unwrap().to_string()).unwrap_or_default()
    }
}

/// A call in JSON, with the headers of a signed one.
pub fn json(url: &str, operation: &str, body: &Value) -> Reply {
    let kind = "application/x-amz-json-1.1";
    send(url, &[("content-type", kind), target(operation).borrow()], body.to_string().as_bytes())
}

/// A call in CBOR.
pub fn cbor(url: &str, operation: &str, body: &[u8]) -> Reply {
    send(url, &[("content-type", "application/x-amz-cbor-1.1"), target(operation).borrow()], body)
}

pub struct Target(String);

impl Target {
    pub fn borrow(&self) -> (&str, &str) {
        ("x-amz-target", &self.0)
    }
}

pub fn target(operation: &str) -> Target {
    Target(format!("Kinesis_20131202.{operation}"))
}

/// Sends a POST.
pub fn send(url: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let config = ureq::Agent::config_builder().http_status_as_error(false);
    let agent: ureq::Agent = config.timeout_global(Some(Duration::from_secs(60))).build().into();
    let signature = "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=0";
    let mut request =
        agent.post(url).header("authorization", signature).header("x-amz-date", "20260101T000000Z");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut response = request.send(body).unwrap();
    let read = response.body_mut().with_config().limit(64 << 20).read_to_vec();
    Reply { status: response.status().as_u16(), headers: response.headers().clone(), body: read.unwrap() }
}
