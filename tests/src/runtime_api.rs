//! A function as it is shipped, alone behind Lambda's Runtime API
//! (<https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>): for figures of the function itself, its start, memory, processor
//! and time, without those of an emulator. What a function does is tested on the emulator.

use crate::functions::{FunctionProcess, bootstrap, zip_of};
use crate::processor;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tempfile::TempDir;
use tokio::sync::mpsc;

/// A function's process, and the API that it asks for work.
pub struct RunningFunction {
    child: Child,
    started: Instant,
    asked: Receiver<Instant>,
    work: mpsc::UnboundedSender<Bytes>,
    answers: Receiver<Result<Bytes, Bytes>>,
    _runtime: tokio::runtime::Runtime,
    _folder: TempDir,
}

struct Api {
    asked: Sender<Instant>,
    work: tokio::sync::Mutex<mpsc::UnboundedReceiver<Bytes>>,
    answers: Mutex<Sender<Result<Bytes, Bytes>>>,
    invocations: AtomicU64,
}

/// Time that each invocation has.
const TIME: Duration = Duration::from_secs(60);

impl RunningFunction {
    /// Starts the function of this name from its zip, with these environment variables and no others.
    pub fn start(function: &str, environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("bootstrap");
        std::fs::write(&program, bootstrap(&zip_of(function))).expect("a file");
        std::fs::set_permissions(&program, Permissions::from_mode(0o755)).expect("our own file");
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let (asked_by, asked) = channel();
        let (work, todo) = mpsc::unbounded_channel();
        let (answered, answers) = channel();
        let api = Arc::new(Api {
            asked: asked_by,
            work: tokio::sync::Mutex::new(todo),
            answers: Mutex::new(answered),
            invocations: AtomicU64::new(0),
        });
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let address = listener.local_addr().expect("it is bound").to_string();
        runtime.spawn(async move { axum::serve(listener, router(api)).await });
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .env("AWS_LAMBDA_FUNCTION_NAME", function)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("LAMBDA_TASK_ROOT", folder.path())
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(std::fs::File::create(folder.path().join("log")).expect("a file"))
            .stderr(Stdio::inherit());
        let started = Instant::now();
        let child = command.spawn().expect("the function starts");
        Self { child, started, asked, work, answers, _runtime: runtime, _folder: folder }
    }

    /// Waits until it asks for its first invocation: the time since it was started.
    pub fn init(&self) -> Duration {
        let asked = self.asked.recv_timeout(TIME).expect("the function asks for work");
        asked.duration_since(self.started)
    }

    /// Invokes it: the answer, or the error document, and the time until it was there.
    pub fn invoke(&self, payload: impl Into<Bytes>) -> (Result<Bytes, Bytes>, Duration) {
        let begun = Instant::now();
        self.work.send(payload.into()).expect("the API serves");
        let answer = self.answers.recv_timeout(TIME).expect("the function answers");
        (answer, begun.elapsed())
    }

    /// The most memory that it has had in RAM, in KiB.
    pub fn peak_memory_kib(&self) -> u64 {
        FunctionProcess { pid: self.child.id() }.peak_memory_kib().expect("it runs")
    }

    /// Time that processors have worked for it.
    pub fn processor_time(&self) -> Duration {
        processor::time_of(self.child.id()).expect("it runs")
    }
}

impl Drop for RunningFunction {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn router(api: Arc<Api>) -> Router {
    let runtime = Router::new()
        .route("/invocation/next", get(next))
        .route("/invocation/{request}/{end}", post(end))
        .route("/init/error", post(no_start))
        .layer(DefaultBodyLimit::disable())
        .with_state(api);
    Router::new().nest("/2018-06-01/runtime", runtime)
}

async fn next(State(api): State<Arc<Api>>) -> impl IntoResponse {
    // Nobody listens but for the first time.
    let _ = api.asked.send(Instant::now());
    let payload = match api.work.lock().await.recv().await {
        Some(payload) => payload,
        // Who invokes has gone, and the function goes next.
        None => std::future::pending().await,
    };
    let request = api.invocations.fetch_add(1, Ordering::Relaxed);
    let deadline = (SystemTime::now() + TIME).duration_since(UNIX_EPOCH).expect("after 1970").as_millis();
    let headers = [
        ("Lambda-Runtime-Aws-Request-Id", format!("00000000-0000-4000-8000-{request:012}")),
        ("Lambda-Runtime-Deadline-Ms", deadline.to_string()),
        (
            "Lambda-Runtime-Invoked-Function-Arn",
            "arn:aws:lambda:us-east-1:000000000000:function:f".to_string(),
        ),
    ];
    (headers, payload)
}

async fn end(State(api): State<Arc<Api>>, Path((_, end)): Path<(String, String)>, body: Bytes) {
    let answer = if end == "response" { Ok(body) } else { Err(body) };
    let _ = api.answers.lock().expect("no holder panics").send(answer);
}

async fn no_start(State(api): State<Arc<Api>>, body: Bytes) {
    let _ = api.answers.lock().expect("no holder panics").send(Err(body));
}
