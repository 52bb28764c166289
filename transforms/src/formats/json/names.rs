//! Which field a key means: ECS's own names, and those of loggers in wide use.

use super::access::Shape;
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
pub(super) fn role(key: &str, shape: &Shape) -> Option<(Field, u8)> {
    let special = match () {
        () if shape.mongo => mongo(key),
        () if shape.access => access(key),
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
        "timestamp" | "@t" | "instant" | "__REALTIME_TIMESTAMP" => (F::Timestamp, 1),
        "time" | "time_iso8601" => (F::Timestamp, 2),
        "ts" | "time_local" | "timeMillis" => (F::Timestamp, 3),
        "datetime" | "eventTime" | "event_time" => (F::Timestamp, 4),
        "asctime" | "date" => (F::Timestamp, 5),
        "level" | "@l" => (F::LogLevel, 1),
        "lvl" | "levelname" | "loglevel" | "log_level" | "logLevel" => (F::LogLevel, 2),
        "severity" | "severity_text" | "severityText" | "PRIORITY" => (F::LogLevel, 3),
        "msg" | "@m" | "MESSAGE" => (F::Message, 1),
        "short_message" | "textPayload" => (F::Message, 2),
        "@mt" | "log" | "body" => (F::Message, 3),
        "event" => (F::Message, 4),
        "logger" | "logger_name" | "loggerName" => (F::LogLogger, 1),
        "SourceContext" => (F::LogLogger, 2),
        "name" if shape.name_is_logger => (F::LogLogger, 3),
        "trace_id" | "traceId" | "traceID" | "TraceId" | "@tr" => (F::TraceId, 1),
        "dd.trace_id" | "otelTraceID" => (F::TraceId, 2),
        "span_id" | "spanId" | "spanID" | "SpanId" | "@sp" => (F::SpanId, 1),
        "dd.span_id" | "otelSpanID" => (F::SpanId, 2),
        "hostname" | "host_name" | "_HOSTNAME" | "HOSTNAME" => (F::HostName, 1),
        "host" => (F::HostName, 2),
        "pid" | "process_id" | "_PID" => (F::ProcessPid, 1),
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
        "stack_trace" | "stackTrace" | "stacktrace" | "stack" | "@x" => (F::ErrorStackTrace, 1),
        "exc_info" | "traceback" | "exception" => (F::ErrorStackTrace, 2),
        _ => return None,
    })
}

/// The members of an error's object, `{"type":"…","message":"…","stack":"…"}`.
pub(super) fn error(key: &str) -> Option<Field> {
    Some(match key {
        "message" | "msg" => Field::ErrorMessage,
        "type" | "name" | "class" => Field::ErrorType,
        "stack" | "stack_trace" | "stacktrace" | "stackTrace" => Field::ErrorStackTrace,
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

/// Keys of HTTP servers' lines; too common words to mean that elsewhere.
fn access(key: &str) -> Option<Field> {
    Some(match key {
        "method" | "http_method" | "request_method" | "httpMethod" | "verb" | "http.method" => {
            Field::HttpRequestMethod
        }
        "path" | "uri" | "url" | "request_uri" | "request_path" | "requestPath" | "http.target"
        | "http.url" => Field::UrlOriginal,
        "status" | "status_code" | "statusCode" | "http_status" | "response_code" | "http.status_code" => {
            Field::HttpResponseStatusCode
        }
        "remote_addr" | "remote_ip" | "remoteAddr" | "client_ip" | "clientIp" | "ip" => Field::SourceIp,
        "remote_user" => Field::UserName,
        "user_agent" | "userAgent" | "http_user_agent" | "user-agent" | "agent" => Field::UserAgentOriginal,
        "referer" | "referrer" | "http_referer" | "http_referrer" => Field::HttpRequestReferrer,
        "body_bytes_sent" => Field::HttpResponseBodyBytes,
        "bytes_sent" => Field::HttpResponseBytes,
        "request_length" => Field::HttpRequestBytes,
        _ => return None,
    })
}

/// Is this key one for an HTTP method, or for a request's target?
pub(super) fn tells_request(key: &str) -> (bool, bool) {
    match access(key) {
        Some(field) => (field == Field::HttpRequestMethod, field == Field::UrlOriginal),
        None => (key == "http.request.method", matches!(key, "url.path" | "url.original")),
    }
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
