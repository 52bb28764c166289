//! What a report says: tables of typed cells, without a word on how they are shown.

/// What a column's values are, so that whoever shows them knows unit and alignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Text.
    Text,
    /// A path or key, whose end tells more than its middle.
    Path,
    /// A number of things.
    Count,
    /// A part of the whole, 0 to 1.
    Share,
    /// Bytes.
    Bytes,
    /// A length of time in nanoseconds.
    Nanos,
    /// An instant, nanoseconds since the epoch, of which the second is enough.
    Time,
    /// An instant, nanoseconds since the epoch, in an order of events.
    Instant,
}

/// One column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name for programs, with the unit where there is one.
    pub name: &'static str,
    /// Its heading for people.
    pub title: &'static str,
    /// What its values are.
    pub unit: Unit,
    /// Where there is no room for all columns those of the highest number go first; 0 always stays.
    pub rank: u8,
}

impl Column {
    /// A column that always stays.
    pub const fn new(name: &'static str, title: &'static str, unit: Unit) -> Self {
        Self { name, title, unit, rank: 0 }
    }

    /// A column that may go where there is no room.
    pub const fn spare(self, rank: u8) -> Self {
        Self { rank, ..self }
    }
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Not known.
    Null,
    /// Text as the log has it: whoever shows it makes it harmless.
    Text(String),
    /// A whole number of the column's unit.
    Integer(i64),
    /// A number of the column's unit.
    Real(f64),
}

/// Which columns a bar chart of a table is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chart {
    /// Columns whose texts, joined, name a bar.
    pub labels: &'static [usize],
    /// The column that says how long it is.
    pub value: usize,
    /// Its rows are neighbours in time, without gaps.
    pub over_time: bool,
}

/// One table.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// Its name for programs.
    pub name: &'static str,
    /// Its heading for people.
    pub title: &'static str,
    /// What it means if there are no rows.
    pub empty: &'static str,
    /// The columns.
    pub columns: &'static [Column],
    /// As many cells a row as there are columns.
    pub rows: Vec<Vec<Cell>>,
    /// Rows that there would be without a limit.
    pub total_rows: u64,
    /// How it is drawn.
    pub chart: Option<Chart>,
}

impl Section {
    /// Are all rows there are among `rows`?
    pub fn is_complete(&self) -> bool {
        self.total_rows <= self.rows.len() as u64
    }
}

/// One number about all that the report looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Name, heading and unit.
    pub column: Column,
    /// The number.
    pub value: Cell,
}

/// What the store holds, whatever was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// Events by kind, those that there are.
    pub by_kind: Vec<(String, u64)>,
    /// First minute that has events, nanoseconds since the epoch.
    pub first_ns: Option<i64>,
    /// End of the last minute that has events.
    pub last_ns: Option<i64>,
}

/// An answered question.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The report's name on the command line.
    pub report: &'static str,
    /// The question in words.
    pub title: String,
    /// What the events that it is about are called.
    pub of_what: &'static str,
    /// There are none.
    pub is_empty: bool,
    /// Numbers about all of them.
    pub facts: Vec<Fact>,
    /// The tables, the main one first.
    pub sections: Vec<Section>,
    /// Where nothing was found: what may have been meant.
    pub meant: Vec<String>,
    /// The SQL that was run, in its order.
    pub sql: Vec<String>,
    /// Its parameters.
    pub parameters: Vec<(&'static str, Cell)>,
    /// What the store holds.
    pub holdings: Holdings,
}

impl Answer {
    /// Are all rows of all tables there?
    pub fn is_complete(&self) -> bool {
        self.sections.iter().all(Section::is_complete)
    }
}
