//! Inserts many rows by one statement: half of what a row costs is beginning and ending a statement.

use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, Statement, ToSql};

/// A table's insert statement for one row, and that for many.
pub(crate) struct Inserter<'c> {
    many_rows: usize,
    one: Statement<'c>,
    many: Statement<'c>,
}

impl<'c> Inserter<'c> {
    /// `head` is all before the values, such as `INSERT INTO t`; `many_rows` go into one statement.
    pub fn new(
        connection: &'c Connection,
        head: &str,
        columns: usize,
        many_rows: usize,
    ) -> rusqlite::Result<Self> {
        let row = format!("({})", vec!["?"; columns].join(", "));
        let one = connection.prepare(&format!("{head} VALUES {row}"))?;
        let many =
            connection.prepare(&format!("{head} VALUES {}", vec![row.as_str(); many_rows].join(", ")))?;
        Ok(Self { many_rows, one, many })
    }

    /// Inserts rows; `bind` is called with each row and a binder of its values, in the columns' order.
    pub fn insert<R>(
        &mut self,
        rows: &[R],
        bind: impl Fn(&R, &mut Binder<'_, 'c>) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        let chunks = rows.chunks_exact(self.many_rows);
        let rest = chunks.remainder();
        for chunk in chunks {
            let mut binder = Binder { statement: &mut self.many, next: 1 };
            chunk.iter().try_for_each(|row| bind(row, &mut binder))?;
            self.many.raw_execute()?;
        }
        for row in rest {
            bind(row, &mut Binder { statement: &mut self.one, next: 1 })?;
            self.one.raw_execute()?;
        }
        Ok(())
    }
}

/// Gives a statement its values one after the other.
pub(crate) struct Binder<'s, 'c> {
    statement: &'s mut Statement<'c>,
    next: usize,
}

impl Binder<'_, '_> {
    /// The next value.
    pub fn value(&mut self, value: impl ToSql) -> rusqlite::Result<()> {
        let value: ToSqlOutput<'_> = value.to_sql()?;
        self.statement.raw_bind_parameter(self.next, value)?;
        self.next += 1;
        Ok(())
    }
}
