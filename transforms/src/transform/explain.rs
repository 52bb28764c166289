//! Why log events become what they do: the walk as it is, traced, and beside it what every format would say of each.

use super::{Ndjson, Report, Scratch, Transform};
use crate::formats::{Format, LogEvent, Refusal};
use crate::raw::RawRecord;
use crate::single;
use crate::trace::{Entry, Wanted};
use catchwater_schemas::time::Timestamp;
use serde_json::{Value, json};

/// Log events of one log stream that somebody asks about.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// AWS account that owns the log group.
    pub account: &'a str,
    /// Log group.
    pub log_group: &'a str,
    /// Log stream.
    pub log_stream: &'a str,
    /// The log events' own time, milliseconds since the epoch.
    pub time_millis: i64,
    /// Their messages. Their ids are `1`, `2` …
    pub messages: &'a [&'a str],
}

/// What becomes of log events, and why.
#[derive(Debug, Default)]
pub struct Explanation {
    /// The route that counts, from 0; `None` if none matches.
    pub route: Option<usize>,
    /// The format that the route names.
    pub routed: Option<&'static str>,
    /// Log events that were given to a format, in order.
    pub entries: Vec<Explained>,
    /// How all log events ended.
    pub report: Report,
}

/// What came of a log event, and what every format says of it.
#[derive(Debug)]
pub struct Explained {
    /// What came of it.
    pub entry: Entry,
    /// The formats in the order in which they are asked; those of the configuration, which are never asked unless a
    /// route names them, behind them.
    pub verdicts: Vec<Verdict>,
}

/// What a format says of a log event that stands alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The format's name.
    pub format: &'static str,
    /// It is one of the configuration.
    pub own: bool,
    /// It is sure of the line by its looks.
    pub claims: bool,
    /// How many events its parser makes, or why it refuses.
    pub parsed: Result<usize, Refusal>,
}

impl Transform {
    /// Explains what becomes of log events.
    pub fn explain(&self, asked: &Asked<'_>) -> Explanation {
        let place = self.routes.find(asked.account, asked.log_group, asked.log_stream);
        let rule = self.routes.rule(place);
        let (entries, report) = self.trace(asked);
        let time = Timestamp::from_millis(asked.time_millis).unwrap_or_default();
        let explained = |entry: Entry| {
            let mut event = LogEvent {
                message: &entry.message,
                time,
                zone_seconds: rule.zone_seconds,
                json_depth: self.limits.json_depth,
                options: None,
            };
            let built_in = self.formats.iter().map(|format| {
                event.options = rule.options.as_deref().filter(|_| is_of(rule.format, format));
                self.verdict(format, event, false)
            });
            let mut verdicts: Vec<Verdict> = built_in.collect();
            verdicts.extend(self.own.all().map(|(format, pattern)| {
                event.options = Some(pattern.as_ref());
                self.verdict(format, event, true)
            }));
            // What was asked in its place has said it already, with all that it knew of the lines before.
            for verdict in verdicts.iter_mut().filter(|verdict| verdict.format == entry.asked) {
                verdict.parsed = entry.refused.map_or(Ok(entry.events.len()), Err);
            }
            Explained { entry, verdicts }
        };
        Explanation {
            route: (place + 1 < self.routes.len()).then_some(place),
            routed: rule.format.map(|format| format.name),
            entries: entries.into_iter().map(explained).collect(),
            report,
        }
    }

    /// What becomes of log events, with what set each value, and how they ended.
    pub fn trace(&self, asked: &Asked<'_>) -> (Vec<Entry>, Report) {
        let (mut out, mut scratch, mut report) = (Ndjson::default(), Scratch::new(), Report::default());
        scratch.walk.pending.trace = Wanted::new();
        let envelope = envelope(asked);
        let raw = RawRecord {
            data: envelope.as_bytes(),
            arrival_millis: asked.time_millis,
            ..RawRecord::default()
        };
        self.record(&raw, &mut scratch, &mut out, &mut report);
        (scratch.walk.pending.trace.take(), report)
    }

    fn verdict(&self, format: &'static Format, event: LogEvent<'_>, own: bool) -> Verdict {
        let parsed = single::events(format, event, &self.stages).map(|events| events.len());
        Verdict { format: format.name, own, claims: (format.detect)(event.message), parsed }
    }
}

fn is_of(routed: Option<&'static Format>, format: &'static Format) -> bool {
    routed.is_some_and(|routed| std::ptr::eq(routed, format))
}

/// The log events as CloudWatch delivers them.
fn envelope(asked: &Asked<'_>) -> String {
    let numbered = (1..).zip(asked.messages);
    let log_events: Vec<Value> = numbered
        .map(|(id, message)| json!({"id": format!("{id}"), "timestamp": asked.time_millis, "message": message}))
        .collect();
    // The members stand as CloudWatch writes them: what the log events are of comes first.
    format!(
        "{{\"messageType\":\"DATA_MESSAGE\",\"owner\":{},\"logGroup\":{},\"logStream\":{},\"logEvents\":{}}}",
        json!(asked.account),
        json!(asked.log_group),
        json!(asked.log_stream),
        json!(log_events)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Origin;
    use crate::transform::Parts;
    use catchwater_schemas::config::{self, Route, UserPrivacy};
    use catchwater_schemas::field::Field;
    use std::collections::BTreeMap;

    const LINE: &str = r#"203.0.113.9 - frank [10/Oct/2026:13:55:36 +0000] "GET /item/12345?q=maps&token=x HTTP/1.1" 200 2326 "-" "curl/8.1""#;

    fn explained(parts: &Parts, messages: &[&str]) -> Explanation {
        let asked = Asked { log_group: "/web", log_stream: "s", messages, ..Asked::default() };
        Transform::new(parts).unwrap().explain(&asked)
    }

    fn origins(explanation: &Explanation, field: Field) -> Vec<Origin> {
        let fields = &explanation.entries[0].entry.events[0].fields;
        fields.iter().find(|traced| traced.field == field).map(|t| t.origins.clone()).unwrap_or_default()
    }

    #[test]
    fn tells_of_each_value_what_set_it_and_what_changed_it() {
        use Origin::{Format, Identity, LogStream, Pipeline, Privacy, Query, Redaction};
        let privacy = config::Privacy { users: UserPrivacy::Drop, ..Default::default() };
        let route =
            Route { log_group: Some("/web".into()), service: Some("catalogue".into()), ..Route::default() };
        let parts = Parts {
            privacy,
            routes: vec![Route { log_group: Some("/x".into()), ..Route::default() }, route],
            ..Parts::default()
        };
        let told = explained(&parts, &[LINE]);
        assert_eq!((told.route, told.routed, told.entries.len()), (Some(1), None, 1));
        for (field, expected) in [
            (Field::Timestamp, vec![Format]),
            (Field::EventId, vec![Pipeline]),
            (Field::ServiceName, vec![Origin::Route]),
            (Field::Kind, vec![Format]),
            (Field::AwsLogGroup, vec![LogStream]),
            (Field::Operation, vec![Query]),
            (Field::QueryText, vec![Query]),
            (Field::UrlQuery, vec![Format, Redaction]),
            (Field::UserName, vec![Format, Privacy]),
            (Field::Who, vec![Identity, Privacy]),
            (Field::WhoClass, vec![Identity]),
        ] {
            assert_eq!(origins(&told, field), expected, "{field:?}");
        }
        let event = &told.entries[0].entry.events[0];
        let user = event.fields.iter().find(|traced| traced.field == Field::UserName).unwrap();
        assert!(user.removed && !event.json.contains("frank"), "{}", event.json);
    }

    #[test]
    fn the_event_is_that_of_the_pipeline() {
        let transform = Transform::new(&Parts::default()).unwrap();
        let asked =
            Asked { log_group: "/web", log_stream: "s", messages: &[LINE, "no line"], ..Asked::default() };
        let data = envelope(&asked);
        let (mut out, mut report) = (Ndjson::default(), Report::default());
        let raw = RawRecord { data: data.as_bytes(), ..RawRecord::default() };
        transform.record(&raw, &mut Scratch::new(), &mut out, &mut report);
        let told = transform.explain(&asked);
        let events = told.entries.iter().flat_map(|e| &e.entry.events).map(|e| format!("{}\n", e.json));
        assert_eq!(events.collect::<String>(), String::from_utf8(out.0).unwrap());
        assert_eq!(told.report.account.delivered, 2);
    }

    #[test]
    fn every_format_says_whether_it_claims_and_takes_the_line() {
        let door = config::UserFormat { pattern: Some("^(?<who>[a-z]+) opens".into()), ..Default::default() };
        let parts = Parts { formats: BTreeMap::from([("door".into(), door)]), ..Parts::default() };
        let told = explained(&parts, &["bob opens"]);
        let said = |name: &str| *told.entries[0].verdicts.iter().find(|v| v.format == name).unwrap();
        assert_eq!(told.entries[0].verdicts.len(), crate::formats::REGISTRY.len() + 1);
        assert_eq!((said("door").own, said("door").parsed), (true, Ok(1)));
        assert_eq!((said("plain").claims, said("plain").parsed), (false, Ok(1)));
        assert!(said("json").parsed.is_err());
        assert_eq!(told.entries[0].entry.asked, "plain");
    }

    #[test]
    fn a_refusal_is_told_and_what_plain_made_of_it() {
        let routes = vec![Route { format: Some("aws_alb".into()), ..Route::default() }];
        let told = explained(&Parts { routes, ..Parts::default() }, &["no such line"]);
        let entry = &told.entries[0].entry;
        assert_eq!((told.routed, entry.asked, entry.events.len()), (Some("aws_alb"), "aws_alb", 1));
        assert!(entry.refused.is_some());
        let verdict = told.entries[0].verdicts.iter().find(|v| v.format == "aws_alb").unwrap();
        assert_eq!(verdict.parsed.err(), entry.refused);
        assert_eq!(origins(&told, Field::ParseFailure), [Origin::Pipeline]);
    }

    #[test]
    fn log_events_that_are_joined_are_one_entry() {
        let lines = [
            "2012-07-02 10:22:40,672 ERROR x",
            "Traceback (most recent call last):",
            "  File \"a\", line 1",
            "KeyError: 'a'",
            "y",
        ];
        let told = explained(&Parts::default(), &lines);
        let ids: Vec<&str> = told.entries.iter().map(|e| e.entry.source_id.as_str()).collect();
        assert_eq!(ids, ["1", "5"]);
        assert_eq!(told.entries[0].entry.message.lines().count(), 4);
    }
}
