//! What all Lambda functions are made of.
//!
//! A function's `main` in `bin/` names it and says what it does with an invocation; [`shell`] does the rest. A cold start:
//! `allocator` and [`logging`], the [`surroundings`] of the function (what its environment variables say, in [`variables`]),
//! its [`configuration`], of which a consumer reads its own [`section`] only. Each invocation: its payload, which [`events`]
//! tells apart and answers, what the function does with it, and its figures as [`metrics`].
//! [`streams`] hands records of shards on: to a sink, which [`consumer`] does for the functions of all sinks, or to the
//! transform, whose function is [`transforming`]; [`transform`] is what it does beside that, for Firehose and CloudWatch Logs.

mod allocator;
pub mod configuration;
pub mod consumer;
pub mod events;
pub mod logging;
pub mod metrics;
pub mod section;
pub mod shell;
pub mod streams;
pub mod surroundings;
pub mod timed;
pub mod transform;
pub mod transforming;
pub mod variables;
