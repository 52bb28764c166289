//! How an answer of the store is shown: as a table on a terminal, CSV, JSON or a page of HTML.
//!
//! [`values`] writes a value for people or for programs, [`harmless`] takes from a log's text what a terminal would obey;
//! [`table`] (with [`layout`], [`runs`] and [`bars`]), [`csv`], [`json`] and [`html`] (with [`svg`]) are a format each, and
//! [`words`] what all of them say of the whole. [`when`] reads times on the command line.

mod bars;
mod csv;
pub mod harmless;
mod html;
mod json;
pub mod layout;
mod runs;
mod svg;
mod table;
#[cfg(test)]
pub(crate) mod tests;
mod values;
pub mod when;
mod words;

use catchwater_consumer_sqlite::report::{Answer, Filter};
use catchwater_schemas::time::Timestamp;

/// Formats of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Aligned to the terminal's width
    Table,
    /// One table, RFC 4180
    Csv,
    /// One document with typed values
    Json,
    /// One page that needs nothing else
    Html,
}

/// What is shown: an answer, and what was asked.
pub struct Shown<'a> {
    /// The answer.
    pub answer: &'a Answer,
    /// What it was limited to.
    pub filter: &'a Filter,
    /// The store's file.
    pub store: String,
    /// When it was asked.
    pub made: Timestamp,
}

/// What the reader's screen can show.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Columns of the terminal; `None` where it is none.
    pub width: Option<usize>,
    /// May colours be used?
    pub colours: bool,
    /// May other characters than ASCII be used for lines and bars?
    pub unicode: bool,
    /// Are bar charts wanted?
    pub chart: bool,
}

impl Look {
    /// As standard output and the environment say.
    pub fn of_stdout(chart: bool) -> Self {
        use std::io::IsTerminal;
        let is_terminal = std::io::stdout().is_terminal();
        let columns = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok()).filter(|n| *n > 0);
        let terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        let width = if is_terminal { terminal().or(columns).or(Some(80)) } else { columns };
        // POSIX: the first of these that is set and not empty counts.
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().filter_map(|name| std::env::var(name).ok());
        let locale = locale.into_iter().find(|value| !value.is_empty());
        let unicode = locale.is_none_or(|locale| locale.to_lowercase().contains("utf"));
        let colours = is_terminal
            && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        Self { width, colours, unicode, chart }
    }
}

/// The report in a format; the text ends with a line break.
pub fn render(shown: &Shown<'_>, format: Format, look: Look) -> String {
    match format {
        Format::Table => table::render(shown, look),
        Format::Csv => csv::render(shown.answer),
        Format::Json => json::render(shown),
        Format::Html => html::render(shown),
    }
}

/// A message with names from logs in it, made harmless line by line.
pub fn harmless_lines(text: &str) -> String {
    text.lines().map(harmless::harmless).collect::<Vec<_>>().join("\n")
}
