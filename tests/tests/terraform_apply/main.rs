//! `terraform apply` stands the pipeline up: examples, on emulators, with the functions as they are shipped. What AWS would make of a
//! change is not told here (the emulators' hook makes it, and reads nothing back); that the resources, their rights and their wiring
//! are such that a log event comes through, is.

#![allow(clippy::unwrap_used, reason = "a panic is how a test or a benchmark fails")]

mod minimal;
mod science_data_centre;
mod stack;

use catchwater_tests::cloud::Cloud;
use serde_json::{Value, json};
use std::io::Write;
use std::time::Duration;

/// From a put to the store: two mappings that poll, and two functions' cold starts on a busy machine.
const LIMIT: Duration = Duration::from_secs(120);

/// What CloudWatch Logs puts on a stream: gzip of one JSON object, with a log event a message.
fn envelope(log_group: &str, log_stream: &str, millis: i64, messages: &[&str]) -> Vec<u8> {
    let event = |(n, message): (usize, &&str)| json!({"id": format!("{:056}", millis * 1_000 + n as i64), "timestamp": millis, "message": message});
    let body: Value = json!({
        "messageType": "DATA_MESSAGE", "owner": "123456789012", "logGroup": log_group, "logStream": log_stream,
        "subscriptionFilters": ["catchwater"], "logEvents": messages.iter().enumerate().map(event).collect::<Vec<_>>(),
    });
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(body.to_string().as_bytes()).unwrap();
    packer.finish().unwrap()
}

/// Prints what the functions have printed where a test fails while this is there.
struct FunctionLogs<'a> {
    cloud: &'a Cloud,
    /// The output `catchwater`.
    output: &'a Value,
}

impl Drop for FunctionLogs<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        let functions = self.output["functions"].as_object().into_iter().flatten();
        for name in functions.filter_map(|(_, name)| name.as_str()) {
            eprintln!("{name}: {:#?}", self.cloud.function_log(name));
        }
    }
}
