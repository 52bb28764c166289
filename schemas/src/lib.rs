//! What an event, an event record, a dead letter, an outcome and a configuration are. No I/O, no clock.
//!
//! In the order in which a log event meets them:
//! [`config`] says what the pipeline shall do; [`time`] is the one instant type; [`field`] is the registry of ECS
//! field names, [`field_set`] a set of them and [`fields`] one event's values under them; [`id`] makes `event.id`; [`layout`] writes the event's
//! JSON; [`record`] packs many events into an event record and [`event`] reads them back; [`outcome`] is what a sink
//! answers for each; [`account`] counts how each log event ended; [`dead_letter`] keeps what could not pass, [`wrapped`]
//! what came, in the archive of raw records.

pub mod account;
pub mod config;
pub mod dead_letter;
pub mod escape;
pub mod event;
pub mod field;
pub mod field_set;
pub mod fields;
pub mod id;
pub mod json_schema;
pub mod layout;
pub mod outcome;
pub mod record;
mod room;
pub mod time;
pub mod wrapped;

/// Layout version written into every event as `catchwater.schema`. Readers accept this and the one before;
/// changes only add fields.
pub const SCHEMA_VERSION: u64 = 1;
