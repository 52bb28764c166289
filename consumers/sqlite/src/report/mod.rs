//! The five questions that the store exists for, answered: who queried which services, what was asked, what one agent
//! asks, which file moved where, what happened to a preserved object.
//!
//! [`ask`] takes a [`Question`] and a [`Filter`] and gives an [`Answer`]: typed tables, which the caller shows. Each
//! question is a file of its own ([`who`], [`queries`], [`agent`], [`moves`], [`preservation`]) whose SQL [`asking`]
//! runs; [`percentile`] is what SQLite lacks. All calls block: not for async threads.

mod agent;
pub mod answer;
mod asking;
mod filter;
mod moves;
mod percentile;
mod preservation;
mod queries;
mod who;

pub use answer::Answer;
pub use filter::{By, Filter};

use crate::schema::OpenError;
use answer::{Cell, Fact, Section};
use asking::Asking;
use std::path::Path;

/// One of the questions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Who queried which services how often.
    WhoQueriesWhat,
    /// What was asked, and how frequently.
    Queries,
    /// What one agent asks: by its name, address, organisation, application or user agent; `*` is any text.
    Agent(String),
    /// Which file moved where.
    FileMoves,
    /// What happened to preserved objects, or to the one of this identifier.
    PreservationEvents {
        /// Only this object.
        object: Option<String>,
    },
}

/// There is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The store cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It cannot be read.
    #[error("the store cannot be read: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// No event is of the service that the filter names.
    #[error("there is no service `{given}` in the store")]
    NoService {
        /// What was given.
        given: String,
        /// The services that there are.
        services: Vec<String>,
    },
}

/// What a question's own file finds; [`ask`] adds the rest.
struct Found {
    report: &'static str,
    title: String,
    of_what: &'static str,
    facts: Vec<Fact>,
    sections: Vec<Section>,
    meant: Vec<String>,
}

/// Answers a question from the store in this file, also while a sink writes to it.
pub fn ask(file: &Path, question: &Question, filter: &Filter) -> Result<Answer, ReportError> {
    let mut asking = Asking::begin(file, filter)?;
    if let Some(service) = &filter.service
        && let Some(services) = asking.services_instead_of(service)?
    {
        return Err(ReportError::NoService { given: service.clone(), services });
    }
    let holdings = asking.holdings()?;
    let found = match question {
        Question::WhoQueriesWhat => who::ask(&mut asking, filter)?,
        Question::Queries => queries::ask(&mut asking, filter)?,
        Question::Agent(name) => agent::ask(&mut asking, filter, name)?,
        Question::FileMoves => moves::ask(&mut asking, filter)?,
        Question::PreservationEvents { object } => preservation::ask(&mut asking, filter, object.as_deref())?,
    };
    let Found { report, title, of_what, facts, sections, meant } = found;
    // The first and last instant are known if there is any event.
    let is_empty = !matches!(facts.last().map(|fact| &fact.value), Some(Cell::Integer(_)));
    let (sql, parameters) = asking.ran();
    Ok(Answer { report, title, of_what, is_empty, facts, sections, meant, sql, parameters, holdings })
}

/// SQL for the events of one kind (`kind = 1`) that the filter lets through.
fn matching(filter: &Filter, kind: &str) -> String {
    let service = match filter.service {
        Some(_) => " AND service = (SELECT id FROM name WHERE name = :service)",
        None => "",
    };
    format!("{kind} AND time_ns >= :since AND time_ns < :until{service}")
}
