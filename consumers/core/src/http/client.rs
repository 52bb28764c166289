//! The client: sends a request, and tells whether and how it was answered.

use crate::http::answer::Answer;
use crate::http::credentials::{BadCredentials, Credentials};
use crate::http::failure::Failure;
use crate::http::retry_after::retry_after;
use crate::http::settings::Settings;
use crate::http::tls::{self, TlsError};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use hyper::{Method, Uri};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::error::Error;
use std::io::Write;
use std::time::Duration;

/// An idle connection is closed before the servers do it (load balancers: 60 s), so that none is sent into.
const IDLE: Duration = Duration::from_secs(20);
/// A shorter body is not packed: it fits into one packet as it is.
const PACK_FROM_BYTES: usize = 1024;

/// Speaks to one server, over connections that are kept. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    pool: Pool<HttpsConnector<HttpConnector>, Full<Bytes>>,
    headers: HeaderMap,
    settings: std::sync::Arc<Settings>,
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The credentials cannot be said.
    #[error(transparent)]
    Credentials(#[from] BadCredentials),
    /// A header of the settings.
    #[error("the header `{0}` of the settings is none of HTTP's")]
    Header(String),
}

/// A request. The path stands behind the settings' base URL and begins with `/`; it may have a query.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// `Content-Type` of the body, if there is one.
    pub content_type: Option<&'static str>,
    /// The body as it is; the client packs it.
    pub body: Bytes,
}

impl Request {
    /// A request without body.
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: Method::GET, path: path.into(), content_type: None, body: Bytes::new() }
    }

    /// A request with a body of a type.
    pub fn post(path: impl Into<String>, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self { method: Method::POST, path: path.into(), content_type: Some(content_type), body: body.into() }
    }

    /// A `PUT` with a body of a type.
    pub fn put(path: impl Into<String>, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self { method: Method::PUT, ..Self::post(path, content_type, body) }
    }
}

impl Client {
    /// A client; connects when it is used.
    pub fn new(settings: Settings) -> Result<Self, ClientError> {
        let mut headers = HeaderMap::new();
        let agent = concat!("catchwater/", env!("CARGO_PKG_VERSION"));
        headers.insert(USER_AGENT, HeaderValue::from_static(agent));
        for (name, value) in &settings.headers {
            let wrong = || ClientError::Header(name.clone());
            let header = HeaderName::try_from(name.as_str()).map_err(|_| wrong())?;
            let mut value = HeaderValue::try_from(value.reveal()).map_err(|_| wrong())?;
            value.set_sensitive(true);
            headers.insert(header, value);
        }
        if let Some((name, value)) = settings.credentials.header()? {
            headers.insert(name, value);
        }
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(settings.connect_timeout));
        let tls = tls::config(settings.ca_file.as_deref())?;
        let builder = hyper_rustls::HttpsConnectorBuilder::new().with_tls_config(tls);
        let connector = builder.https_or_http().enable_http1().wrap_connector(tcp);
        let pool = Pool::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .build(connector);
        Ok(Self { pool, headers, settings: std::sync::Arc::new(settings) })
    }

    /// Sends a request and waits for the whole answer, whatever its status.
    pub async fn send(&self, request: Request) -> Result<Answer, Failure> {
        let after = self.settings.timeout;
        match tokio::time::timeout(after, self.exchange(request)).await {
            Ok(result) => result,
            Err(_) => Err(Failure::TimedOut { after }),
        }
    }

    async fn exchange(&self, request: Request) -> Result<Answer, Failure> {
        let mut request = self.request(request).await?;
        if let Credentials::Signed(signer) = &self.settings.credentials {
            let signed = signer.sign(&mut request).await;
            signed.map_err(|e| Failure::NotSigned { cause: e.to_string() })?;
        }
        let request = request.map(Full::new);
        let response = self.pool.request(request).await.map_err(|e| match e.is_connect() {
            true => Failure::NotReached { cause: causes(&e) },
            false => Failure::Cut { cause: causes(&e) },
        })?;
        let (head, body) = response.into_parts();
        let most = self.settings.max_answer_bytes;
        let body = Limited::new(body, most).collect().await;
        let body = body.map_err(|e| match e.downcast::<LengthLimitError>() {
            Ok(_) => Failure::TooLong { most },
            Err(e) => Failure::Cut { cause: causes(&*e) },
        })?;
        Ok(Answer {
            status: head.status.as_u16(),
            retry_after: retry_after(&head.headers),
            headers: head.headers,
            body: body.to_bytes(),
        })
    }

    async fn request(&self, request: Request) -> Result<hyper::Request<Bytes>, Failure> {
        let uri = format!("{}{}", self.settings.base.as_str(), request.path);
        let uri: Uri = uri.parse().map_err(|_| Failure::NoRequest)?;
        let mut made = hyper::Request::new(Bytes::new());
        *made.method_mut() = request.method;
        *made.headers_mut() = self.headers.clone();
        // Said here and not left to hyper, for a signature covers it.
        made.headers_mut().insert(HOST, host(&uri)?);
        *made.uri_mut() = uri;
        if let Some(content_type) = request.content_type {
            made.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        let mut body = request.body;
        if self.settings.gzip && body.len() >= PACK_FROM_BYTES {
            made.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            // Megabytes take milliseconds: not on a thread that serves connections.
            let packed = tokio::task::spawn_blocking(move || gzip(&body)).await;
            body = packed.map_err(|_| Failure::NoRequest)?.map_err(|_| Failure::NoRequest)?;
        }
        *made.body_mut() = body;
        Ok(made)
    }
}

/// Prints no header: one of them is a secret.
impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Client({})", self.settings.base.as_str())
    }
}

/// The server's name, with its port where that is not the scheme's own (RFC 9110, 7.2).
fn host(uri: &Uri) -> Result<HeaderValue, Failure> {
    let name = uri.host().ok_or(Failure::NoRequest)?;
    let own = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    let host = match uri.port_u16() {
        Some(port) if port != own => HeaderValue::try_from(format!("{name}:{port}")),
        _ => HeaderValue::try_from(name),
    };
    host.map_err(|_| Failure::NoRequest)
}

/// Level 1: bodies of events shrink eightfold by it, and the CPU is ours.
fn gzip(body: &[u8]) -> std::io::Result<Bytes> {
    let mut packer = GzEncoder::new(Vec::with_capacity(body.len() / 6), Compression::new(1));
    packer.write_all(body)?;
    Ok(packer.finish()?.into())
}

/// An error and all that led to it, in one line; hyper's own first word (`client error`) tells nothing.
fn causes(error: &(dyn Error + 'static)) -> String {
    let mut words = Vec::new();
    let mut cause = Some(error.source().unwrap_or(error));
    while let Some(e) = cause {
        words.push(e.to_string());
        cause = e.source();
    }
    words.dedup();
    words.join(": ")
}
