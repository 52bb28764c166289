//! The log of HAProxy 1.1 to 3.x: [`header`] reads what syslog puts before its lines, [`session`] the line of a session or
//! request, [`capture`] the headers and the request behind it, [`headers`] what they mean.

mod capture;
mod header;
mod headers;
mod session;
#[cfg(test)]
mod tests;

use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::{Emit, Shared};
use crate::scan::access_line::{WEB, set_status};
use crate::scan::free_fields::FreeFields;
use crate::scan::log_time::Context;
use crate::scan::quoted::{Escapes, Quoted};
use crate::scan::{access_line, address, decimal, host_port, request_line, token};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::time::Timestamp;
use header::Header;
use headers::Captured;
use session::{Rest, Served, Session};
use std::borrow::Cow;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "haproxy",
    title: "Log of HAProxy",
    doc: "Reads the lines of `option httplog`, `option tcplog`, `option httpslog`, `option httplog clf`, of the default \
          format (`Connect from …`), of failed handshakes, of versions 1.1 and 1.2, and HAProxy's own messages \
          (`Proxy … started.`, `Server … is DOWN`, `[WARNING] …`), with syslog's header (RFC 3164, RFC 5424, ISO times) or \
          without (<https://docs.haproxy.org/3.0/configuration.html#8.2>). `@timestamp` is when the connection was \
          accepted or the request came; times are in the server's zone, which the route names. `event.duration` is the \
          last timer; `-1` is no value, a `+` (`option logasap`) is left out. The frontend is without the `~` of TLS; the \
          backend is `service.name` too. Captured headers are `catchwater.fields.request_headers` and \
          `.response_headers` as they are written, unless the option names them. `#22` is read where it stands for \
          printable ASCII. A request that HAProxy cut (`len` of `log`) is marked as truncated; `<BADREQ>` stands in \
          `catchwater.fields.request`. What a `log-format` of its own wrote behind the frontend is `message`.",
    example: r#"Jul 30 09:03:52 lb1 haproxy[32450]: 203.0.113.9:38862 [30/Jul/2018:09:03:52.726] incoming~ docs/docs1 0/0/1/0/2 304 168 - - ---- 6/6/0/0/0 0/0 {docs.example.org||} {|||} "GET /index.html HTTP/1.1""#,
    detect,
    parse,
    options: Some(headers::OPTIONS),
    ..Format::DEFAULTS
};

const CONNECTION: Shared = &[
    (Field::EventCategory, Value::Json(Cow::Borrowed("[\"network\"]"))),
    (Field::EventType, Value::Escaped("connection")),
];
/// Of HAProxy's own messages.
const INFO: Shared = &[(Field::EventType, Value::Escaped("info"))];

fn detect(message: &str) -> bool {
    let header = Header::read(message, Context { zone_seconds: 0, near: Timestamp::default() });
    if header.names_haproxy() {
        return true;
    }
    let session = session::read(header.rest, 0);
    session.is_some_and(|s| matches!(s.rest, Rest::Served(_)))
}

fn parse(_: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let context = Context { zone_seconds: event.zone_seconds, near: event.time };
    let header = Header::read(event.message.trim_end(), context);
    let mut fields = Fields::new();
    if let Some(time) = header.time {
        fields.set(Field::Timestamp, time);
    }
    fields.set_present(Field::HostName, header.host);
    fields.set_present(Field::ProcessName, header.program);
    if let Some(pid) = header.pid {
        fields.set(Field::ProcessPid, pid);
    }
    if let Some(session) = session::read(header.rest, event.zone_seconds) {
        if header.names_haproxy() || matches!(session.rest, Rest::Served(_)) {
            return of_session(&session, event, fields, emit);
        }
    } else if set_connect(header.rest, &mut fields) {
        emit.event_sharing(Kind::ServiceQuery, CONNECTION, fields);
        return Ok(());
    } else if header.names_haproxy() && of_clf(header.rest, event, &fields, emit) {
        return Ok(());
    }
    if !header.names_haproxy() && !set_console(header.rest, &mut fields) {
        return Err(Refusal("no_haproxy_line"));
    }
    if header.names_haproxy() && !set_console(header.rest, &mut fields) {
        fields.set_present(Field::Message, header.rest);
    }
    emit.event_sharing(Kind::Log, INFO, fields);
    Ok(())
}

fn of_session<'a>(
    session: &Session<'a>,
    event: LogEvent<'a>,
    mut fields: Fields<'a>,
    emit: &mut Emit<'_>,
) -> Result<(), Refusal> {
    fields.set(Field::Timestamp, session.time);
    address::set_source(&mut fields, session.client);
    if let Some(port) = session.port {
        fields.set(Field::SourcePort, u64::from(port));
    }
    fields.set(Field::HaproxyFrontend, session.frontend);
    let served = match session.rest {
        Rest::Served(served) => served,
        Rest::Failed(bind, reason) => {
            let mut free = FreeFields::default();
            free.add("bind", bind);
            free.set(&mut fields);
            fields.set(Field::EventOutcome, "failure");
            fields.set_present(Field::Message, reason);
            emit.event_sharing(Kind::Log, CONNECTION, fields);
            return Ok(());
        }
        Rest::Other(text) => {
            fields.set_present(Field::Message, text);
            emit.event_sharing(Kind::Log, CONNECTION, fields);
            return Ok(());
        }
    };
    let tail = capture::read(served.tail).ok_or(Refusal("haproxy_line_cut"))?;
    let request = capture::decode(tail.request.unwrap_or_default());
    let captured = event.options::<Captured>();
    // The fields borrow from the request, which must outlive them.
    let mut fields: Fields<'_> = fields;
    let mut free = FreeFields::default();
    set_served(&served, &mut fields, &mut free);
    if request.starts_with('<') {
        free.add("request", &request);
    } else {
        request_line::set(Quoted { raw: &request, escapes: Escapes::Absent }, &mut fields);
    }
    if tail.cut {
        fields.set(Field::Truncated, true);
    }
    headers::set(captured, tail.request_headers, tail.response_headers, &mut fields, &mut free);
    if let Some(tls) = tail.tls {
        fields.set_present(Field::TlsVersionProtocol, tls.version);
        fields.set_present(Field::TlsCipher, tls.cipher);
        free.add("sni", tls.sni);
        free.add("tls_errors", tls.errors);
    }
    free.add("trailing", tail.rest);
    free.set(&mut fields);
    let shared = if served.http.is_some() { WEB } else { CONNECTION };
    emit.event_sharing(Kind::ServiceQuery, shared, fields);
    Ok(())
}

fn set_served<'a>(served: &Served<'a>, fields: &mut Fields<'a>, free: &mut FreeFields) {
    fields.set_present(Field::HaproxyBackend, served.backend);
    fields.set_present(Field::ServiceName, served.backend);
    fields.set_present(Field::HaproxyServer, served.server);
    fields.set_present(Field::HaproxyTermination, served.termination);
    let [request, queue, connect, response, total] = served.timers;
    for (field, timer) in [
        (Field::HaproxyRequestTime, request),
        (Field::HaproxyQueueTime, queue),
        (Field::HaproxyConnectTime, connect),
        (Field::HaproxyResponseTime, response),
        (Field::EventDuration, total.and_then(|total| total.checked_mul(1_000_000))),
    ] {
        if let Some(timer) = timer {
            fields.set(field, timer);
        }
    }
    if let Some(bytes) = served.bytes {
        fields.set(
            if served.http.is_some() { Field::HttpResponseBytes } else { Field::DestinationBytes },
            bytes,
        );
    }
    let names = ["actconn", "feconn", "beconn", "srv_conn", "retries"];
    for (name, number) in names.iter().zip(served.connections.split('/')) {
        free.add(name, number.trim_start_matches('+'));
    }
    for (name, number) in ["srv_queue", "backend_queue"].iter().zip(served.queues.split('/')) {
        free.add(name, number);
    }
    let http = served.http.unwrap_or_default();
    set_status(http.status, fields);
    if http.status.is_none() {
        let ended = served.termination.starts_with('-');
        fields.set(Field::EventOutcome, Value::Escaped(if ended { "success" } else { "failure" }));
    }
    free.add("request_cookie", http.request_cookie);
    free.add("response_cookie", http.response_cookie);
}

/// `Connect from 10.0.1.2:33312 to 10.0.3.31:8012 (http-in/HTTP)`, the default format.
fn set_connect<'a>(text: &'a str, fields: &mut Fields<'a>) -> bool {
    let read = || {
        let (source, rest) = text.strip_prefix("Connect from ")?.split_once(" to ")?;
        let (target, rest) = rest.split_once(" (")?;
        let (frontend, mode) = rest.strip_suffix(')')?.split_once('/')?;
        Some((host_port::split_with_port(source)?, host_port::split_with_port(target)?, frontend, mode))
    };
    let Some(((source, port), (target, target_port), frontend, mode)) = read() else { return false };
    address::set_source(fields, source);
    fields.set(Field::SourcePort, u64::from(port));
    let field = if address::is_ip(target) { Field::DestinationIp } else { Field::DestinationAddress };
    fields.set(field, target);
    fields.set(Field::DestinationPort, u64::from(target_port));
    fields.set_present(Field::HaproxyFrontend, frontend);
    fields.set(Field::NetworkTransport, "tcp");
    if mode == "HTTP" {
        fields.set(Field::NetworkProtocol, "http");
    }
    true
}

/// `[WARNING] 056/161938 (1) : Server a/b is DOWN`, `[NOTICE]   (1) : New worker forked`, which HAProxy writes to its
/// standard error.
fn set_console<'a>(text: &'a str, fields: &mut Fields<'a>) -> bool {
    let read = || {
        let (level, rest) = text.strip_prefix('[')?.split_once(']')?;
        let (before, rest) = rest.split_once('(')?;
        let (pid, message) = rest.split_once(") : ")?;
        let date = |b: u8| b.is_ascii_digit() || matches!(b, b'/' | b' ');
        let known = matches!(level, "ALERT" | "WARNING" | "NOTICE" | "INFO" | "DIAG" | "DEBUG");
        (known && before.bytes().all(date)).then_some((level, decimal::unsigned(pid)?, message))
    };
    let Some((level, pid, message)) = read() else { return false };
    fields.set(Field::LogLevel, Value::Escaped(level));
    fields.set(Field::ProcessPid, pid);
    fields.set_present(Field::Message, message);
    true
}

/// The line of `option httplog clf`: a common access line, then
/// `port ms "frontend" "backend" "server" Tq Tw Tc Tr Tt "ts" actconn feconn beconn srv_conn retries srv_queue
/// backend_queue "cc" "cs" "headers" "headers"`.
fn of_clf(text: &str, event: LogEvent<'_>, before: &Fields<'_>, emit: &mut Emit<'_>) -> bool {
    let Some(line) = access_line::read(text, event.zone_seconds) else { return false };
    let mut words = [""; 21];
    let mut rest = line.tail;
    for word in &mut words {
        let Some((found, after)) = crate::scan::quoted::take_or_word(rest) else { break };
        (*word, rest) = (found.raw, after);
    }
    let [port, millis, frontend, backend, server, tq, tw, tc, tr, tt, state, conns @ ..] = words;
    let [actconn, feconn, beconn, srv_conn, retries, srv_queue, backend_queue, cc, cs, ..] = conns;
    let timer = |text: &str| decimal::unsigned(text.trim_start_matches('+'));
    let (Some(port), Some(millis), false) =
        (host_port::port(port), decimal::unsigned(millis), server.is_empty())
    else {
        return false;
    };
    let mut fields = before.clone();
    let mut free = FreeFields::default();
    line.set(&mut fields, &mut free);
    let nanos = i64::try_from(millis % 1000).map_or(0, |millis| millis * 1_000_000);
    fields.set(Field::Timestamp, Timestamp::from_nanos(line.time.nanos().saturating_add(nanos)));
    if let Some(bytes) = line.bytes {
        fields.remove(Field::HttpResponseBodyBytes);
        fields.set(Field::HttpResponseBytes, bytes);
    }
    fields.set(Field::SourcePort, u64::from(port));
    fields.set_present(Field::HaproxyFrontend, frontend.trim_end_matches('~'));
    let served = Served {
        backend,
        server,
        timers: [timer(tq), timer(tw), timer(tc), timer(tr), timer(tt)],
        http: Some(session::Http { status: line.status, request_cookie: cc, response_cookie: cs }),
        bytes: line.bytes,
        termination: state,
        ..Served::default()
    };
    set_served(&served, &mut fields, &mut free);
    let names = ["actconn", "feconn", "beconn", "srv_conn", "retries", "srv_queue", "backend_queue"];
    for (name, number) in
        names.iter().zip([actconn, feconn, beconn, srv_conn, retries, srv_queue, backend_queue])
    {
        free.add(name, number);
    }
    let captured = event.options::<Captured>();
    headers::set(captured, words[20], token::first(rest).0.trim_matches('"'), &mut fields, &mut free);
    free.set(&mut fields);
    emit.event_sharing(Kind::ServiceQuery, WEB, fields);
    true
}
