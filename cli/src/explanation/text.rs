//! The explanation for people: which route and format, what each format says, and each event's fields in a table.

use super::{Asked, PLAIN, Row, made_by, rows};
use crate::report::Look;
use crate::report::harmless::harmless;
use crate::report::layout::fit;
use catchwater_consumer_sqlite::report::answer::Unit;
use catchwater_schemas::account::Account;
use catchwater_transforms::trace::{Origin, TracedEvent};
use catchwater_transforms::transform::explain::{Explained, Verdict};
use serde_json::Value;
use std::collections::BTreeMap;

const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "31";
const GREEN: &str = "32";
const YELLOW: &str = "33";
const BLUE: &str = "34";

/// So many log events are shown.
const MOST_ENTRIES: usize = 20;
/// A line is quoted up to here where no terminal says how much room there is.
const MOST_QUOTED: usize = 100;
/// The words before a fact stand in a column.
const LABEL: usize = 8;
/// A value is cut to no less.
const NARROWEST_VALUE: usize = 20;

/// The whole explanation; it ends with a line break.
pub fn render(asked: &Asked<'_>, look: Look) -> String {
    let mut page = Page { look, out: String::new() };
    page.fact("route", &route(asked));
    let entries = &asked.told.entries;
    for explained in entries.iter().take(MOST_ENTRIES) {
        page.entry(asked, explained, entries.len() > 1);
    }
    if entries.len() > MOST_ENTRIES {
        page.line(DIM, &format!("\n{} more log events; --json has all", entries.len() - MOST_ENTRIES));
    }
    page.end(asked);
    page.out
}

/// The route as a person tells it apart.
fn route(asked: &Asked<'_>) -> String {
    let (Some(route), Some(place)) = (asked.route, asked.told.route) else { return "none matches".into() };
    let given = [
        ("account", &route.account),
        ("log_group", &route.log_group),
        ("log_stream", &route.log_stream),
        ("format", &route.format),
        ("service", &route.service),
        ("timezone", &route.timezone),
        ("drop", &route.drop),
    ];
    let given =
        given.iter().filter_map(|(key, value)| value.as_ref().map(|value| format!("{key} = {value:?}")));
    format!("{} ({})", place + 1, given.collect::<Vec<_>>().join(", "))
}

struct Page {
    look: Look,
    out: String,
}

impl Page {
    fn paint(&mut self, colour: &str, text: &str) {
        if self.look.colours && !colour.is_empty() {
            self.out.push_str(&format!("\x1b[{colour}m{text}\x1b[0m"));
        } else {
            self.out.push_str(text);
        }
    }

    fn line(&mut self, colour: &str, text: &str) {
        self.paint(colour, text);
        self.out.push('\n');
    }

    fn fact(&mut self, label: &str, text: &str) {
        self.paint(BOLD, &format!("{label:<LABEL$}"));
        self.line("", text);
    }

    fn mark(&self) -> char {
        if self.look.unicode { '…' } else { '~' }
    }

    fn entry(&mut self, asked: &Asked<'_>, explained: &Explained, one_of_many: bool) {
        let entry = &explained.entry;
        if one_of_many {
            let lines = entry.message.lines().count();
            let more = if lines > 1 { format!(" and {} more", lines - 1) } else { String::new() };
            let place = format!("\nline {}{more}  ", entry.source_id);
            let first = entry.message.lines().next().unwrap_or_default();
            let first = asked.redactor.text(first).unwrap_or_else(|| first.to_string());
            let room =
                self.look.width.unwrap_or(MOST_QUOTED).saturating_sub(place.len()).max(NARROWEST_VALUE);
            let quoted = fit(&harmless(&first), Unit::Text, room, self.mark());
            self.paint(BOLD, &place);
            self.line(DIM, quoted.trim_end());
        }
        self.fact("format", &format!("{}: {}", entry.asked, asked.why(explained)));
        if let Some(refusal) = entry.refused {
            let told =
                format!("{:LABEL$}it refuses the line ({}), so that the line is plain text", "", refusal.0);
            self.line(YELLOW, &told);
        }
        self.takers(&explained.verdicts);
        if !one_of_many {
            self.others(&explained.verdicts);
        }
        if entry.events.is_empty() {
            self.line(YELLOW, "no event of its own: a header, or part of another line's event");
        }
        for (n, event) in entry.events.iter().enumerate() {
            self.event(n + 1, made_by(entry), event);
        }
    }

    /// A line for each format that claims the line or takes it.
    fn takers(&mut self, verdicts: &[Verdict]) {
        let width = verdicts.iter().filter(takes).map(|v| v.format.len()).max().unwrap_or_default();
        self.out.push('\n');
        self.line(BOLD, &format!("{:<width$}  claims it  its parser", "format"));
        for verdict in verdicts.iter().filter(takes) {
            let claims = if verdict.claims { "yes" } else { "no" };
            self.out.push_str(&format!("{:<width$}  {claims:<9}  ", verdict.format));
            match verdict.parsed {
                Ok(1) => self.paint(GREEN, "takes it"),
                Ok(0) => self.paint(GREEN, "takes it, and makes no event of it alone"),
                Ok(events) => self.paint(GREEN, &format!("takes it: {events} events")),
                Err(refusal) => self.paint(RED, &format!("refuses it: {}", refusal.0)),
            }
            self.line(DIM, if verdict.own { "  (of the configuration)" } else { "" });
        }
    }

    /// The other formats, by their reason.
    fn others(&mut self, verdicts: &[Verdict]) {
        let mut others: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for verdict in verdicts.iter().filter(|verdict| !takes(verdict)) {
            if let Err(refusal) = verdict.parsed {
                others.entry(refusal.0).or_default().push(verdict.format);
            }
        }
        if others.is_empty() {
            return;
        }
        self.line(DIM, "neither claimed nor taken by the others, with the parser's reason:");
        for (reason, formats) in others {
            self.line(DIM, &format!("  {reason}: {}", formats.join(", ")));
        }
    }

    fn event(&mut self, number: usize, format: &str, traced: &TracedEvent) {
        let event: Value = serde_json::from_str(&traced.json).unwrap_or_default();
        let kind = event.pointer("/catchwater/kind").and_then(Value::as_str).unwrap_or_default();
        self.line(BOLD, &format!("\nevent {number}: {kind}, by {format}"));
        let rows = rows(&event, traced);
        let names = rows.iter().map(|row| row.name.len()).max().unwrap_or_default();
        let origins = rows.iter().map(|row| told(row).len()).max().unwrap_or_default().max("from".len());
        self.line(DIM, &format!("{:<names$}  {:<origins$}  value", "field", "from"));
        let room =
            self.look.width.map(|width| width.saturating_sub(names + origins + 4).max(NARROWEST_VALUE));
        for row in &rows {
            self.paint(BLUE, &format!("{:<names$}", harmless(&row.name)));
            self.paint(DIM, &format!("  {:<origins$}  ", told(row)));
            match row.value {
                Some(value) => {
                    let text = value.as_str().map_or_else(|| value.to_string(), String::from);
                    let text = harmless(&text);
                    let text =
                        room.map_or(text.to_string(), |room| fit(&text, Unit::Text, room, self.mark()));
                    self.line("", text.trim_end());
                }
                None => self.line(RED, "(taken away)"),
            }
        }
    }

    fn end(&mut self, asked: &Asked<'_>) {
        let account = &asked.told.report.account;
        for (what, reasons) in [("filtered", &account.filtered), ("dead letters", &account.dead)] {
            if Account::total(reasons) > 0 {
                let reasons: Vec<String> =
                    reasons.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
                self.line(YELLOW, &format!("\n{what}: {}", reasons.join(", ")));
            }
        }
        if asked.told.entries.len() > 1 {
            self.line(DIM, "\nwhy the other formats refuse these lines: --json, or a line alone");
        }
        if asked.cut {
            self.line(YELLOW, "\nonly the first MiB of the input was read");
        }
        if !asked.is_typed() {
            let events = asked.told.entries.iter().any(|explained| !explained.entry.events.is_empty());
            let told = if events {
                format!("nothing but `{PLAIN}` took it: no typed event came out")
            } else {
                "no event came out".into()
            };
            self.line(YELLOW, &format!("\n{told}"));
        }
    }
}

fn takes(verdict: &&Verdict) -> bool {
    verdict.claims || verdict.parsed.is_ok()
}

fn told(row: &Row<'_>) -> String {
    row.origins.iter().copied().map(Origin::name).collect::<Vec<_>>().join(", ")
}
