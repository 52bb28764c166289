//! The transform's function: raw records in, event records out. Lambda runs it, and so does `catchwater up`.
//!
//! In the order in which a batch passes: [`handler`] holds the contract and composes the parts; `work` transforms
//! and packs on a thread of its own, while the handler's task puts what is packed; `letters` keeps what could not
//! pass; `tally` tells the lowest raw record that is not settled and counts those below it.

pub mod handler;
mod letters;
mod tally;
mod work;

pub use handler::TransformHandler;
