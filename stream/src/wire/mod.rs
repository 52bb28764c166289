//! Kinesis's wire API (Amazon Kinesis Data Streams API reference, version 2013-12-02): `POST /` with the operation in
//! `X-Amz-Target`, in JSON or CBOR.
//!
//! A request passes `gate` (no web page may come in), `body` (bounded), then its operation: `put` and `get`
//! are the hot path and handle bytes directly; `describe` and `change` go over `serde_json::Value`, checked by
//! `check`. `codec` reads and writes both forms, `errors` says what is wrong in AWS's words.
//!
//! Signatures are not checked, whoever reaches the port may do everything: listen on a loopback address only.

mod body;
mod cbor;
mod change;
mod check;
mod codec;
mod describe;
mod errors;
mod gate;
mod get;
mod put;

use crate::streams::Streams;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, Response, StatusCode, header};
use axum::routing::any;
use body::Bounds;
use codec::Format;
use errors::Refusal;
use ferrokinesis_core::constants;
use ferrokinesis_core::operation::Operation;
use std::future::Future;
use std::sync::Arc;

/// The account that all streams belong to.
pub const ACCOUNT: &str = "000000000000";
/// The Region that all streams are in.
pub const REGION: &str = "us-east-1";

/// What all requests share.
struct Server {
    streams: Arc<Streams>,
    bounds: Bounds,
    gate: gate::RequestIds,
}

/// What an operation answers with.
enum Answer {
    /// 200 without a body.
    Empty,
    /// 200 with this body in the request's form.
    Value(serde_json::Value),
    /// 200 with these bytes, already in the request's form.
    Encoded(Body, usize),
}

/// Serves the streams on this listener, which must be on a loopback address, until `shutdown`; open requests are
/// answered first.
pub async fn serve(
    listener: tokio::net::TcpListener,
    streams: Arc<Streams>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, router(streams)).with_graceful_shutdown(shutdown).await
}

/// The API as a router, for who serves it otherwise.
pub fn router(streams: Arc<Streams>) -> Router {
    let server = Server { streams, bounds: Bounds::new(), gate: gate::RequestIds::new() };
    Router::new().fallback(any(handle)).with_state(Arc::new(server))
}

async fn handle(State(server): State<Arc<Server>>, request: Request) -> Response<Body> {
    let given = Format::of(request.headers());
    let format = given.unwrap_or(Format::Json);
    let mut response = match answer(&server, request, given).await {
        Ok(Answer::Empty) => plain(Body::empty(), format),
        Ok(Answer::Value(value)) => plain(Body::from(codec::encode(&value, format)), format),
        Ok(Answer::Encoded(body, length)) => {
            let mut response = plain(body, format);
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
            response
        }
        Err(refusal) => refused(&refusal, format),
    };
    server.gate.mark(response.headers_mut());
    response
}

fn plain(body: Body, format: Format) -> Response<Body> {
    let mut response = Response::new(body);
    let content_type = HeaderValue::from_static(format.content_type());
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}

fn refused(refusal: &Refusal, format: Format) -> Response<Body> {
    let body = codec::encode_error(&refusal.body, format);
    let mut response = plain(Body::from(body), format);
    let status = StatusCode::from_u16(refusal.status_code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *response.status_mut() = status;
    if let Ok(kind) = HeaderValue::from_str(&refusal.body.error_type) {
        response.headers_mut().insert("x-amzn-errortype", kind);
    }
    if status.is_server_error() {
        tracing::error!(error_type = refusal.body.error_type, "a request to the embedded Kinesis failed");
    }
    response
}

async fn answer(server: &Server, request: Request, format: Option<Format>) -> Result<Answer, Refusal> {
    let (parts, body) = request.into_parts();
    let operation = gate::check(&parts)
        .and_then(|()| if parts.method == Method::POST { Ok(()) } else { Err(errors::not_post()) })
        .and_then(|()| gate::operation(&parts.headers));
    let format = format.ok_or_else(errors::unknown_operation);
    let (operation, format) = match (operation, format) {
        (Ok(operation), Ok(format)) => (operation, format),
        (Err(refusal), _) | (_, Err(refusal)) => {
            // A client that is still sending would see a reset instead of the answer.
            body::discard(body).await;
            return Err(refusal);
        }
    };
    let limit = if put::is_put(operation) { body::PUT_BYTES } else { body::OTHER_BYTES };
    let request = server.bounds.read(&parts.headers, body, limit).await?;
    if request.bytes.is_empty() {
        return Err(Refusal::client_error(constants::SERIALIZATION_EXCEPTION, None));
    }
    match operation {
        Operation::PutRecord => put::put_record(server, request, format).await,
        Operation::PutRecords => put::put_records(server, request, format).await,
        Operation::GetRecords => {
            get::get_records(server, &check::request(operation, &request, format)?, format).await
        }
        Operation::GetShardIterator => {
            get::get_shard_iterator(server, &check::request(operation, &request, format)?).await
        }
        _ if change::knows(operation) => {
            change::change(server, operation, check::request(operation, &request, format)?).await
        }
        _ if describe::knows(operation) => {
            describe::describe(server, operation, &check::request(operation, &request, format)?)
        }
        _ => Err(errors::unknown_operation()),
    }
}
