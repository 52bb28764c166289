//! Syslog as RFC 5424 has it.

use super::{Format, Group, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::scan::free_fields::FreeFields;
use crate::scan::stack_trace;
use crate::scan::syslog::tail::{self, Tail, Wrong};
use crate::scan::syslog::{Head, frames, message, priority, structured_data};
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::time::Timestamp;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "syslog_rfc5424",
    title: "Syslog, RFC 5424",
    doc: "Reads `<PRI>VERSION TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA MSG` \
          (<https://www.rfc-editor.org/rfc/rfc5424#section-6>), of any version of one to three digits, and a length before \
          it (<https://www.rfc-editor.org/rfc/rfc6587#section-3.4.1>): frames that stand in one line are events each. What \
          is not as the grammar has it is refused; a fraction of a second may have nine digits, and a leap second is the \
          second before it. `log.level` is the severity's name as `syslog.conf` has it. Structured data are \
          `log.syslog.structured_data` with their escapes read, a name that stands in an element more than once is a list. \
          Indented lines and stack traces that follow are joined.\n\n\
          A message that another format is surely told by, such as an access log's line or JSON, is read by that one: its \
          name is `catchwater.content_format`, its values and its time go before those of syslog, and `message` is what it \
          says. Messages of sshd and PAM about logins, of sudo and cron about commands, and of useradd and groupadd set \
          `user.name`, `source.ip`, `event.category`, `event.action` and `event.outcome`; the whole text stays `message`.",
    example: r#"<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="Application" eventID="1011"] An application event log entry"#,
    detect,
    parse,
    continues: Some(goes_on),
    carries: true,
    ..Format::DEFAULTS
};

const NO_LINE: Refusal = Refusal("no_syslog_rfc5424_line");
const CUT: Refusal = Refusal("syslog_rfc5424_cut");

/// A line's parts.
struct Line<'a> {
    priority: u8,
    version: &'a str,
    time: Option<Timestamp>,
    host: &'a str,
    tail: Tail<'a>,
}

fn detect(message: &str) -> bool {
    read(frames::first(message)).is_ok()
}

fn parse(state: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    frames::each(event.message.trim_end(), |text| {
        let Line { priority, version, time, host, tail } = read(text)?;
        let Tail { program, procid, msgid, elements, message: text } = tail;
        let mut fields = Fields::new();
        let head = Head { priority: Some(priority), time, host, program, procid, msgid, ..Head::default() };
        head.set(&mut fields);
        fields.set(Field::LogSyslogVersion, Value::Escaped(version));
        if !elements.is_empty() {
            let json = structured_data::json(elements);
            fields.set(Field::LogSyslogStructuredData, Value::Json(json.into()));
        }
        message::emit(state, (event, time), (program, text), fields, FreeFields::default(), emit);
        Ok(())
    })
}

/// Lines that go on with a message of syslog: indented ones, and a stack trace's.
pub(super) fn goes_on(group: &mut Group<'_>, line: &str) -> bool {
    // A trace's state is kept while its lines follow one another.
    stack_trace::continues(group.state, group.text, line) || line.starts_with([' ', '\t'])
}

/// Does the text begin as a line of RFC 5424 does?
pub(super) fn begins(text: &str) -> bool {
    let version = || version(priority::read(text)?.1);
    version().is_some_and(|(_, rest)| rest.starts_with("- ") || time(rest).is_ok())
}

fn read(text: &str) -> Result<Line<'_>, Refusal> {
    let (priority, rest) = priority::read(text).ok_or(NO_LINE)?;
    let (version, rest) = version(rest).ok_or(NO_LINE)?;
    let (time, rest) = match rest.strip_prefix("- ") {
        Some(rest) => (None, rest),
        None => time(rest).map(|(time, rest)| (Some(time), rest))?,
    };
    let refusal = |wrong| if wrong == Wrong::Cut { CUT } else { NO_LINE };
    let (host, rest) = tail::part(rest, 255).map_err(refusal)?;
    let tail = tail::read(rest).map_err(refusal)?;
    Ok(Line { priority, version, time, host, tail })
}

/// One to three digits, not 0, and what stands behind the space.
fn version(text: &str) -> Option<(&str, &str)> {
    let len = text.bytes().take(4).take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at(len);
    let valid = (1..=3).contains(&len) && !digits.starts_with('0');
    Some((digits, rest.strip_prefix(' ').filter(|_| valid)?))
}

/// `2003-08-24T05:14:15.000003-07:00`, and what stands behind the space.
fn time(text: &str) -> Result<(Timestamp, &str), Refusal> {
    let (time, rest) = text.split_once(' ').ok_or(NO_LINE)?;
    let zone = time.get(19..).map(|end| end.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit()));
    let zone = zone.unwrap_or_default().as_bytes();
    // RFC 3339 has more spellings of both.
    let valid = matches!(zone, b"Z" | [b'+' | b'-', _, _, b':', _, _]) && time.as_bytes()[10] == b'T';
    let time = Timestamp::parse_rfc3339(time, 0).filter(|_| valid).ok_or(NO_LINE)?;
    Ok((time, rest))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_any_text, check_events, in_one_record, refused, value};
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn each_part_has_its_field() {
        let event = value(&FORMAT, FORMAT.example);
        assert_eq!(event["@timestamp"], "2003-10-11T22:14:15.003Z");
        let syslog = &event["log"]["syslog"];
        assert_eq!((&syslog["priority"], &syslog["version"]), (&json!(165), &json!("1")));
        assert_eq!(syslog["facility"], json!({"code": 20, "name": "local4"}));
        assert_eq!(syslog["severity"], json!({"code": 5, "name": "notice"}));
        assert_eq!((&syslog["msgid"], &syslog["procid"]), (&json!("ID47"), &json!(null)));
        assert_eq!(syslog["structured_data"]["exampleSDID@32473"]["eventID"], "1011");
        assert_eq!(
            (&event["host"]["name"], &event["process"]["name"]),
            (&json!("mymachine.example.com"), &json!("evntslog"))
        );
        assert_eq!(
            (&event["log"]["level"], &event["message"]),
            (&json!("notice"), &json!("An application event log entry"))
        );
    }

    #[test]
    fn values_that_are_absent_are_not_set() {
        let event = value(&FORMAT, "<10>1 - - - - - -");
        assert_eq!(event["@timestamp"], "2020-09-13T12:26:40.000Z");
        assert_eq!(
            (&event["host"], &event["process"], &event["message"]),
            (&json!(null), &json!(null), &json!(null))
        );
        let event = value(&FORMAT, "<0>999 2016-12-31T23:59:60.5+00:00 2001:db8::1 a 7 - - \u{feff}x");
        assert_eq!(event["@timestamp"], "2016-12-31T23:59:59.500Z");
        assert_eq!((&event["host"]["ip"], &event["process"]["pid"]), (&json!("2001:db8::1"), &json!(7)));
        assert_eq!(event["message"], "x");
    }

    #[test]
    fn frames_are_events_each_and_lines_may_follow() {
        let events = in_one_record(&FORMAT, &["21 <34>1 - h a - - - one21 <35>1 - h b - - - two"]);
        let messages: Vec<&str> = events.iter().filter_map(|e| e["message"].as_str()).collect();
        assert_eq!(messages, ["one", "two"]);
        let joined = |line: &str| goes_on(&mut Group { text: "<34>1 - h a - - - x", state: &mut 0 }, line);
        assert!(joined("\ty") && joined("  z") && !joined("<34>1 - h a - - - y"));
    }

    #[test]
    fn what_the_grammar_does_not_have_is_refused() {
        for bad in [
            "",
            "<34>",
            "<34>0 - - - - - -",
            "<34>1000 - - - - - -",
            "<34>1 2003-10-11 - - - - -",
            "<34>1 2003-10-11T22:14:15 - - - - -",
            "<34>1 2003-10-11 22:14:15Z - - - - -",
            "<34>1 2003-02-30T22:14:15Z - - - - -",
            "<34>1 2003-10-11T22:14:15+0000 - - - - -",
            "<34>1 -  - - - -",
            "<34>1 - é - - - -",
            "<34>1 - - - - - x",
        ] {
            assert_eq!(refused(&FORMAT, bad), Some("no_syslog_rfc5424_line"), "{bad}");
            assert!(!detect(bad));
        }
        assert_eq!(refused(&FORMAT, "<34>1 2003-10-11T22:14:15Z host app 7 ID"), Some("syslog_rfc5424_cut"));
    }

    #[test]
    fn a_message_of_another_format_is_read_by_it() {
        let line = r#"<190>1 2026-10-10T13:55:37Z web1 nginx - - - 203.0.113.9 - frank [10/Oct/2026:13:55:36 +0000] "GET /cat?q=maps HTTP/1.1" 200 2326 "-" "curl/8.0""#;
        let event = value(&FORMAT, line);
        assert_eq!((&event["url"]["path"], &event["user"]["name"]), (&json!("/cat"), &json!("frank")));
        assert_eq!(
            (&event["@timestamp"], &event["host"]["name"]),
            (&json!("2026-10-10T13:55:36.000Z"), &json!("web1"))
        );
        assert_eq!(
            (&event["catchwater"]["kind"], &event["message"]),
            (&json!("service_query"), &json!(null))
        );
        assert_eq!(event["catchwater"]["format"], "syslog_rfc5424");
        assert_eq!(event["catchwater"]["content_format"], "nginx_access");
        let broken = value(&FORMAT, r#"<14>1 - web1 - - - - {"level":"warn","#);
        assert_eq!(
            (&broken["message"], &broken["host"]["name"]),
            (&json!(r#"{"level":"warn","#), &json!("web1"))
        );
        assert_eq!(broken["catchwater"]["content_format"], json!(null));
    }

    proptest! {
        #[test]
        fn any_text(line in any::<String>()) {
            check_any_text(&FORMAT, &line);
        }

        #[test]
        fn mutated_lines(at in 0..FORMAT.example.len(), length in 0..8usize, put in "[\\[\\]\"= <>1é\n-]{0,3}") {
            let (before, after) = FORMAT.example.split_at(at);
            let line = format!("{before}{put}{}", after.get(length..).unwrap_or_default());
            check_any_text(&FORMAT, &line);
            check_events(&FORMAT, &format!("12 {line}"));
        }
    }
}
