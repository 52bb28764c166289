//! A bar chart as inline SVG: columns over time, else a bar a row. Colours are the page's.

use super::bars::{self, Bar};
use super::html::escaped;
use super::values::for_people;
use catchwater_consumer_sqlite::report::answer::{Cell, Section, Unit};
use std::fmt::Write;

const WIDTH: f64 = 960.0;
const MOST_COLUMNS: usize = 240;
const MOST_ROWS: usize = 12;
const LABEL_WIDTH: f64 = 320.0;
const ROW_HEIGHT: f64 = 24.0;
const COLUMNS_HEIGHT: f64 = 180.0;
/// Characters of a label: what fits in its width at the page's size of letters.
const LABEL_CHARS: usize = 44;

/// The chart of a section, if it has one.
pub fn chart(section: &Section) -> Option<String> {
    let chart = section.chart?;
    let unit = section.columns.get(chart.value)?.unit;
    let (bars, of_each) = bars::of(section, if chart.over_time { MOST_COLUMNS } else { MOST_ROWS })?;
    let longest = bars.iter().map(|bar| bar.value).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let (height, body) =
        if chart.over_time { columns(&bars, longest, unit) } else { rows(&bars, longest, unit) };
    let of = section.columns.get(chart.value).map_or("", |column| column.title);
    let each = if of_each > 1 { format!("; a bar is {of_each} rows") } else { String::new() };
    let (name, below) = (escaped(&format!("{}: {of}{each}", section.title)), escaped(&format!("{of}{each}")));
    Some(format!(
        "<figure><svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{name}\">\n{body}</svg><figcaption>{below}</figcaption></figure>\n"
    ))
}

fn number(value: f64, unit: Unit) -> String {
    for_people(&Cell::Real(value), unit)
}

fn rows(bars: &[Bar], longest: f64, unit: Unit) -> (f64, String) {
    let mut body = String::new();
    let room = WIDTH - LABEL_WIDTH - 110.0;
    for (n, bar) in bars.iter().enumerate() {
        let top = n as f64 * ROW_HEIGHT;
        let (middle, length) = (top + ROW_HEIGHT / 2.0, (bar.value / longest * room).max(1.0));
        let label = super::layout::fit(&bar.label, Unit::Text, LABEL_CHARS, '…');
        let (label, full) = (escaped(label.trim_end()), escaped(&bar.label));
        let number = number(bar.value, unit);
        // Writing into a string cannot fail.
        let _ = writeln!(
            body,
            "<g><title>{full}: {number}</title><text x=\"{}\" y=\"{middle}\" text-anchor=\"end\" dy=\".35em\">{label}</text>\
             <rect x=\"{LABEL_WIDTH}\" y=\"{}\" width=\"{length:.1}\" height=\"{}\"/>\
             <text x=\"{:.1}\" y=\"{middle}\" dy=\".35em\">{number}</text></g>",
            LABEL_WIDTH - 8.0,
            top + 3.0,
            ROW_HEIGHT - 6.0,
            LABEL_WIDTH + length + 6.0,
        );
    }
    (bars.len() as f64 * ROW_HEIGHT, body)
}

fn columns(bars: &[Bar], longest: f64, unit: Unit) -> (f64, String) {
    let mut body = String::new();
    let step = WIDTH / bars.len().max(1) as f64;
    let (top, width) = (18.0, (step * 0.85).min(60.0));
    let _ = writeln!(body, "<text x=\"0\" y=\"11\">{}</text>", number(longest, unit));
    for (n, bar) in bars.iter().enumerate() {
        let length = (bar.value / longest * COLUMNS_HEIGHT).max(if bar.value > 0.0 { 1.0 } else { 0.0 });
        let _ = writeln!(
            body,
            "<g><title>{}: {}</title><rect x=\"{:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{length:.1}\"/></g>",
            escaped(&bar.label),
            number(bar.value, unit),
            n as f64 * step,
            top + COLUMNS_HEIGHT - length,
        );
    }
    let base = top + COLUMNS_HEIGHT;
    let _ = writeln!(body, "<line x1=\"0\" x2=\"{WIDTH}\" y1=\"{base}\" y2=\"{base}\"/>");
    if let (Some(first), Some(last)) = (bars.first(), bars.last()) {
        let below = base + 15.0;
        let _ = writeln!(body, "<text x=\"0\" y=\"{below}\">{}</text>", escaped(&first.label));
        if bars.len() > 1 {
            let _ = writeln!(
                body,
                "<text x=\"{WIDTH}\" y=\"{below}\" text-anchor=\"end\">{}</text>",
                escaped(&last.label)
            );
        }
    }
    (base + 22.0, body)
}
