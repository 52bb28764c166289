//! Any text: what no other format takes.

use super::{Format, Group, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::scan::{level, log_prefix, stack_trace};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Fields;
use catchwater_schemas::time::Timestamp;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "plain",
    title: "Any text",
    doc: "Refuses nothing. The whole text is `message`. Where they surely stand at its start, it reads a time (RFC \
          3339 or `2012-07-02 10:22:40,672`, in the route's zone if it has none) and a level in capitals (`[INFO]`, \
          `INFO:`, after a time also `INFO`); of the Python runtime of Lambda also the request's id. The lines of a \
          stack trace (Java and what runs beside it, Python, Go, JavaScript, Ruby, PHP, .NET, Rust, Dart) are joined, \
          also to a line with a time or level before them; the trace is `error.stack_trace`, what was thrown \
          `error.type` and `error.message`, and `message` is what stands before the trace, else the line that names \
          the exception.",
    example: "2012-07-02 10:22:40,672:DEBUG:foo bar baz",
    detect: |_| false,
    parse,
    continues: Some(continues),
    ..Format::DEFAULTS
};

fn parse(_: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    emit.event(Kind::Log, read(event));
    Ok(())
}

/// What stands surely at the text's start, and the text.
pub(super) fn read(event: LogEvent<'_>) -> Fields<'_> {
    let mut fields = Fields::new();
    let prefixed = log_prefix::read(event.message);
    if prefixed.level.is_some() {
        prefixed.set(&mut fields);
    } else if let Some((level, _)) = level::leading(event.message, false) {
        fields.set(Field::LogLevel, level);
    } else if let Some((time, rest)) = leading_time(event.message, event.zone_seconds) {
        fields.set(Field::Timestamp, time);
        let rest = rest.trim_start_matches([' ', '\t', ':', '-']);
        if let Some((level, _)) = level::leading(rest, true) {
            fields.set(Field::LogLevel, level);
        }
    }
    match stack_trace::split(event.message) {
        (message, Some(trace)) => {
            fields.set(Field::Message, message);
            trace.set(&mut fields);
        }
        (_, None) => fields.set(Field::Message, event.message),
    }
    fields
}

/// A trace's lines; a trace also goes on with the line of a logger, which has a time or level.
fn continues(group: &mut Group<'_>, line: &str) -> bool {
    if stack_trace::continues(group.state, group.text, line) {
        return true;
    }
    let of_logger = stack_trace::is_text(*group.state)
        && stack_trace::is_head(line)
        && (level::leading(group.text, false).is_some() || leading_time(group.text, 0).is_some());
    if of_logger {
        stack_trace::begin(group.state, line);
    }
    of_logger
}

/// Reads a time at the start, in brackets or not, and what follows. Unsure, and so none, where a word in capitals
/// behind it could be a zone (`CEST`).
fn leading_time(text: &str, zone_seconds: i32) -> Option<(Timestamp, &str)> {
    let (text, bracket) = match text.strip_prefix('[') {
        Some(inside) => (inside, true),
        None => (text, false),
    };
    let b = text.as_bytes();
    if b.len() < 19 || !b[0].is_ascii_digit() || b[4] != b'-' {
        return None;
    }
    let mut end = 19;
    if matches!(b.get(end), Some(b'.' | b',')) {
        end += 1 + b[end + 1..].iter().take_while(|c| c.is_ascii_digit()).count();
    }
    end += offset_length(&b[end..]);
    let rest = text.get(end..)?;
    let ends = match rest.as_bytes() {
        [] => !bracket,
        [c, ..] if bracket => *c == b']' || *c == b' ',
        [c, ..] => matches!(c, b' ' | b'\t' | b':' | b',' | b'|'),
    };
    if !ends || is_zone_name(rest) {
        return None;
    }
    let time = Timestamp::parse_rfc3339(text.get(..end)?, zone_seconds)?;
    Some((time, if bracket { rest.split_once(']').map_or(rest, |(_, after)| after) } else { rest }))
}

/// Length of `Z`, `+02:00`, `+0200` or ` +0200`.
fn offset_length(rest: &[u8]) -> usize {
    let spaces = usize::from(rest.starts_with(b" "));
    match &rest[spaces..] {
        [b'Z', ..] if spaces == 0 => 1,
        [b'+' | b'-', tail @ ..] => {
            let digits = |part: &[u8]| part.iter().take_while(|c| c.is_ascii_digit()).count();
            match (digits(tail), tail.get(2)) {
                (4, _) => spaces + 5,
                (2, Some(b':')) if digits(&tail[3..]) == 2 => spaces + 6,
                _ => 0,
            }
        }
        _ => 0,
    }
}

fn is_zone_name(rest: &str) -> bool {
    let Some(rest) = rest.strip_prefix(' ') else { return false };
    let end = rest.bytes().position(|c| !c.is_ascii_uppercase()).unwrap_or(rest.len());
    let follows = rest.as_bytes().get(end).is_none_or(|c| matches!(c, b' ' | b']' | b':'));
    (2..=5).contains(&end) && follows && !level::is_level(&rest[..end])
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_any_text, value};
    use super::*;
    use proptest::prelude::*;

    fn time_and_level(line: &str) -> (Option<String>, Option<String>) {
        let event = value(&FORMAT, line);
        assert_eq!(event["message"], line);
        let text = |v: &serde_json::Value| v.as_str().map(String::from);
        // 1,600,000,000 s is the log event's own time in these tests.
        let time = text(&event["@timestamp"]).filter(|t| t != "2020-09-13T12:26:40.000Z");
        (time, text(&event["log"]["level"]))
    }

    #[test]
    fn reads_time_and_level_where_they_are_sure() {
        for (line, time, level) in [
            ("2012-07-02 10:22:40,672:DEBUG:foo", Some("2012-07-02T10:22:40.672Z"), Some("DEBUG")),
            ("2015-04-24T21:09:29.296 25376]INFO:x", Some("2015-04-24T21:09:29.296Z"), None),
            ("2015-04-24T21:08:10.313913+01:00 err rbd", Some("2015-04-24T20:08:10.313913Z"), None),
            ("[2015-04-24 21:08:10 +0000] [ERROR] x", Some("2015-04-24T21:08:10.000Z"), Some("ERROR")),
            ("2015-04-24 21:08:10 WARN x", Some("2015-04-24T21:08:10.000Z"), Some("WARN")),
            ("2015-04-24T21:08:10Z", Some("2015-04-24T21:08:10.000Z"), None),
            ("2015-04-24 21:08:10 CEST LOG: x", None, None),
            ("2015-04-24 21:08:10é", None, None),
            ("2015-04-24 21:08:10+0", None, None),
            ("2015-99-24 21:08:10", None, None),
            ("[INFO]\t2023-08-12T12:34:13.137Z\tid\tx", Some("2023-08-12T12:34:13.137Z"), Some("INFO")),
            ("[WARNING] x", None, Some("WARNING")),
            ("ERROR: x", None, Some("ERROR")),
            ("ERROR x", None, None),
            ("", None, None),
        ] {
            assert_eq!(time_and_level(line), (time.map(String::from), level.map(String::from)), "{line}");
        }
    }

    #[test]
    fn a_trace_is_joined_to_the_line_of_a_logger_only() {
        let head = "Traceback (most recent call last):";
        let joined = |text: &str, line: &str| continues(&mut Group { text, state: &mut 0 }, line);
        assert!(joined("2012-07-02 10:22:40,672 ERROR x", head) && joined("[ERROR] x", head));
        assert!(!joined("x", head) && !joined("2012-07-02 10:22:40,672 ERROR x", "y"));
        let text = format!("2012-07-02 10:22:40,672 ERROR x\n{head}\n  File \"a\", line 1\nKeyError: 'a'\n");
        let event = value(&FORMAT, &text);
        assert_eq!(event["message"], "2012-07-02 10:22:40,672 ERROR x");
        assert_eq!((&event["error"]["type"], &event["log"]["level"]), (&"KeyError".into(), &"ERROR".into()));
        assert_eq!(event["error"]["stack_trace"].as_str().map(|t| t.lines().count()), Some(3));
    }

    proptest! {
        #[test]
        fn any_text(line in any::<String>()) {
            check_any_text(&FORMAT, &line);
        }

        #[test]
        fn anything_behind_a_time(tail in "[ A-Z0-9:,.é+\\]-]{0,12}") {
            check_any_text(&FORMAT, &format!("2015-04-24 21:08:10{tail}"));
            check_any_text(&FORMAT, &format!("[2015-04-24 21:08:10{tail}"));
        }
    }
}
