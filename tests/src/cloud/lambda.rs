//! Lambda: functions of zips, invocations, event source mappings, and what a function printed.

use super::{ApiError, Cloud, needed};
use crate::wait_for;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::Duration;

const FUNCTIONS: &str = "/2015-03-31/functions";
const MAPPINGS: &str = "/2015-03-31/event-source-mappings";

/// A function to make.
pub struct Function<'a> {
    /// Its name.
    pub name: &'a str,
    /// A zip with `bootstrap` in it.
    pub zip: &'a [u8],
    /// Its environment.
    pub environment: &'a [(&'a str, &'a str)],
    /// Most seconds of an invocation.
    pub timeout_seconds: u32,
    /// Its memory; an emulator only names it to the function.
    pub memory_mb: u32,
}

/// How a synchronous invocation ended.
#[derive(Debug)]
pub struct Invocation {
    /// `X-Amz-Function-Error`: the function, not Lambda, failed.
    pub function_error: Option<String>,
    /// What it answered, or its error: `errorType`, `errorMessage`.
    pub payload: Value,
    /// The last 4 KB that it printed to both outputs; on AWS with Lambda's own lines between.
    pub log: String,
}

impl Cloud {
    /// Makes a function of runtime `provided.al2023`, waits until it can be used and gives its ARN.
    pub fn create_function(&self, function: &Function<'_>) -> String {
        let variables: serde_json::Map<String, Value> =
            function.environment.iter().map(|(name, value)| (name.to_string(), json!(value))).collect();
        let body = json!({
            "FunctionName": function.name,
            "Runtime": "provided.al2023",
            "Handler": "bootstrap",
            "Architectures": ["x86_64"],
            "Role": "arn:aws:iam::000000000000:role/function",
            "Code": {"ZipFile": STANDARD.encode(function.zip)},
            "Environment": {"Variables": variables},
            "Timeout": function.timeout_seconds,
            "MemorySize": function.memory_mb,
        });
        needed(function.name, self.rest("POST", "lambda", FUNCTIONS, body.to_string().as_bytes()));
        wait_for("the function is active", Duration::from_secs(20), || {
            let path = format!("{FUNCTIONS}/{}/configuration", function.name);
            let configuration = self.rest("GET", "lambda", &path, b"").ok()?.json();
            (configuration["State"] == "Active")
                .then(|| configuration["FunctionArn"].as_str().map(String::from))?
        })
    }

    /// Invokes a function and waits for its answer; an error where Lambda itself refuses (429 throttled, 413 too large).
    pub fn invoke(&self, function: &str, payload: &[u8]) -> Result<Invocation, ApiError> {
        let headers = [
            ("content-type", "application/json".to_string()),
            ("x-amz-invocation-type", "RequestResponse".into()),
            ("x-amz-log-type", "Tail".into()),
        ];
        let path = format!("{FUNCTIONS}/{function}/invocations");
        let answer = self.send("POST", "lambda", &path, &headers, payload)?;
        let log = STANDARD.decode(answer.header("x-amz-log-result").unwrap_or_default()).expect("base64");
        Ok(Invocation {
            function_error: answer.header("x-amz-function-error").map(String::from),
            payload: answer.json(),
            log: String::from_utf8_lossy(&log).into_owned(),
        })
    }

    /// Maps a stream, from its start, to a function, with partial batch responses; gives the mapping's id.
    pub fn map_stream(&self, stream_arn: &str, function: &str, batch: u32) -> String {
        let body = json!({
            "EventSourceArn": stream_arn,
            "FunctionName": function,
            "StartingPosition": "TRIM_HORIZON",
            "BatchSize": batch,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
        });
        let made = needed(function, self.rest("POST", "lambda", MAPPINGS, body.to_string().as_bytes()));
        made.json()["UUID"].as_str().expect("an id").into()
    }

    /// What a mapping's last batch came to: `OK - 3 records`, `FAILED`.
    pub fn mapping_result(&self, id: &str) -> String {
        let mapping = needed(id, self.rest("GET", "lambda", &format!("{MAPPINGS}/{id}"), b""));
        mapping.json()["LastProcessingResult"].as_str().unwrap_or_default().into()
    }

    /// All lines that a function has printed, with Lambda's START, END and REPORT between.
    pub fn function_log(&self, function: &str) -> Vec<String> {
        self.log_messages(&format!("/aws/lambda/{function}"))
    }
}

/// A zip with this script as `bootstrap`: a function without a build. It speaks the runtime's API
/// (<https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>) itself.
pub fn zip_of_script(script: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("bootstrap");
    std::fs::write(&file, script).expect("a script");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("it may run");
    // Python's writer keeps the mode of the file.
    let status = Command::new("python3")
        .args(["-m", "zipfile", "-c", "function.zip", "bootstrap"])
        .current_dir(folder.path())
        .status();
    assert!(status.as_ref().is_ok_and(std::process::ExitStatus::success), "no zip: {status:?}");
    std::fs::read(folder.path().join("function.zip")).expect("a zip")
}
