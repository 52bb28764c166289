//! CloudWatch Logs: log events, subscription filters, and what lies in a log group.

use super::{Cloud, needed};
use serde_json::{Value, json};

/// Where a log group's events go.
pub struct Subscription<'a> {
    /// The log group.
    pub group: &'a str,
    /// CloudWatch's filter pattern; empty for all.
    pub pattern: &'a str,
    /// ARN of a stream, delivery stream or function.
    pub destination_arn: &'a str,
}

impl Cloud {
    fn logs(&self, operation: &str, body: &Value) -> Value {
        needed(operation, self.call("logs", "Logs_20140328", operation, body))
    }

    /// Makes a log group with one log stream.
    pub fn create_log_group(&self, group: &str, stream: &str) {
        self.logs("CreateLogGroup", &json!({"logGroupName": group}));
        self.logs("CreateLogStream", &json!({"logGroupName": group, "logStreamName": stream}));
    }

    /// Sends a log group's further events on.
    pub fn subscribe(&self, subscription: &Subscription<'_>) {
        let body = json!({
            "logGroupName": subscription.group,
            "filterName": "catchwater",
            "filterPattern": subscription.pattern,
            "destinationArn": subscription.destination_arn,
            "roleArn": "arn:aws:iam::000000000000:role/subscription",
        });
        self.logs("PutSubscriptionFilter", &body);
    }

    /// Puts log events (epoch milliseconds, message). Emulators, as AWS, refuse times of more than 14 days ago.
    pub fn put_log_events(&self, group: &str, stream: &str, events: &[(i64, &str)]) {
        let events: Vec<Value> =
            events.iter().map(|(millis, message)| json!({"timestamp": millis, "message": message})).collect();
        let body = json!({"logGroupName": group, "logStreamName": stream, "logEvents": events});
        self.logs("PutLogEvents", &body);
    }

    /// All messages of a log group; none where there is no such group.
    pub fn log_messages(&self, group: &str) -> Vec<String> {
        let mut messages = Vec::new();
        let mut body = json!({"logGroupName": group});
        loop {
            let Ok(page) = self.call("logs", "Logs_20140328", "FilterLogEvents", &body) else {
                return messages;
            };
            let events = page["events"].as_array().cloned().unwrap_or_default();
            messages.extend(events.iter().filter_map(|e| e["message"].as_str().map(String::from)));
            match page.get("nextToken").filter(|token| token.is_string()) {
                Some(token) => body["nextToken"] = token.clone(),
                None => return messages,
            }
        }
    }
}
