//! Lines of HTTP servers, and of loggers inside them.

use super::{free, parse};
use serde_json::{Value, json};

/// Kind, method, path, query, host, status, duration in milliseconds, address.
fn asked(event: &Value) -> Value {
    let url = &event["url"];
    let millis = event["event"]["duration"].as_f64().map(|nanos| nanos / 1e6);
    json!([
        event["catchwater"]["kind"],
        event["http"]["request"]["method"],
        url["path"],
        url["query"],
        url["domain"],
        event["http"]["response"]["status_code"],
        millis,
        event["source"]["ip"],
    ])
}

#[test]
fn nginx_and_apache() {
    let event = parse(json!({
        "time_iso8601": "2024-07-19T15:42:51+00:00", "remote_addr": "192.0.2.1", "remote_user": "", "request": "GET /a?b=c HTTP/1.1",
        "status": "404", "body_bytes_sent": "12", "request_time": "0.005", "http_user_agent": "ua", "http_x_forwarded_for": "203.0.113.9, 10.0.0.1",
        "upstream_response_time": "0.004",
    }));
    assert_eq!(asked(&event), json!(["service_query", "GET", "/a", "b=c", null, 404, 5.0, "192.0.2.1"]));
    assert_eq!((&event["client"]["ip"], &event["http"]["version"]), (&json!("203.0.113.9"), &json!("1.1")));
    assert_eq!(event["http"]["response"]["body"]["bytes"], 12);
    let left = json!({"remote_user": "", "http_x_forwarded_for": "203.0.113.9, 10.0.0.1", "upstream_response_time": "0.004"});
    assert_eq!(free(&event), &left);
}

#[test]
fn envoy_traefik_and_caddy() {
    let envoy = parse(json!({
        "authority": "shop:8080", "bytes_received": 0, "bytes_sent": 9, "downstream_remote_address": "192.0.2.1:443", "duration": 12,
        "method": "POST", "path": "/a?b", "protocol": "HTTP/2", "response_code": 200, "response_flags": "-", "start_time": "2024-07-19T15:42:51.250Z",
        "user_agent": "ua", "x_forwarded_for": null, "request_id": "r",
    }));
    assert_eq!(asked(&envoy), json!(["service_query", "POST", "/a", "b", "shop", 200, 12.0, "192.0.2.1"]));
    assert_eq!((&envoy["source"]["port"], &envoy["url"]["port"]), (&json!(443), &json!(8080)));
    assert_eq!(
        (&envoy["http"]["version"], &envoy["@timestamp"]),
        (&json!("2"), &json!("2024-07-19T15:42:51.250Z"))
    );
    let traefik = parse(json!({
        "ClientAddr": "192.0.2.1:55", "ClientHost": "192.0.2.1", "ClientPort": "55", "ClientUsername": "-", "DownstreamContentSize": 5,
        "DownstreamStatus": 502, "Duration": 1500000, "RequestHost": "shop", "RequestMethod": "GET", "RequestPath": "/a",
        "RequestProtocol": "HTTP/1.1", "level": "info", "msg": "", "time": "2024-07-19T15:42:51Z",
    }));
    assert_eq!(asked(&traefik), json!(["service_query", "GET", "/a", null, "shop", 502, 1.5, "192.0.2.1"]));
    assert_eq!(traefik["event"]["outcome"], "failure");
    let caddy = parse(json!({
        "level": "info", "ts": 1721403771.25, "logger": "http.log.access.log0", "msg": "handled request", "bytes_read": 0, "user_id": "",
        "duration": 0.0015, "size": 10, "status": 200, "resp_headers": {"Server": ["Caddy"]},
        "request": {
            "remote_ip": "192.0.2.1", "remote_port": "55", "proto": "HTTP/2.0", "method": "GET", "host": "shop", "uri": "/a?b",
            "headers": {"User-Agent": ["curl/8"], "Accept": ["a", "b"], "X-Forwarded-For": ["203.0.113.9"]}, "tls": {"resumed": false},
        },
    }));
    assert_eq!(asked(&caddy), json!(["service_query", "GET", "/a", "b", "shop", 200, 1.5, "192.0.2.1"]));
    assert_eq!(
        (&caddy["user_agent"]["original"], &caddy["client"]["ip"]),
        (&json!("curl/8"), &json!("203.0.113.9"))
    );
    assert_eq!(
        free(&caddy)["request"]["headers"],
        json!({"Accept": ["a", "b"], "X-Forwarded-For": ["203.0.113.9"]})
    );
}

#[test]
fn loggers_inside_servers() {
    let pino = parse(json!({
        "level": 30, "time": 1721403771250u64, "pid": 1, "hostname": "h", "msg": "request completed", "responseTime": 7,
        "req": {"id": 4, "method": "GET", "url": "/a?b=c", "headers": {"host": "shop:3000", "user-agent": "ua", "cookie": "x"}, "remoteAddress": "::ffff:192.0.2.1", "remotePort": 55},
        "res": {"statusCode": 304, "headers": {"content-length": "12", "etag": "e"}},
    }));
    assert_eq!(
        asked(&pino),
        json!(["service_query", "GET", "/a", "b=c", "shop", 304, 7.0, "::ffff:192.0.2.1"])
    );
    assert_eq!((&pino["http"]["request"]["id"], &pino["url"]["port"]), (&json!("4"), &json!(3000)));
    assert_eq!(free(&pino), &json!({"req": {"headers": {"cookie": "x"}}, "res": {"headers": {"etag": "e"}}}));
    let google = parse(json!({
        "severity": "INFO", "message": "m", "httpRequest": {"requestMethod": "GET", "requestUrl": "https://shop/a?b", "status": 200, "userAgent": "ua",
        "remoteIp": "192.0.2.1", "latency": "0.0015s", "responseSize": "10", "protocol": "HTTP/1.1", "cacheHit": true},
    }));
    assert_eq!(asked(&google), json!(["service_query", "GET", "/a", "b", "shop", 200, 1.5, "192.0.2.1"]));
    assert_eq!(
        (&google["http"]["response"]["bytes"], free(&google)),
        (&json!(10), &json!({"httpRequest": {"cacheHit": true}}))
    );
    let serilog = parse(
        json!({"@t": "2024-07-19T15:42:51Z", "@m": "m", "RequestMethod": "GET", "RequestPath": "/a", "StatusCode": 200, "Elapsed": 1.5}),
    );
    assert_eq!(asked(&serilog), json!(["service_query", "GET", "/a", null, null, 200, 1.5, null]));
    let access = parse(
        json!({"@timestamp": "2024-07-19T15:42:51Z", "method": "GET", "protocol": "HTTP/1.1", "status_code": 200, "requested_url": "GET /a HTTP/1.1", "requested_uri": "/a", "remote_host": "192.0.2.1", "content_length": 10, "elapsed_time": 3}),
    );
    assert_eq!(asked(&access), json!(["service_query", "GET", "/a", null, null, 200, 3.0, "192.0.2.1"]));
}

#[test]
fn what_is_no_answered_request() {
    // While a request is worked on, its method and path may stand beside each message.
    let event = parse(json!({"method": "GET", "path": "/a", "message": "looking"}));
    assert_eq!((&event["catchwater"]["kind"], &event["url"]["path"]), (&json!("log"), &json!("/a")));
    for other in [
        json!({"request": {"amount": {"units": 5}, "method": "card"}, "status": 1}),
        json!({"request": "please", "status": 200}),
        json!({"req": {"method": "GET"}, "status": 200}),
        json!({"res": {"statusCode": 200}, "responseTime": 5}),
        json!({"fields": {"message": "m"}, "attributes": {"http.method": "GET"}}),
    ] {
        let event = parse(other.clone());
        assert_eq!((&event["catchwater"]["kind"], free(&event)), (&json!("log"), &other));
    }
}
