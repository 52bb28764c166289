//! Runs one format over lines, for the formats' own tests.

use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::{Emit, Pending, Stages};
use crate::single;
use catchwater_schemas::event::Event;
use catchwater_schemas::id::Scope;
use catchwater_schemas::time::Timestamp;
use serde_json::Value;
use std::any::Any;

/// What is done with a format.
#[derive(Clone, Copy)]
enum Step<'a> {
    Parse(&'a str),
    Finish,
}

/// The events of one step; a format that holds log events back has nothing held where a line stands alone.
fn run(format: &'static Format, state: &mut RecordState, line: &str) -> Result<Vec<String>, Refusal> {
    let mut events = step(format, state, Step::Parse(line), None)?;
    if events.is_empty() {
        events = step(format, state, Step::Finish, None)?;
    }
    Ok(events)
}

fn step(
    format: &'static Format,
    state: &mut RecordState,
    step: Step<'_>,
    options: Option<&(dyn Any + Send + Sync)>,
) -> Result<Vec<String>, Refusal> {
    let scope = Scope { account: "123456789012", region: "", log_group: "group", log_stream: "stream" };
    let lineage = single::lineage(&scope);
    let stages = Stages::default();
    let mut pending = Pending::default();
    let time = Timestamp::from_seconds(1_600_000_000).unwrap();
    let line = if let Step::Parse(line) = step { line } else { "" };
    let mut emit = Emit::new(&lineage, &stages, format.name, "1", time, line, &mut pending);
    match (step, format.finish) {
        (Step::Parse(message), _) => {
            let event = LogEvent { message, time, zone_seconds: 0, json_depth: 64, options };
            (format.parse)(state, event, &mut emit)?;
        }
        (Step::Finish, Some(finish)) => finish(state, &mut emit),
        (Step::Finish, None) => (),
    }
    Ok(pending.events().map(|e| String::from_utf8(e.to_vec()).unwrap()).collect())
}

/// The one event of a line.
pub fn value(format: &'static Format, line: &str) -> Value {
    let mut events = in_one_record(format, &[line]);
    assert_eq!(events.len(), 1, "{line}");
    events.remove(0)
}

/// The events of lines of one raw record; behind them those that were held back.
pub fn in_one_record(format: &'static Format, lines: &[&str]) -> Vec<Value> {
    with_options(format, None, lines)
}

/// As [`in_one_record`], by a route that gives options.
pub fn with_options(
    format: &'static Format,
    options: Option<&(dyn Any + Send + Sync)>,
    lines: &[&str],
) -> Vec<Value> {
    let mut state = RecordState::default();
    let steps = lines.iter().map(|line| Step::Parse(line)).chain([Step::Finish]);
    let events =
        steps.flat_map(|s| step(format, &mut state, s, options).unwrap_or_else(|e| panic!("{e}: {lines:?}")));
    events.map(|e| serde_json::from_str(&e).unwrap()).collect()
}

/// The reason for which a line is refused.
pub fn refused(format: &'static Format, line: &str) -> Option<&'static str> {
    run(format, &mut RecordState::default(), line).err().map(|r| r.0)
}

/// What must hold for any text whatever: what [`check_events`] says, and a line that is surely of the format is not
/// refused.
pub fn check_any_text(format: &'static Format, line: &str) {
    if let Some(reason) = check_events(format, line) {
        // The start of a line may tell its format, and the rest be cut off or broken.
        let cut = reason.ends_with("_cut") || matches!(reason, "not_json" | "json_too_deep");
        assert!(cut || !(format.detect)(line), "detected and refused: {line}");
    }
}

/// No panic, valid events of a size that the line bounds, each on one line, the same twice; or the reason why not.
pub fn check_events(format: &'static Format, line: &str) -> Option<&'static str> {
    let once = run(format, &mut RecordState::default(), line);
    assert_eq!(once, run(format, &mut RecordState::default(), line));
    match once {
        Ok(events) => {
            assert!(!events.is_empty(), "taken, and no event: {line}");
            for event in &events {
                let read = Event::read(event).unwrap_or_else(|e| panic!("{e}: {event}"));
                assert_eq!(read.json, event);
                let value: Value = serde_json::from_str(event).unwrap();
                assert!(value.is_object() && !event.contains('\n'), "{event}");
                // An escaped control character is six times as long; some fields stand twice (who, service).
                assert!(event.len() <= 20 * line.len() + 2_000, "{} bytes of {}", event.len(), line.len());
            }
        }
        Err(refusal) => {
            assert!(!refusal.0.is_empty());
            return Some(refusal.0);
        }
    }
    None
}
