//! Access log of AWS's Application Load Balancer
//! (<https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html>).

use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::scan::access_line::WEB;
use crate::scan::free_fields::FreeFields;
use crate::scan::{address, elb, quoted, request_line, token};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Fields;
use catchwater_schemas::time::Timestamp;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "aws_alb",
    title: "Access log of the AWS Application Load Balancer",
    doc: "Reads all fields of \
          <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html>; lines \
          of earlier years end sooner; those of 2025 go on after the connection's trace id with `transformed_host`, \
          `transformed_uri`, `request_transform_status` and the node's `ip_address`, which stand in `catchwater.fields`, \
          and what AWS may add after them in `catchwater.fields.trailing`. `@timestamp` is when the response was made, `event.start` when the request \
          came, `event.duration` the sum of the three processing times where all are known (`-1` is not). Target \
          lists stay texts as AWS writes them. The name that the client gave by SNI is `server.address`.",
    example: r#"http 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.46.0" - - arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 "Root=1-58337262-36d228ad5d99923122bbe354" "-" "-" 0 2018-07-02T22:22:48.364000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-" TID_dc57cebed65b444ebc8177bb698fe166"#,
    detect,
    parse,
    ..Format::DEFAULTS
};

fn detect(message: &str) -> bool {
    Start::read(message).is_some()
}

fn parse(_: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let (start, rest) = Start::read(event.message.trim_end()).ok_or(Refusal("no_alb_line"))?;
    let mut fields = Fields::new();
    let mut free = FreeFields::default();
    fields.set(Field::CloudProvider, "aws");
    fields.set(Field::NetworkProtocol, start.kind);
    start.head.set(&mut fields);
    set_rest(rest, &mut fields, &mut free).ok_or(Refusal("alb_line_cut"))?;
    free.set(&mut fields);
    emit.event_sharing(Kind::ServiceQuery, WEB, fields);
    Ok(())
}

/// The connection's kind and the fields that all load balancers write.
struct Start<'a> {
    kind: &'a str,
    head: elb::Head<'a>,
}

impl<'a> Start<'a> {
    fn read(line: &'a str) -> Option<(Self, &'a str)> {
        let (kind, rest) = token::first(line);
        if !matches!(kind, "http" | "https" | "h2" | "grpcs" | "ws" | "wss") {
            return None;
        }
        let (head, rest) = elb::Head::read(rest)?;
        Some((Self { kind, head }, rest))
    }
}

/// Sets the fields from the request on. The line may end after any of them: AWS has added fields since 2016.
/// `None` if one is cut.
fn set_rest<'a>(rest: &'a str, fields: &mut Fields<'a>, free: &mut FreeFields) -> Option<()> {
    let (request, rest) = quoted::take(rest)?;
    elb::set_request(request, fields);
    let mut rest = rest;
    for field in REST {
        if rest.is_empty() {
            return Some(());
        }
        let (text, after) = quoted::take_or_word(rest)?;
        rest = after;
        if *field == Field::EventStart {
            if let Some(time) = Timestamp::parse_rfc3339(text.raw, 0) {
                fields.set(Field::EventStart, time);
            }
        } else {
            request_line::set_text(*field, text, fields);
        }
    }
    // `TID_…` stands without quotation marks. Without it what comes is of none of AWS's names.
    let (trace, after) = token::first(rest);
    if trace.starts_with("TID_") || trace == "-" {
        fields.set_present(Field::AwsElbConnTraceId, trace);
        rest = after;
        rest = set_latest(rest, free)?;
    }
    free.add("trailing", rest);
    Some(())
}

/// Fields that AWS added behind the connection's trace id since 2025: what a transform made of host and path, in quotation
/// marks, and the load balancer node's address. What is not written so is the rest: `None` if it is cut.
fn set_latest<'a>(rest: &'a str, free: &mut FreeFields) -> Option<&'a str> {
    let mut rest = rest;
    for name in ["transformed_host", "transformed_uri", "request_transform_status"] {
        if !rest.starts_with('"') {
            return Some(rest);
        }
        let (text, after) = quoted::take(rest)?;
        free.add(name, &text.text());
        rest = after;
    }
    let (node, after) = token::first(rest);
    if !address::is_ip(node) {
        return Some(rest);
    }
    free.add("ip_address", node);
    Some(after)
}

/// Fields behind the request, in the line's order.
const REST: &[Field] = &[
    Field::UserAgentOriginal,
    Field::TlsCipher,
    Field::TlsVersionProtocol,
    Field::AwsElbTargetGroupArn,
    Field::TraceId,
    Field::ServerAddress,
    Field::AwsElbChosenCertArn,
    Field::AwsElbMatchedRulePriority,
    Field::EventStart,
    Field::AwsElbActionExecuted,
    Field::AwsElbRedirectUrl,
    Field::AwsElbErrorReason,
    Field::AwsElbTargetPort,
    Field::AwsElbTargetStatusCode,
    Field::AwsElbClassification,
    Field::AwsElbClassificationReason,
];

#[cfg(test)]
mod tests {
    use super::super::testing::{check_any_text, refused, value};
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn the_example() {
        let event = value(&FORMAT, FORMAT.example);
        assert_eq!(
            event["url"],
            json!({"scheme": "http", "domain": "www.example.com", "port": 80, "path": "/"})
        );
        assert_eq!(event["event"]["start"], "2018-07-02T22:22:48.364Z");
        assert_eq!(event["event"]["duration"], 1_000_000);
        assert_eq!(event["aws"]["elb"]["conn_trace_id"], "TID_dc57cebed65b444ebc8177bb698fe166");
        assert_eq!(event["aws"]["elb"]["backend_processing_time"], json!({"sec": 0.001}));
        assert_eq!(event["destination"], json!({"ip": "10.0.0.1", "port": 80}));
        assert!(event.get("tls").is_none() && event.get("server").is_none());
    }

    #[test]
    fn an_unreadable_request() {
        let line = r#"http 2021-03-17T18:54:14.216357Z app/a/7f 198.18.58.43:15070 - -1 -1 -1 400 - 0 272 "- http://h.example:80- -" "-" - - - "-" "-" "-" - 2021-03-17T18:54:13.967000Z "-" "-" "-" "-" "-" "-" "-""#;
        let event = value(&FORMAT, line);
        assert_eq!(event["url"], json!({"scheme": "http", "domain": "h.example", "port": 80}));
        assert_eq!(event["event"]["outcome"], "failure");
        assert!(event["event"].get("duration").is_none() && event.get("destination").is_none());
        assert_eq!(event["aws"]["elb"], json!({"name": "app/a/7f"}));
        assert!(event["http"]["request"].get("method").is_none());
    }

    #[test]
    fn ends_early_and_late() {
        let late =
            value(&FORMAT, &format!("{} \"h.new\" \"-\" \"TransformSucceeded\" 10.0.0.9 x", FORMAT.example));
        let status = "TransformSucceeded";
        let named = json!({"transformed_host": "h.new", "request_transform_status": status, "ip_address": "10.0.0.9", "trailing": "x"});
        assert_eq!(late["catchwater"]["fields"], named);
        let cut = FORMAT.example.find(" \"Root=").unwrap();
        let early = value(&FORMAT, &FORMAT.example[..cut]);
        assert_eq!(early["user_agent"]["original"], "curl/7.46.0");
        assert!(early.get("trace").is_none());
        assert_eq!(refused(&FORMAT, &FORMAT.example[..cut + 5]), Some("alb_line_cut"));
        assert_eq!(refused(&FORMAT, "http 2018 x"), Some("no_alb_line"));
        assert!(detect(FORMAT.example) && !detect("http is a protocol"));
    }

    proptest! {
        #[test]
        fn any_text(line in any::<String>()) {
            check_any_text(&FORMAT, &line);
        }

        #[test]
        fn any_tail_and_cut(at in 0usize..400, tail in "\\PC{0,30}") {
            let cut = &FORMAT.example[..at.min(FORMAT.example.len())];
            check_any_text(&FORMAT, &format!("{cut}{tail}"));
        }
    }
}
