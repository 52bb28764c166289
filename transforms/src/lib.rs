//! Bytes to events: pure and synchronous, no I/O, no clock, no AWS.
//!
//! In the order in which a raw record passes: [`decode`] unpacks it and finds its log events; [`route`] says of each
//! which format and service it has; [`join`] puts lines together that are one message; one of the [`formats`] fills the event's fields, reading with [`json`] and
//! [`scan`]; [`emit`] completes them ([`identity`], [`query`], [`redact`], [`privacy`]), makes the id and writes the event;
//! [`transform`] is the walk through all of it and counts how each log event ended; [`trace`] tells, where somebody asks, what
//! set each value.

pub mod decode;
pub mod emit;
pub mod formats;
pub mod identity;
pub mod join;
pub mod json;
pub mod options;
pub mod privacy;
pub mod query;
pub mod raw;
pub mod redact;
pub mod route;
pub mod rule_error;
pub mod scan;
pub mod single;
pub mod trace;
pub mod transform;
pub mod user_format;
