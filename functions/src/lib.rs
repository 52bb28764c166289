//! What all Lambda functions are made of.
//!
//! A function's `main` in `bin/` names it and says what it does with an invocation; [`shell`] does the rest. A cold start:
//! [`logging`], the [`surroundings`] of the function (what its environment variables say, in [`variables`]), its
//! [`configuration`]. Each invocation: its payload, what the function does with it, and its figures as [`metrics`].
//! [`consumer`] is what the functions of all sinks have in common.

pub mod configuration;
pub mod consumer;
pub mod logging;
pub mod metrics;
pub mod shell;
pub mod surroundings;
pub mod timed;
pub mod variables;
