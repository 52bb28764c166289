//! What a server answered: any status, and a body of bounded length.

use crate::http::failure::Failure;
use bytes::Bytes;
use hyper::HeaderMap;
use std::time::Duration;

/// Most bytes of a body that a failure keeps.
const EXCERPT_BYTES: usize = 1024;

/// A whole answer.
#[derive(Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body. It may repeat what was sent: not for a log.
    pub body: Bytes,
}

impl Answer {
    /// An answer without headers.
    pub fn new(status: u16, body: impl Into<Bytes>) -> Self {
        Self { status, retry_after: None, headers: HeaderMap::new(), body: body.into() }
    }

    /// The body of a success (2xx), else the failure.
    pub fn into_success(self) -> Result<Bytes, Failure> {
        if (200..300).contains(&self.status) {
            return Ok(self.body);
        }
        let excerpt = String::from_utf8_lossy(&self.body[..self.body.len().min(EXCERPT_BYTES)]).into_owned();
        Err(Failure::Status { status: self.status, retry_after: self.retry_after, excerpt })
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Answer({}, {} bytes)", self.status, self.body.len())
    }
}
