//! Our own log as JSON, a line an entry, on standard output, from where Lambda takes it to CloudWatch Logs. It carries
//! shards, sequence numbers and counts, never a payload or a secret.
//!
//! Libraries are heard from `warn` on only: at lower levels they print what they send.

use tracing_subscriber::EnvFilter;

/// Begins to log at Lambda's own level setting (`AWS_LAMBDA_LOG_LEVEL`), which is `INFO` without one.
pub fn begin() {
    let level = std::env::var("AWS_LAMBDA_LOG_LEVEL").unwrap_or_default().to_ascii_lowercase();
    let level = match level.as_str() {
        "trace" | "debug" | "warn" | "error" => level.as_str(),
        "fatal" => "error",
        _ => "info",
    };
    let others = if level == "error" { "error" } else { "warn" };
    let filter = EnvFilter::new(format!("{others},catchwater={level}"));
    // A second call, as in tests, changes nothing.
    let _ = tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_writer(std::io::stdout)
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_target(false)
        .try_init();
}
