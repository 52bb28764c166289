//! The error log of the Apache HTTP Server 2.0 to 2.4 (<https://httpd.apache.org/docs/2.4/logs.html#errorlog>,
//! <https://httpd.apache.org/docs/2.4/mod/core.html#errorlogformat>).

use super::{Format, Group, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::scan::access_line::{WEB_ERROR, WEB_INFO};
use crate::scan::free_fields::FreeFields;
use crate::scan::log_time::{self, Context};
use crate::scan::{address, clf_time, decimal, host_port, stack_trace};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::time::Timestamp;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "apache_error",
    title: "Error log of the Apache HTTP Server",
    doc: "Reads the default `ErrorLogFormat` of 2.4, with and without threads (`[Fri Sep 09 10:42:29.902022 2011] \
          [core:error] [pid 35708:tid 4328636416] [client 72.15.99.187:12345] AH00128: File does not exist: …, referer: \
          …`, <https://httpd.apache.org/docs/2.4/mod/core.html#errorlogformat>), the line of 2.0 and 2.2 \
          (`[time] [error] [client 192.168.33.1] message`), and times as `%{u}t`, `%{cu}t` or an access log's. The \
          module is `log.logger`, the code `AH00128` is `event.code` and stays in `message`; `(113)No route to \
          host: ` is `error.code` and `error.message`; `, referer: …` at the end is `http.request.referrer`. \
          `[remote …]` (mod_ssl, of an upstream) is `catchwater.fields.remote`, `[host …]` `url.domain`. A path behind \
          `File does not exist: ` is `file.path`. Times without zone are in the server's zone, which the route names. \
          Lines of a stack trace that PHP wrote are joined.",
    example: "[Fri Sep 09 10:42:29.902022 2011] [core:error] [pid 35708:tid 4328636416] [client 72.15.99.187:52871] \
              AH00128: File does not exist: /usr/local/apache2/htdocs/favicon.ico",
    detect,
    parse,
    continues: Some(continues),
    ..Format::DEFAULTS
};

/// Levels (<https://httpd.apache.org/docs/2.4/mod/core.html#loglevel>).
fn is_level(word: &str) -> bool {
    let traced = word.strip_prefix("trace").is_some_and(|n| matches!(n.as_bytes(), [b'1'..=b'8']));
    traced || matches!(word, "emerg" | "alert" | "crit" | "error" | "warn" | "notice" | "info" | "debug")
}

/// `module:level`, or `level` alone.
fn module_and_level(inside: &str) -> Option<(&str, &str)> {
    let (module, level) = inside.rsplit_once(':').unwrap_or(("", inside));
    let valid = module.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-' | b'.'));
    (is_level(level) && valid).then_some((module, level))
}

fn detect(message: &str) -> bool {
    let context = Context { zone_seconds: 0, near: Timestamp::default() };
    let Some((_, rest)) = leading_time(message, context) else { return false };
    bracketed(rest).is_some_and(|(inside, _)| module_and_level(inside).is_some())
}

fn continues(group: &mut Group<'_>, line: &str) -> bool {
    stack_trace::continues(group.state, group.text, line)
}

/// `[time] ` and what follows.
fn leading_time(line: &str, context: Context) -> Option<(Timestamp, &str)> {
    let (inside, rest) = bracketed(line)?;
    let whole = |(time, left): (Timestamp, &str)| left.is_empty().then_some(time);
    let time = log_time::read(inside, context).and_then(whole);
    Some((time.or_else(|| clf_time::parse(inside, context.zone_seconds))?, rest))
}

/// `[inside] ` and what follows.
fn bracketed(text: &str) -> Option<(&str, &str)> {
    let (inside, rest) = text.strip_prefix('[')?.split_once(']')?;
    let rest = if rest.is_empty() { rest } else { rest.strip_prefix(' ')? };
    Some((inside, rest))
}

fn parse(_: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let context = Context { zone_seconds: event.zone_seconds, near: event.time };
    let refusal = Refusal("no_apache_error_line");
    let (time, mut rest) = leading_time(event.message.trim_end(), context).ok_or(refusal)?;
    let mut fields = Fields::new();
    let mut free = FreeFields::default();
    fields.set(Field::Timestamp, time);
    let mut level = "";
    if let Some((inside, after)) = bracketed(rest)
        && let Some((module, word)) = module_and_level(inside)
    {
        fields.set_present(Field::LogLogger, module);
        fields.set(Field::LogLevel, Value::Escaped(word));
        (level, rest) = (word, after);
    }
    rest = set_all_bracketed(rest, &mut fields, &mut free);
    rest = set_source_file(rest, &mut fields);
    rest = set_system_error(rest, &mut fields);
    rest = set_all_bracketed(rest, &mut fields, &mut free);
    set_message(rest, &mut fields);
    free.set(&mut fields);
    let shared = if matches!(level, "notice" | "info" | "debug") || level.starts_with("trace") {
        WEB_INFO
    } else {
        WEB_ERROR
    };
    emit.event_sharing(Kind::Log, shared, fields);
    Ok(())
}

/// Each stands there once; of a message that begins with a bracket nothing is known.
fn set_all_bracketed<'a>(mut rest: &'a str, fields: &mut Fields<'a>, free: &mut FreeFields) -> &'a str {
    while let Some((inside, after)) = bracketed(rest)
        && set_bracketed(inside, fields, free)
    {
        rest = after;
    }
    rest
}

/// `ssl_engine_kernel.c(1234): `, which stands there at the levels of debugging.
fn set_source_file<'a>(text: &'a str, fields: &mut Fields<'a>) -> &'a str {
    let place = text.split_once("): ").and_then(|(place, rest)| Some((place.split_once('(')?, rest)));
    match place {
        Some(((file, line), rest)) if file.ends_with(".c") && !file.contains(' ') => {
            match decimal::unsigned(line) {
                Some(line) => {
                    fields.set(Field::LogOriginFileName, file);
                    fields.set(Field::LogOriginFileLine, line);
                    rest
                }
                None => text,
            }
        }
        _ => text,
    }
}

/// `(113)No route to host: `, a system error before the message.
fn set_system_error<'a>(text: &'a str, fields: &mut Fields<'a>) -> &'a str {
    let found = text.strip_prefix('(').and_then(|inside| {
        let (digits, rest) = inside.split_once(')')?;
        let (said, message) = rest.split_once(": ")?;
        (digits.len() <= 6 && decimal::unsigned(digits)? > 0).then_some((digits, said, message))
    });
    let Some((digits, said, message)) = found else { return text };
    fields.set(Field::ErrorCode, Value::Escaped(digits));
    fields.set_present(Field::ErrorMessage, said);
    message
}

/// Sets what `[pid 35708:tid 4328636416]`, `[client 1.2.3.4:80]` and their like say; `false`: it is none of them.
fn set_bracketed<'a>(inside: &'a str, fields: &mut Fields<'a>, free: &mut FreeFields) -> bool {
    let Some((name, value)) = inside.split_once(' ') else { return false };
    match name {
        "pid" if !fields.has(Field::ProcessPid) => {
            let (pid, thread) =
                value.split_once(":tid ").map_or((value, None), |(pid, tid)| (pid, Some(tid)));
            let Some(pid) = decimal::unsigned(pid) else { return false };
            fields.set(Field::ProcessPid, pid);
            if let Some(thread) = thread.and_then(decimal::unsigned) {
                fields.set(Field::ProcessThreadId, thread);
            }
        }
        "client" if !fields.has(Field::SourceIp) && !fields.has(Field::SourceAddress) => {
            match host_port::split_with_port(value) {
                // 2.4 writes a process and a port; 2.2 neither, so that the last group of IPv6 is the address's.
                Some((host, port)) if fields.has(Field::ProcessPid) || !address::is_ip(value) => {
                    address::set_source(fields, host);
                    fields.set(Field::SourcePort, u64::from(port));
                }
                _ => address::set_source(fields, value),
            }
        }
        "host" if !fields.has(Field::UrlDomain) => fields.set_present(Field::UrlDomain, value),
        "remote" => free.add("remote", value),
        _ => return false,
    }
    true
}

fn set_message<'a>(text: &'a str, fields: &mut Fields<'a>) {
    let (message, trace) = stack_trace::split(text);
    let (message, referrer) = match message.rsplit_once(", referer: ") {
        Some((message, referrer)) if !referrer.contains(' ') => (message, referrer),
        _ => (message, ""),
    };
    fields.set_present(Field::HttpRequestReferrer, referrer);
    if let Some(trace) = trace {
        trace.set(fields);
    }
    fields.set_present(Field::Message, message);
    let said = match message.split_once(": ") {
        Some((code, said)) if is_code(code) => {
            fields.set(Field::EventCode, Value::Escaped(code));
            said
        }
        _ => message,
    };
    if let Some(path) = said.strip_prefix("File does not exist: ") {
        fields.set_present(Field::FilePath, path);
    }
}

/// `AH00128`.
fn is_code(text: &str) -> bool {
    text.strip_prefix("AH").is_some_and(|digits| digits.len() == 5 && decimal::unsigned(digits).is_some())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_any_text, refused, value};
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_line_of_2_4_with_everything() {
        let line = "[Thu Jun 27 06:58:09.169510 2019] [proxy_http:error] [pid 15:tid 140] (70007)The timeout specified \
                    has expired: [client 2001:db8::1:4711] AH01102: error reading status line, referer: http://a/b?c";
        let event = value(&FORMAT, line);
        assert_eq!(event["log"], json!({"level": "error", "logger": "proxy_http"}));
        assert_eq!(event["process"], json!({"pid": 15, "thread": {"id": 140}}));
        assert_eq!(event["http"]["request"]["referrer"], "http://a/b?c");
        assert_eq!(event["error"], json!({"code": "70007", "message": "The timeout specified has expired"}));
        assert_eq!(event["source"], json!({"ip": "2001:db8::1", "port": 4711}));
        assert_eq!(event["message"], "AH01102: error reading status line");
        let line = "[Thu Jun 27 06:58:09 2019] [ssl:debug] [pid 15] ssl_engine_kernel.c(1234): [client ::1:80] AH02034: x";
        let event = value(&FORMAT, line);
        assert_eq!(event["log"]["origin"], json!({"file": {"line": 1234, "name": "ssl_engine_kernel.c"}}));
        assert_eq!((&event["event"]["code"], &event["event"]["type"]), (&json!("AH02034"), &json!("info")));
    }

    #[test]
    fn addresses_with_and_without_port() {
        for (client, expected) in [
            ("1.2.3.4", json!({"ip": "1.2.3.4"})),
            ("1.2.3.4:80", json!({"ip": "1.2.3.4", "port": 80})),
            ("2001:db8::1", json!({"ip": "2001:db8::1"})),
            (
                "eda7:35d:3ceb:ef1e:2133:e7bf:116e:24cc:24259",
                json!({"ip": "eda7:35d:3ceb:ef1e:2133:e7bf:116e:24cc", "port": 24259}),
            ),
            ("example.org", json!({"address": "example.org"})),
        ] {
            let line = format!("[Mon Dec 26 16:22:08 2016] [error] [client {client}] x");
            assert_eq!(value(&FORMAT, &line)["source"], expected, "{client}");
        }
    }

    #[test]
    fn brackets_of_the_message_stay_and_other_lines_are_refused() {
        let event =
            value(&FORMAT, "[Mon Dec 26 16:22:08 2016] [error] [client 1.1.1.1] [client 2.2.2.2] [x y] z");
        assert_eq!(event["message"], "[client 2.2.2.2] [x y] z");
        let event = value(&FORMAT, "[Mon Dec 26 16:22:08 2016] [error] [client a[b]=c] x");
        assert_eq!(event["message"], "[client a[b]=c] x");
        assert!(!detect("[2021/06/03 09:30:50] - - - -") && !detect("[Mon Dec 26 16:22:08 2016] [x] y"));
        assert_eq!(value(&FORMAT, "[2021/06/03 09:30:50] - - - -")["message"], "- - - -");
        for bad in ["", "x", "[x] [error] y", "[Mon Dec 26 16:22:08 2016 [error] y"] {
            assert_eq!(refused(&FORMAT, bad), Some("no_apache_error_line"), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_text(line in any::<String>()) {
            check_any_text(&FORMAT, &line);
        }

        #[test]
        fn any_tail(tail in "(\\[(pid|client|core:error|tid|host)? ?|[0-9a-z:.\\] (),é]{0,10}){0,8}") {
            check_any_text(&FORMAT, &format!("[Mon Dec 26 16:22:08.5 2016] [core:notice] {tail}"));
        }
    }
}
