//! The whole answer as one JSON document: `meta` says what was asked and of what, `sections` has the tables with a
//! row as an object of typed values. Times are RFC 3339 in UTC; units stand in the names.

use super::Shown;
use super::values::{Plain, for_programs};
use super::words;
use catchwater_consumer_sqlite::report::answer::{Cell, Column, Section, Unit};
use catchwater_schemas::time::Timestamp;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};

/// The document, indented.
pub fn render(shown: &Shown<'_>) -> String {
    // What is built of strings and numbers can be serialised.
    let mut text = serde_json::to_string_pretty(&Document(shown)).unwrap_or_default();
    text.push('\n');
    // DEL and C1 stand in strings only, where JSON lets them be escaped: a terminal would obey some of them.
    if text.chars().any(is_obeyed) {
        let escape = |c: char| match is_obeyed(c) {
            true => format!("\\u{:04x}", u32::from(c)),
            false => c.to_string(),
        };
        text = text.chars().map(escape).collect();
    }
    text
}

fn is_obeyed(c: char) -> bool {
    matches!(c, '\u{7f}'..='\u{9f}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

struct Document<'a>(&'a Shown<'a>);

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let answer = self.0.answer;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("report", answer.report)?;
        map.serialize_entry("title", &answer.title)?;
        map.serialize_entry("meta", &Meta(self.0))?;
        let columns: Vec<Column> = answer.facts.iter().map(|fact| fact.column).collect();
        let row: Vec<Cell> = answer.facts.iter().map(|fact| fact.value.clone()).collect();
        map.serialize_entry("totals", &Row(&columns, &row))?;
        let sections: Vec<Table<'_>> = answer.sections.iter().map(Table).collect();
        map.serialize_entry("sections", &sections)?;
        map.end()
    }
}

struct Meta<'a>(&'a Shown<'a>);

impl Serialize for Meta<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Shown { answer, filter, store, made } = self.0;
        let time = |nanos: Option<i64>| nanos.map(|nanos| Timestamp::from_nanos(nanos).to_string());
        let held = &answer.holdings;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("program", concat!("catchwater ", env!("CARGO_PKG_VERSION")))?;
        map.serialize_entry("made", &made.to_string())?;
        map.serialize_entry("store", store)?;
        let by_kind: Map<String, Value> = held.by_kind.iter().map(|(k, n)| (k.clone(), json!(n))).collect();
        map.serialize_entry("store_holds", &by_kind)?;
        map.serialize_entry("store_from", &time(held.first_ns))?;
        map.serialize_entry("store_to", &time(held.last_ns))?;
        map.serialize_entry("since", &time(filter.since_ns))?;
        map.serialize_entry("until", &time(filter.until_ns))?;
        map.serialize_entry("service", &filter.service)?;
        map.serialize_entry("by", &filter.by.map(|by| by.as_str()))?;
        map.serialize_entry("limit", &filter.limit)?;
        map.serialize_entry("complete", &answer.is_complete())?;
        if answer.is_empty {
            map.serialize_entry("note", &words::of_nothing(self.0).join(" "))?;
        }
        map.serialize_entry("sql", &answer.sql)?;
        let parameters = answer.parameters.iter().map(|(name, value)| (name.to_string(), parameter(value)));
        map.serialize_entry("sql_parameters", &parameters.collect::<Map<_, _>>())?;
        map.end()
    }
}

fn parameter(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Text(text) => json!(text),
        Cell::Integer(number) => json!(number),
        Cell::Real(number) => json!(number),
    }
}

struct Table<'a>(&'a Section);

impl Serialize for Table<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let section = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", section.name)?;
        map.serialize_entry("title", section.title)?;
        map.serialize_entry("complete", &section.is_complete())?;
        map.serialize_entry("total_rows", &section.total_rows)?;
        let rows: Vec<Row<'_>> = section.rows.iter().map(|row| Row(section.columns, row)).collect();
        map.serialize_entry("rows", &rows)?;
        map.end()
    }
}

/// Columns and as many cells.
struct Row<'a>(&'a [Column], &'a [Cell]);

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (column, cell) in self.0.iter().zip(self.1) {
            map.serialize_entry(column.name, &value(cell, column.unit))?;
        }
        map.end()
    }
}

fn value(cell: &Cell, unit: Unit) -> Value {
    match for_programs(cell, unit) {
        Plain::Null => Value::Null,
        Plain::Text(text) | Plain::Time(text) => json!(text),
        Plain::Whole(number) => json!(number),
        Plain::Real(number) => json!(number),
    }
}
