//! A small client of AWS's APIs over plain HTTP, for emulators: the JSON protocol and REST, with the shape of a signature
//! (emulators read the region and the service from it) but no signing. It shares no code with the SDKs, so that what our
//! functions write with an SDK is read by something else.
//!
//! By service: `cloud/kinesis.rs`, `cloud/lambda.rs`, `cloud/logs.rs`, `cloud/storage.rs` (S3, Firehose),
//! `cloud/secrets.rs` (Secrets Manager, parameters), `cloud/timestream.rs`; `cloud/inventory.rs` for all that lies there. All panic where a call fails that a test
//! only needs; [`Cloud::call`] and [`Cloud::rest`] give the error.

mod inventory;
mod kinesis;
mod lambda;
mod logs;
mod secrets;
mod storage;
mod timestream;

pub use kinesis::StreamRecord;
pub use lambda::{Function, Invocation, zip_of_script};
pub use logs::Subscription;
pub use storage::Object;

use serde_json::Value;
use std::fmt;
use std::time::Duration;

/// The region of all tests.
pub const REGION: &str = "us-east-1";
/// Credentials that emulators take, as environment variables of a function or an SDK.
pub const CREDENTIALS: [(&str, &str); 3] =
    [("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"), ("AWS_REGION", REGION)];

/// A client of one endpoint.
pub struct Cloud {
    endpoint: String,
    agent: ureq::Agent,
}

/// What came back of a call.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Header names are lower case.
    pub headers: Vec<(String, String)>,
    /// The body as it came.
    pub body: Vec<u8>,
}

/// An answer that is not a success, or none.
#[derive(Debug)]
pub struct ApiError {
    /// HTTP status; 0 where there was no answer.
    pub status: u16,
    /// The body, or why there is none.
    pub body: String,
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.status, self.body)
    }
}

impl Answer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; `null` where it is empty.
    pub fn json(&self) -> Value {
        match self.body.is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(&self.body).expect("the answer is JSON"),
        }
    }
}

impl Cloud {
    /// A client of the server at this address.
    pub fn at(endpoint: &str) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(120)))
            .build()
            .new_agent();
        Self { endpoint: endpoint.trim_end_matches('/').into(), agent }
    }

    /// Calls an operation of the JSON protocol, for example `("kinesis", "Kinesis_20131202", "PutRecords")`; the version
    /// of the protocol is 1.0 for Timestream and 1.1 elsewhere.
    pub fn call(
        &self,
        service: &str,
        target: &str,
        operation: &str,
        body: &Value,
    ) -> Result<Value, ApiError> {
        let version = if service == "timestream" { "1.0" } else { "1.1" };
        let headers = [
            ("content-type", format!("application/x-amz-json-{version}")),
            ("x-amz-target", format!("{target}.{operation}")),
        ];
        let answer = self.send("POST", service, "/", &headers, body.to_string().as_bytes())?;
        Ok(answer.json())
    }

    /// Calls an operation of a REST protocol.
    pub fn rest(&self, method: &str, service: &str, path: &str, body: &[u8]) -> Result<Answer, ApiError> {
        self.send(method, service, path, &[("content-type", "application/json".into())], body)
    }

    fn send(
        &self,
        method: &str,
        service: &str,
        path: &str,
        headers: &[(&str, String)],
        body: &[u8],
    ) -> Result<Answer, ApiError> {
        let credential = format!("test/20260101/{REGION}/{service}/aws4_request");
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.endpoint))
            .header("x-amz-date", "20260101T000000Z")
            .header(
                "authorization",
                format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=00"),
            );
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let lost = |e: ureq::Error| ApiError { status: 0, body: e.to_string() };
        let request = request.body(body).expect("a request");
        let mut response = self.agent.run(request).map_err(lost)?;
        let status = response.status().as_u16();
        let text = |value: &ureq::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = response.headers().iter().map(|(n, v)| (n.as_str().to_string(), text(v))).collect();
        let body = response.body_mut().with_config().limit(256 << 20).read_to_vec().map_err(lost)?;
        match (200..300).contains(&status) {
            true => Ok(Answer { status, headers, body }),
            false => Err(ApiError { status, body: String::from_utf8_lossy(&body).into_owned() }),
        }
    }
}

/// What a test cannot go on without.
fn needed<T>(what: &str, result: Result<T, ApiError>) -> T {
    result.unwrap_or_else(|e| panic!("{what}: {e}"))
}
