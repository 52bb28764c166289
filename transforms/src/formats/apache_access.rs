//! Access lines of Apache httpd: `common`, `combined`, `combinedio`, `vhost_combined` and the `ssl_request` log.

use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::scan::access_line::{self, AccessLine, WEB, bracketed_time};
use crate::scan::free_fields::FreeFields;
use crate::scan::{access_tail, address, decimal, quoted, request_line, token};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Fields;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "apache_access",
    title: "Access log of Apache httpd",
    doc: "Reads `common`, `combined`, `combinedio` and `vhost_combined` of httpd's own configuration \
          (<https://httpd.apache.org/docs/2.4/logs.html#accesslog>), and the `ssl_request` log (`%t %h %{SSL_PROTOCOL}x \
          %{SSL_CIPHER}x \"%r\" %b`). Detection gives every access line that has no mark of nginx to this format. The \
          identity (`%l`) and fields behind the user agent that are not known stand in `catchwater.fields` \
          (`ident`, `trailing`): a lone number may be microseconds (`%D`), seconds (`%T`) or bytes. Two numbers are \
          taken as `%I %O`. `\\xhh` is read where it stands for printable ASCII, else it stays as it is.",
    example: r#"198.18.177.19 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326 "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)""#,
    detect,
    parse,
    ..Format::DEFAULTS
};

fn detect(message: &str) -> bool {
    access_line::read(message, 0).is_some() || SslRequest::read(message, 0).is_some()
}

fn parse(_: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let mut fields = Fields::new();
    let mut free = FreeFields::default();
    if let Some(line) = access_line::read(event.message, event.zone_seconds) {
        line.set(&mut fields, &mut free);
        set_tail(&line, &mut fields, &mut free);
    } else if let Some(line) = SslRequest::read(event.message, event.zone_seconds) {
        line.set(&mut fields);
    } else {
        return Err(Refusal("no_access_line"));
    }
    free.set(&mut fields);
    emit.event_sharing(Kind::ServiceQuery, WEB, fields);
    Ok(())
}

/// `combinedio` puts two numbers behind the user agent: bytes received and sent, headers with them (mod_logio).
fn set_tail<'a>(line: &AccessLine<'a>, fields: &mut Fields<'a>, free: &mut FreeFields) {
    let (received, sent) = token::first(line.tail);
    match (decimal::unsigned(received), decimal::unsigned(sent)) {
        (Some(received), Some(sent)) => {
            fields.set(Field::HttpRequestBytes, received);
            fields.set(Field::HttpResponseBytes, sent);
        }
        _ => access_tail::set(line.tail, fields, free),
    }
}

/// `[10/Aug/2018:09:45:56 +0200] 172.30.0.119 TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 "GET / HTTP/1.1" 1375`
struct SslRequest<'a> {
    time: catchwater_schemas::time::Timestamp,
    client: &'a str,
    protocol: &'a str,
    cipher: &'a str,
    request: quoted::Quoted<'a>,
    bytes: Option<u64>,
}

impl<'a> SslRequest<'a> {
    fn read(line: &'a str, zone_seconds: i32) -> Option<Self> {
        let (head, time, rest) = bracketed_time(line.trim_end(), zone_seconds)?;
        let (client, rest) = token::first(rest);
        let (protocol, rest) = token::first(rest);
        let (cipher, rest) = token::first(rest);
        let (request, rest) = quoted::take(rest)?;
        let bytes = match rest {
            "-" => None,
            digits => Some(decimal::unsigned(digits)?),
        };
        let valid = head.is_empty() && !client.is_empty() && !cipher.is_empty();
        valid.then_some(Self { time, client, protocol, cipher, request, bytes })
    }

    fn set(&self, fields: &mut Fields<'a>) {
        fields.set(Field::Timestamp, self.time);
        address::set_source(fields, self.client);
        request_line::set(self.request, fields);
        fields.set_present(Field::TlsVersionProtocol, self.protocol);
        fields.set_present(Field::TlsCipher, self.cipher);
        if let Some(bytes) = self.bytes {
            fields.set(Field::HttpResponseBodyBytes, bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_any_text, refused, value};
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn common_and_vhost() {
        let event = value(
            &FORMAT,
            r#"v.example.com:443 ::1 bob frank [10/Oct/2000:13:55:36 -0700] "GET /a?b=c HTTP/1.0" 404 - "-" "-" 116075"#,
        );
        assert_eq!(event["@timestamp"], "2000-10-10T20:55:36.000Z");
        assert_eq!(event["url"], json!({"domain": "v.example.com", "path": "/a", "query": "b=c"}));
        assert_eq!(event["source"], json!({"ip": "::1"}));
        assert_eq!(event["destination"], json!({"port": 443}));
        assert_eq!(event["user"], json!({"name": "frank"}));
        assert_eq!(event["http"]["response"], json!({"status_code": 404}));
        assert_eq!(event["event"]["outcome"], "failure");
        assert_eq!(event["catchwater"]["fields"], json!({"ident": "bob", "trailing": "116075"}));
        assert!(event.get("user_agent").is_none());
    }

    #[test]
    fn combinedio_and_names() {
        let event = value(
            &FORMAT,
            r#"host - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 5 "r" "u \"x\"" 210 5400"#,
        );
        assert_eq!(event["http"]["request"]["bytes"], 210);
        assert_eq!(
            event["http"]["response"],
            json!({"status_code": 200, "bytes": 5400, "body": {"bytes": 5}})
        );
        assert_eq!(event["user_agent"]["original"], "u \"x\"");
        assert_eq!(event["source"], json!({"address": "host"}));
    }

    #[test]
    fn ssl_request() {
        let line = r#"[10/Aug/2018:09:45:56 +0200] 172.30.0.119 TLSv1.2 ECDHE-RSA "GET /?a HTTP/1.1" 1375"#;
        assert!(detect(line));
        let event = value(&FORMAT, line);
        assert_eq!(event["tls"], json!({"cipher": "ECDHE-RSA", "version_protocol": "TLSv1.2"}));
        assert_eq!(event["http"]["response"], json!({"body": {"bytes": 1375}}));
        assert!(event["event"].get("outcome").is_none());
    }

    #[test]
    fn refuses_what_is_none() {
        for line in ["", "- - - - - - -", "[10/Aug/2018:09:45:56 +0200] starting", "GET / HTTP/1.1"] {
            assert_eq!(refused(&FORMAT, line), Some("no_access_line"), "{line}");
            assert!(!detect(line), "{line}");
        }
        assert!(detect(FORMAT.example));
    }

    proptest! {
        #[test]
        fn any_text(line in any::<String>()) {
            check_any_text(&FORMAT, &line);
        }

        #[test]
        fn anything_around_the_time(head in "[a0-9.:,\" é-]{0,20}", tail in "\\PC{0,40}") {
            check_any_text(&FORMAT, &format!("{head}[10/Aug/2018:09:45:56 +0200] {tail}"));
            check_any_text(&FORMAT, &format!("{head} - - [10/Aug/2018:09:45:56 +0200] \"{tail}\" 200 - {tail}"));
        }
    }
}
