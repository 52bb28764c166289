//! Names by which lines of HTTP servers, and loggers inside them, tell of a request: of the first level ([`field`]) and of
//! the objects that some put it in ([`inner`]).
//!
//! Known are nginx's and Apache's variables, Envoy's and Istio's default
//! (<https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage>), Traefik
//! (<https://doc.traefik.io/traefik/observability/access-logs/>), Caddy (<https://caddyserver.com/docs/logging>), Bunyan's
//! and Pino's serializers, logback-access, Serilog's request logging, and Google's `HttpRequest`
//! (<https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#HttpRequest>).

use catchwater_schemas::field::Field;

/// Keys of the first level; too common words to mean that elsewhere.
pub(super) fn field(key: &str) -> Option<Field> {
    Some(match key {
        "method" | "http_method" | "request_method" | "httpMethod" | "verb" | "http.method"
        | "RequestMethod" | "requestMethod" => Field::HttpRequestMethod,
        "path" | "uri" | "url" | "request_uri" | "request_path" | "requestPath" | "http.target"
        | "http.url" | "RequestPath" | "requested_uri" | "requested_url" | "requestUrl" | "request_url" => {
            Field::UrlOriginal
        }
        "status" | "status_code" | "statusCode" | "http_status" | "response_code" | "http.status_code"
        | "StatusCode" | "DownstreamStatus" | "response_status" => Field::HttpResponseStatusCode,
        "remote_addr" | "remote_ip" | "remoteAddr" | "client_ip" | "clientIp" | "ip" | "ClientHost"
        | "clientIP" | "remote_host" | "remoteIp" | "RemoteIpAddress" => Field::SourceIp,
        "ClientPort" | "remote_port" | "client_port" => Field::SourcePort,
        "remote_user" | "ClientUsername" => Field::UserName,
        "user_agent" | "userAgent" | "http_user_agent" | "user-agent" | "agent" | "UserAgent"
        | "request_User-Agent" => Field::UserAgentOriginal,
        "referer" | "referrer" | "http_referer" | "http_referrer" | "request_Referer" => {
            Field::HttpRequestReferrer
        }
        "protocol" | "http_version" | "httpVersion" | "proto" | "server_protocol" | "RequestProtocol" => {
            Field::HttpVersion
        }
        "scheme" | "RequestScheme" | "request_scheme" => Field::UrlScheme,
        "query_string" | "queryString" | "QueryString" => Field::UrlQuery,
        "body_bytes_sent" | "DownstreamContentSize" | "content_length" | "contentLength" => {
            Field::HttpResponseBodyBytes
        }
        "bytes_sent" | "responseSize" => Field::HttpResponseBytes,
        "request_length" | "bytes_received" | "requestSize" => Field::HttpRequestBytes,
        _ => return None,
    })
}

/// Is this key one for an HTTP method, or for a request's target?
pub(in crate::formats) fn tells_request(key: &str) -> (bool, bool) {
    match field(key) {
        Some(field) => (field == Field::HttpRequestMethod, field == Field::UrlOriginal),
        None => (key == "http.request.method", matches!(key, "url.path" | "url.original")),
    }
}

/// Keys under which an object tells of a request, where it holds a method and a target.
pub(super) fn holds_request(key: &str) -> bool {
    matches!(key, "req" | "request" | "httpRequest" | "http_request")
}

/// Keys under which one tells of the response.
pub(super) fn holds_response(key: &str) -> bool {
    matches!(key, "res" | "response")
}

/// The field of a member of such objects, by its dotted name.
pub(super) fn inner(path: &str) -> Option<Field> {
    let (object, name) = path.split_once('.')?;
    if holds_response(object) {
        return match name {
            "statusCode" | "status" | "status_code" => Some(Field::HttpResponseStatusCode),
            _ => response_header(name.strip_prefix("headers.")?),
        };
    }
    if !holds_request(object) {
        return None;
    }
    match name {
        "remoteAddress" => Some(Field::SourceIp),
        "remotePort" => Some(Field::SourcePort),
        "originalUrl" => Some(Field::UrlOriginal),
        "serverIp" => Some(Field::DestinationIp),
        "id" | "requestId" | "request_id" => Some(Field::HttpRequestId),
        _ => match name.strip_prefix("headers.") {
            Some(header) => request_header(header),
            None => field(name),
        },
    }
}

fn request_header(name: &str) -> Option<Field> {
    let is = |known: &str| name.eq_ignore_ascii_case(known);
    if is("user-agent") {
        Some(Field::UserAgentOriginal)
    } else if is("referer") || is("referrer") {
        Some(Field::HttpRequestReferrer)
    } else if is("x-request-id") {
        Some(Field::HttpRequestId)
    } else {
        None
    }
}

fn response_header(name: &str) -> Option<Field> {
    let is = |known: &str| name.eq_ignore_ascii_case(known);
    if is("content-length") {
        Some(Field::HttpResponseBodyBytes)
    } else if is("content-type") {
        Some(Field::HttpResponseMimeType)
    } else {
        None
    }
}

/// Names of the host that was asked, perhaps with a port.
pub(super) fn is_host(path: &str) -> bool {
    matches!(path, "authority" | "http_host" | "RequestHost" | "request_host")
        || path.split_once('.').is_some_and(|(object, name)| {
            holds_request(object) && (name == "host" || name.eq_ignore_ascii_case("headers.host"))
        })
}

/// Names of the list that proxies make.
pub(super) fn is_forwarded_for(path: &str) -> bool {
    let known = |name: &str| {
        name.eq_ignore_ascii_case("x-forwarded-for")
            || matches!(name, "x_forwarded_for" | "http_x_forwarded_for" | "request_X-Forwarded-For")
    };
    known(path)
        || path.split_once('.').is_some_and(|(object, name)| {
            holds_request(object) && known(name.strip_prefix("headers.").unwrap_or(name))
        })
}

/// Names of a peer's address with its port.
pub(super) fn is_peer(path: &str) -> bool {
    matches!(path, "downstream_remote_address" | "ClientAddr" | "remote_address" | "RemoteAddr")
}
