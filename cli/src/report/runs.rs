//! Rows over time as people read them: a long run of stretches without events is told in one line. Programs get every
//! row.

use catchwater_consumer_sqlite::report::answer::{Cell, Section};
use std::ops::Range;

/// A run of at least this many empty rows is told in one line.
const LONG: usize = 4;

/// What stands in one line of a table.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// A row by its number.
    Row(usize),
    /// Rows in which nothing happened.
    Empty(Range<usize>),
}

/// The lines of a section.
pub fn of(section: &Section) -> Vec<Line> {
    let Some(chart) = section.chart.filter(|chart| chart.over_time) else {
        return (0..section.rows.len()).map(Line::Row).collect();
    };
    let is_empty =
        |n: usize| section.rows.get(n).and_then(|row| row.get(chart.value)) == Some(&Cell::Integer(0));
    let mut lines = Vec::new();
    let mut at = 0;
    while at < section.rows.len() {
        let end = (at..section.rows.len()).find(|n| !is_empty(*n)).unwrap_or(section.rows.len());
        if end - at >= LONG {
            lines.push(Line::Empty(at..end));
        } else {
            lines.extend((at..end).map(Line::Row));
        }
        if end < section.rows.len() {
            lines.push(Line::Row(end));
        }
        at = end + 1;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use catchwater_consumer_sqlite::report::answer::Chart;

    #[test]
    fn only_long_runs_are_told_in_one_line() {
        let counts = [5, 0, 0, 0, 1, 0, 0, 0, 0, 2];
        let section = |over_time| Section {
            name: "over_time",
            title: "",
            empty: "",
            columns: &[],
            rows: counts.iter().map(|n| vec![Cell::Integer(*n)]).collect(),
            total_rows: counts.len() as u64,
            chart: Some(Chart { labels: &[], value: 0, over_time }),
        };
        let mut expected: Vec<Line> = (0..5).map(Line::Row).collect();
        expected.extend([Line::Empty(5..9), Line::Row(9)]);
        assert_eq!(of(&section(true)), expected);
        assert_eq!(of(&section(false)).len(), counts.len());
    }
}
