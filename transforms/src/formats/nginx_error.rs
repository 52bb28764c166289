//! The error log of nginx (`src/core/ngx_log.c`; what follows the message is written by `ngx_http_log_error_handler`,
//! `ngx_stream_log_error` and `ngx_mail_log_error`).

use super::{Format, Group, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::scan::access_line::{WEB_ERROR, WEB_INFO};
use crate::scan::free_fields::FreeFields;
use crate::scan::log_time::{self, Context};
use crate::scan::quoted::{Escapes, Quoted};
use crate::scan::{address, decimal, host_port, request_line, token};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "nginx_error",
    title: "Error log of nginx, OpenResty and the Kubernetes ingress controller",
    doc: "Reads `2021/04/01 13:02:31 [error] 31#31: *1 message, client: …, server: …, request: \"…\", subrequest: \"…\", \
          upstream: \"…\", host: \"…\", referrer: \"…\"` (`src/core/ngx_log.c`, `ngx_http_log_error_handler`; also what \
          the stream and mail modules write), and `nginx: [emerg] message` of its start. The layout is fixed; times \
          are in the server's zone, which the route names. `message` is what stands before `client:`, of \
          `limiting requests` without `excess` and `zone`, which are free fields. `error.code` is the number in \
          `(2: No such file or directory)`; `host` is `url.domain` and `url.port`, `server` is `server.address`, the \
          connection's number `*1` is `catchwater.fields.connection`. nginx cuts lines at 2,048 bytes: such are taken, \
          and marked as truncated where a string is left open. What PHP or Lua wrote over many lines is joined.",
    example: r#"2021/04/01 13:02:31 [error] 31#31: *1 open() "/usr/share/nginx/html/not-found" failed (2: No such file or directory), client: 172.17.0.1, server: localhost, request: "POST /not-found HTTP/1.1", host: "localhost:8081""#,
    detect,
    parse,
    continues: Some(continues),
    ..Format::DEFAULTS
};

/// What nginx writes before its own start is over.
const START: &str = "nginx: [";

/// What stands before the message.
struct Head<'a> {
    time: Option<catchwater_schemas::time::Timestamp>,
    level: &'a str,
    pid: Option<u64>,
    thread: Option<u64>,
    connection: &'a str,
    message: &'a str,
}

fn detect(message: &str) -> bool {
    let b = message.as_bytes();
    let dated = b.len() > 20 && b[4] == b'/' && b[7] == b'/' && b[0].is_ascii_digit() && b[20] == b'[';
    (dated || message.starts_with(START))
        && head(message, Context { zone_seconds: 0, near: Default::default() }).is_some()
}

/// Lines of PHP's and Lua's messages: what follows such a one and does not begin as a line of nginx does.
fn continues(group: &mut Group<'_>, line: &str) -> bool {
    const NEVER: u32 = 1;
    const MAY: u32 = 2;
    if *group.state == 0 {
        let open = ["FastCGI sent in stderr: \"", " [lua] ", " lua entry thread aborted", "stack traceback:"];
        *group.state = if open.iter().any(|start| group.text.contains(start)) { MAY } else { NEVER };
    }
    *group.state == MAY && !detect(line)
}

fn level(word: &str) -> bool {
    matches!(word, "emerg" | "alert" | "crit" | "error" | "warn" | "notice" | "info" | "debug")
}

fn head(line: &str, context: Context) -> Option<Head<'_>> {
    if let Some(rest) = line.strip_prefix(START) {
        let (word, message) = rest.split_once("] ")?;
        let head = Head { time: None, level: word, pid: None, thread: None, connection: "", message };
        return level(word).then_some(head);
    }
    let (time, rest) = log_time::read(line, context)?;
    let (word, rest) = rest.strip_prefix(" [")?.split_once("] ")?;
    let (ids, rest) = rest.split_once(": ").or_else(|| Some((rest.strip_suffix(':')?, "")))?;
    let (pid, thread) = ids.split_once('#')?;
    let (pid, thread) = (decimal::unsigned(pid)?, decimal::unsigned(thread)?);
    let (connection, message) = match rest.strip_prefix('*').map(token::first) {
        Some((number, message)) if decimal::unsigned(number).is_some() => (number, message),
        _ => ("", rest),
    };
    let head =
        Head { time: Some(time), level: word, pid: Some(pid), thread: Some(thread), connection, message };
    level(word).then_some(head)
}

fn parse(_: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let context = Context { zone_seconds: event.zone_seconds, near: event.time };
    let line = event.message.trim_end();
    let head = head(line, context).ok_or(Refusal("no_nginx_error_line"))?;
    let mut fields = Fields::new();
    let mut free = FreeFields::default();
    if let Some(time) = head.time {
        fields.set(Field::Timestamp, time);
    }
    fields.set(Field::LogLevel, Value::Escaped(head.level));
    for (field, number) in [(Field::ProcessPid, head.pid), (Field::ProcessThreadId, head.thread)] {
        if let Some(number) = number {
            fields.set(field, number);
        }
    }
    free.add("connection", head.connection);
    let (message, context) = Connection::find(head.message);
    if let Some(context) = context {
        context.set(&mut fields, &mut free);
    }
    fields.set_present(Field::Message, set_limit(message, &mut free));
    if let Some(code) = system_error(message) {
        fields.set(Field::ErrorCode, Value::Escaped(code));
    }
    free.set(&mut fields);
    let shared = if matches!(head.level, "notice" | "info" | "debug") { WEB_INFO } else { WEB_ERROR };
    emit.event_sharing(Kind::Log, shared, fields);
    Ok(())
}

/// The number of `(2: No such file or directory)`.
fn system_error(message: &str) -> Option<&str> {
    message.match_indices('(').take(8).find_map(|(at, _)| {
        let (digits, _) = message[at + 1..].split_once(": ")?;
        decimal::unsigned(digits).filter(|_| digits.len() <= 5).map(|_| digits)
    })
}

/// Cuts `, excess: 50.416 by zone "name"` off (`ngx_http_limit_req_module.c`); also `limiting connections by zone "name"`.
fn set_limit<'a>(message: &'a str, free: &mut FreeFields) -> &'a str {
    let zone = |text: &'a str| text.strip_prefix("by zone \"")?.strip_suffix('"');
    if let Some((start, rest)) = message.split_once(", excess: ") {
        let (excess, rest) = token::first(rest);
        let excess = excess.trim_end_matches(',');
        if let Some(zone) = zone(rest)
            && decimal::json_number(excess).is_some()
        {
            free.add("excess", excess);
            free.add("zone", zone);
            return start;
        }
    } else if let Some(at) = message.find("by zone \"").filter(|_| message.starts_with("limiting ")) {
        free.add("zone", zone(&message[at..]).unwrap_or_default());
    }
    message
}

/// Names of what follows the message, with what stands before and behind a value.
const NAMES: [(&str, bool); 10] = [
    ("client: ", false),
    ("server: ", false),
    ("login: ", true),
    ("request: ", true),
    ("subrequest: ", true),
    ("upstream: ", true),
    ("host: ", true),
    ("referrer: ", true),
    ("bytes from/to client:", false),
    ("bytes from/to upstream:", false),
];

/// What follows the message, by its place in [`NAMES`].
#[derive(Default)]
struct Connection<'a> {
    values: [&'a str; NAMES.len()],
    cut: bool,
}

impl<'a> Connection<'a> {
    /// Finds where the message ends. A path in a message may hold the same words, so that all that follows must be
    /// names with values up to the end of the line.
    fn find(message: &'a str) -> (&'a str, Option<Self>) {
        const MARK: &str = ", client: ";
        for (at, _) in message.match_indices(MARK).take(8) {
            if let Some(read) = Self::read(&message[at + 2..]) {
                return (&message[..at], Some(read));
            }
        }
        (message, None)
    }

    fn read(text: &'a str) -> Option<Self> {
        let mut read = Self::default();
        let (mut rest, mut next) = (text, 0);
        while !rest.is_empty() {
            let found = NAMES[next..].iter().position(|(name, _)| rest.starts_with(name))? + next;
            let (name, quoted) = NAMES[found];
            let after = &rest[name.len()..];
            next = found + 1;
            let value;
            (value, rest) = match after.strip_prefix('"').filter(|_| quoted) {
                Some(inside) => match end_of_quoted(inside, next) {
                    Some((value, rest)) => (value, rest),
                    None => {
                        read.cut = true;
                        (inside, "")
                    }
                },
                None => after.split_once(", ").unwrap_or((after, "")),
            };
            if !quoted && value.contains([' ', '"']) {
                return None;
            }
            read.values[found] = value;
        }
        Some(read)
    }

    fn set(&self, fields: &mut Fields<'a>, free: &mut FreeFields) {
        let [
            client,
            server,
            login,
            request,
            subrequest,
            upstream,
            host,
            referrer,
            from_client,
            from_upstream,
        ] = self.values;
        address::set_source(fields, client);
        fields.set_present(Field::ServerAddress, server);
        fields.set_present(Field::UserName, login);
        request_line::set(Quoted { raw: request, escapes: Escapes::Absent }, fields);
        free.add("subrequest", subrequest);
        fields.set_present(Field::NginxUpstreamAddress, upstream);
        fields.set_present(Field::HttpRequestReferrer, referrer);
        if !host.is_empty() {
            let host = host_port::split(host);
            fields.set_present(Field::UrlDomain, host.host);
            if let Some(port) = host.port {
                fields.set(Field::UrlPort, u64::from(port));
            }
        }
        free.add("bytes_from_to_client", from_client);
        free.add("bytes_from_to_upstream", from_upstream);
        if self.cut {
            fields.set(Field::Truncated, true);
        }
    }
}

/// The value up to the mark that the next name follows, or that ends the line.
fn end_of_quoted(inside: &str, next: usize) -> Option<(&str, &str)> {
    let marks = inside.match_indices("\", ").map(|(at, _)| at);
    let mut ends =
        marks.filter(|at| NAMES[next..].iter().any(|(name, _)| inside[at + 3..].starts_with(name)));
    match ends.next() {
        Some(at) => Some((&inside[..at], &inside[at + 3..])),
        None => Some((inside.strip_suffix('"')?, "")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_any_text, refused, value};
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const START_OF_LINE: &str = "2021/04/01 13:02:31 [error] 31#31: *1 ";

    #[test]
    fn a_path_that_looks_like_a_client_is_part_of_the_message() {
        let message = r#"open() "/html/a, client: 6.6.6.6" failed (2: No such file or directory)"#;
        let line = format!(
            r#"{START_OF_LINE}{message}, client: ::1, server: , request: "GET /a,"x", HTTP/1.1", host: "h""#
        );
        let event = value(&FORMAT, &line);
        assert_eq!(event["message"], message);
        assert_eq!(event["source"], json!({"ip": "::1"}));
        assert_eq!(event["url"], json!({"path": "/a,\"x\",", "domain": "h"}));
        assert_eq!(event["error"], json!({"code": "2"}));
    }

    #[test]
    fn start_stream_mail_and_cut_lines() {
        let event = value(&FORMAT, "nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)");
        assert_eq!((&event["log"]["level"], &event["error"]["code"]), (&json!("emerg"), &json!("98")));
        let stream = "connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.1, \
                      server: 0.0.0.0:5432, upstream: \"10.0.0.2:5432\", bytes from/to client:0/0, bytes from/to \
                      upstream:0/0";
        let event = value(&FORMAT, &format!("{START_OF_LINE}{stream}"));
        assert_eq!(event["nginx"]["upstream"]["address"], "10.0.0.2:5432");
        assert_eq!(event["catchwater"]["fields"]["bytes_from_to_upstream"], "0/0");
        let mail = "client login failed: \"bad\" while in http auth state, client: 1.2.3.4, server: 0.0.0.0:143, \
                    login: \"bob\"";
        assert_eq!(value(&FORMAT, &format!("{START_OF_LINE}{mail}"))["user"]["name"], "bob");
        let event =
            value(&FORMAT, &format!("{START_OF_LINE}x, client: unix:, server: _, request: \"GET /long"));
        assert_eq!(
            (&event["url"]["path"], &event["catchwater"]["truncated"]),
            (&json!("/long"), &json!(true))
        );
        assert_eq!(event["source"]["address"], "unix:");
    }

    #[test]
    fn limits_without_a_client_and_what_is_refused() {
        let event = value(&FORMAT, &format!("{START_OF_LINE}limiting connections by zone \"addr\""));
        assert_eq!(event["catchwater"]["fields"], json!({"connection": "1", "zone": "addr"}));
        assert_eq!(event["message"], "limiting connections by zone \"addr\"");
        for bad in [
            "",
            "2021/04/01 13:02:31 x",
            "2021/04/01 13:02:31 [loud] 1#1: x",
            "2021/04/01 13:02:31 [error] 1: x",
            "nginx: [x] y",
        ] {
            assert_eq!(refused(&FORMAT, bad), Some("no_nginx_error_line"), "{bad}");
            assert!(!detect(bad), "{bad}");
        }
    }

    #[test]
    fn lines_of_php_are_joined() {
        let text =
            format!("{START_OF_LINE}FastCGI sent in stderr: \"PHP message: PHP Fatal error:  Uncaught E: x");
        let mut state = 0;
        let mut goes_on = |line: &str| continues(&mut Group { text: &text, state: &mut state }, line);
        assert!(goes_on("Stack trace:") && goes_on("#0 {main}"));
        assert!(!goes_on(FORMAT.example));
        let mut state = 0;
        assert!(!continues(&mut Group { text: FORMAT.example, state: &mut state }, "Stack trace:"));
    }

    proptest! {
        #[test]
        fn any_text(line in any::<String>()) {
            check_any_text(&FORMAT, &line);
        }

        #[test]
        fn any_tail(tail in "(, (client: |server: |request: \"|host: \"|upstream: \")?|[a-z0-9\" .(:é/*]{0,8}){0,12}") {
            check_any_text(&FORMAT, &format!("{START_OF_LINE}{tail}"));
        }
    }
}
