//! The sink for InfluxDB 1.8 and 2.x, Timestream for InfluxDB, and what else takes line protocol.
//!
//! [`config`] says where the server is. [`sink`] takes events: [`encode`] makes a line of each (texts as line protocol has
//! them: [`escape`]); `collision` finds events that meet in one point; the lines go out in bodies that the server takes, and
//! `answer` tells what it did with them. Where it refuses some and does not say which, they are halved.

mod answer;
mod collision;
pub mod config;
pub mod encode;
pub mod escape;
pub mod sink;
