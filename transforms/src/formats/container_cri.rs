//! What Kubernetes' container runtimes (containerd, CRI-O) write of a container's output.

use super::{Format, Group, LogEvent, RecordState, Refusal, plain};
use crate::emit::Emit;
use crate::scan::{carried, stack_trace, token};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::time::Timestamp;
use std::borrow::Cow;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "container_cri",
    title: "Output of a container in Kubernetes (CRI)",
    doc: "Reads `2016-10-06T00:17:09.669794202Z stdout F message`, which containerd and CRI-O write to \
          `/var/log/containers` and `/var/log/pods` \
          (<https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md>). Parts (`P`) of a \
          line that was too long are put together up to the last (`F`), those of both outputs apart; a stack \
          trace's lines are one event. `log.iostream` is `stdout` or `stderr`. A message that another format is surely told \
          by is read by that one: its name is `catchwater.content_format`, and its time goes before the runtime's. Of others \
          the runtime's time is the event's, and a level at the start is `log.level`. Parts whose last one \
          is in another raw record, or behind more than 100 lines of the other output, come out as they are.",
    example: "2016-10-06T00:17:09.669794202Z stdout F The content of the log entry 1",
    detect: |message| Line::read(message.split('\n').next().unwrap_or_default()).is_some(),
    parse,
    continues: Some(continues),
    carries: true,
    ..Format::DEFAULTS
};

/// One line of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Line<'a> {
    time: Timestamp,
    output: Output,
    /// The message goes on in a later line of the same output.
    partial: bool,
    content: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Output {
    Stdout = 0,
    Stderr = 1,
}

impl<'a> Line<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let b = text.as_bytes();
        if b.len() < 29 || b[4] != b'-' || b[10] != b'T' {
            return None;
        }
        let (time, rest) = token::first(text);
        let (output, rest) = match (rest.strip_prefix("stdout "), rest.strip_prefix("stderr ")) {
            (Some(rest), _) => (Output::Stdout, rest),
            (_, Some(rest)) => (Output::Stderr, rest),
            _ => return None,
        };
        // Tags stand between colons; the first is the only one so far.
        let (tags, content) = token::first(rest);
        let partial = match tags.split(':').next() {
            Some("P") => true,
            Some("F") => false,
            _ => return None,
        };
        // With a zone, always.
        let zoned =
            b.get(19..time.len()).is_some_and(|end| end.iter().any(|b| matches!(b, b'Z' | b'+' | b'-')));
        Some(Line { time: Timestamp::parse_rfc3339(time, 0).filter(|_| zoned)?, output, partial, content })
    }
}

/// So many lines of one output may stand between two parts of the other's.
const MOST_BETWEEN: u32 = 100;

/// What is remembered of a group, in 32 bits: the state of a stack trace, which outputs have a line open, whose was the
/// last line, and how many lines stood between parts.
struct Joined {
    trace: u32,
    open: [bool; 2],
    last: Output,
    between: u32,
}

const TRACE: u32 = 0xffff;
const OPEN: [u32; 2] = [1 << 16, 1 << 17];
const LAST_IS_STDERR: u32 = 1 << 18;
const KNOWN: u32 = 1 << 19;
const BETWEEN_FROM: u32 = 20;

impl Joined {
    fn of(group: &Group<'_>) -> Option<Self> {
        let state = *group.state;
        if state & KNOWN != 0 {
            let last = if state & LAST_IS_STDERR == 0 { Output::Stdout } else { Output::Stderr };
            let open = OPEN.map(|bit| state & bit != 0);
            return Some(Self { trace: state & TRACE, open, last, between: state >> BETWEEN_FROM });
        }
        let mut lines = group.text.split('\n').map(Line::read);
        let first = lines.next()??;
        let mut joined = Self { trace: 0, open: [false; 2], last: first.output, between: 0 };
        joined.open[first.output as usize] = first.partial;
        for line in lines.flatten() {
            joined.open[line.output as usize] = line.partial;
            joined.last = line.output;
        }
        Some(joined)
    }

    fn state(&self) -> u32 {
        let open = OPEN.iter().zip(self.open).filter(|(_, open)| *open).fold(0, |bits, (bit, _)| bits | bit);
        let last = if self.last == Output::Stderr { LAST_IS_STDERR } else { 0 };
        (self.trace & TRACE) | open | last | KNOWN | (self.between << BETWEEN_FROM)
    }
}

fn continues(group: &mut Group<'_>, next: &str) -> bool {
    let Some(line) = Line::read(next.split('\n').next().unwrap_or_default()) else { return false };
    let Some(mut joined) = Joined::of(group) else { return false };
    let output = line.output as usize;
    let goes_on = if joined.open == [false; 2] {
        let last = group.text.rsplit('\n').next().and_then(Line::read).map_or("", |line| line.content);
        line.output == joined.last && stack_trace::continues(&mut joined.trace, last, line.content)
    } else {
        joined.trace = 0;
        joined.between += u32::from(!joined.open[output]);
        joined.between <= MOST_BETWEEN
    };
    joined.open[output] = line.partial;
    joined.last = line.output;
    *group.state = joined.state();
    goes_on
}

/// A message that is being put together.
struct Message<'a> {
    first: Line<'a>,
    text: Cow<'a, str>,
    open: bool,
    trace: u32,
}

fn parse(state: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let refusal = Refusal("no_cri_line");
    let mut messages: [Option<Message<'_>>; 2] = [None, None];
    let mut last = Output::Stdout;
    for (n, text) in event.message.split('\n').enumerate() {
        let Some(line) = Line::read(text) else {
            // A line break in the message, which no runtime writes.
            let open = if n == 0 { None } else { messages[last as usize].as_mut() };
            let message = open.ok_or(refusal)?;
            message.text.to_mut().push('\n');
            message.text.to_mut().push_str(text);
            continue;
        };
        last = line.output;
        let slot = &mut messages[line.output as usize];
        if slot.as_mut().is_some_and(|message| message.goes_on(&line)) {
            continue;
        }
        if let Some(whole) = slot.replace(Message::begin(line)) {
            whole.emit(state, event, emit);
        }
    }
    messages.sort_by_key(|message| message.as_ref().map(|message| message.first.time));
    messages.into_iter().flatten().for_each(|message| message.emit(state, event, emit));
    Ok(())
}

impl<'a> Message<'a> {
    fn begin(first: Line<'a>) -> Self {
        Self { first, text: Cow::Borrowed(first.content), open: first.partial, trace: 0 }
    }

    /// Takes a line of the same output that goes on with this message.
    fn goes_on(&mut self, line: &Line<'_>) -> bool {
        if !self.open {
            if !stack_trace::continues(&mut self.trace, &self.text, line.content) {
                return false;
            }
            self.text.to_mut().push('\n');
        }
        self.text.to_mut().push_str(line.content);
        self.open = line.partial;
        true
    }

    fn emit(&self, state: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) {
        if matches!(self.text, Cow::Owned(_)) {
            // A secret may lie in two parts, and no line has the whole of it.
            emit.suspect();
        }
        let time = self.first.time;
        let text = self.text.trim_end();
        let output = if self.first.output == Output::Stdout { "stdout" } else { "stderr" };
        let mut around = Fields::new();
        around.set(Field::Timestamp, time);
        around.set(Field::LogIostream, Value::Escaped(output));
        let message = LogEvent { message: text, time, options: None, ..event };
        if !text.is_empty() && carried::read(state, "", message, &around, emit) {
            return;
        }
        let mut fields = plain::read(message);
        if text.is_empty() {
            fields.remove(Field::Message);
        }
        // The runtime's time has a zone.
        fields.set(Field::Timestamp, time);
        fields.set(Field::LogIostream, Value::Escaped(output));
        emit.event(Kind::Log, fields);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_any_text, check_events, in_one_record, refused, value};
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    const T: &str = "2016-10-06T00:17:09.669794202Z";

    /// The events of lines that come as log events of their own.
    fn joined(lines: &[String]) -> Vec<Json> {
        let mut groups: Vec<(String, u32)> = Vec::new();
        for line in lines {
            if let Some((text, state)) = groups.last_mut()
                && continues(&mut Group { text, state }, line)
            {
                text.push('\n');
                text.push_str(line);
            } else {
                groups.push((line.clone(), 0));
            }
        }
        groups.iter().flat_map(|(text, _)| in_one_record(&FORMAT, &[text])).collect()
    }

    fn messages(events: &[Json]) -> Vec<(&str, &str)> {
        events
            .iter()
            .map(|e| (e["log"]["iostream"].as_str().unwrap(), e["message"].as_str().unwrap_or_default()))
            .collect()
    }

    #[test]
    fn one_line() {
        let event = value(&FORMAT, FORMAT.example);
        assert_eq!(event["@timestamp"], T);
        assert_eq!(
            (&event["message"], &event["log"]["iostream"]),
            (&json!("The content of the log entry 1"), &json!("stdout"))
        );
        let event = value(&FORMAT, "2016-10-06T02:17:09+02:00 stderr F:x 2016-01-01 00:00:00 ERROR it broke");
        assert_eq!(
            (&event["@timestamp"], &event["log"]["level"]),
            (&json!("2016-10-06T00:17:09.000Z"), &json!("ERROR"))
        );
        assert_eq!(value(&FORMAT, &format!("{T} stdout F"))["message"], Json::Null);
    }

    #[test]
    fn parts_of_both_outputs_are_put_together() {
        let lines = [
            "stdout P a",
            "stderr F x",
            "stdout P b",
            "stderr P y",
            "stdout F c",
            "stderr F z",
            "stdout F d",
        ];
        let events = joined(&lines.map(|line| format!("{T} {line}")));
        assert_eq!(
            messages(&events),
            [("stderr", "x"), ("stdout", "abc"), ("stderr", "yz"), ("stdout", "d")]
        );
        let endless: Vec<String> = std::iter::once(format!("{T} stdout P a"))
            .chain((0..300).map(|n| format!("{T} stderr F {n}")))
            .collect();
        let events = joined(&endless);
        assert_eq!(events.len(), 301);
    }

    #[test]
    fn a_trace_is_one_event() {
        let lines = [
            "stderr F java.lang.IllegalStateException: y",
            "stderr F \tat a.B.c(B.java:1)",
            "stderr F \tat a.B.d(B.java:2)",
            "stderr F next",
        ];
        let events = joined(&lines.map(|line| format!("{T} {line}")));
        assert_eq!(messages(&events).len(), 2);
        assert_eq!(
            (&events[0]["error"]["type"], &events[1]["message"]),
            (&json!("java.lang.IllegalStateException"), &json!("next"))
        );
        assert_eq!(events[0]["error"]["stack_trace"].as_str().map(|t| t.lines().count()), Some(3));
    }

    #[test]
    fn a_message_of_another_format_is_read_by_it() {
        let line = r#"203.0.113.9 - frank [10/Oct/2026:13:55:36 +0000] "GET /cat?q=maps HTTP/1.1" 200 2326 "-" "curl/8.0""#;
        let event = value(&FORMAT, &format!("{T} stdout F {line}"));
        assert_eq!((&event["url"]["path"], &event["log"]["iostream"]), (&json!("/cat"), &json!("stdout")));
        assert_eq!(
            (&event["@timestamp"], &event["catchwater"]["kind"]),
            (&json!("2026-10-10T13:55:36.000Z"), &json!("service_query"))
        );
        let json =
            value(&FORMAT, &format!("{T} stdout F {}", json!({"level": "info", "msg": "x", "user": "bob"})));
        assert_eq!((&json["catchwater"]["content_format"], &json["@timestamp"]), (&json!("json"), &json!(T)));
    }

    #[test]
    fn other_lines_are_refused() {
        for bad in [
            "",
            "x",
            "2016-10-06T00:17:09Z stdout X x",
            "2016-10-06T00:17:09 stdout F x",
            "2016-10-06T00:17:09Z stdin F x",
            "2016-13-06T00:17:09Z stdout F x",
        ] {
            assert_eq!(refused(&FORMAT, bad), Some("no_cri_line"), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_text(line in any::<String>()) {
            check_any_text(&FORMAT, &line);
        }

        #[test]
        fn any_lines(lines in proptest::collection::vec("(stdout|stderr) [PF] [a\té{]{0,4}(at a\\.b\\(c\\))?", 1..8)) {
            let lines: Vec<String> = lines.iter().map(|line| format!("{T} {line}")).collect();
            check_events(&FORMAT, &lines.join("\n"));
            prop_assert!(!joined(&lines).is_empty());
        }

        #[test]
        fn mutated_lines(at in 0..FORMAT.example.len(), length in 0..8usize, put in "[:PF 1é\nZ-]{0,3}") {
            let (before, after) = FORMAT.example.split_at(at);
            check_any_text(&FORMAT, &format!("{before}{put}{}", after.get(length..).unwrap_or_default()));
        }
    }
}
