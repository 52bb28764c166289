//! What is wrong, in AWS's types and words.

use super::{ACCOUNT, REGION};
use crate::queue::ChangeError;
use crate::stream::ReadError;
use ferrokinesis_core::constants;
use ferrokinesis_core::error::KinesisErrorResponse;

/// An answer that is no success: status, type, message.
pub(super) type Refusal = KinesisErrorResponse;

/// Most bytes of a message: the validator repeats the value that is wrong, which may be a record.
const MAX_MESSAGE_BYTES: usize = 1024;

pub(super) fn invalid(message: impl AsRef<str>) -> Refusal {
    Refusal::client_error(constants::INVALID_ARGUMENT, Some(message.as_ref()))
}

pub(super) fn unknown_operation() -> Refusal {
    Refusal::client_error(constants::UNKNOWN_OPERATION, None)
}

pub(super) fn not_post() -> Refusal {
    let message =
        "This is the embedded Kinesis of catchwater: send POST / with X-Amz-Target, as AWS SDKs do.";
    Refusal::new(403, constants::ACCESS_DENIED, Some(message))
}

pub(super) fn from_a_web_page() -> Refusal {
    let message = "Requests of web pages are refused (the request has an Origin or Sec-Fetch-Site header): any page \
                   that a browser shows could otherwise put and read records. Use an AWS SDK, the aws command or a \
                   tool outside the browser.";
    Refusal::new(403, constants::ACCESS_DENIED, Some(message))
}

pub(super) fn not_loopback(host: &str) -> Refusal {
    let message = format!(
        "Host {host:.100} is refused: only localhost and loopback addresses are served, so that no web page can reach \
         this port under a name of its own. Use http://127.0.0.1 or http://localhost as the endpoint."
    );
    Refusal::new(403, constants::ACCESS_DENIED, Some(&message))
}

pub(super) fn too_large(limit: usize) -> Refusal {
    let message = format!("The request's body has more than {limit} bytes.");
    Refusal::new(413, constants::SERIALIZATION_EXCEPTION, Some(&message))
}

pub(super) fn cut_body(cause: &str) -> Refusal {
    Refusal::client_error(constants::SERIALIZATION_EXCEPTION, Some(&format!("The body was cut off: {cause}")))
}

pub(super) fn no_stream(name: &str) -> Refusal {
    Refusal::stream_not_found(name, ACCOUNT)
}

pub(super) fn no_shard(shard: &str, stream: &str) -> Refusal {
    Refusal::shard_not_found(shard, stream, ACCOUNT)
}

pub(super) fn could_not_find_shard(shard: &str, stream: &str) -> Refusal {
    let message = format!("Could not find shard {shard} in stream {stream} under account {ACCOUNT}.");
    Refusal::client_error(constants::RESOURCE_NOT_FOUND, Some(&message))
}

pub(super) fn too_many_shards(open: usize, more: usize, limit: usize) -> Refusal {
    let message = format!(
        "This request would exceed the shard limit for the account {ACCOUNT} in {REGION}. Current shard count for the \
         account: {open}. Limit: {limit}. Number of additional shards that would have resulted from this request: {more}."
    );
    Refusal::client_error(constants::LIMIT_EXCEEDED, Some(&message))
}

pub(super) fn failed(cause: &impl ToString) -> Refusal {
    Refusal::server_error(None, Some(&cause.to_string()))
}

pub(super) fn read(error: &ReadError, stream: &str) -> Refusal {
    match error {
        ReadError::NoShard(shard) => no_shard(shard, stream),
        ReadError::Failed(cause) => failed(cause),
    }
}

pub(super) fn changed(error: &ChangeError) -> Refusal {
    match error {
        ChangeError::Reshard(error) => invalid(error.to_string()),
        ChangeError::Failed(cause) => failed(cause),
    }
}

/// The same with a message of bounded length.
pub(super) fn bounded(mut refusal: Refusal) -> Refusal {
    if let Some(message) = &mut refusal.body.message
        && message.len() > MAX_MESSAGE_BYTES
    {
        let cut = (0..=MAX_MESSAGE_BYTES).rev().find(|n| message.is_char_boundary(*n)).unwrap_or(0);
        message.truncate(cut);
        message.push('…');
    }
    refusal
}
