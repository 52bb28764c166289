//! Access lines of nginx: `combined`, `main` of its default configuration, and those of the ingress controller.

use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::scan::access_line::WEB;
use crate::scan::free_fields::FreeFields;
use crate::scan::{access_line, access_tail, decimal, token};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Fields;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "nginx_access",
    title: "Access log of nginx and of its Kubernetes ingress controller",
    doc: "Reads `combined` (<https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format>), also with a host \
          or a list of clients in front, with what is often put behind (`X-Forwarded-For`, `$gzip_ratio`, \
          `$request_time`, `$upstream_response_time`, `name=value` such as `rt=0.005`), and the ingress controller's \
          line (<https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/log-format/>). `source.ip` \
          is the first public address of a list, else its first item; the list is `nginx.forwarded_for`. A plain \
          `combined` line does not tell nginx from Apache: detection takes lines with a list of clients, or with a \
          mark of nginx behind the user agent, and leaves the rest to `apache_access`, which makes the same fields \
          of them. What is not known stands in `catchwater.fields.trailing`. `\\xHH` is read where it stands for \
          printable ASCII, else it stays as it is.",
    example: r#"172.17.0.1 - alice [01/Apr/2021:12:02:31 +0000] "POST /not-found HTTP/1.1" 404 153 "http://localhost/somewhere" "curl/7.75.0" "-""#,
    detect,
    parse,
    ..Format::DEFAULTS
};

fn detect(message: &str) -> bool {
    let Some(line) = access_line::read(message, 0) else { return false };
    line.head.list.is_some() || access_tail::is_of_nginx(line.tail) || Ingress::read(line.tail).is_some()
}

fn parse(_: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let line = access_line::read(event.message, event.zone_seconds).ok_or(Refusal("no_access_line"))?;
    let mut fields = Fields::new();
    let mut free = FreeFields::default();
    line.set(&mut fields, &mut free);
    match Ingress::read(line.tail) {
        Some(ingress) => ingress.set(&mut fields, &mut free),
        None => access_tail::set(line.tail, &mut fields, &mut free),
    }
    free.set(&mut fields);
    emit.event_sharing(Kind::ServiceQuery, WEB, fields);
    Ok(())
}

/// The ingress controller's tail: `89 0.001 [default-web-8080] [] 172.17.0.5:8080 59 0.000 200 529a007902362a5f`.
#[derive(Debug)]
struct Ingress<'a> {
    request_length: u64,
    request_time: &'a str,
    upstream: &'a str,
    alternative: &'a str,
    addresses: &'a str,
    lengths: &'a str,
    times: &'a str,
    statuses: &'a str,
    request_id: &'a str,
    rest: &'a str,
}

impl<'a> Ingress<'a> {
    fn read(tail: &'a str) -> Option<Self> {
        let (request_length, rest) = token::first(tail);
        let request_length = decimal::unsigned(request_length)?;
        let (request_time, rest) = token::first(rest);
        decimal::json_number(request_time)?;
        let (upstream, rest) = bracketed(rest)?;
        // Controllers before 0.20 (2018) write no alternative upstream.
        let (alternative, rest) = bracketed(rest).unwrap_or(("", rest));
        let (addresses, rest) = token::list(rest);
        let (lengths, rest) = token::list(rest);
        let (times, rest) = token::list(rest);
        let (statuses, rest) = token::list(rest);
        let (request_id, rest) = token::first(rest);
        let read = Self {
            request_length,
            request_time,
            upstream,
            alternative,
            addresses,
            lengths,
            times,
            statuses,
            request_id,
            rest,
        };
        (!statuses.is_empty()).then_some(read)
    }

    fn set(&self, fields: &mut Fields<'a>, free: &mut FreeFields) {
        fields.set(Field::HttpRequestBytes, self.request_length);
        access_tail::set_duration(self.request_time, fields);
        fields.set_present(Field::NginxUpstreamName, self.upstream);
        free.add("alternative_upstream_name", self.alternative);
        fields.set_present(Field::NginxUpstreamAddress, self.addresses);
        fields.set_present(Field::NginxUpstreamLength, self.lengths);
        fields.set_present(Field::NginxUpstreamTime, self.times);
        fields.set_present(Field::NginxUpstreamStatus, self.statuses);
        fields.set_present(Field::HttpRequestId, self.request_id);
        free.add("trailing", self.rest);
    }
}

fn bracketed(text: &str) -> Option<(&str, &str)> {
    let (inside, rest) = text.strip_prefix('[')?.split_once(']')?;
    Some((inside, rest.strip_prefix(' ').unwrap_or(rest)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_any_text, refused, value};
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const START: &str =
        r#"192.168.64.14 - - [07/Feb/2020:12:02:42 +0000] "GET /v2/some HTTP/1.1" 200 61 "-" "curl""#;

    #[test]
    fn ingress_with_two_upstreams() {
        let tail = "348 0.001 [default-web2-8080] [] 172.17.0.6:8080, 172.17.0.7:8080 61, 100 0.100, 0.004 200, 203 8351";
        let line = format!("{START} {tail}");
        assert!(detect(&line));
        let event = value(&FORMAT, &line);
        let upstream = json!({
            "name": "default-web2-8080", "address": "172.17.0.6:8080, 172.17.0.7:8080",
            "response_length": "61, 100", "response_time": "0.100, 0.004", "status": "200, 203",
        });
        assert_eq!(event["nginx"]["upstream"], upstream);
        assert_eq!(event["http"]["request"], json!({"method": "GET", "bytes": 348, "id": "8351"}));
        assert_eq!(event["event"]["duration"], 1_000_000);
        assert!(event["catchwater"].get("fields").is_none());
    }

    #[test]
    fn ingress_without_alternative_and_with_one() {
        let event = value(&FORMAT, &format!("{START} 0 0.000 [up] - - - - 4c7d"));
        assert_eq!(event["nginx"]["upstream"], json!({"name": "up"}));
        assert_eq!(event["http"]["request"]["id"], "4c7d");
        let event =
            value(&FORMAT, &format!("{START} 462 0.050 [up] [other] 10.0.50.80:9000 1 0.049 200 75 more"));
        let free = json!({"alternative_upstream_name": "other", "trailing": "more"});
        assert_eq!(event["catchwater"]["fields"], free);
    }

    #[test]
    fn main_names_the_client() {
        let event = value(&FORMAT, &format!("{START} \"1.2.3.4, 10.10.1.1\""));
        assert_eq!(event["client"]["ip"], "1.2.3.4");
        assert_eq!(event["source"]["ip"], "192.168.64.14");
        assert_eq!(event["nginx"]["forwarded_for"], "1.2.3.4, 10.10.1.1");
    }

    #[test]
    fn noise_keeps_its_bytes() {
        let event = value(&FORMAT, r#"0.0.0.0 - - [04/Oct/2022:03:07:27 +0000] "]&\xDF\x10" 400 150 "" "-""#);
        assert_eq!(event["url"], json!({"original": "]&\\xDF\\x10"}));
        assert!(event["http"].get("request").is_none());
    }

    #[test]
    fn is_sure_only_where_nginx_leaves_a_mark() {
        assert!(!detect(START));
        for tail in ["\"-\"", "0.005", "rt=0.005", "89 0.001 [a] [] - - - - x"] {
            assert!(detect(&format!("{START} {tail}")), "{tail}");
        }
        for tail in ["116075", "210 5400", "a=b"] {
            assert!(!detect(&format!("{START} {tail}")), "{tail}");
        }
        assert!(detect(FORMAT.example));
        assert_eq!(refused(&FORMAT, "hello"), Some("no_access_line"));
    }

    proptest! {
        #[test]
        fn any_text(line in any::<String>()) {
            check_any_text(&FORMAT, &line);
        }

        #[test]
        fn any_tail(tail in "[0-9a-z.,:\\[\\]\"= é\\\\-]{0,60}") {
            check_any_text(&FORMAT, &format!("{START} {tail}"));
        }
    }
}
