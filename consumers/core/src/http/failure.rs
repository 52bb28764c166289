//! A call that did not succeed, and what that means for the events in it.

use catchwater_schemas::outcome::Outcome;
use std::fmt;
use std::time::Duration;

/// Why a call did not succeed. What a server said is held apart and is in no text: it may repeat what it was sent.
#[derive(Clone, PartialEq, Eq)]
pub enum Failure {
    /// No connection: name, network or TLS. Nothing was sent.
    NotReached {
        /// The cause, as the network says it.
        cause: String,
    },
    /// No whole answer in time. The server may have done what it was asked.
    TimedOut {
        /// The time that was given.
        after: Duration,
    },
    /// The connection ended before the answer did. The server may have done what it was asked.
    Cut {
        /// The cause, as the network says it.
        cause: String,
    },
    /// The answer's body is longer than the settings allow.
    TooLong {
        /// Most bytes of an answer.
        most: usize,
    },
    /// The server answered with a status that is no success.
    Status {
        /// The status.
        status: u16,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
        /// The first bytes of the body. They may repeat what was sent: not for a log.
        excerpt: String,
    },
    /// The request cannot be made: a path or header with characters that are none of HTTP's.
    NoRequest,
    /// The request was not signed, and so not sent: credentials are missing or could not be fetched.
    NotSigned {
        /// The cause, without a secret.
        cause: String,
    },
}

impl Failure {
    /// The status, if there was one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// The first bytes of what the server said; empty if it said nothing. They may repeat what was sent.
    pub fn excerpt(&self) -> &str {
        match self {
            Self::Status { excerpt, .. } => excerpt,
            _ => "",
        }
    }

    /// The shortest wait that the server asks for, zero if it asks for none.
    pub fn wait(&self) -> Duration {
        match self {
            Self::Status { retry_after, .. } => retry_after.unwrap_or_default(),
            _ => Duration::ZERO,
        }
    }

    /// What becomes of the events of the call: they are tried again, for a failed call tells nothing of one event.
    pub fn outcome(&self) -> Outcome {
        Outcome::Retry { after: self.wait(), reason: self.to_string() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotReached { cause } => write!(f, "the server was not reached: {cause}"),
            Self::TimedOut { after } => write!(f, "the server did not answer in {} s", after.as_secs_f32()),
            Self::Cut { cause } => write!(f, "the connection was cut before the whole answer: {cause}"),
            Self::TooLong { most } => write!(f, "the server's answer is longer than {most} bytes"),
            Self::Status { status, .. } => {
                let word = hyper::StatusCode::from_u16(*status).ok().and_then(|s| s.canonical_reason());
                write!(f, "the server answered {status} {}", word.unwrap_or("(no HTTP status)"))
            }
            Self::NotSigned { cause } => write!(f, "the request was not signed: {cause}"),
            Self::NoRequest => f.write_str("the request has characters that are none of HTTP's"),
        }
    }
}

/// As the text: what the server said stays out.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Failure({self})")
    }
}

impl std::error::Error for Failure {}
