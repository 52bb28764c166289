//! The HTTP client of all sinks that speak HTTP.
//!
//! A sink makes [`settings`] of its section, its [`credentials`] of environment variables that the section names, and
//! a [`client`] of both. What comes back is an [`answer`] with any status, or a [`failure`]; each failure says the
//! [`Outcome`](catchwater_schemas::outcome::Outcome) of events that it left open. [`retry_after`] reads how long a
//! server asks to wait. [`script`] is a server for tests that answers what a real one cannot be made to.
//!
//! No secret and no payload stands in any `Debug` or error text.

pub mod answer;
pub mod client;
pub mod credentials;
pub mod failure;
pub mod retry_after;
pub mod script;
pub mod settings;
mod tls;

pub use answer::Answer;
pub use client::{Client, Request};
pub use credentials::{Credentials, Secret};
pub use failure::Failure;
pub use settings::Settings;
