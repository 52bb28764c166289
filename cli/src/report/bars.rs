//! Bars of a chart: of the rows of a table, or of stretches of time, of which neighbours are added up where there are
//! too many to show.

use super::harmless::harmless;
use super::layout::fit;
use super::values::for_people;
use catchwater_consumer_sqlite::report::answer::{Cell, Section, Unit};

/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// What it is of, for people.
    pub label: String,
    /// How long it is.
    pub value: f64,
}

/// The bars of a section that has a chart, at most so many, and how many rows each adds up.
pub fn of(section: &Section, most: usize) -> Option<(Vec<Bar>, usize)> {
    let chart = section.chart.filter(|_| !section.rows.is_empty())?;
    let label = |row: &Vec<Cell>| {
        let parts = chart.labels.iter().filter_map(|n| Some((row.get(*n)?, section.columns.get(*n)?.unit)));
        let parts = parts.map(|(cell, unit)| match cell {
            Cell::Null => "(none)".into(),
            cell => for_people(cell, unit),
        });
        parts.collect::<Vec<String>>().join(" · ")
    };
    let value = |row: &Vec<Cell>| match row.get(chart.value) {
        Some(Cell::Integer(number)) => *number as f64,
        Some(Cell::Real(number)) => *number,
        _ => 0.0,
    };
    if !chart.over_time {
        let rows = section.rows.iter().take(most);
        return Some((rows.map(|row| Bar { label: label(row), value: value(row) }).collect(), 1));
    }
    let of_each = section.rows.len().div_ceil(most);
    let bars = section.rows.chunks(of_each);
    let bars = bars.map(|rows| Bar { label: label(&rows[0]), value: rows.iter().map(value).sum() });
    Some((bars.collect(), of_each))
}

/// Of a value, a line: label, bar and number, in so many columns.
pub fn lines(section: &Section, bars: &[Bar], width: usize, unicode: bool) -> Vec<(String, String, String)> {
    use unicode_width::UnicodeWidthStr;
    let unit =
        section.chart.and_then(|chart| section.columns.get(chart.value)).map_or(Unit::Count, |c| c.unit);
    let number = |bar: &Bar| for_people(&Cell::Real(bar.value), unit);
    let label_width = bars.iter().map(|bar| bar.label.width()).max().unwrap_or_default().min(width * 2 / 5);
    let number_width = bars.iter().map(|bar| number(bar).width()).max().unwrap_or_default();
    let room = width.saturating_sub(label_width + number_width + 4).max(8);
    let longest = bars.iter().map(|bar| bar.value).fold(0.0, f64::max);
    let mark = if unicode { '…' } else { '~' };
    let line = |bar: &Bar| {
        let part = if longest > 0.0 { bar.value / longest } else { 0.0 };
        let label = fit(&harmless(&bar.label), Unit::Text, label_width, mark);
        (label, drawn(part, room, unicode), fit(&number(bar), Unit::Count, number_width, mark))
    };
    bars.iter().map(line).collect()
}

/// A bar of this part of the room; what is not nothing is seen.
fn drawn(part: f64, room: usize, unicode: bool) -> String {
    const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let steps = if unicode { 8 } else { 1 };
    let length = (part.clamp(0.0, 1.0) * (room * steps) as f64).round() as usize;
    let length = if part > 0.0 { length.max(1) } else { 0 };
    let (full, rest) = (length / steps, length % steps);
    let mut bar = if unicode { "█" } else { "#" }.repeat(full);
    if rest > 0 {
        bar.push(EIGHTHS[rest]);
    }
    let used = full + usize::from(rest > 0);
    bar.push_str(&" ".repeat(room.saturating_sub(used)));
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_part() {
        assert_eq!(drawn(1.0, 4, true), "████");
        assert_eq!(drawn(0.5, 4, false), "##  ");
        assert_eq!(drawn(0.28125, 4, true), "█▏  ");
        assert_eq!(drawn(0.000_1, 4, true), "▏   ");
        assert_eq!(drawn(0.0, 4, true), "    ");
        assert_eq!(drawn(f64::NAN, 2, true), "  ");
    }
}
