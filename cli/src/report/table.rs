//! A report on a terminal: the whole in a line or two, then a table a section, cut to the terminal's width.

use super::layout::{GAP, Layout, fit};
use super::runs::{self, Line};
use super::values::for_people;
use super::{Look, Shown, bars, words};
use catchwater_consumer_sqlite::report::answer::{Cell, Column, Section};
use unicode_width::UnicodeWidthStr;

/// Bars of one chart.
const MOST_BARS: usize = 48;

const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "31";
const CYAN: &str = "36";

/// The whole report.
pub fn render(shown: &Shown<'_>, look: Look) -> String {
    let mut page = Page { look, out: String::new() };
    page.line(BOLD, &super::harmless::harmless(&shown.answer.title));
    if shown.answer.is_empty {
        words::of_nothing(shown).iter().for_each(|line| page.line("", line));
        return page.out;
    }
    page.facts(shown);
    for section in &shown.answer.sections {
        page.section(section);
    }
    page.out
}

struct Page {
    look: Look,
    out: String,
}

impl Page {
    fn paint(&mut self, colour: &str, text: &str) {
        if self.look.colours && !colour.is_empty() && !text.trim().is_empty() {
            self.out.push_str(&format!("\x1b[{colour}m{text}\x1b[0m"));
        } else {
            self.out.push_str(text);
        }
    }

    fn line(&mut self, colour: &str, text: &str) {
        self.paint(colour, text.trim_end());
        self.out.push('\n');
    }

    /// The numbers of the whole, as many on a line as fit.
    fn facts(&mut self, shown: &Shown<'_>) {
        let facts = shown.answer.facts.iter().filter(|fact| fact.value != Cell::Null);
        let facts = facts.map(|f| format!("{} {}", f.column.title, for_people(&f.value, f.column.unit)));
        let width = self.look.width.unwrap_or(100);
        let mut line = String::new();
        for fact in facts {
            if !line.is_empty() && line.width() + 3 + fact.width() > width {
                self.line("", &line);
                line.clear();
            }
            if !line.is_empty() {
                line.push_str("   ");
            }
            line.push_str(&fact);
        }
        self.line("", &line);
        let service = shown.filter.service.as_deref().map(|s| format!(", service {s}")).unwrap_or_default();
        let told = format!("{}{service}, times in UTC", words::range(shown));
        self.line(DIM, &super::harmless::harmless(&told));
    }

    fn section(&mut self, section: &Section) {
        self.out.push('\n');
        self.paint(BOLD, section.title);
        if !section.is_complete() {
            let count = |n: u64| {
                for_people(
                    &Cell::Integer(i64::try_from(n).unwrap_or(i64::MAX)),
                    catchwater_consumer_sqlite::report::answer::Unit::Count,
                )
            };
            let told = format!(
                "  {} of {}; --limit shows more",
                count(section.rows.len() as u64),
                count(section.total_rows)
            );
            self.paint(DIM, &told);
        }
        self.out.push('\n');
        if section.rows.is_empty() {
            return self.line("", section.empty);
        }
        let layout = Layout::of(section, self.look.width);
        self.head(&layout);
        for line in runs::of(section) {
            match line {
                Line::Row(n) => self.row(&layout.columns, layout.rows.get(n).map_or(&[], Vec::as_slice)),
                Line::Empty(rows) => {
                    let mark = self.mark();
                    self.line(DIM, &format!("{mark} {} without events", rows.len()));
                }
            }
        }
        if !layout.left_out.is_empty() {
            let told = format!("no room for: {} (--format json has all)", layout.left_out.join(", "));
            self.line(DIM, &told);
        }
        if self.look.chart {
            self.chart(section);
        }
    }

    fn mark(&self) -> char {
        if self.look.unicode { '…' } else { '~' }
    }

    fn head(&mut self, layout: &Layout) {
        let gap = " ".repeat(GAP);
        let titles =
            layout.columns.iter().map(|(column, width)| fit(column.title, column.unit, *width, self.mark()));
        let titles = titles.collect::<Vec<_>>().join(&gap);
        self.line(BOLD, &titles);
        let rule = if self.look.unicode { "─" } else { "-" };
        let rules = layout.columns.iter().map(|(_, width)| rule.repeat(*width));
        let rules = rules.collect::<Vec<_>>().join(&gap);
        self.line(DIM, &rules);
    }

    fn row(&mut self, columns: &[(Column, usize)], row: &[String]) {
        let start = self.out.len();
        for (n, ((column, width), text)) in columns.iter().zip(row).enumerate() {
            if n > 0 {
                self.out.push_str(&" ".repeat(GAP));
            }
            let cell = fit(text, column.unit, *width, self.mark());
            self.paint(colour(column, text), &cell);
        }
        let end = self.out[start..].trim_end_matches(' ').len();
        self.out.truncate(start + end);
        self.out.push('\n');
    }

    fn chart(&mut self, section: &Section) {
        let Some((bars, of_each)) = bars::of(section, MOST_BARS) else { return };
        let width = self.look.width.unwrap_or(100).min(140);
        self.out.push('\n');
        for (label, bar, number) in bars::lines(section, &bars, width, self.look.unicode) {
            self.out.push_str(&label);
            self.out.push_str("  ");
            self.paint(CYAN, &bar);
            self.out.push_str("  ");
            self.line("", &number);
        }
        if of_each > 1 {
            self.line(DIM, &format!("a bar is {of_each} rows"));
        }
    }
}

fn colour(column: &Column, text: &str) -> &'static str {
    match (column.name, text) {
        ("errors" | "failures", "0") => DIM,
        ("errors" | "failures", _) => RED,
        ("outcome" | "status", "fail" | "failure") => RED,
        ("status", status) if status.len() == 3 && status.starts_with('5') => RED,
        ("share", _) => DIM,
        _ => "",
    }
}
