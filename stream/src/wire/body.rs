//! Bodies in and out, bounded: one body, and all that are held at a time.

use super::errors::{self, Refusal};
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use futures::StreamExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Most bytes of a PutRecord or PutRecords body: 10 MiB of records in base64, keys and JSON around them.
pub(super) const PUT_BYTES: usize = 15 << 20;
/// Most bytes of any other body.
pub(super) const OTHER_BYTES: usize = 256 << 10;
/// Bytes of all requests that are held at a time; a request counts twice, for its body and what is read of it.
const REQUESTS_BYTES: usize = 64 << 20;
/// Bytes of all answers to GetRecords that are held at a time.
const ANSWERS_BYTES: usize = 96 << 20;
/// The largest answer to GetRecords, as it was read and as it is sent.
const ANSWER_BYTES: usize = 24 << 20;
/// Units in which these are counted.
const UNIT_BYTES: usize = 1 << 10;
/// A client that takes longer to send a body has stalled.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of a refused body that are still read, so that the client comes to read the answer.
const DISCARD_BYTES: usize = 64 << 20;
/// An answer is handed to the connection in pieces of this size.
const PIECE_BYTES: usize = 256 << 10;

/// What may be held at a time.
pub(super) struct Bounds {
    requests: Arc<Semaphore>,
    answers: Arc<Semaphore>,
    /// One body at a time is read to a tree for the validator's words.
    pub trees: Semaphore,
}

/// A body, and its share of what may be held.
pub(super) struct RequestBody {
    pub bytes: Bytes,
    _share: OwnedSemaphorePermit,
}

fn units(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT_BYTES)).unwrap_or(u32::MAX)
}

impl Bounds {
    pub fn new() -> Self {
        let semaphore = |bytes: usize| Arc::new(Semaphore::new(bytes / UNIT_BYTES));
        Self {
            requests: semaphore(REQUESTS_BYTES),
            answers: semaphore(ANSWERS_BYTES),
            trees: Semaphore::new(1),
        }
    }

    /// Reads a body of at most `limit` bytes, once there is room for it.
    pub async fn read(&self, headers: &HeaderMap, body: Body, limit: usize) -> Result<RequestBody, Refusal> {
        let length = headers.get(header::CONTENT_LENGTH).and_then(|l| l.to_str().ok()?.parse::<usize>().ok());
        if length.is_some_and(|l| l > limit) {
            discard(body).await;
            return Err(errors::too_large(limit));
        }
        let share = Arc::clone(&self.requests).acquire_many_owned(units(length.unwrap_or(limit) * 2));
        let share = share.await.map_err(|e| errors::failed(&e))?;
        let collected = tokio::time::timeout(PATIENCE, collect(body, length.unwrap_or(0), limit));
        let bytes = collected.await.map_err(|_| errors::cut_body("it took too long"))??;
        Ok(RequestBody { bytes: Bytes::from(bytes), _share: share })
    }

    /// Room for one answer to GetRecords.
    pub async fn answer(&self) -> Result<AnswerShare, Refusal> {
        let share = Arc::clone(&self.answers).acquire_many_owned(units(ANSWER_BYTES)).await;
        share.map(AnswerShare).map_err(|e| errors::failed(&e))
    }
}

async fn collect(body: Body, length: usize, limit: usize) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::with_capacity(length);
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|e| errors::cut_body(&e.to_string()))?;
        if bytes.len() + piece.len() > limit {
            drop(bytes);
            discard_pieces(pieces).await;
            return Err(errors::too_large(limit));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// Reads and forgets a body.
pub(super) async fn discard(body: Body) {
    discard_pieces(body.into_data_stream()).await;
}

async fn discard_pieces(mut pieces: axum::body::BodyDataStream) {
    let read = async {
        let mut bytes = 0;
        while let Some(Ok(piece)) = pieces.next().await {
            bytes += piece.len();
            if bytes > DISCARD_BYTES {
                return;
            }
        }
    };
    // A client that stalls gets its answer all the same.
    let _ = tokio::time::timeout(PATIENCE, read).await;
}

/// A share of what answers may hold.
pub(super) struct AnswerShare(OwnedSemaphorePermit);

impl AnswerShare {
    /// The answer's body, which keeps what it needs of the share until the connection has taken it.
    pub fn body(mut self, answer: Vec<u8>) -> Body {
        let spare = self.0.num_permits().saturating_sub(answer.len().div_ceil(UNIT_BYTES));
        drop(self.0.split(spare));
        let rest = (Bytes::from(answer), self);
        Body::from_stream(futures::stream::unfold(rest, |(mut rest, share)| async move {
            let piece = rest.split_to(rest.len().min(PIECE_BYTES));
            (!piece.is_empty()).then(|| (Ok::<_, std::convert::Infallible>(piece), (rest, share)))
        }))
    }
}
