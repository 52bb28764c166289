//! Why a call failed, and whether it is worth doing again: one reading for all services.
//!
//! What AWS says of throttling and server errors:
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::error::Error;

/// A call that failed as a whole. No payload and no secret stands in its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No answer, throttled, or the service's own fault: the same call may succeed later.
    ComeAgain(String),
    /// The service does not take this call: the same would fail again.
    Refused {
        /// The service's error code, such as `ResourceNotFoundException`.
        code: String,
        /// In full.
        message: String,
    },
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ComeAgain(cause) => f.write_str(cause),
            Self::Refused { code, message } => write!(f, "{code}: {message}"),
        }
    }
}

/// What the SDK's error means.
pub fn of<E: ProvideErrorMetadata + Error + Send + Sync + 'static>(
    error: &SdkError<E, HttpResponse>,
) -> Failure {
    let SdkError::ServiceError(answer) = error else {
        // Not built, not sent, or not answered; of these the first is our mistake, but never one of the data.
        return Failure::ComeAgain(causes(error));
    };
    let status = answer.raw().status().as_u16();
    of_answer(status, answer.err().code(), answer.err().message())
}

/// What an answer's status and what it says of its failure mean.
pub(crate) fn of_answer(status: u16, code: Option<&str>, message: Option<&str>) -> Failure {
    let code = code.map_or_else(|| format!("HTTP {status}"), String::from);
    let message = message.unwrap_or("the service gives no reason").to_string();
    if status >= 500 || status == 429 || is_throttling(&code) {
        return Failure::ComeAgain(format!("{code}: {message}"));
    }
    Failure::Refused { code, message }
}

/// Codes by which services say "slow down", and those that a fresh token mends.
fn is_throttling(code: &str) -> bool {
    code.contains("Throttl")
        || code.contains("LimitExceeded")
        || code.contains("ThroughputExceeded")
        || code.contains("TooManyRequests")
        || code.contains("SlowDown")
        || code.contains("RequestTimeout")
        || code.contains("ExpiredToken")
        || code == "RequestExpired"
}

fn causes(error: &(dyn Error + 'static)) -> String {
    DisplayErrorContext(error).to_string().chars().take(500).collect()
}
