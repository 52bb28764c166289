//! Which field a key means: ECS's own names, and those of loggers in wide use.

use super::access::Shape;
use super::http;
use catchwater_schemas::field::{FIELDS, Field};
use std::collections::HashMap;
use std::sync::LazyLock;

/// Where a dotted name stands in the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ecs {
    /// It is a field that a line may set.
    Field(Field),
    /// It is an object that holds fields.
    Object,
}

/// ECS names that a line may set, and the objects on the way to them.
static ECS: LazyLock<HashMap<&'static str, Ecs>> = LazyLock::new(|| {
    let mut names = HashMap::new();
    for (index, info) in FIELDS.iter().enumerate() {
        // What the pipeline says of an event is not for the line to say.
        let ours = info.path.starts_with("catchwater.") || info.path.starts_with("aws.cloudwatch.");
        if ours || matches!(info.path, "event.kind" | "event.original" | "event.id") {
            continue;
        }
        names.insert(info.path, Ecs::Field(Field::from_index(index)));
        for (dot, _) in info.path.match_indices('.') {
            names.insert(&info.path[..dot], Ecs::Object);
        }
    }
    names.insert("event.id", Ecs::Field(Field::EventReferenceId));
    names
});

/// What ECS knows under this dotted name.
pub(super) fn ecs(path: &str) -> Option<Ecs> {
    ECS.get(path).copied()
}

/// As [`ecs`], for a key that is no object's: most keys are told without a look into the table.
fn ecs_field(key: &str) -> Option<Ecs> {
    match key {
        "@timestamp" => Some(Ecs::Field(Field::Timestamp)),
        "message" => Some(Ecs::Field(Field::Message)),
        "tags" => Some(Ecs::Field(Field::Tags)),
        dotted if dotted.contains('.') => ecs(dotted),
        _ => None,
    }
}

/// The field that a key of the first level means, and how far behind other names of that field it stands: 0 is ECS's
/// own name. Whether the value fits is told by its type.
pub(in crate::formats) fn role(key: &str, shape: &Shape) -> Option<(Field, u8)> {
    let special = match () {
        () if shape.mongo => mongo(key),
        () if shape.caddy && key == "size" => Some(Field::HttpResponseBodyBytes),
        () if shape.access => http::field(key),
        () => None,
    };
    let special = lambda(key).filter(|_| shape.lambda).or(special);
    special.map(|field| (field, 1)).or_else(|| logger(key, shape)).or_else(|| match ecs_field(key)? {
        Ecs::Field(field) => Some((field, 0)),
        Ecs::Object => None,
    })
}

fn logger(key: &str, shape: &Shape) -> Option<(Field, u8)> {
    use Field as F;
    Some(match key {
        "timestamp" | "Timestamp" | "@t" | "instant" | "__REALTIME_TIMESTAMP" => (F::Timestamp, 1),
        "time" | "time_iso8601" => (F::Timestamp, 2),
        "ts" | "time_local" | "timeMillis" => (F::Timestamp, 3),
        "datetime" | "eventTime" | "event_time" | "start_time" | "StartUTC" => (F::Timestamp, 4),
        "asctime" | "date" => (F::Timestamp, 5),
        "level" | "@l" | "Level" | "LogLevel" => (F::LogLevel, 1),
        "lvl" | "levelname" | "loglevel" | "log_level" | "logLevel" => (F::LogLevel, 2),
        "severity" | "severity_text" | "severityText" | "SeverityText" | "PRIORITY" => (F::LogLevel, 3),
        "severity_number" | "severityNumber" | "SeverityNumber" => (F::EventSeverity, 1),
        "msg" | "@m" | "MESSAGE" | "RenderedMessage" => (F::Message, 1),
        "short_message" | "textPayload" => (F::Message, 2),
        "@mt" | "log" | "body" | "Body" | "MessageTemplate" => (F::Message, 3),
        "event" => (F::Message, 4),
        "Message" => (F::Message, 2),
        "logger" | "logger_name" | "loggerName" => (F::LogLogger, 1),
        "SourceContext" => (F::LogLogger, 2),
        "Category" if shape.dotnet => (F::LogLogger, 2),
        "target" if shape.tracing => (F::LogLogger, 2),
        "name" if shape.name_is_logger => (F::LogLogger, 3),
        "logging.googleapis.com/spanId" => (F::SpanId, 2),
        "trace_id" | "traceId" | "traceID" | "TraceId" | "@tr" => (F::TraceId, 1),
        "dd.trace_id" | "otelTraceID" => (F::TraceId, 2),
        "span_id" | "spanId" | "spanID" | "SpanId" | "@sp" => (F::SpanId, 1),
        "dd.span_id" | "otelSpanID" => (F::SpanId, 2),
        "hostname" | "host_name" | "_HOSTNAME" | "HOSTNAME" => (F::HostName, 1),
        "host" => (F::HostName, 2),
        "pid" | "process_id" | "_PID" => (F::ProcessPid, 1),
        "process" if shape.python => (F::ProcessPid, 2),
        "thread" if shape.python => (F::ProcessThreadId, 2),
        "threadId" | "thread_id" => (F::ProcessThreadId, 1),
        "caller_class_name" => (F::LogLogger, 4),
        "caller_method_name" | "funcName" | "func_name" => (F::LogOriginFunction, 1),
        "func" if shape.logrus => (F::LogOriginFunction, 2),
        "caller_file_name" | "pathname" => (F::LogOriginFileName, 1),
        "filename" if shape.python || shape.tracing => (F::LogOriginFileName, 2),
        "caller_line_number" | "lineno" => (F::LogOriginFileLine, 1),
        "line_number" if shape.tracing => (F::LogOriginFileLine, 2),
        "SYSLOG_IDENTIFIER" | "processName" => (F::ProcessName, 1),
        "process" | "_COMM" => (F::ProcessName, 2),
        "thread" | "thread_name" | "threadName" => (F::ProcessThreadName, 1),
        "user" | "username" | "user_name" | "userName" => (F::UserName, 1),
        "user_id" | "userId" => (F::UserId, 1),
        "service" | "service_name" | "serviceName" | "dd.service" => (F::ServiceName, 1),
        "app" | "application" => (F::ServiceName, 2),
        "request_id" | "requestId" | "requestID" | "req_id" | "reqId" => (F::HttpRequestId, 1),
        "error" | "err" => (F::ErrorMessage, 1),
        "error_message" | "errorMessage" => (F::ErrorMessage, 2),
        "error_code" | "errorCode" => (F::ErrorCode, 1),
        "error_type" | "errorType" => (F::ErrorType, 1),
        "stack_trace" | "stackTrace" | "stacktrace" | "stack" | "@x" | "Exception" => (F::ErrorStackTrace, 1),
        "exc_info" | "traceback" | "exception" | "errorVerbose" => (F::ErrorStackTrace, 2),
        _ => return None,
    })
}

/// The members of an error's object, `{"type":"…","message":"…","stack":"…"}`.
pub(super) fn error(key: &str) -> Option<Field> {
    Some(match key {
        "message" | "msg" => Field::ErrorMessage,
        "type" | "name" | "class" | "kind" => Field::ErrorType,
        "stack" | "stack_trace" | "stacktrace" | "stackTrace" | "extendedStackTrace" => {
            Field::ErrorStackTrace
        }
        "code" => Field::ErrorCode,
        _ => return None,
    })
}

/// Keys under which loggers put such an object.
pub(super) fn holds_error(key: &str) -> bool {
    matches!(key, "error" | "err" | "exception" | "thrown")
}

/// MongoDB's short keys (<https://www.mongodb.com/docs/manual/reference/log-messages/>).
fn mongo(key: &str) -> Option<Field> {
    Some(match key {
        "t" => Field::Timestamp,
        "s" => Field::LogLevel,
        "c" => Field::LogLogger,
        "id" => Field::EventCode,
        "ctx" => Field::ProcessThreadName,
        _ => return None,
    })
}

/// Keys by which the runtimes' JSON logs
/// (<https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html>) and Powertools for AWS
/// Lambda (<https://docs.aws.amazon.com/powertools/python/latest/core/logger/>) tell of a function's call.
fn lambda(key: &str) -> Option<Field> {
    Some(match key {
        "requestId"
        | "AWSRequestId"
        | "awsRequestId"
        | "aws_request_id"
        | "function_request_id"
        | "functionRequestId"
        | "FunctionRequestId"
        | "lambda_request_id" => Field::AwsRequestId,
        "functionName" | "function_name" => Field::FaasName,
        "functionVersion" | "function_version" => Field::FaasVersion,
        "cold_start" | "coldStart" | "ColdStart" => Field::FaasColdstart,
        "xray_trace_id" | "xRayTraceId" | "xrayTraceId" | "XrayTraceId" => Field::TraceId,
        "exceptionMessage" => Field::ErrorMessage,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_do_not_speak_for_the_pipeline() {
        for own in
            ["catchwater.who", "catchwater", "event.kind", "event.original", "aws.cloudwatch.log_group"]
        {
            assert_eq!(ecs(own), None, "{own}");
        }
        assert_eq!(ecs("event.id"), Some(Ecs::Field(Field::EventReferenceId)));
        assert_eq!(ecs("http.response.body"), Some(Ecs::Object));
        assert_eq!(role("log.level", &Shape::default()), Some((Field::LogLevel, 0)));
        for (path, known) in ECS.iter() {
            if let Ecs::Field(field) = known {
                assert_eq!(ecs_field(path), Some(Ecs::Field(*field)), "{path}");
            }
        }
        assert_eq!(role("status", &Shape::default()), None);
        assert_eq!(role("name", &Shape::default()), None);
    }
}
