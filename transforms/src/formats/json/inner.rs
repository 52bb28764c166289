//! Members of objects that loggers put beside a message, by their dotted names.
//!
//! Google (<https://cloud.google.com/logging/docs/structured-logging>), Go's slog (`source`), Bunyan (`src`), Rust's tracing
//! (`fields`), Log4j (`thrown`, `contextMap`), Serilog (`Properties`), Fluentd's and Fluent Bit's filter for Kubernetes, and
//! OpenTelemetry's data model (<https://opentelemetry.io/docs/specs/otel/logs/data-model/>).

use super::access::Shape;
use super::names::{self, Ecs};
use super::{http, otel};
use catchwater_schemas::field::Field;

/// May an object of this dotted name hold fields?
pub(super) fn holds_fields(path: &str, shape: &Shape) -> bool {
    match path {
        "source"
        | "src"
        | "sourceLocation"
        | "logging.googleapis.com/sourceLocation"
        | "kubernetes"
        | "docker"
        | "contextMap"
        | "Properties"
        | "jsonPayload" => true,
        "fields" => shape.tracing,
        "attributes" | "Attributes" | "resource" | "Resource" | "resource.attributes" => shape.otel,
        _ => match path.split_once('.') {
            None => shape.access && (http::holds_request(path) || http::holds_response(path)),
            Some((object, "headers")) => {
                shape.access && (http::holds_request(object) || http::holds_response(object))
            }
            _ => false,
        },
    }
}

/// The field of a member.
pub(super) fn field(path: &str, shape: &Shape) -> Option<Field> {
    if shape.access
        && let Some(field) = http::inner(path)
    {
        return Some(field);
    }
    if shape.otel
        && let Some(name) = otel_attribute(path)
    {
        return otel::attribute(name);
    }
    Some(match path {
        "source.function" | "source.method" | "src.func" => Field::LogOriginFunction,
        "source.file" | "src.file" => Field::LogOriginFileName,
        "source.line" | "src.line" => Field::LogOriginFileLine,
        "sourceLocation.function" | "logging.googleapis.com/sourceLocation.function" => {
            Field::LogOriginFunction
        }
        "sourceLocation.file" | "logging.googleapis.com/sourceLocation.file" => Field::LogOriginFileName,
        "sourceLocation.line" | "logging.googleapis.com/sourceLocation.line" => Field::LogOriginFileLine,
        "jsonPayload.message" | "jsonPayload.msg" => Field::Message,
        "jsonPayload.logger" => Field::LogLogger,
        "fields.message" if shape.tracing => Field::Message,
        "contextMap.traceId" | "contextMap.trace_id" | "contextMap.trace.id" => Field::TraceId,
        "contextMap.spanId" | "contextMap.span_id" | "contextMap.span.id" => Field::SpanId,
        "Properties.SourceContext" => Field::LogLogger,
        "Properties.RequestId" => Field::HttpRequestId,
        "Properties.MachineName" => Field::HostName,
        "kubernetes.pod_name" => Field::OrchestratorResourceName,
        "kubernetes.namespace_name" => Field::OrchestratorNamespace,
        "kubernetes.container_name" => Field::ContainerName,
        "kubernetes.docker_id" | "docker.container_id" => Field::ContainerId,
        "kubernetes.host" => Field::HostName,
        _ => return None,
    })
}

fn otel_attribute(path: &str) -> Option<&str> {
    ["attributes.", "Attributes.", "resource.attributes.", "resource.", "Resource."]
        .iter()
        .find_map(|object| path.strip_prefix(object))
        .filter(|name| *name != "attributes" && names::ecs(path) != Some(Ecs::Object))
}
