//! Any text: what no other format takes.

use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::scan::{level, log_prefix};
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
          `INFO:`, after a time also `INFO`); of the Python runtime of Lambda also the request's id.",
    example: "2012-07-02 10:22:40,672:DEBUG:foo bar baz",
    detect: |_| false,
    parse,
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
    fields.set(Field::Message, event.message);
    fields
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
