//! The frame that every sink stands in.
//!
//! An event record comes in from the mapping: `handler` unpacks it, `delivery` brings its events to the [`sink`],
//! trying again what may succeed later, and hands to [`dead_letters`] what never will; the handler answers with the
//! lowest sequence number that is not settled and an account of those below it. Time and chance come from [`world`].

pub mod dead_letters;
pub mod sink;
pub mod world;
