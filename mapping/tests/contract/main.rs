//! The contract at the top of `runner.rs`, one test or more a number, and all of it at once under random faults.
//! Time is tokio's paused clock: waits take no time, and a run is the same each time.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod giving_up;
mod memory_stream;
mod order;
mod random;
mod responses;
mod target;
mod world;
