//! Access log of the TLS listeners of AWS's Network Load Balancer
//! (<https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-access-logs.html>).

use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::{Emit, Shared};
use crate::scan::free_fields::FreeFields;
use crate::scan::{decimal, elb, host_port, quoted, token};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::time::Timestamp;
use std::borrow::Cow;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "aws_nlb",
    title: "Access log of the AWS Network Load Balancer's TLS listeners",
    doc: "Reads all fields of \
          <https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-access-logs.html>, versions 1.0 \
          and 2.0; lines of earlier years end sooner. Times are UTC, though AWS writes no zone. `@timestamp` and \
          `event.end` are when the connection ended, `event.start` when its TLS connection was made, `event.duration` the \
          connection's whole time. The name that the client asked for (SNI) is `server.address` and the service. A \
          connection without a cipher is a failure: its handshake did not end. The client's alert, the certificate's \
          serial, the named group and the ALPN fields stand in `catchwater.fields`, as does what AWS may add \
          (`trailing`).",
    example: r#"tls 2.0 2020-04-01T08:51:42 net/my-network-loadbalancer/c6e77e28c25b2234 g3d4b5e8bb8464cd 192.0.2.7:51341 198.51.100.100:443 5 2 98 246 - arn:aws:acm:us-east-2:671290407336:certificate/2a108f19-aded-46b0-8493-c63eb1ef4a99 - ECDHE-RSA-AES128-SHA tlsv12 - my-network-loadbalancer-c6e77e28c25b2234.elb.us-east-2.amazonaws.com h2 h2 "h2","http/1.1" 2020-04-01T08:51:20"#,
    detect,
    parse,
    ..Format::DEFAULTS
};

/// What all connections share.
const CONNECTION: Shared = &[
    (Field::EventCategory, Value::Json(Cow::Borrowed("[\"network\"]"))),
    (Field::EventType, Value::Json(Cow::Borrowed("[\"connection\"]"))),
    (Field::CloudProvider, Value::Escaped("aws")),
    (Field::NetworkTransport, Value::Escaped("tcp")),
    (Field::NetworkProtocol, Value::Escaped("tls")),
];

fn detect(message: &str) -> bool {
    Start::read(message).is_some()
}

fn parse(_: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let (start, rest) = Start::read(event.message.trim_end()).ok_or(Refusal("no_nlb_line"))?;
    let mut fields = Fields::new();
    let mut free = FreeFields::default();
    start.set(&mut fields);
    set_rest(rest, &mut fields, &mut free).ok_or(Refusal("nlb_line_cut"))?;
    free.set(&mut fields);
    emit.event_sharing(Kind::ServiceQuery, CONNECTION, fields);
    Ok(())
}

/// The fields up to the peers.
struct Start<'a> {
    time: Timestamp,
    name: &'a str,
    listener: &'a str,
    client: &'a str,
    destination: &'a str,
}

impl<'a> Start<'a> {
    fn read(line: &'a str) -> Option<(Self, &'a str)> {
        let mut rest = line.strip_prefix("tls ")?;
        let mut word = || {
            let (word, after) = token::first(rest);
            rest = after;
            (!word.is_empty()).then_some(word)
        };
        decimal::json_number(word()?)?;
        let time = Timestamp::parse_rfc3339(word()?, 0)?;
        let start = Self { time, name: word()?, listener: word()?, client: word()?, destination: word()? };
        host_port::split_with_port(start.client)?;
        Some((start, rest))
    }

    fn set(&self, fields: &mut Fields<'a>) {
        fields.set(Field::Timestamp, self.time);
        fields.set(Field::EventEnd, self.time);
        fields.set_present(Field::AwsElbName, self.name);
        fields.set_present(Field::AwsElbListener, self.listener);
        elb::set_peer(self.client, elb::CLIENT, fields);
        elb::set_peer(self.destination, elb::TARGET, fields);
    }
}

/// Sets the fields from the connection's time on; `None` if there are fewer than those of version 1.0 or a number is
/// none.
fn set_rest<'a>(rest: &'a str, fields: &mut Fields<'a>, free: &mut FreeFields) -> Option<()> {
    let mut rest = rest;
    let mut number = || {
        let (word, after) = token::first(rest);
        rest = after;
        Some(if word == "-" { None } else { Some(decimal::unsigned(word)?) })
    };
    let (connection, handshake, received, sent) = (number()?, number()?, number()?, number()?);
    let nanos = connection.and_then(|millis| millis.checked_mul(1_000_000));
    let numbers = [
        (Field::EventDuration, nanos),
        (Field::AwsElbHandshakeTime, handshake),
        (Field::SourceBytes, received),
        (Field::DestinationBytes, sent),
        (Field::NetworkBytes, received.zip(sent).and_then(|(received, sent)| received.checked_add(sent))),
    ];
    for (field, number) in numbers {
        if let Some(number) = number {
            fields.set(field, number);
        }
    }
    let (mut words, mut server) = (0, "-");
    for place in PLACES {
        if let Place::Protocols(name) = place
            && rest.starts_with('"')
        {
            // What a client offers may hold spaces.
            let (list, after) = quoted::take(rest)?;
            rest = after;
            free.add(name, &list.raw.replace("\",\"", ","));
            continue;
        }
        let (word, after) = token::first(rest);
        rest = after;
        words += usize::from(!word.is_empty());
        match place {
            Place::Field(field) => fields.set_present(*field, word),
            Place::Free(name) | Place::Protocols(name) => free.add(name, word),
            Place::Server => server = word,
            Place::Created => {
                if let Some(time) = Timestamp::parse_rfc3339(word, 0) {
                    fields.set(Field::EventStart, time);
                }
            }
        }
    }
    free.add("trailing", rest);
    if words < FIRST_VERSION {
        return None;
    }
    fields.set_present(Field::ServerAddress, server);
    fields.set_present(Field::ServiceName, server);
    let outcome = if fields.has(Field::TlsCipher) { "success" } else { "failure" };
    fields.set(Field::EventOutcome, Value::Escaped(outcome));
    Some(())
}

enum Place {
    Field(Field),
    Free(&'static str),
    /// `"h2","http/1.1"`.
    Protocols(&'static str),
    Server,
    Created,
}

/// Fields behind the byte counts, in the line's order.
const PLACES: &[Place] = &[
    Place::Free("incoming_tls_alert"),
    Place::Field(Field::AwsElbChosenCertArn),
    Place::Free("chosen_cert_serial"),
    Place::Field(Field::TlsCipher),
    Place::Field(Field::TlsVersionProtocol),
    Place::Free("tls_named_group"),
    Place::Server,
    Place::Free("alpn_fe_protocol"),
    Place::Free("alpn_be_protocol"),
    Place::Protocols("alpn_client_preference_list"),
    Place::Created,
];

/// How many of them the lines of 2019 have: those up to the name.
const FIRST_VERSION: usize = 7;

#[cfg(test)]
mod tests {
    use super::super::testing::{check_any_text, refused, value};
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn the_example() {
        let event = value(&FORMAT, FORMAT.example);
        assert_eq!(event["@timestamp"], "2020-04-01T08:51:42.000Z");
        assert_eq!(event["event"]["start"], "2020-04-01T08:51:20.000Z");
        assert_eq!(
            (&event["event"]["duration"], &event["event"]["outcome"]),
            (&json!(5_000_000), &json!("success"))
        );
        assert_eq!(event["aws"]["elb"]["tls_handshake_time"], json!({"ms": 2}));
        assert_eq!(event["source"], json!({"bytes": 98, "ip": "192.0.2.7", "port": 51341}));
        assert_eq!(event["destination"], json!({"bytes": 246, "ip": "198.51.100.100", "port": 443}));
        assert_eq!(event["network"]["bytes"], 344);
        assert_eq!(event["tls"], json!({"cipher": "ECDHE-RSA-AES128-SHA", "version_protocol": "tlsv12"}));
        let free = json!({"alpn_fe_protocol": "h2", "alpn_be_protocol": "h2", "alpn_client_preference_list": "h2,http/1.1"});
        assert_eq!(event["catchwater"]["fields"], free);
    }

    #[test]
    fn a_handshake_that_failed_and_a_line_of_2019() {
        let line =
            "tls 1.0 2019-03-01T08:51:42 net/a/b c 2001:db8::1:51341 10.0.0.1:443 5 - 98 0 48 - - - - - -";
        let event = value(&FORMAT, line);
        assert_eq!(event["event"]["outcome"], "failure");
        assert_eq!(event["source"]["ip"], "2001:db8::1");
        assert_eq!(event["catchwater"]["fields"], json!({"incoming_tls_alert": "48"}));
        assert!(event.get("server").is_none());
        assert_eq!(refused(&FORMAT, line.trim_end_matches(" -")), Some("nlb_line_cut"));
        assert_eq!(refused(&FORMAT, &line.replace(" 98 ", " many ")), Some("nlb_line_cut"));
        assert_eq!(refused(&FORMAT, "tls 1.0 handshake failed"), Some("no_nlb_line"));
        let late = value(&FORMAT, &format!("{} new", FORMAT.example));
        assert_eq!(late["catchwater"]["fields"]["trailing"], "new");
    }

    proptest! {
        #[test]
        fn any_text(line in any::<String>()) {
            check_any_text(&FORMAT, &line);
        }

        #[test]
        fn any_tail_and_cut(at in 0usize..450, tail in "\\PC{0,30}") {
            let cut = &FORMAT.example[..at.min(FORMAT.example.len())];
            check_any_text(&FORMAT, &format!("{cut}{tail}"));
        }
    }
}
