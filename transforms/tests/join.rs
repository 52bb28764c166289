//! Log events that go on with the one before them come out as one event, and are counted.

mod envelopes;

use catchwater_schemas::config::{Limits, Multiline, Route};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Fields;
use catchwater_transforms::emit::Emit;
use catchwater_transforms::formats::{Format, LogEvent, RecordState, Refusal};
use envelopes::*;

/// Joins what begins with `>`, and up to one blank line.
static QUOTE: Format = Format {
    name: "quote",
    detect: |line| line.starts_with('q'),
    parse: quote,
    continues: Some(|group, message| {
        *group.state += u32::from(message.is_empty());
        message.starts_with('>') || message.is_empty() && *group.state == 1
    }),
    ..Format::DEFAULTS
};
static FORMATS: &[&Format] = &[&QUOTE];

fn quote(_: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let mut fields = Fields::new();
    fields.set(Field::Message, event.message);
    emit.event(Kind::Log, fields);
    Ok(())
}

fn lines(texts: &[&str]) -> String {
    let events: Vec<_> = texts
        .iter()
        .enumerate()
        .map(|(n, t)| log_event(&n.to_string(), 1_700_000_000_000 + n as i64, t))
        .collect();
    head_first(&envelope("/g", "s", &events))
}

fn in_envelope(
    routes: &[Route],
    limits: Limits,
    texts: &[&str],
) -> (Vec<serde_json::Value>, catchwater_transforms::transform::Report) {
    run(&with_formats(routes, limits, FORMATS), &[lines(texts).as_bytes()])
}

#[test]
fn by_the_formats_rule_with_the_first_ones_identity_and_time() {
    let texts = ["q1", "> a", "", "> b", "", "x", "> not of a quote", "q2"];
    let (events, report) = in_envelope(&[], Limits::default(), &texts);
    assert_eq!(messages(&events), ["q1\n> a\n\n> b", "x", "> not of a quote", "q2"]);
    let (alone, _) = in_envelope(&[], Limits::default(), &["q1"]);
    assert_eq!(at(&events[0], "/event/id"), at(&alone[0], "/event/id"));
    assert_eq!(at(&events[3], "/@timestamp"), "2023-11-14T22:13:20.007Z");
    assert_eq!((report.account.parsed, report.account.joined), (4, 3));
    assert_eq!(report.account.filtered["empty"], 1);
}

#[test]
fn not_across_records_and_log_streams() {
    let (first, second) = (lines(&["q1"]), lines(&["> a"]));
    let transform = with_formats(&[], Limits::default(), FORMATS);
    let (events, _) = run(&transform, &[first.as_bytes(), second.as_bytes()]);
    assert_eq!(messages(&events), ["q1", "> a"]);
    let (events, _) = run(&transform, &[format!("{first}{second}").as_bytes()]);
    assert_eq!(messages(&events), ["q1", "> a"]);
}

#[test]
fn as_the_route_says() {
    let route = |multiline| [Route { multiline, ..Route::default() }];
    let texts = ["q1", "> a", "b 1", "b 2"];
    for (multiline, expected) in [
        (Multiline::Off, vec!["q1", "> a", "b 1", "b 2"]),
        (Multiline::Starts("^q".into()), vec!["q1\n> a\nb 1\nb 2"]),
        (Multiline::Starts("^q|1$".into()), vec!["q1\n> a", "b 1\nb 2"]),
        (Multiline::Continues("^b".into()), vec!["q1", "> a\nb 1\nb 2"]),
    ] {
        let (events, _) = in_envelope(&route(multiline), Limits::default(), &texts);
        assert_eq!(messages(&events), expected);
    }
}

#[test]
fn a_line_that_another_format_is_sure_of_is_not_joined() {
    let statement = "2026-10-10 13:55:36 UTC [7] bob@db LOG:  statement: SELECT 1,";
    let access = r#"192.0.2.1 - - [10/Oct/2026:13:55:36 +0000] "GET /a HTTP/1.1" 200 23 "-" "curl/8""#;
    let texts = [statement, "  2,", "3", access, "4"];
    let formats = |route: &Route| {
        let data = lines(&texts);
        let (events, _) = run(
            &with_formats(
                std::slice::from_ref(route),
                Limits::default(),
                catchwater_transforms::formats::REGISTRY,
            ),
            &[data.as_bytes()],
        );
        events.iter().map(|e| at(e, "/catchwater/format").to_string()).collect::<Vec<_>>()
    };
    assert_eq!(formats(&Route::default()), ["postgresql", "apache_access", "plain"]);
    let named = Route { format: Some("postgresql".into()), ..Route::default() };
    assert_eq!(formats(&named), ["postgresql"]);
}

#[test]
fn what_is_joined_is_bounded() {
    let limits = Limits { message_bytes: 300, ..Limits::default() };
    let long = format!("> {}", "a".repeat(200));
    let (events, report) = in_envelope(&[], limits, &["q", &long, &long, &long, "q2"]);
    assert_eq!(at(&events[0], "/message").len(), 300);
    assert_eq!(events[0]["catchwater"]["truncated"], true);
    assert_eq!((events.len(), report.account.joined, report.truncated), (2, 3, 1));
}
