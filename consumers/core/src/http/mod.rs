//! The HTTP client of all sinks that speak HTTP.
//!
//! A sink makes [`settings`] of its [`section`], with [`credentials`] of the [`secrets`] that the section names or of a
//! signer ([`sign`]), both from the program's [`keyring`], and a [`client`] of them. What comes back is an [`answer`] with any status, or a [`failure`]; each failure says the
//! [`Outcome`](catchwater_schemas::outcome::Outcome) of events that it left open. [`retry_after`] reads how long a
//! server asks to wait. [`script`] is a server for tests that answers what a real one cannot be made to.
//!
//! No secret and no payload stands in any `Debug` or error text.

pub mod answer;
pub mod client;
pub mod credentials;
pub mod failure;
pub mod keyring;
pub mod retry_after;
pub mod script;
pub mod secrets;
pub mod section;
pub mod settings;
pub mod sign;
mod tls;

pub use answer::Answer;
pub use client::{Client, Request};
pub use credentials::{Credentials, Secret};
pub use failure::Failure;
pub use keyring::Keyring;
pub use settings::Settings;
