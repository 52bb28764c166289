//! A deployed function as a mapping's target: our own mapping, with its rules, before a function that Lambda runs
//! (<https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>, synchronous).

use crate::service::{JSON, Name, NoService, Service};
use aws_config::SdkConfig;
use catchwater_consumer_core::http::Request;
use catchwater_consumer_core::world::Clock;
use catchwater_mapping::lambda_event::answer;
use catchwater_mapping::lambda_event::write::{MAX_EVENT_BYTES, Source, fitting, write};
use catchwater_mapping::target::{Batch, BatchResponse, Target, TargetError};
use futures::FutureExt;
use futures::future::{BoxFuture, Either, select};
use std::sync::Arc;
use std::time::Duration;

/// A function runs for 15 minutes at most; the answer is waited for a little longer, the mapping's own time being the rule.
const TIMEOUT: Duration = Duration::from_secs(910);
/// Most letters of what a function says of its failure that are told.
const TOLD_CHARS: usize = 300;

/// A function, invoked by its name or ARN.
pub struct DeployedFunction {
    /// The mapping's name.
    name: String,
    path: String,
    /// What the function is told of where the records come from.
    stream_arn: String,
    service: Service,
    clock: Arc<dyn Clock>,
}

impl DeployedFunction {
    /// The function of this name or ARN, behind the mapping `name`, fed from the stream of this ARN.
    pub fn new(
        config: &SdkConfig,
        name: &str,
        function: &str,
        stream_arn: &str,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, NoService> {
        let lambda = Name { signing: "lambda", variable: "LAMBDA" };
        let service = Service::new(config, lambda, clock.clone(), |settings| settings.timeout = TIMEOUT)?;
        // An ARN's colons are escaped in the path.
        let path = format!("/2015-03-31/functions/{}/invocations", function.replace(':', "%3A"));
        Ok(Self { name: name.to_string(), path, stream_arn: stream_arn.to_string(), service, clock })
    }

    async fn call(&self, batch: Batch<'_>) -> Result<BatchResponse, TargetError> {
        let source = Source { stream_arn: &self.stream_arn, invoke_identity_arn: "" };
        // Records that find no room in one event are not sent: they come again, first.
        let sent = fitting(&batch, &source, MAX_EVENT_BYTES);
        if sent == 0 {
            return Err(TargetError::Failed("a record is too large for an invocation (6 MB)".into()));
        }
        let event = write(&Batch { records: &batch.records[..sent], ..batch }, &source);
        let request = Request::post(&self.path, JSON, event);
        let answer = self.service.call(request).await.map_err(|e| TargetError::Failed(e.to_string()))?;
        if answer.status != 200 {
            return Err(TargetError::Failed(format!(
                "Lambda refused the invocation: HTTP {}",
                answer.status
            )));
        }
        let mut response = match answer::read(&answer.body) {
            Ok(response) => response,
            Err(no_answer) => return Err(failure_of(&answer.body).unwrap_or(no_answer)),
        };
        if response.lowest_failure.is_none() {
            response.lowest_failure = batch.records.get(sent).map(|record| record.sequence_number.clone());
        }
        Ok(response)
    }
}

impl Target for DeployedFunction {
    fn name(&self) -> &str {
        &self.name
    }

    fn invoke<'a>(&'a self, batch: Batch<'a>) -> BoxFuture<'a, Result<BatchResponse, TargetError>> {
        async move {
            let time = batch.time_left;
            match select(Box::pin(self.call(batch)), self.clock.sleep(time)).await {
                Either::Left((answer, _)) => answer,
                Either::Right(_) => Err(TargetError::Timeout(time)),
            }
        }
        .boxed()
    }
}

/// What the function, or Lambda for it, says of its failure: `errorType` and, if it is one of ours, `errorMessage`. That of
/// others may quote anything.
fn failure_of(body: &[u8]) -> Option<TargetError> {
    let object: serde_json::Value = serde_json::from_slice(body).ok()?;
    let kind = object.get("errorType")?.as_str()?;
    let message = object.get("errorMessage").and_then(|m| m.as_str()).unwrap_or_default();
    let told = match kind.starts_with("catchwater.") {
        true => format!("{kind}: {message}"),
        false => kind.to_string(),
    };
    Some(TargetError::Failed(told.chars().take(TOLD_CHARS).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_and_what_others_say_is_not() {
        let told = |body: &str| failure_of(body.as_bytes()).map(|e| e.to_string());
        let own =
            r#"{"errorType":"catchwater.Unsettled","errorMessage":"records of shard s are not settled"}"#;
        assert_eq!(told(own).unwrap(), "catchwater.Unsettled: records of shard s are not settled");
        let other = r#"{"errorType":"Runtime.ExitError","errorMessage":"hunter2"}"#;
        assert_eq!(told(other).unwrap(), "Runtime.ExitError");
        assert!(told(r#"{"batchItemFailures":[]}"#).is_none() && told("").is_none());
    }
}
