//! A value as text: with units and thousands separators for people, plain for programs.

use super::harmless::harmless;
use catchwater_consumer_sqlite::report::answer::{Cell, Unit};
use catchwater_schemas::time::Timestamp;

/// For people; nothing that is not known.
pub fn for_people(cell: &Cell, unit: Unit) -> String {
    match (cell, unit) {
        (Cell::Null, _) => String::new(),
        (Cell::Text(text), _) => harmless(text).into_owned(),
        (Cell::Integer(nanos), Unit::Time) => seconds(*nanos),
        (Cell::Integer(nanos), Unit::Instant) => Timestamp::from_nanos(*nanos).to_string(),
        (cell, unit) => number(as_number(cell), unit),
    }
}

fn as_number(cell: &Cell) -> f64 {
    match cell {
        Cell::Integer(number) => *number as f64,
        Cell::Real(number) => *number,
        Cell::Null | Cell::Text(_) => 0.0,
    }
}

fn number(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Share => format!("{:.1} %", value * 100.0),
        Unit::Bytes => scaled(value, 1000.0, &["B", "kB", "MB", "GB", "TB", "PB", "EB"]),
        Unit::Nanos if value < 60e9 => scaled(value, 1000.0, &["ns", "µs", "ms", "s"]),
        Unit::Nanos => format!("{} s", thousands(value / 1e9)),
        _ => thousands(value),
    }
}

/// Three digits that count and the unit.
fn scaled(value: f64, step: f64, units: &[&str]) -> String {
    let (mut value, mut place) = (value, 0);
    while value.abs() >= step * 0.9995 && place + 1 < units.len() {
        value /= step;
        place += 1;
    }
    let digits = match value.abs() {
        _ if place == 0 => 0,
        v if v < 9.995 => 2,
        v if v < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.digits$} {}", units[place])
}

fn thousands(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut out = String::with_capacity(digits.len() * 4 / 3 + 1);
    if value <= -0.5 {
        out.push('-');
    }
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// RFC 3339 to the second, rounded down.
fn seconds(nanos: i64) -> String {
    let text = Timestamp::from_nanos(nanos).to_string();
    match text.split_once('.') {
        Some((whole, _)) => format!("{whole}Z"),
        None => text,
    }
}

/// A cell's value for programs.
pub enum Plain {
    /// Not known.
    Null,
    /// Text as the log has it.
    Text(String),
    /// An instant, RFC 3339 in UTC.
    Time(String),
    /// A whole number.
    Whole(i64),
    /// A number.
    Real(f64),
}

/// For programs, in the unit that the column's name says.
pub fn for_programs(cell: &Cell, unit: Unit) -> Plain {
    match (cell, unit) {
        (Cell::Null, _) => Plain::Null,
        (Cell::Text(text), _) => Plain::Text(text.clone()),
        (Cell::Integer(nanos), Unit::Time | Unit::Instant) => {
            Plain::Time(Timestamp::from_nanos(*nanos).to_string())
        }
        // A text column may hold a number, such as a status.
        (Cell::Integer(number), Unit::Text | Unit::Path) => Plain::Text(number.to_string()),
        (Cell::Integer(number), _) => Plain::Whole(*number),
        (Cell::Real(number), Unit::Share) => Plain::Real((number * 1e6).round() / 1e6),
        (Cell::Real(number), Unit::Nanos | Unit::Bytes | Unit::Count) => Plain::Whole(number.round() as i64),
        (Cell::Real(number), _) => Plain::Real(*number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_units_and_separators() {
        let cases = [
            (Cell::Integer(1_234_567), Unit::Count, "1,234,567"),
            (Cell::Integer(-1_000), Unit::Count, "-1,000"),
            (Cell::Integer(0), Unit::Bytes, "0 B"),
            (Cell::Integer(999), Unit::Bytes, "999 B"),
            (Cell::Integer(999_999), Unit::Bytes, "1.00 MB"),
            (Cell::Integer(15_360), Unit::Bytes, "15.4 kB"),
            (Cell::Real(12_345_678.0), Unit::Nanos, "12.3 ms"),
            (Cell::Integer(90_000_000_000), Unit::Nanos, "90 s"),
            (Cell::Real(0.12345), Unit::Share, "12.3 %"),
            (Cell::Integer(-1), Unit::Time, "1969-12-31T23:59:59Z"),
            (Cell::Integer(1), Unit::Instant, "1970-01-01T00:00:00.000000001Z"),
            (Cell::Integer(404), Unit::Text, "404"),
            (Cell::Null, Unit::Count, ""),
        ];
        for (cell, unit, expected) in cases {
            assert_eq!(for_people(&cell, unit), expected, "{cell:?} {unit:?}");
        }
    }

    #[test]
    fn no_number_is_too_large() {
        for number in [i64::MIN, i64::MAX] {
            for unit in [Unit::Count, Unit::Bytes, Unit::Nanos, Unit::Share, Unit::Time, Unit::Instant] {
                assert!(!for_people(&Cell::Integer(number), unit).is_empty());
                for_programs(&Cell::Integer(number), unit);
            }
        }
    }
}
