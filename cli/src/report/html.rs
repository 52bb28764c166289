//! A report as one page: no script, no request to anywhere (a policy in it forbids them), light and dark, printable.

use super::harmless::harmless;
use super::runs::{self, Line};
use super::values::for_people;
use super::{Shown, svg, words};
use catchwater_consumer_sqlite::report::answer::{Cell, Column, Section, Unit};
use catchwater_schemas::time::Timestamp;
use std::fmt::Write;

const STYLE: &str = include_str!("page.css");

/// The page.
pub fn render(shown: &Shown<'_>) -> String {
    let answer = shown.answer;
    let title = escaped(&answer.title);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>{title}</h1>\n"
    );
    let service = shown.filter.service.as_deref().map(|s| format!(", service {s}")).unwrap_or_default();
    let told = escaped(&format!("{}{service}, times in UTC", words::range(shown)));
    // Writing into a string cannot fail.
    let _ = writeln!(out, "<p class=\"quiet\">{told}</p>\n</header>\n<main>");
    if answer.is_empty {
        for line in words::of_nothing(shown) {
            let _ = writeln!(out, "<p>{}</p>", escaped(&line));
        }
    } else {
        facts(&mut out, shown);
        answer.sections.iter().for_each(|section| self::section(&mut out, section));
    }
    out.push_str("</main>\n");
    footer(&mut out, shown);
    out.push_str("</body>\n</html>\n");
    out
}

/// Text for HTML, also inside of quotes.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in harmless(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

fn value(cell: &Cell, unit: Unit) -> String {
    let text = escaped(&for_people(cell, unit));
    match (cell, unit) {
        (Cell::Integer(nanos), Unit::Time | Unit::Instant) => {
            format!("<time datetime=\"{}\">{text}</time>", Timestamp::from_nanos(*nanos))
        }
        _ => text,
    }
}

fn facts(out: &mut String, shown: &Shown<'_>) {
    out.push_str("<dl class=\"facts\">\n");
    for fact in shown.answer.facts.iter().filter(|fact| fact.value != Cell::Null) {
        let _ = writeln!(
            out,
            "<div><dt>{}</dt><dd>{}</dd></div>",
            fact.column.title,
            value(&fact.value, fact.column.unit)
        );
    }
    out.push_str("</dl>\n");
}

fn section(out: &mut String, section: &Section) {
    let _ = writeln!(out, "<section>\n<h2>{}</h2>", escaped(section.title));
    if section.rows.is_empty() {
        let _ = writeln!(out, "<p>{}</p>\n</section>", escaped(section.empty));
        return;
    }
    out.push_str(&svg::chart(section).unwrap_or_default());
    let kept: Vec<usize> = (0..section.columns.len())
        .filter(|n| {
            section.columns[*n].rank == 0 || section.rows.iter().any(|row| row.get(*n) != Some(&Cell::Null))
        })
        .collect();
    let count = |n: u64| for_people(&Cell::Integer(i64::try_from(n).unwrap_or(i64::MAX)), Unit::Count);
    let told = match section.is_complete() {
        true if section.total_rows == 1 => "1 row".into(),
        true => format!("{} rows", count(section.total_rows)),
        false => format!("{} of {} rows", count(section.rows.len() as u64), count(section.total_rows)),
    };
    let title = escaped(section.title);
    // With a tab index a wide table can be scrolled by the keyboard too.
    let _ = writeln!(
        out,
        "<div class=\"wide\" tabindex=\"0\"><table aria-label=\"{title}\">\n<caption>{told}</caption>\n<thead><tr>"
    );
    for n in &kept {
        let column = &section.columns[*n];
        let _ =
            writeln!(out, "<th scope=\"col\"{}>{}</th>", class(column, &Cell::Null), escaped(column.title));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for line in runs::of(section) {
        match line {
            Line::Row(n) => row(out, section, &kept, n),
            Line::Empty(rows) => {
                let (columns, rows) = (kept.len(), rows.len());
                let _ = writeln!(
                    out,
                    "<tr><td class=\"quiet\" colspan=\"{columns}\">… {rows} without events</td></tr>"
                );
            }
        }
    }
    out.push_str("</tbody>\n</table></div>\n</section>\n");
}

fn row(out: &mut String, section: &Section, kept: &[usize], n: usize) {
    let cells = section.rows.get(n).map_or(&[][..], Vec::as_slice);
    out.push_str("<tr>");
    for n in kept {
        let (column, cell) = (&section.columns[*n], cells.get(*n).unwrap_or(&Cell::Null));
        let _ = write!(out, "<td{}>{}</td>", class(column, cell), value(cell, column.unit));
    }
    out.push_str("</tr>\n");
}

fn class(column: &Column, cell: &Cell) -> &'static str {
    let is_bad = match (column.name, cell) {
        ("errors" | "failures", Cell::Integer(number)) => *number > 0,
        ("outcome" | "status", Cell::Text(text)) => matches!(text.as_str(), "fail" | "failure"),
        ("status", Cell::Integer(status)) => (500..600).contains(status),
        _ => false,
    };
    match (column.unit, is_bad) {
        (Unit::Count | Unit::Share | Unit::Bytes | Unit::Nanos, false) => " class=\"number\"",
        (Unit::Count | Unit::Share | Unit::Bytes | Unit::Nanos, true) => " class=\"number bad\"",
        (_, true) => " class=\"bad\"",
        (_, false) => "",
    }
}

fn footer(out: &mut String, shown: &Shown<'_>) {
    let answer = shown.answer;
    let held = &answer.holdings;
    let events: u64 = held.by_kind.iter().map(|(_, count)| count).sum();
    let events = for_people(&Cell::Integer(i64::try_from(events).unwrap_or(i64::MAX)), Unit::Count);
    let _ = writeln!(
        out,
        "<footer>\n<p>Made <time>{}</time> by catchwater {} from {} ({events} events).</p>\n<details><summary>The SQL that was run</summary>\n<pre>{}</pre>\n</details>\n</footer>",
        shown.made,
        env!("CARGO_PKG_VERSION"),
        escaped(&shown.store),
        // Line breaks of the SQL itself are kept.
        answer
            .sql
            .iter()
            .map(|sql| sql.lines().map(escaped).collect::<Vec<_>>().join("\n") + ";\n\n")
            .collect::<String>(),
    );
}
