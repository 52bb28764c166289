//! Lines of Monolog, the logger of Laravel, Symfony, Drupal and most PHP
//! (<https://github.com/Seldaek/monolog/blob/main/doc/01-usage.md>, `Monolog\Formatter\LineFormatter`).

use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::scan::free_fields::FreeFields;
use crate::scan::log_time::{self, Context};
use crate::scan::quoted::unescape;
use crate::scan::{decimal, entry_start};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Fields;
use catchwater_schemas::time::Timestamp;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "monolog",
    title: "Lines of Monolog: Laravel, Symfony and other PHP",
    doc: "Reads `[2025-01-02 11:19:06] channel.LEVEL: message {context} [extra]`, `SIMPLE_FORMAT` of Monolog's \
          `LineFormatter` (versions 1 to 3, <https://github.com/Seldaek/monolog>). The channel is `log.logger`; context \
          and extra are JSON and stay texts in `catchwater.fields.context` and `.extra`. An exception in the context \
          (`[object] (Class(code: 0): message at file:line)`) is `error.type`, `error.code`, `error.message`, \
          `log.origin.file.*` and, with the lines behind `[stacktrace]`, `error.stack_trace`; its context is not kept \
          besides. What follows an entry and does not begin with a time goes on with it. Times without zone are in \
          the server's zone, which the route names.",
    example: r#"[2025-01-02 11:19:06] laravel.ERROR: Payment failed {"userId":7} []"#,
    detect: |message| head(message, Context { zone_seconds: 0, near: Timestamp::default() }).is_some(),
    parse,
    continues: Some(|group, line| {
        entry_start::continues(group.state, group.text, line, |line| super::detect(line).is_some())
    }),
    ..Format::DEFAULTS
};

/// What stands before the message.
struct Head<'a> {
    time: Timestamp,
    channel: &'a str,
    level: &'a str,
    rest: &'a str,
}

fn head(line: &str, context: Context) -> Option<Head<'_>> {
    let (time, rest) = log_time::read(line.strip_prefix('[')?, context)?;
    let (source, rest) =
        rest.strip_prefix("] ")?.split_once(": ").or_else(|| rest.strip_prefix("] ")?.split_once(":\n"))?;
    let (channel, level) = source.rsplit_once('.')?;
    let is_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let levels = ["DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY"];
    let valid = levels.contains(&level) && !channel.is_empty() && channel.bytes().all(is_name);
    valid.then_some(Head { time, channel, level, rest })
}

fn parse(_: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let context = Context { zone_seconds: event.zone_seconds, near: event.time };
    let head = head(event.message, context).ok_or(Refusal("no_monolog_line"))?;
    let mut fields = Fields::new();
    let mut free = FreeFields::default();
    fields.set(Field::Timestamp, head.time);
    fields.set(Field::LogLevel, head.level);
    fields.set(Field::LogLogger, head.channel);
    let rest = head.rest.trim_end();
    match Thrown::find(rest) {
        Some((before, thrown)) => {
            let message = before.rfind(" {\"").map_or(before, |at| &before[..at]);
            fields.set_present(Field::Message, message.trim_end());
            thrown.set(&mut fields);
        }
        None => {
            let (message, context, extra) = split(rest);
            fields.set_present(Field::Message, message);
            for (name, json) in [("context", context), ("extra", extra)] {
                free.add(name, if matches!(json, "[]" | "{}") { "" } else { json });
            }
        }
    }
    free.set(&mut fields);
    emit.event(Kind::Log, fields);
    Ok(())
}

/// Message, context and extra: JSON at the end of the line, a space before each.
fn split(text: &str) -> (&str, &str, &str) {
    let (before, extra) = last_json(text);
    let (message, context) = last_json(before);
    match (extra.is_empty(), context.is_empty()) {
        // One alone is the context: `ignoreEmptyContextAndExtra`.
        (false, true) => (message, extra, ""),
        _ => (message, context, extra),
    }
}

/// Cuts off JSON at the end; places where it may begin are tried from the right, a few of them.
fn last_json(text: &str) -> (&str, &str) {
    let text = text.trim_end();
    let (open, wanted) = match text.as_bytes().last() {
        Some(b'}') => ('{', "{"),
        Some(b']') => ('[', "["),
        _ => return (text, ""),
    };
    for (at, _) in text.rmatch_indices(open).take(16) {
        let json = &text[at..];
        let stands_apart = at == 0 || text[..at].ends_with(' ');
        if stands_apart
            && json.starts_with(wanted)
            && serde_json::from_str::<serde::de::IgnoredAny>(json).is_ok()
        {
            return (text[..at].trim_end(), json);
        }
    }
    (text, "")
}

/// An exception as Monolog writes it into the context.
struct Thrown<'a> {
    class: &'a str,
    code: &'a str,
    message: &'a str,
    file: &'a str,
    line: Option<u64>,
    trace: &'a str,
}

impl<'a> Thrown<'a> {
    /// The first exception, and the text before its context.
    fn find(text: &'a str) -> Option<(&'a str, Self)> {
        const MARK: &str = "\"[object] (";
        let at = text.find(MARK)?;
        let inside = &text[at + MARK.len()..];
        let (class, rest) = inside.split_once("(code: ")?;
        let (code, rest) = rest.split_once("): ")?;
        let first = rest.split('\n').next().unwrap_or_default();
        let end = first.find(")\"").unwrap_or(first.len());
        let said = first[..end].trim_end_matches(')');
        let (message, place) = said.rsplit_once(" at ").unwrap_or((said, ""));
        let (file, line) = place.rsplit_once(':').unwrap_or((place, ""));
        let trace = rest.find("[stacktrace]").map_or("", |at| &rest[at..]);
        let trace = trace.rfind("\n\"}").map_or(trace, |end| &trace[..end]);
        let valid = !class.is_empty() && !class.contains(['(', ' ', '\n']) && !code.contains('\n');
        let line = decimal::unsigned(line).filter(|line| i64::try_from(*line).is_ok());
        valid.then_some((&text[..at], Self { class, code, message, file, line, trace }))
    }

    fn set(&self, fields: &mut Fields<'a>) {
        for (field, text) in [
            (Field::ErrorType, self.class),
            (Field::ErrorCode, self.code),
            (Field::ErrorMessage, self.message),
            (Field::LogOriginFileName, self.file),
            (Field::ErrorStackTrace, self.trace),
        ] {
            if !text.is_empty() {
                fields.set(field, unescape(text));
            }
        }
        if let Some(line) = self.line {
            fields.set(Field::LogOriginFileLine, line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_any_text, refused, value};
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const START: &str = "[2025-01-02T11:19:06.123456+01:00] app.security.ERROR: ";

    #[test]
    fn context_and_extra_at_the_end() {
        for (rest, message, free) in [
            ("Failed {\"a\":{\"b\":[1]}} []", "Failed", json!({"context": "{\"a\":{\"b\":[1]}}"})),
            ("Failed [] {\"uid\":\"x\"}", "Failed", json!({"extra": "{\"uid\":\"x\"}"})),
            ("Failed {\"a\":1}", "Failed", json!({"context": "{\"a\":1}"})),
            ("Failed [] []", "Failed", json!(null)),
            ("Failed {not json} [x]", "Failed {not json} [x]", json!(null)),
            ("Failed", "Failed", json!(null)),
        ] {
            let event = value(&FORMAT, &format!("{START}{rest}"));
            assert_eq!(
                (&event["message"], &event["catchwater"]["fields"]),
                (&json!(message), &free),
                "{rest}"
            );
            assert_eq!(
                (&event["log"]["logger"], &event["@timestamp"]),
                (&json!("app.security"), &json!("2025-01-02T10:19:06.123456Z"))
            );
        }
    }

    #[test]
    fn an_exception_with_its_trace() {
        let text = format!(
            "{START}Oh no {{\"exception\":\"[object] (App\\\\Bad(code: 7): no at x at /srv/a.php:181)\n[stacktrace]\n#0 /srv/b.php(1): f()\n#1 {{main}}\n\"}} "
        );
        let event = value(&FORMAT, &text);
        assert_eq!(event["message"], "Oh no");
        let trace = "[stacktrace]\n#0 /srv/b.php(1): f()\n#1 {main}";
        assert_eq!(
            event["error"],
            json!({"type": "App\\Bad", "code": "7", "message": "no at x", "stack_trace": trace})
        );
        assert_eq!(event["log"]["origin"]["file"], json!({"name": "/srv/a.php", "line": 181}));
        let event =
            value(&FORMAT, &format!("{START}Oh {{\"exception\":\"[object] (E(code: 0): m at /a:1)\"}} []"));
        assert_eq!((&event["error"]["message"], &event["message"]), (&json!("m"), &json!("Oh")));
    }

    #[test]
    fn what_is_refused() {
        for bad in [
            "",
            "[2025-01-02 11:19:06] x",
            "[2025-01-02 11:19:06] a.LOUD: x",
            "[x] a.ERROR: y",
            "[2025-01-02 11:19:06] ERROR: x",
        ] {
            assert_eq!(refused(&FORMAT, bad), Some("no_monolog_line"), "{bad}");
            assert!(!(FORMAT.detect)(bad));
        }
    }

    proptest! {
        #[test]
        fn any_text(line in any::<String>()) {
            check_any_text(&FORMAT, &line);
        }

        #[test]
        fn any_tail(tail in "(\"\\[object\\] \\(|E\\(code: 0\\): | at |\\{\"a\":1\\}|\\[\\]|\n|[\\{\\}a:é\"\\) ]{0,4}){0,10}") {
            check_any_text(&FORMAT, &format!("{START}{tail}"));
        }
    }
}
