//! Syslog with times as ISO 8601 has them: what rsyslog and journalctl write to files.

use super::syslog_rfc5424::{begins, goes_on};
use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::scan::free_fields::FreeFields;
use crate::scan::log_time::{self, Context};
use crate::scan::syslog::body::{self, Body};
use crate::scan::syslog::tag::Tag;
use crate::scan::syslog::{frames, message, priority, tail};
use crate::scan::token;
use catchwater_schemas::fields::Fields;
use catchwater_schemas::time::Timestamp;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "syslog_iso",
    title: "Syslog with ISO times: rsyslog's file format, journalctl",
    doc: "Reads `2018-08-14T14:30:02.203151+02:00 host program[pid]: message`, as rsyslog writes it to files \
          (`RSYSLOG_FileFormat`, the default of Debian 12 and SUSE) and, with `<PRI>` before it, to other servers \
          (`RSYSLOG_ForwardFormat`, <https://www.rsyslog.com/doc/configuration/templates.html>), and `journalctl -o \
          short-iso`, `short-iso-precise` and `short-full` \
          (<https://www.freedesktop.org/software/systemd/man/latest/journalctl.html>); also what RFC 5424 has behind the \
          host (`program pid msgid [structured data] message`), where a server leaves out `<PRI>1` or forwards it. Times \
          without zone are in the server's zone, which the route names. What is read of host, program and message is as in \
          [syslog_rfc3164](syslog_rfc3164.md). A line without zone or without `program[pid]:` is taken where the route \
          names the format, and not told from looks.",
    example: "2018-08-14T14:30:02.203151+02:00 linux-sqrz systemd[4179]: Stopped target Basic System.",
    detect,
    parse,
    continues: Some(goes_on),
    carries: true,
    ..Format::DEFAULTS
};

const NO_LINE: Refusal = Refusal("no_syslog_iso_line");
const CUT: Refusal = Refusal("syslog_iso_cut");

/// A line's parts.
pub(super) struct Line<'a> {
    pub(super) priority: Option<u8>,
    pub(super) time: Timestamp,
    /// Does the time have a zone?
    zoned: bool,
    pub(super) body: Body<'a>,
}

fn detect(message: &str) -> bool {
    let context = Context { zone_seconds: 0, near: Timestamp::default() };
    let Ok(Line { priority, zoned, body, .. }) = read(frames::first(message), context) else { return false };
    let Some(tag) = body.tag else { return false };
    let pid = !tag.procid.is_empty() && tag.procid.bytes().all(|b| b.is_ascii_digit());
    let system = matches!(tag.name, "kernel" | "systemd" | "sudo" | "su" | "rsyslogd" | "CRON" | "dbus");
    let told = pid || system || !body.elements.is_empty();
    zoned && body::is_host(body.host) && (told || priority.is_some())
}

fn parse(state: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let context = Context { zone_seconds: event.zone_seconds, near: event.time };
    if body::is_heading(event.message) {
        return Ok(());
    }
    frames::each(event.message.trim_end(), |text| {
        let Line { priority, time, body, .. } = read(text, context)?;
        let (mut fields, mut free) = (Fields::new(), FreeFields::default());
        body.set(priority, Some(time), &mut fields, &mut free);
        let program = body.tag.unwrap_or_default().name;
        message::emit(state, (event, Some(time)), (program, body.message), fields, free, emit);
        Ok(())
    })
}

pub(super) fn read(text: &str, context: Context) -> Result<Line<'_>, Refusal> {
    let (priority, rest) = match priority::read(text) {
        Some(_) if begins(text) => return Err(NO_LINE),
        Some((priority, rest)) => (Some(priority), rest.trim_start_matches(' ')),
        None => (None, text),
    };
    let dated = behind_weekday(rest).unwrap_or(rest);
    let b = dated.as_bytes();
    if b.len() < 19 || b[4] != b'-' || b[7] != b'-' || !matches!(b[10], b'T' | b' ') {
        return Err(NO_LINE);
    }
    let (time, after) = log_time::read(dated, context).ok_or(NO_LINE)?;
    let written = &dated[..dated.len() - after.len()];
    let zoned = written
        .get(19..)
        .is_some_and(|end| end.bytes().any(|b| !b.is_ascii_digit() && b != b'.' && b != b','));
    let text = after.strip_prefix(' ').ok_or(if after.is_empty() { CUT } else { NO_LINE })?;
    let text = text.trim_start_matches(' ');
    if text.is_empty() {
        return Err(CUT);
    }
    let body = of_rfc5424(text).unwrap_or_else(|| body::read(text));
    Ok(Line { priority, time, zoned, body })
}

/// `Mon 2024-01-01 …` without the day of the week, which says nothing that the date does not.
fn behind_weekday(text: &str) -> Option<&str> {
    let (day, rest) = text.split_once(' ')?;
    matches!(day, "Mon" | "Tue" | "Wed" | "Thu" | "Fri" | "Sat" | "Sun").then_some(rest)
}

/// `host NSX 3106 - [abc@6876 comp="abc-edge"] message`; a process's id or `-` tells it.
fn of_rfc5424(text: &str) -> Option<Body<'_>> {
    let (host, rest) = token::first(text);
    let tail = tail::read(rest).ok()?;
    let is_procid = tail.procid == "-" || tail.procid.bytes().all(|b| b.is_ascii_digit());
    let name = tail.program;
    if !is_procid || name.ends_with(':') || !body::is_host(host) {
        return None;
    }
    let tag = Some(Tag { name, procid: tail.procid, detail: "" });
    // rsyslog leaves a space of its own before a message.
    let message = tail.message.trim_start_matches(' ');
    Some(Body { host, tag, msgid: tail.msgid, elements: tail.elements, message, ..Body::default() })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_any_text, check_events, in_one_record, refused, value};
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn parts(line: &str) -> [String; 5] {
        let event = value(&FORMAT, line);
        ["/@timestamp", "/host/name", "/process/name", "/message", "/log/syslog/procid"]
            .map(|path| event.pointer(path).and_then(|v| v.as_str()).unwrap_or_default().to_string())
    }

    #[test]
    fn files_of_rsyslog_and_journalctl() {
        let time = "2024-01-01T12:00:00.000Z";
        for (line, expected) in [
            (
                "2024-01-01T14:00:00.123456+02:00 h a[7]: x",
                ["2024-01-01T12:00:00.123456Z", "h", "a", "x", "7"],
            ),
            ("2024-01-01T12:00:00+0000 h a[7]: x", [time, "h", "a", "x", "7"]),
            ("<13>2024-01-01T12:00:00Z h a: x", [time, "h", "a", "x", ""]),
            ("Mon 2024-01-01 12:00:00 UTC h a[7]: x", [time, "h", "a", "x", "7"]),
            ("2024-01-01 12:00:00 h a[7]: x", [time, "h", "a", "x", "7"]),
            ("2024-01-01T12:00:00+00:00 h kernel: [1.5] x", [time, "h", "kernel", "[1.5] x", ""]),
            ("2024-01-01T12:00:00+00:00 h it broke", [time, "h", "", "it broke", ""]),
            (
                "2024-01-01T12:00:00.000Z h CRON 20856 - -  (root) CMD (a)",
                [time, "h", "CRON", "(root) CMD (a)", "20856"],
            ),
            ("2024-01-01T12:00:00.000Z app[web.1]: x", [time, "", "app", "x", "web.1"]),
        ] {
            assert_eq!(parts(line), expected, "{line}");
        }
        let line = r#"2022-08-27T14:22:01.888Z space01 NSX 4828 SWITCHING [abc@6876 comp="abc-edge"] x"#;
        let event = value(&FORMAT, line);
        assert_eq!(event["log"]["syslog"]["structured_data"], json!({"abc@6876": {"comp": "abc-edge"}}));
        assert_eq!(event["log"]["syslog"]["msgid"], "SWITCHING");
    }

    #[test]
    fn told_only_where_it_is_sure() {
        for told in [
            FORMAT.example,
            "2024-01-01T12:00:00+0000 h kernel: x",
            "<13>2024-01-01T12:00:00Z h a: x",
            r#"2022-08-27T14:22:01.888Z space01 NSX 4828 SWITCHING [abc@6876 comp="abc-edge"] x"#,
            "2022-08-27T14:22:01.888Z space01 CRON 4828 - - x",
        ] {
            assert!(detect(told), "{told}");
        }
        for other in [
            "2024-01-01T12:00:00Z INFO main[7]: x",
            "2024-01-01T12:00:00Z h a: x",
            "2024-01-01 12:00:00 h a[7]: x",
            "2024-01-01T12:00:00Z something happened",
            "2024-01-01T12:00:00Z stdout F x",
        ] {
            assert!(!detect(other), "{other}");
        }
        for bad in [
            "",
            "x",
            "Oct 11 22:14:15 h a: x",
            "<34>1 2024-01-01T12:00:00Z h a - - - x",
            "2024-13-01T12:00:00Z h a: x",
            "2024-01-01T12:00:00Z: x",
        ] {
            assert_eq!(refused(&FORMAT, bad), Some("no_syslog_iso_line"), "{bad}");
        }
        assert_eq!(refused(&FORMAT, "2024-01-01T12:00:00Z "), Some("syslog_iso_cut"));
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
        fn mutated_lines(at in 0..FORMAT.example.len(), length in 0..8usize, put in "[\\[\\]: <>1é\nZ-]{0,3}") {
            let (before, after) = FORMAT.example.split_at(at);
            let line = format!("{before}{put}{}", after.get(length..).unwrap_or_default());
            check_any_text(&FORMAT, &line);
            check_events(&FORMAT, &format!("<13>{line}"));
        }
    }
}
