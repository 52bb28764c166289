//! A server for tests, on loopback: answers what a real one cannot be made to, such as 429 with `Retry-After`, half a
//! body, or nothing. Its script is a function from a request, and its number from 0, to a [`Reply`].

use flate2::read::MultiGzDecoder;
use std::io::Read;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A request that came.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Method and path, as `POST /_bulk`.
    pub line: String,
    /// The headers as they came, one a line.
    pub head: String,
    /// The body, unpacked if it was packed.
    pub body: Vec<u8>,
    /// The body as it came.
    pub sent_body: Vec<u8>,
}

impl Seen {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header's value, by its name in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|l| l.split_once(':'));
        lines.find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

/// What the server does with a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// A whole answer: status, more headers, body.
    Full(u16, Vec<(&'static str, String)>, String),
    /// Closes the connection without an answer.
    Close,
    /// Promises a body and closes the connection in its middle.
    Half(String),
    /// Holds the connection and says nothing.
    Silence,
}

impl Reply {
    /// A whole answer without more headers.
    pub fn status(status: u16, body: impl Into<String>) -> Self {
        Self::Full(status, Vec::new(), body.into())
    }
}

type Script = dyn Fn(usize, &Seen) -> Reply + Send + Sync;

/// A running server; ends when it is dropped.
pub struct ScriptedServer {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    connections: Arc<Mutex<usize>>,
    task: JoinHandle<()>,
}

impl ScriptedServer {
    /// Starts a server on a free port.
    pub async fn start(
        script: impl Fn(usize, &Seen) -> Reply + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (seen, connections) = (Arc::default(), Arc::new(Mutex::new(0)));
        let script: Arc<Script> = Arc::new(script);
        let (noted, counted) = (Arc::clone(&seen), Arc::clone(&connections));
        let task = tokio::spawn(async move {
            // Dropped with the task, so that no connection outlives the server.
            let mut served = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                *lock(&counted) += 1;
                let (script, noted) = (Arc::clone(&script), Arc::clone(&noted));
                served.spawn(async move { serve(stream, &*script, &noted).await });
            }
        });
        Ok(Self { address, seen, connections, task })
    }

    /// Its address: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests that came, in order.
    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.seen).clone()
    }

    /// Number of connections that were opened.
    pub fn connections(&self) -> usize {
        *lock(&self.connections)
    }
}

impl Drop for ScriptedServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

async fn serve(mut stream: TcpStream, script: &Script, noted: &Mutex<Vec<Seen>>) -> Option<()> {
    let mut read = Vec::new();
    loop {
        let seen = request(&mut stream, &mut read).await?;
        let number = {
            let mut noted = lock(noted);
            noted.push(seen.clone());
            noted.len() - 1
        };
        match script(number, &seen) {
            Reply::Full(status, headers, body) => {
                let headers: String = headers.iter().map(|(n, v)| format!("{n}: {v}\r\n")).collect();
                let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
                stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).await.ok()?;
            }
            Reply::Half(body) => {
                let head = format!("HTTP/1.1 200 X\r\ncontent-length: {}\r\n\r\n", body.len() * 2 + 1);
                stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).await.ok()?;
                return None;
            }
            Reply::Close => return None,
            Reply::Silence => std::future::pending().await,
        }
    }
}

/// Reads one request with a `Content-Length`, which is all that the client sends.
async fn request(stream: &mut TcpStream, read: &mut Vec<u8>) -> Option<Seen> {
    let end = loop {
        if let Some(end) = memchr::memmem::find(read, b"\r\n\r\n") {
            break end;
        }
        more(stream, read).await?;
    };
    let head = String::from_utf8_lossy(&read[..end]).into_owned();
    let (line, head) = head.split_once("\r\n").unwrap_or((&head, ""));
    let line = line.trim_end_matches(" HTTP/1.1").to_string();
    let mut seen = Seen { line, head: head.to_string(), body: Vec::new(), sent_body: Vec::new() };
    let length = seen.header("content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
    while read.len() < end + 4 + length {
        more(stream, read).await?;
    }
    let body = &read[end + 4..end + 4 + length];
    if seen.header("content-encoding") == Some("gzip") {
        let mut unpacked = Vec::new();
        MultiGzDecoder::new(body).read_to_end(&mut unpacked).ok()?;
        seen.body = unpacked;
    } else {
        seen.body = body.to_vec();
    }
    seen.sent_body = body.to_vec();
    read.drain(..end + 4 + length);
    Some(seen)
}

async fn more(stream: &mut TcpStream, read: &mut Vec<u8>) -> Option<()> {
    let n = stream.read_buf(read).await.ok()?;
    (n > 0).then_some(())
}
