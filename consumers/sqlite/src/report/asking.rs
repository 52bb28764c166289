//! Runs a report's SQL in one snapshot of the store: first what fills a temporary table with the few columns that the
//! report is about, so that each event's JSON is read once, then a statement a section.
//!
//! Memory is bounded whatever the store holds: temporary tables and sorters lie in files beyond their caches
//! (<https://sqlite.org/tempfiles.html>), groups come one after the other, and a limit stands on every section.

use super::answer::{Cell, Chart, Column, Fact, Holdings, Section};
use super::filter::{By, Filter};
use super::{ReportError, percentile};
use crate::schema::open_checked_reader;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, Statement};
use std::path::Path;

/// Most buckets of time of one answer: the newest.
const MOST_BUCKETS: usize = 10_000;

/// A section before it is asked for.
pub(crate) struct Table {
    pub name: &'static str,
    pub title: &'static str,
    pub empty: &'static str,
    pub columns: &'static [Column],
    pub chart: Option<Chart>,
}

/// A connection in the middle of a report.
pub(crate) struct Asking {
    connection: Connection,
    by: Option<By>,
    parameters: Vec<(&'static str, Cell)>,
    sql: Vec<String>,
}

impl Asking {
    /// Opens the store and begins a transaction, so that all statements see the same events.
    pub fn begin(file: &Path, filter: &Filter) -> Result<Self, ReportError> {
        let connection = open_checked_reader(file)?;
        // Beyond these sizes temporary tables and what is sorted lie in files. More, or a second thread that sorts, took
        // three times the memory and was no faster on ten million events.
        connection.execute_batch(
            "PRAGMA temp_store = FILE; PRAGMA temp.cache_size = -16384; PRAGMA cache_size = -32768; BEGIN",
        )?;
        percentile::register(&connection)?;
        let (since, until) = filter.range();
        let mut parameters = vec![
            (":since", Cell::Integer(since)),
            (":until", Cell::Integer(until)),
            (":limit", Cell::Integer(filter.limit.into())),
        ];
        if let Some(service) = &filter.service {
            parameters.push((":service", Cell::Text(service.clone())));
        }
        Ok(Self { connection, by: filter.by, parameters, sql: Vec::new() })
    }

    /// Gives a further parameter its value.
    pub fn parameter(&mut self, name: &'static str, value: Cell) {
        self.parameters.push((name, value));
    }

    /// What was run, and with which values.
    pub fn ran(self) -> (Vec<String>, Vec<(&'static str, Cell)>) {
        let used = |(name, _): &(&'static str, Cell)| self.sql.iter().any(|sql| sql.contains(name));
        let parameters = self.parameters.iter().filter(|p| used(p)).cloned().collect();
        (self.sql, parameters)
    }

    /// Runs a statement that gives no rows, such as one that fills a temporary table.
    pub fn run(&mut self, sql: String) -> Result<(), ReportError> {
        {
            let mut statement = self.connection.prepare(&sql)?;
            bind(&mut statement, &self.parameters)?;
            statement.raw_query().next()?;
        }
        self.sql.push(sql);
        Ok(())
    }

    /// All rows of a statement, as it gives them.
    pub fn rows(&mut self, sql: String) -> Result<Vec<Vec<Cell>>, ReportError> {
        let rows = {
            let mut statement = self.connection.prepare(&sql)?;
            let columns = statement.column_count();
            bind(&mut statement, &self.parameters)?;
            let mut found = statement.raw_query();
            let mut rows = Vec::new();
            while let Some(row) = found.next()? {
                rows.push((0..columns).map(|n| cell(row, n)).collect::<rusqlite::Result<Vec<Cell>>>()?);
            }
            rows
        };
        self.sql.push(sql);
        Ok(rows)
    }

    /// A section: the statement gives the table's columns and after them how many rows there are without the limit.
    pub fn section(&mut self, table: &Table, sql: String) -> Result<Section, ReportError> {
        let mut rows = self.rows(sql)?;
        let mut total_rows = 0;
        for row in &mut rows {
            if let Some(Cell::Integer(total)) = row.pop() {
                total_rows = total.unsigned_abs();
            }
        }
        let Table { name, title, empty, columns, chart } = *table;
        Ok(Section { name, title, empty, columns, rows, total_rows, chart })
    }

    /// A section over time, if the filter wants one: for each bucket `values` of `from`. Buckets without events are
    /// there too, with 0 in the columns that count.
    pub fn over_time(
        &mut self,
        table: &Table,
        values: &str,
        from: &str,
    ) -> Result<Option<Section>, ReportError> {
        let Some(by) = self.by else { return Ok(None) };
        let sql = format!(
            "SELECT {} AS bucket, {values}, count(*) OVER ()\nFROM {from} GROUP BY 1 ORDER BY 1 DESC LIMIT {MOST_BUCKETS}",
            by.bucket_sql()
        );
        let mut section = self.section(table, sql)?;
        section.rows.reverse();
        let found = section.rows.len();
        section.rows = without_gaps(by, table.columns, section.rows);
        section.total_rows += (section.rows.len() - found) as u64;
        Ok(Some(section))
    }

    /// Numbers about all events: one row of the columns' values.
    pub fn facts(&mut self, columns: &[Column], sql: String) -> Result<Vec<Fact>, ReportError> {
        let row = self.rows(sql)?.into_iter().next().unwrap_or_default();
        Ok(columns.iter().zip(row).map(|(column, value)| Fact { column: *column, value }).collect())
    }

    /// SQL for the start of the bucket that `time_ns` lies in, if the filter wants events over time.
    pub fn bucket_sql(&self) -> Option<String> {
        self.by.map(By::bucket_sql)
    }

    /// What the store holds; asked apart, for it is no part of the answer.
    pub fn holdings(&self) -> Result<Holdings, ReportError> {
        let mut statement = self.connection.prepare(
            "SELECT k.kind, sum(m.count), min(m.minute), max(m.minute) FROM service_minute m
             JOIN kind k ON k.id = m.kind WHERE m.count > 0 GROUP BY k.id",
        )?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
        let rows: Vec<(String, i64, i64, i64)> = rows.collect::<rusqlite::Result<_>>()?;
        let nanos = |minute: i64| minute.saturating_mul(60_000_000_000);
        Ok(Holdings {
            first_ns: rows.iter().map(|(.., first, _)| nanos(*first)).min(),
            last_ns: rows.iter().map(|(.., last)| nanos(last.saturating_add(1))).max(),
            by_kind: rows.into_iter().map(|(kind, count, ..)| (kind, count.unsigned_abs())).collect(),
        })
    }

    /// Is there a service of this name? If not, all names that are there.
    pub fn services_instead_of(&self, service: &str) -> Result<Option<Vec<String>>, ReportError> {
        let mut statement = self.connection.prepare(
            "SELECT n.name FROM (SELECT DISTINCT service FROM service_minute WHERE count > 0) m
             JOIN name n ON n.id = m.service WHERE n.name IS NOT NULL ORDER BY n.name",
        )?;
        let names: Vec<String> =
            statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        Ok((!names.iter().any(|name| name == service)).then_some(names))
    }
}

fn bind(statement: &mut Statement<'_>, parameters: &[(&'static str, Cell)]) -> rusqlite::Result<()> {
    for (name, value) in parameters {
        let Some(index) = statement.parameter_index(name)? else { continue };
        match value {
            Cell::Null => statement.raw_bind_parameter(index, rusqlite::types::Null)?,
            Cell::Text(text) => statement.raw_bind_parameter(index, text)?,
            Cell::Integer(number) => statement.raw_bind_parameter(index, number)?,
            Cell::Real(number) => statement.raw_bind_parameter(index, number)?,
        }
    }
    Ok(())
}

fn cell(row: &Row<'_>, column: usize) -> rusqlite::Result<Cell> {
    Ok(match row.get_ref(column)? {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        ValueRef::Real(number) => Cell::Real(number),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            Cell::Text(String::from_utf8_lossy(bytes).into_owned())
        }
    })
}

/// Puts a row of zeros where a bucket has no events, as long as there are not too many.
fn without_gaps(by: By, columns: &[Column], rows: Vec<Vec<Cell>>) -> Vec<Vec<Cell>> {
    use super::answer::Unit;
    let empty = |start: i64| {
        let zeros = columns[1..].iter().map(|column| match column.unit {
            Unit::Count | Unit::Bytes => Cell::Integer(0),
            _ => Cell::Null,
        });
        std::iter::once(Cell::Integer(start)).chain(zeros).collect()
    };
    let mut filled: Vec<Vec<Cell>> = Vec::with_capacity(rows.len());
    let mut expected: Option<i64> = None;
    for row in rows.iter() {
        let Some(Cell::Integer(start)) = row.first() else { continue };
        while let Some(missing) = expected.filter(|missing| missing < start) {
            if filled.len() >= MOST_BUCKETS {
                return rows;
            }
            filled.push(empty(missing));
            expected = by.next(missing);
        }
        filled.push(row.clone());
        expected = by.next(*start);
    }
    filled
}
