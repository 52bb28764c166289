//! Syslog as RFC 3164 describes it: what daemons of BSD, Linux, Solaris and AIX, and network devices, write.

use super::syslog_rfc5424::{begins, goes_on};
use super::{Format, LogEvent, RecordState, Refusal, syslog_iso};
use crate::emit::Emit;
use crate::scan::decimal;
use crate::scan::free_fields::FreeFields;
use crate::scan::log_time::{self, Context};
use crate::scan::syslog::body::{self, Body};
use crate::scan::syslog::{Head, cisco, frames, message, priority, tag};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::time::Timestamp;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "syslog_rfc3164",
    title: "Syslog, RFC 3164: /var/log/messages, auth.log, network devices",
    doc: "Reads `Oct 11 22:14:15 host program[pid]: message` with and without `<PRI>` \
          (<https://www.rfc-editor.org/rfc/rfc3164#section-4>), and a length before it (RFC 6587); the host may be missing, \
          as the C library writes it to its socket, and the program. The day may be padded with a space, a zero or not; \
          the month may be of another language; a year before the month, before or behind the clock, a fraction and a zone \
          may be there. A time without year is of the year that brings it nearest to the log event's own time, one without \
          zone is in the server's zone, which the route names. Read are also Cisco's lines (`24: *Mar  1 18:46:11.123 UTC: \
          %SYS-5-CONFIG_I: …`, with `event.provider`, `event.code` and `event.severity` of the mnemonic), facility and \
          severity as words (`auth.info`: BusyBox, OpenWrt, FreeBSD, AIX, Solaris), launchd's names, structured data before \
          a message of rsyslog. `log.level` is the severity's name. With `<PRI>` alone the line is a message without time, \
          which is not told from looks. Lines with the times of [syslog_iso](syslog_iso.md) are read too where the route \
          names this format. For messages that are of another format, and those of sshd, PAM, sudo, cron and useradd, see \
          [syslog_rfc5424](syslog_rfc5424.md). Indented lines and stack traces that follow are joined; what journalctl \
          writes between entries (`-- Reboot --`) is no event.",
    example: "<38>Oct 11 22:14:15 web1 sshd[2738]: Failed password for invalid user admin from 203.0.113.9 port 1786 ssh2",
    detect,
    parse,
    continues: Some(goes_on),
    carries: true,
    ..Format::DEFAULTS
};

const NO_LINE: Refusal = Refusal("no_syslog_rfc3164_line");
const CUT: Refusal = Refusal("syslog_rfc3164_cut");

/// A line's parts.
struct Line<'a> {
    priority: Option<u8>,
    time: Option<Timestamp>,
    /// Number of Cisco's message.
    sequence: &'a str,
    body: Body<'a>,
}

fn detect(message: &str) -> bool {
    let context = Context { zone_seconds: 0, near: Timestamp::default() };
    let Ok(line) = read(frames::first(message), context) else { return false };
    let told =
        line.priority.is_some() || line.body.tag.is_some() || body::repetition(line.body.message).is_some();
    line.time.is_some() && (told || cisco::mnemonic(line.body.message).is_some())
}

fn parse(state: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let context = Context { zone_seconds: event.zone_seconds, near: event.time };
    if body::is_heading(event.message) {
        return Ok(());
    }
    frames::each(event.message.trim_end(), |text| {
        let line = read(text, context).or_else(|refusal| with_iso_time(text, context).ok_or(refusal))?;
        let (mut fields, mut free) = (Fields::new(), FreeFields::default());
        if let Some(number) = decimal::unsigned(line.sequence).filter(|n| i64::try_from(*n).is_ok()) {
            fields.set(Field::EventSequence, number);
        }
        let Line { priority, time, body, .. } = line;
        if let Some(mnemonic) = cisco::mnemonic(body.message) {
            let selector = body.selector;
            let severity = selector.map(|(_, severity)| severity).or(Some(mnemonic.severity));
            let facility = selector.map(|(facility, _)| facility);
            let head = Head { priority, facility, severity, time, host: body.host, ..Head::default() };
            head.set(&mut fields);
            fields.set(Field::EventProvider, Value::Escaped(mnemonic.facility));
            fields.set(Field::EventCode, Value::Escaped(mnemonic.code));
            fields.set(Field::EventSeverity, u64::from(mnemonic.severity));
            fields.set(Field::Message, body.message);
            emit.event(Kind::Log, fields);
            return Ok(());
        }
        body.set(priority, time, &mut fields, &mut free);
        let program = body.tag.unwrap_or_default().name;
        message::emit(state, (event, time), (program, body.message), fields, free, emit);
        Ok(())
    })
}

/// A line whose time is that of [`syslog_iso`]: servers change to it with a new version, and the route still says this.
fn with_iso_time(text: &str, context: Context) -> Option<Line<'_>> {
    let syslog_iso::Line { priority, time, body, .. } = syslog_iso::read(text, context).ok()?;
    Some(Line { priority, time: Some(time), sequence: "", body })
}

fn read(text: &str, context: Context) -> Result<Line<'_>, Refusal> {
    let (priority, rest) = match priority::read(text) {
        Some((priority, rest)) => (Some(priority), rest.trim_start_matches(' ')),
        None => (None, text),
    };
    if priority.is_some() && begins(text) {
        return Err(NO_LINE);
    }
    let line = Line { priority, time: None, sequence: "", body: Body::default() };
    if let Some((time, rest)) = time(rest, context) {
        let body = behind_time(rest).ok_or(CUT)?;
        return Ok(Line { time: Some(time), body, ..line });
    }
    let before = cisco::before_time(rest);
    if before.rest.len() < rest.len()
        && let Some((time, after)) = time(before.rest, context)
    {
        let body = behind_time(after).ok_or(CUT)?;
        let host = if body.host.is_empty() { before.host } else { body.host };
        return Ok(Line { time: Some(time), sequence: before.sequence, body: Body { host, ..body }, ..line });
    }
    // A time that is not of RFC 3164 is another format's, and what looks like one no message.
    let dated =
        matches!(rest.as_bytes(), [a, b, c, d, b'-', ..] if [a, b, c, d].iter().all(|b| b.is_ascii_digit()));
    if priority.is_none() || dated || log_time::read(rest, context).is_some() {
        return Err(NO_LINE);
    }
    if rest.is_empty() {
        return Err(CUT);
    }
    Ok(Line { sequence: before.sequence, body: without_time(rest), ..line })
}

/// A time with the name of a month, without a comma (`Dec 30, 2020 11:30:40 AM` is Java's).
fn time(text: &str, context: Context) -> Option<(Timestamp, &str)> {
    let first = text.split(' ').next()?;
    let numbered = first.bytes().all(|b| b.is_ascii_digit()) && matches!(first.len(), 1 | 2 | 4);
    if !numbered && !first.starts_with(char::is_alphabetic) {
        return None;
    }
    let (time, rest) = log_time::read(text, context)?;
    let written = &text[..text.len() - rest.len()];
    let ends = rest.is_empty() || rest.starts_with([' ', ':']);
    (ends && !written.contains(',')).then_some((time, rest))
}

fn behind_time(rest: &str) -> Option<Body<'_>> {
    let text = rest.strip_prefix(':').unwrap_or(rest).trim_start_matches(' ');
    if text.is_empty() {
        return None;
    }
    let body = if cisco::mnemonic(text).is_some() {
        Body { message: text, ..Body::default() }
    } else {
        body::read(text)
    };
    // `asa-1 : %ASA-6-302013: …`, where the mnemonic looks as a program does.
    let tag = body.tag.filter(|tag| tag.name.starts_with('%'));
    let at = tag.and_then(|tag| text.find(tag.name)).filter(|at| cisco::mnemonic(&text[*at..]).is_some());
    Some(at.map_or(body, |at| Body { tag: None, message: &text[at..], ..body }))
}

/// Only what is sure of a line without time: the program, or Cisco's mnemonic behind a number and the time since the
/// device's start (`45: 00:00:46: %LINK-3-UPDOWN: …`).
fn without_time(text: &str) -> Body<'_> {
    let words = text.match_indices(": %").take(3);
    let mnemonic = words.map(|(at, _)| at).find(|at| cisco::mnemonic(&text[at + 2..]).is_some());
    if let Some(at) = mnemonic {
        return Body { message: &text[at + 2..], ..Body::default() };
    }
    match tag::read(text) {
        Some((tag, message)) => Body { tag: Some(tag), message, ..Body::default() },
        None => Body { message: text, ..Body::default() },
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_any_text, check_events, in_one_record, refused, value};
    use super::*;
    use crate::formats::Group;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_failed_login() {
        let event = value(&FORMAT, FORMAT.example);
        assert_eq!(event["@timestamp"], "2020-10-11T22:14:15.000Z");
        assert_eq!(
            (&event["host"]["name"], &event["process"]),
            (&json!("web1"), &json!({"name": "sshd", "pid": 2738}))
        );
        assert_eq!(
            (&event["user"]["name"], &event["source"]),
            (&json!("admin"), &json!({"ip": "203.0.113.9", "port": 1786}))
        );
        assert_eq!(
            (&event["event"]["outcome"], &event["event"]["category"]),
            (&json!("failure"), &json!(["authentication"]))
        );
        assert_eq!(
            (&event["log"]["level"], &event["log"]["syslog"]["facility"]["name"]),
            (&json!("info"), &json!("auth"))
        );
        let again = "Oct 11 22:14:15 web1 sshd[1]: message repeated 2 times: [ Failed password for root from 192.0.2.1 port 1 ssh2]";
        let event = value(&FORMAT, again);
        assert_eq!(
            (&event["user"]["name"], &event["catchwater"]["fields"]["repeated"]),
            (&json!("root"), &json!(2))
        );
    }

    fn parts(line: &str) -> [String; 5] {
        let event = value(&FORMAT, line);
        ["/@timestamp", "/host/name", "/process/name", "/message", "/log/level"]
            .map(|path| event.pointer(path).and_then(|v| v.as_str()).unwrap_or_default().to_string())
    }

    #[test]
    fn times_hosts_and_programs_as_they_come() {
        for (line, expected) in [
            ("Oct  1 22:14:15 h a[1]: x", ["2020-10-01T22:14:15.000Z", "h", "a", "x", ""]),
            ("<34>Oct 01 22:14:15 h a: x", ["2020-10-01T22:14:15.000Z", "h", "a", "x", "crit"]),
            ("<34>Oct 1 2019 22:14:15 UTC h a: x", ["2019-10-01T22:14:15.000Z", "h", "a", "x", "crit"]),
            ("2019 Oct  1 22:14:15 h a: x", ["2019-10-01T22:14:15.000Z", "h", "a", "x", ""]),
            ("août 11 22:14:15 h a: x", ["2020-08-11T22:14:15.000Z", "h", "a", "x", ""]),
            ("11 août 22:14:15 h a: x", ["2020-08-11T22:14:15.000Z", "h", "a", "x", ""]),
            ("Jun 30 23:59:60 h a: x", ["2020-06-30T23:59:59.000Z", "h", "a", "x", ""]),
            ("<13>Oct 11 22:14:15 a[7]: x", ["2020-10-11T22:14:15.000Z", "", "a", "x", "notice"]),
            ("Oct 11 22:14:15 2001:db8::1 a: x", ["2020-10-11T22:14:15.000Z", "2001:db8::1", "a", "x", ""]),
            (
                "Oct 11 22:14:15 h kernel: [12.5] x",
                ["2020-10-11T22:14:15.000Z", "h", "kernel", "[12.5] x", ""],
            ),
            (
                "Mon Oct 12 22:14:15 2020 daemon.info a[1]: x",
                ["2020-10-12T22:14:15.000Z", "", "a", "x", "info"],
            ),
            ("<13>a[7]: x", ["2020-09-13T12:26:40.000Z", "", "a", "x", "notice"]),
            ("<13>hello there", ["2020-09-13T12:26:40.000Z", "", "", "hello there", "notice"]),
            ("9 <13>Oct 11 22:14:15 h a: x", ["2020-10-11T22:14:15.000Z", "h", "a", "x", "notice"]),
        ] {
            assert_eq!(parts(line), expected, "{line}");
        }
        let event = value(&FORMAT, "Oct 11 22:14:15 h launchd[1] (com.apple.x[55]): y");
        assert_eq!(event["catchwater"]["fields"], json!({"tag_detail": "com.apple.x[55]"}));
    }

    #[test]
    fn lines_of_cisco() {
        let text = "%SYS-5-CONFIG_I: Configured from console";
        let time = "2021-03-01T18:46:11.123Z";
        for (line, expected) in [
            (format!("<189>24: *Mar  1 18:46:11.123 UTC: {text}"), [time, "", "", text, "notice"]),
            (format!("24: r1: Mar  1 18:46:11.123: {text}"), [time, "r1", "", text, "notice"]),
            (format!("<189>: 2021 Mar  1 18:46:11.123 UTC: {text}"), [time, "", "", text, "notice"]),
            (format!("<189>Mar 01 2021 18:46:11.123 r1 : {text}"), [time, "r1", "", text, "notice"]),
            (format!("<189>45: 00:00:46: {text}"), ["2020-09-13T12:26:40.000Z", "", "", text, "notice"]),
        ] {
            assert_eq!(parts(&line), expected, "{line}");
        }
        let event = &value(&FORMAT, &format!("<189>24: *Mar  1 18:46:11.123 UTC: {text}"))["event"];
        assert_eq!((&event["provider"], &event["code"]), (&json!("SYS"), &json!("CONFIG_I")));
        assert_eq!((&event["severity"], &event["sequence"]), (&json!(5), &json!(24)));
    }

    #[test]
    fn told_only_where_it_is_sure() {
        for told in [
            "Oct 11 22:14:15 h a[1]: x",
            "Oct 11 22:14:15 a: x",
            "<34>Oct 11 22:14:15 h x y",
            "Apr 4 03:39:57 --- last message repeated 1 time ---",
        ] {
            assert!(detect(told), "{told}");
        }
        for other in [
            "Oct 11 22:14:15 something happened",
            "Dec 30, 2020 11:30:40 AM org.x: y",
            "2020-10-11T22:14:15Z h a[1]: x",
            "<34>1 2003-10-11T22:14:15Z h a - - - x",
            "<34>hello",
            "Oct 11 22:14:15",
        ] {
            assert!(!detect(other), "{other}");
        }
        for bad in [
            "",
            "x",
            "Foo 11 22:14:15 h a: x",
            "<34>1 - - - - - -",
            "<034>Oct 11 22:14:15 h a: x",
            "<34>2020-13-11T22:14:15Z h a: x",
        ] {
            assert_eq!(refused(&FORMAT, bad), Some("no_syslog_rfc3164_line"), "{bad}");
        }
        assert_eq!(refused(&FORMAT, "<34>Oct 11 22:14:15"), Some("syslog_rfc3164_cut"));
    }

    #[test]
    fn indented_lines_go_on() {
        let line = "Oct 11 22:14:15 h a[1]: x";
        assert!(goes_on(&mut Group { text: line, state: &mut 0 }, "\ty"));
        assert!(!goes_on(&mut Group { text: line, state: &mut 0 }, line));
        let events = in_one_record(
            &FORMAT,
            &["Oct 11 22:14:15 h a[1]: java.lang.IllegalStateException: y\n\tat a.B.c(B.java:1)"],
        );
        assert_eq!(
            (&events[0]["error"]["type"], &events[0]["host"]["name"]),
            (&json!("java.lang.IllegalStateException"), &json!("h"))
        );
    }

    #[test]
    fn what_journalctl_writes_between_entries_is_no_event() {
        let heading = "-- Logs begin at Mon 2024-01-01 12:00:00 UTC, end at Mon 2024-01-01 13:00:00 UTC. --";
        assert!(in_one_record(&FORMAT, &[heading, "-- Reboot --"]).is_empty());
        assert_eq!(refused(&FORMAT, "-- x --"), Some(NO_LINE.0));
    }

    proptest! {
        #[test]
        fn any_text(line in any::<String>()) {
            check_any_text(&FORMAT, &line);
        }

        #[test]
        fn mutated_lines(at in 0..FORMAT.example.len(), length in 0..8usize, put in "[\\[\\]: <>1é\n%*-]{0,3}") {
            let (before, after) = FORMAT.example.split_at(at);
            let line = format!("{before}{put}{}", after.get(length..).unwrap_or_default());
            check_any_text(&FORMAT, &line);
            check_events(&FORMAT, &format!("<13>{line}"));
        }
    }
}
