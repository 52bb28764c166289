//! A function's life: it starts, and handles one invocation after the other.
//!
//! It runs on one thread of tasks, as Lambda gives a function less than two processors up to 3.5 GB of memory; the transform and
//! packing have threads of their own.

use crate::metrics::{Measured, peak_bytes, process_age_millis};
use crate::surroundings::{CannotStart, Surroundings};
use catchwater_consumer_core::world::{Clock, SystemClock};
use futures::future::BoxFuture;
use lambda_runtime::{Context, Diagnostic, LambdaEvent, service_fn};
use serde_json::value::RawValue;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};
use tracing::Instrument;

/// What a function does with an invocation.
pub trait Function: Send + Sync + 'static {
    /// Handles it in the time that is left: the answer, JSON, and what was done. An error makes the whole invocation
    /// fail, so that Lambda brings all of it again; its text is logged, so it quotes no payload.
    fn invoke<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Result<Answer, Failed>>;
}

/// An invocation.
pub struct Call<'a> {
    /// What it brings, JSON of up to 6 MB: whoever has read it lets it go.
    pub payload: Box<str>,
    /// Lambda's id of it, the same when Lambda itself tries it again.
    pub request: &'a str,
    /// Time until Lambda ends it.
    pub time_left: Duration,
}

/// The answer to an invocation.
#[derive(Debug, Default)]
pub struct Answer {
    /// What Lambda gets, JSON.
    pub json: Vec<u8>,
    /// What was done.
    pub measured: Measured,
}

/// The invocation failed as a whole.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failed(pub String);

impl From<Failed> for Diagnostic {
    fn from(failed: Failed) -> Self {
        Diagnostic { error_type: "catchwater.Unsettled".into(), error_message: failed.0 }
    }
}

/// Runs a function until Lambda ends it: the whole of a `main`.
pub fn run<F: Function>(build: impl AsyncFnOnce(&Surroundings) -> Result<F, CannotStart>) -> ExitCode {
    crate::allocator::hold_threshold();
    crate::logging::begin();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "the function cannot start");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(live(build)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error, "the function has ended");
            ExitCode::FAILURE
        }
    }
}

async fn live<F: Function>(
    build: impl AsyncFnOnce(&Surroundings) -> Result<F, CannotStart>,
) -> Result<(), String> {
    let surroundings = Surroundings::find().await.map_err(|e| e.to_string())?;
    let function = build(&surroundings).await.map_err(|e| e.to_string())?;
    let shell = Arc::new(Shell {
        function,
        name: surroundings.variables.function().to_string(),
        configuration: surroundings.configuration.version,
        is_first: AtomicBool::new(true),
    });
    let started_millis = process_age_millis();
    tracing::info!(
        configuration = shell.configuration,
        place = surroundings.configuration.place,
        started_millis,
        peak_bytes = peak_bytes(),
        "the function has started"
    );
    let handle = service_fn(move |event: LambdaEvent<Box<RawValue>>| {
        let shell = shell.clone();
        async move { shell.invoke(event, started_millis).await }
    });
    lambda_runtime::run(handle).await.map_err(|e| e.to_string())
}

struct Shell<F> {
    function: F,
    name: String,
    configuration: String,
    is_first: AtomicBool,
}

impl<F: Function> Shell<F> {
    async fn invoke(
        &self,
        event: LambdaEvent<Box<RawValue>>,
        started_millis: Option<u64>,
    ) -> Result<Box<RawValue>, Failed> {
        let request = event.context.request_id.as_str();
        let span = tracing::info_span!("invocation", request, configuration = self.configuration);
        self.handle(event.payload, &event.context, started_millis).instrument(span).await
    }

    async fn handle(
        &self,
        payload: Box<RawValue>,
        context: &Context,
        started_millis: Option<u64>,
    ) -> Result<Box<RawValue>, Failed> {
        let began = SystemClock.now_millis();
        let time_left = context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
        let (payload, request) = (Box::<str>::from(payload), context.request_id.as_str());
        let bytes = payload.len() as u64;
        let answered = self.function.invoke(Call { payload, request, time_left }).await;
        let Answer { json, mut measured } = answered.inspect_err(|failed| {
            tracing::error!(cause = failed.0, "the invocation failed; all of it comes again");
        })?;
        let now = SystemClock.now_millis();
        measured.millis = u64::try_from(now - began).unwrap_or(0);
        measured.bytes = bytes;
        measured.peak_bytes = peak_bytes();
        if self.is_first.swap(false, Ordering::Relaxed) {
            measured.cold_start_millis = started_millis;
        }
        for line in measured.lines(&self.name, now) {
            println!("{line}");
        }
        serde_json::from_slice(&json).map_err(|e| Failed(format!("the answer is no JSON: {e}")))
    }
}
