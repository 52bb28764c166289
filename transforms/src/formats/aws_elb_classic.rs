//! Access log of AWS's Classic Load Balancer
//! (<https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/access-log-collection.html>).

use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::{Emit, Shared};
use crate::scan::access_line::WEB;
use crate::scan::free_fields::FreeFields;
use crate::scan::{elb, quoted, request_line};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use std::borrow::Cow;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "aws_elb_classic",
    title: "Access log of the AWS Classic Load Balancer",
    doc: "Reads all fields of \
          <https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/access-log-collection.html>, of HTTP, HTTPS, \
          TCP and SSL listeners; lines of before 2014 end with the request. `@timestamp` is when the response was made or \
          the connection ended, `event.duration` the sum of the three processing times where all are known (`-1` is \
          not). Names are those of `aws_alb`. What stands behind the last field is `catchwater.fields.trailing`.",
    example: r#"2015-05-13T23:39:43.945958Z my-loadbalancer 192.168.131.39:2817 10.0.0.1:80 0.000086 0.001048 0.001337 200 200 0 57 "GET https://www.example.com:443/ HTTP/1.1" "curl/7.38.0" DHE-RSA-AES128-SHA TLSv1.2"#,
    detect,
    parse,
    ..Format::DEFAULTS
};

/// What connections without HTTP share.
const CONNECTION: Shared = &[
    (Field::EventCategory, Value::Json(Cow::Borrowed("[\"network\"]"))),
    (Field::EventType, Value::Json(Cow::Borrowed("[\"connection\"]"))),
    (Field::NetworkTransport, Value::Escaped("tcp")),
];

fn detect(message: &str) -> bool {
    elb::Head::read(message).is_some_and(|(head, _)| head.is_sure())
}

fn parse(_: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let head = elb::Head::read(event.message.trim_end()).filter(|(head, _)| head.is_sure());
    let (head, rest) = head.ok_or(Refusal("no_elb_line"))?;
    let mut fields = Fields::new();
    let mut free = FreeFields::default();
    fields.set(Field::CloudProvider, "aws");
    head.set(&mut fields);
    let shared = set_rest(rest, &mut fields, &mut free).ok_or(Refusal("elb_line_cut"))?;
    free.set(&mut fields);
    emit.event_sharing(Kind::ServiceQuery, shared, fields);
    Ok(())
}

/// Sets the fields from the request on. The line may end after any of them; `None` if one is cut.
fn set_rest<'a>(rest: &'a str, fields: &mut Fields<'a>, free: &mut FreeFields) -> Option<Shared> {
    let (request, mut rest) = quoted::take(rest)?;
    elb::set_request(request, fields);
    let shared = if request.raw.starts_with("- - -") { CONNECTION } else { WEB };
    for field in [Field::UserAgentOriginal, Field::TlsCipher, Field::TlsVersionProtocol] {
        if rest.is_empty() {
            return Some(shared);
        }
        let (text, after) = quoted::take_or_word(rest)?;
        rest = after;
        request_line::set_text(field, text, fields);
    }
    free.add("trailing", rest);
    Some(shared)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_any_text, refused, value};
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn the_example() {
        let event = value(&FORMAT, FORMAT.example);
        assert_eq!(event["@timestamp"], "2015-05-13T23:39:43.945958Z");
        assert_eq!(event["event"]["duration"], 2_471_000);
        assert_eq!(event["aws"]["elb"]["backend"]["http"]["response"]["status_code"], 200);
        assert_eq!(event["source"], json!({"ip": "192.168.131.39", "port": 2817}));
        assert_eq!(event["destination"], json!({"ip": "10.0.0.1", "port": 80}));
        assert_eq!(event["tls"], json!({"cipher": "DHE-RSA-AES128-SHA", "version_protocol": "TLSv1.2"}));
        assert_eq!(event["url"]["domain"], "www.example.com");
        assert_eq!(event["event"]["category"], json!(["web"]));
    }

    #[test]
    fn a_connection_without_http() {
        let line = r#"2015-05-13T23:39:43.945958Z lb [2001:db8::1]:2817 2001:db8::2:80 0.001069 0.000028 0.000041 - - 82 305 "- - - " "-" ECDHE-ECDSA-AES128-GCM-SHA256 TLSv1.2 new"#;
        let event = value(&FORMAT, line);
        assert_eq!(
            (&event["source"]["ip"], &event["destination"]["ip"]),
            (&json!("2001:db8::1"), &json!("2001:db8::2"))
        );
        assert_eq!(event["event"]["category"], json!(["network"]));
        assert_eq!(event["http"], json!({"request": {"bytes": 82}, "response": {"bytes": 305}}));
        assert!(event.get("url").is_none() && event["event"].get("outcome").is_none());
        assert_eq!(event["catchwater"]["fields"], json!({"trailing": "new"}));
    }

    #[test]
    fn ends_early() {
        let request = FORMAT.example.find(" \"curl").unwrap();
        assert!(value(&FORMAT, &FORMAT.example[..request]).get("user_agent").is_none());
        assert_eq!(refused(&FORMAT, &FORMAT.example[..request + 5]), Some("elb_line_cut"));
        let unread =
            FORMAT.example.replace("GET https://www.example.com:443/ HTTP/1.1", "- http://h.example:80- -");
        assert_eq!(value(&FORMAT, &unread)["url"]["domain"], "h.example");
        assert_eq!(refused(&FORMAT, &FORMAT.example.replace("0.000086", "fast")), Some("no_elb_line"));
        assert_eq!(refused(&FORMAT, "2015-05-13T23:39:43Z a b"), Some("no_elb_line"));
    }

    proptest! {
        #[test]
        fn any_text(line in any::<String>()) {
            check_any_text(&FORMAT, &line);
        }

        #[test]
        fn any_tail_and_cut(at in 0usize..250, tail in "\\PC{0,30}") {
            let cut = &FORMAT.example[..at.min(FORMAT.example.len())];
            check_any_text(&FORMAT, &format!("{cut}{tail}"));
        }
    }
}
