//! Requests that are signed one by one, as AWS asks for (Signature Version 4). No SDK stands here: who has one brings it.

use bytes::Bytes;
use futures::future::BoxFuture;
use std::fmt;
use std::sync::Arc;

/// Signs requests for one service in one region. Its `Debug` must print no secret.
pub trait Sign: fmt::Debug + Send + Sync {
    /// Adds the headers of a signature to a request that is otherwise whole: headers, `Host` and packed body are as they will
    /// be sent. A signature has a time and serves one try. May fetch credentials first.
    fn sign<'a>(&'a self, request: &'a mut hyper::Request<Bytes>) -> BoxFuture<'a, Result<(), NotSigned>>;
}

/// Makes signers.
pub trait Signers: Send + Sync {
    /// One for a region (`eu-west-1`) and a service by its signing name (`es`). Fetches nothing yet.
    fn signer(&self, region: &str, service: &str) -> Arc<dyn Sign>;
}

/// Why a request was not signed: what failed and why, without a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotSigned(pub String);
