//! Which columns of a table fit on a line, and how wide each is.

use super::values::for_people;
use catchwater_consumer_sqlite::report::answer::{Cell, Column, Section, Unit};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Between two columns.
pub const GAP: usize = 2;
/// A text is cut to this where no terminal says how much room there is.
const WIDEST_TEXT: usize = 100;
/// Before a text is cut to less, a column goes; and when none can go, to no less than the second.
const NARROWEST_TEXT: [usize; 2] = [14, 5];

/// A table made to fit.
pub struct Layout {
    /// The columns that are shown, and how wide.
    pub columns: Vec<(Column, usize)>,
    /// Their cells as text, not yet cut.
    pub rows: Vec<Vec<String>>,
    /// Headings of the columns that found no room.
    pub left_out: Vec<&'static str>,
}

/// A path is cut in its middle where as much is left that both its ends tell something.
const SHORTEST_PATH: usize = 12;

/// May it be cut?
fn is_text(unit: Unit) -> bool {
    matches!(unit, Unit::Text | Unit::Path)
}

/// Does it stand at the right, so that its digits stand below each other?
fn is_number(unit: Unit) -> bool {
    matches!(unit, Unit::Count | Unit::Share | Unit::Bytes | Unit::Nanos)
}

impl Layout {
    /// Makes a section fit; a column of which nothing is known is left out where it may be.
    pub fn of(section: &Section, width: Option<usize>) -> Self {
        let whole_seconds = |n: usize| {
            let is_whole = |row: &Vec<Cell>| match row.get(n) {
                Some(Cell::Integer(nanos)) => nanos % 1_000_000_000 == 0,
                _ => true,
            };
            section.rows.iter().all(is_whole)
        };
        let unit = |n: usize| match section.columns[n].unit {
            Unit::Instant if whole_seconds(n) => Unit::Time,
            unit => unit,
        };
        let units: Vec<Unit> = (0..section.columns.len()).map(unit).collect();
        let known =
            |n: usize| section.rows.iter().any(|row| row.get(n).is_some_and(|cell| *cell != Cell::Null));
        let mut kept: Vec<usize> =
            (0..section.columns.len()).filter(|n| section.columns[*n].rank == 0 || known(*n)).collect();
        let text =
            |row: &Vec<Cell>, n: usize| row.get(n).map(|cell| for_people(cell, units[n])).unwrap_or_default();
        let wanted = |n: usize| {
            let column = section.columns[n];
            let widest = section.rows.iter().map(|row| text(row, n).width()).max().unwrap_or_default();
            let widest = if is_text(column.unit) { widest.min(WIDEST_TEXT) } else { widest };
            widest.max(column.title.width())
        };
        let all: Vec<usize> = (0..section.columns.len()).map(wanted).collect();
        let mut left_out = Vec::new();
        let widths = loop {
            let mut widths: Vec<usize> = kept.iter().map(|n| all[*n]).collect();
            let shrinks: Vec<bool> = kept.iter().map(|n| is_text(section.columns[*n].unit)).collect();
            let Some(width) = width else { break widths };
            if shrink(&mut widths, &shrinks, width, NARROWEST_TEXT[0]) {
                break widths;
            }
            let spare = kept.iter().enumerate().filter(|(_, n)| section.columns[**n].rank > 0);
            match spare.max_by_key(|(_, n)| section.columns[**n].rank).map(|(place, _)| place) {
                Some(place) => left_out.push(kept.remove(place)),
                None => {
                    shrink(&mut widths, &shrinks, width, NARROWEST_TEXT[1]);
                    break widths;
                }
            }
        };
        left_out.sort_unstable();
        let left_out = left_out.into_iter().map(|n| section.columns[n].title).collect();
        let rows = section.rows.iter().map(|row| kept.iter().map(|n| text(row, *n)).collect()).collect();
        let columns = kept.iter().map(|n| section.columns[*n]).zip(widths).collect();
        Self { columns, rows, left_out }
    }
}

/// Takes from the widest texts until all fit; `false` if they do not at their narrowest.
fn shrink(widths: &mut [usize], shrinks: &[bool], width: usize, narrowest: usize) -> bool {
    let gaps = GAP * widths.len().saturating_sub(1);
    let mut over = (widths.iter().sum::<usize>() + gaps).saturating_sub(width);
    while over > 0 {
        let texts = widths.iter_mut().zip(shrinks).filter(|(_, shrinks)| **shrinks).map(|(w, _)| w);
        match texts.max_by_key(|width| **width) {
            Some(widest) if *widest > narrowest => *widest -= 1,
            _ => return false,
        }
        over -= 1;
    }
    true
}

/// The text in as many columns of the terminal: padded, or cut with `mark` at its end; of a path in its middle.
pub fn fit(text: &str, unit: Unit, width: usize, mark: char) -> String {
    let length = text.width();
    if length <= width {
        let room = " ".repeat(width - length);
        return if is_number(unit) { format!("{room}{text}") } else { format!("{text}{room}") };
    }
    let Some(kept) = width.checked_sub(1) else { return String::new() };
    // The last part of a path tells more than what is before it.
    let of_end = if unit == Unit::Path && width >= SHORTEST_PATH { kept * 2 / 3 } else { 0 };
    let (start, start_width) = taken(text.chars(), kept - of_end);
    let (end, end_width) = taken(text.chars().rev(), of_end);
    let end: String = end.chars().rev().collect();
    let room = " ".repeat(kept - start_width - end_width);
    format!("{start}{mark}{end}{room}")
}

fn taken(chars: impl Iterator<Item = char>, width: usize) -> (String, usize) {
    let (mut out, mut used) = (String::new(), 0);
    for c in chars {
        let wide = c.width().unwrap_or_default();
        if used + wide > width {
            break;
        }
        used += wide;
        out.push(c);
    }
    (out, used)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_are_cut_at_the_end_and_paths_in_the_middle() {
        assert_eq!(fit("abc", Unit::Text, 5, '…'), "abc  ");
        assert_eq!(fit("12", Unit::Count, 5, '…'), "   12");
        assert_eq!(fit("abcdefgh", Unit::Text, 5, '…'), "abcd…");
        assert_eq!(fit("/long/way/to/file.bin", Unit::Path, 13, '…'), "/lon…file.bin");
        assert_eq!(fit("東京都", Unit::Text, 4, '…'), "東… ", "half of a wide character is none");
    }

    proptest! {
        #[test]
        fn is_as_wide_as_told(text in "\\PC{0,20}", width in 0usize..12, path: bool) {
            let unit = if path { Unit::Path } else { Unit::Text };
            let text = super::super::harmless::harmless(&text).into_owned();
            // Characters that join others make a text narrower than its characters are one by one.
            let alone: usize = text.chars().map(|c| c.width().unwrap_or_default()).sum();
            prop_assume!(alone == text.width());
            let fitted = fit(&text, unit, width, '~');
            prop_assume!(fitted.chars().map(|c| c.width().unwrap_or_default()).sum::<usize>() == fitted.width());
            prop_assert_eq!(fitted.width(), width, "{:?}", fitted);
        }
    }
}
