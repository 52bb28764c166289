//! The sink for one machine: events in one SQLite database, which people ask with plain SQL.
//!
//! [`config`] says where it lies and for how long; [`schema`] is what its tables are. [`sink`] takes events and hands
//! them to the one thread that writes; there [`store`] puts them in ([`rows`]), one transaction for all that wait:
//! [`ids`] finds what the store holds already ([`seen`] saves most of the looking), [`names`] gives services and people their numbers, [`rollup`] keeps the counts that
//! the page shows, [`retention`] removes what is too old. [`query`] reads for the page, on a connection of its own;
//! [`report`] answers the five questions that people ask.

pub mod config;
mod hashing;
mod ids;
mod names;
pub mod query;
pub mod report;
mod retention;
mod rollup;
mod rows;
pub mod schema;
mod seen;
pub mod sink;
mod store;
