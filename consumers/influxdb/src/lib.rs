//! The sink for InfluxDB 1.8 and 2.x, Timestream for InfluxDB, and what else takes line protocol.
//!
//! [`config`] says where the server is. [`sink`] takes events: [`encode`] makes a line of each (it walks the event's
//! JSON, `members`, along the registry, `tree`; writes texts as line protocol has them, [`escape`]; and finds the point's
//! time, [`place`]); `once` finds what one call brings twice; the lines go out in bodies that the server takes, and
//! `answer` tells what it did with them. Where it refuses some and does not say which, they are halved.

mod answer;
pub mod config;
pub mod encode;
pub mod escape;
mod members;
mod once;
pub mod place;
pub mod sink;
mod tree;
