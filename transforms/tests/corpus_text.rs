//! Text formats against log lines of others. Names on the left are the expectations', on the right ours; a table is
//! the whole of what is read differently, and `testdata/<format>/DIFFERENCES.md` says of single values why.

mod corpus;

use corpus::{differences, external, golden, run, testdata};

type Table = &'static [(&'static str, &'static str)];

/// Access lines. The body's bytes are what both servers count; the neutral name does not tell them apart.
const ACCESS: Table = &[
    ("@timestamp", "@timestamp"),
    ("destination.ip", "destination.ip"),
    ("http.request.method", "http.request.method"),
    ("http.request.referrer", "http.request.referrer"),
    ("http.response.bytes", "http.response.body.bytes"),
    ("http.response.status_code", "http.response.status_code"),
    ("http.version", "http.version"),
    ("source.address", "source.address"),
    ("source.ip", "source.ip"),
    ("url.domain", "url.domain"),
    ("url.path", "url.path"),
    ("url.query", "url.query"),
    ("user.name", "user.name"),
    ("user_agent.original", "user_agent.original"),
    // Filebeat's modules.
    ("author.@timestamp", "@timestamp"),
    ("author.apache.access.ssl.cipher", "tls.cipher"),
    ("author.apache.access.ssl.protocol", "tls.version_protocol"),
    ("author.destination.domain", "url.domain"),
    ("author.destination.ip", "destination.ip"),
    ("author.destination.port", "destination.port"),
    ("author.event.category", "event.category"),
    ("author.event.outcome", "event.outcome"),
    ("author.event.type", "event.type"),
    ("author.http.request.id", "http.request.id"),
    ("author.http.request.method", "http.request.method"),
    ("author.http.request.referrer", "http.request.referrer"),
    ("author.http.response.body.bytes", "http.response.body.bytes"),
    ("author.http.response.status_code", "http.response.status_code"),
    ("author.http.version", "http.version"),
    ("author.nginx.access.remote_ip_list", "nginx.forwarded_for|source.ip|source.address"),
    ("author.nginx.ingress_controller.http.request.id", "http.request.id"),
    ("author.nginx.ingress_controller.http.request.length", "http.request.bytes"),
    ("author.nginx.ingress_controller.http.request.time", "event.duration/1000000000"),
    ("author.nginx.ingress_controller.remote_ip_list", "nginx.forwarded_for|source.ip"),
    (
        "author.nginx.ingress_controller.upstream.alternative_name",
        "catchwater.fields.alternative_upstream_name",
    ),
    ("author.nginx.ingress_controller.upstream.name", "nginx.upstream.name"),
    ("author.nginx.ingress_controller.upstream.response.length_list", "nginx.upstream.response_length"),
    ("author.nginx.ingress_controller.upstream.response.status_code_list", "nginx.upstream.status"),
    ("author.nginx.ingress_controller.upstream.response.time_list", "nginx.upstream.response_time"),
    ("author.nginx.ingress_controller.upstream_address_list", "nginx.upstream.address"),
    ("author.source.address", "source.ip|source.address"),
    ("author.source.domain", "source.address"),
    ("author.source.ip", "source.ip"),
    ("author.tls.cipher", "tls.cipher"),
    ("author.tls.version_protocol", "tls.version_protocol"),
    ("author.url.domain", "url.domain"),
    ("author.url.path", "url.path"),
    ("author.url.query", "url.query"),
    ("author.user.name", "user.name"),
    ("author.user_agent.original", "user_agent.original"),
    // OpenSearch's catalogue.
    ("author.communication.source.ip", "source.ip"),
    ("author.http.flavor", "http.version"),
    ("author.http.response.bytes", "http.response.body.bytes"),
    // Vector's language.
    ("author.agent", "user_agent.original"),
    ("author.body_bytes_size", "http.response.body.bytes"),
    ("author.client", "source.ip"),
    ("author.compression", "catchwater.fields.gzip_ratio"),
    ("author.host", "source.ip"),
    ("author.http_referer", "http.request.referrer"),
    ("author.http_user_agent", "user_agent.original"),
    ("author.http_x_forwarded_for", "nginx.forwarded_for"),
    ("author.identity", "catchwater.fields.ident"),
    ("author.method", "http.request.method"),
    ("author.path", "url.path"),
    ("author.proxy_alternative_upstream_name", "catchwater.fields.alternative_upstream_name"),
    ("author.proxy_upstream_name", "nginx.upstream.name"),
    ("author.referer", "http.request.referrer"),
    ("author.referrer", "http.request.referrer"),
    ("author.remote_addr", "source.ip"),
    ("author.remote_user", "user.name"),
    ("author.req_id", "http.request.id"),
    ("author.request_length", "http.request.bytes"),
    ("author.request_time", "event.duration/1000000000"),
    ("author.size", "http.response.body.bytes"),
    ("author.status", "http.response.status_code"),
    ("author.timestamp", "@timestamp"),
    ("author.upstream_addr", "nginx.upstream.address"),
    ("author.upstream_response_length", "nginx.upstream.response_length"),
    ("author.upstream_response_time", "nginx.upstream.response_time"),
    ("author.upstream_status", "nginx.upstream.status"),
    ("author.user", "user.name"),
];

const ALB: Table = &[
    ("@timestamp", "@timestamp"),
    ("aws.elb.name", "aws.elb.name"),
    ("destination.ip", "destination.ip"),
    ("destination.port", "destination.port"),
    ("http.request.bytes", "http.request.bytes"),
    ("http.request.method", "http.request.method"),
    ("http.response.bytes", "http.response.bytes"),
    ("http.response.status_code", "http.response.status_code"),
    ("http.version", "http.version"),
    ("source.ip", "source.ip"),
    ("source.port", "source.port"),
    ("tls.cipher", "tls.cipher"),
    ("trace.id", "trace.id"),
    ("url.domain", "url.domain"),
    ("url.path", "url.path"),
    ("url.query", "url.query"),
    ("user_agent.original", "user_agent.original"),
    // Vector's language and honeyaws.
    ("author.actions_executed", "aws.elb.action_executed"),
    ("author.backend_processing_time", "aws.elb.backend_processing_time.sec"),
    ("author.backend_status_code", "aws.elb.backend.http.response.status_code"),
    ("author.chosen_cert_arn", "aws.elb.chosen_cert.arn"),
    ("author.classification", "aws.elb.classification"),
    ("author.classification_reason", "aws.elb.classification_reason"),
    ("author.domain_name", "server.address"),
    ("author.elb", "aws.elb.name"),
    ("author.elb_status_code", "http.response.status_code"),
    ("author.error_reason", "aws.elb.error.reason"),
    ("author.matched_rule_priority", "aws.elb.matched_rule_priority"),
    ("author.received_bytes", "http.request.bytes"),
    ("author.redirect_url", "aws.elb.redirect_url"),
    ("author.request_creation_time", "event.start"),
    ("author.request_method", "http.request.method"),
    ("author.request_processing_time", "aws.elb.request_processing_time.sec"),
    ("author.response_processing_time", "aws.elb.response_processing_time.sec"),
    ("author.response_time", "@timestamp"),
    ("author.sent_bytes", "http.response.bytes"),
    ("author.ssl_cipher", "tls.cipher"),
    ("author.ssl_protocol", "tls.version_protocol"),
    ("author.target_group_arn", "aws.elb.target_group.arn"),
    ("author.target_port_list", "aws.elb.target_port"),
    ("author.target_processing_time", "aws.elb.backend_processing_time.sec"),
    ("author.target_status_code", "aws.elb.backend.http.response.status_code"),
    ("author.target_status_code_list", "aws.elb.target_status_code"),
    ("author.timestamp", "@timestamp"),
    ("author.trace_id", "trace.id"),
    ("author.traceability_id", "aws.elb.conn_trace_id"),
    ("author.type", "network.protocol"),
    ("author.user_agent", "user_agent.original"),
];

const SDC: Table = &[
    ("@timestamp", "@timestamp"),
    ("aws.request_id", "aws.request_id"),
    ("event.action", "event.action"),
    ("log.level", "log.level"),
    ("s3.dest_bucket", "file.destination.bucket"),
    ("s3.key", "file.path"),
    ("s3.source_bucket", "file.source.bucket"),
];

/// Runs the cases that ship with the format, then, if it is there, the corpus's folder.
fn check(format: &str, folder: &str, table: Table) {
    run(format, &testdata(format), table, &differences(format));
    if let Some(dir) = external(folder) {
        run(format, &dir, table, &differences(format));
    }
}

#[test]
fn nginx_access() {
    check("nginx_access", "nginx_access", ACCESS);
    golden("nginx_access");
}

#[test]
fn apache_access() {
    check("apache_access", "apache_access", ACCESS);
    golden("apache_access");
}

#[test]
fn aws_alb() {
    check("aws_alb", "aws_alb", ALB);
    golden("aws_alb");
}

#[test]
fn sdc() {
    check("sdc", "hermes_sorter", SDC);
    golden("sdc");
}

#[test]
fn plain() {
    check("plain", "generic", &[]);
    golden("plain");
}
