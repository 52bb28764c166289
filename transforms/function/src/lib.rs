//! The transform behind a mapping: raw records in, event records on the event stream. This is the code that Lambda
//! runs and that `catchwater up` runs in its own process.
//!
//! [`handler`] takes a batch from the mapping; [`work`] is its part that computes, on a thread where that is no harm.

pub mod handler;
mod work;

pub use handler::TransformHandler;
