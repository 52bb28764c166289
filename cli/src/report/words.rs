//! What every format says of the whole answer: its range, and what an empty one means.

use super::Shown;
use super::harmless::harmless;
use super::values::for_people;
use catchwater_consumer_sqlite::report::answer::{Cell, Unit};

/// The range that was asked for.
pub fn range(shown: &Shown<'_>) -> String {
    let time = |nanos: i64| for_people(&Cell::Integer(nanos), Unit::Time);
    match (shown.filter.since_ns, shown.filter.until_ns) {
        (None, None) => "all events".into(),
        (Some(since), None) => format!("since {}", time(since)),
        (None, Some(until)) => format!("before {}", time(until)),
        (Some(since), Some(until)) => format!("from {} to before {}", time(since), time(until)),
    }
}

/// What an empty answer means and what to do, a line each.
pub fn of_nothing(shown: &Shown<'_>) -> Vec<String> {
    let answer = shown.answer;
    let filter = shown.filter;
    let mut limits = Vec::new();
    if filter.since_ns.is_some() || filter.until_ns.is_some() {
        limits.push(range(shown));
    }
    limits.extend(filter.service.iter().map(|service| format!("of service {}", harmless(service))));
    let within = if limits.is_empty() { String::new() } else { format!(" ({})", limits.join(", ")) };
    let mut lines = vec![format!("There are no {}{within}.", answer.of_what)];
    let held = &answer.holdings;
    let time = |at: Option<i64>| at.map(|at| for_people(&Cell::Integer(at), Unit::Time)).unwrap_or_default();
    if held.by_kind.is_empty() {
        lines.push(
            "The store is empty. Send logs with `catchwater put FILE` while `catchwater up` runs.".into(),
        );
        return lines;
    }
    let kinds = held.by_kind.iter().map(|(kind, count)| {
        format!(
            "{} {kind}",
            for_people(&Cell::Integer(i64::try_from(*count).unwrap_or(i64::MAX)), Unit::Count)
        )
    });
    lines.push(format!(
        "The store holds events from {} to {}: {}.",
        time(held.first_ns),
        time(held.last_ns),
        kinds.collect::<Vec<_>>().join(", ")
    ));
    if !answer.meant.is_empty() {
        let meant: Vec<_> = answer.meant.iter().map(|name| harmless(name)).collect();
        lines.push(format!("Did you mean {}?", meant.join(", ")));
    }
    lines.push(match answer.report {
        "agent" => "Widen --since and --until, or put * for what you do not know of the name.".into(),
        _ if !limits.is_empty() => {
            "Widen --since and --until, or leave --service out.".into()
        }
        _ => "The formats that make such events stand in docs/formats; `catchwater parse < FILE` shows what becomes of a log."
            .into(),
    });
    lines
}
