//! All that speaks to AWS by its SDK, but for the sinks of AWS's own stores. The functions are built on it, and the
//! program with its feature `aws`.
//!
//! [`sdk`] is what every client is made of; [`failure`] reads why a call failed. [`kinesis`] puts records.

pub mod failure;
pub mod kinesis;
pub mod sdk;
