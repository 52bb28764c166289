//! The logs of Apache Tomcat (`catalina.out`, `localhost.log`): JULI's line and that of `java.util.logging`
//! (<https://tomcat.apache.org/tomcat-10.1-doc/logging.html>, `org.apache.juli.OneLineFormatter`,
//! `java.util.logging.SimpleFormatter`).

use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::scan::log_time::{self, Context};
use crate::scan::{entry_start, stack_trace, token};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Fields;
use catchwater_schemas::time::Timestamp;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "tomcat",
    title: "Logs of Apache Tomcat and of java.util.logging",
    doc: "Reads JULI's `OneLineFormatter` (since Tomcat 8: `31-Jul-2020 16:40:38.505 INFO [main] class.method message`, \
          <https://tomcat.apache.org/tomcat-10.1-doc/logging.html>) and the two lines of `java.util.logging.SimpleFormatter` \
          (`Dec 30, 2020 11:30:40 AM class method`, then `INFO: message`). What follows and does not begin with a time \
          goes on with the entry: lines of the message, and stack traces, which are `error.stack_trace` with `error.type` \
          and `error.message`. The class is `log.logger`, the method `log.origin.function`. Levels may be in the \
          server's language. Times have no zone: the route names it.",
    example: "31-Jul-2020 16:40:38.505 INFO [localhost-startStop-1] org.apache.catalina.startup.HostConfig.deployDirectory \
              Deployment of web application directory [/opt/webapps/ROOT] has finished in [40] ms",
    detect,
    parse,
    continues: Some(|group, line| {
        entry_start::continues(group.state, group.text, line, |line| super::detect(line).is_some())
    }),
    ..Format::DEFAULTS
};

/// What an entry says.
pub(super) struct Entry<'a> {
    pub level: &'a str,
    pub thread: &'a str,
    pub class: &'a str,
    pub method: &'a str,
    pub message: &'a str,
}

fn detect(message: &str) -> bool {
    let Some((_, rest)) = log_time::read(message, Context { zone_seconds: 0, near: Timestamp::default() })
    else {
        return false;
    };
    // JULI's date has hyphens and the month's name; the other's has a comma and half a day.
    if message.as_bytes().get(2) == Some(&b'-') {
        return one_line(rest).is_some_and(|entry| entry_start::is_level(entry.level));
    }
    let first = rest.split('\n').next().unwrap_or_default();
    let is_half =
        message.get(..message.len() - rest.len()).is_some_and(|t| t.ends_with("AM") || t.ends_with("PM"));
    is_half
        && class_and_method(first).is_some_and(|(class, method)| class.contains('.') && !method.is_empty())
}

fn parse(_: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let context = Context { zone_seconds: event.zone_seconds, near: event.time };
    let refusal = Refusal("no_tomcat_line");
    let (text, trace) = stack_trace::split(event.message);
    let (time, rest) = log_time::read(text, context).ok_or(refusal)?;
    let entry = match one_line(rest) {
        Some(entry) => entry,
        None => two_lines(rest).ok_or(if detect(text) { Refusal("tomcat_entry_cut") } else { refusal })?,
    };
    let mut fields = Fields::new();
    fields.set(Field::Timestamp, time);
    for (field, value) in [
        (Field::LogLevel, entry.level),
        (Field::ProcessThreadName, entry.thread),
        (Field::LogLogger, entry.class),
        (Field::LogOriginFunction, entry.method),
        (Field::Message, entry.message.trim_end()),
    ] {
        fields.set_present(field, value);
    }
    if let Some(trace) = trace {
        trace.set(&mut fields);
    }
    emit.event(Kind::Log, fields);
    Ok(())
}

/// ` INFO [main] class.method message`.
pub(super) fn one_line(text: &str) -> Option<Entry<'_>> {
    let (level, rest) = text.strip_prefix(' ')?.split_once(" [")?;
    let level = level.trim_end();
    let is_word = !level.is_empty() && level.chars().all(char::is_alphabetic);
    let (thread, rest) = rest.split_once("] ")?;
    let end = rest.find([' ', '\n']).unwrap_or(rest.len());
    let (source, message) = rest.split_at(end);
    let message = message.strip_prefix(' ').unwrap_or(message);
    // Without a class, the source is the logger's name, whose last part is no method.
    let (class, method) = match source.rsplit_once('.') {
        Some((class, method)) if !method.starts_with(|c: char| c.is_ascii_uppercase()) => (class, method),
        _ => (source, ""),
    };
    (is_word && !class.is_empty()).then_some(Entry { level, thread, class, method, message })
}

/// ` class method`, then `INFO: message`.
pub(super) fn two_lines(text: &str) -> Option<Entry<'_>> {
    let (first, rest) = text.split_once('\n')?;
    let (class, method) = class_and_method(first)?;
    let (level, message) = rest.split_once(':')?;
    let is_word = !level.is_empty() && level.len() <= 40 && level.chars().all(char::is_alphabetic);
    let message = message.strip_prefix(' ').unwrap_or(message);
    is_word.then_some(Entry { level, thread: "", class, method, message })
}

/// Both, or the logger's name alone.
fn class_and_method(line: &str) -> Option<(&str, &str)> {
    let (class, method) = token::first(line.trim_end().strip_prefix(' ')?);
    let valid = !class.is_empty() && !method.contains(' ');
    valid.then_some((class, method))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_any_text, refused, value};
    use super::*;
    use crate::formats::Group;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn one_line_with_and_without_method() {
        let line = "31-Jul-2020 16:40:38.505 SEVERE [ContainerBackgroundProcessor[StandardEngine[Catalina]]] a.B.<init> x [y] z";
        let event = value(&FORMAT, line);
        assert_eq!(
            event["process"]["thread"]["name"],
            "ContainerBackgroundProcessor[StandardEngine[Catalina]]"
        );
        assert_eq!(
            event["log"],
            json!({"level": "SEVERE", "logger": "a.B", "origin": {"function": "<init>"}})
        );
        assert_eq!(event["message"], "x [y] z");
        let event = value(&FORMAT, "31-Jul-2020 16:40:38.505 WARNUNG [main] org.example.Logger x\n\ty");
        assert_eq!(event["log"], json!({"level": "WARNUNG", "logger": "org.example.Logger"}));
        assert_eq!(event["message"], "x\n\ty");
    }

    #[test]
    fn traces_in_both_layouts() {
        for head in [
            "31-Jul-2020 16:40:38.505 SEVERE [main] a.B.c boom",
            "Oct 30, 2013 11:10:05 AM a.B c\nSEVERE: boom",
        ] {
            let event =
                value(&FORMAT, &format!("{head}\njava.lang.ClassCastException: no\n\tat a.B.c(B.java:1)"));
            assert_eq!(
                (&event["message"], &event["log"]["logger"]),
                (&json!("boom"), &json!("a.B")),
                "{head}"
            );
            assert_eq!(event["error"]["type"], "java.lang.ClassCastException");
        }
    }

    #[test]
    fn entries_begin_with_a_time() {
        let mut state = 0;
        let mut goes_on = |line: &str| {
            let text = "Dec 30, 2020 11:30:40 AM org.a.B <init>";
            FORMAT.continues.is_some_and(|continues| continues(&mut Group { text, state: &mut state }, line))
        };
        assert!(
            goes_on("INFO: x")
                && goes_on("java.lang.X: y")
                && goes_on("\tat a.B.c(B.java:1)")
                && goes_on("more")
        );
        assert!(!goes_on("Dec 30, 2020 11:30:41 AM org.a.B c") && !goes_on(FORMAT.example));
    }

    #[test]
    fn what_is_refused() {
        assert_eq!(refused(&FORMAT, "Dec 30, 2020 11:30:40 AM org.a.B <init>"), Some("tomcat_entry_cut"));
        for bad in [
            "",
            "x",
            "31-Jul-2020 16:40:38.505 INFO main x",
            "2020-07-31 16:40:38 INFO x",
            "Oct 30 11:10:05 host app: x",
        ] {
            assert_eq!(refused(&FORMAT, bad), Some("no_tomcat_line"), "{bad}");
            assert!(!detect(bad), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_text(line in any::<String>()) {
            check_any_text(&FORMAT, &line);
        }

        #[test]
        fn any_tail(tail in "( INFO| \\[|\\] |a\\.b|\n|: |[ a-zé:]{0,5}){0,10}") {
            check_any_text(&FORMAT, &format!("31-Jul-2020 16:40:38.505{tail}"));
            check_any_text(&FORMAT, &format!("Dec 30, 2020 11:30:40 AM{tail}"));
        }
    }
}
